package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"solokv/protocol"
)

// setup is the state that a row needs servers to be in. Rows with equal setups share servers, which are filled once.
type setup struct {
	fsync string // "": no persistence
	keys  int    // key:000000000000 and so on, with the loads' value
	mixed bool   // the keys are those of the mixed data set instead
	// fresh servers are started for each measurement, one at a time, because the measurement leaves them changed.
	fresh bool
}

// row is one question that is put to every server.
type row struct {
	name  string // what -rows matches
	title string
	kind  *kind
	setup setup
	// serverBytes is how much memory each server needs at most, for rows that are left out where it is short. 0: little.
	serverBytes int64
	// once: one round says it all, because it takes long and depends little on the weather.
	once    bool
	measure func(context.Context, *server) (sample, error)
}

// settings scale a run.
type settings struct {
	Seconds            float64 `json:"seconds"` // of each load
	Rounds             int     `json:"rounds"`
	Quick              bool    `json:"quick"`
	WithRedisBenchmark bool    `json:"with_redis_benchmark"`
	redisBenchmarkPath string
	clientLoops        int
	launcher           *launcher
}

func (s settings) duration() time.Duration { return time.Duration(s.Seconds * float64(time.Second)) }

// quickDivisor is how much smaller the data sets of a quick run are.
const quickDivisor = 10

// scaled shrinks a number of keys for a quick run.
func (s settings) scaled(count int) int {
	if s.Quick {
		return count / quickDivisor
	}
	return count
}

const (
	keysFew      = 100_000
	keysMany     = 3_000_000
	keysTail     = 5_000_000
	keysPopulate = 5_000_000
	keysTTL      = 1_000_000
	keysExpiring = 1_000_000
	elementsMany = 1_000_000
	hashesSmall  = 200_000
	clientsUsual = 50
	clientsMany  = 500
	idleClients  = 1000
	// tailRate is a rate that every server worth comparing sustains without pipelining on one core.
	tailRate = 20_000
)

// rows is the whole list, in the order in which it is measured and printed.
func rows(s settings) []row {
	var list []row
	list = append(list, throughputRows(s, setup{keys: keysFew}, "")...)
	list = append(list,
		closedRow(s, "get-p1-c1", setup{keys: keysFew}, load{request: getRequest, connections: 1, pipeline: 1}),
		closedRow(s, "set-p1-c1", setup{keys: keysFew}, load{request: setRequest, connections: 1, pipeline: 1}),
		closedRow(s, "incr-p16", setup{keys: keysFew}, load{request: incrRequest, connections: clientsUsual, pipeline: 16}),
		closedRow(s, "eval-p16", setup{keys: keysFew}, load{request: evalRequest, connections: clientsUsual, pipeline: 16}),
		closedRow(s, "mset10-p1", setup{keys: keysFew}, load{request: msetRequest, connections: clientsUsual, pipeline: 1}),
	)
	list = append(list, collectionRows(s)...)
	list = append(list, pubsubRows(s)...)
	if s.WithRedisBenchmark {
		list = append(list, benchmarkRows(s, setup{keys: keysFew})...)
	}
	list = append(list, throughputRows(s, setup{keys: s.scaled(keysMany)}, "-many")...)
	list = append(list, durableRows(s)...)
	list = append(list, tailRows(s)...)
	list = append(list, memoryRows(s)...)
	list = append(list, expiryRow(s))
	list = append(list, evictionRows(s)...)
	list = append(list, hitRows(s)...)
	list = append(list, savingRows(s, saveSizes)...)
	list = append(list, fileRows(s, saveSizes)...)
	return append(list, idleRow(s, 0), idleRow(s, idleClients))
}

// pickRows keeps the rows whose name matches.
func pickRows(list []row, pattern string) ([]row, error) {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	var picked []row
	for _, r := range list {
		if expression.MatchString(r.name) {
			picked = append(picked, r)
		}
	}
	if len(picked) == 0 {
		return nil, fmt.Errorf("rows: %q matches no row, see -list", pattern)
	}
	return picked, nil
}

// throughputRows asks for SET and GET at the usual pipeline depths.
func throughputRows(s settings, needs setup, suffix string) []row {
	var list []row
	for _, pipeline := range []int{64, 16, 1} {
		for _, r := range []request{setRequest, getRequest} {
			name := fmt.Sprintf("%s-p%d%s", r.benchmarkTest, pipeline, suffix)
			list = append(list, closedRow(s, name, needs, load{request: r, connections: clientsUsual, pipeline: pipeline}))
		}
	}
	return list
}

// durableRows asks what it costs when every write is on disk before its reply.
func durableRows(s settings) []row {
	var list []row
	for _, shape := range []struct{ connections, pipeline int }{
		{clientsUsual, 1}, {clientsUsual, 16}, {clientsMany, 1},
	} {
		name := fmt.Sprintf("always-set-p%d-c%d", shape.pipeline, shape.connections)
		r := closedRow(s, name, setup{fsync: "always", keys: keysFew},
			load{request: setRequest, connections: shape.connections, pipeline: shape.pipeline})
		list = append(list, r)
	}
	return list
}

// closedRow measures the throughput of a load. Its keys are those of the setup.
func closedRow(s settings, name string, needs setup, l load) row {
	l.keys = needs.keys
	title := describe(l)
	if needs.fsync != "" {
		title += ", appendfsync " + needs.fsync
	}
	return row{
		name: name, title: title, kind: kindThroughput, setup: needs,
		measure: func(ctx context.Context, target *server) (sample, error) {
			o, err := l.drive(ctx, target, s.clientLoops, s.duration())
			if err != nil {
				return nil, err
			}
			return loadSample(o), nil
		},
	}
}

// tailRows ask for latencies at half of each server's own maximum, and at one rate for all.
func tailRows(s settings) []row {
	needs := setup{keys: s.scaled(keysTail)}
	var list []row
	for _, r := range []request{getRequest, setRequest} {
		l := load{request: r, keys: needs.keys, connections: clientsUsual, pipeline: 1}
		list = append(list,
			row{
				name: "tail-half-" + r.benchmarkTest, kind: kindTail, setup: needs,
				title:   describe(l) + ", at half of its own maximum",
				measure: func(ctx context.Context, target *server) (sample, error) { return tailAtHalf(ctx, target, l, s) },
			},
			row{
				name: "tail-fixed-" + r.benchmarkTest, kind: kindTail, setup: needs,
				title:   describe(l) + ", at " + grouped(tailRate) + " requests/s",
				measure: func(ctx context.Context, target *server) (sample, error) { return tailAt(ctx, target, l, s, tailRate) },
			})
	}
	return list
}

// tailAtHalf finds the server's maximum for the load first, in the same round, so that both are of the same weather.
func tailAtHalf(ctx context.Context, target *server, l load, s settings) (sample, error) {
	most, err := l.drive(ctx, target, s.clientLoops, s.duration()/2)
	if err != nil {
		return nil, err
	}
	return tailAt(ctx, target, l, s, most.requestsPerSecond()/2)
}

func tailAt(ctx context.Context, target *server, l load, s settings, rate float64) (sample, error) {
	l.rate = rate
	o, err := l.drive(ctx, target, s.clientLoops, s.duration())
	if err != nil {
		return nil, err
	}
	return loadSample(o), nil
}

// describe says in words what a load is.
func describe(l load) string {
	text := l.request.words[0]
	if len(l.request.next) > 0 {
		text += " and " + l.request.next[0]
	}
	if len(l.other.words) > 0 {
		text += " or " + l.other.words[0]
	}
	if values := (len(l.request.words) - 1) / 2; values > 1 {
		text += fmt.Sprintf(" of %d keys", values)
	}
	if l.pipeline > 1 {
		text += fmt.Sprintf(", pipeline %d", l.pipeline)
	}
	if l.connections == 1 {
		text += ", 1 client"
	} else {
		text += fmt.Sprintf(", %d clients", l.connections)
	}
	return text + ", " + grouped(float64(l.keys)) + " keys"
}

// fill brings a new server into the state of a setup.
func fill(ctx context.Context, target *server, needs setup) error {
	if needs.mixed {
		return fillMixed(ctx, target.control, needs.keys)
	}
	prefix, value := "key:", []byte(loadValue)
	set := []byte("SET")
	var key []byte
	return target.control.pour(ctx, needs.keys, func(dst []byte, i int) []byte {
		key = keyName(key[:0], prefix, i)
		return protocol.AppendCommand(dst, set, key, value)
	})
}

// grouped writes a whole number with a comma between groups of three digits.
func grouped(value float64) string {
	digits := strconv.FormatFloat(value, 'f', 0, 64)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
