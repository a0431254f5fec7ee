package harness

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The test binary plays the server too: started again with playEnv set, it does
// what that names. So the harness is tested without any server being built.
const playEnv = "HARNESS_PLAY"

func TestMain(m *testing.M) {
	switch os.Getenv(playEnv) {
	case "":
		os.Exit(m.Run())
	case "server":
		playServer(false)
	case "stubborn":
		playServer(true)
	case "early":
		fmt.Println("cannot go on")
		os.Exit(3)
	case "taken":
		playTaken()
	}
}

// playServer answers every read with PONG until SIGTERM, which a stubborn
// server ignores.
func playServer(stubborn bool) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", configuredPort()))
	if err != nil {
		fmt.Println("Failed listening on port")
		os.Exit(1)
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answer(conn)
		}
	}()
	fmt.Printf("arguments %q\n* %s\n", os.Args[2:], readyLine)
	for range term {
		if !stubborn {
			os.Exit(0)
		}
	}
}

func answer(conn net.Conn) {
	buf := make([]byte, 1024)
	for {
		if _, err := conn.Read(buf); err != nil {
			return
		}
		io.WriteString(conn, "+PONG\r\n")
	}
}

// playTaken complains about its port once, and serves the second time.
func playTaken() {
	if _, err := os.Stat("tried"); err != nil {
		os.WriteFile("tried", nil, 0o644)
		fmt.Println("Failed listening on port", configuredPort())
		os.Exit(1)
	}
	playServer(false)
}

func configuredPort() string {
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(content)) {
		if port, ok := strings.CutPrefix(strings.TrimSpace(line), "port "); ok {
			return port
		}
	}
	panic("no port in " + os.Args[1])
}

// player is the Program that plays a role.
func player(t *testing.T, role string) Program {
	t.Setenv(playEnv, role)
	return Program{Name: role, Argv: []string{os.Args[0]}}
}

func TestServerLives(t *testing.T) {
	s := Start(t, player(t, "server"), "--some", "thing")
	assert.Contains(t, s.Log(), `arguments ["--some" "thing"]`)
	assert.FileExists(t, filepath.Join(s.Dir(), "server.conf"))
	first, addr := s.PID(), s.Addr()
	reply, err := s.Dial().Do("PING")
	require.NoError(t, err)
	assert.Equal(t, "PONG", reply.Text)
	assert.Error(t, s.Restart(), "it is still running")

	require.NoError(t, s.Stop())
	assert.Equal(t, 0, s.ExitCode())
	assert.NoError(t, s.Stop(), "a second time is nothing")
	_, err = Dial(addr)
	assert.Error(t, err)

	require.NoError(t, s.Restart("--other", "words"))
	assert.Equal(t, addr, s.Addr())
	assert.NotEqual(t, first, s.PID())
	assert.Contains(t, s.Log(), `arguments ["--other" "words"]`)
	assert.NotContains(t, s.Log(), "--some", "the log is the present run's")

	s.Kill()
	assert.Equal(t, -1, s.ExitCode())
	require.NoError(t, s.Restart())
}

func TestServerThatEndsEarly(t *testing.T) {
	s := &Server{program: player(t, "early"), dir: t.TempDir(), tb: t}
	assert.ErrorIs(t, s.start(), errExited)
	assert.Equal(t, 3, s.ExitCode())
	assert.Contains(t, s.logTail(), "cannot go on")
}

func TestServerThatRefuses(t *testing.T) {
	log, code := Refused(t, player(t, "early"), t.TempDir())
	assert.Equal(t, 3, code)
	assert.Contains(t, log, "cannot go on")
}

func TestPortThatIsTaken(t *testing.T) {
	s := Start(t, player(t, "taken"))
	_, err := s.Dial().Do("PING")
	assert.NoError(t, err)
}

// TestServerThatIgnoresSIGTERM does not wait for stopTimeout: what Stop does
// when that is over is Kill, which no process can ignore.
func TestServerThatIgnoresSIGTERM(t *testing.T) {
	s := Start(t, player(t, "stubborn"))
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	_, err := s.Dial().Do("PING")
	require.NoError(t, err)
	s.Kill()
	assert.False(t, s.running())
}

func TestClientReceives(t *testing.T) {
	ours, theirs := net.Pipe()
	c := NewClient(ours)
	defer c.Close()
	go func() {
		r := bufio.NewReader(theirs)
		for i := 1; ; i++ {
			if line, err := r.ReadString('\n'); err != nil || line != "go\n" {
				return
			}
			io.WriteString(theirs, ":"+strconv.Itoa(i)+"\r\n:100\r\n")
		}
	}()
	_, err := c.Receive(time.Millisecond)
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded, "silence is told, and nothing is lost by it")
	assert.False(t, c.Buffered())

	require.NoError(t, c.SendRaw([]byte("go\n")))
	v, err := c.Receive(doTimeout)
	require.NoError(t, err)
	assert.Equal(t, int64(1), v.Int)
	assert.True(t, c.Buffered())
	v, err = c.Receive(doTimeout)
	require.NoError(t, err)
	assert.Equal(t, int64(100), v.Int)

	theirs.Close()
	_, err = c.Receive(doTimeout)
	assert.ErrorIs(t, err, io.EOF)
}

func TestMustDo(t *testing.T) {
	s := Start(t, player(t, "server"))
	c := s.Dial()
	assert.Equal(t, "PONG", c.MustDo("PING").Text)
	s.Kill()
	assert.Panics(t, func() { c.MustDo("PING") })
}
