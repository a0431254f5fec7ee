package reactor

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// backlogOf is the bound of a listening socket's queue, which the kernel tells as the number
// of segments that were acknowledged.
func backlogOf(t *testing.T, ln net.Listener) int {
	raw, err := ln.(syscall.Conn).SyscallConn()
	require.NoError(t, err)
	var info *unix.TCPInfo
	var errInfo error
	require.NoError(t, raw.Control(func(fd uintptr) {
		info, errInfo = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}))
	require.NoError(t, errInfo)
	return int(info.Sacked)
}

func TestBacklog(t *testing.T) {
	f := func(backlog int) int {
		l := Listeners{Backlog: backlog}
		defer l.Close()
		require.NoError(t, l.Listen(PortPlain, []string{"127.0.0.1"}, freePort(t)))
		require.Len(t, l.open[PortPlain], 1)
		return backlogOf(t, l.open[PortPlain][0])
	}
	assert.Equal(t, 7, f(7))
	assert.Equal(t, 100, f(100))
	assert.Greater(t, f(0), 100, "what the system allows")
}

// TestBacklogOfUnixSocket: as many connections as the backlog holds, and one more, need
// nobody to accept them.
func TestBacklogOfUnixSocket(t *testing.T) {
	l := Listeners{Backlog: 2}
	defer l.Close()
	path := filepath.Join(t.TempDir(), "s")
	require.NoError(t, l.ListenUnix(path, 0o700))
	dial := func() error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		require.NoError(t, err)
		t.Cleanup(func() { _ = unix.Close(fd) })
		return unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}
	for range 3 {
		require.NoError(t, dial())
	}
	assert.ErrorIs(t, dial(), unix.EAGAIN)
}
