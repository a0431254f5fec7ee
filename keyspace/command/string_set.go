package command

import (
	"math"
	"strconv"

	"solokv/keyspace"
)

// SET and its older forms, GETEX, and the options that they share.

func stringSetCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "set", Arity: -3, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Brief,
			Keys: keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate |
				keyspace.KeyVariable),
			KeyFlags: setKeyFlags, Group: groupString, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Stores a string in a key, whatever it held before.",
			Syntax: "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | " +
				"PXAT unix-time-milliseconds | KEEPTTL]",
			History: []string{
				"2.6.12 Added the `EX`, `PX`, `NX` and `XX` options.",
				"6.0.0 Added the `KEEPTTL` option.",
				"6.2.0 Added the `GET`, `EXAT` and `PXAT` option.",
				"7.0.0 Allowed the `NX` and `GET` options to be used together.",
			},
			Handler: setString},
		{Name: "setnx", Arity: 3, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyOW | keyspace.KeyInsert),
			Group: groupString, Since: "1.0.0", Complexity: "O(1)",
			Deprecated: "2.6.12 `SET` with the `NX` argument",
			Summary:    "Stores a string in a key that does not exist.",
			Syntax:     "key value", Handler: setNX},
		{Name: "setex", Arity: 4, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Brief,
			Keys:  keyspace.OneKey(keyspace.KeyOW | keyspace.KeyUpdate),
			Group: groupString, Since: "2.0.0", Complexity: "O(1)",
			Deprecated: "2.6.12 `SET` with the `EX` argument",
			Summary:    "Stores a string in a key and sets its time to live, in seconds.",
			Syntax:     "key seconds value", Handler: setEX},
		{Name: "psetex", Arity: 4, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Brief,
			Keys:  keyspace.OneKey(keyspace.KeyOW | keyspace.KeyUpdate),
			Group: groupString, Since: "2.6.0", Complexity: "O(1)",
			Deprecated: "2.6.12 `SET` with the `PX` argument",
			Summary:    "Stores a string in a key and sets its time to live, in milliseconds.",
			Syntax:     "key milliseconds value", Handler: psetEX},
		{Name: "getex", Arity: -2, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate),
			Group: groupString, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Returns the string that a key holds and sets or removes the key's expiry.",
			Syntax: "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | " +
				"PXAT unix-time-milliseconds | PERSIST]",
			Handler: getEX},
	}
}

func setString(c *keyspace.Ctx) error {
	if c.Argc() > 3 {
		return setWithOptions(c)
	}
	c.SetString(c.Arg(1), c.Arg(2), keyspace.NoExpiry)
	c.Modified(c.Arg(1), keyspace.EventString, "set")
	return c.OK()
}

func setWithOptions(c *keyspace.Ctx) (err error) {
	options, err := parseSetOptions(c)
	if err != nil {
		return err
	}
	expiry, err := options.expiry(c)
	if err != nil {
		return err
	}

	key, text := c.Arg(1), c.Arg(2)
	var it keyspace.Item
	var found bool
	if options.get {
		if it, found, err = c.Str(key); err != nil {
			return err
		}
		stringReply(c, it, found) // now: the old text goes
	} else {
		_, found = c.Write(key)
	}
	refused := options.nx && found || options.xx && !found

	if !refused {
		storeString(c, key, text, expiry)
		if options.get && expiry < 0 {
			setPropagateWithoutGet(c, key, text, &options)
		}
	}

	switch {
	case options.get:
		return nil
	case refused:
		return c.ReplyNull()
	}
	return c.OK()
}

// storeString is what all forms of SET do once they may.
func storeString(c *keyspace.Ctx, key, text []byte, expiry keyspace.Expiry) {
	c.SetString(key, text, expiry)
	c.Modified(key, keyspace.EventString, "set")
	if expiry < 0 {
		return
	}
	var digits [20]byte
	c.PropagateAs(wordSet, key, text, wordPXAt, strconv.AppendInt(digits[:0], int64(expiry), 10))
	c.Event(key, keyspace.EventGeneric, "expire")
}

// setPropagateWithoutGet records SET ... GET as what it did.
func setPropagateWithoutGet(c *keyspace.Ctx, key, text []byte, options *stringOptions) {
	if options.lifetime == lifetimeKeep {
		c.PropagateAs(wordSet, key, text, wordKeepTTL)
		return
	}
	c.PropagateAs(wordSet, key, text)
}

func setNX(c *keyspace.Ctx) error {
	key := c.Arg(1)
	if _, exists := c.Write(key); exists {
		return c.ReplyFlag(false)
	}

	storeString(c, key, c.Arg(2), keyspace.NoExpiry)

	return c.ReplyFlag(true)
}

func setEX(c *keyspace.Ctx) error  { return setFor(c, lifetimeSeconds) }
func psetEX(c *keyspace.Ctx) error { return setFor(c, lifetimeMs) }

func setFor(c *keyspace.Ctx, unit lifetime) error {
	options := stringOptions{lifetime: unit, time: c.Arg(2)}
	expiry, err := options.expiry(c)
	if err != nil {
		return err
	}

	storeString(c, c.Arg(1), c.Arg(3), expiry)

	return c.OK()
}

func getEX(c *keyspace.Ctx) error {
	options, err := parseGetEXOptions(c)
	if err != nil {
		return err
	}
	key := c.Arg(1)
	it, ok, err := c.Str(key)
	if err != nil {
		return err
	}
	if !ok {
		return c.ReplyNull()
	}
	expiry, err := options.expiry(c)
	if err != nil {
		return err
	}

	c.ReplyText(it) // before its bytes go
	switch {
	case expiry >= 0:
		expireAt(c, key, it, int64(expiry))
	case options.lifetime == lifetimePersist && it.Expires():
		c.SetExpire(it, keyspace.NoExpiry)
		c.PropagateAs(wordPersist, key)
		c.Modified(key, keyspace.EventGeneric, "persist")
	}
	return nil
}

// lifetime is the option that says how long a key lives; a request may have one
// of them, though that one repeatedly.
type lifetime uint8

const (
	lifetimeDefault   lifetime = iota
	lifetimeSeconds            // EX
	lifetimeMs                 // PX
	lifetimeAtSeconds          // EXAT
	lifetimeAtMs               // PXAT
	lifetimeKeep               // KEEPTTL
	lifetimePersist            // PERSIST
)

// stringOptions are those of SET and GETEX.
type stringOptions struct {
	nx, xx, get bool
	lifetime    lifetime
	time        []byte // of EX, PX, EXAT, PXAT
}

func parseSetOptions(c *keyspace.Ctx) (s stringOptions, err error) {
	o := c.Options(3)
	for o.Next() {
		switch {
		case o.Is("NX") && !s.xx:
			s.nx = true
		case o.Is("XX") && !s.nx:
			s.xx = true
		case o.Is("GET"):
			s.get = true
		case o.Is("KEEPTTL"):
			s.choose(&o, lifetimeKeep)
		default:
			s.parseTime(&o)
		}
	}
	return s, o.Err()
}

func parseGetEXOptions(c *keyspace.Ctx) (s stringOptions, err error) {
	o := c.Options(2)
	for o.Next() {
		if o.Is("PERSIST") {
			s.choose(&o, lifetimePersist)
		} else {
			s.parseTime(&o)
		}
	}
	return s, o.Err()
}

// parseTime reads the options that are followed by a time. The time is looked at
// by expiry: an error of syntax goes first.
func (s *stringOptions) parseTime(o *keyspace.Args) {
	switch {
	case o.Is("EX"):
		s.choose(o, lifetimeSeconds)
	case o.Is("PX"):
		s.choose(o, lifetimeMs)
	case o.Is("EXAT"):
		s.choose(o, lifetimeAtSeconds)
	case o.Is("PXAT"):
		s.choose(o, lifetimeAtMs)
	default:
		o.Fail(keyspace.ErrSyntax)
		return
	}
	s.time = o.Arg()
}

func (s *stringOptions) choose(o *keyspace.Args, l lifetime) {
	if s.lifetime != lifetimeDefault && s.lifetime != l {
		o.Fail(keyspace.ErrSyntax)
	}
	s.lifetime = l
}

// expiry is the time when the key expires, or what else becomes of its expiry.
func (s *stringOptions) expiry(c *keyspace.Ctx) (keyspace.Expiry, error) {
	switch s.lifetime {
	case lifetimeDefault, lifetimePersist:
		return keyspace.NoExpiry, nil
	case lifetimeKeep:
		return keyspace.KeepExpiry, nil
	}
	at, err := keyspace.ParseInt(s.time)
	if err != nil {
		return 0, err
	}
	inSeconds := s.lifetime == lifetimeSeconds || s.lifetime == lifetimeAtSeconds
	if at <= 0 || inSeconds && at > math.MaxInt64/1000 {
		return 0, keyspace.ErrInvalidExpire(c.Command().FullName())
	}
	if inSeconds {
		at *= 1000
	}
	if s.lifetime == lifetimeSeconds || s.lifetime == lifetimeMs {
		if at > math.MaxInt64-c.NowMs() {
			return 0, keyspace.ErrInvalidExpire(c.Command().FullName())
		}
		at += c.NowMs()
	}
	return keyspace.Expiry(at), nil
}

// setKeyFlags tells whether a SET also reads what was there.
func setKeyFlags(args [][]byte) keyspace.KeyFlags {
	for i := 3; i < len(args); i++ {
		if keyspace.EqualFold(args[i], "GET") {
			return keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate
		}
	}
	return keyspace.KeyOW | keyspace.KeyUpdate
}
