package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"solokv/keyspace/config"
)

// The process as service managers and shells know it: in the background, with its number
// in a file, and telling systemd when it is ready.

// pidFileDefault is where a process in the background leaves its number, if nobody says
// where.
const pidFileDefault = "/var/run/redis.pid"

// backgroundMark tells a process that it is the one in the background.
const backgroundMark = "SOLOKV_IN_BACKGROUND"

// supervisor returns who is told that the server is ready: "systemd", or "no".
func supervisor(v *config.Values) string {
	wanted := v.Supervised == config.SupervisedSystemd || v.Supervised == config.SupervisedAuto
	if wanted && os.Getenv("NOTIFY_SOCKET") != "" {
		return "systemd"
	}
	return "no"
}

// notify tells systemd a state; see sd_notify(3).
func (s *service) notify(state string) {
	if supervisor(s.cfg.Values()) == "no" {
		return
	}
	name := os.Getenv("NOTIFY_SOCKET")
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write([]byte(state))
		conn.Close()
	}
	if err != nil {
		s.log.Warn().Err(err).Msg("systemd was not told: " + strings.ReplaceAll(state, "\n", " "))
	}
}

// goesToBackground tells whether this process has to start another in its place: daemonize.
// A Go program cannot fork, so it starts itself anew.
func goesToBackground(v *config.Values) bool {
	return v.Daemonize && v.Supervised == config.SupervisedNo && os.Getenv(backgroundMark) == ""
}

// startInBackground starts this program again without a terminal.
func startInBackground() error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(executable, os.Args[1:]...)
	cmd.Env = append(os.Environ(), backgroundMark+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start() // its input and output are the null device
}

// writePidFile leaves the process's number where pidfile says. As in Redis, that it
// cannot does not keep the server from starting.
func (s *service) writePidFile() {
	v := s.cfg.Values()
	path := v.PidFile
	if path == "" && os.Getenv(backgroundMark) != "" {
		path = pidFileDefault
	}
	if path == "" {
		return
	}
	path = v.Path(path)
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o644); err != nil {
		s.log.Warn().Err(err).Msg("Failed to write PID file")
		return
	}
	s.pidFile = path
}

func (s *service) removePidFile() {
	if s.pidFile == "" {
		return
	}
	s.log.Info().Msg("Removing the pid file.")
	if err := os.Remove(s.pidFile); err != nil {
		s.log.Warn().Err(err).Msg("the pid file stays")
	}
}
