package stream

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The nodes of a stream in a DUMP of Redis 7.0.15, with four entries a node.
const (
	goldenFirst = "\xcc\x00\x00\x00\x1f\x00\x03\x01\x01\x01\x02\x01\x85field\x06\x84name\x05\x00\x01" +
		"\x02\x01\x00\x01\x00\x01\x11\x01\x8bhello world\x0c\x05\x01" +
		"\x03\x01\x00\x01\x02\x01\xde\xd4\x02\x80\x01\x05\x01" +
		"\x00\x01\x02\x01\xdf\xfc\x02\x01\x01\x85other\x06\xf2p\x11\x01\x04\x06\x01" +
		"\x02\x01\x03\x01\xdf\xfb\x02\xe0dX\x66\x83007\x04\x05\x01\xff"
	goldenLast = "\x1d\x00\x00\x00\n\x00\x01\x01\x00\x01\x01\x01\x81a\x02\x00\x01" +
		"\x02\x01\x00\x01\x00\x01\x81b\x02\x04\x01\xff"
)

func TestNodesAreRedis(t *testing.T) {
	s := New(newEpochs(t))
	long := strings.Repeat("x", 100)
	add := func(id ID, words ...string) {
		var pairs [][]byte
		for _, word := range words {
			pairs = append(pairs, []byte(word))
		}
		require.NoError(t, s.Append(id, pairs, Limits{4096, 4}))
	}
	add(ID{1000, 5}, "field", "17", "name", "hello world")
	add(ID{1000, 7}, "field", "-300", "name", "")
	add(ID{1002, 1}, "other", "70000")
	add(ID{1003, 0}, "field", long, "name", "007")
	add(ID{1004, 0}, "a", "b")
	require.True(t, s.Delete(ID{1000, 7}))

	want := []string{strings.Replace(goldenFirst, "X", long, 1), goldenLast}
	masters := []ID{{1000, 5}, {1004, 0}}
	s.EachNode(func(master ID, lp []byte) bool {
		require.Equal(t, masters[0], master)
		require.Equal(t, want[0], string(lp))
		masters, want = masters[1:], want[1:]
		return true
	})
	require.Empty(t, want)
}

func TestLoadNodes(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	p := newPlayer(t, r.Intn, Limits{500, 7})
	for range 3000 {
		p.step()
	}
	loaded := New(p.epochs)
	p.s.EachNode(func(master ID, lp []byte) bool {
		require.NoError(t, loaded.AddNode(master, lp))
		require.ErrorIs(t, loaded.AddNode(master, lp), ErrNode)
		for range 20 { // no panic, whatever the bytes
			broken := append([]byte(nil), lp...)
			broken[r.Intn(len(broken))] ^= 1 << r.Intn(8)
			node{master, broken}.check()
			node{master, broken[:r.Intn(len(broken))]}.check()
		}
		return true
	})
	require.Equal(t, p.s.Len(), loaded.Len())
	require.Equal(t, p.s.FirstID(), loaded.FirstID())
	require.Equal(t, copyOf(p.s).entries, copyOf(loaded).entries)

	for _, g := range p.s.Groups() {
		copied := loaded.AddGroup([]byte(g.Name), g.LastID, g.Read)
		walk := g.PendingFrom(Min)
		for pending, ok := walk.Next(); ok; pending, ok = walk.Next() {
			require.True(t, copied.Restore(pending.ID, pending.DeliveredMs, pending.Count))
			require.False(t, copied.Restore(pending.ID, 0, 0))
		}
		for _, c := range g.Consumers() {
			member := copied.AddConsumer([]byte(c.Name), c.SeenMs, c.ActiveMs)
			walk := g.PendingOf(c, Min)
			for pending, ok := walk.Next(); ok; pending, ok = walk.Next() {
				require.False(t, copied.Complete())
				require.True(t, copied.Assign(pending.ID, member))
				require.False(t, copied.Assign(pending.ID, member))
			}
		}
		require.True(t, copied.Complete())
	}
	require.Equal(t, copyOf(p.s).groups, copyOf(loaded).groups)
}

// TestLoadNodeBeforeItsMaster: searches rely on a node's ID being that of its first entry, or one before it.
func TestLoadNodeBeforeItsMaster(t *testing.T) {
	s := New(newEpochs(t))
	broken := strings.Replace(goldenLast, "\x02\x01\x00\x01\x00\x01\x81b", "\x02\x01\xdf\xff\x02\x00\x01\x81b", 1)
	broken = "\x1e" + broken[1:]
	require.NoError(t, s.AddNode(ID{1000, 0}, []byte(goldenLast)))
	require.ErrorIs(t, s.AddNode(ID{2000, 0}, []byte(broken)), ErrNode)
	require.Equal(t, 1, s.Len())
}
