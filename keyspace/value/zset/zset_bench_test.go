package zset

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/invariant"
)

const benchMembers = 1 << 20

func benchMember(dst []byte, i int) []byte { return fmt.Appendf(dst, "member:%07d", i) }

// fill adds benchMembers members of 14 bytes in a random order.
func fill(z *ZSet, score func(i int) float64) {
	var name []byte
	for _, i := range rand.New(rand.NewSource(1)).Perm(benchMembers) {
		name = benchMember(name[:0], i)
		z.Set(name, score(i))
	}
}

func asDouble(i int) float64 { return float64(i) + 0.5 }
func asWhole(i int) float64  { return float64(i) }

// BenchmarkMemory reports what a member of 14 bytes costs in a set of a million.
func BenchmarkMemory(b *testing.B) {
	for _, c := range []struct {
		name  string
		score func(int) float64
	}{{"whole", asWhole}, {"double", asDouble}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				f := newFixture(b)
				fill(f.set, c.score)
				b.ReportMetric(float64(f.set.Bytes())/benchMembers, "B/member")
				b.ReportMetric(float64(f.set.tree.bytes)/benchMembers, "B/member-in-tree")
			}
		})
	}
}

func BenchmarkLarge(b *testing.B) {
	f := newFixture(b)
	fill(f.set, asDouble)
	r := rand.New(rand.NewSource(2))
	var name []byte
	run := func(what string, do func(i int)) {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				i := r.Intn(benchMembers)
				name = benchMember(name[:0], i)
				do(i)
			}
		})
	}
	run("score", func(int) { f.set.Find(name) })
	run("rank", func(int) { Large(f.set).Rank(name) })
	run("at", func(i int) { f.set.At(i) })
	run("update", func(int) { f.set.Set(name, r.Float64()*benchMembers) })
	run("count", func(i int) { Large(f.set).SpanOfScores(ScoreRange{Min: float64(i), Max: float64(i + 100)}) })
	run("remove-insert", func(i int) {
		f.set.Delete(name)
		f.set.Set(name, asDouble(i))
	})
	run("range100", func(i int) {
		f.set.EachRank(i, min(i+100, benchMembers), func([]byte, float64) bool { return true })
	})
}

func TestMemory(t *testing.T) {
	f := newFixture(t)
	var name []byte
	for _, i := range rand.New(rand.NewSource(1)).Perm(50000) {
		name = benchMember(name[:0], i)
		f.set.Set(name, asDouble(i))
	}
	require.Less(t, float64(f.set.Bytes())/50000, 52.0)
}

func TestDoesNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks allocate")
	}
	f := newFixture(t)
	for i := range 5000 {
		f.set.Set(fmt.Append(nil, i), float64(i))
	}
	member := []byte("a new member of the set")
	score := 0.5
	require.Zero(t, testing.AllocsPerRun(500, func() {
		score += 7
		f.set.Set(member, score)
		f.set.Set(member, score+1000)
		Large(f.set).Rank(member)
		Large(f.set).SpanOfScores(ScoreRange{Min: 5, Max: score})
		f.set.EachRank(100, 200, func([]byte, float64) bool { return true })
		f.set.EachReverse(100, 200, func([]byte, float64) bool { return true })
		f.set.Delete(member)
	}))
}
