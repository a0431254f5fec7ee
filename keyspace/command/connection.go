package command

import (
	"solokv/keyspace"
	"solokv/keyspace/acl"
)

// What a client says about its connection: who it is, which protocol it speaks,
// which database it means.

// openFlags are those of the commands that work before anything else does:
// without authentication, while loading, during a long script.
const openFlags = keyspace.NoScript | keyspace.Loading | keyspace.Stale | keyspace.Fast | keyspace.NoAuth |
	keyspace.AllowBusy

func connectionCommands() []*keyspace.Command {
	return append([]*keyspace.Command{
		{Name: "auth", Arity: -2, Flags: openFlags, Group: groupConnection,
			Summary: "Makes the connection that of a user.", Since: "1.0.0",
			Complexity: "O(N) where N is the number of passwords of the user",
			Syntax:     "[username] password",
			History:    []string{"6.0.0 Added `username`: users beside the default one."}, Handler: auth},
		{Name: "echo", Arity: 2, Flags: keyspace.Loading | keyspace.Stale | keyspace.Fast, Group: groupConnection,
			Summary: "Returns the message.", Since: "1.0.0", Complexity: "O(1)", Syntax: "message", Handler: echo},
		{Name: "hello", Arity: -1, Flags: openFlags, Group: groupConnection,
			Summary: "Chooses the version of the protocol and describes the server.", Since: "6.0.0",
			Complexity: "O(1)", Syntax: "[arguments: protover [AUTH username password] [SETNAME clientname]]",
			History: []string{"6.2.0 Without `protover` the connection stays as it is."}, Handler: hello},
		{Name: "ping", Arity: -1, Flags: keyspace.Fast | keyspace.Subscriber, Group: groupConnection,
			Summary: "Answers, to show that the server is alive.", Since: "1.0.0", Complexity: "O(1)",
			Syntax: "[message]", Hints: []string{"request_policy:all_shards", "response_policy:all_succeeded"},
			Handler: ping},
		{Name: "quit", Arity: -1, Flags: openFlags | keyspace.Immediate | keyspace.Subscriber, Group: groupConnection,
			Summary: "Closes the connection.", Since: "1.0.0", Complexity: "O(1)",
			Deprecated: "7.2.0 just closing the connection", Handler: quit},
		{Name: "reset", Arity: 1, Flags: openFlags | keyspace.Immediate | keyspace.Subscriber, Group: groupConnection,
			Summary: "Makes the connection like a new one.", Since: "6.2.0", Complexity: "O(1)", Handler: reset},
		{Name: "select", Arity: 2, Flags: keyspace.Loading | keyspace.Stale | keyspace.Fast, Group: groupConnection,
			Summary: "Chooses the database.", Since: "1.0.0", Complexity: "O(1)", Syntax: "index",
			Handler: selectDB},
		{Name: "client", Arity: -2, Group: groupConnection, Summary: "A container for commands about connections.",
			Since: "2.4.0", Complexity: "Depends on subcommand.", Subcommands: clientCommands()},
	}, commandCommands()...)
}

const (
	errWrongPassword keyspace.Error = "WRONGPASS invalid username-password pair or user is disabled."
	errNoPassword    keyspace.Error = "ERR AUTH <password> called without any password configured for the default" +
		" user. Are you sure your configuration is correct?"
	errNoProtocol     keyspace.Error = "NOPROTO unsupported protocol version"
	errProtocolNumber keyspace.Error = "ERR Protocol version is not an integer or out of range"
	errHelloNoAuth    keyspace.Error = "NOAUTH HELLO must be called with the client already authenticated," +
		" otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP" +
		" protocol version at the same time"
)

func auth(c *keyspace.Ctx) error {
	if c.Argc() > 3 {
		return keyspace.ErrSyntax
	}
	user, password := []byte(acl.DefaultName), c.Arg(c.Argc()-1)
	c.Redact(c.Argc() - 1)
	if c.Argc() == 2 && c.Engine().Users().Default().NoPass() {
		return errNoPassword
	}
	if c.Argc() == 3 {
		user = c.Arg(1)
		c.Redact(1)
	}

	if !c.Login(user, password) {
		return errWrongPassword
	}

	return c.OK()
}

func echo(c *keyspace.Ctx) error { return c.ReplyBulk(c.Arg(1)) }

func ping(c *keyspace.Ctx) error {
	switch {
	case c.Argc() > 2:
		return keyspace.ErrArity("ping")
	case isRESP2Subscriber(c):
		return pingSubscriber(c)
	case c.Argc() == 1:
		return c.Simple("PONG")
	}
	return c.ReplyBulk(c.Arg(1))
}

func quit(c *keyspace.Ctx) error {
	c.Session().CloseAfterReply()
	return c.OK()
}

func reset(c *keyspace.Ctx) error {
	c.ResetSession()
	return c.Simple("RESET")
}

func selectDB(c *keyspace.Ctx) error {
	index, err := c.Int(1)
	if err != nil {
		return err
	}
	if index != int64(int32(index)) {
		return errIndexRange
	}

	if err := c.Select(index); err != nil {
		return err
	}

	return c.OK()
}

const errIndexRange keyspace.Error = "ERR value is out of range, value must between -2147483648 and 2147483647"

// greeting is what HELLO asks for; nil is what it leaves alone.
type greeting struct {
	proto          int
	user, password []byte
	name           *string
}

// hello does nothing at all unless it can do everything.
func hello(c *keyspace.Ctx) error {
	g, err := parseHello(c)
	if err != nil {
		return err
	}
	s := c.Session()

	if g.user != nil && !c.Login(g.user, g.password) {
		return errWrongPassword
	}
	if !s.Authenticated() {
		return errHelloNoAuth
	}
	if g.name != nil {
		s.SetName(*g.name)
	}
	s.SetProto(g.proto)

	return replyHello(c)
}

func parseHello(c *keyspace.Ctx) (g greeting, err error) {
	g.proto = c.Proto()
	if c.Argc() > 1 {
		proto, err := c.Int(1)
		if err != nil {
			return g, errProtocolNumber
		}
		if proto != 2 && proto != 3 {
			return g, errNoProtocol
		}
		g.proto = int(proto)
	}
	o := c.Options(2)
	for o.Next() {
		switch {
		case o.Is("AUTH") && o.Left() >= 2:
			g.user, g.password = o.Arg(), o.Arg()
			at := c.Argc() - 1 - o.Left()
			c.Redact(at - 1)
			c.Redact(at)
		case o.Is("SETNAME") && o.Left() >= 1:
			name, err := clientName(o.Arg())
			o.Fail(err)
			g.name = &name
		default:
			o.Fail(keyspace.Errorf("ERR Syntax error in HELLO option '%s'", keyspace.Quoted(nil, o.Current(), 128)))
		}
	}
	return g, o.Err()
}

func replyHello(c *keyspace.Ctx) error {
	c.ReplyMap(7)
	c.ReplyString("server")
	c.ReplyString("redis")
	c.ReplyString("version")
	c.ReplyString(c.Engine().Build().Compatible)
	c.ReplyString("proto")
	c.ReplyInt(int64(c.Proto()))
	c.ReplyString("id")
	c.ReplyInt(c.Session().ID())
	c.ReplyString("mode")
	c.ReplyString("standalone")
	c.ReplyString("role")
	c.ReplyString("master")
	c.ReplyString("modules")
	return c.ReplyArray(0)
}
