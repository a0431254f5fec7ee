package command

import "solokv/keyspace"

// SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF: the engine schedules them (keyspace/saves.go).

func saveCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "save", Arity: 1, Flags: keyspace.Admin | keyspace.NoScript | keyspace.NoAsyncLoading | keyspace.NoMulti,
			Summary: "Saves all databases to disk; nobody else is served meanwhile.", Since: "1.0.0",
			Complexity: "O(N) where N is the total number of keys in all databases", Handler: save},
		{Name: "bgsave", Arity: -1, Flags: keyspace.Admin | keyspace.NoScript | keyspace.NoAsyncLoading,
			Summary: "Saves all databases to disk, beside everything else.", Since: "1.0.0", Complexity: "O(1)",
			History: []string{"3.2.2 Added the `SCHEDULE` option."},
			Syntax:  "[SCHEDULE]", Handler: bgsave},
		{Name: "lastsave", Arity: 1, Flags: keyspace.Loading | keyspace.Stale | keyspace.Fast,
			Categories: []string{"admin", "dangerous"},
			Summary:    "Returns the Unix timestamp of the last successful save to disk.", Since: "1.0.0", Complexity: "O(1)",
			Hints: []string{hintNondeterministic}, Handler: lastSave},
		{Name: "bgrewriteaof", Arity: 1, Flags: keyspace.Admin | keyspace.NoScript | keyspace.NoAsyncLoading,
			Summary: "Rewrites the append-only file, beside everything else.", Since: "1.0.0", Complexity: "O(1)",
			Handler: bgrewriteAOF},
	}
}

func save(c *keyspace.Ctx) error {
	if err := c.Save(); err != nil {
		return err
	}
	return c.OK()
}

func bgsave(c *keyspace.Ctx) error {
	schedule := false
	if c.Argc() > 1 {
		if o := c.Options(1); c.Argc() > 2 || !o.Next() || !o.Is("SCHEDULE") {
			return keyspace.ErrSyntax
		}
		schedule = true
	}

	scheduled, err := c.BackgroundSave(schedule)
	switch {
	case err != nil:
		return err
	case scheduled:
		return c.Simple("Background saving scheduled")
	}
	return c.Simple("Background saving started")
}

func lastSave(c *keyspace.Ctx) error { return c.ReplyInt(c.Engine().LastSaveMs() / 1000) }

func bgrewriteAOF(c *keyspace.Ctx) error {
	scheduled, err := c.BackgroundRewrite()
	switch {
	case err != nil:
		return err
	case scheduled:
		return c.Simple("Background append only file rewriting scheduled")
	}
	return c.Simple("Background append only file rewriting started")
}
