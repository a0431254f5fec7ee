package stream

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
)

func newEpochs(t testing.TB) *dict.Epochs {
	a, err := arena.New(arena.Options{ReserveBytes: 1 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return dict.NewEpochs(a)
}

// model is a stream as one would write it without a thought for memory.
type model struct {
	entries     []modelEntry
	last, gone  ID
	added       uint64
	groups      map[string]*modelGroup
	entriesSeen int
}

type modelEntry struct {
	id    ID
	pairs string
}

type modelGroup struct {
	last    ID
	pending map[ID]modelPending
	members map[string]bool
}

type modelPending struct {
	who         string
	time, count int64
}

// copyOf reads everything out of a stream.
func copyOf(s *Stream) *model {
	m := &model{last: s.last, gone: s.deleted, added: s.added, groups: map[string]*modelGroup{}}
	for r := s.Between(Min, Max); r.Next(); {
		m.entries = append(m.entries, modelEntry{r.Entry.ID, pairsOf(&r.Entry)})
	}
	for _, g := range s.Groups() {
		mg := &modelGroup{last: g.LastID, pending: map[ID]modelPending{}, members: map[string]bool{}}
		r := g.PendingFrom(Min)
		for p, ok := r.Next(); ok; p, ok = r.Next() {
			mg.pending[p.ID] = modelPending{p.Consumer.Name, p.DeliveredMs, p.Count}
		}
		own := 0
		for _, c := range g.Consumers() {
			mg.members[c.Name] = true
			r := g.PendingOf(c, Min)
			for p, ok := r.Next(); ok; p, ok = r.Next() {
				if p.Consumer != c {
					panic("pending for somebody else")
				}
				own++
			}
			ids := 0
			c.EachPending(func(id ID) bool {
				if p, ok := g.Find(id); !ok || p.Consumer != c {
					panic("an ID of somebody else")
				}
				ids++
				return true
			})
			if ids != c.PendingLen() {
				panic("IDs are missing")
			}
		}
		if own != len(mg.pending) || own != g.PendingLen() {
			panic("the indices of pending entries differ")
		}
		m.groups[g.Name] = mg
	}
	return m
}

func pairsOf(e *Entry) string {
	text := []byte{}
	for range e.Fields {
		field, value := e.Pair()
		text = append(field.Append(text), '=')
		text = append(value.Append(text), ' ')
	}
	return string(text)
}

// player does the same things to a stream and to a model.
type player struct {
	t      testing.TB
	next   func(n int) int // a choice out of n
	epochs *dict.Epochs
	s      *Stream
	m      *model
	limits Limits

	view     *dict.View
	old      *Stream // the root that the view has
	oldModel *model
}

func newPlayer(t testing.TB, next func(n int) int, limits Limits) *player {
	epochs := newEpochs(t)
	return &player{t: t, next: next, epochs: epochs, s: New(epochs), limits: limits,
		m: &model{groups: map[string]*modelGroup{}}}
}

func (p *player) anyID() ID {
	if len(p.m.entries) == 0 || p.next(10) == 0 {
		return ID{uint64(p.next(300)), uint64(p.next(4))}
	}
	return p.m.entries[p.next(len(p.m.entries))].id
}

var names = [][]byte{[]byte("a"), []byte("b"), []byte("c"), []byte("consumer-of-some-length")}

func (p *player) step() {
	switch p.next(24) {
	case 0:
		p.delete()
	case 1:
		if p.next(4) == 0 {
			p.trim()
		}
	case 2:
		p.addGroup()
	case 3:
		p.removeSomething()
	case 4, 5, 6, 7:
		p.deliver()
	case 8, 9, 10:
		p.ack()
	case 11:
		p.checkRange()
	case 12:
		p.toggleView()
	default:
		p.append()
	}
}

func (p *player) append() {
	id, ok := ID{p.m.last.Ms + uint64(p.next(3)), uint64(p.next(3))}, true
	if p.next(2) == 0 {
		id, ok = p.s.NextIDAt(p.m.last.Ms + uint64(p.next(2)))
		require.True(p.t, ok)
	}
	var pairs [][]byte
	text := ""
	for i := range 1 + p.next(3) {
		field, value := fmt.Sprint("f", i), fmt.Sprint(p.next(1000)-500)
		if p.next(5) == 0 {
			field, value = fmt.Sprint(p.next(3)), fmt.Sprintf("%0*d", p.next(200), 7)
		}
		pairs = append(pairs, []byte(field), []byte(value))
		text += field + "=" + value + " "
	}
	err := p.s.Append(id, pairs, p.limits)
	if !p.m.last.Less(id) {
		require.ErrorIs(p.t, err, ErrOrder)
		return
	}
	require.NoError(p.t, err)
	p.m.last = id
	p.m.added++
	p.m.entries = append(p.m.entries, modelEntry{id, text})
}

func (m *model) find(id ID) int {
	for i := range m.entries {
		if m.entries[i].id == id {
			return i
		}
	}
	return -1
}

func (p *player) delete() {
	id := p.anyID()
	i := p.m.find(id)
	require.Equal(p.t, i >= 0, p.s.Has(id))
	require.Equal(p.t, i >= 0, p.s.Delete(id))
	if i >= 0 {
		p.m.entries = append(p.m.entries[:i:i], p.m.entries[i+1:]...)
		if p.m.gone.Less(id) {
			p.m.gone = id
		}
	}
}

func (p *player) trim() {
	t := Trim{ByID: p.next(2) == 0, WholeNodes: p.next(2) == 0, MinID: p.anyID()}
	t.LenMax = int64(p.next(len(p.m.entries) + 1))
	if t.WholeNodes && p.next(2) == 0 {
		t.Limit = int64(1 + p.next(30))
	}
	removed := p.s.Trim(t)
	most := 0
	for i, e := range p.m.entries {
		if t.ByID && e.id.Less(t.MinID) || !t.ByID && int64(len(p.m.entries)-i) > t.LenMax {
			most++
		}
	}
	require.LessOrEqual(p.t, removed, int64(most))
	if !t.WholeNodes {
		require.EqualValues(p.t, most, removed)
	} else if t.Limit > 0 {
		require.LessOrEqual(p.t, removed, t.Limit)
	}
	p.m.entries = append([]modelEntry(nil), p.m.entries[removed:]...)
}

func (p *player) name() []byte { return names[p.next(len(names))] }

func (p *player) addGroup() {
	name := p.name()
	mg := p.m.groups[string(name)]
	if mg == nil {
		id := p.anyID()
		p.s.AddGroup(name, id, Unknown)
		mg = &modelGroup{last: id, pending: map[ID]modelPending{}, members: map[string]bool{}}
		p.m.groups[string(name)] = mg
	}
	p.member(p.s.Own(name), mg, p.name())
}

func (p *player) member(g *Group, mg *modelGroup, name []byte) *Consumer {
	require.Equal(p.t, mg.members[string(name)], g.Consumer(name) != nil)
	if !mg.members[string(name)] {
		mg.members[string(name)] = true
		return g.AddConsumer(name, 1, Unknown)
	}
	return g.OwnConsumer(name)
}

func (p *player) removeSomething() {
	name := p.name()
	g, mg := p.s.Own(name), p.m.groups[string(name)]
	require.Equal(p.t, mg != nil, g != nil)
	if g == nil {
		return
	}
	if p.next(8) == 0 {
		for left := p.s.RemoveGroup(name); left.Drain(2); {
			continue
		}
		delete(p.m.groups, string(name))
		return
	}
	who := p.name()
	if mg.members[string(who)] && p.next(3) == 0 {
		g.RemoveConsumer(who)
		delete(mg.members, string(who))
		for id, pending := range mg.pending {
			if pending.who == string(who) {
				delete(mg.pending, id)
			}
		}
	}
}

func (p *player) deliver() {
	name := p.name()
	g, mg := p.s.Own(name), p.m.groups[string(name)]
	if g == nil {
		return
	}
	who := p.name()
	c := p.member(g, mg, who)
	for range 1 + p.next(5) {
		id, time, count := p.anyID(), int64(p.next(1000)), int64(p.next(5))
		g.Deliver(id, c, time, count)
		mg.pending[id] = modelPending{string(who), time, count}
	}
}

func (p *player) ack() {
	name := p.name()
	g, mg := p.s.Own(name), p.m.groups[string(name)]
	if g == nil {
		return
	}
	for range 1 + p.next(5) {
		id := p.anyID()
		_, there := mg.pending[id]
		require.Equal(p.t, there, g.Ack(id))
		delete(mg.pending, id)
	}
}

func (p *player) checkRange() {
	first, last := p.anyID(), p.anyID()
	var want []modelEntry
	for _, e := range p.m.entries {
		if !e.id.Less(first) && !last.Less(e.id) {
			want = append(want, e)
		}
	}
	i := 0
	for r := p.s.Between(first, last); r.Next(); i++ {
		require.Equal(p.t, want[i], modelEntry{r.Entry.ID, pairsOf(&r.Entry)})
	}
	require.Equal(p.t, len(want), i)
	for r := p.s.Backwards(first, last); r.Next(); {
		i--
		require.Equal(p.t, want[i], modelEntry{r.Entry.ID, pairsOf(&r.Entry)})
	}
	require.Zero(p.t, i)
}

func (p *player) toggleView() {
	if p.view != nil {
		require.Equal(p.t, p.oldModel, copyOf(p.old))
		p.epochs.CloseView()
		p.view = nil
		return
	}
	for p.epochs.Reclaim(1000) {
		continue
	}
	p.view = p.epochs.OpenView(nil)
	p.old, p.oldModel = p.s, copyOf(p.s)
	p.s = p.s.Fork().(*Stream)
}

func (p *player) check() {
	got := copyOf(p.s)
	require.Equal(p.t, len(p.m.entries), len(got.entries))
	for i := range got.entries {
		require.Equal(p.t, p.m.entries[i], got.entries[i])
	}
	require.Equal(p.t, p.m.last, got.last)
	require.Equal(p.t, p.m.gone, got.gone)
	require.Equal(p.t, p.m.added, got.added)
	require.Equal(p.t, len(p.m.entries), p.s.Len())
	first, last := Min, Min
	if n := len(p.m.entries); n > 0 {
		first, last = p.m.entries[0].id, p.m.entries[n-1].id
	}
	require.Equal(p.t, first, p.s.FirstID())
	require.Equal(p.t, last, p.s.LastEntryID())
	require.Equal(p.t, len(p.m.groups), len(got.groups))
	for name, mg := range p.m.groups {
		require.Equal(p.t, mg.pending, got.groups[name].pending)
		require.Equal(p.t, mg.members, got.groups[name].members)
	}
}

// end frees everything.
func (p *player) end() {
	p.check()
	clone := p.s.Clone().(*Stream)
	require.Equal(p.t, copyOf(p.s), copyOf(clone))
	for p.s.Drain(1 + p.next(50)) {
		continue
	}
	if p.view != nil {
		p.toggleView()
	}
	for p.epochs.Reclaim(1000) {
		continue
	}
	p.s = clone
	p.check()
	require.Equal(p.t, p.epochs.Arena().Used(), p.s.arenaBytes())
	for clone.Drain(1 + p.next(50)) {
		continue
	}
	require.Zero(p.t, p.epochs.Arena().Used())
	require.Zero(p.t, clone.arenaBytes())
}

func (s *Stream) arenaBytes() int64 {
	bytes := s.nodes.bytes + s.nodeBytes
	for _, g := range s.groups {
		for _, t := range g.trees(nil) {
			bytes += t.bytes
		}
	}
	return bytes
}

func TestStreamAgainstModel(t *testing.T) {
	for seed := range int64(12) {
		r := rand.New(rand.NewSource(seed))
		limits := []Limits{{4096, 100}, {0, 3}, {200, 0}, {100, 10}}[seed%4]
		p := newPlayer(t, r.Intn, limits)
		for i := range 4000 {
			p.step()
			if i%100 == 0 {
				p.check()
			}
		}
		p.end()
	}
}

// The tree alone, large enough for several levels.
func TestTreeAgainstModel(t *testing.T) {
	for _, payload := range []int{0, 8, 16} {
		r := rand.New(rand.NewSource(int64(payload)))
		epochs := newEpochs(t)
		tr := newTree(epochs, payload)
		model := map[ID]bool{}
		for round := range 6 {
			for range 20000 {
				id := ID{uint64(r.Intn(3000)), uint64(r.Intn(10))}
				if r.Intn(6) < 5-round {
					_, added := tr.put(id)
					require.Equal(t, !model[id], added)
					model[id] = true
				} else {
					require.Equal(t, model[id], tr.delete(id))
					delete(model, id)
				}
			}
			n, last := 0, Min
			for w, ok := tr.from(Min); ok; ok = w.next() {
				require.True(t, model[w.id()])
				require.True(t, n == 0 || last.Less(w.id()))
				last = w.id()
				n++
			}
			require.Equal(t, len(model), n)
			require.Equal(t, n, tr.count)
			for w, ok := tr.upTo(Max); ok; ok = w.prev() {
				require.True(t, model[w.id()])
				n--
			}
			require.Zero(t, n)
			require.Equal(t, epochs.Arena().Used(), tr.bytes)
		}
		for id := range model {
			require.True(t, tr.delete(id))
		}
		require.Zero(t, epochs.Arena().Used())
	}
}

// What a million messages cost.
func TestStreamMemory(t *testing.T) {
	epochs := newEpochs(t)
	s := New(epochs)
	pairs := [][]byte{[]byte("field"), []byte("value-0123456789")}
	const n = 200_000
	for i := range uint64(n) {
		require.NoError(t, s.Append(ID{1_700_000_000_000 + i, 0}, pairs, Limits{4096, 100}))
	}
	entry := float64(s.Bytes()) / n
	require.Less(t, entry, 40.0)
	g := s.AddGroup([]byte("g"), Min, 0)
	c := g.AddConsumer([]byte("c"), 0, Unknown)
	for r := s.Between(Min, Max); r.Next(); {
		g.Deliver(r.Entry.ID, c, 1, 1)
	}
	pending := float64(g.bytes()) / n
	require.Less(t, pending, 52.0)
	t.Logf("%.1f bytes for an entry of 21, %.1f for a pending one", entry, pending)
}

func TestAppendAllocatesNothing(t *testing.T) {
	s := New(newEpochs(t))
	pairs := [][]byte{[]byte("field"), []byte("value-0123456789")}
	ms := uint64(1)
	require.Zero(t, testing.AllocsPerRun(5000, func() {
		ms++
		if s.Append(ID{ms, 0}, pairs, Limits{4096, 100}) != nil {
			t.Fatal()
		}
		s.Trim(Trim{LenMax: 1000, WholeNodes: true, Limit: math.MaxInt64})
	}))
}

func TestParseID(t *testing.T) {
	f := func(text string, want ID, wantOK bool) {
		t.Helper()
		got, ok := ParseID([]byte(text), 9)
		require.Equal(t, wantOK, ok, text)
		if ok {
			require.Equal(t, want, got, text)
		}
	}
	f("1-2", ID{1, 2}, true)
	f("1", ID{1, 9}, true)
	f("18446744073709551615-18446744073709551615", Max, true)
	f("18446744073709551616-0", Min, false)
	f("007-+5", ID{7, 5}, true)
	f("-", Min, false)
	f("1-", Min, false)
	f("-1", Min, false)
	f("1-2-3", Min, false)
	f("", Min, false)
	f("x", Min, false)
}
