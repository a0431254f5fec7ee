package command

import (
	"solokv/keyspace"
	"solokv/keyspace/acl"
)

// ACL's subcommands about users. What may hold a password, or the name of somebody who
// has one, stays out of the slow log.

func aclWhoAmI(c *keyspace.Ctx) error { return c.ReplyString(c.Session().User().Name()) }

func aclUsers(c *keyspace.Ctx) error { return c.ReplyStrings(c.Engine().Users().Names()) }

func aclList(c *keyspace.Ctx) error { return c.ReplyStrings(c.Engine().Users().List()) }

func aclLoad(c *keyspace.Ctx) error {
	if err := c.LoadUsers(); err != nil {
		return err
	}
	return c.OK()
}

func aclSave(c *keyspace.Ctx) error {
	if err := c.SaveUsers(); err != nil {
		return err
	}
	return c.OK()
}

// namesRedacted takes the arguments from from on, which nobody else is to see.
func namesRedacted(c *keyspace.Ctx, from int) []string {
	names := make([]string, 0, c.Argc()-from)
	for i := from; i < c.Argc(); i++ {
		names = append(names, string(c.Arg(i)))
		c.Redact(i)
	}
	return names
}

func aclSetUser(c *keyspace.Ctx) error {
	words := namesRedacted(c, 2)

	if err := c.SetUser(words[0], words[1:]); err != nil {
		return err
	}

	return c.OK()
}

func aclDelUser(c *keyspace.Ctx) error {
	deleted := int64(0)
	for _, name := range namesRedacted(c, 2) {
		found, err := c.DeleteUser(name)
		if err != nil {
			return err
		}
		if found {
			deleted++
		}
	}
	return c.ReplyInt(deleted)
}

func aclGetUser(c *keyspace.Ctx) error {
	user := c.Engine().Users().Get(namesRedacted(c, 2)[0])
	if user == nil {
		return c.ReplyNull()
	}

	c.ReplyMap(6)
	c.ReplyString("flags")
	flags := user.Flags()
	c.ReplySet(len(flags))
	for _, flag := range flags {
		c.ReplyString(flag)
	}
	c.ReplyString("passwords")
	c.ReplyStrings(user.Passwords())
	replyPermissions(c, user.Root())
	c.ReplyString("selectors")
	c.ReplyArray(len(user.Selectors()))
	for _, selector := range user.Selectors() {
		c.ReplyMap(3)
		replyPermissions(c, selector)
	}
	return nil
}

// replyPermissions replies three pairs.
func replyPermissions(c *keyspace.Ctx, p *acl.Permissions) {
	c.ReplyString("commands")
	c.ReplyString(p.Commands())
	c.ReplyString("keys")
	c.ReplyString(p.Keys())
	c.ReplyString("channels")
	c.ReplyString(p.Channels())
}
