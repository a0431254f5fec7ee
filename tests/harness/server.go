package harness

import (
	"bytes"
	"errors"
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
)

const (
	readyTimeout = 20 * time.Second // a load of a large file is not a test's job
	stopTimeout  = 10 * time.Second // what suites that start servers allow after SIGTERM
	pollInterval = 5 * time.Millisecond
	portTriesMax = 5 // another process may take a port between our look and the start
	logTailBytes = 4 << 10
)

// readyLine is the log line that a server prints once it accepts connections.
const readyLine = "Ready to accept connections"

// earlyLine is the one that it prints when it is about to load its files.
const earlyLine = "Server initialized"

// errExited tells that the process ended before it was ready.
var errExited = errors.New("the server ended before it was ready")

// Server is one running process and the folder that it works in. Its methods
// belong to the test's goroutine.
type Server struct {
	program Program
	args    []string
	dir     string
	port    int
	logFrom int64 // where the log of the present run begins
	isEarly bool  // it is not waited for until it is ready

	cmd    *exec.Cmd
	exited chan struct{} // closed when the present process has been reaped
	tb     testing.TB
}

// Start runs the program in a new temporary folder and returns once it accepts
// connections. Args are words such as "--requirepass", "secret"; persistence is
// off unless they turn it on. The test's Cleanup stops the server, and shows
// the end of its log if the test failed.
func Start(tb testing.TB, program Program, args ...string) *Server {
	tb.Helper()
	return StartIn(tb, program, tb.TempDir(), args...)
}

// StartIn is Start in a folder that the caller owns, for tests that prepare or
// keep the files of a server.
func StartIn(tb testing.TB, program Program, dir string, args ...string) *Server {
	tb.Helper()
	s := &Server{program: program, args: args, dir: dir, tb: tb}
	tb.Cleanup(s.cleanup)
	if err := s.start(); err != nil {
		tb.Fatalf("harness: start %s: %v\n%s", program.Name, err, s.logTail())
	}
	return s
}

// StartEarly is StartIn for tests of what a server does while it loads its files: it
// returns as soon as somebody listens.
func StartEarly(tb testing.TB, program Program, dir string, args ...string) *Server {
	tb.Helper()
	s := &Server{program: program, args: args, dir: dir, tb: tb, isEarly: true}
	tb.Cleanup(s.cleanup)
	if err := s.start(); err != nil {
		tb.Fatalf("harness: start %s: %v\n%s", program.Name, err, s.logTail())
	}
	return s
}

// Refused runs the program in a folder whose files it must not accept, and returns
// its log and its exit code. That it starts is a failure of the test.
func Refused(tb testing.TB, program Program, dir string, args ...string) (log string, exitCode int) {
	tb.Helper()
	s := &Server{program: program, args: args, dir: dir, tb: tb}
	tb.Cleanup(s.cleanup)
	if err := s.start(); !errors.Is(err, errExited) {
		tb.Fatalf("harness: %s did not refuse to start: %v\n%s", program.Name, err, s.logTail())
	}
	return s.Log(), s.ExitCode()
}

// Addr is the loopback address that the server listens on. It survives Restart.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Port is the port of Addr.
func (s *Server) Port() int { return s.port }

// PID is the process id of the present run.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Dir is the server's working folder, where its files are.
func (s *Server) Dir() string { return s.dir }

// Log returns what the present run has written to its standard output and
// error.
func (s *Server) Log() string {
	content, err := os.ReadFile(s.logPath())
	if err != nil || int64(len(content)) < s.logFrom {
		return ""
	}
	return string(content[s.logFrom:])
}

// Dial opens a connection. The test's Cleanup closes it.
func (s *Server) Dial() *Client {
	s.tb.Helper()
	c, err := Dial(s.Addr())
	if err != nil {
		s.tb.Fatalf("harness: dial %s: %v\n%s", s.program.Name, err, s.logTail())
	}
	s.tb.Cleanup(func() { c.Close() })
	return c
}

// Stop asks the server to end with SIGTERM and waits for it. A server that does
// not obey in time is killed, and that is an error.
func (s *Server) Stop() error {
	if !s.running() {
		return nil
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("harness: stop: %w", err)
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopTimeout):
		s.Kill()
		return fmt.Errorf("harness: stop: %s ignored SIGTERM for %v", s.program.Name, stopTimeout)
	}
}

// Kill ends the server at once with SIGKILL, as a crash would.
func (s *Server) Kill() {
	if s.running() {
		s.cmd.Process.Signal(syscall.SIGKILL)
		<-s.exited
	}
}

// Restart starts the ended server again in the same folder, on the same port
// and with the same arguments unless others are given.
func (s *Server) Restart(args ...string) error {
	if s.running() {
		return errors.New("harness: restart: the server is still running")
	}
	if len(args) > 0 {
		s.args = args
	}
	return s.launch()
}

// ExitCode is the status of the last run, or -1 while it runs or after a signal.
func (s *Server) ExitCode() int {
	if s.running() || s.cmd == nil {
		return -1
	}
	return s.cmd.ProcessState.ExitCode()
}

func (s *Server) running() bool {
	if s.cmd == nil {
		return false
	}
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

// start finds a port and launches; a port that was taken in between costs one
// more try.
func (s *Server) start() error {
	var err error
	for range portTriesMax {
		if s.port, err = freePort(); err != nil {
			return err
		}
		err = s.launch()
		if !errors.Is(err, errExited) || !strings.Contains(s.Log(), "listening on port") {
			return err
		}
	}
	return err
}

// launch runs the process on s.port and waits until it is ready.
func (s *Server) launch() error {
	if err := s.writeConfig(); err != nil {
		return err
	}
	log, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	if s.logFrom, err = log.Seek(0, 2); err != nil {
		return err
	}

	argv := append(append([]string{}, s.program.Argv...), s.configPath())
	argv = append(argv, s.args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	// Should the test binary be killed, the kernel ends the server with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	s.cmd, s.exited = cmd, exited
	return s.waitReady()
}

// waitReady returns when the log says so and a PING is answered: the line alone
// could be a leftover, and the port alone opens before the data is loaded.
func (s *Server) waitReady() error {
	deadline := time.Now().Add(readyTimeout)
	for time.Now().Before(deadline) {
		if !s.running() {
			return errExited
		}
		log := s.Log()
		if strings.Contains(log, readyLine) {
			return s.ping()
		}
		if s.isEarly && strings.Contains(log, earlyLine) && s.listens() {
			return nil
		}
		time.Sleep(pollInterval)
	}
	s.Kill()
	return fmt.Errorf("no %q in the log within %v", readyLine, readyTimeout)
}

// ping accepts any reply: a server that wants a password answers with an error.
func (s *Server) ping() error {
	c, err := Dial(s.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Do("PING")
	return err
}

func (s *Server) listens() bool {
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func (s *Server) configPath() string { return filepath.Join(s.dir, "server.conf") }
func (s *Server) logPath() string    { return filepath.Join(s.dir, "server.log") }

// writeConfig writes the file that the server is started with. What a test asks
// for comes after it on the command line and wins.
func (s *Server) writeConfig() error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "port %d\nbind 127.0.0.1\ndir %q\nsave \"\"\nappendonly no\n", s.port, s.dir)
	return os.WriteFile(s.configPath(), b.Bytes(), 0o644)
}

func (s *Server) cleanup() {
	if s.tb.Failed() {
		s.tb.Logf("end of the log of %s:\n%s", s.program.Name, s.logTail())
	}
	if err := s.Stop(); err != nil {
		s.tb.Error(err)
	}
}

func (s *Server) logTail() string {
	log := s.Log()
	if len(log) > logTailBytes {
		log = "...\n" + log[len(log)-logTailBytes:]
	}
	return log
}

// FreePort is a loopback port that nobody listens on now.
func FreePort(tb testing.TB) string {
	tb.Helper()
	port, err := freePort()
	if err != nil {
		tb.Fatalf("harness: free port: %v", err)
	}
	return strconv.Itoa(port)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
