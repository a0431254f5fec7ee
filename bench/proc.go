package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tickDuration is the unit of the times in /proc/PID/stat. The kernel fixes it at 1/100 s for user space.
const tickDuration = 10 * time.Millisecond

// cpuUsage is the CPU time that a process has used since it started, over all its threads, ended ones included.
type cpuUsage struct {
	total  time.Duration // user and system
	system time.Duration // inside the kernel
}

func (u cpuUsage) minus(earlier cpuUsage) cpuUsage {
	return cpuUsage{total: u.total - earlier.total, system: u.system - earlier.system}
}

// readCPU reads the usage of one process. /proc/PID/stat counts in ticks of 10 ms, which is too coarse for a server
// that idles, so the total comes from the process's CPU clock (the same account, in nanoseconds), and only the
// kernel's share of it from the file.
func readCPU(pid int) (cpuUsage, error) {
	// clock_getcpuclockid(3): the complement of the process id, and 2 for "scheduler time of the whole process".
	clockID := int32(^pid<<3 | 2)
	var total unix.Timespec
	if err := unix.ClockGettime(clockID, &total); err != nil {
		return cpuUsage{}, fmt.Errorf("cpu clock of process %d: %w", pid, err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return cpuUsage{}, fmt.Errorf("cpu of process %d: %w", pid, err)
	}
	_, system, err := parseStat(text)
	if err != nil {
		return cpuUsage{}, fmt.Errorf("cpu of process %d: %w", pid, err)
	}
	return cpuUsage{total: time.Duration(total.Nano()), system: system}, nil
}

// parseStat finds the user and system time in the text of /proc/PID/stat. The second field is the program's name in
// brackets and may itself hold spaces and brackets, so fields are counted from the last closing one.
func parseStat(text []byte) (user, system time.Duration, err error) {
	const userField, systemField = 14 - 3, 15 - 3 // proc(5) counts from 1; the first field after the name is number 3
	nameEnd := bytes.LastIndexByte(text, ')')
	fields := bytes.Fields(text[nameEnd+1:])
	if nameEnd < 0 || len(fields) <= systemField {
		return 0, 0, fmt.Errorf("stat has an unexpected form: %q", text)
	}
	userTicks, err := strconv.ParseInt(string(fields[userField]), 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("stat: user time: %w", err)
	}
	systemTicks, err := strconv.ParseInt(string(fields[systemField]), 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("stat: system time: %w", err)
	}
	return time.Duration(userTicks) * tickDuration, time.Duration(systemTicks) * tickDuration, nil
}

// readRSS returns the resident memory of a process in bytes.
func readRSS(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	return parseKilobytes(text, "VmRSS")
}

// readMemoryAvailable returns how many bytes can be used before the machine has to swap, caches given up.
func readMemoryAvailable() (int64, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, fmt.Errorf("memory of the machine: %w", err)
	}
	return parseKilobytes(text, "MemAvailable")
}

// readFamilyMemory returns the resident memory of a process and of its children in bytes. A page that they share counts
// once in all (each of them is charged its part: PSS), so a server that forks is charged for the pages that parent and
// child no longer share, and a server without children for its resident memory.
//
// The kernel walks the page tables for a share, which takes 5 ms per gigabyte, on the core of the clients, who would then
// see a slow server. So a process without children is asked for its resident memory only, which the kernel knows.
func readFamilyMemory(pid int) (int64, error) {
	children, err := readChildren(pid)
	if err != nil {
		return 0, err
	}
	if len(children) == 0 {
		return readRSS(pid)
	}
	total, err := readPSS(pid)
	if err != nil {
		return 0, err
	}
	for _, child := range children {
		part, err := readPSS(child)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return 0, err
		}
		total += part
	}
	return total, nil
}

func readPSS(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	return parseKilobytes(text, "Pss")
}

// readChildren lists the processes that the main thread of a process has started: it is the one that forks in a server
// that does. To ask all threads took half a millisecond, on the core of the clients.
func readChildren(pid int) ([]int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil, fmt.Errorf("children of process %d: %w", pid, err)
	}
	var children []int
	for _, word := range strings.Fields(string(text)) {
		child, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("children of process %d: %w", pid, err)
		}
		children = append(children, child)
	}
	return children, nil
}

// parseKilobytes finds a field such as VmRSS in a text such as that of /proc/PID/status and returns it in bytes.
func parseKilobytes(text []byte, name string) (int64, error) {
	for line := range bytes.Lines(text) {
		value, found := bytes.CutPrefix(line, []byte(name+":"))
		if !found {
			continue
		}
		fields := bytes.Fields(value)
		if len(fields) != 2 || string(fields[1]) != "kB" {
			return 0, fmt.Errorf("%s has an unexpected form: %q", name, line)
		}
		kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		return kilobytes << 10, nil
	}
	return 0, fmt.Errorf("there is no %s (has the process ended?)", name)
}
