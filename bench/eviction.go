package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"solokv/protocol"
)

// Eviction under a load of writes: the limit is reached before anything is measured, so every write that adds a key costs
// another one.
//
// Beside the load, a connection asks for used_memory every 10 ms and compares it with the limit, and a probe notes what
// other clients feel. The longest step of the writer is what the server itself says; peers have no such figure.

const (
	evictBytes      = 64 << 20 // what there is room for
	evictBytesLarge = 256 << 20
	evictPolicy     = "allkeys-lru"
	// evictKeys is how many times more keys are written than there is room for, if each of them takes 100 bytes.
	evictKeys = 10
	// evictWatchEvery is the pause between two looks at used_memory.
	evictWatchEvery = 10 * time.Millisecond
	evictTimeout    = time.Minute
	// evictNear is the part of a limit that writers may be above it when the server counts as below: they go on.
	evictNear = 1000
)

var (
	metricOver  = metric{"over_percent", "over %", 2, lessIsBetter}
	metricUnder = metric{"under_percent", "under %", 2, lessIsBetter}
	metricStep  = metric{"step_us", "step us", 0, lessIsBetter}
	metricBelow = metric{"below_ms", "below ms", 0, lessIsBetter}
)

var (
	kindEviction = &kind{
		title: "Eviction by a closed loop of writes (used_memory over, under its limit; the writer's longest step)",
		metrics: []metric{
			metricRate, metricCPU, metricOver, metricUnder, metricStep, metricPingMax, metricPingP99, metricP99, metricMax,
		},
	}
	kindLowered = &kind{
		title: "Eviction of half of the memory, from CONFIG SET until it is below",
		metrics: []metric{
			metricBelow, metricStep, metricPingMax, metricPingP99, metricRate,
		},
	}
)

func setOf(bytes int) request {
	return request{words: []string{"SET", "key:" + randomKey, strings.Repeat("x", bytes)}, reply: "+OK\r\n"}
}

// evictionRows ask what eviction costs and whether it keeps up.
func evictionRows(s settings) []row {
	var list []row
	for _, shape := range []struct {
		name, title string
		bytes       int
		collections bool
	}{
		{"", "32 B", 32, false},
		{"-1k", "1 KB", 1000, false},
		{"-large", "32 B, and large collections", 32, true},
	} {
		l := load{
			request: setOf(shape.bytes), keys: evictKeys * evictBytes / (100 + shape.bytes),
			connections: clientsUsual, pipeline: 16,
		}
		list = append(list, row{
			name: "evict-set-p16" + shape.name, kind: kindEviction, setup: setup{fresh: true},
			title: describe(l) + ", " + shape.title + fmt.Sprintf(", %d MB", evictBytes>>20),
			measure: func(ctx context.Context, target *server) (sample, error) {
				return measureEviction(ctx, target, l, shape.collections, s)
			},
		})
	}
	l := load{request: setOf(32), keys: evictKeys * evictBytesLarge / 132, connections: clientsUsual, pipeline: 16}
	return append(list, row{
		name: "evict-lowered", kind: kindLowered, setup: setup{fresh: true}, serverBytes: 2 * evictBytesLarge,
		title: fmt.Sprintf("from %d to %d MB under %s", evictBytesLarge>>20, evictBytesLarge>>21, describe(l)),
		measure: func(ctx context.Context, target *server) (sample, error) {
			return measureLowered(ctx, target, l, s)
		},
	})
}

// fillToLimit sets a limit beyond what the empty server uses, and writes keys until the first is evicted. It returns the
// limit.
func fillToLimit(ctx context.Context, control *client, r request, room int64) (limit int64, err error) {
	used, err := control.infoInt("memory", "used_memory")
	if err != nil {
		return 0, err
	}
	limit = used + room
	if err := setMaxMemory(control, limit); err != nil {
		return 0, err
	}
	const step = 50_000
	for first := 0; first < 1000*step; first += step {
		var key []byte
		err := control.pour(ctx, step, func(dst []byte, i int) []byte {
			key = keyName(key[:0], "fill:", first+i)
			return protocol.AppendCommandStrings(dst, "SET", string(key), r.words[2])
		})
		if err != nil {
			return 0, err
		}
		evicted, err := control.infoInt("stats", "evicted_keys")
		if err != nil || evicted > 0 {
			return limit, err
		}
	}
	return 0, errors.New("nothing is evicted")
}

func setMaxMemory(control *client, bytes int64) error {
	_, err := control.do("CONFIG", "SET", "maxmemory-policy", evictPolicy, "maxmemory", strconv.FormatInt(bytes, 10))
	return err
}

// stepOf is the longest step of the writer since CONFIG RESETSTAT, for servers that tell it.
func stepOf(control *client, into sample) error {
	stats, err := control.info("stats")
	if err != nil {
		return err
	}
	longest := 0.0
	for _, field := range []string{"solokv_writer_step_usec_max", "solokv_batch_usec_max"} {
		value, err := strconv.ParseFloat(stats[field], 64)
		if err != nil {
			return nil
		}
		longest = max(longest, value)
	}
	into[metricStep.name] = longest
	return nil
}

func measureEviction(ctx context.Context, target *server, l load, collections bool, s settings) (sample, error) {
	limit, err := fillToLimit(ctx, target.control, l.request, evictBytes)
	if err != nil {
		return nil, err
	}
	if _, err := target.control.do("CONFIG", "RESETSTAT"); err != nil {
		return nil, err
	}
	pings, err := startProbe(ctx, target.address)
	if err != nil {
		return nil, err
	}
	beside := []*aside{watchLimit(ctx, target.address, limit)}
	if collections {
		beside = append(beside, heapUp(ctx, target.address))
	}
	o, err := l.drive(ctx, target, s.clientLoops, s.duration())
	result := sample{}
	for _, a := range beside {
		err = errors.Join(err, a.stop(result))
	}
	if err = errors.Join(err, pings.stop(result), stepOf(target.control, result)); err != nil {
		return nil, err
	}
	for name, value := range loadSample(o) {
		result[name] = value
	}
	return result, nil
}

// measureLowered lowers the limit in the middle of a load.
func measureLowered(ctx context.Context, target *server, l load, s settings) (sample, error) {
	limit, err := fillToLimit(ctx, target.control, l.request, evictBytesLarge)
	if err != nil {
		return nil, err
	}
	result := sample{}
	lowering := asideOf(ctx, func(ctx context.Context) error {
		if err := pause(ctx, warmUp+s.duration()/4); err != nil {
			return err
		}
		return lower(ctx, target, limit-evictBytesLarge/2, result)
	})
	o, err := l.drive(ctx, target, s.clientLoops, s.duration())
	if err = errors.Join(err, lowering.wait()); err != nil {
		return nil, err
	}
	result[metricRate.name] = o.requestsPerSecond()
	return result, nil
}

// lower sets a lower limit and waits until the server is below it.
func lower(ctx context.Context, target *server, limit int64, result sample) error {
	control := target.control
	if _, err := control.do("CONFIG", "RESETSTAT"); err != nil {
		return err
	}
	pings, err := startProbe(ctx, target.address)
	if err != nil {
		return err
	}
	start := time.Now()
	err = setMaxMemory(control, limit)
	for used := 2 * limit; err == nil && used > limit+limit/evictNear; {
		if used, err = control.infoInt("memory", "used_memory"); err == nil && time.Since(start) > evictTimeout {
			err = fmt.Errorf("there are %d bytes over the limit after %v", used-limit, evictTimeout)
		}
		result[metricBelow.name] = float64(time.Since(start)) / float64(time.Millisecond)
		err = errors.Join(err, pause(ctx, time.Millisecond))
	}
	return errors.Join(err, pings.stop(result), stepOf(control, result))
}

// aside is something that goes on beside a load.
type aside struct {
	end    context.CancelFunc
	done   chan error
	result sample
}

func asideOf(ctx context.Context, run func(context.Context) error) *aside {
	ctx, end := context.WithCancel(ctx)
	a := &aside{end: end, done: make(chan error, 1), result: sample{}}
	go func() { a.done <- run(ctx) }()
	return a
}

// wait waits for it to end by itself, within its own bounds.
func (a *aside) wait() error {
	err := <-a.done
	a.end()
	return err
}

// stop ends it, and adds what it found out to a sample.
func (a *aside) stop(into sample) error {
	a.end()
	err := <-a.done
	for name, value := range a.result {
		into[name] = value
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// watchLimit looks at how far used_memory is from the limit.
func watchLimit(ctx context.Context, address string, limit int64) *aside {
	result := sample{metricOver.name: 0, metricUnder.name: 0}
	a := asideOf(ctx, func(ctx context.Context) error {
		control, err := dial(address)
		if err != nil {
			return err
		}
		defer control.close()
		for pause(ctx, evictWatchEvery) == nil {
			used, err := control.infoInt("memory", "used_memory")
			if err != nil {
				return err
			}
			over := 100 * float64(used-limit) / float64(limit)
			result[metricOver.name] = max(result[metricOver.name], over)
			result[metricUnder.name] = max(result[metricUnder.name], -over)
		}
		return nil
	})
	a.result = result
	return a
}

const (
	heapElements = 10_000
	heapEvery    = 100 * time.Millisecond
	heapPipeline = 500
)

// heapUp makes one large collection after the other, of four types in turn.
func heapUp(ctx context.Context, address string) *aside {
	return asideOf(ctx, func(ctx context.Context) error {
		control, err := dial(address)
		if err != nil {
			return err
		}
		defer control.close()
		for n := 0; pause(ctx, heapEvery) == nil; n++ {
			key := numbered("heap", n)
			for first := 0; first < heapElements; first += heapPipeline {
				err := control.pour(ctx, heapPipeline, func(dst []byte, i int) []byte {
					element := numbered("element", first+i)
					switch n % 4 {
					case 0:
						return protocol.AppendCommandStrings(dst, "HSET", key, element, loadValue)
					case 1:
						return protocol.AppendCommandStrings(dst, "ZADD", key, strconv.Itoa(i), element)
					case 2:
						return protocol.AppendCommandStrings(dst, "SADD", key, element)
					}
					return protocol.AppendCommandStrings(dst, "RPUSH", key, element)
				})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}
