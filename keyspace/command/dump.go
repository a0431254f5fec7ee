package command

import (
	"errors"
	"math"
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/keyspace/value"
	"solokv/persistence/rdb"
)

// DUMP and RESTORE: values as bytes, on their way between servers.

func dumpCommands() []*keyspace.Command {
	r := new(restorer)
	return []*keyspace.Command{
		{Name: "dump", Arity: 2, Flags: keyspace.ReadOnly,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupGeneric, Since: "2.6.0",
			Complexity: "O(N) where N is the number of elements of a collection. O(M) for strings of M bytes.",
			Summary:    "Returns the value of a key as bytes that RESTORE takes.",
			Hints:      []string{hintNondeterministic}, Syntax: "key", Handler: dump},
		restoreCommand("restore", "2.6.0", groupGeneric, 0, "Creates a key of the bytes that DUMP returned.",
			r.restore),
		restoreCommand("restore-asking", "3.0.0", groupServer, keyspace.Asking,
			"Creates a key of the bytes that DUMP returned, for a cluster that moves keys.", r.restore),
	}
}

func restoreCommand(name, since string, group keyspace.Group, flags keyspace.Flags, summary string,
	handler keyspace.Handler) *keyspace.Command {
	return &keyspace.Command{Name: name, Arity: -4, Flags: keyspace.Write | keyspace.DenyOOM | flags,
		Keys:       keyspace.OneKey(keyspace.KeyOW | keyspace.KeyUpdate),
		Categories: []string{"keyspace", "dangerous"},
		Group:      group, System: group == groupServer, Since: since,
		Complexity: "O(N*log(N)) for a sorted set of N elements, O(N) for other collections. O(M) for strings of M bytes.",
		Summary:    summary,
		History: []string{"3.0.0 Added the `REPLACE` modifier.", "5.0.0 Added the `ABSTTL` modifier.",
			"5.0.0 Added the `IDLETIME` and `FREQ` options."},
		Syntax:  "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
		Handler: handler}
}

func dump(c *keyspace.Ctx) error {
	it, ok := c.Read(c.Arg(1))
	if !ok {
		return c.ReplyNull()
	}
	v := rdb.Value{Kind: it.Kind()}
	if value.IsCollection(v.Kind) {
		v.Whole = c.Collection(it)
	} else {
		v.Bytes = it.Value()
	}

	payload := rdb.AppendDump(c.Pack(), v, c.Engine().Config().Values().RDBCompression)
	c.ReplyBulk(payload)
	c.Keep(payload)
	return nil
}

const (
	errBusyKey       keyspace.Error = "BUSYKEY Target key name already exists."
	errRestoreTTL    keyspace.Error = "ERR Invalid TTL value, must be >= 0"
	errRestoreIdle   keyspace.Error = "ERR Invalid IDLETIME value, must be >= 0"
	errRestoreFreq   keyspace.Error = "ERR Invalid FREQ value, must be >= 0 and <= 255"
	errDumpPayload   keyspace.Error = "ERR DUMP payload version or checksum are wrong"
	errDumpBadFormat keyspace.Error = "ERR Bad data format"
)

// restorer keeps what values are made with from one RESTORE to the next. The
// handlers of one table run on one writer, so nobody else uses it.
type restorer struct {
	builder *rdb.Builder
}

// restoreOptions are the options of a RESTORE.
type restoreOptions struct {
	replace, absolute bool
	idle, frequency   int64 // -1: not given
}

func (r *restorer) restore(c *keyspace.Ctx) error {
	key := c.Arg(1)
	o, err := parseRestoreOptions(c)
	if err != nil {
		return err
	}
	if _, taken := c.Write(key); taken && !o.replace {
		return errBusyKey
	}
	ttl, err := c.Int(2)
	if err != nil {
		return err
	}
	if ttl < 0 {
		return errRestoreTTL
	}
	v, err := r.value(c, c.Arg(3))
	if err != nil {
		return err
	}

	expiry := keyspace.NoExpiry
	if ttl > 0 {
		if !o.absolute {
			ttl += c.NowMs() // beyond all time this is below zero, and past, as in Redis
		}
		if ttl <= c.NowMs() && !c.Replaying() {
			discard(v)
			return restoreNothing(c, key)
		}
		expiry = keyspace.Expiry(ttl)
	}
	replaced := c.Restore(key, &keyspace.Restored{Kind: v.Kind, Bytes: v.Bytes, Whole: v.Whole, Expiry: expiry,
		IdleSeconds: o.idle, Frequency: int(o.frequency)})
	if replaced {
		c.Event(key, keyspace.EventNew, "new") // to Redis the old key has gone before
	}
	c.Modified(key, keyspace.EventGeneric, "restore")
	if expiry != keyspace.NoExpiry && !o.absolute {
		recordRestore(c, ttl)
	}

	return c.OK()
}

// parseRestoreOptions reads what stands behind the payload. IDLETIME and FREQ
// exclude each other; the second one is a syntax error, as is one without a value.
func parseRestoreOptions(c *keyspace.Ctx) (restoreOptions, error) {
	found := restoreOptions{idle: -1, frequency: -1}
	o := c.Options(4)
	for o.Next() {
		switch {
		case o.Is("REPLACE"):
			found.replace = true
		case o.Is("ABSTTL"):
			found.absolute = true
		case o.Is("IDLETIME") && found.frequency < 0:
			if found.idle = o.Int(); found.idle < 0 {
				o.Fail(errRestoreIdle)
			}
		case o.Is("FREQ") && found.idle < 0:
			if found.frequency = o.Int(); found.frequency < 0 || found.frequency > math.MaxUint8 {
				o.Fail(errRestoreFreq)
			}
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	return found, o.Err()
}

// value makes a value of a payload. All of it is checked, whatever
// sanitize-dump-payload says.
func (r *restorer) value(c *keyspace.Ctx, payload []byte) (rdb.Value, error) {
	limits := PackedLimits(c.Engine().Config().Values())
	if r.builder == nil {
		r.builder = rdb.NewBuilder(c.Epochs(), limits)
	}
	r.builder.SetLimits(limits)
	v, err := rdb.Restore(payload, r.builder, rdb.RestoreOptions{SkipChecksum: c.Engine().SkipChecksums()})
	switch {
	case errors.Is(err, rdb.ErrPayload):
		return v, errDumpPayload
	case err != nil:
		return v, errDumpBadFormat
	}
	return v, nil
}

// PackedLimits are the sizes up to which collections that are read from a payload,
// or from a file, stay packed.
func PackedLimits(v *config.Values) rdb.Limits {
	return rdb.Limits{
		ListSize:    v.ListMaxListpackSize,
		HashEntries: v.HashMaxListpackEntries, HashValueBytes: v.HashMaxListpackValue,
		SetInts: v.SetMaxIntsetEntries, SetEntries: v.SetMaxListpackEntries, SetValueBytes: v.SetMaxListpackValue,
		ZSetEntries: v.ZSetMaxListpackEntries, ZSetValueBytes: v.ZSetMaxListpackValue,
	}
}

// discard frees a value that no key is going to hold.
func discard(v rdb.Value) {
	for v.Whole != nil && v.Whole.Drain(math.MaxInt) {
		continue
	}
}

// restoreNothing ends the RESTORE of a value whose time is over: it is as if the key
// had been replaced, and had expired.
func restoreNothing(c *keyspace.Ctx, key []byte) error {
	if old, found := c.Peek(key); found {
		c.Delete(old)
		c.Modified(key, keyspace.EventGeneric, "del")
		c.PropagateAs([]byte("DEL"), key)
	}
	return c.OK()
}

// recordRestore journals the time at which the key expires in place of the delay.
func recordRestore(c *keyspace.Ctx, atMs int64) {
	args := append([][]byte(nil), c.Args()...)
	args[2] = strconv.AppendInt(nil, atMs, 10)
	c.PropagateAs(append(args, []byte("ABSTTL"))...)
}
