package arena

import (
	"bytes"
	"fmt"
	"math/rand"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func newArena(t testing.TB) *Arena {
	a, err := New(Options{ReserveBytes: 16 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a
}

func TestClassesCoverEverySize(t *testing.T) {
	for size := 1; size <= classBytesMax; size++ {
		class := classOf(size)
		require.GreaterOrEqual(t, int(classBytes[class]), size)
		if class > 0 {
			require.Less(t, int(classBytes[class-1]), size, "size %d fits the class below", size)
		}
		require.Equal(t, int(classBytes[class]), ClassBytes(size))
	}
	require.Equal(t, classBytesMax, int(classBytes[classCount-1]))
	require.Equal(t, 5*pageBytes, ClassBytes(classBytesMax+1))
}

// Every live block keeps its contents while others come and go, and at the end
// the accounting returns to zero and the pages merge into one run.
func TestRandomAllocFree(t *testing.T) {
	a := newArena(t)
	random := rand.New(rand.NewSource(1))
	type block struct {
		ref  Ref
		size int
		tag  byte
	}
	var live []block
	var loans []Loan
	var used int64
	free := func(i int) {
		b := live[i]
		require.Equal(t, b.size, bytes.Count(a.Bytes(b.ref, b.size), []byte{b.tag}))
		used -= int64(a.BlockBytes(b.ref))
		a.Free(b.ref)
		live[i] = live[len(live)-1]
		live = live[:len(live)-1]
	}
	for step := range 60000 {
		if len(live) > 0 && random.Intn(100) < 45+step/5000 {
			free(random.Intn(len(live)))
		} else {
			size := 1 + random.Intn(200)
			switch random.Intn(50) {
			case 0:
				size = 1 + random.Intn(classBytesMax)
			case 1:
				size = 1 + random.Intn(300_000)
			}
			b := block{a.Alloc(size), size, byte(random.Int())}
			require.GreaterOrEqual(t, a.BlockBytes(b.ref), size)
			require.Equal(t, ClassBytes(size), a.BlockBytes(b.ref))
			used += int64(a.BlockBytes(b.ref))
			block := a.Bytes(b.ref, size)
			for j := range block {
				block[j] = b.tag
			}
			live = append(live, b)
		}
		if used != a.Used() {
			t.Fatalf("step %d: used %d, counted %d", step, a.Used(), used)
		}
		if step%5000 == 0 {
			a.Scavenge(1 << 20)
		}
		if step%100 == 0 {
			for _, loan := range loans {
				a.TakeBack(loan, loan.GiveBack() == nil)
			}
			loans = loans[:0]
			for range random.Intn(4) {
				if loan, ok := a.Lend(int64(random.Intn(1 << 20 >> random.Intn(16)))); ok {
					loans = append(loans, loan)
				}
			}
		}
	}
	for _, loan := range loans {
		a.TakeBack(loan, loan.GiveBack() == nil)
	}
	for len(live) > 0 {
		free(len(live) - 1)
	}
	require.Zero(t, a.Used())
	before := a.Stats()
	for a.Scavenge(1<<20) > 0 {
		continue
	}
	after := a.Stats()
	require.Zero(t, after.Dirty)
	require.Equal(t, before.Free, after.Free)
	// At most one empty span per class is kept back.
	require.LessOrEqual(t, after.Top-after.Free, int64(classCount*spanPages+1)<<pageShift)
}

func TestCacheLineClasses(t *testing.T) {
	a := newArena(t)
	for range 100 {
		ref := a.Alloc(3583)
		require.Zero(t, uintptr(a.Ptr(ref))%64)
	}
}

func TestLargeBlockIsReusedAndScavenged(t *testing.T) {
	a := newArena(t)
	ref := a.Alloc(10 << 20)
	a.Bytes(ref, 10<<20)[10<<20-1] = 7
	a.Free(ref)
	require.EqualValues(t, 10<<20, a.Stats().Dirty)
	require.EqualValues(t, 4<<20, a.Scavenge(4<<20))
	require.EqualValues(t, 6<<20, a.Stats().Dirty)
	top := a.Stats().Top
	again := a.Alloc(2 << 20)
	require.EqualValues(t, 4<<20, a.Stats().Dirty, "what is backed is taken")
	front := a.Alloc(6 << 20)
	require.Equal(t, top, a.Stats().Top)
	require.Zero(t, a.Stats().Dirty)
	a.Free(again)
	a.Free(front)
	require.EqualValues(t, 10<<20, a.Stats().Free)
	require.EqualValues(t, 8<<20, a.Stats().Dirty, "the rest was not touched")
}

// TestLentMemory: nobody gets pages that are on their way back, and afterwards they are one with their
// neighbours.
func TestLentMemory(t *testing.T) {
	a := newArena(t)
	ref := a.Alloc(10 << 20)
	a.Free(ref)
	a.Scavenge(2 << 20)
	first, ok := a.Lend(3 << 20)
	require.True(t, ok)
	second, ok := a.Lend(1 << 20)
	require.True(t, ok)
	require.EqualValues(t, 3<<20, first.Bytes())
	require.EqualValues(t, 10<<20, a.Stats().Free, "they count as free")
	require.EqualValues(t, 4<<20, a.Stats().Dirty)
	clear(first.bytes[:100])

	var refs []Ref
	for range 6 {
		refs = append(refs, a.Alloc(1<<20))
	}
	top := a.Stats().Top
	for _, r := range refs {
		block := a.Bytes(r, 1<<20)
		for _, lent := range [][]byte{first.bytes, second.bytes} {
			from, to := uintptr(unsafe.Pointer(&lent[0])), uintptr(unsafe.Pointer(&lent[len(lent)-1]))
			at := uintptr(unsafe.Pointer(&block[0]))
			require.False(t, at <= to && from <= at+1<<20-1, "a block in lent memory")
		}
	}
	require.Equal(t, top, a.Stats().Top, "there was room before, between and behind")
	for _, r := range refs {
		a.Free(r)
	}
	require.NoError(t, first.GiveBack())
	a.TakeBack(first, true)
	a.TakeBack(second, false)
	require.EqualValues(t, 10<<20, a.Stats().Free)
	for a.Scavenge(1<<20) > 0 {
		continue
	}
	require.Zero(t, a.Stats().Dirty)
	require.Equal(t, ref, a.Alloc(10<<20), "it is one run again")
	require.Equal(t, top, a.Stats().Top)
}

func TestReserveSettlesForLess(t *testing.T) {
	a, err := New(Options{ReserveBytes: 1 << 62})
	require.NoError(t, err)
	defer a.Close()
	ref := a.Alloc(100)
	*(*byte)(a.Ptr(ref)) = 1
	require.NotEqual(t, unsafe.Pointer(nil), a.Ptr(ref))
}

func TestAllocFreeDoNotAllocate(t *testing.T) {
	a := newArena(t)
	a.Free(a.Alloc(48))
	require.Zero(t, testing.AllocsPerRun(1000, func() { a.Free(a.Alloc(48)) }))
}

func BenchmarkAllocFree(b *testing.B) {
	a := newArena(b)
	refs := make([]Ref, 1024)
	for i := range refs {
		refs[i] = a.Alloc(48)
	}
	for i := 0; b.Loop(); i++ {
		a.Free(refs[i&1023])
		refs[i&1023] = a.Alloc(48)
	}
}

// BenchmarkGrow is what a MiB of blocks costs that was never used before, with the first write to each.
func BenchmarkGrow(b *testing.B) {
	const blockBytes, megabytes = 64, 256
	for _, hugePages := range []bool{false, true} {
		b.Run(fmt.Sprint("huge pages ", hugePages), func(b *testing.B) {
			for range b.N {
				a, err := New(Options{HugePages: hugePages})
				require.NoError(b, err)
				for range megabytes << 20 / blockBytes {
					a.Bytes(a.Alloc(blockBytes), blockBytes)[0] = 1
				}
				require.NoError(b, a.Close())
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/megabytes, "us/MiB")
		})
	}
}
