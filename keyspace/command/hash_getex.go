package command

import (
	"math"

	"solokv/keyspace"
)

// HGETEX, HSETEX and HGETDEL, which Redis has since 8.0: fields that are read or
// written and get an expiry, or go, in one step.

func hashGetEXCommands() []*keyspace.Command {
	const times = "EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | "
	return []*keyspace.Command{
		{Name: "hgetex", Arity: -5, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate),
			Group: groupHash, Since: "8.0.0", Complexity: hashFieldsCost,
			Summary: "Returns the values of fields of a hash and sets or removes their expiry.",
			Syntax:  "key [" + times + "PERSIST] FIELDS " + hashFieldsSyntax, Handler: hgetEX},
		{Name: "hsetex", Arity: -6, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupHash, Since: "8.0.0", Complexity: hashFieldsCost,
			Summary: "Sets the values of fields of a hash and their expiry.",
			Syntax: "key [FNX | FXX] [" + times + "KEEPTTL] FIELDS " +
				"<fields: numfields field value [field value ...]>", Handler: hsetEX},
		{Name: "hgetdel", Arity: -5, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyDelete),
			Group: groupHash, Since: "8.0.0", Complexity: hashFieldsCost,
			Summary: "Returns the values of fields of a hash and deletes the fields.",
			Syntax:  "key FIELDS " + hashFieldsSyntax, Handler: hgetDel},
	}
}

const (
	errHashLifetime  keyspace.Error = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
	errHashCondition keyspace.Error = "ERR Only one of FXX or FNX arguments can be specified"
	errHashNumber    keyspace.Error = "ERR invalid number of fields"
)

// fieldLifetime tells which of the options that a time follows arg is.
func fieldLifetime(c *keyspace.Ctx, arg []byte) (unitMs, fromMs int64, ok bool) {
	switch {
	case keyspace.EqualFold(arg, "EX"):
		return 1000, c.NowMs(), true
	case keyspace.EqualFold(arg, "PX"):
		return 1, c.NowMs(), true
	case keyspace.EqualFold(arg, "EXAT"):
		return 1000, 0, true
	case keyspace.EqualFold(arg, "PXAT"):
		return 1, 0, true
	}
	return 0, 0, false
}

func hgetEX(c *keyspace.Ctx) error {
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	at, atMs, persist := 2, int64(noFieldExpiry), keyspace.EqualFold(c.Arg(2), "PERSIST")
	unitMs, fromMs, timed := fieldLifetime(c, c.Arg(2))
	switch {
	case persist:
		at = 3
	case timed:
		at = 4
		if atMs, err = fieldExpiry(c, c.Arg(3), unitMs, fromMs); err != nil {
			return err
		}
	}
	if at+1 >= c.Argc() && keyspace.EqualFold(c.Arg(at), "FIELDS") {
		return keyspace.ErrArity("hgetex")
	}
	fields, err := hashFields(c, at, errFieldsPositive)
	if err != nil {
		return err
	}

	var room [fieldsPerCall][]byte
	changed := room[:0]
	c.ReplyArray(len(fields))
	for _, field := range fields {
		h.replyValue(field)
		p, ok := h.peek(field)
		switch {
		case !ok:
		case timed:
			h.expireField(field, atMs, expiryCondition{})
			changed = append(changed, field)
		case persist && h.ExpireAt(p) != 0:
			h.setExpiry(p, field, noFieldExpiry)
			changed = append(changed, field)
		}
	}
	if !persist {
		h.closeExpiry(atMs, changed)
		return nil
	}
	h.close("hpersist")
	if len(changed) > 0 {
		recordPersisted(c, changed)
	}
	return nil
}

func hgetDel(c *keyspace.Ctx) error {
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	fields, err := hashFields(c, 2, errFieldsPositive)
	if err != nil {
		return err
	}

	var room [fieldsPerCall][]byte
	changed := room[:0]
	c.ReplyArray(len(fields))
	for _, field := range fields {
		h.replyValue(field)
		if p, ok := h.peek(field); ok {
			h.delete(p)
			changed = append(changed, field)
		}
	}
	h.close("hdel")
	if len(changed) > 0 {
		recordFields(c, wordHDel, changed)
	}
	return nil
}

// hsetEXOptions are those of HSETEX.
type hsetEXOptions struct {
	fnx, fxx, keep, timed bool
	atMs                  int64
	pairs                 [][]byte // field, value, ...
}

// parse reads the options in the order in which they come: the first that is wrong
// is the one that is reported.
func (s *hsetEXOptions) parse(c *keyspace.Ctx) error {
	for at := 2; at < c.Argc(); at++ {
		arg := c.Arg(at)
		unitMs, fromMs, timed := fieldLifetime(c, arg)
		fnx, fxx := keyspace.EqualFold(arg, "FNX"), keyspace.EqualFold(arg, "FXX")
		keep := keyspace.EqualFold(arg, "KEEPTTL")
		switch {
		case keyspace.EqualFold(arg, "FIELDS"):
			return s.parsePairs(c, at+1)
		case (fnx || fxx) && (s.fnx || s.fxx):
			return errHashCondition
		case (timed || keep) && (s.timed || s.keep):
			return errHashLifetime
		case timed && at+1 == c.Argc():
			return keyspace.ErrArity("hsetex")
		case timed:
			atMs, err := fieldExpiry(c, c.Arg(at+1), unitMs, fromMs)
			if err != nil {
				return err
			}
			s.timed, s.atMs = true, atMs
			at++
		case fnx || fxx || keep:
			s.fnx, s.fxx, s.keep = s.fnx || fnx, s.fxx || fxx, s.keep || keep
		default:
			return keyspace.Errorf("ERR unknown argument: %s", arg)
		}
	}
	return keyspace.ErrArity("hsetex")
}

func (s *hsetEXOptions) parsePairs(c *keyspace.Ctx, at int) error {
	if c.Argc()-at < 3 { // a number, a field and its value
		return keyspace.ErrArity("hsetex")
	}
	n, err := c.Int(at)
	if err != nil || n < 1 || n > math.MaxInt32 {
		return errHashNumber
	}
	s.pairs = c.Args()[at+1:]
	if int64(len(s.pairs)) != 2*n {
		return keyspace.ErrArity("hsetex")
	}
	return nil
}

func hsetEX(c *keyspace.Ctx) error {
	var options hsetEXOptions
	if err := options.parse(c); err != nil {
		return err
	}
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	if !options.hold(&h) {
		h.close()
		return c.ReplyFlag(false)
	}

	switch {
	case options.timed && hasPassed(c, options.atMs):
		h.setAndDelete(options.pairs)
	case options.timed:
		h.setAll(options.pairs, options.atMs)
		h.close("hset", "hexpire")
		recordPairs(c, options.pairs)
		recordFieldExpiry(c, options.atMs, fieldsOfPairs(options.pairs))
	case options.keep:
		h.setAll(options.pairs, keepFieldExpiry)
		h.close("hset")
	default:
		h.setAll(options.pairs, noFieldExpiry)
		h.close("hset")
		recordPairs(c, options.pairs)
	}
	return c.ReplyFlag(true)
}

// hold tells whether the fields are there, or not, as the condition demands. Fields
// that have expired go, whatever it says: KEEPTTL must not keep what has passed.
func (s *hsetEXOptions) hold(h *hashKey) bool {
	held := true
	for i := 0; i < len(s.pairs); i += 2 {
		_, there := h.find(s.pairs[i])
		held = held && !(s.fnx && there) && !(s.fxx && !there)
	}
	return held
}

func (h *hashKey) setAll(pairs [][]byte, expireAtMs int64) {
	h.expect(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		h.set(pairs[i], pairs[i+1], expireAtMs)
	}
}

// setAndDelete is what becomes of fields that are set with an expiry that has passed.
func (h *hashKey) setAndDelete(pairs [][]byte) {
	h.setAll(pairs, noFieldExpiry)
	for i := 0; i < len(pairs); i += 2 {
		if p, ok := h.Find(pairs[i]); ok {
			h.View.Delete(p) // one change with its setting
		}
	}
	if !h.found {
		h.c.Event(h.key, keyspace.EventNew, "new") // although it has gone by now
	}
	h.close("hset", "hdel")
	recordFields(h.c, wordHDel, fieldsOfPairs(pairs))
}

func fieldsOfPairs(pairs [][]byte) [][]byte {
	fields := make([][]byte, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, pairs[i])
	}
	return fields
}

// recordPairs journals fields and values as what drops the expiry that they had.
func recordPairs(c *keyspace.Ctx, pairs [][]byte) { recordFields(c, wordHSet, pairs) }
