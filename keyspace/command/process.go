package command

import (
	"bytes"
	"os"
	"runtime/metrics"
	"strconv"

	"golang.org/x/sys/unix"
)

// What INFO and MEMORY ask of the operating system and of the Go runtime.

// systemName is the kernel's name, release and machine.
func systemName() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:]) + " " +
		unix.ByteSliceToString(u.Machine[:])
}

// systemBytes is the memory of the machine.
func systemBytes() int64 {
	var i unix.Sysinfo_t
	if unix.Sysinfo(&i) != nil {
		return 0
	}
	return int64(i.Totalram) * int64(i.Unit)
}

// residentBytes is the memory that the system has given to this process; 0 when
// /proc is not there. The second word of statm counts its pages.
func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	words := bytes.Fields(text)
	if len(words) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(words[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// cpuTime is in seconds.
type cpuTime struct{ system, user float64 }

// cpuTimes are those of this process and of its children that have ended.
func cpuTimes() (self, children cpuTime) {
	return cpuTimeOf(unix.RUSAGE_SELF), cpuTimeOf(unix.RUSAGE_CHILDREN)
}

func cpuTimeOf(who int) cpuTime {
	var u unix.Rusage
	if unix.Getrusage(who, &u) != nil {
		return cpuTime{}
	}
	return cpuTime{float64(u.Stime.Nano()) / 1e9, float64(u.Utime.Nano()) / 1e9}
}

// goHeap is where the memory of the Go heap is, in bytes.
type goHeap struct {
	unused int64 // in pages that hold live objects
	free   int64 // whole free pages that the system still backs
}

func goHeapNow() goHeap {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	return goHeap{int64(samples[0].Value.Uint64()), int64(samples[1].Value.Uint64())}
}
