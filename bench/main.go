package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	solokv, rows, out        string
	peers                    []contender
	alone                    bool
	serverCores, clientCores string
	seconds                  float64
	rounds                   int
	quick, list, crossCheck  bool
}

func parseOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main reports errors
	flags.StringVar(&o.solokv, "solokv", "./solokv", "SoloKV's `command`")
	flags.Func("peer", "`NAME=COMMAND` of a peer; may be repeated; default: redis-server and valkey-server, if installed",
		func(text string) error {
			peer, err := parsePeer(text)
			o.peers = append(o.peers, peer)
			return err
		})
	flags.BoolVar(&o.alone, "alone", false, "measure SoloKV only, whatever is installed")
	flags.StringVar(&o.rows, "rows", "", "measure only rows whose name matches this `expression`")
	flags.BoolVar(&o.list, "list", false, "list the rows and end")
	flags.BoolVar(&o.quick, "quick", false, "a short version: one round of 1 s, a tenth of the large data sets")
	flags.Float64Var(&o.seconds, "seconds", 3, "`duration` of one measurement")
	flags.IntVar(&o.rounds, "rounds", 3, "`number` of rounds, of which the medians are shown")
	flags.BoolVar(&o.crossCheck, "with-redis-benchmark", false, "add rows measured by redis-benchmark")
	flags.StringVar(&o.out, "out", filepath.Join("bench", "results"), "`folder` for the JSON file and the picture")
	flags.StringVar(&o.serverCores, "server-cores", "", "`cores` for the servers, such as 0 or 0-1; default: the first")
	flags.StringVar(&o.clientCores, "client-cores", "", "`cores` for the client; default: up to four of the others")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(os.Stdout)
			flags.PrintDefaults()
		}
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	isSet := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { isSet[f.Name] = true })
	if o.quick && !isSet["seconds"] {
		o.seconds = 1
	}
	if o.quick && !isSet["rounds"] {
		o.rounds = 1
	}
	const secondsMax, roundsMax = 600, 100
	if o.seconds < 0.1 || o.seconds > secondsMax || o.rounds < 1 || o.rounds > roundsMax {
		return options{}, fmt.Errorf("want 0.1 to %d seconds and 1 to %d rounds", secondsMax, roundsMax)
	}
	return o, nil
}

func main() {
	o, err := parseOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		err = run(ctx, o)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures what the options ask for and writes the results. After an interrupt, what was measured is written too.
func run(ctx context.Context, o options) error {
	if o.list {
		for _, r := range rows(settings{Quick: o.quick, WithRedisBenchmark: o.crossCheck}) {
			fmt.Printf("%-20s %s: %s\n", r.name, r.kind.title, r.title)
		}
		return nil
	}
	contenders, err := findContenders(o.solokv, o.peers, !o.alone)
	if err != nil {
		return err
	}
	plan, err := makePlan(o)
	if err != nil {
		return err
	}
	s, err := prepare(o, plan)
	if err != nil {
		return err
	}
	list, err := pickRows(rows(s), o.rows)
	if err != nil {
		return err
	}

	bar := newProgress(os.Stderr)
	c := newComparison(contenders, list, s, bar)
	r := report{When: time.Now(), Machine: readMachine(plan), Settings: s}
	out := table{out: os.Stdout}
	out.heading(r)
	runErr := c.run(ctx, func(result rowResult) {
		r.Rows = append(r.Rows, newReportRow(result))
		bar.clear()
		out.row(r.Rows[len(r.Rows)-1])
	})
	bar.clear()
	if errors.Is(runErr, context.Canceled) {
		runErr = errors.New("interrupted; only complete rows are shown")
	}
	return errors.Join(runErr, finish(r, c, o.out))
}

// prepare binds client and launcher to their cores.
func prepare(o options, plan corePlan) (settings, error) {
	s := settings{
		Seconds: o.seconds, Rounds: o.rounds, Quick: o.quick, WithRedisBenchmark: o.crossCheck,
		clientLoops: len(plan.client),
	}
	var err error
	if o.crossCheck {
		if s.redisBenchmarkPath, err = exec.LookPath("redis-benchmark"); err != nil {
			return settings{}, err
		}
	}
	// The client is bound first: threads inherit their binding, and the launcher's is for servers only.
	if err := pinProcess(plan.client); err != nil {
		return settings{}, err
	}
	s.launcher, err = newLauncher(plan.server)
	return s, err
}

func makePlan(o options) (corePlan, error) {
	serverCores, err := parseCores(o.serverCores)
	if err != nil {
		return corePlan{}, err
	}
	clientCores, err := parseCores(o.clientCores)
	if err != nil {
		return corePlan{}, err
	}
	return planCores(serverCores, clientCores)
}

// finish names the servers' versions and saves the report.
func finish(r report, c *comparison, folder string) error {
	if len(r.Rows) == 0 {
		return nil
	}
	fmt.Println()
	for _, from := range c.contenders {
		r.Servers = append(r.Servers, reportServer{
			Name: from.name, Command: strings.Join(from.command, " "), Version: c.versions[from.name],
		})
		fmt.Printf("%s: %s\n", from.name, c.versions[from.name])
	}
	paths, err := r.save(folder)
	for _, path := range paths {
		fmt.Println("written:", path)
	}
	if failures := r.failures(); len(failures) > 0 {
		err = errors.Join(err, fmt.Errorf("%d measurements failed, the first: %s", len(failures), failures[0]))
	}
	return err
}
