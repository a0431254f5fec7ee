package keyspace_test

import (
	"fmt"
	"math/rand"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/keyspace"
	"solokv/protocol"
)

// BenchmarkEvictionStep is how long the writer is busy at a time, at the limit and at full speed: batches of 16 SETs by
// the real clock, each followed by what is due. Steps are given in the time of the machine and in that of the processor.
//
// Beside them stands what a loop takes that reads 300 random lines of as much memory with pages of the same size, about
// as long as a batch: a hypervisor that keeps page tables of its own drops its copies now and then, and fills them again
// while the program waits. Where that loop takes a millisecond, so does everything else.
func BenchmarkEvictionStep(b *testing.B) {
	const keys, pipeline = 2_000_000, 16
	for _, load := range []struct {
		name      string
		megabytes int // of the limit; 0: none
		bytesMax  int // of a value
	}{
		{"no limit", 0, 8}, {"up to 8 B", 48, 8}, {"up to 2 KB", 64, 2 << 10}, {"up to 64 KB", 256, 64 << 10},
	} {
		for _, hugePages := range []string{"yes", "no"} {
			b.Run(load.name+", huge pages "+hugePages, func(b *testing.B) {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				s := newServerAt(b, realClock{time.Now()}, nil, "--maxmemory-policy", "allkeys-lru",
					"--arena-huge-pages", hugePages, "--maxmemory", fmt.Sprint(load.megabytes<<20))
				random := rand.New(rand.NewSource(1))
				value := strings.Repeat("v", load.bytesMax)
				var input []byte
				prepare := func() *keyspace.Batch {
					input = input[:0]
					for range pipeline {
						key, bytes := fmt.Sprint("key:", random.Intn(keys)), 1+random.Intn(load.bytesMax)
						input = protocol.AppendCommandStrings(input, "SET", key, value[:bytes])
					}
					s.client.replies = s.client.replies[:0]
					return s.client.prepare(input)
				}
				serve := func(batch *keyspace.Batch) {
					s.Serve(batch)
					s.Step()
				}
				for range min(keys, 10*max(1, load.megabytes<<20/load.bytesMax)) / pipeline {
					serve(prepare())
				}
				before := evicted(s)

				var cpu, wall, machine []int64
				idle := newIdleReader(b, s.Memory().Used, hugePages == "yes")
				for b.Loop() {
					batch := prepare()
					began, used := time.Now(), threadNs()
					serve(batch)
					cpu, wall = append(cpu, threadNs()-used), append(wall, int64(time.Since(began)))
					used = threadNs()
					idle.read(300)
					machine = append(machine, threadNs()-used)
				}
				for _, steps := range []struct {
					name string
					ns   []int64
				}{{"cpu", cpu}, {"wall", wall}, {"machine", machine}} {
					slices.Sort(steps.ns)
					b.ReportMetric(float64(steps.ns[len(steps.ns)*9999/10000])/1e6, "p9999-"+steps.name+"-ms")
					b.ReportMetric(float64(steps.ns[len(steps.ns)-1])/1e6, "max-"+steps.name+"-ms")
				}
				b.ReportMetric(float64(evicted(s)-before)/float64(pipeline*b.N), "evicted/SET")
			})
		}
	}
}

// idleReader reads memory and does nothing else.
type idleReader struct {
	memory []byte
	random *rand.Rand
	sum    int
}

func newIdleReader(b *testing.B, bytes int64, hugePages bool) *idleReader {
	memory, err := unix.Mmap(-1, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	require.NoError(b, err)
	b.Cleanup(func() { _ = unix.Munmap(memory) })
	advice := unix.MADV_NOHUGEPAGE
	if hugePages {
		advice = unix.MADV_HUGEPAGE
	}
	require.NoError(b, unix.Madvise(memory, advice))
	for i := range memory {
		memory[i] = 1
	}
	return &idleReader{memory: memory, random: rand.New(rand.NewSource(2))}
}

func (r *idleReader) read(lines int) {
	for range lines {
		r.sum += int(r.memory[r.random.Intn(len(r.memory))])
	}
}
