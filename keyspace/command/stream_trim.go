package command

import (
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value/stream"
)

// XTRIM, and the same options in XADD.

func streamTrimCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "xtrim", Arity: -4, Flags: keyspace.Write,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyDelete),
			Group: groupStream, Since: "5.0.0",
			Complexity: "O(N) where N is the number of entries that are removed, which go by whole nodes.",
			Summary:    "Removes the oldest entries of a stream, down to a length or up to an ID.",
			Hints:      []string{"nondeterministic_output"},
			History:    []string{"6.2.0 Added the `MINID` trimming strategy and the `LIMIT` option."},
			Syntax:     "key <trim: <MAXLEN | MINID> [= | ~] threshold [LIMIT count]>",
			Handler:    xtrim},
	}
}

const (
	errTrimTwice keyspace.Error = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
	errTrimLen   keyspace.Error = "ERR The MAXLEN argument must be >= 0."
	errTrimLimit keyspace.Error = "ERR The LIMIT argument must be >= 0."
	errTrimAlone keyspace.Error = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
	errTrimExact keyspace.Error = "ERR syntax error, LIMIT cannot be used without the special ~ option"
	errTrimNone  keyspace.Error = "ERR syntax error, XTRIM must be called with a trimming strategy"

	// An approximate trim removes this many nodes' entries at most if not told
	// otherwise, so that no request takes long.
	trimNodesMax      = 100
	trimLimitMax      = 1_000_000
	trimLimitFallback = 10_000
)

// trimRequest is how XADD or XTRIM wants a stream trimmed.
type trimRequest struct {
	stream.Trim
	asked       bool
	approximate bool
	limited     bool
	thresholdAt int // of the argument; the operator, if any, is before it
}

// option reads an option if it is about trimming.
func (t *trimRequest) option(c *keyspace.Ctx, o *keyspace.Args) bool {
	switch {
	case o.Left() == 0:
		return false
	case o.Is("MAXLEN"), o.Is("MINID"):
		if t.asked {
			o.Fail(errTrimTwice)
			return true
		}
		t.asked, t.ByID = true, o.Is("MINID")
		arg := o.Arg()
		if mark := string(arg); o.Left() > 0 && (mark == "~" || mark == "=") {
			t.approximate = mark == "~"
			arg = o.Arg()
		}
		t.thresholdAt = c.Argc() - o.Left() - 1
		t.threshold(arg, o)
	case o.Is("LIMIT"):
		if t.Limit = o.Int(); t.Limit < 0 {
			o.Fail(errTrimLimit)
		}
		t.limited = true
	default:
		return false
	}
	return true
}

func (t *trimRequest) threshold(arg []byte, o *keyspace.Args) {
	var err error
	if t.ByID {
		t.MinID, err = parseStreamID(arg)
	} else if t.LenMax, err = keyspace.ParseInt(arg); err == nil && t.LenMax < 0 {
		err = errTrimLen
	}
	o.Fail(err)
}

// check looks at the options together. What is replayed was trimmed exactly, and
// may still carry the limit of an approximate request.
func (t *trimRequest) check(c *keyspace.Ctx) error {
	t.WholeNodes = t.approximate
	switch {
	case t.Limit > 0 && !t.asked:
		return errTrimAlone
	case c.Replaying():
		t.Limit = 0
	case t.limited && !t.approximate:
		return errTrimExact
	case t.approximate && !t.limited:
		t.Limit = trimNodesMax * int64(c.Engine().Config().Values().StreamNodeMaxEntries)
		if t.Limit <= 0 {
			t.Limit = trimLimitFallback
		}
		t.Limit = min(t.Limit, trimLimitMax)
	}
	return nil
}

func (t *trimRequest) apply(s *stream.Stream) (removed int64) {
	if !t.asked {
		return 0
	}
	return s.Trim(t.Trim)
}

// propagate records the request with an exact trim in place of an approximate one.
// The first used bytes of c.Pack hold other arguments.
func (t *trimRequest) propagate(c *keyspace.Ctx, s *stream.Stream, used int) {
	args := c.Args()
	if !t.approximate {
		c.PropagateAs(args...)
		return
	}
	mark, threshold := args[t.thresholdAt-1], args[t.thresholdAt]
	b := c.Pack()[:used]
	if t.ByID {
		b = s.FirstID().Append(b)
	} else {
		b = strconv.AppendInt(b, int64(s.Len()), 10)
	}
	args[t.thresholdAt-1], args[t.thresholdAt] = wordEqual, b[used:]
	c.PropagateAs(args...)
	args[t.thresholdAt-1], args[t.thresholdAt] = mark, threshold
	c.Keep(b)
}

func xtrim(c *keyspace.Ctx) error {
	key := c.Arg(1)
	var t trimRequest
	o := c.Options(2)
	for o.Next() {
		if !t.option(c, &o) {
			o.Fail(keyspace.ErrSyntax)
		}
	}
	if o.Err() != nil {
		return o.Err()
	}
	if !t.asked && t.Limit == 0 {
		return errTrimNone
	}
	if err := t.check(c); err != nil {
		return err
	}
	s, err := writeStream(c, key)
	if err != nil {
		return err
	}
	if s == nil {
		return c.ReplyInt(0)
	}

	s = ownStream(c, key)
	removed := t.apply(s)
	if removed > 0 {
		t.propagate(c, s, 0)
		c.ModifiedMany(int(removed), key, keyspace.EventStream, "xtrim")
	}

	return c.ReplyInt(removed)
}
