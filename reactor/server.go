package reactor

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"solokv/keyspace"
)

// Limits may change while the server runs; every goroutine reads them.
type Limits struct {
	Clients      atomic.Int64 // maxclients
	QueryBytes   atomic.Int64 // client-query-buffer-limit
	BulkBytes    atomic.Int64 // proto-max-bulk-len
	KeepAliveSec atomic.Int64 // tcp-keepalive; 0: off
	Output       [outputClasses]OutputLimit
	// Protected makes connections from other machines end with an explanation:
	// protected mode is on and there is no password.
	Protected atomic.Bool
	// PasswordRequired: new connections have to authenticate.
	PasswordRequired atomic.Bool
}

// OutputLimit is client-output-buffer-limit of one class of clients.
type OutputLimit struct {
	HardBytes, SoftBytes atomic.Int64 // 0: none
	SoftSec              atomic.Int64
}

// outputClass is the class that a connection belongs to.
type outputClass int32

const (
	outputNormal outputClass = iota
	outputPubSub             // it has subscribed, or monitors
	outputClasses
)

// SetOutputLimits sets the limits of plain clients and of those who are sent messages.
func (l *Limits) SetOutputLimits(set func(pubsub bool, limit *OutputLimit)) {
	set(false, &l.Output[outputNormal])
	set(true, &l.Output[outputPubSub])
}

// Options of a Server.
type Options struct {
	Engine    *keyspace.Engine
	Listeners *Listeners // the server closes them
	Loops     int        // event loops; 0 chooses by Cores
	Cores     int
	Log       zerolog.Logger
	Limits    func(*Limits) // sets the limits before the first connection
}

// Server accepts connections and serves them until Stop.
//
// With one loop, that loop's goroutine is the engine's writer: it executes a
// batch where it has parsed it, without a copy, a queue or a second goroutine.
// With more, the engine runs apart, and batches cross over (handoff.go). Which is
// better is a matter of cores: see LoopsFor.
type Server struct {
	Limits   Limits
	Rejected atomic.Int64 // connections refused for want of room
	// QueryLimited and OutputLimited are connections that were closed as they exceeded
	// client-query-buffer-limit or client-output-buffer-limit.
	QueryLimited, OutputLimited atomic.Int64
	Live                        atomic.Int64

	options Options
	log     zerolog.Logger
	engine  *keyspace.Engine
	client  *gnet.Client
	loops   []*loop
	adopted bool // the only loop is the writer
	timer   *time.Timer
	stop    chan struct{}
	stopped atomic.Bool
	done    chan struct{}

	enrolling chan struct{} // see enroll

	handshakes    chan struct{} // turns: see handshake.go
	complainedSec atomic.Int64
}

// Calls is how often the loops have read and written. What gnet sends later, as a socket
// did not take it at once, is not counted.
func (s *Server) Calls() (reads, writes int64) {
	for _, l := range s.loops {
		reads += l.reads.Load()
		writes += l.writes.Load()
	}
	return reads, writes
}

// LoopsFor is the number of event loops for so many cores. On one or two, a
// second busy goroutine costs more in wake-ups than it parses: GET without a
// pipeline took 10.9 us of CPU apart and 9.4 adopted (one pinned core). From
// three on, one core is the writer's and the others' are for I/O.
func LoopsFor(cores int) int {
	if cores <= 2 {
		return 1
	}
	return min(cores-1, loopsMax)
}

const loopsMax = 8

// Start begins to serve. The engine must not have been used by another writer
// since it was loaded.
func Start(o Options) (*Server, error) {
	loops := o.Loops
	if loops == 0 {
		loops = LoopsFor(o.Cores)
	}
	s := &Server{options: o, log: o.Log, engine: o.Engine, adopted: loops == 1,
		stop: make(chan struct{}), done: make(chan struct{}), enrolling: make(chan struct{}, enrollMax),
		handshakes: make(chan struct{}, handshakeTurns(o.Cores))}
	o.Limits(&s.Limits)
	client, err := gnet.NewClient(&handler{server: s},
		gnet.WithNumEventLoop(loops),
		gnet.WithReadBufferCap(readBytes),
		gnet.WithTCPNoDelay(gnet.TCPNoDelay),
		gnet.WithLogger(gnetLog{o.Log}),
		gnet.WithLogLevel(logging.ErrorLevel))
	if err != nil {
		return nil, fmt.Errorf("reactor: %w", err)
	}
	s.client = client
	if err := client.Start(); err != nil {
		return nil, fmt.Errorf("reactor: %w", err)
	}
	for i := range loops {
		l, err := s.newLoop(i)
		if err != nil {
			return nil, err
		}
		s.loops = append(s.loops, l)
	}
	s.startWriter()
	o.Listeners.start(s.accept)
	return s, nil
}

// Loops is the number of event loops.
func (s *Server) Loops() int { return len(s.loops) }

// readBytes is how much a loop reads at once from one connection.
const readBytes = 64 << 10

// startWriter gives the engine its writer.
func (s *Server) startWriter() {
	if !s.adopted {
		s.engine.SetRoundDone(s.flushLoops)
		go func() {
			s.engine.Run(s.stop)
			close(s.done)
		}()
		return
	}
	step := &stepper{s}
	l := s.loops[0]
	wake := func() { l.execute(step) }
	s.timer = time.AfterFunc(time.Hour, wake)
	s.engine.SetWake(wake, func(d time.Duration) { s.timer.Reset(d) })
	wake()
}

// Stop refuses new connections, lets the writer finish what it has, calls last
// on it, after which it executes nothing any more, and closes all connections.
func (s *Server) Stop(last func(*keyspace.Ctx)) {
	if s.stopped.Swap(true) {
		return
	}
	s.options.Listeners.Close()
	ended := make(chan struct{})
	s.engine.Do(func(c *keyspace.Ctx) {
		last(c)
		s.engine.Halt()
		close(ended)
	})
	select {
	case <-ended:
	case <-time.After(stopWait):
		s.log.Error().Msg("the writer did not answer; stopping without it")
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	close(s.stop)
	if !s.adopted {
		<-s.done
	}
	_ = s.client.Stop()
	for _, l := range s.loops {
		_ = unix.Close(l.control)
	}
}

// stopWait bounds how long Stop waits for the writer to come to its request.
const stopWait = 8 * time.Second

// gnetLog passes gnet's own messages on.
type gnetLog struct{ log zerolog.Logger }

func (g gnetLog) Debugf(string, ...any)            {}
func (g gnetLog) Infof(string, ...any)             {}
func (g gnetLog) Warnf(format string, args ...any) { g.log.Warn().Msgf(format, args...) }
func (g gnetLog) Errorf(format string, args ...any) {
	g.log.Error().Msgf(format, args...)
}
func (g gnetLog) Fatalf(format string, args ...any) { g.log.Fatal().Msgf(format, args...) }
