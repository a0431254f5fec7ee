package reactor

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/tests/harness"
)

// What follows needs a process of its own: limits of the operating system,
// signals, memory.

// programs runs a test against the built server in both modes.
func programs(t *testing.T, f func(t *testing.T, s *harness.Server), args ...string) {
	for _, m := range plain {
		t.Run(m.name, func(t *testing.T) {
			f(t, harness.Start(t, harness.SoloKV(t), append(args, "--event-loops", strconv.Itoa(m.loops))...))
		})
	}
}

// TestDescriptorsRunOut: clients beyond what the operating system allows are
// turned away or wait, those that are in keep working, and room is used again.
func TestDescriptorsRunOut(t *testing.T) {
	const (
		allowed = 80
		comers  = 200
	)
	programs(t, func(t *testing.T, s *harness.Server) {
		existing := s.Dial()
		require.NoError(t, unix.Prlimit(s.PID(), unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: allowed, Max: allowed}, nil))
		var served []net.Conn
		var all []net.Conn
		for range comers {
			conn, err := net.Dial("tcp", s.Addr())
			require.NoError(t, err)
			defer conn.Close()
			all = append(all, conn)
			existing.MustDo("INCR", "n")
			if answers(conn, 50*time.Millisecond) {
				served = append(served, conn)
			} else if len(all)-len(served) > 5 {
				break // it is full
			}
		}
		assert.Greater(t, len(served), allowed/2)
		assert.Less(t, len(served), allowed)
		for range 100 {
			existing.MustDo("INCR", "n")
		}
		require.True(t, answers(served[0], waitMax))

		for _, conn := range all {
			conn.Close()
		}
		for end := time.Now().Add(waitMax); ; {
			conn, err := net.Dial("tcp", s.Addr())
			require.NoError(t, err)
			defer conn.Close()
			if answers(conn, time.Second) {
				break
			}
			require.True(t, time.Now().Before(end), "room is not used again")
		}
	})
}

// answers tells whether a connection is served within a time.
func answers(conn net.Conn, wait time.Duration) bool {
	conn.Write([]byte("PING\r\n"))
	conn.SetReadDeadline(time.Now().Add(wait))
	reply := make([]byte, len("+PONG\r\n"))
	_, err := io.ReadFull(conn, reply)
	return err == nil && string(reply) == "+PONG\r\n"
}

// TestMaxClientsFollowsTheLimit: a server that is started with few descriptors
// says what it makes of it, and keeps to that. A shell lowers the limit for good,
// except for those whom nothing limits.
func TestMaxClientsFollowsTheLimit(t *testing.T) {
	program := harness.SoloKV(t)
	program.Argv = append([]string{"sh", "-c", `ulimit -n 80 && exec "$0" "$@"`}, program.Argv...)
	s := harness.Start(t, program)
	if !strings.Contains(s.Log(), "reduced to 32") {
		t.Skip("the server may raise its own limit here")
	}
	for range 31 { // the harness's own connection may not be forgotten yet
		s.Dial().MustDo("PING")
	}
	refused := func() bool { return dialTo(t, "tcp", s.Addr()).refused() }
	eventually(t, refused, "the last one gets the error")
}

// TestTermLosesNothing: SIGTERM under load ends the server in time, and what it
// has acknowledged is there when it is started again.
func TestTermLosesNothing(t *testing.T) {
	const clients = 8
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			programs(t, func(t *testing.T, s *harness.Server) {
				var acknowledged [clients]atomic.Int64
				var wg sync.WaitGroup
				for i := range clients {
					c := s.Dial()
					wg.Go(func() {
						for {
							v, err := c.Do("INCR", fmt.Sprint("n:", i))
							if err != nil || v.IsError() {
								return
							}
							acknowledged[i].Store(v.Int)
						}
					})
				}
				time.Sleep(200 * time.Millisecond)
				require.NoError(t, s.Stop())
				assert.Equal(t, 0, s.ExitCode())
				assert.NotContains(t, s.Log(), "panic")
				wg.Wait()

				require.NoError(t, s.Restart())
				c := s.Dial()
				for i := range clients {
					value, err := strconv.ParseInt(c.MustDo("GET", fmt.Sprint("n:", i)).Text, 10, 64)
					require.NoError(t, err)
					assert.GreaterOrEqual(t, value, acknowledged[i].Load())
					assert.LessOrEqual(t, value, acknowledged[i].Load()+1, "only one was under way")
				}
			}, "--appendonly", "yes", "--appendfsync", policy)
		})
	}
}

// TestIdleConnections: what ten thousand silent clients cost.
func TestIdleConnections(t *testing.T) {
	const bytesPerConnectionMax = 16 << 10
	count := 10_000
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	count = min(count, int(limit.Max)-200, int(limit.Cur)-200) // Go has raised ours already
	if testing.Short() {
		count = min(count, 1000)
	}
	programs(t, func(t *testing.T, s *harness.Server) {
		c := s.Dial()
		before := residentBytes(t, s.PID())
		for range count {
			conn, err := net.Dial("tcp", s.Addr())
			require.NoError(t, err)
			defer conn.Close()
			require.True(t, answers(conn, waitMax))
		}
		each := (residentBytes(t, s.PID()) - before) / int64(count)
		ticks := cpuTicks(t, s.PID())
		time.Sleep(time.Second)
		t.Logf("%d connections: %d bytes each, %d ticks of CPU in an idle second", count, each, cpuTicks(t, s.PID())-ticks)
		assert.Less(t, each, int64(bytesPerConnectionMax))
		c.MustDo("PING")
	}, "--maxclients", strconv.Itoa(count+10))
}

// residentBytes is the memory that a process occupies.
func residentBytes(t *testing.T, pid int) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	require.NoError(t, err)
	pages, err := strconv.ParseInt(strings.Fields(string(content))[1], 10, 64)
	require.NoError(t, err)
	return pages * int64(os.Getpagesize())
}

// cpuTicks is the time that a process has computed, in the kernel's ticks.
func cpuTicks(t *testing.T, pid int) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	_, after, _ := strings.Cut(string(content), ") ")
	fields := strings.Fields(after)
	user, err := strconv.ParseInt(fields[11], 10, 64)
	require.NoError(t, err)
	system, err := strconv.ParseInt(fields[12], 10, 64)
	require.NoError(t, err)
	return user + system
}
