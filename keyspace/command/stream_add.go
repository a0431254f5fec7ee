package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/stream"
)

// XADD, XLEN, XDEL and XSETID.

func streamAddCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "xadd", Arity: -5, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupStream, Since: "5.0.0",
			Complexity: "O(1) for adding an entry, O(N) for trimming N entries.",
			Summary:    "Appends an entry to a stream; a missing key counts as an empty stream.",
			Hints:      []string{"nondeterministic_output"},
			History: []string{
				"6.2.0 Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option.",
				"7.0.0 Added support for the `<ms>-*` explicit ID form."},
			Syntax: "key [NOMKSTREAM] [trim: <MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> " +
				"field value [field value ...]",
			Handler: xadd},
		{Name: "xlen", Arity: 2, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRO),
			Group: groupStream, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Returns the number of entries of a stream.",
			Syntax:  "key", Handler: xlen},
		{Name: "xdel", Arity: -3, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyDelete),
			Group: groupStream, Since: "5.0.0",
			Complexity: "O(log N) for each entry, where N is the number of entries of the stream.",
			Summary:    "Removes entries from a stream and returns how many there were.",
			Syntax:     "key id [id ...]", Handler: xdel},
		{Name: "xsetid", Arity: -3, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupStream, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Sets the last ID of a stream, and its counters: for restoring one.",
			History: []string{"7.0.0 Added the `entries_added` and `max_deleted_entry_id` arguments."},
			Syntax:  "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
			Handler: xsetID},
	}
}

const (
	errXAddZero  keyspace.Error = "ERR The ID specified in XADD must be greater than 0-0"
	errXAddOrder keyspace.Error = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
	errXAddFull  keyspace.Error = "ERR The stream has exhausted the last possible ID, unable to add more items"
	errXAddSize  keyspace.Error = "ERR Elements are too large to be stored"
)

// addRequest is what XADD asks for.
type addRequest struct {
	trim     trimRequest
	noCreate bool
	idAt     int // of the ID's argument
	id       stream.ID
	anyID    bool // *
	anySeq   bool // 5-*
}

func xadd(c *keyspace.Ctx) error {
	key := c.Arg(1)
	r, err := parseAdd(c)
	if err != nil {
		return err
	}
	pairs := c.Args()[r.idAt+1:]
	if len(pairs) < 2 || len(pairs)%2 == 1 {
		return keyspace.ErrArity("xadd")
	}
	if !r.anyID && !r.anySeq && r.id == stream.Min {
		return errXAddZero
	}
	it, found := c.Write(key)
	s, err := streamOf(c, it, found)
	if err != nil {
		return err
	}
	if !found {
		if r.noCreate {
			return c.ReplyNull()
		}
		s = stream.New(c.Epochs())
	}
	if err := r.chooseID(c, s); err != nil {
		return err
	}

	if found {
		s = c.Mutable(it).(*stream.Stream)
	}
	v := c.Engine().Config().Values()
	limits := stream.Limits{NodeBytes: v.StreamNodeMaxBytes, NodeEntries: v.StreamNodeMaxEntries}
	if s.Append(r.id, pairs, limits) != nil {
		return errXAddSize // its place was found out
	}
	if !found {
		c.PutCollection(key, it, false, value.Stream, s)
	}
	trimmed := r.trim.apply(s)
	r.propagate(c, s)
	c.Modified(key, keyspace.EventStream, "xadd")
	if trimmed > 0 {
		c.Event(key, keyspace.EventStream, "xtrim")
	}

	return replyStreamID(c, r.id)
}

func parseAdd(c *keyspace.Ctx) (r addRequest, err error) {
	o := c.Options(2)
	for r.idAt == 0 && o.Next() {
		switch {
		case o.Is("*"):
			r.idAt, r.anyID = c.Argc()-o.Left()-1, true
		case r.trim.option(c, &o):
		case o.Is("NOMKSTREAM"):
			r.noCreate = true
		default:
			r.idAt = c.Argc() - o.Left() - 1
			var ok bool
			if r.id, r.anySeq, ok = stream.ParsePattern(o.Current()); !ok {
				return r, errStreamID
			}
		}
	}
	if o.Err() != nil {
		return r, o.Err()
	}
	if err := r.trim.check(c); err != nil {
		return r, err
	}
	if r.idAt == 0 {
		return r, keyspace.ErrArity("xadd")
	}
	return r, nil
}

// chooseID completes the ID, and checks that it may come next.
func (r *addRequest) chooseID(c *keyspace.Ctx, s *stream.Stream) error {
	ok := true
	switch {
	case s.LastID() == stream.Max:
		return errXAddFull
	case r.anyID:
		r.id, ok = s.NextID(c.NowMs())
	case r.anySeq:
		r.id, ok = s.NextIDAt(r.id.Ms)
	default:
		ok = s.LastID().Less(r.id)
	}
	if !ok {
		return errXAddOrder
	}
	return nil
}

// propagate records the request with its ID and an exact trim.
func (r *addRequest) propagate(c *keyspace.Ctx, s *stream.Stream) {
	if !r.anyID && !r.anySeq && !r.trim.approximate {
		return
	}
	args := c.Args()
	given := args[r.idAt]
	b := r.id.Append(c.Pack())
	c.Keep(b)
	args[r.idAt] = b
	r.trim.propagate(c, s, len(b))
	args[r.idAt] = given
}

func xlen(c *keyspace.Ctx) error {
	s, err := readStream(c, c.Arg(1))
	if err != nil {
		return err
	}
	if s == nil {
		return c.ReplyInt(0)
	}
	return c.ReplyInt(int64(s.Len()))
}

func xdel(c *keyspace.Ctx) error {
	key := c.Arg(1)
	s, err := writeStream(c, key)
	if err != nil {
		return err
	}
	if s == nil {
		return c.ReplyInt(0)
	}
	for _, arg := range c.Args()[2:] {
		if _, err := parseStreamID(arg); err != nil {
			return err
		}
	}

	s = ownStream(c, key)
	deleted := 0
	for _, arg := range c.Args()[2:] {
		if id, _ := parseStreamID(arg); s.Delete(id) {
			deleted++
		}
	}
	if deleted > 0 {
		c.ModifiedMany(deleted, key, keyspace.EventStream, "xdel")
	}

	return c.ReplyInt(int64(deleted))
}

const (
	errXSetIDAdded        keyspace.Error = "ERR entries_added must be positive"
	errXSetIDGivenDeleted keyspace.Error = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
	errXSetIDDeleted      keyspace.Error = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
	errXSetIDTop          keyspace.Error = "ERR The ID specified in XSETID is smaller than the target stream top item"
	errXSetIDLength       keyspace.Error = "ERR The entries_added specified in XSETID is smaller than the target stream length"
)

func xsetID(c *keyspace.Ctx) error {
	key := c.Arg(1)
	id, err := parseStreamID(c.Arg(2))
	if err != nil {
		return err
	}
	added, deleted := int64(-1), stream.Min
	o := c.Options(3)
	for o.Next() {
		switch {
		case o.Is("ENTRIESADDED") && o.Left() > 0:
			if added = o.Int(); added < 0 {
				o.Fail(errXSetIDAdded)
			}
		case o.Is("MAXDELETEDID") && o.Left() > 0:
			if deleted, err = parseStreamID(o.Arg()); err != nil {
				o.Fail(err)
			} else if id.Less(deleted) {
				o.Fail(errXSetIDGivenDeleted)
			}
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	if o.Err() != nil {
		return o.Err()
	}
	s, err := writeStream(c, key)
	switch {
	case err != nil:
		return err
	case s == nil:
		return keyspace.ErrNoKey
	case id.Less(s.MaxDeletedID()):
		return errXSetIDDeleted
	case id.Less(s.LastEntryID()):
		return errXSetIDTop
	case s.Len() > 0 && added >= 0 && int64(s.Len()) > added:
		return errXSetIDLength
	}

	s = ownStream(c, key)
	s.SetLastID(id)
	if added >= 0 {
		s.SetAdded(uint64(added))
	}
	if deleted != stream.Min {
		s.SetMaxDeletedID(deleted)
	}
	c.Modified(key, keyspace.EventStream, "xsetid")

	return c.OK()
}
