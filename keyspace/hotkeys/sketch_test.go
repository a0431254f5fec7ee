package hotkeys

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func hash(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return h.Sum64()
}

func (s *Sketch) add(db int, name string, weight uint64, written bool) {
	s.Add(db, hash(name), []byte(name), weight, written)
}

func names(keys []Key) (list []string) {
	for _, k := range keys {
		list = append(list, string(k.Name))
	}
	return list
}

func TestTop(t *testing.T) {
	var s Sketch
	assert.Empty(t, s.Top(10))

	s.add(0, "a", 3, false)
	s.add(0, "b", 5, true)
	s.add(0, "b", 1, false)
	s.add(1, "a", 4, false)

	top := s.Top(10)
	require.Len(t, top, 3)
	assert.Equal(t, Key{DB: 0, Name: []byte("b"), Len: 1, Count: 6, Writes: 5}, top[0])
	assert.Equal(t, Key{DB: 1, Name: []byte("a"), Len: 1, Count: 4}, top[1])
	assert.Equal(t, Key{DB: 0, Name: []byte("a"), Len: 1, Count: 3}, top[2])
	assert.Len(t, s.Top(1), 1)
	assert.EqualValues(t, 13, s.Total())

	s.Age()
	assert.EqualValues(t, 3, s.Top(1)[0].Count)
	assert.EqualValues(t, 6, s.Total())

	s.Reset()
	assert.Empty(t, s.Top(10))
	assert.Zero(t, s.Total())
	s.add(0, "c", 1, false)
	assert.Equal(t, Key{Name: []byte("c"), Len: 1, Count: 1}, s.Top(1)[0])
}

// A key of one in twenty accesses is found among a million others, and no count is off
// by more than Space-Saving promises.
func TestHotAmongMany(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var s Sketch
	truth := map[string]uint64{}
	for range 200_000 {
		name := fmt.Sprint("cold:", random.IntN(1_000_000))
		if random.IntN(20) == 0 {
			name = fmt.Sprint("hot:", random.IntN(2))
		}
		truth[name]++
		s.add(0, name, 1, false)
	}

	top := s.Top(2)
	assert.ElementsMatch(t, []string{"hot:0", "hot:1"}, names(top))
	for _, k := range s.Top(Places) {
		real := truth[string(k.Name)]
		assert.GreaterOrEqual(t, k.Count, real, "%s", k.Name)
		assert.LessOrEqual(t, k.Certain(), real, "%s", k.Name)
		assert.LessOrEqual(t, k.Excess, s.Total()/Places, "%s", k.Name)
	}
}

func TestLongKeys(t *testing.T) {
	var s Sketch
	long := strings.Repeat("x", keyBytesMax)
	s.add(0, long+"1", 1, false)
	s.add(0, long+"22", 2, false)
	s.add(0, long, 3, false)

	top := s.Top(3)
	require.Len(t, top, 3)
	for i, k := range top {
		assert.True(t, bytes.Equal([]byte(long), k.Name))
		assert.Equal(t, keyBytesMax+len([]string{"", "22", "1"}[i]), k.Len)
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	var s Sketch
	keys := make([][]byte, 1000)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key:%012d", i)
		s.Add(0, uint64(i), keys[i], 1, false)
	}
	at := 0
	assert.Zero(t, testing.AllocsPerRun(10_000, func() {
		s.Add(0, uint64(at), keys[at], 1, true)
		at = (at + 7) % len(keys)
	}))
}

func BenchmarkAdd(b *testing.B) {
	for _, hot := range []bool{true, false} {
		b.Run(fmt.Sprintf("hot=%v", hot), func(b *testing.B) {
			var s Sketch
			name := []byte("key:000000000000")
			for i := range 10 * Places {
				s.Add(0, uint64(i), name, 1, false)
			}
			for i := 0; b.Loop(); i++ {
				h := uint64(i * 7919 % 1_000_000)
				if hot {
					h = uint64(9*Places + i%Places)
				}
				s.Add(0, h, name, 1, false)
			}
		})
	}
}
