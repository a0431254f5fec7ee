// Command solokv is an in-memory data-structure server that speaks the Redis
// protocol. This file only wires: configuration, store, engine, loading, reactor,
// and then it waits for a signal.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"solokv/admin"
	"solokv/keyspace"
	"solokv/keyspace/command"
	"solokv/keyspace/config"
	"solokv/persistence"
	"solokv/persistence/fs"
	"solokv/reactor"
)

func main() {
	args := os.Args[1:]
	if len(args) == 1 && args[0] == "--print-commands-doc" {
		fmt.Print(command.Document(command.Table()))
		return
	}
	if len(args) == 1 && args[0] == "--print-metrics-doc" {
		fmt.Print(admin.Document())
		return
	}
	if isCheckTool(os.Args[0]) {
		os.Exit(check(args))
	}
	switch config.ModeOf(args) {
	case config.ModeVersion:
		fmt.Println(versionLine())
		return
	case config.ModeHelp:
		fmt.Print(usage)
		return
	case config.ModeCheck:
		os.Exit(check(args[1:]))
	case config.ModePing:
		os.Exit(ping(args[1:]))
	}
	cfg := config.New()
	if err := cfg.LoadArgs(args, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if goesToBackground(cfg.Values()) {
		if err := startInBackground(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	stop, err := startProfile()
	if err == nil {
		err = errors.Join(run(cfg), stop())
	}
	if err != nil {
		os.Exit(1)
	}
}

const usage = `Usage: ./solokv [/path/to/solokv.conf] [--directive value ...]
       ./solokv - (read the configuration from standard input)
       ./solokv -v or --version
       ./solokv -h or --help
       ./solokv --check [--fix] FILE...
       ./solokv --ping [/path/to/solokv.conf] [--directive value ...]
       redis-check-rdb FILE...                (the same, for a link of that name to this program)
       redis-check-aof [--fix] FILE...        (likewise)

--check tells the state of RDB files, of append-only files, named by their manifest or folder,
and of their single files, and changes nothing; with --fix it cuts a torn tail off the last
increment. The exit code is 0 if everything is whole, and 1 otherwise.

--ping asks the server of this machine that has this configuration whether it serves. The exit code is 0
if it does, and 1 if it does not, or loads its data. It is for health checks.

Examples:
       ./solokv                        (defaults: port 5555, data under aof/)
       ./solokv /etc/solokv.conf --port 7777
       ./solokv --appendfsync always --loglevel verbose
       ./solokv --check dump.rdb aof/
`

// run serves until a signal or SHUTDOWN; errors are logged.
func run(cfg *config.Config) error {
	v := cfg.Values()
	log, system, err := openLog(v)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return err
	}
	defer system.flush(systemLogFarewell)
	cores := runtime.GOMAXPROCS(0)
	tuneCollector()
	greet(log, cfg)

	end := make(chan os.Signal, 4)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)

	s := &service{cfg: cfg, log: log, end: end, cores: cores}
	s.setTitle()
	s.writePidFile()
	if err := s.oomScore.apply(cfg.Values()); err != nil {
		log.Warn().Err(err).Msg("the kernel's readiness to kill this process stays as it is")
	}
	defer s.removePidFile()
	if err := s.start(); err != nil {
		s.fail(err)
		return err
	}
	if len(end) == 0 {
		log.Info().Msg("Ready to accept connections")
		s.notify("STATUS=Ready to accept connections\nREADY=1\n")
	}
	s.awaitEnd()
	s.notify("STOPPING=1\n")
	err = s.stop()
	log.Warn().Msg("SoloKV is now ready to exit, bye bye...")
	return err
}

// service is the running program.
type service struct {
	cfg   *config.Config
	log   zerolog.Logger
	end   chan os.Signal
	cores int
	files fs.FS // the operating system's, with processors for those who wait

	collecting atomic.Bool // see collect

	pidFile  string // that was written
	oomScore oomScore
	title    procTitle

	engine  *keyspace.Engine
	saver   *saver
	disk    *disk // the writer's; nil without persistence, and before it is loaded
	loading loadProgress
	limits  *reactor.Limits

	listeners reactor.Listeners
	admin     admin.Server
	reactor   atomic.Pointer[reactor.Server] // INFO may ask while it starts
}

func (s *service) start() error {
	v := s.cfg.Values()
	if err := s.limitFiles(v); err != nil {
		return err
	}
	if err := s.listen(v); err != nil {
		return err
	}
	var err error
	lua := new(command.Lua)
	if s.engine, err = keyspace.New(keyspace.Options{
		Config: s.cfg, Commands: command.TableWith(lua), Clock: newSystemClock(), Random: randomSource(),
		Log: s.log, Build: build(v), Shutdown: func() { s.end <- syscall.SIGTERM },
	}); err != nil {
		return err
	}
	spare := newProcessors(serving(v, s.cores))
	s.files = fs.Waiting(fs.OS(), spare)
	s.saver = &saver{service: s, files: persistence.NewReplacer(s.files), threads: savers{spare}}
	if err := s.saver.files.Clean(databasePath(v)); err != nil {
		s.log.Warn().Err(err).Msg("files of a save that was cut short may be left")
	}
	s.engine.SetSaver(s.saver)
	s.engine.SetLibraries(lua.Codes)
	measureHeap()
	s.log.Info().Msg("Server initialized")
	if err := s.loadUsers(); err != nil {
		return err
	}
	s.engine.OnReconfigure(s.reconfigure)
	s.engine.OnReload(s.reload)
	s.engine.SetFacts(keyspace.Facts{
		Persistence: s.persistenceFacts, Network: s.networkFacts, Scripts: lua.Facts, Synced: s.synced,
		AwaitSync: s.awaitSync, Collect: s.collect,
	})
	s.engine.SetLoading(true)
	s.engine.PauseUntil(time.Now().UnixMilli()+quietMs, true)
	server, err := reactor.Start(reactor.Options{
		Engine: s.engine, Listeners: &s.listeners, Loops: loops(v), Cores: s.cores, Log: s.log,
		Limits: func(l *reactor.Limits) { s.limits = l; s.setLimits(l) },
	})
	s.reactor.Store(server)
	if err != nil {
		return err
	}
	s.admin.Start(s.engine)
	return s.loadData()
}

// quietMs is how long nobody is answered at all while the files are loaded. Most
// starts are over by then, so that whoever connects early need not ask again; after
// it clients learn that they are early.
const quietMs = 100

// loadData loads the files, while clients are told to wait. A signal ends the waiting: nothing has been changed that would be lost.
func (s *service) loadData() error {
	done := make(chan error, 1)
	go func() {
		opened, err := s.loadFiles()
		s.engine.Do(func(*keyspace.Ctx) {
			if err == nil {
				if opened != nil {
					s.disk = opened
					s.engine.SetJournal(opened)
				}
				s.engine.Loaded()
				s.engine.SetLoading(false)
				s.engine.Unpause()
			}
			done <- err
		})
	}()
	select {
	case err := <-done:
		return err
	case got := <-s.end:
		s.end <- got
		return nil
	}
}

// provisionalPause is the time between two looks whether the append-only file, which
// was just turned on, is whole.
const provisionalPause = 100 * time.Millisecond

// awaitEnd waits for a signal, or SHUTDOWN, after which the data is as safe as the
// configuration wants it to be.
func (s *service) awaitEnd() {
	for {
		got := <-s.end
		s.log.Warn().Str("signal", got.String()).Msg("User requested shutdown...")
		err := s.sayFarewell(got)
		for errors.Is(err, keyspace.ErrProvisional) {
			time.Sleep(provisionalPause)
			err = s.sayFarewell(got)
		}
		if err == nil {
			return
		}
		s.log.Warn().Msg("Errors trying to shut down the server. Check the logs for more information.")
	}
}

func (s *service) sayFarewell(signal os.Signal) error {
	database := make(chan string, 1)
	done := make(chan error, 1)
	s.engine.Do(func(c *keyspace.Ctx) {
		v := s.cfg.Values()
		database <- databasePath(v)
		flags := v.ShutdownOnSigterm
		if signal == syscall.SIGINT {
			flags = v.ShutdownOnSigint
		}
		farewell := keyspace.FarewellDefault
		switch {
		case flags&config.ShutdownSave != 0:
			farewell = keyspace.FarewellSave
		case flags&config.ShutdownNoSave != 0:
			farewell = keyspace.FarewellNoSave
		}
		done <- c.SayFarewell(farewell, flags&config.ShutdownForce != 0)
	})
	for {
		select {
		case err := <-done:
			return err
		case again := <-s.end:
			if again == syscall.SIGINT {
				s.leaveNow(<-database)
			}
		}
	}
}

// leaveNow ends the program in the middle of its last save: somebody has pressed the keys for it
// twice. The save's temporary file goes with it.
func (s *service) leaveNow(database string) {
	s.log.Warn().Msg("You insist... exiting now.")
	if err := s.saver.files.Clean(database); err != nil {
		s.log.Warn().Err(err).Msg("files of the save may be left")
	}
	s.removePidFile()
	os.Exit(1)
}

func (s *service) stop() error {
	s.admin.Close()
	var err error
	s.reactor.Load().Stop(func(*keyspace.Ctx) {
		s.saver.stopRewrite()
		s.saver.awaitSave()
		if s.disk != nil {
			err = s.disk.Close()
		}
	})
	if err != nil {
		s.log.Error().Err(err).Msg("the append-only file was not closed cleanly")
	}
	return err
}

func (s *service) fail(err error) {
	if refused, ok := errors.AsType[*portError](err); ok {
		s.log.Error().Msgf("Failed listening on port %d (%s), aborting.", refused.port, refused.name)
	}
	if fault, ok := errors.AsType[*config.LoadError](err); ok {
		fmt.Fprintln(os.Stderr, fault)
		return
	}
	s.log.Error().Err(err).Msg("cannot start")
}

func loops(v *config.Values) int {
	if v.EventLoops == 0 && v.IOThreads > 1 {
		return v.IOThreads
	}
	return v.EventLoops
}
