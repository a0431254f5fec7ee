package main

import (
	"context"
	"time"
)

// saveRate is the load under which servers save, in requests per second. It is well below half of what any server worth
// comparing sustains without pipelining: where there is one core for the servers, the saving process or thread takes
// half of that core for itself, and what is to be seen is the stalls of saving and not a server that is overrun.
const saveRate = 25_000

// calmPrefix stands before the names of the metrics of the part of a load before its task began.
const calmPrefix = "without_"

// savingRows ask what clients feel while a server saves, and what memory that takes. Half of the requests are writes, on
// all keys, so that a server that shares its memory with the past has to copy.
func savingRows(s settings, sizes []saveSize) []row {
	var list []row
	for _, shape := range []struct {
		name, title string
		task        *task
		fsync       string
	}{
		{"snapshot-load", "BGSAVE", taskSave, ""},
		{"rewrite-load", "BGREWRITEAOF (everysec)", taskRewrite, "everysec"},
	} {
		for _, size := range sizes {
			keys := s.scaled(size.keys)
			l := load{
				request: setRequest, other: getRequest, task: shape.task,
				keys: keys, connections: clientsUsual, pipeline: 1, rate: saveRate,
			}
			list = append(list, row{
				name: shape.name + size.suffix, kind: kindSaving,
				title:       shape.title + " under " + describe(l) + ", " + grouped(saveRate) + "/s",
				setup:       setup{fresh: true, fsync: shape.fsync, keys: keys},
				serverBytes: int64(keys) * savingBytesPerKey,
				measure: func(ctx context.Context, target *server) (sample, error) {
					return measureSaving(ctx, target, l, s)
				},
			})
		}
	}
	return list
}

// saveSize is a number of keys that are saved and loaded, and what the rows' names have for it.
type saveSize struct {
	suffix string
	keys   int
}

var saveSizes = []saveSize{{"", 5_000_000}, {"-large", 10_000_000}}

// savingBytesPerKey is generous: a short string takes 60 to 110 bytes, and twice that if saving copies all of them.
const savingBytesPerKey = 300

// measureSaving lets the server save twice under the same load. The first time latencies are measured. The second time
// memory is, because looking at it disturbs the server and the generator. Memory is compared with what it was before
// anything was saved, so what a server keeps from its first save counts.
func measureSaving(ctx context.Context, target *server, l load, s settings) (sample, error) {
	if err := pause(ctx, settleTime); err != nil {
		return nil, err
	}
	before, err := readFamilyMemory(target.pid)
	if err != nil {
		return nil, err
	}
	o, err := l.drive(ctx, target, s.clientLoops, s.duration())
	if err != nil {
		return nil, err
	}
	watch := watchMemory(ctx, target.pid)
	_, err = l.drive(ctx, target, s.clientLoops, 0)
	peak, errWatch := watch.stop()
	if err == nil {
		err = errWatch
	}
	if err != nil {
		return nil, err
	}
	result := savingSample(o)
	result[metricRSSBefore.name] = float64(before) / 1e6
	result[metricRSSPeak.name] = float64(peak) / 1e6
	result[metricPeakRatio.name] = float64(peak) / float64(before)
	return result, nil
}

// savingSample has the latencies of a load without and with its task.
func savingSample(o outcome) sample {
	calm, busy := latencySample(o.latencies), latencySample(o.task.latencies)
	result := sample{
		metricStartStall.name: float64(o.task.startStall) / float64(time.Millisecond),
		metricSaveTime.name:   o.task.elapsed.Seconds(),
		metricRate.name:       o.requestsPerSecond(),
		metricClient.name:     clientPercent(o),
	}
	if calm[metricP999.name] > 0 {
		result[metricTailRatio.name] = busy[metricP999.name] / calm[metricP999.name]
	}
	for name, value := range busy {
		result[name] = value
	}
	for name, value := range calm {
		result[calmPrefix+name] = value
	}
	result[calmPrefix+metricStartStall.name] = float64(o.task.calmStall) / float64(time.Millisecond)
	return result
}

// memoryWatchEvery is the pause between two looks at a server's memory. What a forking server copies grows until its
// child ends, so the peak is missed by what it copies in one pause.
const memoryWatchEvery = 50 * time.Millisecond

// memoryWatch looks at a server's memory until it is stopped.
type memoryWatch struct {
	end    context.CancelFunc
	result chan memoryPeak
}

type memoryPeak struct {
	bytes int64
	err   error
}

func watchMemory(ctx context.Context, pid int) *memoryWatch {
	ctx, end := context.WithCancel(ctx)
	w := &memoryWatch{end: end, result: make(chan memoryPeak, 1)}
	go func() {
		var peak memoryPeak
		for peak.err == nil && pause(ctx, memoryWatchEvery) == nil {
			var now int64
			now, peak.err = readFamilyMemory(pid)
			peak.bytes = max(peak.bytes, now)
		}
		w.result <- peak
	}()
	return w
}

// stop returns the largest number of bytes seen.
func (w *memoryWatch) stop() (int64, error) {
	w.end()
	peak := <-w.result
	return peak.bytes, peak.err
}
