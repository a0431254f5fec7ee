package command

import (
	"solokv/keyspace"
	"solokv/keyspace/hotkeys"
	"solokv/keyspace/value"
)

func hotkeysCommand() *keyspace.Command {
	return &keyspace.Command{
		Name: "hotkeys", Arity: -2, Summary: "A container for commands about the keys that are used most.", Since: "7.2.0",
		Complexity: "Depends on subcommand.",
		Subcommands: []*keyspace.Command{
			{Name: "get", Arity: -2, Flags: serverAdmin, Summary: "Returns the keys that are used most.", Since: "7.2.0",
				Complexity: "O(N) where N is the number of keys that are counted, at most 256", Syntax: "[COUNT count]",
				Hints: hintsReport, Handler: hotkeysGet},
			{Name: "reset", Arity: 2, Flags: serverAdmin, Summary: "Begins to count anew.", Since: "7.2.0", Complexity: "O(1)",
				Hints: []string{hintAllNodes, hintAllSucceeded}, Handler: hotkeysReset},
			{Name: "help", Arity: 2, Flags: serverAnyTime, Summary: "Returns helpful text about the subcommands.",
				Since: "7.2.0", Complexity: "O(1)",
				Handler: help("hotkeys",
					"GET [COUNT <count>]",
					"    Return the keys that are used most (default: 10 of them), the hottest first: such",
					"    as have a thousandth of all requests, by samples of the last half minute:",
					"    key, db, requests per second, the share of these among the requests of all keys,",
					"    and the share of them that write, in percent.",
					"RESET",
					"    Begin to count anew.")},
		},
	}
}

const (
	reportedKeysDefault = 10

	errReportedKeys keyspace.Error = "ERR COUNT must be greater than 0"
)

// reportedKeys reads the option COUNT of a report about keys.
func reportedKeys(c *keyspace.Ctx) (n int, err error) {
	n = reportedKeysDefault
	o := c.Options(2)
	for o.Next() {
		if !o.Is("COUNT") {
			o.Fail(keyspace.ErrSyntax)
		} else if count := o.Int(); count < 1 {
			o.Fail(errReportedKeys)
		} else {
			n = int(min(count, hotkeys.Places))
		}
	}
	return n, o.Err()
}

func hotkeysGet(c *keyspace.Ctx) error {
	n, err := reportedKeys(c)
	if err != nil {
		return err
	}

	hot := c.Engine().HotKeys(n)

	c.ReplyArray(len(hot.Keys))
	for _, k := range hot.Keys {
		certain := k.Certain()
		c.ReplyMap(5)
		c.ReplyString("key")
		c.ReplyBulk(k.Name)
		c.ReplyString("db")
		c.ReplyInt(int64(k.DB))
		c.ReplyString("requests-per-second")
		c.ReplyInt(int64(float64(certain) / max(hot.Sec, 0.001)))
		c.ReplyString("percent")
		c.ReplyDouble(tenths(certain, hot.Total))
		c.ReplyString("writes-percent")
		c.ReplyDouble(tenths(k.Writes, k.Count))
	}
	return nil
}

// tenths is part of whole in percent, to one decimal.
func tenths(part, whole uint64) float64 {
	return float64(part*1000/max(1, whole)) / 10
}

func hotkeysReset(c *keyspace.Ctx) error {
	c.Engine().ForgetHotKeys()
	return c.OK()
}

// memoryBigKeys replies the largest keys that housekeeping has met.
func memoryBigKeys(c *keyspace.Ctx) error {
	n, err := reportedKeys(c)
	if err != nil {
		return err
	}

	keys := c.BigKeys(n)

	c.ReplyArray(len(keys))
	for _, k := range keys {
		c.ReplyMap(5)
		c.ReplyString("key")
		c.ReplyBulk(k.Key())
		c.ReplyString("db")
		c.ReplyInt(int64(k.DB.ID()))
		c.ReplyString("type")
		c.ReplyString(value.TypeName(k.Kind()))
		c.ReplyString("encoding")
		c.ReplyString(c.Encoding(k.Item))
		c.ReplyString("bytes")
		c.ReplyInt(k.Bytes)
	}
	return nil
}
