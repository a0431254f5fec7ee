package command

import (
	"math"
	"strconv"

	"solokv/keyspace"
)

// When keys expire: setting, asking, taking back.

func keyExpireCommands() []*keyspace.Command {
	return append(keyExpireSetters(), keyExpireGetters()...)
}

func keyExpireSetters() []*keyspace.Command {
	flags := keyspace.Write | keyspace.Fast
	keys := keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate)
	history := []string{"7.0.0 Added options: `NX`, `XX`, `GT` and `LT`."}
	return []*keyspace.Command{
		{Name: "expire", Arity: -3, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "1.0.0", Complexity: "O(1)", History: history,
			Summary: "Sets the time to live of a key, in seconds.",
			Syntax:  "key seconds [NX | XX | GT | LT]", Handler: expire},
		{Name: "expireat", Arity: -3, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "1.2.0", Complexity: "O(1)", History: history,
			Summary: "Sets the time when a key expires, in Unix seconds.",
			Syntax:  "key unix-time-seconds [NX | XX | GT | LT]", Handler: expireAtSeconds},
		{Name: "pexpire", Arity: -3, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "2.6.0", Complexity: "O(1)", History: history,
			Summary: "Sets the time to live of a key, in milliseconds.",
			Syntax:  "key milliseconds [NX | XX | GT | LT]", Handler: pexpire},
		{Name: "pexpireat", Arity: -3, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "2.6.0", Complexity: "O(1)", History: history,
			Summary: "Sets the time when a key expires, in Unix milliseconds.",
			Syntax:  "key unix-time-milliseconds [NX | XX | GT | LT]", Handler: pexpireAt},
		{Name: "persist", Arity: 2, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "2.2.0", Complexity: "O(1)",
			Summary: "Takes the expiry of a key away.",
			Syntax:  "key", Handler: persist},
	}
}

func keyExpireGetters() []*keyspace.Command {
	flags := keyspace.ReadOnly | keyspace.Fast
	keys := keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess)
	hints := []string{"nondeterministic_output"}
	history := []string{"2.8.0 Added the -2 reply."}
	return []*keyspace.Command{
		{Name: "ttl", Arity: 2, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "1.0.0", Complexity: "O(1)", Hints: hints, History: history,
			Summary: "Tells how long a key has to live, in seconds.",
			Syntax:  "key", Handler: ttl},
		{Name: "pttl", Arity: 2, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "2.6.0", Complexity: "O(1)", Hints: hints, History: history,
			Summary: "Tells how long a key has to live, in milliseconds.",
			Syntax:  "key", Handler: pttl},
		{Name: "expiretime", Arity: 2, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "7.0.0", Complexity: "O(1)",
			Summary: "Tells when a key expires, in Unix seconds.",
			Syntax:  "key", Handler: expireTime},
		{Name: "pexpiretime", Arity: 2, Flags: flags, Keys: keys,
			Group: groupGeneric, Since: "7.0.0", Complexity: "O(1)",
			Summary: "Tells when a key expires, in Unix milliseconds.",
			Syntax:  "key", Handler: pexpireTime},
	}
}

func expire(c *keyspace.Ctx) error          { return setExpiry(c, 1000, c.NowMs()) }
func expireAtSeconds(c *keyspace.Ctx) error { return setExpiry(c, 1000, 0) }
func pexpire(c *keyspace.Ctx) error         { return setExpiry(c, 1, c.NowMs()) }
func pexpireAt(c *keyspace.Ctx) error       { return setExpiry(c, 1, 0) }

// setExpiry is the EXPIRE family: a time in units of unitMs from fromMs on.
func setExpiry(c *keyspace.Ctx, unitMs, fromMs int64) error {
	condition, err := parseExpiryCondition(c)
	if err != nil {
		return err
	}
	at, err := c.Int(2)
	if err != nil {
		return err
	}
	if at > math.MaxInt64/unitMs || at < math.MinInt64/unitMs || at*unitMs > math.MaxInt64-fromMs {
		return keyspace.ErrInvalidExpire(c.Command().FullName())
	}
	at = at*unitMs + fromMs

	key := c.Arg(1)
	it, ok := c.Write(key)
	if !ok || !condition.holds(it, at) {
		return c.ReplyFlag(false)
	}
	expireAt(c, key, it, at)

	return c.ReplyFlag(true)
}

// expireAt gives a key that was found an expiry, or deletes it if that time has
// come already.
func expireAt(c *keyspace.Ctx, key []byte, it keyspace.Item, atMs int64) {
	if atMs <= c.NowMs() && !c.Replaying() {
		c.Delete(it)
		c.PropagateAs(wordDel, key)
		c.Modified(key, keyspace.EventGeneric, "del")
		return
	}
	c.SetExpire(it, keyspace.Expiry(max(atMs, 0))) // below 0 only in a journal that Redis wrote
	var digits [20]byte
	c.PropagateAs(wordPExpireAt, key, strconv.AppendInt(digits[:0], atMs, 10))
	c.Modified(key, keyspace.EventGeneric, "expire")
}

// expiryCondition is what EXPIRE demands of the expiry that a key has.
type expiryCondition struct{ nx, xx, gt, lt bool }

const (
	errExpiryNX   keyspace.Error = "ERR NX and XX, GT or LT options at the same time are not compatible"
	errExpiryGTLT keyspace.Error = "ERR GT and LT options at the same time are not compatible"
)

func parseExpiryCondition(c *keyspace.Ctx) (e expiryCondition, err error) {
	o := c.Options(3)
	for o.Next() {
		switch {
		case o.Is("NX"):
			e.nx = true
		case o.Is("XX"):
			e.xx = true
		case o.Is("GT"):
			e.gt = true
		case o.Is("LT"):
			e.lt = true
		default:
			o.Fail(keyspace.Errorf("ERR Unsupported option %s", o.Current()))
		}
	}
	if e.nx && (e.xx || e.gt || e.lt) {
		o.Fail(errExpiryNX)
	}
	if e.gt && e.lt {
		o.Fail(errExpiryGTLT)
	}
	return e, o.Err()
}

// holds compares with a key's expiry; a key without one counts as living forever.
func (e expiryCondition) holds(it keyspace.Item, atMs int64) bool {
	if !it.Expires() {
		return !e.xx && !e.gt
	}
	old := it.ExpireAt()
	return !e.nx && (!e.gt || atMs > old) && (!e.lt || atMs < old)
}

func persist(c *keyspace.Ctx) error {
	key := c.Arg(1)
	it, ok := c.Write(key)
	if !ok || !it.Expires() {
		return c.ReplyFlag(false)
	}

	c.SetExpire(it, keyspace.NoExpiry)
	c.Modified(key, keyspace.EventGeneric, "persist")

	return c.ReplyFlag(true)
}

func ttl(c *keyspace.Ctx) error         { return replyExpiry(c, 1000, c.NowMs()) }
func pttl(c *keyspace.Ctx) error        { return replyExpiry(c, 1, c.NowMs()) }
func expireTime(c *keyspace.Ctx) error  { return replyExpiry(c, 1000, 0) }
func pexpireTime(c *keyspace.Ctx) error { return replyExpiry(c, 1, 0) }

// replyExpiry is the TTL family: a time in units of unitMs from fromMs on,
// rounded; -1 without an expiry, -2 without the key.
func replyExpiry(c *keyspace.Ctx, unitMs, fromMs int64) error {
	it, ok := c.Ask(c.Arg(1))
	switch {
	case !ok:
		return c.ReplyInt(-2)
	case !it.Expires():
		return c.ReplyInt(-1)
	}
	ms := max(it.ExpireAt()-fromMs, 0)
	n := ms / unitMs
	if unitMs > 1 && ms%unitMs >= unitMs/2 {
		n++ // rounded without a sum that might overflow
	}
	return c.ReplyInt(n)
}
