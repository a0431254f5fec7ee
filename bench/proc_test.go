package main

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	f := func(text string, user, system time.Duration) {
		t.Helper()
		gotUser, gotSystem, err := parseStat([]byte(text))
		require.NoError(t, err)
		require.Equal(t, user, gotUser)
		require.Equal(t, system, gotSystem)
	}
	f("7 (redis-server) S 1 7 7 0 -1 4194560 1 2 3 4 15 26 37 48 20 0 6 0\n", 150*time.Millisecond, 260*time.Millisecond)
	f("7 (a) b) (c) R 1 7 7 0 -1 4194560 1 2 3 4 5 0 9 9\n", 50*time.Millisecond, 0)

	fails := func(text string) {
		t.Helper()
		_, _, err := parseStat([]byte(text))
		require.Error(t, err)
	}
	fails("")
	fails("7 (redis-server) S 1 7 7 0 -1 4194560 1 2 3 4 15\n")
	fails("7 (redis-server) S 1 7 7 0 -1 4194560 1 2 3 4 x 26 37\n")
	fails("7 redis-server S 1 7 7 0 -1 4194560 1 2 3 4 15 26 37\n")
}

func TestParseKilobytes(t *testing.T) {
	got, err := parseKilobytes([]byte("Name:\tx\nVmHWM:\t  99 kB\nVmRSS:\t    12 kB\nThreads:\t1\n"), "VmRSS")
	require.NoError(t, err)
	require.Equal(t, int64(12<<10), got)
	got, err = parseKilobytes([]byte("5f-7f ---p 0 0:0 0 [rollup]\nRss: 9 kB\nPss_Dirty: 8 kB\nPss:   7 kB\n"), "Pss")
	require.NoError(t, err)
	require.Equal(t, int64(7<<10), got)

	for _, text := range []string{"", "Name:\tx\n", "VmRSS:\t12 MB\n", "VmRSS:\tx kB\n", "VmRSS:\n"} {
		_, err := parseKilobytes([]byte(text), "VmRSS")
		require.Error(t, err, "%q", text)
	}
}

// TestFamilyMemory: a child counts as long as it lives, and what it shares with others counts in part only.
func TestFamilyMemory(t *testing.T) {
	shell := exec.Command("sh", "-c", "sleep 60 & read line; kill $!; wait; read line")
	lines, err := shell.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, shell.Start())
	pid := shell.Process.Pid
	childIs := func(there bool) (children []int) {
		t.Helper()
		require.Eventually(t, func() bool {
			children, err = readChildren(pid)
			return err == nil && len(children) > 0 == there
		}, 30*time.Second, time.Millisecond)
		return children
	}

	child := childIs(true)[0]
	part, err := readPSS(child)
	require.NoError(t, err)
	require.Positive(t, part)
	own, err := readPSS(pid)
	require.NoError(t, err)
	family, err := readFamilyMemory(pid)
	require.NoError(t, err)
	require.Greater(t, family, own)

	_, err = lines.Write([]byte("\n"))
	require.NoError(t, err)
	childIs(false)
	_, err = readPSS(child)
	require.ErrorIs(t, err, os.ErrNotExist)
	alone, err := readFamilyMemory(pid)
	require.NoError(t, err)
	resident, err := readRSS(pid)
	require.NoError(t, err)
	require.Equal(t, resident, alone)

	require.NoError(t, lines.Close())
	_ = shell.Wait()
	_, err = readFamilyMemory(pid)
	require.Error(t, err, "the process itself must be there")
}

// TestReadOwnProcess compares with what the kernel tells this process about itself.
func TestReadOwnProcess(t *testing.T) {
	before, err := readCPU(os.Getpid())
	require.NoError(t, err)
	require.Positive(t, before.total)
	after, err := readCPU(os.Getpid())
	require.NoError(t, err)
	require.GreaterOrEqual(t, after.minus(before).total, time.Duration(0))

	rss, err := readRSS(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, rss, int64(1<<20))

	const noProcess = 1 << 30 // above the kernel's largest process id
	_, err = readCPU(noProcess)
	require.Error(t, err)
	_, err = readRSS(noProcess)
	require.Error(t, err)

	available, err := readMemoryAvailable()
	require.NoError(t, err)
	require.Positive(t, available)
}
