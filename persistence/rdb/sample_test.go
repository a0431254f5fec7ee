package rdb

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/set"
	"solokv/keyspace/value/stream"
	"solokv/keyspace/value/zset"
)

// sample is a value in memory, and the text of what it holds: see say in redis_test.go.
type sample struct {
	key   string
	value Value
	says  string
}

// maker makes samples of every kind and of many sizes.
type maker struct {
	epochs  *dict.Epochs
	random  *rand.Rand
	samples []sample
}

func newMaker(t testing.TB) *maker {
	a, err := arena.New(arena.Options{ReserveBytes: 16 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return &maker{epochs: dict.NewEpochs(a), random: rand.New(rand.NewSource(1))}
}

func (m *maker) add(key string, v Value, says string) {
	m.samples = append(m.samples, sample{key, v, says})
}

// makeSamples makes one sample of each kind in each size. Fields expire only if the version has that.
func makeSamples(t testing.TB, version int) []sample {
	m := newMaker(t)
	m.strings()
	m.lists()
	m.sets()
	m.hashes()
	m.zsets()
	m.streams(version)
	if version >= VersionFields {
		m.expiringHashes()
	}
	return m.samples
}

// texts are strings that differ in how they are written.
func (m *maker) texts() []string {
	noise := make([]byte, 100<<10)
	m.random.Read(noise)
	texts := []string{"", "a", "0", "-1", "-0", "007", "+5", "127", "128", "-128", "-129", "32767", "32768",
		"2147483647", "2147483648", "-2147483648", "-2147483649", "12345678901", "9223372036854775807",
		"-9223372036854775808", "9223372036854775808", "\x00\xff\r\n",
		strings.Repeat("ab", 10), strings.Repeat("ab", 10) + "c", string(noise[:63]), string(noise[:64]),
		string(noise[:4095]), string(noise[:16383]), string(noise[:16384]), string(noise),
		strings.Repeat("0123456789", 30), string(compressible(m.random, 70000)), strings.Repeat("x", 1<<20)}
	return texts
}

func stringOf(text string) Value {
	if n, ok := value.IntText([]byte(text)); ok {
		stored := make([]byte, value.IntWidth(n))
		value.PutInt(stored, n)
		return Value{Kind: value.StringInt, Bytes: stored}
	}
	return Value{Kind: value.String, Bytes: []byte(text)}
}

func (m *maker) strings() {
	for i, text := range m.texts() {
		m.add(fmt.Sprintf("string:%d", i), stringOf(text), text)
	}
	m.add("edited", Value{Kind: value.StringEdited, Bytes: []byte("123")}, "123")
	m.add("12345", stringOf("a key that is a number"), "a key that is a number")
	m.add(strings.Repeat("long key ", 40), stringOf("1"), "1")
	long := strings.Repeat("y", lzfTextMax+1)
	m.add("too long to be compressed", stringOf(long), long)
}

func (m *maker) lists() {
	packed := listpack.Empty()
	large := list.New(m.epochs, list.LimitOf(-2))
	for _, text := range m.texts() {
		if len(text) < 5000 {
			packed = listpack.Append(packed, []byte(text))
		}
		large.PushTail([]byte(text))
	}
	m.add("list:packed", Value{Kind: value.ListPacked, Bytes: packed}, saysListpack(packed))
	m.add("list:texts", Value{Kind: value.List, Whole: large}, saysList(large))

	one := listpack.Append(listpack.Empty(), []byte("x"))
	m.add("list:one", Value{Kind: value.ListPacked, Bytes: one}, "x")
	huge := listpack.Append(listpack.Empty(), []byte(strings.Repeat("z", 200<<10)))
	m.add("list:huge", Value{Kind: value.ListPacked, Bytes: huge}, saysListpack(huge))

	for _, limit := range []int{1, 128, -1, -5} {
		large := list.New(m.epochs, list.LimitOf(limit))
		for i := range 20000 {
			large.PushTail(strconv.AppendInt([]byte("element:"[:i%9]), int64(i), 10))
		}
		m.add(fmt.Sprintf("list:%d", limit), Value{Kind: value.List, Whole: large}, saysList(large))
	}
}

func (m *maker) sets() {
	for _, width := range []int64{1, 1000, 1 << 40} {
		ints, texts := intset.Empty(), []string(nil)
		for i := int64(-3); i < 4; i++ {
			ints, _ = intset.Add(ints, i*width)
			texts = append(texts, strconv.FormatInt(i*width, 10))
		}
		m.add(fmt.Sprintf("set:ints:%d", width), Value{Kind: value.SetInts, Bytes: ints}, inAnyOrder(texts))
	}
	packed, large, all, small := listpack.Empty(), set.New(m.epochs), []string(nil), []string(nil)
	for _, text := range m.texts() {
		large.Add([]byte(text))
		all = append(all, text)
		if len(text) < 60 {
			packed = listpack.Append(packed, []byte(text))
			small = append(small, text)
		}
	}
	for i := range 20000 {
		all = append(all, fmt.Sprint("member:", i))
		large.Add([]byte(all[len(all)-1]))
	}
	m.add("set:packed", Value{Kind: value.SetPacked, Bytes: packed}, inAnyOrder(small))
	m.add("set", Value{Kind: value.Set, Whole: large}, inAnyOrder(all))
}

func (m *maker) hashes() {
	packed, large, all, small := listpack.Empty(), hash.NewLarge(m.epochs), []string(nil), []string(nil)
	add := func(field, text string) {
		large.Insert([]byte(field), []byte(text), 0)
		all = append(all, saysField(field, text, -1))
		if len(field)+len(text) < 120 {
			packed = listpack.Append(listpack.Append(packed, []byte(field)), []byte(text))
			small = append(small, saysField(field, text, -1))
		}
	}
	for i, text := range m.texts() {
		add(text, fmt.Sprint("value ", i))
	}
	for i, text := range m.texts() {
		add(fmt.Sprint("field:", i), text)
	}
	m.add("hash:packed", Value{Kind: value.HashPacked, Bytes: packed}, inAnyOrder(small))
	for i := range 20000 {
		field, text := fmt.Sprint("many:", i), strconv.Itoa(i*i)
		large.Insert([]byte(field), []byte(text), 0)
		all = append(all, saysField(field, text, -1))
	}
	m.add("hash", Value{Kind: value.Hash, Whole: large}, inAnyOrder(all))
}

// farMs is a time that no test lives to see.
const farMs = 4102444800000

func (m *maker) expiringHashes() {
	packed, large := hash.OfPacked(value.HashPacked, listpack.Empty()), hash.NewLarge(m.epochs)
	var small, all []string
	for i := range 500 {
		at, said := int64(0), int64(-1)
		if i%3 > 0 {
			at = farMs + int64(i*i*i)
			said = at
		}
		field, text := fmt.Sprint("field:", i), fmt.Sprint(i)
		large.Insert([]byte(field), []byte(text), at)
		all = append(all, saysField(field, text, said))
		if i < 50 {
			packed.Insert([]byte(field), []byte(text), at)
			small = append(small, saysField(field, text, said))
		}
	}
	m.add("hash:packed:expiring", Value{Kind: packed.Kind(), Bytes: packed.Packed()}, inAnyOrder(small))
	m.add("hash:expiring", Value{Kind: value.Hash, Whole: large}, inAnyOrder(all))
}

func (m *maker) zsets() {
	packed, large := listpack.Empty(), zset.New(m.epochs)
	scores := []float64{0, 1, -1, 0.1, 1e300, -1e-300, math.Inf(1), math.Inf(-1), math.Pi, 1 << 53, -1 << 62}
	for i, score := range scores {
		packed = zset.PackedInsert(packed, fmt.Append(nil, "member:", i), score)
	}
	for i, text := range m.texts() {
		large.Set([]byte(text), scores[i%len(scores)])
	}
	for i := range 20000 {
		large.Set(fmt.Append(nil, i), float64(m.random.Intn(1000))/8)
	}
	m.add("zset:packed", Value{Kind: value.ZSetPacked, Bytes: packed}, saysZSet(zset.Packed(packed)))
	m.add("zset", Value{Kind: value.ZSet, Whole: large}, saysZSet(zset.Large(large)))
}

func (m *maker) streams(version int) {
	m.add("stream:empty", Value{Kind: value.Stream, Whole: stream.New(m.epochs)}, saysStream(stream.New(m.epochs), version))
	s := stream.New(m.epochs)
	for i := range 3000 {
		pairs := [][]byte{[]byte("field"), fmt.Append(nil, i), []byte("name"), compressible(m.random, i%60)}
		id := stream.ID{Ms: 1000 + uint64(i/3), Seq: uint64(i % 3)}
		if err := s.Append(id, pairs[:2+2*(i/100%2)], stream.Limits{NodeBytes: 4096, NodeEntries: 100}); err != nil {
			panic(err)
		}
	}
	for i := range 200 {
		s.Delete(stream.ID{Ms: 1000 + uint64(i*3), Seq: 1})
	}
	s.AddGroup([]byte("empty"), stream.Min, stream.Unknown)
	g := s.AddGroup([]byte("group"), stream.ID{Ms: 1100}, 300)
	for i := range 5 {
		seen := int64(1700000000000 + i)
		active := seen
		if version >= VersionActive {
			active -= 1000
		}
		c := g.AddConsumer(fmt.Append(nil, "consumer:", i), seen, active)
		for j := range 40 * i {
			g.Deliver(stream.ID{Ms: 1000 + uint64(j), Seq: uint64(i % 3)}, c, 1690000000000+int64(j), int64(1+j%70))
		}
	}
	m.add("stream", Value{Kind: value.Stream, Whole: s}, saysStream(s, version))
	bare := stream.New(m.epochs)
	bare.SetLastID(stream.ID{Ms: math.MaxUint64, Seq: math.MaxUint64 - 1})
	bare.SetMaxDeletedID(stream.ID{Ms: 5, Seq: 6})
	bare.SetAdded(1 << 40)
	m.add("stream:bare", Value{Kind: value.Stream, Whole: bare}, saysStream(bare, version))
}

func inAnyOrder(texts []string) string {
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

func saysField(field, text string, expireAtMs int64) string {
	return fmt.Sprintf("%q %q %d", field, text, expireAtMs)
}

func saysListpack(lp []byte) string {
	var texts []string
	for at, ok := listpack.First(lp); ok; at, ok = listpack.Next(lp, at) {
		texts = append(texts, string(listpack.Get(lp, at).Append(nil)))
	}
	return strings.Join(texts, "\n")
}

func saysList(l *list.List) string {
	var texts []string
	for at := l.Seek(0); at.OK(); at.Next() {
		texts = append(texts, string(at.Text(nil)))
	}
	return strings.Join(texts, "\n")
}

func saysZSet(z zset.Reader) string {
	var texts []string
	z.Each(0, z.Len(), func(member []byte, score float64) bool {
		texts = append(texts, fmt.Sprintf("%q %v", member, score))
		return true
	})
	return strings.Join(texts, "\n")
}

// saysStream lists a stream's counters, entries and groups.
func saysStream(s *stream.Stream, version int) string {
	says := fmt.Sprintf("length %d last %s first %s deleted %s added %d\n", s.Len(), s.LastID().Append(nil),
		s.FirstID().Append(nil), s.MaxDeletedID().Append(nil), s.Added())
	for r := s.Between(stream.Min, stream.Max); r.Next(); {
		says += string(r.Entry.ID.Append(nil))
		for range r.Entry.Fields {
			field, text := r.Entry.Pair()
			says += fmt.Sprintf(" %q %q", field.Append(nil), text.Append(nil))
		}
		says += "\n"
	}
	for _, g := range s.Groups() {
		says += fmt.Sprintf("group %s last %s read %d\n", g.Name, g.LastID.Append(nil), g.Read)
		pending := g.PendingFrom(stream.Min)
		for p, ok := pending.Next(); ok; p, ok = pending.Next() {
			says += fmt.Sprintf("%s %s %d %d\n", p.ID.Append(nil), p.Consumer.Name, p.DeliveredMs, p.Count)
		}
		for _, c := range g.Consumers() {
			says += fmt.Sprintf("consumer %s seen %d pending %d", c.Name, c.SeenMs, c.PendingLen())
			if version >= VersionActive {
				says += fmt.Sprintf(" active %d", c.ActiveMs)
			}
			says += "\n"
		}
	}
	return says
}
