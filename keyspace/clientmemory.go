package keyspace

import (
	"math"
	"math/bits"
	"sync/atomic"
)

// What clients cost, and what happens when that is too much: maxmemory-clients.
//
// A session weighs what its connection holds (input that waits, output that is not
// taken) and what the engine holds for it (a transaction's queue, watched keys,
// subscriptions, requests that wait). The first changes on the connection's loop, which
// tells it when it has changed by much: see Buffered. The second changes on the writer:
// see charge. The sum of all is one atomic, so that asking whether there is too much is
// a load and a comparison, once a batch; without a limit, the comparison of an integer
// that lies among those a batch looks at anyway.
//
// The heaviest have to be found without looking at all. So sessions are listed by
// classes, each of twice the weight of the one before, as in Redis. The lists are the
// writer's; a loop that finds its session in another class than it is listed in puts
// it on a stack, once, and the writer files it anew before it picks somebody.
//
//	loop     weight.buffers, sum of all  --- class changed --->  moved (stack)
//	writer   weight.held, sum of all     sum >= limit: file what has moved, evict
//	                                     class 19: >= 4 GB ... class 1: < 32 KB
//
// Invariant: the sum of all is that of every weight at any time, also of sessions that
// are about to go: who is killed gives up its weight at once (forfeit), so that no more
// are evicted than needed, and what its loop tells afterwards counts for nothing.

const (
	// clientClasses are the classes of weight: below 32 KB, and then by doubling up to
	// 4 GB and more.
	clientClasses      = 19
	clientClassMinBits = 15
	// unlisted is the class of who may not be evicted; the others count from one.
	unlisted = 0
	// clientLimitMin is the lowest limit: below it nobody could talk to the server.
	clientLimitMin = 128 << 10
)

// What a session holds, beside names and arguments: about what the maps and lists take
// that know of it.
const (
	sessionBytes      = 2 << 10 // an idle connection
	watchBytes        = 160
	subscriptionBytes = 96
	prefixBytes       = 96
)

// forfeited stands in weight.buffers of who has given up its weight.
const forfeited = math.MinInt64

// weight is what a session and its connection hold, in bytes.
type weight struct {
	buffers atomic.Int64 // of the connection: its loop tells
	held    atomic.Int64 // by the engine: the writer changes it
	class   atomic.Int32 // in which it is listed, or unlisted; the writer changes it
	noted   atomic.Bool  // it is in clientMemory.moved
	below   *Session     // link of that

	prev, next *Session // links of the list of a class
}

func (w *weight) bytes() int64 { return max(0, w.buffers.Load()) + w.held.Load() }

// buffered notes what the buffers hold and tells by how much that is more than before.
func (w *weight) buffered(bytes int64) (grown int64) {
	for {
		was := w.buffers.Load()
		if was == forfeited {
			return 0
		}
		if w.buffers.CompareAndSwap(was, bytes) {
			return bytes - was
		}
	}
}

// clientMemory is what the engine knows about the weight of all.
type clientMemory struct {
	bytes   atomic.Int64
	limit   atomic.Int64            // 0: none
	moved   atomic.Pointer[Session] // whose class has changed
	pressed atomic.Bool             // pressing is on its way to the writer

	bytesMax int64 // limit, where the writer needs no atomic
	classes  [clientClasses + 1]struct{ head, tail *Session }
	pressing Batch
	hopeless bool // it was said that evicting is not enough
}

func (e *Engine) startClientMemory() {
	m := &e.clientMemory
	m.pressing = Batch{kind: batchDo, do: func(*Ctx) {
		m.pressed.Store(false)
		e.evictClients(nil)
	}}
}

// Buffered tells how much the buffers of a session's connection hold. Its loop calls it,
// and no more once it has said that nothing is left.
func (e *Engine) Buffered(s *Session, bytes int64) {
	m := &e.clientMemory
	grown := s.weight.buffered(bytes)
	sum := m.bytes.Add(grown)
	limit := m.limit.Load()
	if limit == 0 {
		return
	}
	if clientClass(s.weight.bytes()) != s.weight.class.Load() {
		m.note(s)
	}
	if grown > 0 && sum >= limit && m.pressed.CompareAndSwap(false, true) {
		e.queue.push(&m.pressing)
	}
}

// note puts a session on the stack of those to be filed anew.
func (m *clientMemory) note(s *Session) {
	if !s.weight.noted.CompareAndSwap(false, true) {
		return
	}
	for {
		top := m.moved.Load()
		s.weight.below = top
		if m.moved.CompareAndSwap(top, s) {
			return
		}
	}
}

// fileMoved files the sessions whose class has changed.
func (e *Engine) fileMoved() {
	for s := e.clientMemory.moved.Swap(nil); s != nil; {
		below := s.weight.below
		s.weight.below = nil
		s.weight.noted.Store(false) // first: what changes from here on is noted again
		e.file(s)
		s = below
	}
}

// charge changes what the engine holds for a session.
func (e *Engine) charge(s *Session, bytes int64) {
	if bytes == 0 {
		return
	}
	s.weight.held.Add(bytes)
	e.clientMemory.bytes.Add(bytes)
	if e.clientMemory.bytesMax != 0 {
		e.file(s)
	}
}

// forfeit takes a session that goes, or is about to, out of the sum and of the lists.
func (e *Engine) forfeit(s *Session) {
	buffers := max(0, s.weight.buffers.Swap(forfeited))
	e.clientMemory.bytes.Add(-s.weight.held.Swap(0) - buffers)
	e.unfile(s)
}

// file puts a session into the list of its class, if it may be evicted.
func (e *Engine) file(s *Session) {
	class := int32(unlisted)
	if !s.gone && !s.closing && !s.noEvict && e.clients.byID[s.peer.ID] == s {
		class = clientClass(s.weight.bytes())
	}
	if class == s.weight.class.Load() {
		return
	}
	e.unfile(s)
	if class == unlisted {
		return
	}
	l := &e.clientMemory.classes[class]
	s.weight.prev = l.tail
	if l.tail != nil {
		l.tail.weight.next = s
	} else {
		l.head = s
	}
	l.tail = s
	s.weight.class.Store(class)
}

func (e *Engine) unfile(s *Session) {
	w := &s.weight
	class := w.class.Load()
	if class == unlisted {
		return
	}
	l := &e.clientMemory.classes[class]
	if w.prev != nil {
		w.prev.weight.next = w.next
	} else {
		l.head = w.next
	}
	if w.next != nil {
		w.next.weight.prev = w.prev
	} else {
		l.tail = w.prev
	}
	w.prev, w.next = nil, nil
	w.class.Store(unlisted)
}

// clientClass is the class of a weight.
func clientClass(bytes int64) int32 {
	return int32(1 + min(max(bits.Len64(uint64(max(0, bytes)))-clientClassMinBits, 0), clientClasses-1))
}

// limitClients takes over what the configuration says.
func (e *Engine) limitClients() {
	m, was := &e.clientMemory, e.clientMemory.bytesMax
	m.bytesMax, m.hopeless = clientLimit(e.values.MaxMemoryClients, e.values.MaxMemory), false
	m.limit.Store(m.bytesMax)
	if was == 0 && m.bytesMax != 0 { // nobody has filed them so far
		e.Clients(func(s *Session) bool {
			e.file(s)
			return true
		})
	}
}

// clientLimit is the limit in bytes; 0 is none. A percentage is one of maxmemory, if
// there is one.
func clientLimit(directive, maxMemory int64) int64 {
	switch {
	case directive < 0 && maxMemory > 0:
		return max(clientLimitMin, maxMemory/100*-directive+maxMemory%100*-directive/100)
	case directive <= 0:
		return 0
	}
	return max(clientLimitMin, directive)
}

// tooManyClientBytes tells whether clients have to go.
func (e *Engine) tooManyClientBytes() bool {
	m := &e.clientMemory
	return m.bytesMax != 0 && m.bytes.Load() >= m.bytesMax
}

// evictClients closes the connections that use the most until there is little enough.
// That of the request being executed, if c is its context, ends after its reply.
func (e *Engine) evictClients(c *Ctx) {
	if !e.tooManyClientBytes() {
		e.clientMemory.hopeless = false
		return
	}
	e.fileMoved()
	for class := clientClasses; class > unlisted; class-- {
		l := &e.clientMemory.classes[class]
		for l.head != nil {
			if !e.tooManyClientBytes() {
				return
			}
			e.evictClient(c, l.head)
		}
	}
	if e.tooManyClientBytes() && !e.clientMemory.hopeless {
		e.clientMemory.hopeless = true
		e.log.Warn().Int64("bytes", e.clientMemory.bytes.Load()).
			Msg("clients use more than maxmemory-clients, and all that may be evicted were")
	}
}

func (e *Engine) evictClient(c *Ctx, s *Session) {
	e.log.Info().Bytes("client", e.background(e.clock.NowMs()).AppendClient(nil, s)).Msg("evicting client")
	e.stats.evictedClients++
	e.forfeit(s)
	e.Kill(c, s)
}

// ClientBytes is what all clients together hold.
func (e *Engine) ClientBytes() int64 { return e.clientMemory.bytes.Load() }

// holdBatch charges a session for a batch that waits; whoever goes on with it lets go of
// it by releaseBatch.
func (e *Engine) holdBatch(b *Batch) {
	b.charged = int64(cap(b.own) + cap(b.Reply) + 8*cap(b.Spans) + 24*cap(b.Requests))
	if b.message != nil {
		b.charged += int64(len(b.message.Data))
	}
	e.charge(b.sess, b.charged)
}

func (e *Engine) releaseBatch(b *Batch) {
	if b.charged != 0 {
		e.charge(b.sess, -b.charged)
		b.charged = 0
	}
}
