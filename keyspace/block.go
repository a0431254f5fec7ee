package keyspace

import (
	"container/heap"
	"math"
	"slices"
	"strings"

	"solokv/keyspace/value"
	"solokv/protocol"
)

// Blocking. A request that finds nothing to pop calls Block and returns. Its
// session waits, with its batch, and the request is executed again from its start
// when one of the keys may hold what it wants. There is no second way to serve a
// blocked client: what BLPOP replies and records is decided by the same lines
// whether it has waited or not.
//
//	handler   ... nothing there
//	          return c.Block(keyspace.WaitFor{Type: value.TypeList, UntilMs: until, Keys: keys})
//
// Who has blocked first on a key is tried first. Keys become ready through
// Modified, and those who wait for them are tried after each request, as in Redis:
// before the next request of the client that made them ready. The rest of a woken
// client's pipeline follows when that client's batch is done.

// WaitFor says what a session waits for.
type WaitFor struct {
	Type     string   // of the value that the keys should hold
	Keys     [][]byte // of the selected database
	UntilMs  int64    // Unix time at which GiveUp is called; 0 for never
	GiveUp   Handler  // replies that the time has passed; without: the null array
	One      bool     // it is one element: what cannot wait gets the null, not the null array
	OnDelete bool     // also when a key goes away, or gets another type
	Note     any      // for the handler, when it is executed again: see Recalled
}

// wait is what a session that is held up waits for.
type wait struct {
	sess     *Session
	batch    *Batch // goes on with the request that was stopped
	paused   bool   // by CLIENT PAUSE, or for one of the reasons below; otherwise by Block
	long     bool   // it is suspended
	stalled  bool   // it has not read what it was sent
	typ      string
	onDelete bool
	note     any
	late     Handler
	keys     []waitKey
	untilMs  int64
	heapAt   int // in waits.timed, or -1
	over     bool
}

type waitKey struct {
	db  int
	key string
}

// waits are the sessions that are blocked.
type waits struct {
	byKey    map[waitKey][]*wait // first come, first served
	timed    waitHeap            // by time
	count    int
	onDelete int // of count, those with onDelete
	ready    []waitKey
	resumed  []*Session // woken, the rest of their pipeline is to follow
	waking   bool
	spare    []Arg // of the requests that are executed while another is being served
}

// Block makes the session wait; the handler returns its result and writes no
// reply. While the journal is replayed nothing waits: what is recorded never does.
// Nor does a request that EXEC executes.
// What the handler has changed so far, such as a consumer that it has created, is
// recorded now.
func (c *Ctx) Block(b WaitFor) error {
	s := c.sess
	switch {
	case (c.replaying || c.InExec()) && b.One:
		return c.ReplyNull()
	case c.replaying || c.InExec():
		return c.ReplyNullArray()
	}
	c.settle()
	if s.retrying != nil {
		s.waiting = s.retrying // it keeps its place in the queues
		return nil
	}
	w := &wait{sess: s, typ: b.Type, onDelete: b.OnDelete, note: b.Note, late: b.GiveUp, untilMs: b.UntilMs, heapAt: -1}
	for _, key := range b.Keys {
		w.keys = append(w.keys, waitKey{c.db.id, string(key)})
	}
	c.e.waits.add(w)
	if w.untilMs != 0 {
		c.e.wantTickAt(w.untilMs, c.nowMs)
	}
	s.waiting = w
	return nil
}

// Recalled is the Note with which a request that is executed again has blocked, or
// nil: what it meant at first, such as XREAD's $.
func (c *Ctx) Recalled() any {
	if n := c.sess.retrying; n != nil {
		return n.note
	}
	return nil
}

// BlockUntil reads the timeout of a blocking command, in seconds, as the time at
// which it has passed; 0 stands for never.
func (c *Ctx) BlockUntil(arg []byte) (untilMs int64, err error) {
	seconds, ok := protocol.ParseFloat(arg)
	if !ok {
		return 0, Error("ERR timeout is not a float or out of range")
	}
	return c.blockUntil(seconds * 1000)
}

// BlockUntilMs is BlockUntil for a timeout in milliseconds.
func (c *Ctx) BlockUntilMs(arg []byte) (untilMs int64, err error) {
	ms, ok := protocol.ParseInt(arg)
	if !ok {
		return 0, Error("ERR timeout is not an integer or out of range")
	}
	return c.blockUntil(float64(ms))
}

func (c *Ctx) blockUntil(ms float64) (int64, error) {
	switch {
	case ms < 0:
		return 0, Error("ERR timeout is negative")
	case ms == 0:
		return 0, nil
	case ms > float64(math.MaxInt64-c.nowMs-1):
		return 0, Error("ERR timeout is out of range")
	}
	return c.nowMs + int64(math.Ceil(ms)), nil
}

func (w *waits) add(n *wait) {
	if w.byKey == nil {
		w.byKey = map[waitKey][]*wait{}
	}
	for i, k := range n.keys {
		if !containsKey(n.keys[:i], k) {
			w.byKey[k] = append(w.byKey[k], n)
		}
	}
	if n.untilMs != 0 {
		heap.Push(&w.timed, n)
	}
	w.count++
	if n.onDelete {
		w.onDelete++
	}
}

func (w *waits) remove(n *wait) {
	if n.paused || n.over {
		return
	}
	n.over = true
	for i, k := range n.keys {
		if containsKey(n.keys[:i], k) {
			continue
		}
		list := w.byKey[k]
		for j, other := range list {
			if other == n && j == 0 {
				list = list[1:]
			} else if other == n {
				list = append(list[:j:j], list[j+1:]...) // wake may be walking over the old one
			} else {
				continue
			}
			break
		}
		if len(list) == 0 {
			delete(w.byKey, k)
		} else {
			w.byKey[k] = list
		}
	}
	if n.heapAt >= 0 {
		heap.Remove(&w.timed, n.heapAt)
	}
	w.count--
	if n.onDelete {
		w.onDelete--
	}
}

func containsKey(keys []waitKey, k waitKey) bool {
	for _, other := range keys {
		if other == k {
			return true
		}
	}
	return false
}

// signal notes that a key has changed, if somebody watches it or waits for it.
func (e *Engine) signal(db *DB, key []byte) {
	if len(e.watchers) > 0 {
		e.breakWatches(db, key, false)
	}
	e.signalWaits(db, key)
}

// signalExpiry is signal for a key that is about to be deleted because its time has
// come.
func (e *Engine) signalExpiry(db *DB, key []byte) {
	if len(e.watchers) > 0 {
		e.breakWatches(db, key, true)
	}
	e.signalWaits(db, key)
}

func (e *Engine) signalWaits(db *DB, key []byte) {
	w := &e.waits
	if len(w.byKey) == 0 {
		return
	}
	k := waitKey{db.id, string(key)}
	if len(w.byKey[k]) > 0 && !containsKey(w.ready, k) {
		w.ready = append(w.ready, k)
	}
}

// signalAll is signal for every key of a database, in the order of their names, so
// that who is served does not depend on chance.
func (e *Engine) signalAll(db *DB) {
	w := &e.waits
	first := len(w.ready)
	for k := range w.byKey {
		if k.db == db.id {
			w.ready = append(w.ready, k)
		}
	}
	slices.SortFunc(w.ready[first:], func(a, b waitKey) int { return strings.Compare(a.key, b.key) })
}

// wake tries those who wait for the keys that have become ready. It may be called
// in the middle of a batch, between two requests. What a long request has made ready
// waits for its end: until then nobody may see half of it.
func (e *Engine) wake() {
	w := &e.waits
	if w.waking || len(w.ready) == 0 || e.long.suspended {
		return
	}
	w.waking = true
	for len(w.ready) > 0 {
		k := w.ready[0]
		w.ready = w.ready[1:]
		for _, n := range w.byKey[k] { // as it is now: who blocks meanwhile comes later
			if n.sess.waiting != n || n.over || n.sess.gone {
				continue // served meanwhile
			}
			typ := e.typeOf(k)
			if n.onDelete || typ == n.typ {
				e.retry(n)
			} else if typ == value.TypeNone && w.onDelete == 0 {
				break // popped empty: nothing is left for the others
			}
		}
	}
	w.ready = nil
	w.waking = false
}

// typeOf is the type of a key's value.
func (e *Engine) typeOf(k waitKey) string {
	c := e.background(e.clock.NowMs())
	c.db = e.dbs[k.db]
	if it, ok := c.Peek([]byte(k.key)); ok {
		return value.TypeName(it.Kind())
	}
	return value.TypeNone
}

// retry executes the request of a blocked session again.
func (e *Engine) retry(n *wait) {
	s, b := n.sess, n.batch
	saved, argv, batchNs, timedNs := e.ctx, e.argv, e.batchNs, e.timedNs
	e.argv = e.waits.spare
	c := &e.ctx
	*c = Ctx{e: e, sess: s, db: s.db, out: b.Reply, nowMs: e.clock.NowMs()}

	s.waiting, s.retrying = nil, n
	s.serving = true
	r := &b.Requests[b.at]
	b.at++
	e.bind(c, b, r)
	done := e.request(c, r.Cmd)
	s.retrying = nil
	s.serving = false
	if s.waiting != n {
		c.appendPushed()
	}
	b.Reply = c.out

	e.waits.spare = e.argv
	e.ctx, e.argv, e.batchNs, e.timedNs = saved, argv, batchNs, timedNs
	if s.waiting == n {
		b.at--
		return
	}
	e.waits.remove(n)
	if !done { // CLIENT PAUSE has come in between
		b.at--
		s.waiting.batch = b
		return
	}
	s.waiting = n // until its batch goes on
	e.waits.resumed = append(e.waits.resumed, s)
}

// resume lets woken sessions go on with the rest of their pipelines.
func (e *Engine) resume() {
	w := &e.waits
	for len(w.resumed) > 0 {
		s := w.resumed[0]
		w.resumed = w.resumed[1:]
		if s.waiting != nil && !s.gone {
			e.proceed(s)
		}
	}
	w.resumed = nil
}

// proceed serves what a session that waits no more has sent.
func (e *Engine) proceed(s *Session) {
	b := s.waiting.batch
	s.waiting = nil
	parked := s.parked
	s.parked = batchList{}
	e.serve(b)
	for b := parked.pop(); b != nil; b = parked.pop() {
		e.serve(b)
	}
}

// Again executes the request of a session again, if it is blocked.
func (e *Engine) Again(s *Session) {
	n := s.waiting
	switch {
	case n == nil || n.paused || n.over || s.gone:
	case e.long.suspended:
		e.Do(func(*Ctx) { e.Again(s) })
	default:
		e.retry(n)
	}
}

// expireWaits ends the waits whose time has come.
func (e *Engine) expireWaits(nowMs int64) {
	for w := &e.waits; len(w.timed) > 0 && w.timed[0].untilMs <= nowMs; {
		n := w.timed[0]
		heap.Remove(&w.timed, 0)
		e.giveUp(n, nil)
	}
	e.afterRequests()
}

// Unblock is CLIENT UNBLOCK: it ends the wait of a session, as if its time had
// come or with an error, and tells whether it waited.
func (e *Engine) Unblock(s *Session, withError bool) bool {
	n := s.waiting
	if n == nil || n.paused || n.over {
		return false
	}
	var err error
	if withError {
		err = errUnblocked
	}
	e.giveUp(n, err)
	return true
}

const errUnblocked Error = "UNBLOCKED client unblocked via CLIENT UNBLOCK"

// giveUp ends a wait with an error or, without one, as its WaitFor says. The request
// is not executed again: what its keys hold by now does not matter.
func (e *Engine) giveUp(n *wait, err error) {
	s, b := n.sess, n.batch
	c := Ctx{e: e, sess: s, db: s.db, out: b.Reply}
	cmd := b.Requests[b.at].Cmd
	cmd.stats.calls++
	s.lastCmd = cmd
	switch {
	case err != nil:
		e.fail(&c, cmd, err)
	case n.late != nil:
		_ = n.late(&c)
	default:
		c.ReplyNullArray()
	}
	e.dropReply(&c, len(b.Reply))
	b.Reply = c.out
	b.at++
	e.waits.remove(n)
	e.waits.resumed = append(e.waits.resumed, s) // waiting until its batch goes on
}

// afterRequests does what has become due while requests were executed.
func (e *Engine) afterRequests() {
	e.wake()
	e.resume()
	if len(e.tracking.changed) > 0 {
		e.tracking.flush(e)
	}
}

// BlockedClients is the number of sessions that are blocked, those among them that CLIENT
// PAUSE holds up.
func (e *Engine) BlockedClients() int {
	n := e.waits.count
	if e.gates&(gatePause|gatePauseAll) != 0 {
		e.Clients(func(s *Session) bool {
			if s.waiting != nil && s.waiting.paused && !s.waiting.stalled {
				n++
			}
			return true
		})
	}
	return n
}

// BlockingKeys counts the keys that sessions wait for.
func (e *Engine) BlockingKeys() int { return len(e.waits.byKey) }

// BlockingKeysOnNoKey is the number of those that somebody waits for who is to hear of
// their end as well.
func (e *Engine) BlockingKeysOnNoKey() (n int) {
	if e.waits.onDelete == 0 {
		return 0
	}
	for _, waiting := range e.waits.byKey {
		if slices.ContainsFunc(waiting, func(w *wait) bool { return w.onDelete }) {
			n++
		}
	}
	return n
}

// TimedClients is the number of clients that wait until a time at most.
func (e *Engine) TimedClients() int { return len(e.waits.timed) }

// waitHeap orders waits by the time at which they end.
type waitHeap []*wait

func (h waitHeap) Len() int           { return len(h) }
func (h waitHeap) Less(i, j int) bool { return h[i].untilMs < h[j].untilMs }
func (h waitHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].heapAt, h[j].heapAt = i, j
}

// Push implements heap.Interface.
func (h *waitHeap) Push(x any) {
	n := x.(*wait)
	n.heapAt = len(*h)
	*h = append(*h, n)
}

// Pop implements heap.Interface.
func (h *waitHeap) Pop() any {
	last := len(*h) - 1
	n := (*h)[last]
	*h = (*h)[:last]
	n.heapAt = -1
	return n
}
