package aof

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
)

// setRecord is a SET of an 11 byte key and 32 bytes.
var setRecord = []byte(command("SET", "key:1234567", "0123456789abcdef0123456789abcdef"))

// benchJournal opens a journal on a real disk.
func benchJournal(b *testing.B, policy Policy, progress func()) *Journal {
	j, err := Open(Options{FS: fs.OS(), Dir: filepath.Join(b.TempDir(), "aof"), Name: testName, Policy: policy,
		Checksum: true, Progress: progress})
	require.NoError(b, err)
	return j
}

// BenchmarkAppend is what a record costs the writer, with a flush for each so many records.
func BenchmarkAppend(b *testing.B) {
	for _, policy := range []Policy{EverySec, No} {
		for _, round := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/flush=%d", policy, round), func(b *testing.B) {
				j := benchJournal(b, policy, nil)
				b.ReportAllocs()
				b.SetBytes(int64(len(setRecord)))
				for i := range b.N {
					j.Append(setRecord)
					if i%round == 0 {
						j.Flush()
					}
				}
				b.StopTimer()
				require.NoError(b, j.Close())
				s := j.Stats()
				b.ReportMetric(float64(s.WrittenBytes)/float64(s.Writes), "B/write")
				b.ReportMetric(float64(s.Stalls), "stalls")
			})
		}
	}
}

// BenchmarkRound is what a flush costs the writer at a pace that the disk can follow: rounds of 64 records,
// 20 us apart.
func BenchmarkRound(b *testing.B) {
	for _, delay := range []time.Duration{-1, writeDelayDefault} {
		b.Run(fmt.Sprintf("delay=%s", delay), func(b *testing.B) {
			j, err := Open(Options{FS: fs.OS(), Dir: filepath.Join(b.TempDir(), "aof"), Name: testName, Policy: EverySec,
				Checksum: true, WriteDelay: delay})
			require.NoError(b, err)
			b.ReportAllocs()
			var spent time.Duration
			for range b.N {
				for range 64 {
					j.Append(setRecord)
				}
				start := time.Now()
				j.Flush()
				spent += time.Since(start)
				for time.Since(start) < 20*time.Microsecond {
				}
			}
			b.StopTimer()
			require.NoError(b, j.Close())
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "ns/flush")
			b.ReportMetric(float64(j.Stats().WrittenBytes)/float64(j.Stats().Writes), "B/write")
		})
	}
}

// BenchmarkAlways simulates so many clients, each of which waits for its own record to be durable before it
// sends the next one. One goroutine appends, as the engine does.
func BenchmarkAlways(b *testing.B) {
	for _, clients := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			wake := make(chan struct{}, 1)
			j := benchJournal(b, Always, func() {
				select {
				case wake <- struct{}{}:
				default:
				}
			})
			b.ReportAllocs()
			inFlight := make([]int64, 0, clients) // offsets that clients wait for, in order
			for done := 0; done < b.N; {
				for len(inFlight) < clients {
					j.Append(setRecord)
					inFlight = append(inFlight, j.Offset())
				}
				j.Flush()
				<-wake
				durable, n := j.Durable(), 0
				for n < len(inFlight) && inFlight[n] <= durable {
					n++
				}
				done += n
				inFlight = inFlight[:copy(inFlight, inFlight[n:])]
			}
			b.StopTimer()
			require.NoError(b, j.Close())
			b.ReportMetric(float64(j.Offset())/float64(len(setRecord))/float64(j.Stats().Syncs), "records/fsync")
		})
	}
}

// BenchmarkLoad loads a file of 64 MB: read twice, and only once.
func BenchmarkLoad(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "aof")
	j, err := Open(Options{FS: fs.OS(), Dir: dir, Name: testName, Policy: No, Checksum: true})
	require.NoError(b, err)
	for j.Offset() < 64<<20 {
		j.Append(setRecord)
		j.Flush()
		runtime.Gosched()
	}
	require.NoError(b, j.Close())
	b.Run("last", func(b *testing.B) {
		b.SetBytes(j.Offset())
		b.ReportAllocs()
		for range b.N {
			_, err := Load(LoadOptions{FS: fs.OS(), Dir: dir, Name: testName}, func([][]byte) error { return nil })
			require.NoError(b, err)
		}
	})
	b.Run("scan", func(b *testing.B) {
		b.SetBytes(j.Offset())
		for range b.N {
			file, err := fs.OS().Open(filepath.Join(dir, testIncr))
			require.NoError(b, err)
			size, err := file.Size()
			require.NoError(b, err)
			_, _, err = findEnd(file, testIncr, 0, size, func(int64) {}, newCensus(0).visit)
			require.NoError(b, err)
			require.NoError(b, file.Close())
		}
	})
}

// BenchmarkRotate is what a cut costs the writer on a real disk: the longest call of those that make it and append behind
// it, while the journal goroutine makes the new file.
func BenchmarkRotate(b *testing.B) {
	for _, policy := range []Policy{Always, EverySec, No} {
		b.Run(policy.String(), func(b *testing.B) {
			j := benchJournal(b, policy, nil)
			var longest, total time.Duration
			for range b.N {
				j.Append(setRecord)
				j.Flush()
				began := time.Now()
				r := j.Rotate()
				cut := time.Since(began)
				j.Append(setRecord)
				j.Flush()
				longest, total = max(longest, time.Since(began)), total+cut
				require.NoError(b, r.Wait(context.Background()))
			}
			require.NoError(b, j.Close())
			b.ReportMetric(float64(longest.Microseconds()), "us-longest")
			b.ReportMetric(float64(total.Nanoseconds())/float64(b.N), "ns/cut")
		})
	}
}
