package reactor

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestMaxClients(t *testing.T) {
	in(t, plain, func(t *testing.T, n *node) {
		first, second := n.dial(), n.dial()
		first.alive()
		second.alive()
		assert.Equal(t, maxClientsReply, n.dial().isClosed())
		assert.Equal(t, int64(1), n.Rejected.Load())
		first.alive()

		assert.Equal(t, "OK", first.do("CONFIG", "SET", "maxclients", "3"))
		n.dial().alive()
		second.Close()
		eventually(t, func() bool { return n.Live.Load() == 2 }, "room for one more")
		n.dial().alive()
		assert.Equal(t, maxClientsReply, n.dial().isClosed())
	}, "--maxclients", "2")
}

// TestProtectedMode: without a password only this machine is served, by way of
// its loopback interface.
func TestProtectedMode(t *testing.T) {
	in(t, plain, func(t *testing.T, n *node) {
		ln, err := net.Listen("tcp", net.JoinHostPort(outerAddress(t), "0"))
		require.NoError(t, err)
		defer ln.Close()
		go n.accept(ln, PortPlain)
		local, outer := n.dial(), ln.Addr().String()
		assert.Regexp(t, "^-DENIED .*\r\n$", dialTo(t, "tcp", outer).isClosed())

		require.Equal(t, "OK", local.do("CONFIG", "SET", "protected-mode", "no"))
		dialTo(t, "tcp", outer).alive()
		require.Equal(t, "OK", local.do("CONFIG", "SET", "protected-mode", "yes"))
		assert.Contains(t, dialTo(t, "tcp", outer).isClosed(), "-DENIED")
		require.Equal(t, "OK", local.do("CONFIG", "SET", "requirepass", "secret"))
		assert.Equal(t, "OK", dialTo(t, "tcp", outer).do("AUTH", "secret"))
	})
}

// outerAddress is an address of this machine that is not its loopback.
func outerAddress(t *testing.T) string {
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() {
			return ip.IP.String()
		}
	}
	t.Skip("this machine has no address but its loopback")
	return ""
}

func TestUnixSocket(t *testing.T) {
	for _, m := range plain {
		t.Run(m.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s.sock")
			require.NoError(t, os.WriteFile(path, nil, 0o600), "what a crash left is replaced")
			n := newNode(t, m, "--unixsocket", path, "--unixsocketperm", "700")
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())

			c := dialTo(t, "unix", path)
			assert.Contains(t, c.do("CLIENT", "INFO"), " addr="+path+":0 laddr="+path+":0 ")
			n.dial().alive()
			c.Close()
			eventually(t, func() bool { return n.Live.Load() == 1 }, "it is forgotten")
			n.end()
			assert.NoFileExists(t, path)
		})
	}
}

// TestListen: which addresses of bind have to be there.
func TestListen(t *testing.T) {
	f := func(bind []string, want ...string) {
		t.Helper()
		var l Listeners
		require.NoError(t, l.Listen(PortPlain, bind, freePort(t)), "%q", bind)
		defer l.Close()
		var got []string
		for _, ln := range l.open[PortPlain] {
			host, _, _ := net.SplitHostPort(ln.Addr().String())
			got = append(got, host)
		}
		assert.Equal(t, want, got, "%q", bind)
	}
	f([]string{"127.0.0.1"}, "127.0.0.1")
	f([]string{"127.0.0.1", "127.0.0.2"}, "127.0.0.1", "127.0.0.2")
	f([]string{"*"}, "0.0.0.0")
	f([]string{"127.0.0.1", "-192.0.2.1"}, "127.0.0.1")
	if ln, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		ln.Close()
		f([]string{"*", "-::*"}, "0.0.0.0", "::")
		f([]string{"-::1"}, "::1")
	}

	var l Listeners
	assert.ErrorIs(t, l.Listen(PortPlain, []string{"127.0.0.1", "192.0.2.1"}, freePort(t)), syscall.EADDRNOTAVAIL)
	assert.Empty(t, l.open[PortPlain], "all or none")

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	err = l.Listen(PortTLS, []string{"-127.0.0.1"}, taken.Addr().(*net.TCPAddr).Port)
	assert.ErrorIs(t, err, syscall.EADDRINUSE, "optional is an address, not a port")

	assert.NoError(t, l.Listen(PortPlain, []string{"127.0.0.1"}, 0))
	assert.Empty(t, l.open[PortPlain], "port 0 is no TCP")
}

func freePort(t *testing.T) int {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// TestKeepAlive: connections have what tcp-keepalive says, and none at 0.
func TestKeepAlive(t *testing.T) {
	for _, seconds := range []string{"0", "60"} {
		n := newNode(t, adopted, "--tcp-keepalive", seconds)
		require.NoError(t, n.options.Listeners.Listen(PortPlain, []string{"127.0.0.1"}, freePort(t)))
		info := dialTo(t, "tcp", n.options.Listeners.open[PortPlain][0].Addr().String()).do("CLIENT", "INFO")
		_, after, _ := strings.Cut(info, " fd=")
		number, _, _ := strings.Cut(after, " ")
		fd, err := strconv.Atoi(number)
		require.NoError(t, err, info)

		on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE)
		require.NoError(t, err)
		assert.Equal(t, seconds != "0", on != 0)
		if on != 0 {
			idle, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE)
			require.NoError(t, err)
			assert.Equal(t, 60, idle)
		}
	}
}

// TestAcceptErrors: an error of the listener delays, and its end ends.
func TestAcceptErrors(t *testing.T) {
	n := newNode(t, adopted)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	failing := &failingListener{Listener: ln, failures: 2}
	ended := make(chan struct{})
	go func() {
		n.accept(failing, PortPlain)
		close(ended)
	}()
	dialTo(t, "tcp", ln.Addr().String()).alive()
	assert.Equal(t, 1, strings.Count(n.log.String(), "cannot accept"), "it complains once")
	ln.Close()
	<-ended
}

type failingListener struct {
	net.Listener
	failures int
}

func (f *failingListener) Accept() (net.Conn, error) {
	if f.failures > 0 {
		f.failures--
		return nil, errors.New("accept4: too many open files")
	}
	return f.Listener.Accept()
}

// TestFirstRequestComesFirst: a connection's first request may be there before
// the writer is woken for what else was submitted.
func TestFirstRequestComesFirst(t *testing.T) {
	n := newNode(t, adopted)
	loop, step := n.loops[0], &stepper{n.Server}
	late := func() { time.AfterFunc(20*time.Millisecond, func() { loop.execute(step) }) }
	changed := make(chan struct{})
	loop.execute(runFunc(func() {
		n.engine.SetWake(late, func(time.Duration) {})
		close(changed)
	}))
	<-changed
	for range 3 {
		require.Equal(t, "OK", n.dial().do("SET", "k", "v"))
	}
}

// runFunc is something to do on a loop.
type runFunc func()

func (f runFunc) Run(context.Context) error { f(); return nil }
