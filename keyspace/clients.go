package keyspace

import (
	"solokv/protocol"
)

// clients are the sessions of all open connections, oldest first.
type clients struct {
	byID       map[int64]*Session
	head, tail *Session
}

func (l *clients) add(s *Session) {
	if l.byID == nil {
		l.byID = make(map[int64]*Session)
	}
	l.byID[s.peer.ID] = s
	s.prev, s.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = s
	} else {
		l.head = s
	}
	l.tail = s
}

func (l *clients) remove(s *Session) {
	if l.byID[s.peer.ID] != s {
		return
	}
	delete(l.byID, s.peer.ID)
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		l.head = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	} else {
		l.tail = s.prev
	}
	s.prev, s.next = nil, nil
}

// opened makes a new connection's session known.
func (e *Engine) opened(s *Session) {
	nowMs := e.clock.NowMs()
	s.createdMs, s.activeMs = nowMs, nowMs
	e.resetSession(s)
	e.clients.add(s)
	e.charge(s, sessionBytes)
	e.stats.connections++
	e.soon()
}

// departed forgets a session whose connection is closed.
func (e *Engine) departed(s *Session) {
	s.gone, s.closing = true, true
	if s.waiting != nil {
		e.waits.remove(s.waiting)
		s.waiting = nil
	}
	s.parked = batchList{}
	e.discardMulti(s)
	e.unlisten(s)
	e.clients.remove(s)
	e.forfeit(s)
}

// unlisten ends everything that would be pushed to a session.
func (e *Engine) unlisten(s *Session) {
	e.unsubscribeAll(s)
	e.Untrack(s)
	e.unmonitor(s)
}

// resetSession makes a session what it is when a connection opens: RESET.
func (e *Engine) resetSession(s *Session) {
	e.discardMulti(s)
	e.unlisten(s)
	s.db, s.proto, s.user, s.name = e.dbs[0], protocol.V2, e.users.Default(), ""
	s.replyOff, s.replySkip, s.noTouch, s.noEvict = false, 0, false, false
	s.gates = 0
	s.authenticated = s.peer.Trusted || !e.NeedsPassword()
	e.settleAccess(s)
}

// Clients calls visit for every session, oldest first, until it returns false.
// visit may kill the session it is given.
func (e *Engine) Clients(visit func(*Session) bool) {
	for s := e.clients.head; s != nil; {
		next := s.next
		if !visit(s) {
			return
		}
		s = next
	}
}

// Client returns the session with that number, or nil.
func (e *Engine) Client(id int64) *Session { return e.clients.byID[id] }

// ClientCount is the number of sessions.
func (e *Engine) ClientCount() int { return len(e.clients.byID) }

// Kill ends a session. The one that is being served still gets its reply.
func (e *Engine) Kill(c *Ctx, s *Session) {
	s.closing = true
	if c == nil || s != c.sess {
		s.gone = true
		e.unlisten(s) // whoever sees the connection closed counts on that
		e.forfeit(s)
		s.peer.Outbox.Kill()
	}
}

// Pause is CLIENT PAUSE: until a time, requests that change data, or all, wait.
type pause struct {
	untilMs int64
	all     bool
}

// pausedFor tells whether a pause really holds up the request.
func (e *Engine) pausedFor(c *Ctx) bool {
	return c.nowMs < e.pause.untilMs && !c.sess.peer.Trusted
}

func (e *Engine) hold(c *Ctx) { c.sess.waiting = &wait{sess: c.sess, paused: true, heapAt: -1} }

// PauseUntil begins a pause, or changes the one in force: a later end wins, and
// a pause of everything is not softened.
func (e *Engine) PauseUntil(untilMs int64, all bool) {
	if e.pause.untilMs > e.clock.NowMs() {
		all = all || e.pause.all
		untilMs = max(untilMs, e.pause.untilMs)
	}
	e.pause = pause{untilMs, all}
	e.gates &^= gatePause | gatePauseAll
	if all {
		e.gates |= gatePauseAll
	} else {
		e.gates |= gatePause
	}
	e.wantTickAt(untilMs, e.clock.NowMs())
}

// Unpause ends a pause, and what was held up goes on.
func (e *Engine) Unpause() {
	e.pause = pause{}
	e.gates &^= gatePause | gatePauseAll
	e.Do(func(*Ctx) { e.goOn() })
}

// goOn serves the batches that were held up, per session in order.
func (e *Engine) goOn() {
	if e.gates&(gatePause|gatePauseAll) != 0 {
		return
	}
	e.Clients(func(s *Session) bool {
		if s.waiting != nil && s.waiting.paused && !s.waiting.long && !s.waiting.stalled {
			e.proceed(s)
		}
		return true
	})
	e.afterRequests()
}
