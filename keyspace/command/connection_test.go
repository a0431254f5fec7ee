package command

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	replyWrongPass = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
	replyNoAuth    = "-NOAUTH Authentication required.\r\n"
	replySyntax    = "-ERR syntax error\r\n"
)

func TestPingEcho(t *testing.T) {
	s := newServer(t)
	s.f("+PONG\r\n", "PING")
	s.f("$5\r\nhello\r\n", "ping", "hello")
	s.f("$0\r\n\r\n", "PING", "")
	s.f("-ERR wrong number of arguments for 'ping' command\r\n", "PING", "a", "b")
	s.f("$2\r\nhi\r\n", "ECHO", "hi")
	s.f("-ERR wrong number of arguments for 'echo' command\r\n", "ECHO")
}

func TestSelect(t *testing.T) {
	s := newServer(t)
	s.f("+OK\r\n", "SET", "k", "v")
	s.f("+OK\r\n", "SELECT", "3")
	s.f("$-1\r\n", "GET", "k")
	s.f("-ERR DB index is out of range\r\n", "SELECT", "16")
	s.f("-ERR DB index is out of range\r\n", "SELECT", "-1")
	s.f("-ERR value is not an integer or out of range\r\n", "SELECT", "abc")
	s.f("-ERR value is out of range, value must between -2147483648 and 2147483647\r\n", "SELECT", "99999999999")
	s.f("$-1\r\n", "GET", "k")
	s.f("+OK\r\n", "SELECT", "0")
	s.f("$1\r\nv\r\n", "GET", "k")
}

func TestAuthWithoutPassword(t *testing.T) {
	s := newServer(t)
	s.f("-ERR AUTH <password> called without any password configured for the default user."+
		" Are you sure your configuration is correct?\r\n", "AUTH", "x")
	s.f("+OK\r\n", "AUTH", "default", "x")
	s.f(replyWrongPass, "AUTH", "nobody", "x")
	s.f(replySyntax, "AUTH", "a", "b", "c")
	s.f("-ERR wrong number of arguments for 'auth' command\r\n", "AUTH")
}

func TestAuth(t *testing.T) {
	s := newServer(t, "--requirepass", "secret")
	s.f(replyNoAuth, "PING")
	s.f(replyWrongPass, "AUTH", "wrong")
	s.f(replyWrongPass, "AUTH", "secre")
	s.f(replyWrongPass, "AUTH", "default", "")
	s.f(replyWrongPass, "AUTH", "nobody", "secret")
	s.f(replyNoAuth, "PING")
	s.f("+OK\r\n", "AUTH", "secret")
	s.f("+PONG\r\n", "PING")
	s.f(replyWrongPass, "AUTH", "wrong")
	s.f("+PONG\r\n", "PING")
	s.f("+RESET\r\n", "RESET")
	s.f(replyNoAuth, "PING")
	s.f("+OK\r\n", "AUTH", "default", "secret")
	s.f("+PONG\r\n", "PING")
}

// TestAuthIsRedacted: passwords do not reach the slow log.
func TestAuthIsRedacted(t *testing.T) {
	s := newServer(t, "--requirepass", "secret", "--slowlog-log-slower-than", "0")
	s.do("AUTH", "secret")
	s.do("AUTH", "default", "secret")
	s.do("AUTH", "wrong")
	s.do("HELLO", "3", "AUTH", "default", "secret", "SETNAME", "me")
	log := s.engine.Slowlog(-1)
	require.Len(t, log, 4)
	require.Equal(t, []string{"HELLO", "3", "AUTH", "(redacted)", "(redacted)", "SETNAME", "me"}, log[0].Args)
	require.Equal(t, []string{"AUTH", "(redacted)"}, log[1].Args)
	require.Equal(t, []string{"AUTH", "(redacted)", "(redacted)"}, log[2].Args)
	require.Equal(t, []string{"AUTH", "(redacted)"}, log[3].Args)
}

const (
	hello2 = "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:1\r\n" +
		"$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
	hello3 = "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n" +
		"$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
)

func TestHello(t *testing.T) {
	s := newServer(t)
	s.f(hello2, "HELLO")
	s.f(hello3, "HELLO", "3")
	s.f(hello3, "HELLO")
	s.f("_\r\n", "GET", "missing")
	s.f(hello2, "HELLO", "2", "SETNAME", "bob")
	s.f("$3\r\nbob\r\n", "CLIENT", "GETNAME")
	s.f(hello3, "hello", "3", "auth", "default", "anything", "setname", "alice")
}

func TestHelloRefused(t *testing.T) {
	s := newServer(t)
	s.f("-NOPROTO unsupported protocol version\r\n", "HELLO", "1")
	s.f("-NOPROTO unsupported protocol version\r\n", "HELLO", "4")
	s.f("-ERR Protocol version is not an integer or out of range\r\n", "HELLO", "SETNAME", "x")
	s.f("-ERR Syntax error in HELLO option 'setname'\r\n", "HELLO", "3", "setname")
	s.f("-ERR Syntax error in HELLO option 'AUTH'\r\n", "HELLO", "3", "AUTH", "default")
	s.f("-ERR Syntax error in HELLO option 'BOGUS'\r\n", "HELLO", "3", "SETNAME", "x", "BOGUS")
	s.f("-ERR Client names cannot contain spaces, newlines or special characters.\r\n", "HELLO", "3", "SETNAME", "a b")
	s.f(replyWrongPass, "HELLO", "3", "SETNAME", "x", "AUTH", "nobody", "x")

	// Nothing of it was done.
	s.f("$-1\r\n", "GET", "missing")
	s.f("$-1\r\n", "CLIENT", "GETNAME")
}

func TestHelloNeedsAuth(t *testing.T) {
	s := newServer(t, "--requirepass", "secret")
	const refused = "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user>" +
		" <pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n"
	s.f(refused, "HELLO")
	s.f(refused, "HELLO", "3", "SETNAME", "me")
	s.f(replyWrongPass, "HELLO", "3", "AUTH", "default", "wrong")
	s.f(hello3, "HELLO", "3", "AUTH", "default", "secret")
	s.f("_\r\n", "CLIENT", "GETNAME")
}

func TestQuit(t *testing.T) {
	s := newServer(t)
	require.Equal(t, "+OK\r\n", s.client.send([]byte("QUIT\r\nSET k v\r\n")))
	require.True(t, s.client.closed)
	s.client = s.connect()
	s.f("$-1\r\n", "GET", "k")
}

func TestReset(t *testing.T) {
	s := newServer(t)
	s.do("SELECT", "3")
	s.do("CLIENT", "SETNAME", "someone")
	s.do("CLIENT", "NO-TOUCH", "ON")
	s.do("HELLO", "3")
	s.f("+RESET\r\n", "RESET")
	s.f("$-1\r\n", "CLIENT", "GETNAME")
	require.Contains(t, s.do("CLIENT", "INFO"), " flags=N db=0 ")
	s.f("-ERR wrong number of arguments for 'reset' command\r\n", "RESET", "now")
	s.f("", "CLIENT", "REPLY", "OFF")
	s.f("+RESET\r\n", "RESET")
	s.f("+PONG\r\n", "PING")
}
