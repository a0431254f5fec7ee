package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// fakeServer answers each command with reply(number of the command), and writes the answers byte by byte where that is
// asked for. An empty reply closes the connection.
func fakeServer(t *testing.T, bytewise bool, reply func(number int64) string) *server {
	t.Helper()
	var commands atomic.Int64
	return serveCommands(t, func([]string) []string {
		text := reply(commands.Add(1))
		if bytewise {
			return strings.Split(text, "")
		}
		return []string{text}
	})
}

// serveCommands listens as a server whose replies are made by reply, in pieces that are written one by one.
func serveCommands(t *testing.T, reply func(words []string) (pieces []string)) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	serve := func(conn net.Conn) {
		defer conn.Close()
		in := bufio.NewReader(conn)
		for {
			words, err := readWords(in)
			if err != nil {
				return
			}
			pieces := reply(words)
			if len(pieces) == 0 || pieces[0] == "" {
				return
			}
			for _, piece := range pieces {
				if _, err := io.WriteString(conn, piece); err != nil {
					return
				}
			}
		}
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return &server{address: listener.Addr().String(), pid: os.Getpid()}
}

// readWords reads a command as clients of this package send it: no word has a line break.
func readWords(in *bufio.Reader) ([]string, error) {
	var count int
	if _, err := fmt.Fscanf(in, "*%d\r\n", &count); err != nil {
		return nil, err
	}
	var words []string
	for range count {
		if _, err := in.ReadString('\n'); err != nil {
			return nil, err
		}
		word, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		words = append(words, strings.TrimSpace(word))
	}
	return words, nil
}

var pingRequest = request{words: []string{"PING"}, reply: "+PONG\r\n"}

func TestClosedLoop(t *testing.T) {
	f := func(bytewise bool, connections, pipeline, loops int) {
		t.Helper()
		var sent atomic.Int64
		target := fakeServer(t, bytewise, func(number int64) string { sent.Store(number); return "+PONG\r\n" })
		l := load{request: pingRequest, keys: 1, connections: connections, pipeline: pipeline}
		o, err := l.drive(context.Background(), target, loops, 100*time.Millisecond)
		require.NoError(t, err)
		require.Positive(t, o.requests)
		require.LessOrEqual(t, o.requests, sent.Load())
		require.Zero(t, o.requests%int64(pipeline), "batches count when they are complete")
		require.Equal(t, o.requests, o.latencies.TotalCount())
	}
	f(false, 1, 1, 1)
	f(false, 5, 7, 2)
	f(true, 3, 4, 1)
}

func TestLoadReportsErrors(t *testing.T) {
	f := func(reply, want string) {
		t.Helper()
		for _, rate := range []float64{0, 1000} {
			target := fakeServer(t, false, func(int64) string { return reply })
			l := load{request: pingRequest, keys: 1, connections: 2, pipeline: 1, rate: rate}
			_, err := l.drive(context.Background(), target, 2, 50*time.Millisecond)
			require.ErrorContains(t, err, want)
		}
	}
	f("-LOADING wait\r\n", "LOADING wait")
	f("", errConnClosed.Error())
	f("nonsense\r\n", errNotReply.Error())
}

func TestLoadIsInterrupted(t *testing.T) {
	for _, rate := range []float64{0, 1000} {
		ctx, cancel := context.WithCancel(context.Background())
		target := fakeServer(t, false, func(number int64) string {
			if number == 10 {
				cancel()
			}
			return "+PONG\r\n"
		})
		l := load{request: pingRequest, keys: 1, connections: 2, pipeline: 1, rate: rate}
		_, err := l.drive(ctx, target, 1, time.Hour)
		require.ErrorIs(t, err, context.Canceled)
	}
}

// TestOpenLoopCountsWaiting has a server stall once. All requests that fall due during the stall must be recorded with
// what is left of it, though they could not be answered: a generator that omits them would show one slow request.
func TestOpenLoopCountsWaiting(t *testing.T) {
	const rate, stall = 1000, 200 * time.Millisecond
	firstInWindow := int64(rate*warmUp.Seconds()) + 50
	target := fakeServer(t, false, func(number int64) string {
		if number == firstInWindow {
			time.Sleep(stall)
		}
		return "+PONG\r\n"
	})
	l := load{request: pingRequest, keys: 1, connections: 1, pipeline: 1, rate: rate}
	o, err := l.drive(context.Background(), target, 1, 600*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, o.requests, o.latencies.TotalCount())

	slow := int64(0)
	for _, bar := range o.latencies.Distribution() {
		if bar.From >= int64(stall/2) {
			slow += bar.Count
		}
	}
	// About rate*stall/2 = 100 requests are due in the stall's first half. The schedule's seed is fixed.
	require.Greater(t, slow, int64(50))
}

// TestScheduleKeepsItsRate checks the mean of the drawn gaps and that they vary as those of a Poisson process do.
func TestScheduleKeepsItsRate(t *testing.T) {
	const rate, draws, startNs = 10_000.0, 100_000, 500
	s := newSchedule(rand.NewPCG(1, 1), rate, startNs)
	var below int
	for range draws {
		before := s.nextNs
		s.advance()
		require.GreaterOrEqual(t, s.nextNs, before)
		if s.nextNs-before < s.gapMeanNs {
			below++
		}
	}
	require.InEpsilon(t, draws/rate*1e9, s.nextNs-startNs, 0.02)
	require.InDelta(t, 0.632, float64(below)/draws, 0.01) // 1 - 1/e of exponential gaps are below their mean
}

// TestComparisonEndToEnd runs three short rows on a real server, beside a contender that does not start.
func TestComparisonEndToEnd(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: the end-to-end run of a comparison is left out")
	}
	plan, err := planCores(nil, nil)
	require.NoError(t, err)
	starts, err := newLauncher(plan.server)
	require.NoError(t, err)
	s := settings{Seconds: 0.1, Rounds: 2, Quick: true, launcher: starts, clientLoops: 1}
	needs := setup{keys: 1000}
	pids := map[int]bool{}
	var folder string
	list := []row{
		closedRow(s, "get", needs, load{request: getRequest, connections: 5, pipeline: 4}),
		{
			name: "tail", kind: kindTail, setup: needs,
			measure: func(ctx context.Context, target *server) (sample, error) {
				pids[target.pid], folder = true, target.folder
				var set unix.CPUSet
				require.NoError(t, unix.SchedGetaffinity(target.pid, &set))
				require.Equal(t, len(plan.server), set.Count())
				require.True(t, set.IsSet(plan.server[0]))
				l := load{request: setRequest, keys: needs.keys, connections: 2, pipeline: 1}
				return tailAt(ctx, target, l, s, 500)
			},
		},
		{
			name: "memory", kind: kindMemory, setup: setup{fresh: true},
			measure: memoryFill{items: 1000, pour: populateWithTTL}.measure,
		},
	}
	contenders := []contender{{name: "redis", command: []string{path}}, {name: "broken", command: []string{"false"}}}
	bar := &progress{out: io.Discard}
	c := newComparison(contenders, list, s, bar)
	var results []rowResult
	require.NoError(t, c.run(context.Background(), func(r rowResult) { results = append(results, r) }))

	require.Len(t, results, len(list))
	for i, result := range results {
		require.NoError(t, result.servers[0].failure, list[i].name)
		require.Len(t, result.servers[0].rounds, s.Rounds)
		for _, m := range list[i].kind.metrics {
			require.Contains(t, result.servers[0].rounds[0], m.name)
		}
		require.ErrorContains(t, result.servers[1].failure, "ended at once")
	}
	require.Contains(t, c.versions["redis"], "redis ")
	require.Equal(t, bar.steps, bar.stepsDone)
	require.Len(t, pids, 1, "rows with equal setups share a server")
	for pid := range pids {
		require.NoDirExists(t, "/proc/"+strconv.Itoa(pid), "no server is left")
	}
	require.NoDirExists(t, folder)
}
