package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/keyspace/value"
)

// OBJECT tells how a value is held.

func keyObjectCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "object", Arity: -2,
			Group: groupGeneric, Since: "2.2.3", Complexity: "Depends on subcommand.",
			Summary: "A container for commands that look at how a value is held.",
			Subcommands: []*keyspace.Command{
				objectCommand("encoding", "2.2.3", "Tells the encoding of the value that a key holds.",
					objectEncoding),
				objectCommand("freq", "4.0.0", "Tells the logarithmic access counter of a key.", objectFreq),
				objectCommand("idletime", "2.2.3", "Tells the seconds since a key was last used.",
					objectIdleTime),
				objectCommand("refcount", "2.2.3", "Tells the number of references to the value of a key.",
					objectRefCount),
				{Name: "help", Arity: 2, Flags: keyspace.Loading | keyspace.Stale,
					Group: groupGeneric, Since: "6.2.0", Complexity: "O(1)",
					Summary: "Lists the subcommands.",
					Handler: help("object",
						"ENCODING <key>",
						"    Tell the encoding of the value.",
						"FREQ <key>",
						"    Tell the access counter of the key: it grows with the logarithm of recent",
						"    accesses. Needs one of the LFU policies.",
						"IDLETIME <key>",
						"    Tell the seconds since the key was last used. Not under an LFU policy.",
						"REFCOUNT <key>",
						"    Tell the number of references to the value.")},
			}},
	}
}

func objectCommand(name, since, summary string, handler keyspace.Handler) *keyspace.Command {
	return &keyspace.Command{Name: name, Arity: 3, Flags: keyspace.ReadOnly,
		Keys:  []keyspace.KeySpec{{Flags: keyspace.KeyRO, Begin: 2, Step: 1}},
		Group: groupGeneric, Since: since, Complexity: "O(1)", Summary: summary,
		Hints: []string{"nondeterministic_output"}, Syntax: "key", Handler: handler}
}

const (
	errObjectFreq keyspace.Error = "ERR An LFU maxmemory policy is not selected, access frequency not tracked." +
		errObjectSwitch
	errObjectIdleTime keyspace.Error = "ERR An LFU maxmemory policy is selected, idle time not tracked." +
		errObjectSwitch
	errObjectSwitch = " Please note that when switching between policies at runtime LRU and LFU data will" +
		" take some time to adjust."
)

func objectEncoding(c *keyspace.Ctx) error {
	it, ok := c.AskQuietly(c.Arg(2))
	if !ok {
		return c.ReplyNull()
	}
	return c.ReplyString(c.Encoding(it))
}

func objectFreq(c *keyspace.Ctx) error {
	it, ok := c.AskQuietly(c.Arg(2))
	if !ok {
		return c.ReplyNull()
	}
	if !c.Engine().CountsFrequency() {
		return errObjectFreq
	}
	return c.ReplyInt(c.Frequency(it))
}

func objectIdleTime(c *keyspace.Ctx) error {
	it, ok := c.AskQuietly(c.Arg(2))
	if !ok {
		return c.ReplyNull()
	}
	if c.Engine().CountsFrequency() {
		return errObjectIdleTime
	}
	return c.ReplyInt(c.IdleSeconds(it))
}

const (
	// objectSharedMax is the number of small integers that Redis shares among
	// all keys that hold them, and objectSharedRefs what it tells of those.
	objectSharedMax  = 10000
	objectSharedRefs = math.MaxInt32
)

// objectRefCount is 1, for no value is shared here, but small integers get the
// answer of Redis: clients and test suites look at it.
func objectRefCount(c *keyspace.Ctx) error {
	it, ok := c.AskQuietly(c.Arg(2))
	if !ok {
		return c.ReplyNull()
	}
	n := int64(-1)
	if it.Kind() == value.StringInt {
		n = value.Int(it.Value())
	}
	if 0 <= n && n < objectSharedMax && !needsOwnClock(c.Engine().Config().Values()) {
		return c.ReplyInt(objectSharedRefs)
	}
	return c.ReplyInt(1)
}

// needsOwnClock tells whether eviction wants an access clock for every value, so
// that Redis shares none.
func needsOwnClock(v *config.Values) bool {
	switch v.MaxMemoryPolicy {
	case config.EvictVolatileLRU, config.EvictAllKeysLRU, config.EvictVolatileLFU, config.EvictAllKeysLFU:
		return v.MaxMemory > 0
	}
	return false
}
