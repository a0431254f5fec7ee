package command

import "solokv/keyspace"

func stringCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "get", Arity: 2, Flags: keyspace.ReadOnly | keyspace.Fast, Keys: keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupString, Summary: "Returns the string value of a key.", Since: "1.0.0", Complexity: "O(1)",
			Syntax: "key", Handler: get},
		{Name: "set", Arity: -3, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate | keyspace.KeyInsert | keyspace.KeyVariable),
			Group: groupString, Summary: "Sets the string value of a key.", Since: "1.0.0", Complexity: "O(1)",
			Syntax: "key value", Handler: set},
	}
}

func get(c *keyspace.Ctx) error {
	it, ok, err := c.Str(c.Arg(1))
	if err != nil {
		return err
	}
	if !ok {
		return c.ReplyNull()
	}
	return c.ReplyText(it)
}

func set(c *keyspace.Ctx) error {
	c.SetString(c.Arg(1), c.Arg(2), keyspace.NoExpiry)
	c.Modified(c.Arg(1), keyspace.EventString, "set")
	return c.OK()
}
