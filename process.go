package main

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
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

func build(v *config.Values) keyspace.Build {
	id := make([]byte, 20)
	_, _ = rand.Read(id)
	executable, _ := os.Executable()
	return keyspace.Build{Version: version, Compatible: compatible, RunID: hex.EncodeToString(id),
		Executable: executable, Supervised: supervisor(v), StartMs: time.Now().UnixMilli()}
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

// Sleep implements keyspace.Sleeper.
func (c systemClock) Sleep(ns int64) { time.Sleep(time.Duration(ns)) }

func greet(log zerolog.Logger, cfg *config.Config) {
	v := cfg.Values()
	log.WithLevel(zerolog.InfoLevel).Msg("oO0OoO0OoO0Oo SoloKV is starting oO0OoO0OoO0Oo")
	log.Info().Msgf("SoloKV version=%s, bits=64, pid=%d, cores=%d", version, os.Getpid(), runtime.GOMAXPROCS(0))
	if cfg.File() == "" {
		log.Warn().Msg("no config file specified, using the defaults")
	} else {
		log.Info().Msgf("Configuration loaded from %s", cfg.File())
	}
	log.Info().Msgf("Running in standalone mode, Port: %d, PID: %d", cmp.Or(v.Port, v.TLSPort), os.Getpid())
}

const (
	// filesReserved are descriptors for everything but clients: logs, the
	// journal, listeners, epoll, and the moment in which an accepted socket
	// exists twice.
	filesReserved = 32 + 16
)

// limitFiles raises the limit on open files to what maxclients needs, or lowers
// maxclients to what the limit allows.
func (s *service) limitFiles(v *config.Values) error {
	allowed := raiseFiles(uint64(v.MaxClients) + filesReserved)
	if allowed >= uint64(v.MaxClients)+filesReserved {
		return nil
	}
	clients := int(allowed) - filesReserved
	if clients < 1 {
		return fmt.Errorf("Your current 'ulimit -n' of %d is not enough for the server to start. "+
			"Please increase your open file limit to at least %d. Exiting.", allowed, v.MaxClients+filesReserved)
	}
	s.log.Warn().Msgf("You requested maxclients of %d requiring at least %d max file descriptors. Current maximum "+
		"open files is %d. maxclients has been reduced to %d to compensate for low ulimit. "+
		"If you need higher maxclients increase 'ulimit -n'.",
		v.MaxClients, v.MaxClients+filesReserved, allowed, clients)
	v.MaxClients = clients
	return nil
}

// allowClients is limitFiles for CONFIG SET, which changes nothing if it cannot
// have all.
func (s *service) allowClients(v *config.Values) error {
	want := uint64(v.MaxClients) + filesReserved
	if allowed := raiseFiles(want); allowed < want {
		return fmt.Errorf("The operating system is not able to handle the specified number of clients, try with %d",
			int(allowed)-filesReserved)
	}
	return nil
}

// raiseFiles raises the limit on open files to want, or as far as it goes, and
// returns what it then is.
func raiseFiles(want uint64) uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return want
	}
	for _, try := range []unix.Rlimit{{Cur: want, Max: max(want, limit.Max)}, {Cur: limit.Max, Max: limit.Max}} {
		if limit.Cur < want && unix.Setrlimit(unix.RLIMIT_NOFILE, &try) == nil {
			limit = try
		}
	}
	return limit.Cur
}

// setLimits hands the reactor the directives that it heeds.
func (s *service) setLimits(l *reactor.Limits) {
	v := s.cfg.Values()
	l.Clients.Store(int64(v.MaxClients))
	l.QueryBytes.Store(v.ClientQueryBufferLimit)
	l.BulkBytes.Store(v.ProtoMaxBulkLen)
	l.SetOutputLimits(func(pubsub bool, limit *reactor.OutputLimit) {
		out := v.ClientOutputBufferLimit[config.ClassNormal]
		if pubsub {
			out = v.ClientOutputBufferLimit[config.ClassPubSub]
		}
		limit.HardBytes.Store(out.HardBytes)
		limit.SoftBytes.Store(out.SoftBytes)
		limit.SoftSec.Store(out.SoftSeconds)
	})
	l.KeepAliveSec.Store(int64(v.TCPKeepalive))
	l.PasswordRequired.Store(s.engine.NeedsPassword())
	l.Protected.Store(v.ProtectedMode && s.engine.Users().Default().NoPass())
}
