package dict

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

// keyAt is the key on a seat, "" if it is not there any more.
func (f *fixture) keyAt(at Seat) string {
	p, ok := f.table.Seated(at)
	if !ok {
		return ""
	}
	return string(f.table.Entry(p).Key())
}

func TestSampleReachesEveryKey(t *testing.T) {
	f := newFixture(t)
	seats, _ := f.table.Sample(nil, 5, rand.Uint64)
	require.Empty(t, seats)
	for i := range 5000 {
		f.set(fmt.Sprint(i), "")
	}
	seen := map[string]bool{}
	for range 5000 {
		for _, buckets := range []int{1, 5, 8, 20} { // more than are loaded together, too
			seats, _ = f.table.Sample(seats[:0], buckets, rand.Uint64)
			require.LessOrEqual(t, len(seats), buckets*slotsPerBucket)
			for _, at := range seats {
				key := f.keyAt(at)
				require.NotEmpty(t, key)
				seen[key] = true
			}
		}
	}
	require.Len(t, seen, 5000)
}

// TestSeatsOutliveChanges: while the table grows, shrinks and loses keys, a seat leads to the
// key that it was of, or nowhere.
func TestSeatsOutliveChanges(t *testing.T) {
	f := newFixture(t)
	random := rand.New(rand.NewSource(1))
	for i := range 3000 {
		f.set(fmt.Sprint(i), "")
	}
	seats := map[string]Seat{}
	for i := range 3000 {
		key := fmt.Sprint(i)
		hash := Hash([]byte(key))
		p, ok := f.table.Find(hash, []byte(key))
		require.True(t, ok)
		seats[key] = SeatOf(p, hash)
		require.Equal(t, key, f.keyAt(seats[key]))
	}
	f.del("0") // its block may go to another key, which is not where it was
	require.Empty(t, f.keyAt(seats["0"]))
	delete(seats, "0")
	for i := range 20_000 {
		switch random.Intn(3) {
		case 0:
			f.set(fmt.Sprint("more", i), "")
		case 1:
			f.del(fmt.Sprint("more", random.Intn(i+1)))
		default:
			f.table.TouchSeat(seats[fmt.Sprint(1+random.Intn(2999))])
		}
	}
	moved := 0
	for key, at := range seats {
		switch f.keyAt(at) {
		case key:
		case "":
			moved++
		default:
			t.Fatalf("the seat of %s is taken by %s", key, f.keyAt(at))
		}
	}
	require.NotZero(t, moved, "segments have split")
}

// TestSeatOfTheUsed: who was used since has another clock.
func TestSeatOfTheUsed(t *testing.T) {
	f := newFixture(t)
	f.set("a", "")
	p, _ := f.table.Find(Hash([]byte("a")), []byte("a"))
	at := SeatOf(p, Hash([]byte("a")))
	require.Equal(t, uint32(0), at.Clock())
	f.table.SetClock(p, 7)
	require.Empty(t, f.keyAt(at))
	at = SeatOf(p, Hash([]byte("a")))
	require.Equal(t, uint32(7), at.Clock())
	require.Equal(t, "a", f.keyAt(at))
}
