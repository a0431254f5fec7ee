package admin

import (
	"bytes"
	"os"
	"runtime"
	rt "runtime/metrics"
	"strconv"

	"golang.org/x/sys/unix"
)

// What is to be known of the process and of Go's runtime without asking the writer. The
// names are those under which every program in Go is known to dashboards.

// processFigures is read on the goroutine of the request.
type processFigures struct {
	samples          []rt.Sample // of runtimeMetrics
	cpuSeconds       float64
	virtual          int64 // bytes
	resident         int64
	files            int
	filesMax         uint64
	startUnixSeconds float64
}

// runtimeMetric is a metric that Go's runtime keeps under a name of its own.
type runtimeMetric struct {
	source string
	metric metric
}

var runtimeMetrics = []runtimeMetric{
	{"/sched/goroutines:goroutines", metric{name: "go_goroutines", help: "Goroutines."}},
	{"/sched/gomaxprocs:threads", metric{name: "go_sched_gomaxprocs_threads", help: "Processors that Go may use."}},
	{"/gc/heap/live:bytes", metric{name: "go_gc_heap_live_bytes", help: "Live objects at the last collection."}},
	{"/gc/heap/goal:bytes", metric{name: "go_gc_heap_goal_bytes", help: "Size of the heap at which the next collection is due."}},
	{"/gc/gogc:percent", metric{name: "go_gc_gogc_percent", help: "How far the heap may grow between two collections."}},
	{"/gc/cycles/total:gc-cycles", metric{name: "go_gc_cycles_total", kind: counter, help: "Collections."}},
	{"/gc/heap/allocs:bytes", metric{name: "go_gc_heap_allocs_bytes_total", kind: counter, help: "Bytes allocated on the heap."}},
	{"/gc/heap/allocs:objects", metric{name: "go_gc_heap_allocs_objects_total", kind: counter,
		help: "Objects allocated on the heap."}},
	{"/cpu/classes/gc/total:cpu-seconds", metric{name: "go_gc_cpu_seconds_total", kind: counter,
		help: "Processor time of the collector, as estimated at the last collection."}},
	{"/memory/classes/heap/objects:bytes", metric{name: "go_memory_heap_objects_bytes", help: "Heap objects, dead ones among them."}},
	{"/memory/classes/heap/stacks:bytes", metric{name: "go_memory_heap_stacks_bytes", help: "Stacks of goroutines."}},
	{"/memory/classes/total:bytes", metric{name: "go_memory_total_bytes", help: "Memory that Go has from the system."}},
}

func processMetrics() (all []metric) {
	all = append(all, metric{"go_info", gauge, []string{"version"}, "Always 1; the label is the version of Go.",
		func(_ *figures, w *writer) { w.value(1, runtime.Version()) }})
	for i := range runtimeMetrics {
		m := runtimeMetrics[i].metric
		m.values = func(f *figures, w *writer) { w.value(sampleOf(&f.process.samples[i])) }
		all = append(all, m)
	}
	return append(all,
		metric{"process_cpu_seconds_total", counter, nil, "Processor time, of user and system together.",
			one(func(f *figures) float64 { return f.process.cpuSeconds })},
		metric{"process_resident_memory_bytes", gauge, nil, "Resident memory.",
			one(func(f *figures) int64 { return f.process.resident })},
		metric{"process_virtual_memory_bytes", gauge, nil, "Address space, most of which is only reserved.",
			one(func(f *figures) int64 { return f.process.virtual })},
		metric{"process_open_fds", gauge, nil, "Open descriptors.", one(func(f *figures) int { return f.process.files })},
		metric{"process_max_fds", gauge, nil, "The limit on them.",
			one(func(f *figures) float64 { return float64(f.process.filesMax) })},
		metric{"process_start_time_seconds", gauge, nil, "The time of the start.",
			one(func(f *figures) float64 { return float64(f.build.StartMs) / 1e3 })})
}

func sampleOf(s *rt.Sample) float64 {
	switch s.Value.Kind() {
	case rt.KindUint64:
		return float64(s.Value.Uint64())
	case rt.KindFloat64:
		return s.Value.Float64()
	}
	return 0
}

func (p *processFigures) read() {
	if p.samples == nil {
		for i := range runtimeMetrics {
			p.samples = append(p.samples, rt.Sample{Name: runtimeMetrics[i].source})
		}
	}
	rt.Read(p.samples)
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) == nil {
		p.cpuSeconds = float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	}
	p.virtual, p.resident = memoryOf("/proc/self/statm")
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		p.filesMax = limit.Cur
	}
	p.files = 0
	if folder, err := os.Open("/proc/self/fd"); err == nil {
		names, _ := folder.Readdirnames(-1)
		p.files = max(0, len(names)-1) // without the folder's own
		_ = folder.Close()
	}
}

// memoryOf reads the first two words of statm: the address space and what of it is
// resident, in pages.
func memoryOf(statm string) (virtual, resident int64) {
	text, _ := os.ReadFile(statm)
	words := bytes.Fields(text)
	if len(words) < 2 {
		return 0, 0
	}
	first, _ := strconv.ParseInt(string(words[0]), 10, 64)
	second, _ := strconv.ParseInt(string(words[1]), 10, 64)
	page := int64(os.Getpagesize())
	return first * page, second * page
}
