package keyspace

import (
	"unsafe"

	"solokv/protocol"
)

// Ctx is what a handler sees: one request, and through it the engine. Holding
// one proves that you are on the writer (I1); it is made in call.go only, and
// does not outlive the handler.
type Ctx struct {
	e     *Engine
	sess  *Session
	db    *DB
	cmd   *Command
	args  [][]byte // args[0] is the command's name; of a subcommand, its container's
	nowMs int64

	firstKeyHash uint64
	firstKeyAt   *byte // where the key of firstKeyHash begins

	warmNext, warmCount int // of the engine's warm keys

	out     []byte // the batch's reply
	scratch [64]byte

	muted     bool  // nothing is recorded
	flushed   bool  // those who track keys know that all are gone
	changed   bool  // there is something to record
	changes   int64 // that this request counts as
	effect    effect
	replaying bool // from the journal: nothing expires, nothing is journaled
}

// Engine gives access to what handlers of the server group report and control.
func (c *Ctx) Engine() *Engine { return c.e }

// Session is the client that sent the request.
func (c *Ctx) Session() *Session { return c.sess }

// client is who has sent the request, or the script that executes it.
func (c *Ctx) client() *Session {
	if c.sess.caller != nil {
		return c.sess.caller
	}
	return c.sess
}

// DB is the selected database.
func (c *Ctx) DB() *DB { return c.db }

// Command is the command, or subcommand, being executed.
func (c *Ctx) Command() *Command { return c.cmd }

// Argc is the number of arguments, the name included.
func (c *Ctx) Argc() int { return len(c.args) }

// Arg returns an argument; it is valid until the handler returns (I3).
func (c *Ctx) Arg(i int) []byte { return c.args[i] }

// Args returns all arguments, the name included.
func (c *Ctx) Args() [][]byte { return c.args }

// Int reads an argument as a whole number.
func (c *Ctx) Int(i int) (int64, error) { return ParseInt(c.args[i]) }

// Options walks over the arguments from from on.
func (c *Ctx) Options(from int) Args { return Args{args: c.args, at: from - 1} }

// NowMs is the time of this request, in Unix milliseconds. It does not move
// while a handler runs.
func (c *Ctx) NowMs() int64 { return c.nowMs }

// Proto is the version of RESP that the client speaks: 2 or 3.
func (c *Ctx) Proto() int { return c.sess.proto }

// Replaying tells whether the request comes from the journal.
func (c *Ctx) Replaying() bool { return c.replaying }

// hashOf is the hash of key: the one that the connection has computed already
// if key is the request's first, or that Warm has.
func (c *Ctx) hashOf(key []byte) uint64 {
	at := unsafe.SliceData(key)
	if at == c.firstKeyAt && at != nil { // an empty argument of a script is nowhere
		return c.firstKeyHash
	}
	if c.warmNext < c.warmCount {
		if w := &c.e.warm[c.warmNext]; w.at == at && w.len == len(key) {
			c.warmNext++
			return w.hash
		}
	}
	return hashKey(key)
}

// ReplyBy lets append write the reply, or the rest of it.
func (c *Ctx) ReplyBy(append func(dst []byte) []byte) { c.out = append(c.out) }

// CountFailure counts the error that was written since mark, which the statistics have
// not seen.
func (c *Ctx) CountFailure(mark int) {
	c.cmd.stats.failed++
	if text := c.out[mark:]; len(text) > 1 {
		c.e.stats.countError(string(text[1:]))
	}
}

// OK replies +OK.
func (c *Ctx) OK() error {
	c.out = append(c.out, "+OK\r\n"...)
	return nil
}

// Simple replies a status line.
func (c *Ctx) Simple(s string) error {
	c.out = protocol.AppendSimple(c.out, s)
	return nil
}

// Reply writes an integer.
func (c *Ctx) ReplyInt(n int64) error {
	c.out = protocol.AppendInt(c.out, n)
	return nil
}

// ReplyFlag replies 1 or 0.
func (c *Ctx) ReplyFlag(yes bool) error {
	if yes {
		c.out = append(c.out, ":1\r\n"...)
	} else {
		c.out = append(c.out, ":0\r\n"...)
	}
	return nil
}

// ReplyBool replies a boolean: an integer in RESP2.
func (c *Ctx) ReplyBool(yes bool) error {
	c.out = protocol.AppendBool(c.out, yes, c.sess.proto)
	return nil
}

// ReplyBulk replies bytes.
func (c *Ctx) ReplyBulk(b []byte) error {
	c.out = protocol.AppendBulk(c.out, b)
	return nil
}

// ReplyString replies a string.
func (c *Ctx) ReplyString(s string) error {
	c.out = protocol.AppendBulkString(c.out, s)
	return nil
}

// ReplyDouble replies a floating-point number.
func (c *Ctx) ReplyDouble(f float64) error {
	c.out = protocol.AppendDouble(c.out, f, c.sess.proto)
	return nil
}

// ReplyDoubleHuman replies a number with all its digits and no exponent.
func (c *Ctx) ReplyDoubleHuman(f float64) error {
	var text [40]byte
	digits := protocol.AppendFloatHuman(text[:0], f)
	if c.sess.proto < protocol.V3 {
		return c.ReplyBulk(digits)
	}
	c.out = append(append(append(c.out, ','), digits...), "\r\n"...)
	return nil
}

// ReplyVerbatim replies text for people.
func (c *Ctx) ReplyVerbatim(text string) error {
	c.out = protocol.AppendVerbatim(c.out, "txt", text, c.sess.proto)
	return nil
}

// ReplyNull replies the null.
func (c *Ctx) ReplyNull() error {
	c.out = protocol.AppendNull(c.out, c.sess.proto)
	return nil
}

// ReplyNullArray replies the null of commands whose reply is an array.
func (c *Ctx) ReplyNullArray() error {
	c.out = protocol.AppendNullArray(c.out, c.sess.proto)
	return nil
}

// ReplyArray begins an array of n replies.
func (c *Ctx) ReplyArray(n int) error {
	c.out = protocol.AppendArray(c.out, n)
	return nil
}

// ReplyMap begins a map of n pairs.
func (c *Ctx) ReplyMap(n int) error {
	c.out = protocol.AppendMap(c.out, n, c.sess.proto)
	return nil
}

// ReplySet begins a set of n replies.
func (c *Ctx) ReplySet(n int) error {
	c.out = protocol.AppendSet(c.out, n, c.sess.proto)
	return nil
}

// ReplyStrings replies an array of strings.
func (c *Ctx) ReplyStrings(list []string) error {
	c.ReplyArray(len(list))
	for _, s := range list {
		c.ReplyString(s)
	}
	return nil
}

// ReplySimples replies an array of status lines.
func (c *Ctx) ReplySimples(list []string) error {
	c.ReplyArray(len(list))
	for _, s := range list {
		c.Simple(s)
	}
	return nil
}

// ReplyMark and ReplyArrayAt serve replies whose length is known at the end:
//
//	mark := c.ReplyMark()
//	... write n replies ...
//	c.ReplyArrayAt(mark, n)
func (c *Ctx) ReplyMark() int { return len(c.out) }

// ReplyCut takes back what was written since mark.
func (c *Ctx) ReplyCut(mark int) { c.out = c.out[:mark] }

// ReplyArrayAt puts the header of an array of n before what was written since mark.
func (c *Ctx) ReplyArrayAt(mark, n int) {
	var header [24]byte
	c.insertReply(mark, protocol.AppendArray(header[:0], n))
}

// ReplySetAt is ReplyArrayAt for a set.
func (c *Ctx) ReplySetAt(mark, n int) {
	var header [24]byte
	c.insertReply(mark, protocol.AppendSet(header[:0], n, c.sess.proto))
}

func (c *Ctx) insertReply(mark int, header []byte) {
	c.out = append(c.out, header...)
	copy(c.out[mark+len(header):], c.out[mark:])
	copy(c.out[mark:], header)
}
