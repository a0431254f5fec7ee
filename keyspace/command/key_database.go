package command

import (
	"solokv/keyspace"
)

// Whole databases: DBSIZE, FLUSHDB, FLUSHALL, SWAPDB.

func keyDatabaseCommands() []*keyspace.Command {
	flushHints := []string{"request_policy:all_shards", "response_policy:all_succeeded"}
	flushHistory := []string{
		"4.0.0 Added the `ASYNC` flushing mode modifier.",
		"6.2.0 Added the `SYNC` flushing mode modifier.",
	}
	return []*keyspace.Command{
		{Name: "dbsize", Arity: 1, Flags: keyspace.ReadOnly | keyspace.Fast, Categories: []string{"keyspace"},
			Group: groupServer, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Tells the number of keys in the database.",
			Hints:   []string{"request_policy:all_shards", "response_policy:agg_sum"},
			Handler: dbSize},
		{Name: "flushall", Arity: -1, Flags: keyspace.Write, Categories: []string{"keyspace", "dangerous"},
			Group: groupServer, Since: "1.0.0",
			Complexity: "O(D) where D is the number of databases. The memory of the keys is freed later, in slices.",
			Summary:    "Deletes all keys of all databases.",
			Hints:      flushHints, History: flushHistory, Syntax: "[ASYNC | SYNC]", Handler: flushAll},
		{Name: "flushdb", Arity: -1, Flags: keyspace.Write, Categories: []string{"keyspace", "dangerous"},
			Group: groupServer, Since: "1.0.0",
			Complexity: "O(1). The memory of the keys is freed later, in slices.",
			Summary:    "Deletes all keys of the database.",
			Hints:      flushHints, History: flushHistory, Syntax: "[ASYNC | SYNC]", Handler: flushDB},
		{Name: "swapdb", Arity: 3, Flags: keyspace.Write | keyspace.Fast,
			Categories: []string{"keyspace", "dangerous"},
			Group:      groupServer, Since: "4.0.0",
			Complexity: "O(N) where N is the number of clients that watch or wait for keys of the two databases.",
			Summary:    "Exchanges the contents of two databases.",
			Syntax:     "index1 index2", Handler: swapDB},
	}
}

func dbSize(c *keyspace.Ctx) error { return c.ReplyInt(int64(c.DB().Len())) }

func flushAll(c *keyspace.Ctx) error {
	if err := checkFlushMode(c); err != nil {
		return err
	}

	for _, db := range c.Engine().DBs() {
		c.Flush(db)
	}
	c.Emptied()

	return c.OK()
}

func flushDB(c *keyspace.Ctx) error {
	if err := checkFlushMode(c); err != nil {
		return err
	}

	c.Flush(c.DB())

	return c.OK()
}

// checkFlushMode accepts ASYNC and SYNC, which make no difference here: keys are
// gone at once, and no client waits until their memory is free.
func checkFlushMode(c *keyspace.Ctx) error {
	if c.Argc() == 1 {
		return nil
	}
	mode := c.Arg(1)
	if c.Argc() > 2 || !keyspace.EqualFold(mode, "ASYNC") && !keyspace.EqualFold(mode, "SYNC") {
		return keyspace.ErrSyntax
	}
	return nil
}

const (
	errSwapFirst  keyspace.Error = "ERR invalid first DB index"
	errSwapSecond keyspace.Error = "ERR invalid second DB index"
)

func swapDB(c *keyspace.Ctx) error {
	first, err := swapIndex(c, 1, errSwapFirst)
	if err != nil {
		return err
	}
	second, err := swapIndex(c, 2, errSwapSecond)
	if err != nil {
		return err
	}
	a, err := c.DBAt(first)
	if err != nil {
		return err
	}
	b, err := c.DBAt(second)
	if err != nil {
		return err
	}

	c.Swap(a, b)

	return c.OK()
}

// swapIndex reads the number of a database, which is 32 bits wide for Redis.
func swapIndex(c *keyspace.Ctx, at int, invalid keyspace.Error) (int64, error) {
	n, err := c.Int(at)
	if err != nil || n != int64(int32(n)) {
		return 0, invalid
	}
	return n, nil
}
