package keyspace

import "sync/atomic"

// Pushes: what a client is sent without having asked for it just now: published
// messages, key-space events, invalidations, MONITOR's lines.
//
// A message is encoded once and shared by all its receivers, which count themselves:
//
//	writer   m := e.message();  m.Data = ...;  e.push(s, m) for each s;  m.Release()
//	loop     keeps m until the socket has taken it;                      m.Release()
//
// Messages are used again, so that publishing allocates nothing. The last to let go
// may be a loop's goroutine: it gives the message back through a stack that the writer
// takes whole.
//
// A push takes the road of replies and keeps its place among them. Two cases are
// special. To the session that is being served it goes behind the reply of the
// request that causes it (EXEC and scripts are one request). And where replies wait
// for the journal it waits behind them, as it may tell of what is not yet safe (I5).

// Message is bytes that several connections are sent.
type Message struct {
	Data []byte

	holders atomic.Int32
	pool    *messagePool
	next    *Message
}

// Retain makes the caller one more of those who hold the message.
func (m *Message) Retain() { m.holders.Add(1) }

// Release lets go of it. Any goroutine may call it.
func (m *Message) Release() {
	if m.holders.Add(-1) == 0 {
		m.pool.give(m)
	}
}

// messagePool keeps messages that nobody holds, up to poolBytesMax: a subscriber who does
// not read may have had a million of them.
type messagePool struct {
	free     *Message // the writer's
	returned atomic.Pointer[Message]
	bytes    atomic.Int64 // of all that are kept
}

const (
	poolBytesMax = 1 << 20
	messageBytes = 48 // of one, without its data
)

// keptBytes is what the message takes while nobody needs it.
func (m *Message) keptBytes() int64 { return messageBytes + int64(cap(m.Data)) }

func (p *messagePool) give(m *Message) {
	n := m.keptBytes()
	if n > bufferKeptMax {
		return
	}
	if p.bytes.Add(n) > poolBytesMax {
		p.bytes.Add(-n)
		return
	}
	for {
		top := p.returned.Load()
		m.next = top
		if p.returned.CompareAndSwap(top, m) {
			return
		}
	}
}

// take returns an empty message that the caller holds.
func (p *messagePool) take() *Message {
	if p.free == nil {
		p.free = p.returned.Swap(nil)
	}
	m := p.free
	if m == nil {
		m = &Message{pool: p}
	} else {
		p.free, m.next = m.next, nil
		p.bytes.Add(-m.keptBytes())
	}
	m.Data = m.Data[:0]
	m.holders.Store(1)
	return m
}

// push sends a message to a session. The caller still holds it afterwards.
func (e *Engine) push(s *Session, m *Message) {
	if s.gone || s.closing {
		return
	}
	s.outputBytes += int64(len(m.Data))
	e.stats.outputBytes += int64(len(m.Data))
	switch {
	case s.serving:
		s.pushed = append(s.pushed, m.Data...)
	case e.repliesWait():
		m.Retain()
		e.cover(&Batch{sess: s, message: m})
	default:
		s.peer.Outbox.Push(m)
	}
}

// appendPushed puts what was pushed to the session while its request was executed
// behind the reply.
func (c *Ctx) appendPushed() {
	s := c.sess
	c.out = append(c.out, s.pushed...)
	if s.pushed = s.pushed[:0]; cap(s.pushed) > bufferKeptMax {
		s.pushed = nil
	}
}
