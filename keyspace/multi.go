package keyspace

import (
	"slices"
	"strings"
)

// Transactions. After MULTI a session's requests are checked as ever, but queued;
// EXEC executes them one after the other. Nobody else can come in between: there is
// one writer. What they change is one transaction in the journal too.
//
//	MULTI      queue opens             gateMulti leads every request of the session to gated
//	SET a 1    +QUEUED                 copied: its batch is reused
//	INCR a     +QUEUED
//	EXEC       [OK, 2]                 journal: MULTI, SET a 1, INCR a, EXEC
//
// A request that is refused while it would be queued spoils the transaction: EXEC
// executes none. An error of a request that EXEC executes does not stop the others.

// transaction is the queue of a session.
type transaction struct {
	data    []byte // of all arguments, one after the other
	ends    []int  // of every argument in data
	charged int64  // to the session, for all of this
	queue   []queued
	gates   gate // that any of the requests is subject to
	flags   Flags
	spoiled bool
}

// queued is a request of a transaction.
type queued struct {
	cmd  *Command
	argc int
}

// transactionKeptBytes is how much of a queue's memory is kept for the next one.
const transactionKeptBytes = 64 << 10

// The replies of transactions, in Redis's words.
const (
	errNested      Error = "ERR MULTI calls can not be nested"
	errExecAlone   Error = "ERR EXEC without MULTI"
	errDiscard     Error = "ERR DISCARD without MULTI"
	errWatchInside Error = "ERR WATCH inside MULTI is not allowed"
	errNotInMulti  Error = "ERR Command not allowed inside a transaction"
	errSpoiled     Error = "EXECABORT Transaction discarded because of previous errors."
)

// InMulti tells whether the session's requests are queued.
func (s *Session) InMulti() bool { return s.gates&gateMulti != 0 }

// inTransaction tells whether requests are queued, or EXEC executes them.
func (s *Session) inTransaction() bool {
	return s.InMulti() || s.multi != nil && len(s.multi.queue) > 0
}

// Queued is the number of requests that are queued, or -1 without MULTI, and their
// bytes.
func (s *Session) Queued() (requests, bytes int) {
	if !s.InMulti() {
		return -1, 0
	}
	return len(s.multi.queue), len(s.multi.data)
}

// Multi is MULTI.
func (c *Ctx) Multi() error {
	s := c.sess
	if s.InMulti() {
		return errNested
	}
	if s.multi == nil {
		s.multi = new(transaction)
	}
	s.gates |= gateMulti
	return nil
}

// Discard is DISCARD.
func (c *Ctx) Discard() error {
	if !c.sess.InMulti() {
		return errDiscard
	}
	c.e.discardMulti(c.sess)
	return nil
}

// discardMulti forgets the queue and the watched keys.
func (e *Engine) discardMulti(s *Session) {
	e.closeMulti(s)
	e.unwatch(s)
}

func (e *Engine) closeMulti(s *Session) {
	s.gates &^= gateMulti
	if s.multi == nil {
		return
	}
	t := s.multi
	if t.bytes() > transactionKeptBytes {
		s.multi = nil
		e.charge(s, -t.charged)
		return
	}
	*t = transaction{data: t.data[:0], ends: t.ends[:0], queue: t.queue[:0], charged: t.charged}
}

// bytes is the memory of the queue.
func (t *transaction) bytes() int64 { return int64(cap(t.data) + cap(t.ends)*8 + cap(t.queue)*16) }

// spoil makes EXEC fail because a request was refused.
func (s *Session) spoil() {
	if s.InMulti() {
		s.multi.spoiled = true
	}
}

// enqueue puts a request into the queue of its session.
func (e *Engine) enqueue(c *Ctx, cmd *Command) {
	s := c.sess
	if cmd.Flags&NoMulti != 0 {
		e.reject(c, cmd, errNotInMulti)
		return
	}
	t := s.multi
	for _, arg := range c.args {
		t.data = append(t.data, arg...)
		t.ends = append(t.ends, len(t.data))
	}
	t.queue = append(t.queue, queued{cmd, len(c.args)})
	t.gates |= cmd.gates
	t.flags |= cmd.Flags
	if bytes := t.bytes(); bytes != t.charged {
		e.charge(s, bytes-t.charged)
		t.charged = bytes
	}
	if len(t.data) > int(e.values.ClientQueryBufferLimit) {
		e.log.Warn().Int64("client", s.ID()).Msg("a transaction exceeds client-query-buffer-limit: the connection is closed")
		e.Kill(c, s)
		return
	}
	c.out = append(c.out, "+QUEUED\r\n"...)
}

// Exec is EXEC.
func (c *Ctx) Exec() error {
	e, s := c.e, c.sess
	switch {
	case !s.InMulti():
		return errExecAlone
	case s.multi.spoiled:
		e.discardMulti(s)
		return errSpoiled
	case e.watchBroken(s):
		e.discardMulti(s)
		return c.ReplyNullArray()
	}
	e.unwatch(s)
	e.execAll(c, s.multi)
	e.closeMulti(s)
	return nil
}

// execAll executes a queue. The context is that of EXEC before and after.
func (e *Engine) execAll(c *Ctx, t *transaction) {
	args, cmd := c.args, c.cmd
	own := e.argv
	e.argv = slices.Grow(e.spareArgv[:0], 16)
	c.sess.gates &^= gateMulti
	e.exec = execOpen

	c.ReplyArray(len(t.queue))
	begin, at := 0, 0
	for _, q := range t.queue {
		e.argv = e.argv[:0]
		for _, end := range t.ends[at : at+q.argc] {
			e.argv = append(e.argv, t.data[begin:end:end])
			begin = end
		}
		at += q.argc
		c.args, c.cmd, c.firstKeyAt = e.argv, q.cmd, nil
		c.warmNext, c.warmCount = 0, 0
		if !e.denyQueued(c, q.cmd) {
			e.call(c, q.cmd)
		}
	}

	e.endTransaction()
	e.spareArgv, e.argv = e.argv[:0], own
	c.args, c.cmd, c.firstKeyAt = args, cmd, nil
}

// execState tells how the requests of EXEC are recorded.
type execState uint8

const (
	execNone    execState = iota
	execOpen              // EXEC runs; nothing has been recorded yet
	execWritten           // ... MULTI has been
)

// openTransaction puts MULTI in front of the first record of an EXEC.
func (e *Engine) openTransaction(buffer []byte) []byte {
	if e.exec != execOpen {
		return buffer
	}
	e.exec = execWritten
	return append(buffer, recordMulti...)
}

func (e *Engine) endTransaction() {
	if e.exec == execWritten {
		e.commitJournal(append(e.journal.Begin(0), recordExec...))
	}
	e.exec = execNone
}

// InExec tells whether the request is one that EXEC, or a script, executes. It must not
// block, and the journal cannot be cut here.
func (c *Ctx) InExec() bool { return c.e.exec != execNone || c.e.scripting }

// errExecAborted is the reply to an EXEC that is not executed at all.
func errExecAborted(reason error) Error {
	return Error("EXECABORT Transaction discarded because of: " + strings.TrimPrefix(reason.Error(), "ERR "))
}
