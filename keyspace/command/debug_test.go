package command

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func debugServer(t *testing.T) *server { return newServer(t, "--enable-debug-command", "yes") }

func TestDebugIsOffByDefault(t *testing.T) {
	off := newServer(t)
	off.f("-"+string(errDebugOff)+"\r\n", "DEBUG", "HELP")
	local := newServer(t, "--enable-debug-command", "local")
	local.f("+OK\r\n", "DEBUG", "LOG", "x")
	local.client.session.Peer().Addr = "10.0.0.1:50000"
	local.f("-"+string(errDebugOff)+"\r\n", "DEBUG", "LOG", "x")
}

func TestDebugForms(t *testing.T) {
	s := debugServer(t)
	s.f("-ERR unknown subcommand or wrong number of arguments for 'Bogus'. Try DEBUG HELP.\r\n", "debug", "Bogus")
	s.f("-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.\r\n", "DEBUG", "SLEEP")
	s.f("-ERR wrong number of arguments for 'debug' command\r\n", "DEBUG")
	help := s.do("DEBUG", "HELP")
	for _, f := range debugSubcommands() {
		if f.help != nil {
			require.Contains(t, help, "\r\n+"+f.name, "every form is explained")
		}
	}
}

func TestDebugPopulate(t *testing.T) {
	s := debugServer(t)
	s.do("SET", "key:1", "mine")
	before := string(s.journal.records)
	s.f("+OK\r\n", "DEBUG", "POPULATE", "12")
	s.f(":12\r\n", "DBSIZE")
	s.f("$7\r\nvalue:0\r\n", "GET", "key:0")
	s.f("$4\r\nmine\r\n", "GET", "key:1")
	s.f("$8\r\nvalue:11\r\n", "GET", "key:11")
	s.f("+OK\r\n", "DEBUG", "POPULATE", "11", "p", "8")
	s.f("$8\r\nvalue:10\r\n", "GET", "p:10")
	s.f("$8\r\nvalue:2\x00\r\n", "GET", "p:2")
	s.f("+OK\r\n", "DEBUG", "POPULATE", "2", "q", "3")
	s.f("$3\r\nval\r\n", "GET", "q:1")
	s.f("+OK\r\n", "DEBUG", "POPULATE", "0")
	require.Equal(t, before, string(s.journal.records), "nothing is propagated")
	for _, args := range [][]string{{"-1"}, {"x"}, {"1", "k", "-1"}} {
		s.f("-ERR value is out of range, must be positive\r\n", append([]string{"DEBUG", "POPULATE"}, args...)...)
	}
}

// TestDebugPopulateChunks: keys are complete across the border of a chunk.
func TestDebugPopulateChunks(t *testing.T) {
	s := debugServer(t)
	s.do("DEBUG", "POPULATE", strconv.Itoa(populateChunk+2))
	s.f(":"+strconv.Itoa(populateChunk+2)+"\r\n", "DBSIZE")
	for _, n := range []int{0, populateChunk - 1, populateChunk, populateChunk + 1} {
		value := "value:" + strconv.Itoa(n)
		s.f("$"+strconv.Itoa(len(value))+"\r\n"+value+"\r\n", "GET", "key:"+strconv.Itoa(n))
	}
}

// TestDebugDigest compares with what a Redis 7.0.15 said for the same data.
func TestDebugDigest(t *testing.T) {
	s := debugServer(t)
	const zero = "0000000000000000000000000000000000000000"
	s.f("+"+zero+"\r\n", "DEBUG", "DIGEST")
	s.f("*1\r\n+"+zero+"\r\n", "DEBUG", "DIGEST-VALUE", "missing")
	s.do("DEBUG", "POPULATE", "20000", "pp", "40")
	s.do("DEBUG", "POPULATE", "100")
	s.do("SET", "i", "123456")
	s.do("SET", "big", strings.Repeat("x", 1000))
	s.do("SET", "neg", "-77", "EX", "1000")
	s.do("SELECT", "3")
	s.do("SET", "a", "b")
	s.do("SELECT", "0")
	s.f("+15bdc250268dded7afc0dac1d64313184058914b\r\n", "DEBUG", "DIGEST")
	s.f("*4\r\n+f65119d7a8e5aea6d8a789c71fad19e6308fd126\r\n+216b9744b99adeaadf099d158a318ee3a0e47486\r\n"+
		"+afe5440885900ac8a377c9d11649bfa1adaa8646\r\n+"+zero+"\r\n", "DEBUG", "DIGEST-VALUE", "i", "big", "neg", "nope")
}

func TestDebugDigestForgetsTheExpired(t *testing.T) {
	s := debugServer(t)
	s.do("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	empty := s.do("DEBUG", "DIGEST")
	s.do("SET", "k", "v", "PX", "10")
	require.NotEqual(t, empty, s.do("DEBUG", "DIGEST"))
	s.advance(20)
	s.f(":1\r\n", "DBSIZE")
	require.Equal(t, empty, s.do("DEBUG", "DIGEST"))
}

func TestDebugObject(t *testing.T) {
	s := debugServer(t)
	s.f("-ERR no such key\r\n", "DEBUG", "OBJECT", "k")
	for text, want := range map[string]string{
		"v":                      "embstr serializedlength:2",
		"12":                     "int serializedlength:2",
		"1000":                   "int serializedlength:3",
		"-100000":                "int serializedlength:5",
		"10000000000":            "int serializedlength:12",
		strings.Repeat("ab", 50): "raw serializedlength:102",
	} {
		s.do("SET", "k", text)
		require.Regexp(t, `^\+Value at:0x[0-9a-f]+ refcount:1 encoding:`+want+` lru:\d+ lru_seconds_idle:0\r\n$`,
			s.do("DEBUG", "OBJECT", "k"))
	}
	s.advance(30_000)
	require.Contains(t, s.do("DEBUG", "OBJECT", "k"), "lru_seconds_idle:30\r\n", "looking does not count as a use")
	s.f("-ERR Not a listpack encoded object.\r\n", "DEBUG", "LISTPACK", "k")
	s.f("-ERR no such key\r\n", "DEBUG", "QUICKLIST", "nope")
}

func TestDebugHTStats(t *testing.T) {
	s := debugServer(t)
	require.Contains(t, s.do("DEBUG", "HTSTATS", "0"), "No stats available for empty dictionaries\n[Expires HT]")
	s.do("SET", "k", "v", "EX", "100")
	require.Contains(t, s.do("DEBUG", "HTSTATS", "0"), " table size: 7\n number of elements: 1\n")
	s.f("-ERR Out of range database\r\n", "DEBUG", "HTSTATS", "99")
	s.f("-ERR value is not an integer or out of range\r\n", "DEBUG", "HTSTATS", "x")
	s.f("-ERR no such key\r\n", "DEBUG", "HTSTATS-KEY", "nope")
	s.f("-"+string(errNoTable)+"\r\n", "DEBUG", "HTSTATS-KEY", "k")
}

func TestDebugSleepLetsTimePass(t *testing.T) {
	s := debugServer(t)
	s.do("SET", "k", "v", "PX", "50")
	input := "*3\r\n$5\r\nDEBUG\r\n$5\r\nSLEEP\r\n$4\r\n0.06\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
	require.Equal(t, "+OK\r\n$-1\r\n", s.client.send([]byte(input)), "also for the rest of the pipeline")
	for _, seconds := range []string{"0", "-1", "abc", "nan"} {
		s.f("+OK\r\n", "DEBUG", "SLEEP", seconds)
	}
}

func TestDebugSwitches(t *testing.T) {
	s := debugServer(t)
	s.do("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	s.do("SET", "k", "v", "PX", "10")
	s.advance(50)
	s.f(":1\r\n", "DBSIZE")
	s.do("DEBUG", "SET-ACTIVE-EXPIRE", "1")
	s.advance(50)
	s.f(":0\r\n", "DBSIZE")

	require.False(t, s.engine.SkipChecksums())
	s.f("+OK\r\n", "DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1")
	require.True(t, s.engine.SkipChecksums())

	id := s.engine.ReplicationID()
	s.f("+OK\r\n", "DEBUG", "CHANGE-REPL-ID")
	require.NotEqual(t, id, s.engine.ReplicationID())
	require.Contains(t, s.do("INFO", "replication"), "master_replid:"+s.engine.ReplicationID())
}

// TestDebugPauseCron: the rate of commands is one of housekeeping's figures.
func TestDebugPauseCron(t *testing.T) {
	s := debugServer(t)
	s.f("+OK\r\n", "DEBUG", "PAUSE-CRON", "1")
	for range 50 {
		s.do("GET", "k")
	}
	s.advance(1000)
	require.Contains(t, s.do("INFO", "stats"), "instantaneous_ops_per_sec:0\r\n")
	s.f("+OK\r\n", "DEBUG", "PAUSE-CRON", "0")
	s.advance(1000)
	require.NotContains(t, s.do("INFO", "stats"), "instantaneous_ops_per_sec:0\r\n")
}

func TestDebugThreshold(t *testing.T) {
	s := debugServer(t)
	for _, size := range []string{"0", "100b", "1k", "2KB", "3mb", "1g", "4293918720"} {
		s.f("+OK\r\n", "DEBUG", "QUICKLIST-PACKED-THRESHOLD", size)
	}
	for _, size := range []string{"", "x", "5gb", "1x", "-1", "9007199254740993gb", "4293918721"} {
		s.f("-"+string(errPackedThreshold)+"\r\n", "DEBUG", "QUICKLIST-PACKED-THRESHOLD", size)
	}
}

func TestDebugReplyBuffer(t *testing.T) {
	s := debugServer(t)
	for _, args := range [][]string{{"peak-reset-time", "never"}, {"PEAK-RESET-TIME", "RESET"}, {"PEAK-RESET-TIME", "100"}, {"RESIZING", "0"}} {
		s.f("+OK\r\n", append([]string{"DEBUG", "REPLYBUFFER"}, args...)...)
	}
	s.f("-ERR value is not an integer or out of range\r\n", "DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "x")
	s.f("-ERR unknown subcommand or wrong number of arguments for 'REPLYBUFFER'. Try DEBUG HELP.\r\n",
		"DEBUG", "REPLYBUFFER", "X", "1")
}

func TestDebugReplies(t *testing.T) {
	s := debugServer(t)
	s.f("-MYERR text\r\n", "DEBUG", "ERROR", "MYERR text")
	s.f("-A  b\r\n", "DEBUG", "ERROR", "A\r\nb")
	s.f(":1\r\n", "DEBUG", "STRINGMATCH-LEN", "a*c", "abc")
	s.f(":0\r\n", "DEBUG", "STRINGMATCH-LEN", "A*c", "abc")

	s.f("$39\r\nSome real reply following the attribute\r\n", "DEBUG", "PROTOCOL", "attrib")
	s.f("-ERR RESP2 is not supported by this command\r\n", "DEBUG", "PROTOCOL", "push")
	s.f("-"+string(errProtocolType)+"\r\n", "DEBUG", "PROTOCOL", "bogus")
	s.f("*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n", "DEBUG", "PROTOCOL", "map")
	s.f("$37\r\n1234567999999999999999999999999999999\r\n", "DEBUG", "PROTOCOL", "bignum")
	s.do("HELLO", "3")
	for kind, want := range map[string]string{
		"string": "$11\r\nHello World\r\n", "integer": ":12345\r\n", "double": ",3.141\r\n", "null": "_\r\n",
		"bignum": "(1234567999999999999999999999999999999\r\n", "array": "*3\r\n:0\r\n:1\r\n:2\r\n",
		"set": "~3\r\n:0\r\n:1\r\n:2\r\n", "map": "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n", "true": "#t\r\n",
		"false": "#f\r\n", "verbatim": "=29\r\ntxt:This is a verbatim\nstring\r\n",
		"attrib": "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the attribute\r\n",
		"push":   ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n",
	} {
		s.f(want, "DEBUG", "PROTOCOL", kind)
	}
}

func TestDebugCrashes(t *testing.T) {
	for _, form := range []string{"PANIC", "ASSERT", "OOM"} {
		s := debugServer(t)
		require.Panics(t, func() { s.do("DEBUG", form) }, form)
	}
}
