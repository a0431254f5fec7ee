package command

import (
	"bytes"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/stream"
)

// XREAD and XREADGROUP: the options, what is there for whom, and waiting. What is
// delivered to a member of a group is in stream_deliver.go.

func streamReadCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "xread", Arity: -4, Flags: keyspace.ReadOnly | keyspace.Blocking,
			Keys:  streamsKeys(1),
			Group: groupStream, Since: "5.0.0",
			Complexity: "O(log N + M) for each stream, where N is the number of its entries and M of those " +
				"returned. An XADD pays for each client that it wakes.",
			Summary: "Returns the entries of streams behind given IDs; waits for them, if asked to.",
			Syntax:  "[COUNT count] [BLOCK milliseconds] <STREAMS key [key ...] id [id ...]>",
			Handler: xread},
		{Name: "xreadgroup", Arity: -7, Flags: keyspace.Write | keyspace.Blocking,
			Keys:  streamsKeys(4),
			Group: groupStream, Since: "5.0.0",
			Complexity: "O(M log N) for each stream, where M is the number of entries returned and N that of " +
				"those pending. An XADD pays for each client that it wakes.",
			Summary: "Returns entries of streams that are new to a consumer group, or pending for a consumer; " +
				"waits for new ones, if asked to.",
			Syntax: "<GROUP group consumer> [COUNT count] [BLOCK milliseconds] [NOACK] " +
				"<STREAMS key [key ...] id [id ...]>",
			Handler: xreadGroup},
	}
}

func streamsKeys(from int) []keyspace.KeySpec {
	return []keyspace.KeySpec{{Flags: keyspace.KeyRO | keyspace.KeyAccess,
		Keyword: "STREAMS", Begin: from, Last: -1, Step: 1, Limit: 2}}
}

const (
	errReadGroupOnly keyspace.Error = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
	errReadNoAckOnly keyspace.Error = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
	errReadNoGroup   keyspace.Error = "ERR Missing GROUP option for XREADGROUP"
	errReadNew       keyspace.Error = "ERR The > ID can be specified only when calling XREADGROUP using the " +
		"GROUP <group> <consumer> option."
	errReadLast  keyspace.Error = "ERR The $ ID is meaningless in the context of XREADGROUP" + errReadAdvice + "$" + errReadEmpty
	errReadFinal keyspace.Error = "ERR The + ID is meaningless in the context of XREADGROUP" + errReadAdvice + "+" + errReadEmpty

	errReadAdvice = ": you want to read the history of this consumer by specifying a proper ID, or use the > ID " +
		"to get new messages. The "
	errReadEmpty = " ID would just return an empty result set."
)

// readRequest is what XREAD or XREADGROUP asks for.
type readRequest struct {
	ofGroup  bool
	group    []byte
	consumer []byte
	noAck    bool
	count    int64 // 0: all
	wait     bool
	untilMs  int64
	keys     [][]byte
	texts    [][]byte    // of the IDs
	after    []stream.ID // entries behind these are wanted
	fresh    []bool      // >: those that are new to the group
	has      []bool      // there is something to reply
}

func xread(c *keyspace.Ctx) error      { return xreadGeneric(c, false) }
func xreadGroup(c *keyspace.Ctx) error { return xreadGeneric(c, true) }

func xreadGeneric(c *keyspace.Ctx, ofGroup bool) error {
	r := readRequest{ofGroup: ofGroup}
	if err := r.parse(c); err != nil {
		return err
	}
	if err := r.resolve(c); err != nil {
		return err
	}
	if ofGroup {
		c.PropagateNothing() // but for what it does
		r.enroll(c)
	}

	served := 0
	for i := range r.keys {
		if r.has[i] = r.hasMore(c, i); r.has[i] {
			served++
		}
	}
	switch {
	case served > 0:
		r.reply(c, served)
		return nil
	case r.wait:
		return c.Block(keyspace.WaitFor{Type: value.TypeStream, UntilMs: r.untilMs, Keys: r.keys,
			OnDelete: ofGroup, Note: r.after})
	}
	return c.ReplyNullArray()
}

func (r *readRequest) parse(c *keyspace.Ctx) (err error) {
	o := c.Options(1)
	for len(r.keys) == 0 && o.Next() {
		if o.Left() == 0 && !o.Is("NOACK") {
			return keyspace.ErrSyntax
		}
		switch {
		case o.Is("BLOCK"):
			r.wait = true
			r.untilMs, err = c.BlockUntilMs(o.Arg())
			o.Fail(err)
		case o.Is("COUNT"):
			r.count = max(o.Int(), 0)
		case o.Is("STREAMS"):
			list := c.Args()[c.Argc()-o.Left():]
			if len(list)%2 != 0 {
				return r.unbalanced()
			}
			r.keys, r.texts = list[:len(list)/2], list[len(list)/2:]
		case o.Is("GROUP") && o.Left() >= 2:
			if !r.ofGroup {
				return errReadGroupOnly
			}
			r.group, r.consumer = o.Arg(), o.Arg()
		case o.Is("NOACK"):
			if !r.ofGroup {
				return errReadNoAckOnly
			}
			r.noAck = true
		default:
			return keyspace.ErrSyntax
		}
	}
	switch {
	case o.Err() != nil:
		return o.Err()
	case len(r.keys) == 0:
		return keyspace.ErrSyntax
	case r.ofGroup && r.group == nil:
		return errReadNoGroup
	}
	return nil
}

func (r *readRequest) unbalanced() error {
	name, mark := "xread", "$"
	if r.ofGroup {
		name, mark = "xreadgroup", ">"
	}
	return keyspace.Errorf("ERR Unbalanced '%s' list of streams: for each stream key an ID or '%s' must be specified.",
		name, mark)
}

// resolve finds out what the IDs stand for. A request that has waited keeps what
// they stood for when it came: $ is the end of the stream of that moment.
func (r *readRequest) resolve(c *keyspace.Ctx) error {
	r.after, r.has = make([]stream.ID, len(r.keys)), make([]bool, len(r.keys))
	if r.ofGroup {
		r.fresh = make([]bool, len(r.keys))
	}
	recalled, _ := c.Recalled().([]stream.ID)
	for i, key := range r.keys {
		s, err := readStream(c, key)
		if err != nil {
			return err
		}
		if r.ofGroup && (s == nil || s.Group(r.group) == nil) {
			return keyspace.Errorf("NOGROUP No such key '%s' or consumer group '%s' in XREADGROUP with GROUP option",
				key, r.group)
		}
		if err := r.resolveID(i, s); err != nil {
			return err
		}
		if recalled != nil {
			r.after[i] = recalled[i]
		}
	}
	return nil
}

func (r *readRequest) resolveID(i int, s *stream.Stream) (err error) {
	switch text := r.texts[i]; string(text) {
	case "$":
		if r.ofGroup {
			return errReadLast
		}
		if s != nil {
			r.after[i] = s.LastID()
		}
	case "+":
		if r.ofGroup {
			return errReadFinal
		}
		if s != nil {
			r.after[i] = s.LastID()
			if last := s.LastEntryID(); last != stream.Min {
				r.after[i], _ = last.Prev()
			}
		}
	case ">":
		if !r.ofGroup {
			return errReadNew
		}
		r.fresh[i] = true
	default:
		r.after[i], err = parseStreamID(text)
		if r.ofGroup {
			r.fresh[i] = r.after[i] == stream.Max // that is how Redis keeps >
		}
	}
	return err
}

// hasMore tells whether a stream is part of the reply: the history of a consumer
// always is. As in Redis, this is one more look at the key, and one more miss.
func (r *readRequest) hasMore(c *keyspace.Ctx, i int) bool {
	s, _ := readStream(c, r.keys[i])
	if r.ofGroup && !r.fresh[i] {
		return true
	}
	if s == nil {
		return false
	}
	skip := int64(0)
	if r.ofGroup {
		r.after[i] = s.Group(r.group).LastID
		for j := range i { // the same stream once more gets what the first leaves
			if r.fresh[j] && bytes.Equal(r.keys[j], r.keys[i]) {
				if skip += r.count; r.count == 0 {
					return false
				}
			}
		}
	}
	return hasBehind(s, r.after[i], skip)
}

// hasBehind tells whether there are more than skip entries behind an ID.
func hasBehind(s *stream.Stream, after stream.ID, skip int64) bool {
	if !after.Less(s.LastID()) {
		return false
	}
	first, _ := after.Next()
	for walk := s.Between(first, stream.Max); walk.Next(); skip-- {
		if skip == 0 {
			return true
		}
	}
	return false
}

// reply writes the streams that have something: pairs in RESP2, a map in RESP3.
func (r *readRequest) reply(c *keyspace.Ctx, served int) {
	if c.Proto() == 2 {
		c.ReplyArray(served)
	} else {
		c.ReplyMap(served)
	}
	for i, key := range r.keys {
		if !r.has[i] {
			continue
		}
		if c.Proto() == 2 {
			c.ReplyArray(2)
		}
		c.ReplyBulk(key)
		switch {
		case !r.ofGroup:
			it, _ := c.Peek(key)
			first, _ := r.after[i].Next()
			s, _ := streamOf(c, it, true)
			replyEntries(c, s.Between(first, stream.Max), r.count)
		case r.fresh[i]:
			r.deliver(c, key)
		default:
			r.history(c, key, r.after[i])
		}
	}
}
