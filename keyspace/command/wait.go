package command

import "solokv/keyspace"

// WAIT and WAITAOF: until others, or the disk, have what was written. There are no
// replicas.

func waitCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "wait", Arity: 3, Flags: keyspace.NoScript, Group: groupGeneric, Since: "3.0.0", Complexity: "O(1)",
			Categories: []string{"-keyspace", "connection"},
			Summary:    "Waits until replicas have what was written, and returns their number.",
			Hints:      []string{hintAllShards, "response_policy:agg_min"},
			Syntax:     "numreplicas timeout", Handler: wait},
		{Name: "waitaof", Arity: 4, Flags: keyspace.NoScript, Group: groupGeneric, Since: "7.2.0", Complexity: "O(1)",
			Categories: []string{"-keyspace", "connection"},
			Summary:    "Waits until what was written outlasts a power cut, here and on replicas.",
			Hints:      []string{hintAllShards, "response_policy:agg_min"},
			Syntax:     "numlocal numreplicas timeout", Handler: waitAOF},
	}
}

const (
	errNotPositive keyspace.Error = "ERR value is out of range, must be positive"
	errNumLocal    keyspace.Error = "ERR value is out of range, value must between 0 and 1"
	errNoAOF       keyspace.Error = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."
)

func wait(c *keyspace.Ctx) error {
	replicas, err := c.Int(1)
	if err != nil {
		return err
	}
	if replicas < 0 {
		return errNotPositive
	}
	until, err := c.BlockUntilMs(c.Arg(2))
	if err != nil {
		return err
	}

	none := func(c *keyspace.Ctx) error { return c.ReplyInt(0) }
	if replicas == 0 || c.InExec() {
		return none(c)
	}
	return c.Block(keyspace.WaitFor{UntilMs: until, GiveUp: none})
}

func waitAOF(c *keyspace.Ctx) error {
	local, err := c.Int(1)
	if err != nil {
		return err
	}
	if local < 0 || local > 1 {
		return errNumLocal
	}
	replicas, err := c.Int(2)
	if err != nil {
		return err
	}
	if replicas < 0 {
		return errNotPositive
	}
	until, err := c.BlockUntilMs(c.Arg(3))
	if err != nil {
		return err
	}
	appended, synced, ok := c.Engine().Synced()
	if local > 0 && !ok {
		return errNoAOF
	}

	target, isAgain := c.Recalled().(int64)
	if !isAgain {
		target = appended
	}
	reply := func(c *keyspace.Ctx) error {
		_, synced, ok := c.Engine().Synced()
		c.ReplyArray(2)
		c.ReplyFlag(ok && synced >= target)
		return c.ReplyInt(0)
	}
	isSafe := local == 0 || synced >= target
	if isSafe && replicas == 0 || c.InExec() {
		return reply(c)
	}
	if !isSafe {
		c.AwaitSync()
	}
	return c.Block(keyspace.WaitFor{UntilMs: until, Note: target, GiveUp: reply})
}
