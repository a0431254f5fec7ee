package command

import "solokv/keyspace"

// COMMAND INFO: what a client needs to know of a command to send it where it
// belongs. One reply is an array of ten:
//
//	name, arity, flags, first key, last key, step, ACL categories, hints,
//	key specifications, subcommands (each again an array of ten)

// commandAll is COMMAND.
func commandAll(c *keyspace.Ctx) error {
	if c.Argc() > 1 {
		return c.ErrUnknownSubcommand()
	}

	return replyAllCommands(c)
}

func commandInfo(c *keyspace.Ctx) error {
	if c.Argc() == 2 {
		return replyAllCommands(c)
	}
	c.ReplyArray(c.Argc() - 2)
	for _, name := range c.Args()[2:] {
		if cmd := findCommand(c, name); cmd != nil {
			replyCommandInfo(c, cmd)
		} else {
			c.ReplyNull()
		}
	}
	return nil
}

func replyAllCommands(c *keyspace.Ctx) error {
	all := c.Engine().Commands().All()
	c.ReplyArray(len(all))
	for _, cmd := range all {
		replyCommandInfo(c, cmd)
	}
	return nil
}

func replyCommandInfo(c *keyspace.Ctx, cmd *keyspace.Command) {
	keys := rangeOfKeys(cmd.Keys)
	categories := cmd.ACLCategories().Names()
	for i := range categories {
		categories[i] = "@" + categories[i]
	}
	c.ReplyArray(10)
	c.ReplyString(cmd.FullName())
	c.ReplyInt(int64(cmd.Arity))
	replyNames(c, cmd.Flags.Names())
	c.ReplyInt(int64(keys.first))
	c.ReplyInt(int64(keys.last))
	c.ReplyInt(int64(keys.step))
	replyNames(c, categories)
	c.ReplySet(len(cmd.Hints))
	for _, hint := range cmd.Hints {
		c.ReplyString(hint)
	}
	c.ReplySet(len(cmd.Keys))
	for i := range cmd.Keys {
		replyKeySpec(c, &cmd.Keys[i])
	}
	if len(cmd.Subcommands) == 0 {
		c.ReplySet(0)
		return
	}
	c.ReplyArray(len(cmd.Subcommands))
	for _, sub := range cmd.Subcommands {
		replyCommandInfo(c, sub)
	}
}

// keyRange is how clients were told of keys before there were specifications:
// from first to last (negative: counted from the end) in steps.
type keyRange struct{ first, last, step int }

// rangeOfKeys joins the specifications that stand at fixed places next to each
// other. A single one may have any step; the others cannot be told this way and
// are left out.
func rangeOfKeys(specs []keyspace.KeySpec) (r keyRange) {
	for i := range specs {
		k := &specs[i]
		if k.Keyword != "" || k.Count || k.Begin == 0 {
			continue
		}
		last := k.Last
		if last >= 0 {
			last += k.Begin
		}
		step := max(k.Step, 1)
		switch {
		case len(specs) == 1:
			return keyRange{k.Begin, last, step}
		case step != 1:
		case r.step == 0:
			r = keyRange{k.Begin, last, step}
		case r.last == k.Begin-1:
			r.last = last
		}
	}
	return r
}

// replyKeySpec replies a key specification as Redis 7 does.
func replyKeySpec(c *keyspace.Ctx, k *keyspace.KeySpec) {
	pairs, notes := 3, k.Notes
	if k.Flags&keyspace.KeyVariable != 0 {
		notes = "What is done with the key depends on the other arguments."
	}
	if notes != "" {
		pairs++
	}
	c.ReplyMap(pairs)
	if notes != "" {
		c.ReplyString("notes")
		c.ReplyString(notes)
	}
	c.ReplyString("flags")
	replyNames(c, k.Flags.Names())
	c.ReplyString("begin_search")
	switch {
	case k.Begin == 0:
		replySpec(c, "unknown")
	case k.Keyword != "":
		replySpec(c, "keyword", specField{"keyword", k.Keyword}, specField{"startfrom", k.Begin})
	default:
		replySpec(c, "index", specField{"index", k.Begin})
	}
	c.ReplyString("find_keys")
	switch step := max(k.Step, 1); {
	case k.Begin == 0:
		replySpec(c, "unknown")
	case k.Count:
		replySpec(c, "keynum", specField{"keynumidx", k.CountAt}, specField{"firstkey", k.First},
			specField{"keystep", step})
	default:
		replySpec(c, "range", specField{"lastkey", k.Last}, specField{"keystep", step}, specField{"limit", k.Limit})
	}
}

// specField is a part of a key specification: a number, or a word.
type specField struct {
	name  string
	value any
}

// replySpec replies how keys are searched: a type and what belongs to it.
func replySpec(c *keyspace.Ctx, kind string, fields ...specField) {
	c.ReplyMap(2)
	c.ReplyString("type")
	c.ReplyString(kind)
	c.ReplyString("spec")
	c.ReplyMap(len(fields))
	for _, field := range fields {
		c.ReplyString(field.name)
		switch v := field.value.(type) {
		case string:
			c.ReplyString(v)
		case int:
			c.ReplyInt(int64(v))
		}
	}
}
