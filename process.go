package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"runtime"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/reactor"
)

const (
	version    = "0.1.0"
	compatible = "7.2.0" // the level of Redis that clients see
)

func versionLine() string {
	return fmt.Sprintf("SoloKV server v=%s compatible=%s go=%s bits=64", version, compatible, runtime.Version())
}

func build() keyspace.Build {
	id := make([]byte, 20)
	_, _ = rand.Read(id)
	executable, _ := os.Executable()
	return keyspace.Build{Version: version, Compatible: compatible, RunID: hex.EncodeToString(id),
		Executable: executable, StartMs: time.Now().UnixMilli()}
}

func randomSource() func() uint64 {
	var seed [32]byte
	_, _ = rand.Read(seed[:])
	return mathrand.NewChaCha8(seed).Uint64
}

// systemClock is the engine's clock outside tests.
type systemClock struct{ start time.Time }

func newSystemClock() systemClock { return systemClock{time.Now()} }

func (c systemClock) NowMs() int64 { return time.Now().UnixMilli() }
func (c systemClock) NowNs() int64 { return int64(time.Since(c.start)) }

// openLog makes the logger that loglevel, logfile and log-format describe.
func openLog(v *config.Values) (zerolog.Logger, error) {
	var out io.Writer = os.Stdout
	terminal := isTerminal(os.Stdout)
	if v.LogFile != "" {
		file, err := os.OpenFile(v.Path(v.LogFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return zerolog.Nop(), fmt.Errorf("Can't open the log file: %w", err)
		}
		out, terminal = file, false
	}
	zerolog.TimeFieldFormat = time.RFC3339Nano
	if v.LogFormat != config.LogFormatJSON {
		out = zerolog.ConsoleWriter{Out: out, NoColor: !terminal, TimeFormat: "02 Jan 2006 15:04:05.000"}
	}
	level := [...]zerolog.Level{config.LogDebug: zerolog.TraceLevel, config.LogVerbose: zerolog.DebugLevel,
		config.LogNotice: zerolog.InfoLevel, config.LogWarning: zerolog.WarnLevel}[v.LogLevel]
	zerolog.SetGlobalLevel(level)
	return zerolog.New(out).With().Timestamp().Logger(), nil
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

func greet(log zerolog.Logger, cfg *config.Config) {
	v := cfg.Values()
	log.WithLevel(zerolog.InfoLevel).Msg("oO0OoO0OoO0Oo SoloKV is starting oO0OoO0OoO0Oo")
	log.Info().Msgf("SoloKV version=%s, bits=64, pid=%d, cores=%d", version, os.Getpid(), runtime.GOMAXPROCS(0))
	if cfg.File() == "" {
		log.Warn().Msg("no config file specified, using the defaults")
	} else {
		log.Info().Msgf("Configuration loaded from %s", cfg.File())
	}
	log.Info().Msgf("Running in standalone mode, Port: %d, PID: %d", v.Port, os.Getpid())
}

const (
	// filesReserved are descriptors for everything but clients: logs, the
	// journal, listeners, epoll, and the moment in which an accepted socket
	// exists twice.
	filesReserved = 32 + 16
)

// limitFiles raises the limit on open files to what maxclients needs, or lowers
// maxclients to what the limit allows.
func (s *service) limitFiles(v *config.Values) {
	want := uint64(v.MaxClients) + filesReserved
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || limit.Cur >= want {
		return
	}
	raised := limit
	raised.Cur, raised.Max = want, max(want, limit.Max)
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
		return
	}
	raised.Cur, raised.Max = min(want, limit.Max), limit.Max
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
		limit = raised
	}
	if limit.Cur >= want {
		return
	}
	clients := max(1, int(limit.Cur)-filesReserved)
	s.log.Warn().Msgf("You requested maxclients of %d requiring at least %d max file descriptors. Current maximum "+
		"open files is %d. maxclients has been reduced to %d to compensate for low ulimit. "+
		"If you need higher maxclients increase 'ulimit -n'.", v.MaxClients, want, limit.Cur, clients)
	_ = s.cfg.Set([]config.Pair{{Name: "maxclients", Value: fmt.Sprint(clients)}}, config.Origin{Local: true},
		func([]string) error { return nil })
}

// setLimits hands the reactor the directives that it heeds.
func setLimits(l *reactor.Limits, v *config.Values) {
	l.Clients.Store(int64(v.MaxClients))
	l.QueryBytes.Store(v.ClientQueryBufferLimit)
	l.BulkBytes.Store(v.ProtoMaxBulkLen)
	out := v.ClientOutputBufferLimit[config.ClassNormal]
	l.OutputHardBytes.Store(out.HardBytes)
	l.OutputSoftBytes.Store(out.SoftBytes)
	l.OutputSoftSec.Store(out.SoftSeconds)
	l.KeepAliveSec.Store(int64(v.TCPKeepalive))
	l.PasswordRequired.Store(v.RequirePass != "")
	l.Protected.Store(v.ProtectedMode && v.RequirePass == "")
}
