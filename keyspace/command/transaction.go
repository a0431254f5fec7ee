package command

import "solokv/keyspace"

// MULTI, EXEC, DISCARD, WATCH, UNWATCH: see keyspace/multi.go and watch.go.

func transactionCommands() []*keyspace.Command {
	flags := keyspace.NoScript | keyspace.Loading | keyspace.Stale | keyspace.Fast | keyspace.AllowBusy
	commands := []*keyspace.Command{
		{Name: "multi", Arity: 1, Flags: flags | keyspace.Immediate, Since: "1.2.0", Complexity: "O(1)",
			Summary: "Begins a transaction: the requests that follow are queued.", Handler: multi},
		{Name: "exec", Arity: 1, Since: "1.2.0", Complexity: "Depends on commands in the transaction",
			Flags: keyspace.NoScript | keyspace.Loading | keyspace.Stale | keyspace.SkipSlowlog |
				keyspace.Immediate | keyspace.RunsQueue,
			Summary: "Executes the requests that MULTI has queued.", Handler: (*keyspace.Ctx).Exec},
		{Name: "discard", Arity: 1, Flags: flags | keyspace.Immediate, Since: "2.0.0",
			Complexity: "O(N), when N is the number of queued commands",
			Summary:    "Forgets the requests that MULTI has queued.", Handler: discardMulti},
		{Name: "watch", Arity: -2, Flags: flags | keyspace.Immediate, Since: "2.2.0", Complexity: "O(1) for every key.",
			Keys: keyspace.ManyKeys(keyspace.KeyRO, 1), Syntax: "key [key ...]",
			Summary: "Makes the next EXEC fail if one of the keys is changed before it.", Handler: watch},
		{Name: "unwatch", Arity: 1, Flags: flags, Since: "2.2.0", Complexity: "O(1)",
			Summary: "Forgets the keys that WATCH has named.", Handler: unwatch},
	}
	for _, cmd := range commands {
		cmd.Group = groupTransactions
	}
	return commands
}

func multi(c *keyspace.Ctx) error {
	if err := c.Multi(); err != nil {
		return err
	}
	return c.OK()
}

func discardMulti(c *keyspace.Ctx) error {
	if err := c.Discard(); err != nil {
		return err
	}
	return c.OK()
}

func watch(c *keyspace.Ctx) error {
	if err := c.Watch(c.Args()[1:]); err != nil {
		return err
	}
	return c.OK()
}

func unwatch(c *keyspace.Ctx) error {
	c.Unwatch()
	return c.OK()
}
