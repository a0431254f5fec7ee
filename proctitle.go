package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The name in the system's list of processes: set-proc-title and proc-title-template.
//
// A C program writes over its arguments and its environment, whose memory lies behind
// them. In Go that is memory of strings, which never change. But where the arguments of
// a process lie can be told to the kernel (prctl(2), PR_SET_MM_MAP), without any privilege
// where it was built with CONFIG_CHECKPOINT_RESTORE, as those of distributions are.

// titleBytesMax is what `ps` shows at most, too.
const titleBytesMax = 4096 - 1

// procTitle holds the title where the kernel reads it. It stays for the life of the process.
type procTitle struct {
	page []byte // mapped; nil before the first title
}

// set makes title, a longer one cut, the name of the process.
func (p *procTitle) set(title string) error {
	if p.page == nil {
		page, err := unix.Mmap(-1, 0, titleBytesMax+1, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return fmt.Errorf("proc-title: %w", err)
		}
		p.page = page
	}
	title = title[:min(len(title), titleBytesMax)]
	copy(p.page, title)
	clear(p.page[len(title):])
	return moveArguments(p.page[:len(title)+1])
}

// Fields of /proc/self/stat, from 1; see proc_pid_stat(5).
const (
	statStartCode = 26
	statEndCode   = 27
	statStack     = 28
	statStartData = 45
	statEndData   = 46
	statStartBrk  = 47
	statEnvStart  = 50
	statEnvEnd    = 51
)

// memoryMap is struct prctl_mm_map of the kernel, without the auxiliary vector and the
// executable, which stay.
type memoryMap struct {
	startCode, endCode   uint64
	startData, endData   uint64
	startBrk, brk        uint64
	startStack           uint64
	argStart, argEnd     uint64
	envStart, envEnd     uint64
	auxv                 uint64
	auxvBytes, exeHandle uint32
}

const keepExecutable = ^uint32(0)

// moveArguments tells the kernel that the process's arguments are these bytes. The rest of
// the map is told as it is.
func moveArguments(arguments []byte) error {
	stat, err := processStat()
	if err != nil {
		return fmt.Errorf("proc-title: %w", err)
	}
	brk, _, _ := unix.RawSyscall(unix.SYS_BRK, 0, 0, 0) // asked for 0, it tells where it is
	start := uint64(uintptr(unsafe.Pointer(&arguments[0])))
	m := memoryMap{
		startCode: stat[statStartCode], endCode: stat[statEndCode],
		startData: stat[statStartData], endData: stat[statEndData],
		startBrk: stat[statStartBrk], brk: uint64(brk), startStack: stat[statStack],
		argStart: start, argEnd: start + uint64(len(arguments)),
		envStart: stat[statEnvStart], envEnd: stat[statEnvEnd], exeHandle: keepExecutable,
	}
	err = unix.Prctl(unix.PR_SET_MM, unix.PR_SET_MM_MAP, uintptr(unsafe.Pointer(&m)), unsafe.Sizeof(m), 0)
	if err != nil {
		return fmt.Errorf("proc-title: prctl: %w", err)
	}
	return nil
}

// processStat reads the numbers of /proc/self/stat, by field. Those that are no numbers,
// or below zero, are 0.
func processStat() ([]uint64, error) {
	content, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return nil, err
	}
	end := strings.LastIndexByte(string(content), ')') // the program's name may hold anything
	fields := strings.Fields(string(content[end+1:]))
	stat := make([]uint64, 3, 3+len(fields)) // there is no field 0, and two stand before
	for _, field := range fields {
		n, _ := strconv.ParseUint(field, 10, 64)
		stat = append(stat, n)
	}
	if len(stat) <= statEnvEnd || slices.Contains(stat[statStartData:statEnvEnd+1], 0) {
		return nil, errors.New("/proc/self/stat does not tell where the memory is")
	}
	return stat, nil
}

// setTitle is set-proc-title. A title that cannot be is no reason not to serve.
func (s *service) setTitle() {
	if !s.cfg.Values().SetProcTitle {
		return
	}
	if err := s.title.set(s.cfg.ProcTitle(os.Args[0])); err != nil {
		s.log.Debug().Err(err).Msg("the process keeps its name")
	}
}
