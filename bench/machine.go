package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// machine is what a reader of the figures needs to know about where they were measured.
type machine struct {
	CPU         string `json:"cpu"`
	CoresUsable int    `json:"cores_usable"`
	ServerCores []int  `json:"server_cores"`
	ClientCores []int  `json:"client_cores"`
	MemoryBytes uint64 `json:"memory_bytes"`
	Kernel      string `json:"kernel"`
	Go          string `json:"go"`
}

func readMachine(plan corePlan) machine {
	m := machine{
		CPU:         "unknown",
		CoresUsable: len(plan.usable),
		ServerCores: plan.server,
		ClientCores: plan.client,
		Go:          runtime.Version() + " " + runtime.GOARCH,
	}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range bytes.Lines(text) {
			if value, found := bytes.CutPrefix(line, []byte("model name\t:")); found {
				m.CPU = string(bytes.TrimSpace(value))
				break
			}
		}
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.MemoryBytes = uint64(info.Totalram) * uint64(info.Unit)
	}
	return m
}

// corePlan says which cores the servers and the client run on.
type corePlan struct {
	usable, server, client []int
}

// clientCoresMax bounds the generator's loops when no cores are named; four of them outrun any single-writer server.
const clientCoresMax = 4

// planCores fills in what the flags leave open: servers get the first usable core, the client the next ones. With only
// one core they have to share it.
func planCores(server, client []int) (corePlan, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return corePlan{}, fmt.Errorf("cores: %w", err)
	}
	plan := corePlan{server: server, client: client}
	for core := range len(set) * 64 {
		if set.IsSet(core) {
			plan.usable = append(plan.usable, core)
		}
	}
	for _, core := range append(append([]int(nil), server...), client...) {
		if core >= len(set)*64 || !set.IsSet(core) {
			return corePlan{}, fmt.Errorf("cores: core %d is not usable here, only %v", core, plan.usable)
		}
	}
	if len(plan.server) == 0 {
		plan.server = without(plan.usable, plan.client, 1)
	}
	if len(plan.client) == 0 {
		plan.client = without(plan.usable, plan.server, clientCoresMax)
	}
	return plan, nil
}

// without returns the first countMax cores that are not taken, or all cores if none is left.
func without(cores, taken []int, countMax int) []int {
	var free []int
	for _, core := range cores {
		isTaken := false
		for _, other := range taken {
			isTaken = isTaken || other == core
		}
		if !isTaken && len(free) < countMax {
			free = append(free, core)
		}
	}
	if len(free) == 0 {
		return cores
	}
	return free
}

// parseCores reads a list such as "0-2,5". An empty list means: choose for me.
func parseCores(list string) ([]int, error) {
	var cores []int
	if list == "" {
		return nil, nil
	}
	for item := range strings.SplitSeq(list, ",") {
		firstText, lastText, isRange := strings.Cut(item, "-")
		if !isRange {
			lastText = firstText
		}
		first, errFirst := strconv.ParseUint(firstText, 10, 10)
		last, errLast := strconv.ParseUint(lastText, 10, 10)
		if errFirst != nil || errLast != nil || first > last {
			return nil, fmt.Errorf("cores: %q is not a core or a range of cores", item)
		}
		for core := first; core <= last; core++ {
			cores = append(cores, int(core))
		}
	}
	return cores, nil
}

// pinThread binds one thread (0: the calling one) to cores.
func pinThread(thread int, cores []int) error {
	var set unix.CPUSet
	for _, core := range cores {
		set.Set(core)
	}
	if err := unix.SchedSetaffinity(thread, &set); err != nil {
		return fmt.Errorf("pin thread %d to cores %v: %w", thread, cores, err)
	}
	return nil
}

// pinProcess binds all threads of this process to cores and lets as many goroutines run at a time. Later threads inherit
// the binding from the thread that creates them; a thread that appears during a pass is caught by the next one, and
// two passes with the same threads mean that none was missed.
func pinProcess(cores []int) error {
	runtime.GOMAXPROCS(len(cores))
	const passesMax = 10
	threadsBefore := 0
	for range passesMax {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("pin: %w", err)
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				return fmt.Errorf("pin: %w", err)
			}
			if err := pinThread(id, cores); err != nil {
				return err
			}
		}
		if len(threads) == threadsBefore {
			return nil
		}
		threadsBefore = len(threads)
	}
	return nil
}
