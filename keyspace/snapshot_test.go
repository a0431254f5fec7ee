package keyspace_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// walk copies what a snapshot holds.
func walk(snapshot *keyspace.Snapshot) dataset {
	data := dataset{}
	for db := range snapshot.DBs() {
		n := 0
		snapshot.Each(db, func(k keyspace.FrozenItem) bool {
			n++
			data.add(db, k.Key, k.Kind, k.Value, k.Expiry)
			return true
		})
		if n != snapshot.Len(db) {
			panic(fmt.Sprintf("database %d has %d keys, and %d were visited", db, snapshot.Len(db), n))
		}
	}
	return data
}

// A snapshot shows what was there when it was opened, from its first walk to its
// last, whatever the writer does meanwhile; and nothing stays behind (I9).
func TestSnapshotAgainstCopy(t *testing.T) {
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newServer(t, nil)
			empty := s.emptied()
			r := traffic{rand.New(rand.NewSource(seed)), []int{30, 400, 3000, 10000}[seed]}
			for range 5 {
				r.play(s, 2000)
				want := copyOf(s)
				var snapshot *keyspace.Snapshot
				s.on(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })

				stop, walks := make(chan struct{}), make(chan error, 1)
				go func() { walks <- walkUntil(stop, snapshot, want) }()
				r.play(s, 3000)
				close(stop)
				require.NoError(t, <-walks)
				require.NotZero(t, s.FrozenBlocks())
				s.on(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
				require.Zero(t, s.FrozenBlocks())
			}
			assert.Equal(t, empty, s.emptied(), "bytes are left")
		})
	}
}

// walkUntil compares again and again, once at least after stop.
func walkUntil(stop <-chan struct{}, snapshot *keyspace.Snapshot, want dataset) error {
	for last := false; !last; {
		select {
		case <-stop:
			last = true
		default:
		}
		if err := want.differs(walk(snapshot)); err != nil {
			return err
		}
	}
	return nil
}

// What a snapshot kept alive is freed in slices: the writer comes back to it.
func TestSnapshotIsReclaimedInSlices(t *testing.T) {
	s := newServer(t, nil, "--enable-debug-command", "yes")
	s.do("DEBUG", "POPULATE", "50000")
	var snapshot *keyspace.Snapshot
	s.on(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
	s.do("FLUSHALL")
	s.settle()
	s.Do(func(c *keyspace.Ctx) {
		c.CloseSnapshot(snapshot)
		require.GreaterOrEqual(t, s.FrozenBlocks(), 50000)
	})
	s.settle()
	require.Zero(t, s.FrozenBlocks())
}

func TestOneSnapshotAtATime(t *testing.T) {
	s := newServer(t, nil)
	s.on(func(c *keyspace.Ctx) {
		require.False(t, c.SnapshotOpen())
		snapshot := c.OpenSnapshot()
		require.True(t, c.SnapshotOpen())
		require.Panics(t, func() { c.OpenSnapshot() })
		c.CloseSnapshot(snapshot)
		require.False(t, c.SnapshotOpen())
		c.CloseSnapshot(c.OpenSnapshot())
	})
}

// What a snapshot keeps alive is what was replaced and removed since, and what INFO
// tells while it is open.
func TestSnapshotKeeps(t *testing.T) {
	s := newServer(t, nil)
	for i := range 5000 {
		s.do("SET", fmt.Sprint("key:", i), "0123456789abcdef0123456789abcdef")
	}
	var snapshot *keyspace.Snapshot
	s.on(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
	require.Zero(t, s.CowBytes())
	s.do("SET", "new", "one")
	one := s.CowBytes()
	require.Positive(t, one, "the segment was copied")
	s.do("SET", "new", "two")
	require.Equal(t, one, s.CowBytes(), "what is new is nobody else's")
	for i := range 5000 {
		s.do("SET", fmt.Sprint("key:", i), "another")
	}
	require.Greater(t, s.CowBytes(), int64(5000*48))
	s.on(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
	require.Zero(t, s.CowBytes())
}

// BenchmarkOpenSnapshot is how long everybody waits for a snapshot.
func BenchmarkOpenSnapshot(b *testing.B) {
	text := []byte("0123456789abcdef0123456789abcdef")
	for _, keys := range []int{100_000, 1_000_000, 5_000_000, 10_000_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			s := newServer(b, nil)
			c := s.NewReplayer().In(s.DBs()[0])
			c.Expect(keys)
			var key []byte
			for i := range keys {
				key = fmt.Appendf(key[:0], "key:%d", i)
				c.SetString(key, text, keyspace.NoExpiry)
			}
			for b.Loop() {
				snapshot := c.OpenSnapshot()
				c.CloseSnapshot(snapshot)
			}
		})
	}
}
