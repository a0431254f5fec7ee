package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClientNames(t *testing.T) {
	s := newServer(t)
	s.f(":1\r\n", "CLIENT", "ID")
	s.f("$-1\r\n", "CLIENT", "GETNAME")
	s.f("+OK\r\n", "CLIENT", "SETNAME", "worker-1")
	s.f("$8\r\nworker-1\r\n", "CLIENT", "GETNAME")
	for _, name := range []string{"two words", "new\nline", "x\x7f", "\xc3\xa9"} {
		s.f("-ERR Client names cannot contain spaces, newlines or special characters.\r\n", "CLIENT", "SETNAME", name)
	}
	s.f("$8\r\nworker-1\r\n", "CLIENT", "GETNAME")
	s.f("+OK\r\n", "CLIENT", "SETNAME", "")
	s.f("$-1\r\n", "CLIENT", "GETNAME")
	s.f("-ERR wrong number of arguments for 'client' command\r\n", "CLIENT")
	s.f("-ERR unknown subcommand 'BOGUS'. Try CLIENT HELP.\r\n", "CLIENT", "BOGUS")
	s.f("-ERR wrong number of arguments for 'client|id' command\r\n", "CLIENT", "ID", "x")
}

func TestClientSetInfo(t *testing.T) {
	s := newServer(t)
	s.f("+OK\r\n", "CLIENT", "SETINFO", "LIB-NAME", "my-lib")
	s.f("+OK\r\n", "CLIENT", "SETINFO", "lib-ver", "1.2.3")
	require.Contains(t, s.do("CLIENT", "INFO"), " lib-name=my-lib lib-ver=1.2.3\n")
	s.f("-ERR lib-name cannot contain spaces, newlines or special characters.\r\n", "CLIENT", "SETINFO", "lib-name", "a b")
	s.f("-ERR Unrecognized option 'BOGUS'\r\n", "CLIENT", "SETINFO", "BOGUS", "x")
	s.f("+OK\r\n", "CLIENT", "SETINFO", "LIB-NAME", "")
	require.Contains(t, s.do("CLIENT", "INFO"), " lib-name= lib-ver=1.2.3\n")
}

func TestClientInfo(t *testing.T) {
	s := newServer(t)
	s.do("CLIENT", "SETNAME", "me")
	s.do("SELECT", "2")
	s.advance(3000)
	line := "id=1 addr=127.0.0.1:50000 laddr=127.0.0.1:5555 fd=8 name=me age=3 idle=0 flags=N db=2 sub=0 psub=0 ssub=0" +
		" multi=-1 qbuf=0 qbuf-free=0 argv-mem=10 multi-mem=0 rbs=8 rbp=0 obl=0 oll=0 omem=0 tot-mem=2066 events=r" +
		" cmd=client|info user=default redir=-1 resp=2 lib-name= lib-ver=\n"
	s.f(fmt.Sprintf("$%d\r\n%s\r\n", len(line), line), "CLIENT", "INFO")
	s.do("HELLO", "3")
	require.Contains(t, s.do("CLIENT", "INFO"), "\r\ntxt:id=1 ")
}

func TestClientFlags(t *testing.T) {
	s := newServer(t)
	f := func(flags string, args ...string) {
		t.Helper()
		s.f("+OK\r\n", args...)
		require.Contains(t, s.do("CLIENT", "INFO"), " flags="+flags+" ")
	}
	f("e", "CLIENT", "NO-EVICT", "on")
	f("eT", "CLIENT", "NO-TOUCH", "ON")
	f("T", "CLIENT", "NO-EVICT", "OFF")
	f("N", "CLIENT", "NO-TOUCH", "off")
	s.f(replySyntax, "CLIENT", "NO-EVICT", "maybe")
	s.f(replySyntax, "CLIENT", "NO-TOUCH", "maybe")
}

// ids are those of the lines of a CLIENT LIST.
func ids(reply string) (list []string) {
	for _, line := range strings.Split(reply, "\n") {
		if id, ok := strings.CutPrefix(line, "id="); ok {
			id, _, _ = strings.Cut(id, " ")
			list = append(list, id)
		}
	}
	return list
}

func TestClientList(t *testing.T) {
	s := newServer(t)
	s.connect()
	s.connect()
	f := func(want string, args ...string) {
		t.Helper()
		require.Equal(t, want, strings.Join(ids(s.do(append([]string{"CLIENT", "LIST"}, args...)...)), " "))
	}
	f("1 2 3")
	f("1 2 3", "TYPE", "normal")
	f("", "TYPE", "pubsub")
	f("", "TYPE", "slave")
	f("3 1", "ID", "3", "99", "1")
	f("", "id", "0")
	fail := func(want string, args ...string) {
		t.Helper()
		s.f(want, append([]string{"CLIENT", "LIST"}, args...)...)
	}
	fail("-ERR Unknown client type 'bogus'\r\n", "TYPE", "bogus")
	fail("-ERR Invalid client ID\r\n", "ID", "1", "abc")
	fail(replySyntax, "ID")
	fail(replySyntax, "TYPE")
	fail(replySyntax, "TYPE", "normal", "extra")
	fail(replySyntax, "BOGUS")
}

func TestClientKill(t *testing.T) {
	s := newServer(t)
	two, three := s.connect(), s.connect()
	s.f("-ERR No such client\r\n", "CLIENT", "KILL", "1.2.3.4:1")
	s.f("-ERR No such client\r\n", "CLIENT", "KILL", "ID")
	s.f(":0\r\n", "CLIENT", "KILL", "ID", "2", "TYPE", "pubsub")
	s.f(":0\r\n", "CLIENT", "KILL", "ID", "2", "ID", "99")
	s.f(":0\r\n", "CLIENT", "KILL", "ADDR", "")
	s.f(":0\r\n", "CLIENT", "KILL", "LADDR", "1.2.3.4:1", "SKIPME", "no")
	require.False(t, two.closed)
	s.f(":1\r\n", "CLIENT", "KILL", "ID", "2", "TYPE", "normal", "USER", "default")
	require.True(t, two.closed)
	s.f(":0\r\n", "CLIENT", "KILL", "ID", "2")
	require.NotContains(t, ids(s.do("CLIENT", "LIST")), "2")
	s.f(":0\r\n", "CLIENT", "KILL", "ID", "1")
	s.f(":1\r\n", "CLIENT", "KILL", "LADDR", "127.0.0.1:5555")
	require.True(t, three.closed)

	require.False(t, s.client.closed)
	s.f(":1\r\n", "CLIENT", "KILL", "ID", "1", "SKIPME", "no")
	require.True(t, s.client.closed)
}

// TestClientKillByAge: those that are as old as that, or older.
func TestClientKillByAge(t *testing.T) {
	s := newServer(t)
	old := s.connect()
	s.advance(10_000)
	young := s.connect()
	s.f(":0\r\n", "CLIENT", "KILL", "MAXAGE", "11")
	s.f(":1\r\n", "CLIENT", "KILL", "MAXAGE", "10")
	require.True(t, old.closed)
	require.False(t, young.closed)
}

// TestClientKillSelf: the old form may mean the caller, who still gets the reply.
func TestClientKillSelf(t *testing.T) {
	s := newServer(t)
	s.f("+OK\r\n", "CLIENT", "KILL", "127.0.0.1:50000")
	require.True(t, s.client.closed)
}

func TestClientKillErrors(t *testing.T) {
	s := newServer(t)
	f := func(want string, args ...string) {
		t.Helper()
		s.f(want, append([]string{"CLIENT", "KILL"}, args...)...)
	}
	f("-ERR wrong number of arguments for 'client|kill' command\r\n")
	f("-ERR client-id should be greater than 0\r\n", "ID", "abc")
	f("-ERR client-id should be greater than 0\r\n", "ID", "0")
	f("-ERR Unknown client type 'bogus'\r\n", "TYPE", "bogus")
	f("-ERR No such user 'nobody'\r\n", "USER", "nobody")
	f(replySyntax, "SKIPME", "maybe")
	f(replySyntax, "BOGUS", "x")
	f("-ERR maxage is not an integer or out of range\r\n", "MAXAGE", "x")
	f("-ERR maxage should be greater than 0\r\n", "MAXAGE", "0")
	f(replySyntax, "ID", "1", "ADDR")
	s.f("+PONG\r\n", "PING")
}

func TestClientReply(t *testing.T) {
	s := newServer(t)
	s.f("+OK\r\n", "CLIENT", "REPLY", "ON")
	s.f("", "CLIENT", "REPLY", "SKIP")
	s.f("", "PING")
	s.f("+PONG\r\n", "PING")
	s.f("", "CLIENT", "REPLY", "OFF")
	s.f("", "NOSUCH")
	s.f("", "CLIENT", "REPLY", "BOGUS")
	s.f("", "CLIENT", "REPLY", "SKIP")
	s.f("+OK\r\n", "CLIENT", "REPLY", "ON")
	s.f("+PONG\r\n", "PING")
	s.f(replySyntax, "CLIENT", "REPLY", "BOGUS")
}

func TestClientPause(t *testing.T) {
	s := newServer(t)
	other := s.connect()
	s.f("+OK\r\n", "CLIENT", "PAUSE", "100", "write")
	require.Equal(t, "$-1\r\n", other.do("GET", "k"))
	require.Empty(t, other.do("SET", "k", "v"))
	require.Contains(t, s.do("CLIENT", "LIST", "ID", "2"), " flags=b ")
	s.f("+OK\r\n", "CLIENT", "UNPAUSE")
	require.Equal(t, "+OK\r\n", other.replies.String())

	s.f("+OK\r\n", "CLIENT", "PAUSE", "100")
	require.Empty(t, other.do("PING"))
	s.advance(200)
	require.Equal(t, "+PONG\r\n", other.replies.String())
}

func TestClientPauseErrors(t *testing.T) {
	s := newServer(t)
	f := func(want string, args ...string) {
		t.Helper()
		s.f(want, append([]string{"CLIENT", "PAUSE"}, args...)...)
	}
	f("-ERR timeout is not an integer or out of range\r\n", "abc")
	f("-ERR timeout is not an integer or out of range\r\n", "1.5")
	f("-ERR timeout is negative\r\n", "-1")
	f("-ERR timeout is out of range\r\n", "9223372036854775807")
	f("-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n", "10", "BOGUS")
	f("-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.\r\n", "10", "WRITE", "x")
	s.f("+PONG\r\n", "PING")
}

func TestClientUnblock(t *testing.T) {
	s := newServer(t)
	s.f(":0\r\n", "CLIENT", "UNBLOCK", "1")
	s.f(":0\r\n", "CLIENT", "UNBLOCK", "99", "error")
	s.f("-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n", "CLIENT", "UNBLOCK", "1", "BOGUS")
	s.f("-ERR value is not an integer or out of range\r\n", "CLIENT", "UNBLOCK", "abc")
	s.f("-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.\r\n",
		"CLIENT", "UNBLOCK", "1", "ERROR", "x")
}

func TestClientTracking(t *testing.T) {
	s := newServer(t)
	s.f(":-1\r\n", "CLIENT", "GETREDIR")
	s.f("*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n", "CLIENT", "TRACKINGINFO")
	s.do("HELLO", "3")
	s.f("%3\r\n$5\r\nflags\r\n~1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n", "CLIENT", "TRACKINGINFO")
}
