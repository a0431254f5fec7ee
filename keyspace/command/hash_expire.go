package command

import (
	"math"
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value/hash"
)

// The time to live of fields, as Redis has it since 7.4. A field that has expired is
// no field to any of these commands.

func hashExpireCommands() []*keyspace.Command {
	return append(hashExpireSetters(), hashExpireGetters()...)
}

func hashExpireSetters() []*keyspace.Command {
	entry := func(name, when, summary string, handler keyspace.Handler) *keyspace.Command {
		return &keyspace.Command{Name: name, Arity: -6, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupHash, Since: "7.4.0", Complexity: hashFieldsCost, Summary: summary,
			Syntax: "key " + when + " [NX | XX | GT | LT] FIELDS " + hashFieldsSyntax, Handler: handler}
	}
	return []*keyspace.Command{
		entry("hexpire", "seconds", "Sets the time to live of fields of a hash, in seconds.", hexpire),
		entry("hpexpire", "milliseconds", "Sets the time to live of fields of a hash, in milliseconds.", hpexpire),
		entry("hexpireat", "unix-time-seconds", "Sets the time when fields of a hash expire, in Unix seconds.",
			hexpireAt),
		entry("hpexpireat", "unix-time-milliseconds",
			"Sets the time when fields of a hash expire, in Unix milliseconds.", hpexpireAt),
		{Name: "hpersist", Arity: -5, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupHash, Since: "7.4.0", Complexity: hashFieldsCost,
			Summary: "Takes the expiry of fields of a hash away.",
			Syntax:  "key FIELDS " + hashFieldsSyntax, Handler: hpersist},
	}
}

func hashExpireGetters() []*keyspace.Command {
	entry := func(name, summary string, hints []string, handler keyspace.Handler) *keyspace.Command {
		return &keyspace.Command{Name: name, Arity: -5, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupHash, Since: "7.4.0", Complexity: hashFieldsCost, Summary: summary, Hints: hints,
			Syntax: "key FIELDS " + hashFieldsSyntax, Handler: handler}
	}
	moving := []string{"nondeterministic_output"}
	return []*keyspace.Command{
		entry("httl", "Tells how long fields of a hash have to live, in seconds.", moving, httl),
		entry("hpttl", "Tells how long fields of a hash have to live, in milliseconds.", moving, hpttl),
		entry("hexpiretime", "Tells when fields of a hash expire, in Unix seconds.", nil, hexpireTime),
		entry("hpexpiretime", "Tells when fields of a hash expire, in Unix milliseconds.", nil, hpexpireTime),
	}
}

const (
	hashFieldsSyntax = "<fields: numfields field [field ...]>"
	hashFieldsCost   = "O(N) where N is the number of fields given."

	// fieldExpiryMsMax is the latest expiry of a field, 2^46 - 1: the year 4199.
	fieldExpiryMsMax = 1<<46 - 1
)

const (
	errFieldsMissing  keyspace.Error = "ERR Mandatory argument FIELDS is missing or not at the right position"
	errFieldsPositive keyspace.Error = "ERR Number of fields must be a positive integer"
	errFieldsOverZero keyspace.Error = "ERR Parameter `numFields` should be greater than 0"
	errFieldsNumber   keyspace.Error = "ERR The `numfields` parameter must match the number of arguments"
	errExpireNegative keyspace.Error = "ERR invalid expire time, must be >= 0"
)

// Words of records for the journal.
var (
	wordHSet       = []byte("HSET")
	wordHDel       = []byte("HDEL")
	wordHPersist   = []byte("HPERSIST")
	wordHPExpireAt = []byte("HPEXPIREAT")
	wordFields     = []byte("FIELDS")
)

// What the commands reply for a field.
const (
	fieldMissing  = -2
	fieldStays    = -1 // it has no expiry
	fieldRefused  = 0
	fieldChanged  = 1
	fieldDeleted  = 2 // the time has passed already
	fieldsPerCall = 12
)

// hashFields reads FIELDS numfields field ... at the end of a request.
func hashFields(c *keyspace.Ctx, at int, errCount keyspace.Error) ([][]byte, error) {
	if !keyspace.EqualFold(c.Arg(at), "FIELDS") {
		return nil, errFieldsMissing
	}
	n, err := c.Int(at + 1)
	switch {
	case err != nil || n < 1:
		return nil, errCount
	case n != int64(c.Argc()-at-2):
		return nil, errFieldsNumber
	}
	return c.Args()[at+2:], nil
}

// fieldExpiry turns a time in units of unitMs from fromMs on into Unix milliseconds.
func fieldExpiry(c *keyspace.Ctx, arg []byte, unitMs, fromMs int64) (atMs int64, err error) {
	n, err := keyspace.ParseInt(arg)
	switch {
	case err != nil:
		return 0, err
	case n < 0:
		return 0, errExpireNegative
	case n > fieldExpiryMsMax/unitMs || n*unitMs > fieldExpiryMsMax-fromMs:
		return 0, keyspace.ErrInvalidExpire(c.Command().FullName())
	}
	return n*unitMs + fromMs, nil
}

// hasPassed tells whether a field with that expiry is deleted instead.
func hasPassed(c *keyspace.Ctx, atMs int64) bool { return atMs <= c.NowMs() && !c.Replaying() }

func hexpire(c *keyspace.Ctx) error    { return setFieldsExpiry(c, 1000, c.NowMs()) }
func hpexpire(c *keyspace.Ctx) error   { return setFieldsExpiry(c, 1, c.NowMs()) }
func hexpireAt(c *keyspace.Ctx) error  { return setFieldsExpiry(c, 1000, 0) }
func hpexpireAt(c *keyspace.Ctx) error { return setFieldsExpiry(c, 1, 0) }

// setFieldsExpiry is the HEXPIRE family.
func setFieldsExpiry(c *keyspace.Ctx, unitMs, fromMs int64) error {
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	atMs, err := fieldExpiry(c, c.Arg(2), unitMs, fromMs)
	if err != nil {
		return err
	}
	condition, at := parseFieldCondition(c.Arg(3)), 3
	if condition != (expiryCondition{}) {
		at++
	}
	fields, err := hashFields(c, at, errFieldsOverZero)
	if err != nil {
		return err
	}

	var room [fieldsPerCall][]byte
	changed := room[:0]
	c.ReplyArray(len(fields))
	for _, field := range fields {
		result := h.expireField(field, atMs, condition)
		if result > fieldRefused {
			changed = append(changed, field)
		}
		c.ReplyInt(result)
	}
	h.closeExpiry(atMs, changed)
	return nil
}

// parseFieldCondition reads the one condition that HEXPIRE may have.
func parseFieldCondition(arg []byte) expiryCondition {
	return expiryCondition{nx: keyspace.EqualFold(arg, "NX"), xx: keyspace.EqualFold(arg, "XX"),
		gt: keyspace.EqualFold(arg, "GT"), lt: keyspace.EqualFold(arg, "LT")}
}

// allows compares with a field's expiry, 0 for none; a field without one counts as
// living forever.
func (e expiryCondition) allows(oldMs, atMs int64) bool {
	if oldMs == 0 {
		return !e.xx && !e.gt
	}
	return !e.nx && (!e.gt || atMs > oldMs) && (!e.lt || atMs < oldMs)
}

// expireField gives a field an expiry, or deletes it if that time has passed.
func (h *hashKey) expireField(field []byte, atMs int64, condition expiryCondition) int64 {
	p, ok := h.find(field)
	switch {
	case !ok:
		return fieldMissing
	case !condition.allows(h.ExpireAt(p), atMs):
		return fieldRefused
	case hasPassed(h.c, atMs):
		h.delete(p)
		return fieldDeleted
	}
	h.setExpiry(p, field, atMs)
	return fieldChanged
}

// closeExpiry is close for fields that have got that expiry, or were deleted because
// it has passed, and records it.
func (h *hashKey) closeExpiry(atMs int64, changed [][]byte) {
	if len(changed) == 0 {
		h.close()
		return
	}
	if hasPassed(h.c, atMs) {
		h.close("hdel")
		recordFields(h.c, wordHDel, changed)
		return
	}
	h.close("hexpire")
	recordFieldExpiry(h.c, atMs, changed)
}

// recordFields journals a command that takes the key and fields.
func recordFields(c *keyspace.Ctx, word []byte, fields [][]byte) {
	var room [fieldsPerCall][]byte
	c.PropagateAs(append(append(room[:0], word, c.Arg(1)), fields...)...)
}

// recordFieldExpiry journals that fields of the key have got an expiry.
func recordFieldExpiry(c *keyspace.Ctx, atMs int64, fields [][]byte) {
	text := strconv.AppendInt(c.Pack(), atMs, 10)
	count := strconv.AppendInt(text[len(text):], int64(len(fields)), 10)
	var room [fieldsPerCall][]byte
	c.PropagateAs(append(append(room[:0], wordHPExpireAt, c.Arg(1), text, wordFields, count), fields...)...)
}

// recordPersisted journals that fields of the key have no expiry any more.
func recordPersisted(c *keyspace.Ctx, fields [][]byte) {
	count := strconv.AppendInt(c.Pack(), int64(len(fields)), 10)
	var room [fieldsPerCall][]byte
	c.PropagateAs(append(append(room[:0], wordHPersist, c.Arg(1), wordFields, count), fields...)...)
}

func hpersist(c *keyspace.Ctx) error {
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	fields, err := hashFields(c, 2, errFieldsPositive)
	if err != nil {
		return err
	}

	h.replyVolatile(fields, func(p hash.Place, field []byte) int64 {
		h.setExpiry(p, field, noFieldExpiry)
		return fieldChanged
	})
	h.changes = min(h.changes, 1) // Redis counts fields everywhere but here
	h.close("hpersist")
	return nil
}

// replyVolatile replies a number for each field: what answer says, for those that
// have an expiry.
func (h *hashKey) replyVolatile(fields [][]byte, answer func(p hash.Place, field []byte) int64) {
	h.c.ReplyArray(len(fields))
	for _, field := range fields {
		p, ok := h.peek(field)
		switch {
		case !ok:
			h.c.ReplyInt(fieldMissing)
		case h.ExpireAt(p) == 0:
			h.c.ReplyInt(fieldStays)
		default:
			h.c.ReplyInt(answer(p, field))
		}
	}
}

func httl(c *keyspace.Ctx) error         { return replyFieldsExpiry(c, 1000, c.NowMs()) }
func hpttl(c *keyspace.Ctx) error        { return replyFieldsExpiry(c, 1, c.NowMs()) }
func hexpireTime(c *keyspace.Ctx) error  { return replyFieldsExpiry(c, 1000, 0) }
func hpexpireTime(c *keyspace.Ctx) error { return replyFieldsExpiry(c, 1, 0) }

// replyFieldsExpiry is the HTTL family: times in units of unitMs from fromMs on,
// rounded up.
func replyFieldsExpiry(c *keyspace.Ctx, unitMs, fromMs int64) error {
	h, err := readHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	fields, err := hashFields(c, 2, errFieldsPositive)
	if err != nil {
		return err
	}

	h.replyVolatile(fields, func(p hash.Place, _ []byte) int64 {
		left := min(max(h.ExpireAt(p)-fromMs, 0), math.MaxInt64-unitMs)
		return (left + unitMs - 1) / unitMs
	})
	return nil
}
