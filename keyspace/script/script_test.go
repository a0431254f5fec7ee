package script

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

func run(t *testing.T, scripts *Scripts, body string, resp int, keys ...string) (string, Outcome) {
	t.Helper()
	script, err := scripts.Evaluate([]byte(body))
	require.NoError(t, err, body)
	reply, outcome := scripts.Run(script, byteSlices(keys), nil, resp, nil)
	return string(reply), outcome
}

func TestShebang(t *testing.T) {
	scripts := NewScripts(newStore(), Version{})
	f := func(body string, want Flags, wantErr string) {
		t.Helper()
		script, err := scripts.Evaluate([]byte(body))
		if wantErr != "" {
			assert.EqualError(t, err, wantErr, body)
			return
		}
		require.NoError(t, err, body)
		assert.Equal(t, want, script.Flags, body)
	}
	f("return 1", Compatible, "")
	f("#!lua\nreturn 1", 0, "")
	f("#!lua flags=no-writes\nreturn 1", NoWrites, "")
	f("#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1",
		NoWrites|AllowOOM|AllowStale|NoCluster|AllowCrossSlotKeys, "")
	f("#!lua flags=\"no-writes\" flags=allow-oom\nreturn 1", NoWrites|AllowOOM, "")
	f("#!lua flags=\nreturn 1", 0, "")
	f("#!lua name=x\nreturn 1", 0, "ERR Unknown lua shebang option: name=x")
	f("#!lua flags=bad\nreturn 1", 0, "ERR Unexpected flag in script shebang: bad")
	f("#!lua flags=no-writes,,allow-oom\nreturn 1", 0, "ERR Unexpected flag in script shebang: ")
	f("#!js\nreturn 1", 0, "ERR Unexpected engine in script shebang: #!js")
	f("#!\nreturn 1", 0, "ERR Unexpected engine in script shebang: #!")
	f("#!lua", 0, "ERR Invalid script shebang")

	reply, _ := run(t, scripts, "#!lua flags=no-writes\nerror('x')", protocol.V2)
	assert.Contains(t, reply, "-ERR user_script:2: x script: ")
}

func TestCache(t *testing.T) {
	scripts := NewScripts(newStore(), Version{})
	loaded, err := scripts.Load([]byte("return 1"))
	require.NoError(t, err)
	assert.Equal(t, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", loaded.SHA)
	assert.Same(t, loaded, scripts.Find([]byte("E0E1F9FABFC9D4800C877A703B823AC0578FF8DB")))
	assert.Nil(t, scripts.Find([]byte("e0e1")))
	again, err := scripts.Evaluate([]byte("return 1"))
	require.NoError(t, err)
	assert.Same(t, loaded, again)

	for i := range evaluatedMax + 10 {
		_, err := scripts.Evaluate(fmt.Appendf(nil, "return %d + 0", i))
		require.NoError(t, err)
	}
	assert.Equal(t, evaluatedMax+1, scripts.Len(), "SCRIPT LOAD's stays")
	assert.Equal(t, 10, scripts.Evicted())
	assert.Same(t, loaded, scripts.Find([]byte(loaded.SHA)))
	assert.Positive(t, scripts.Bytes())

	scripts.Flush()
	assert.Zero(t, scripts.Len()+scripts.Bytes())
	assert.Nil(t, scripts.Find([]byte(loaded.SHA)))
	_, err = scripts.Load([]byte("return +"))
	assert.EqualError(t, err, "ERR Error compiling script (new function): user_script:1: unexpected symbol near '+'")
}

func TestOutcomes(t *testing.T) {
	scripts := NewScripts(newStore(), Version{})
	f := func(body string, want Outcome) {
		t.Helper()
		_, outcome := run(t, scripts, body, protocol.V2)
		assert.Equal(t, want, outcome, body)
	}
	f("return 1", Done)
	f("error('x')", Failed)
	f("return {err='x'}", Failed)
	f("return redis.call('nope')", FailedCall)
	f("return redis.pcall('nope')", FailedCall)
	f("redis.pcall('nope') return 1", Done)
	f("local ok, e = pcall(redis.call, 'nope') error(e)", Failed)
}

// TestKill: a script that is to end ends, whatever it does against it.
func TestKill(t *testing.T) {
	for _, body := range []string{
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"repeat local ok = pcall(error, 'x') until false",
		"local function f() return f() end return f()",
		"local co = coroutine.wrap(function() while true do coroutine.yield(1) end end) while true do co() end",
		"while true do xpcall(function() while true do end end, function() while true do end end) end",
		"while true do redis.pcall('nope') end",
		"return string.find(string.rep('a', 40), string.rep('a*', 40) .. 'b')",
		"return string.rep('a', 100000):gsub('a', function() while true do end end)",
		"local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() while true do end end)",
		"return setmetatable({}, {__index = function() while true do end end}).x",
		"return load(function() return ' ' end)",
	} {
		host := newStore()
		killed := errors.New("ERR Error running script: killed")
		host.pause = func() error {
			if host.pauses >= 3 {
				return killed
			}
			return nil
		}
		scripts := NewScripts(host, Version{})
		reply, outcome := run(t, scripts, body, protocol.V2)
		assert.Contains(t, reply, "-ERR Error running script: killed script: ", body)
		assert.Equal(t, Failed, outcome)

		host.pause = nil
		reply, _ = run(t, scripts, "return pcall(error) and 1 or 2", protocol.V2)
		assert.Equal(t, ":2\r\n", reply, "the next script runs, after %s", body)
	}
}

// TestBounds: what would take all memory, or the whole of Go's stack, is an error.
func TestBounds(t *testing.T) {
	scripts := NewScripts(newStore(), Version{})
	f := func(body, want string) {
		t.Helper()
		reply, _ := run(t, scripts, body, protocol.V2)
		assert.Contains(t, reply, want, body)
	}
	scripts.in.box.TextBytesMax = 1 << 20
	f("return string.rep('x', 1e9)", "resulting string too large")
	f("local s = 'x' for i = 1, 30 do s = s .. s end", "string length overflow")
	f("local t = {} for i = 1, 100 do t[i] = 'x' end return table.concat(t, string.rep('x', 1e5))",
		"string length overflow")
	f("return (string.rep('x', 1e4):gsub('x', string.rep('y', 1e3)))", "string length overflow")
	f("local s = string.rep('x', 1e5) return string.format(string.rep('%s', 20), "+strings.Repeat("s, ", 19)+"s)",
		"string length overflow")
	f("return unpack({}, 1, 1e7)", "too many results to unpack")
	f("local function f() return 1 + f() end return f()", "stack overflow")
	f("local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x", "stack overflow")
	f("local function f() return pcall(f) end return f()", ":1\r\n")
	f("local function f(n) return coroutine.wrap(f)(n + 1) end return f(1)", "C stack overflow")
	f("local t = {} t[1] = t return t", "reached lua stack limit")
	f("local t = {} t[2^40] = 1 t[-5] = 2 return t[2^40]", ":1\r\n")
	f("return ('x'):rep(1e3):match('.-y') == nil", ":1\r\n")
	f("return ('a'):rep(300000):match(('a?'):rep(300000)) == nil", "pattern too complex")
}

// TestNothingStays: scripts cannot leave anything behind for others.
func TestNothingStays(t *testing.T) {
	scripts := NewScripts(newStore(), Version{})
	for _, body := range []string{
		"string.x = 1", "getmetatable('').__index.upper = 1", "getmetatable(_G).__index = 1", "_G.print = 1",
		"rawset(string, 'x', 1)", "table.insert(math, 1)", "setmetatable(redis, {})", "KEYS = nil", "redis = nil",
		"function string.trim() end", "local s = string s.upper = nil", "next(_G).x = 1", "_G._G.x = 1",
		"for k, v in pairs(_G) do if type(v) == 'table' then v.x = 1 end end", "coroutine.x = 1", "cjson.x = 1",
		"getmetatable('').__index = nil", "string.gsub = nil", "setmetatable('', {})", "loadstring('x = 1')()",
		"loadstring('string.x = 1')()", "server.call = nil", "redis.call = nil", "rawset(_G, 'x', 1)",
	} {
		reply, _ := run(t, scripts, body, protocol.V2, "k")
		assert.Equal(t, byte('-'), reply[0], "%s: %s", body, reply)
	}
	reply, _ := run(t, scripts, "KEYS.x = 1 setmetatable(ARGV, {__index = function() return 9 end}) return 1", protocol.V2)
	assert.Equal(t, ":1\r\n", reply)
	reply, _ = run(t, scripts, "return {tostring(KEYS.x), tostring(ARGV[5]), tostring(string.x), ('a'):upper()}", protocol.V2)
	assert.Equal(t, "*4\r\n$3\r\nnil\r\n$3\r\nnil\r\n$3\r\nnil\r\n$1\r\nA\r\n", reply)
}

func TestHost(t *testing.T) {
	host := newStore()
	scripts := NewScripts(host, Version{"7.2.1", 0x070201})
	f := func(body, want string) {
		t.Helper()
		reply, _ := run(t, scripts, body, protocol.V2)
		assert.Equal(t, want, reply, body)
	}
	f("redis.log(redis.LOG_NOTICE, 'a', 1, 'b')", "$-1\r\n")
	f("redis.log('3', {}, 'x')", "$-1\r\n")
	assert.Equal(t, []string{"2 a 1 b", "3 x"}, host.logged)
	f("redis.set_repl(redis.REPL_AOF)", "$-1\r\n")
	assert.Equal(t, ReplicateJournal, host.to)
	f("return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM, server.REDIS_VERSION}", "*3\r\n$5\r\n7.2.1\r\n:459265\r\n$5\r\n7.2.1\r\n")
	f("return {redis.acl_check_cmd('get', 'x'), server.call('ping')}", "*2\r\n:1\r\n+PONG\r\n")
	f("return os.clock() >= 0", ":1\r\n")
	f("return cjson.encode({1, {a = 'x'}}) .. bit.band(7, 3) .. #cmsgpack.pack(1) .. struct.size('i4')", "$16\r\n[1,{\"a\":\"x\"}]314\r\n")
}

func TestLongReplies(t *testing.T) {
	host := newStore()
	host.strings["big"] = strings.Repeat("x", 3<<20)
	scripts := NewScripts(host, Version{})
	for range 2 {
		reply, _ := run(t, scripts, "return #redis.call('get', KEYS[1])", protocol.V2, "big")
		assert.Equal(t, ":3145728\r\n", reply)
	}
	assert.LessOrEqual(t, cap(scripts.in.reply), replyKeptMax)
}

// TestTablesOfArguments: scripts that only read KEYS share a table, and must not see what others had in it.
func TestTablesOfArguments(t *testing.T) {
	scripts := NewScripts(newStore(), Version{})
	f := func(body, want string, keys ...string) {
		t.Helper()
		reply, _ := run(t, scripts, body, protocol.V2, keys...)
		assert.Equal(t, want, reply, body)
	}
	many := make([]string, 2*reusableMax)
	f("return {#KEYS, KEYS[1], KEYS[3]}", "*3\r\n:3\r\n$1\r\na\r\n$1\r\nc\r\n", "a", "b", "c")
	f("return {#KEYS, KEYS[1], KEYS[2]}", "*2\r\n:1\r\n$1\r\nx\r\n", "x")
	f("return #KEYS", ":0\r\n")
	f("return #KEYS", ":128\r\n", many...)
	f("return select('#', unpack(KEYS))", ":2\r\n", "a", "b")
	f("KEYS[1] = 'changed' KEYS[2] = 'added' return #KEYS", ":2\r\n", "a")
	f("return {KEYS[1], KEYS[2]}", "*1\r\n$1\r\na\r\n", "a")
	f("local k = KEYS k[2] = 'added' return #k", ":2\r\n", "a")
	f("return KEYS[2]", "$-1\r\n", "a")
	f("table.insert(KEYS, 'x') return #KEYS", ":2\r\n", "a")
	f("KEYS.n = 1 setmetatable(KEYS, {}) return 1", ":1\r\n", "a")
	f("return tostring(KEYS.n)", "$3\r\nnil\r\n", "a")
	f("return loadstring('return KEYS[1]')()", "$1\r\na\r\n", "a")
	f("(KEYS)[1] = 'z' return KEYS", "*1\r\n$1\r\nz\r\n", "a")
	f("local unpack = function(t) t[1] = 'z' end unpack(KEYS) return KEYS[1]", "$1\r\nz\r\n", "a")
	f("return KEYS[1]", "$1\r\na\r\n", "a")
}
