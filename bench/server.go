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
	contender contender
	address   string // host:port
	pid       int
	version   string
	control   *client // for set-up and questions, never for load
	process   *exec.Cmd
	folder    string        // as this process sees it
	exited    chan struct{} // closed once the process has ended and been reaped
}

// startServer starts a contender in a folder of its own on a free port of the loopback device, and waits until it
// answers. fsync is "" for no persistence, or the value of appendfsync for an append-only file.
func startServer(ctx context.Context, l *launcher, c contender, fsync string) (*server, error) {
	var lastErr error
	for range startAttemptsMax {
		s, err := startOnce(ctx, l, c, fsync)
		if err == nil {
			// An interrupt ends the wait for a slow reply, such as that to DEBUG POPULATE.
			context.AfterFunc(ctx, s.control.close)
			return s, nil
		}
		lastErr = err
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("%s: start: %w", c.name, lastErr)
}

func startOnce(ctx context.Context, l *launcher, c contender, fsync string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	folder, folderInside, err := c.makeFolder()
	if err != nil {
		return nil, err
	}
	s := &server{
		contender: c,
		address:   net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		folder:    folder,
		exited:    make(chan struct{}),
	}
	words := append(append([]string(nil), c.command...), serverOptions(port, folderInside, fsync)...)
	s.process = exec.Command(words[0], words[1:]...)
	s.process.Dir = folder
	log, err := os.Create(s.logPath())
	if err != nil {
		_ = os.RemoveAll(folder)
		return nil, fmt.Errorf("log: %w", err)
	}
	defer log.Close()
	s.process.Stdout, s.process.Stderr = log, log
	if err := l.launch(s.process); err != nil {
		_ = os.RemoveAll(folder)
		return nil, err
	}
	s.pid = s.process.Process.Pid
	go func() {
		_ = s.process.Wait()
		close(s.exited)
	}()
	if err := s.awaitReady(ctx); err != nil {
		err = fmt.Errorf("%w; its log ends with: %s", err, s.logTail())
		s.stop()
		return nil, err
	}
	return s, nil
}

// serverOptions are Redis's command-line options, which every contender understands.
func serverOptions(port int, folder, fsync string) []string {
	options := []string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", folder, "--daemonize", "no",
		"--save", "", "--enable-debug-command", "yes",
	}
	if fsync == "" {
		return append(options, "--appendonly", "no")
	}
	// No rewrite in the background: it would fall into some measurements and not into others.
	return append(options, "--appendonly", "yes", "--appendfsync", fsync, "--auto-aof-rewrite-percentage", "0")
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

// awaitReady waits until the server answers PING, and learns its version.
func (s *server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		select {
		case <-s.exited:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("no answer to PING: %w", ctx.Err())
		case <-time.After(startPollEvery):
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
	select {
	case <-s.exited:
		return false
	default:
		_, err := s.control.do("PING")
		return err == nil
	}
}

// stop ends the server, by force if it does not end in time, and removes its folder.
func (s *server) stop() {
	if s.control != nil {
		s.control.close()
	}
	_ = s.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
		_ = s.process.Process.Kill()
		<-s.exited
	}
	_ = os.RemoveAll(s.folder)
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
