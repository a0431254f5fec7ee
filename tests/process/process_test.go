package process

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestPidFile(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--pidfile", "solokv.pid")
	path := filepath.Join(s.Dir(), "solokv.pid")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintln(s.PID()), string(content))
	assert.Contains(t, s.Dial().MustDo("INFO", "server").Text, "process_supervised:no\r\n")
	require.NoError(t, s.Stop())
	assert.NoFileExists(t, path)
}

func TestPidFileThatCannotBe(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--pidfile", "no/such/folder/solokv.pid")
	assert.Contains(t, s.Log(), "Failed to write PID file")
}

func TestSystemdIsTold(t *testing.T) {
	program := harness.SoloKV(t)
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	require.NoError(t, err)
	defer conn.Close()
	receive := func() string {
		buffer := make([]byte, 4096)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		n, err := conn.Read(buffer)
		require.NoError(t, err)
		return string(buffer[:n])
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	s := harness.Start(t, program, "--supervised", "systemd")
	assert.Contains(t, receive(), "READY=1\n")
	assert.Contains(t, s.Dial().MustDo("INFO", "server").Text, "process_supervised:systemd\r\n")
	require.NoError(t, s.Stop())
	assert.Equal(t, "STOPPING=1\n", receive())
}

func TestDaemonize(t *testing.T) {
	program, dir := harness.SoloKV(t), t.TempDir()
	socket, pidFile := filepath.Join(dir, "s"), filepath.Join(dir, "pid")
	cmd := exec.Command(program.Argv[0], "--daemonize", "yes", "--port", "0", "--unixsocket", socket, "--dir", dir,
		"--pidfile", pidFile, "--logfile", "log", "--appendonly", "no")
	require.NoError(t, cmd.Run(), "the process in front ends at once")

	var pid int
	require.Eventually(t, func() bool {
		content, err := os.ReadFile(pidFile)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(content)))
		_, errSocket := os.Stat(socket)
		return err == nil && pid > 0 && errSocket == nil
	}, 20*time.Second, 10*time.Millisecond)
	defer syscall.Kill(pid, syscall.SIGKILL)
	conn, err := net.Dial("unix", socket)
	require.NoError(t, err)
	client := harness.NewClient(conn)
	assert.Contains(t, client.MustDo("INFO", "server").Text, fmt.Sprintf("process_id:%d\r\n", pid))
	require.NoError(t, client.Close())
	require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	assert.Eventually(t, func() bool {
		_, err := os.Stat(pidFile)
		return os.IsNotExist(err)
	}, 20*time.Second, 10*time.Millisecond)
}

func TestOOMScore(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--oom-score-adj", "absolute", "--oom-score-adj-values", "600", "700", "800")
	f := func(want string) {
		t.Helper()
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", s.PID()))
		require.NoError(t, err)
		assert.Equal(t, want, strings.TrimSpace(string(content)))
	}
	own, err := os.ReadFile("/proc/self/oom_score_adj")
	require.NoError(t, err)
	base, err := strconv.Atoi(strings.TrimSpace(string(own)))
	require.NoError(t, err)

	f("600")
	c := s.Dial()
	c.MustDo("CONFIG", "SET", "oom-score-adj-values", "650 700 800")
	f("650")
	c.MustDo("CONFIG", "SET", "oom-score-adj", "relative", "oom-score-adj-values", "700 800 900")
	f(strconv.Itoa(min(base+700, 1000)))
}

// TestInsisting: the second SIGINT ends a server that is still saving, and leaves nothing.
func TestInsisting(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--save", "60 1000", "--pidfile", "pid")
	c := s.Dial()
	for i := range 100 {
		c.MustDo("SET", strconv.Itoa(i), "x")
	}
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "200000") // 20 seconds in all
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(s.Dir(), "temp-*.rdb.*"))
		require.NoError(t, err)
		return found
	}
	require.NoError(t, syscall.Kill(s.PID(), syscall.SIGINT))
	require.Eventually(t, func() bool { return len(files()) == 1 }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, syscall.Kill(s.PID(), syscall.SIGINT))
	require.Eventually(t, func() bool { return s.ExitCode() == 1 }, 10*time.Second, 10*time.Millisecond)
	assert.Empty(t, files())
	assert.NoFileExists(t, filepath.Join(s.Dir(), "pid"))
	assert.NoFileExists(t, filepath.Join(s.Dir(), "dump.rdb"))
	assert.Contains(t, s.Log(), "You insist... exiting now.")
}

// TestSignalThatCannotSave: the server stays, and says why.
func TestSignalThatCannotSave(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--save", "60 1000")
	c := s.Dial()
	c.MustDo("SET", "k", "v")
	require.NoError(t, os.Mkdir(filepath.Join(s.Dir(), "dump.rdb"), 0o755))
	require.NoError(t, syscall.Kill(s.PID(), syscall.SIGTERM))
	require.Eventually(t, func() bool {
		return strings.Contains(s.Log(), "Error trying to save the DB, can't exit.") &&
			strings.Contains(s.Log(), "Errors trying to shut down the server.")
	}, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, "PONG", c.MustDo("PING").Text)
	require.NoError(t, os.Remove(filepath.Join(s.Dir(), "dump.rdb")))
}

// TestProcTitle: what lists of processes show.
func TestProcTitle(t *testing.T) {
	program := harness.SoloKV(t)
	s := harness.Start(t, program, "--loglevel", "verbose")
	if strings.Contains(s.Log(), "the process keeps its name") {
		t.Skip("this kernel does not let a process move its arguments")
	}
	title := func() string {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.PID()))
		require.NoError(t, err)
		return strings.TrimRight(string(content), "\x00")
	}
	assert.Equal(t, fmt.Sprintf("%s 127.0.0.1:%d", program.Argv[0], s.Port()), title())
	c := s.Dial()
	c.MustDo("CONFIG", "SET", "proc-title-template", "cache {port}")
	assert.Equal(t, fmt.Sprintf("cache %d", s.Port()), title())
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", s.PID()))
	require.NoError(t, err)
	assert.Contains(t, string(environment), "PATH=", "the environment is what it was")

	s = harness.Start(t, program, "--set-proc-title", "no", "--proc-title-template", "cache")
	assert.Contains(t, title(), "--proc-title-template\x00cache")
}

// TestSyslogThatIsNotThere: whether this machine has one or not, the server serves.
func TestSyslogThatIsNotThere(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--syslog-enabled", "yes", "--syslog-ident", "solokv-test")
	assert.Equal(t, "PONG", s.Dial().MustDo("PING").Text)
	require.NoError(t, s.Stop())
	assert.Equal(t, 0, s.ExitCode())
}

func TestBacklogWarning(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--tcp-backlog", "2000000000")
	assert.Regexp(t, "WARNING: The TCP backlog setting of 2000000000 cannot be enforced because "+
		"/proc/sys/net/core/somaxconn is set to the lower value of \\d+.", s.Log())
	s = harness.Start(t, harness.SoloKV(t), "--tcp-backlog", "1")
	assert.NotContains(t, s.Log(), "TCP backlog")
}
