package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startAttemptsMax = 3 // a free port can be taken by somebody else before the server binds it
	startTimeout     = 20 * time.Second
	stopTimeout      = 10 * time.Second
	startPollEvery   = 10 * time.Millisecond
	// loadTimeout bounds the start of a server that has data to load, and loadPollEvery is how precisely it is timed.
	loadTimeout   = 5 * time.Minute
	loadPollEvery = 2 * time.Millisecond
)

// Where a server keeps its data, inside its folder. Named here, because defaults differ.
const (
	snapshotName = "bench.rdb"
	journalName  = "bench-aof"
)

// launcher starts processes on the servers' cores. All of them are started by one operating-system thread, which is
// bound to these cores (a child inherits the binding of the thread that forks it, so a server never runs anywhere else)
// and lives as long as this process: the kernel kills the servers when that thread ends, so none outlives a crash.
type launcher struct {
	requests chan launchRequest
}

type launchRequest struct {
	command *exec.Cmd
	result  chan error
}

func newLauncher(cores []int) (*launcher, error) {
	l := &launcher{requests: make(chan launchRequest)}
	pinned := make(chan error)
	go func() {
		runtime.LockOSThread()
		pinned <- pinThread(0, cores)
		for request := range l.requests {
			request.result <- request.command.Start()
		}
	}()
	return l, <-pinned
}

// launch starts a command in a process group of its own: a Ctrl-C in the terminal reaches the servers through us only.
func (l *launcher) launch(command *exec.Cmd) error {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	request := launchRequest{command: command, result: make(chan error)}
	l.requests <- request
	return <-request.result
}

// server is a running contender.
type server struct {
	contender    contender
	fsync        string // see startServer
	address      string // host:port
	pid          int
	version      string
	control      *client // for set-up and questions, never for load
	process      *exec.Cmd
	folder       string        // as this process sees it
	folderInside string        // as the server does
	exited       chan struct{} // closed once the process has ended and been reaped
}

// startServer starts a contender in a folder of its own on a free port of the loopback device, and waits until it
// answers. fsync is "" for no persistence, or the value of appendfsync for an append-only file.
func startServer(ctx context.Context, l *launcher, c contender, fsync string) (*server, error) {
	folder, folderInside, err := c.makeFolder()
	if err != nil {
		return nil, err
	}
	s := &server{contender: c, fsync: fsync, folder: folder, folderInside: folderInside}
	for range startAttemptsMax {
		if err = s.begin(ctx, l, startTimeout, startPollEvery); err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	s.stop()
	return nil, fmt.Errorf("%s: start: %w", c.name, err)
}

// begin starts the server's process, and waits until it answers. After an error no process is left.
func (s *server) begin(ctx context.Context, l *launcher, timeout, pollEvery time.Duration) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	words := append(append([]string(nil), s.contender.command...), serverOptions(port, s.folderInside, s.fsync)...)
	process := exec.Command(words[0], words[1:]...)
	process.Dir = s.folder
	log, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	defer log.Close()
	process.Stdout, process.Stderr = log, log
	if err := l.launch(process); err != nil {
		return err
	}
	exited := make(chan struct{})
	s.process, s.pid, s.exited = process, process.Process.Pid, exited
	go func() {
		_ = process.Wait()
		close(exited)
	}()
	if err := s.awaitReady(ctx, timeout, pollEvery); err != nil {
		err = fmt.Errorf("%w; its log ends with: %s", err, s.logTail())
		s.end()
		return err
	}
	// An interrupt ends the wait for a slow reply, such as that to DEBUG POPULATE.
	context.AfterFunc(ctx, s.control.close)
	return nil
}

// restart ends the server's process and starts another one on the same files. It returns how long the new one took
// from its start until it answered PING, which a server does once its data are loaded.
func (s *server) restart(ctx context.Context, l *launcher) (time.Duration, error) {
	s.end()
	start := time.Now()
	err := s.begin(ctx, l, loadTimeout, loadPollEvery)
	return time.Since(start), err
}

// serverOptions are Redis's command-line options, which every contender understands.
func serverOptions(port int, folder, fsync string) []string {
	options := []string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", folder, "--daemonize", "no",
		"--save", "", "--enable-debug-command", "yes", "--dbfilename", snapshotName,
	}
	if fsync == "" {
		return append(options, "--appendonly", "no")
	}
	// No rewrite in the background: it would fall into some measurements and not into others.
	return append(options, "--appendonly", "yes", "--appendfsync", fsync, "--auto-aof-rewrite-percentage", "0",
		"--appenddirname", journalName)
}

// freePort asks the kernel for a port that nobody uses at the moment.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// awaitReady waits until the server answers PING, and learns its version. While it loads its data it answers with the
// error LOADING, or not at all.
func (s *server) awaitReady(ctx context.Context, timeout, pollEvery time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		select {
		case <-s.exited:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("no answer to PING: %w", ctx.Err())
		case <-time.After(pollEvery):
		}
		control, err := dial(s.address)
		if err != nil {
			continue
		}
		if answer, err := control.do("PING"); err != nil || answer != "PONG" {
			control.close()
			continue
		}
		s.control = control
		info, err := control.info("server")
		if err != nil {
			return err
		}
		s.version = serverVersion(info)
		return nil
	}
}

// serverVersion prefers a server's own version to the level of Redis that it claims compatibility with.
func serverVersion(info map[string]string) string {
	for _, name := range []string{"solokv", "valkey", "redis"} {
		if version := info[name+"_version"]; version != "" {
			return name + " " + version
		}
	}
	return "unknown"
}

// alive says whether the process runs and still answers.
func (s *server) alive() bool {
	if s.control == nil {
		return false
	}
	select {
	case <-s.exited:
		return false
	default:
		_, err := s.control.do("PING")
		return err == nil
	}
}

// stop ends the server and removes its folder.
func (s *server) stop() {
	s.end()
	_ = os.RemoveAll(s.folder)
}

// end ends the server's process, by force if it does not end in time. Its files stay.
func (s *server) end() {
	if s.control != nil {
		s.control.close()
		s.control = nil
	}
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
		_ = s.process.Process.Kill()
		<-s.exited
	}
	s.process = nil
}

func (s *server) logPath() string { return filepath.Join(s.folder, "bench-server.log") }

// logTail returns the last lines of the server's log, for error messages.
func (s *server) logTail() string {
	const linesMax, bytesMax = 5, 600
	text, err := os.ReadFile(s.logPath())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(bytes.TrimSpace(text)), "\n")
	tail := strings.Join(lines[max(0, len(lines)-linesMax):], " | ")
	return tail[max(0, len(tail)-bytesMax):]
}
