package script

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/protocol"
	"solokv/tests/harness"
)

// loads are libraries, and what FUNCTION LOAD replies to them, one after the other, with REPLACE where told.
var loads = []struct {
	code    string
	replace bool
	reply   string
}{
	{"#!lua name=l\nredis.call('get','x')", false, "ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'call'"},
	{"#!lua name=l\nlocal x = redis.foo", false, "ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'foo'"},
	{"#!lua name=l\nlocal x = y", false, "ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'y'"},
	{"#!lua name=l\nlocal x = math.floor(1)", false, "ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'math'"},
	{"#!lua name=l\nlocal x = pairs", false, "ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'pairs'"},
	{"#!lua name=l\ny=1", false, "ERR Error registering functions: ERR user_function:2: Attempt to modify a readonly table"},
	{"#!lua name=l\nredis.x=1", false, "ERR Error registering functions: ERR user_function:2: Attempt to modify a readonly table"},
	{"#!lua name=l\nreturn 1", false, "ERR No functions registered"},
	{"#!lua name=l\nsyntax error here", false, "ERR Error compiling function: user_function:2: '=' expected near 'error'"},
	{"#!lua name=l\nlocal x = 'a' .. 1\nlocal t = nil\nreturn t.x", false, "ERR Error registering functions: ERR user_function:4: attempt to index local 't' (a nil value)"},
	{"#!lua name=l\nredis.register_function()", false, "ERR Error registering functions: ERR wrong number of arguments to redis.register_function"},
	{"#!lua name=l\nredis.register_function('a')", false, "ERR Error registering functions: ERR calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments)."},
	{"#!lua name=l\nredis.register_function('a',1)", false, "ERR Error registering functions: ERR second argument to redis.register_function must be a function"},
	{"#!lua name=l\nredis.register_function({},function() end)", false, "ERR Error registering functions: ERR first argument to redis.register_function must be a string"},
	{"#!lua name=l\nredis.register_function('a b',function() end)", false, "ERR Error registering functions: ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"},
	{"#!lua name=l\nredis.register_function('a',function() end) redis.register_function('a',function() end)", false, "ERR Error registering functions: ERR Function already exists in the library"},
	{"#!lua name=l\nredis.register_function{function_name='a'}", false, "ERR Error registering functions: ERR redis.register_function must get a callback argument"},
	{"#!lua name=l\nredis.register_function{callback=function() end}", false, "ERR Error registering functions: ERR redis.register_function must get a function name argument"},
	{"#!lua name=l\nredis.register_function{function_name='a',callback=function() end,flags={'bad'}}", false, "ERR Error registering functions: ERR unknown flag given"},
	{"#!lua name=l\nredis.register_function{function_name='a',callback=function() end,flags='x'}", false, "ERR Error registering functions: ERR flags argument to redis.register_function must be a table representing function flags"},
	{"#!lua name=l\nredis.register_function{function_name='a',callback=function() end,description={}}", false, "ERR Error registering functions: ERR description argument given to redis.register_function must be a string"},
	{"#!lua name=l\nredis.register_function{function_name='a',callback=function() end,bad=1}", false, "ERR Error registering functions: ERR unknown argument given to redis.register_function"},
	{"#!lua name=l\nredis.register_function{function_name='a',callback=1}", false, "ERR Error registering functions: ERR callback argument given to redis.register_function must be a function"},
	{"#!lua name=l\nredis.register_function{function_name={},callback=function() end}", false, "ERR Error registering functions: ERR function_name argument given to redis.register_function must be a string"},
	{"#!lua name=l\nredis.register_function(1,2,3)", false, "ERR Error registering functions: ERR wrong number of arguments to redis.register_function"},
	{"#!lua name=l\nredis.register_function{1}", false, "ERR Error registering functions: ERR unknown argument given to redis.register_function"},
	{"#!lua name=l flags=no-writes\nredis.register_function('a',function() end)", false, "ERR Invalid metadata value given: flags=no-writes"},
	{"#!lua\nredis.register_function('a',function() end)", false, "ERR Library name was not given"},
	{"#!js name=l\nredis.register_function('a',function() end)", false, "ERR Engine 'js' not found"},
	{"#!lua name=a-b\nredis.register_function('a',function() end)", false, "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"},
	{"#!lua name=\nredis.register_function('a',function() end)", false, "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"},
	{"#!lua name=a name=b\nredis.register_function('a',function() end)", false, "ERR Invalid metadata value, name argument was given multiple times"},
	{"#!lua name=a", false, "ERR Invalid library metadata"},
	{"return 1", false, "ERR Missing library metadata"},
	{"", false, "ERR Missing library metadata"},
	{"#!lua name=\"lib\"\nredis.register_function('f1',function() return 1 end)", false, "lib"},
	{"#!lua name=lib\nredis.register_function('f1',function() return 2 end)", false, "ERR Library 'lib' already exists"},
	{"#!lua name=other\nredis.register_function('f1',function() return 3 end)", false, "ERR Function f1 already exists"},
	{"#!lua name=lib\nredis.register_function('f1',function() return 4 end) nope()", true, "ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'nope'"},
	{"#!LUA name=lib\nredis.register_function('f1',function() return 5 end)", true, "lib"},
	{"#!lua name=numbered\nredis.register_function(1,function() return 1 end)", false, "numbered"},
}

func TestLoad(t *testing.T) {
	libraries := NewLibraries(newStore(), Version{"7.0.15", 0x07000f})
	for _, l := range loads {
		name, err := libraries.Load(l.code, l.replace)
		if err != nil {
			name = err.Error()
		}
		assert.Equal(t, l.reply, name, l.code)
	}
	assert.Equal(t, ":5\r\n", fcall(t, libraries, "f1"), "a load that fails leaves the library as it was")
}

func TestLoadAgreesWithRedis(t *testing.T) {
	server := harness.Start(t, harness.Redis(t, ""))
	client := server.Dial()
	for _, l := range loads {
		args := []string{"FUNCTION", "LOAD", l.code}
		if l.replace {
			args = []string{"FUNCTION", "LOAD", "REPLACE", l.code}
		}
		reply, err := client.Do(args...)
		require.NoError(t, err)
		assert.Equal(t, l.reply, reply.Text, l.code)
	}
}

func fcall(t *testing.T, l *Libraries, name string, args ...string) string {
	t.Helper()
	fn := l.Find([]byte(name))
	require.NotNil(t, fn, name)
	reply, _ := l.Run(fn, byteSlices([]string{"k"}), byteSlices(args), protocol.V2, nil)
	return string(reply)
}

const library = `#!lua name=mylib
local calls = 0
local function helper(x) return 'helped ' .. x end
redis.register_function('keys', function(keys, args) return {keys, args, #keys} end)
redis.register_function{function_name='flagged', description='says so', flags={'no-writes', 'allow-oom'},
	callback=function(keys, args) return helper(args[1]) end}
redis.register_function('count', function() calls = calls + 1 return calls end)
redis.register_function('missing', function() return x end)
redis.register_function('assign', function() y = 1 end)
redis.register_function('global', function() return KEYS end)
redis.register_function('register', function() redis.register_function('x', function() end) end)
redis.register_function('fail', function() error({err='MY error'}) end)
redis.register_function('call', function() return redis.call('get') end)
redis.register_function('late', function() return pcall(loadstring('return redis.call("ping").ok .. tostring(math.pi):sub(1,3)')) end)
`

func TestFunctions(t *testing.T) {
	libraries := NewLibraries(newStore(), Version{"7.0.15", 0x07000f})
	_, err := libraries.Load(library, false)
	require.NoError(t, err)
	f := func(want, name string, args ...string) {
		t.Helper()
		assert.Equal(t, want, fcall(t, libraries, name, args...), name)
	}
	f("*3\r\n*1\r\n$1\r\nk\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n:1\r\n", "keys", "a", "b")
	f("$8\r\nhelped a\r\n", "flagged", "a")
	f(":1\r\n", "count")
	f(":2\r\n", "count")
	f("-ERR user_function:8: Script attempted to access nonexistent global variable 'x' script: missing, on @user_function:8.\r\n", "missing")
	f("-ERR user_function:9: Attempt to modify a readonly table script: assign, on @user_function:9.\r\n", "assign")
	f("-ERR user_function:10: Script attempted to access nonexistent global variable 'KEYS' script: global, on @user_function:10.\r\n", "global")
	f("-ERR user_function:11: attempt to call field 'register_function' (a nil value) script: register, on @user_function:11.\r\n", "register")
	f("-MY error script: fail, on @user_function:12.\r\n", "fail")
	f("-ERR Wrong number of args calling Redis command from script script: call, on @user_function:13.\r\n", "call")
	f(":1\r\n", "late")
	assert.NotNil(t, libraries.Find([]byte("KEYS")), "of a function's name the case does not matter")

	fn := libraries.Find([]byte("flagged"))
	assert.Equal(t, []string{"no-writes", "allow-oom"}, fn.Flags.Names())
	assert.True(t, fn.Described)
	assert.Equal(t, "says so", fn.Description)
	assert.Equal(t, "mylib", fn.Library.Name)
	assert.Equal(t, library, fn.Library.Code)
}

func TestLibrariesAreApart(t *testing.T) {
	libraries := NewLibraries(newStore(), Version{})
	for _, name := range []string{"b", "a"} {
		code := strings.ReplaceAll("#!lua name=@\nlocal v = '@' redis.register_function('f@', function() v = v .. '!' return v end)", "@", name)
		_, err := libraries.Load(code, false)
		require.NoError(t, err)
	}
	assert.Equal(t, "$2\r\na!\r\n", fcall(t, libraries, "fa"))
	assert.Equal(t, "$2\r\nb!\r\n", fcall(t, libraries, "fb"))
	assert.Equal(t, "$3\r\na!!\r\n", fcall(t, libraries, "fa"))

	var names []string
	for l := range libraries.All() {
		names = append(names, l.Name)
	}
	assert.Equal(t, []string{"a", "b"}, names)
	libs, functions := libraries.Len()
	assert.Equal(t, []int{2, 2}, []int{libs, functions})

	assert.True(t, libraries.Delete("a"))
	assert.False(t, libraries.Delete("a"))
	assert.Nil(t, libraries.Find([]byte("fa")))
	libraries.Flush()
	assert.Empty(t, slices.Collect(libraries.All()))
}
