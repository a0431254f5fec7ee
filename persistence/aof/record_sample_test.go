package aof

import (
	"fmt"
	"math"
	"math/rand"
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
	"solokv/persistence/rdb"
)

// sample is a key with its value in memory, and what the value holds: see holdings. Of streams it says nothing.
type sample struct {
	entry rdb.Entry
	holds []string
}

// sampler makes samples.
type sampler struct {
	epochs  *dict.Epochs
	random  *rand.Rand
	samples []sample
}

func newSampler(t testing.TB) *sampler {
	a, err := arena.New(arena.Options{ReserveBytes: 1 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return &sampler{epochs: dict.NewEpochs(a), random: rand.New(rand.NewSource(1))}
}

// makeSamples makes samples of every kind in several sizes.
func makeSamples(t testing.TB, fieldsExpire bool) []sample {
	m := newSampler(t)
	m.strings()
	m.lists()
	m.sets()
	m.zsets()
	m.hashes()
	if fieldsExpire {
		m.expiringHashes()
	}
	m.streams()
	for i := range m.samples {
		if e := &m.samples[i].entry; i%3 == 0 {
			e.ExpireAtMs = farMs + int64(i)
		}
	}
	return m.samples
}

// farMs is a time that no test lives to see.
const farMs = 4102444800000

func (m *sampler) add(key string, v rdb.Value, holds ...string) {
	e := rdb.Entry{Key: []byte(key), Value: v, ExpireAtMs: -1, Access: rdb.NoAccess}
	m.samples = append(m.samples, sample{e, holds})
}

func stringValue(text string) rdb.Value {
	if n, ok := value.IntText([]byte(text)); ok {
		stored := make([]byte, value.IntWidth(n))
		value.PutInt(stored, n)
		return rdb.Value{Kind: value.StringInt, Bytes: stored}
	}
	return rdb.Value{Kind: value.String, Bytes: []byte(text)}
}

// longestBytes is the length of the longest text.
const longestBytes = 600 << 10

// texts are of all lengths and forms.
func (m *sampler) texts() []string {
	noise := make([]byte, longestBytes)
	m.random.Read(noise)
	return []string{"", "a", "0", "-1", "-0", "007", "127", "-32769", "2147483648", "9223372036854775807",
		"-9223372036854775808", "9223372036854775808", "\x00\xff\r\n*3\r\n", string(noise[:63]), string(noise[:5000]),
		string(noise[:recordTextBytes-1]), string(noise[:recordTextBytes]), string(noise[:recordTextBytes+1]),
		string(noise[:recordPieceBytes]), string(noise)}
}

func (m *sampler) strings() {
	for i, text := range m.texts() {
		m.add(fmt.Sprint("string:", i), stringValue(text), text)
	}
	m.add("edited", rdb.Value{Kind: value.StringEdited, Bytes: []byte("123")}, "123")
	m.add("", stringValue("the empty key"), "the empty key")
	m.add(strings.Repeat("long key ", 10000), stringValue("1"), "1")
}

func (m *sampler) lists() {
	packed, large := listpack.Empty(), list.New(m.epochs, list.LimitOf(-2))
	var small, all []string
	for _, text := range m.texts() {
		large.PushTail([]byte(text))
		all = append(all, text)
		if len(text) < 100 {
			packed = listpack.Append(packed, []byte(text))
			small = append(small, text)
		}
	}
	for i := range 1000 {
		text := strings.Repeat(strconv.Itoa(i), i%100)
		large.PushTail([]byte(text))
		all = append(all, text)
	}
	m.add("list:packed", rdb.Value{Kind: value.ListPacked, Bytes: packed}, small...)
	m.add("list", rdb.Value{Kind: value.List, Whole: large}, all...)

	for _, items := range []int{1, 63, 64, 65, 128, 129} {
		exact := listpack.Empty()
		var texts []string
		for i := range items {
			exact = listpack.AppendInt(exact, int64(i))
			texts = append(texts, strconv.Itoa(i))
		}
		m.add(fmt.Sprint("list:", items), rdb.Value{Kind: value.ListPacked, Bytes: exact}, texts...)
	}
	m.add(strings.Repeat("list with a long key ", 10000), rdb.Value{Kind: value.ListPacked, Bytes: packed}, small...)
}

func (m *sampler) sets() {
	for _, width := range []int64{1, 1000, 1 << 40} {
		ints, texts := intset.Empty(), []string(nil)
		for i := int64(-100); i < 100; i++ {
			ints, _ = intset.Add(ints, i*width)
			texts = append(texts, strconv.FormatInt(i*width, 10))
		}
		m.add(fmt.Sprint("set:ints:", width), rdb.Value{Kind: value.SetInts, Bytes: ints}, texts...)
	}
	packed, large := listpack.Empty(), set.New(m.epochs)
	var small, all []string
	for _, text := range m.texts() {
		large.Add([]byte(text))
		all = append(all, text)
		if len(text) < 100 {
			packed = listpack.Append(packed, []byte(text))
			small = append(small, text)
		}
	}
	for i := range 3000 {
		all = append(all, fmt.Sprint("member:", i))
		large.Add([]byte(all[len(all)-1]))
	}
	m.add("set:packed", rdb.Value{Kind: value.SetPacked, Bytes: packed}, small...)
	m.add("set", rdb.Value{Kind: value.Set, Whole: large}, all...)
}

// scores maps scores to their texts, which C's printf("%.17g") made.
var scores = map[float64]string{0: "0", 1: "1", -1: "-1", 0.1: "0.10000000000000001", math.Pi: "3.1415926535897931",
	1e300: "1.0000000000000001e+300", -1e-300: "-1e-300", math.Inf(1): "inf", math.Inf(-1): "-inf",
	1 << 53: "9007199254740992", 99999999999999984: "99999999999999984", 1e17: "1e+17", -1e17: "-1e+17",
	1 << 62: "4.6116860184273879e+18", 0.0001: "0.0001", 0.00001: "1.0000000000000001e-05", 1234.5: "1234.5",
	5e-324: "4.9406564584124654e-324", math.MaxFloat64: "1.7976931348623157e+308", 1e16: "10000000000000000"}

func (m *sampler) zsets() {
	packed, large := listpack.Empty(), zset.New(m.epochs)
	var small, all []string
	for score, text := range scores {
		for _, member := range []string{"member of " + text, strconv.Itoa(len(all))} {
			packed = zset.PackedInsert(packed, []byte(member), score)
			large.Set([]byte(member), score)
			small = append(small, text, member)
			all = append(all, text, member)
		}
	}
	for i := range 2000 {
		large.Set(fmt.Append(nil, "many:", i), float64(i)/8)
		all = append(all, strconv.FormatFloat(float64(i)/8, 'f', -1, 64), fmt.Sprint("many:", i))
	}
	long := strings.Repeat("long member ", 10000)
	large.Set([]byte(long), -7)
	all = append(all, "-7", long)
	minus := zset.New(m.epochs)
	minus.Set([]byte("minus zero"), math.Copysign(0, -1))
	m.add("zset:packed", rdb.Value{Kind: value.ZSetPacked, Bytes: packed}, small...)
	m.add("zset", rdb.Value{Kind: value.ZSet, Whole: large}, all...)
	m.add("zset:minus", rdb.Value{Kind: value.ZSet, Whole: minus}, "-0", "minus zero")
}

func (m *sampler) hashes() {
	packed, large := listpack.Empty(), hash.NewLarge(m.epochs)
	var small, all []string
	add := func(field, text string) {
		large.Insert([]byte(field), []byte(text), 0)
		all = append(all, field, text)
		if len(field)+len(text) < 120 {
			packed = listpack.Append(listpack.Append(packed, []byte(field)), []byte(text))
			small = append(small, field, text)
		}
	}
	for i, text := range m.texts() {
		add(text, fmt.Sprint("value ", i))
		add(fmt.Sprint("field:", i), text)
	}
	for i := range 3000 {
		add(fmt.Sprint("many:", i), strings.Repeat("x", 120))
	}
	m.add("hash:packed", rdb.Value{Kind: value.HashPacked, Bytes: packed}, small...)
	m.add("hash", rdb.Value{Kind: value.Hash, Whole: large}, all...)
}

func (m *sampler) expiringHashes() {
	packed, large := hash.OfPacked(value.HashPacked, listpack.Empty()), hash.NewLarge(m.epochs)
	packed.Widen()
	var small, all []string
	for i := range 500 {
		at, said := int64(0), ""
		if i%3 > 0 {
			at = farMs + int64(i*i*i)
			said = " until " + strconv.FormatInt(at, 10)
		}
		field, text := strconv.Itoa(i), strconv.Itoa(i*i)
		large.Insert([]byte(field), []byte(text), at)
		all = append(all, field, text+said)
		if i < 50 {
			packed.Insert([]byte(field), []byte(text), at)
			small = append(small, field, text+said)
		}
	}
	m.add("hash:packed:expiring", rdb.Value{Kind: packed.Kind(), Bytes: packed.Packed()}, small...)
	m.add("hash:expiring", rdb.Value{Kind: value.Hash, Whole: large}, all...)

	stays := hash.OfPacked(value.HashPacked, listpack.Empty())
	stays.Insert([]byte("f"), []byte("v"), 0)
	stays.Widen()
	m.add("hash:packed:none", rdb.Value{Kind: stays.Kind(), Bytes: stays.Packed()}, "f", "v")
}

func (m *sampler) addStream(key string, s *stream.Stream) {
	m.add(key, rdb.Value{Kind: value.Stream, Whole: s})
}

func (m *sampler) streams() {
	m.addStream("stream:empty", stream.New(m.epochs))
	bare := stream.New(m.epochs)
	bare.SetLastID(stream.ID{Ms: math.MaxUint64, Seq: math.MaxUint64 - 1})
	bare.SetMaxDeletedID(stream.ID{Ms: 5, Seq: 6})
	bare.SetAdded(1 << 40)
	m.addStream("stream:bare", bare)

	s := m.largeStream()
	m.addStream("stream", s)
	holes := s.Clone().(*stream.Stream) // pending stays what was deleted
	for i := range 100 {
		holes.Delete(stream.ID{Ms: 1000 + uint64(i*3), Seq: 1})
	}
	m.addStream("stream:holes", holes)
	trimmed := s.Clone().(*stream.Stream)
	trimmed.Trim(stream.Trim{LenMax: 2950})
	m.addStream("stream:trimmed", trimmed)
	gone := s.Clone().(*stream.Stream)
	gone.Trim(stream.Trim{})
	m.addStream("stream:gone", gone)
	for i, text := range m.texts() {
		one := stream.New(m.epochs)
		pairs := [][]byte{[]byte(text), []byte("1"), []byte("f"), []byte(text)}
		if err := one.Append(stream.ID{Ms: 1}, pairs, stream.Limits{}); err != nil {
			panic(err)
		}
		m.addStream(fmt.Sprint("stream:", i), one)
	}
}

func (m *sampler) largeStream() *stream.Stream {
	s := stream.New(m.epochs)
	for i := range 3000 {
		pairs := [][]byte{[]byte("field"), fmt.Append(nil, i), []byte("name"), []byte(strings.Repeat("n", i%60))}
		id := stream.ID{Ms: 1000 + uint64(i/3), Seq: uint64(i % 3)}
		if err := s.Append(id, pairs[:2+2*(i/100%2)], stream.Limits{NodeBytes: 4096, NodeEntries: 100}); err != nil {
			panic(err)
		}
	}
	s.AddGroup([]byte("empty"), stream.Min, stream.Unknown)
	s.AddGroup([]byte("behind"), stream.Max, 7)
	g := s.AddGroup([]byte("group"), stream.ID{Ms: 1100}, 300)
	for i := range 5 {
		c := g.AddConsumer(fmt.Append(nil, "consumer:", i), 1690000000000, 1690000000000)
		for j := range 40 * i {
			g.Deliver(stream.ID{Ms: 1000 + uint64(j), Seq: uint64(i % 3)}, c, 1690000000000+int64(j), int64(j%70))
		}
	}
	return s
}
