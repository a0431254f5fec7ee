// Package transcripts runs one corpus of readable conversations with a server
// against several servers: SoloKV over TCP and TLS, a real redis-server, and the engine
// in-process under a fake clock. What the corpus says is what "compatible"
// means here; a bug that was fixed is a transcript named for it.
//
// It owns the format, the runner and the corpus (testdata/<group>/<name>.txt).
// It must not know the server's insides: it sees bytes on a connection.
//
// # The format
//
// A file is a conversation, one item a line. It starts with an empty server and
// no connections. Blank lines and lines that begin with '#' are for the reader.
//
//	> SET k "a\x00b"        send a command on connection 1 (opened on first use)
//	+OK                     the reply it must get
//	[2]> BLPOP l 0          the same on connection 2
//	(nothing)               no reply comes (within quietTime)
//	> RPUSH l x
//	:1
//	[2]< ["l" "x"]          a reply on connection 2 that no line above asked for
//	raw> "PING\r" "\n"      these bytes, one write for each quoted piece
//	+PONG
//
// A command is split into words as redis-cli does it: "..." with the escapes
// \n \r \t \a \b \\ \" \xHH, '...' without any but \'. Two things are added:
// "x"*1000 repeats, and ${name} stands for a captured value. ${now} and
// ${nowMs} are the server's clock (TIME), and take an offset: ${now+100}.
//
// A send is followed by one line or more of replies. Exact replies, one way to
// write each RESP type:
//
//	+OK                     simple string, to the end of the line
//	-ERR no such key        error, to the end of the line
//	:12                     integer
//	"v"  "x"*1000           bulk string
//	(nil)  (nil array)      RESP2's two nulls;   (null) is RESP3's
//	["a" :1 ["b"]]          array; may go on over several lines, as {, set, push
//	{"k" => "v"}            map           (RESP3)
//	set["a" "b"]            set           (RESP3)
//	push["message" "c"]     push          (RESP3)
//	(true) (false) ,1.5     booleans, double (RESP3)
//	(big 123)  =txt"some"   big number, verbatim string (RESP3)
//
// Inside an aggregate a simple string or an error is quoted: +"OK", -"ERR no".
//
// Replies that vary:
//
//	(int) (int 1..10)       any integer; one in the range, ends included
//	(double 1..2)           a double, or a bulk string that holds a number
//	(string) (string /re/)  a bulk string; one that the expression finds
//	(text /re/)             bulk, simple or verbatim, as INFO differs by version
//	(error /re/)            an error
//	(any)                   one reply of any type
//	(closed)                the server closes the connection
//	(nothing)               no reply comes
//	unordered["a" "b"]      an array or a set, in any order
//	[... ] {... }           three dots last: and anything further
//	(int as id)             also captures the value for ${id}; (string as s) too
//
// Directives:
//
//	!config [words]         head: a fresh server, started with these arguments.
//	                        Needed by every file that changes the configuration
//	!resp 3                 head: connections begin with HELLO 3
//	!only redis: reason     head: skip the file on every other server
//	!redis >= 7.2           head: skip it where redis_version is lower
//	!needs LPUSH OBJECT|FREQ head: skip it where COMMAND INFO knows none such
//	!if redis >= 7.2        the lines up to !else or !end only there (also <, and
//	!else                   "!if on solokv")
//	!end
//	!advance 50ms           move the fake clock; over TCP, wait
//	!eventually             try the next command until its reply fits
//	!close 2                close connection 2 from our side
//
// # Rewriting
//
// go test ./tests/transcripts -run Redis -rewrite asks the real server, and
// writes its replies into the files. An expectation that fits stays as it is, so
// patterns survive. -oracle "words" names another server than redis-server. A
// send without any reply below it gets what the server says.
package transcripts
