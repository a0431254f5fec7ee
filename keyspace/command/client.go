package command

import (
	"math"

	"solokv/keyspace"
)

// clientFlags are those of the subcommands that every user may use.
const clientFlags = keyspace.NoScript | keyspace.Loading | keyspace.Stale

func clientCommands() []*keyspace.Command {
	const admin = keyspace.Admin | clientFlags
	everywhere := []string{"request_policy:all_nodes", "response_policy:all_succeeded"}
	volatile := []string{"nondeterministic_output"}
	commands := []*keyspace.Command{
		{Name: "caching", Arity: 3, Flags: clientFlags,
			Summary: "Says whether what the next request reads is tracked.", Since: "6.0.0", Complexity: "O(1)",
			Syntax: "<mode: YES | NO>", Handler: clientCaching},
		{Name: "getname", Arity: 2, Flags: clientFlags, Summary: "Returns the name of the connection.",
			Since: "2.6.9", Complexity: "O(1)", Handler: clientGetName},
		{Name: "getredir", Arity: 2, Flags: clientFlags,
			Summary: "Returns the client that invalidation messages are redirected to.",
			Since:   "6.0.0", Complexity: "O(1)", Handler: clientGetRedir},
		{Name: "help", Arity: 2, Flags: keyspace.Loading | keyspace.Stale, Summary: "Describes the subcommands.",
			Since: "5.0.0", Complexity: "O(1)", Handler: clientHelp},
		{Name: "id", Arity: 2, Flags: clientFlags, Summary: "Returns the number of the connection.",
			Since: "5.0.0", Complexity: "O(1)", Handler: clientID},
		{Name: "info", Arity: 2, Flags: clientFlags, Summary: "Describes the connection.",
			Since: "6.2.0", Complexity: "O(1)", Hints: volatile, Handler: clientInfo},
		{Name: "kill", Arity: -3, Flags: admin, Summary: "Closes connections.", Since: "2.4.0",
			Complexity: "O(N) where N is the number of client connections", Syntax: clientKillSyntax,
			History: []string{"2.8.12 Added the filters, among them `ID` and `TYPE`.",
				"3.2.0 Added the type `MASTER`.", "5.0.0 Added the type `REPLICA`, the new word for slaves.",
				"6.2.0 Added `LADDR`."}, Handler: clientKill},
		{Name: "list", Arity: -2, Flags: admin, Summary: "Lists the open connections.", Since: "2.4.0",
			Complexity: "O(N) where N is the number of client connections",
			Syntax:     "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
			Hints:      volatile,
			History: []string{"2.8.12 Added the field `id`.", "5.0.0 Added `TYPE`.", "6.0.0 Added the field `user`.",
				"6.2.0 Added the fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and `ID`.",
				"7.0.0 Added the fields `resp`, `multi-mem`, `rbs` and `rbp`.", "7.0.3 Added the field `ssub`.",
				"7.2.0 Added the fields `lib-name` and `lib-ver`."}, Handler: clientList},
		{Name: "no-evict", Arity: 3, Flags: admin, Summary: "Protects the connection from client eviction.",
			Since: "7.0.0", Complexity: "O(1)", Syntax: "<ON | OFF>", Handler: clientNoEvict},
		{Name: "no-touch", Arity: 3, Flags: clientFlags,
			Summary: "Lets the connection look at keys without making them count as used.",
			Since:   "7.2.0", Complexity: "O(1)", Syntax: "<ON | OFF>", Handler: clientNoTouch},
		{Name: "pause", Arity: -3, Flags: admin, Summary: "Holds up the requests of all clients for a while.",
			Since: "3.0.0", Complexity: "O(1)", Syntax: "timeout [WRITE | ALL]",
			History: []string{"6.2.0 Added the modes `WRITE` and `ALL`."}, Handler: clientPause},
		{Name: "reply", Arity: 3, Flags: clientFlags, Summary: "Chooses whether the connection gets replies.",
			Since: "3.2.0", Complexity: "O(1)", Syntax: "<action: ON | OFF | SKIP>", Handler: clientReply},
		{Name: "setinfo", Arity: 4, Flags: clientFlags, Summary: "Tells the client library's name or version.",
			Since: "7.2.0", Complexity: "O(1)", Syntax: "<attr: LIB-NAME libname | LIB-VER libver>",
			Hints: everywhere, Handler: clientSetInfo},
		{Name: "setname", Arity: 3, Flags: clientFlags, Summary: "Names the connection.", Since: "2.6.9",
			Complexity: "O(1)", Syntax: "connection-name", Hints: everywhere, Handler: clientSetName},
		{Name: "tracking", Arity: -3, Flags: clientFlags,
			Summary: "Begins or ends the tracking of the keys that the connection reads.", Since: "6.0.0",
			Complexity: "O(1). Some options may introduce additional complexity.", Syntax: clientTrackingSyntax,
			Handler: clientTracking},
		{Name: "trackinginfo", Arity: 2, Flags: clientFlags, Summary: "Describes the tracking of the connection's keys.",
			Since: "6.2.0", Complexity: "O(1)", Handler: clientTrackingInfo},
		{Name: "unblock", Arity: -3, Flags: admin, Summary: "Ends the waiting of a client in a blocking command.",
			Since: "5.0.0", Complexity: "O(log N) where N is the number of client connections",
			Syntax: "client-id [TIMEOUT | ERROR]", Handler: clientUnblock},
		{Name: "unpause", Arity: 2, Flags: admin, Summary: "Ends CLIENT PAUSE.", Since: "6.2.0",
			Complexity: "O(N) where N is the number of paused clients", Handler: clientUnpause},
	}
	for _, cmd := range commands {
		cmd.Flags |= keyspace.KeepsCaching
	}
	return commands
}

var clientHelp = help("client",
	"CACHING (YES|NO)",
	"    Say whether what the next request reads is tracked, in the modes OPTIN and OPTOUT.",
	"GETNAME",
	"    Return the name of this connection.",
	"GETREDIR",
	"    Return the number of the client that invalidations go to, or -1.",
	"ID",
	"    Return the number of this connection.",
	"INFO",
	"    Return the line of CLIENT LIST for this connection.",
	"KILL <ip:port>",
	"    Close the connection from <ip:port>.",
	"KILL <option> <value> [<option> <value> [...]]",
	"    Close the connections that fit all of:",
	"    * ADDR (<ip:port>|<unixsocket>:0)",
	"      Those from that address.",
	"    * ID <client-id>",
	"      The one of that number.",
	"    * LADDR (<ip:port>|<unixsocket>:0)",
	"      Those that were made to that address.",
	"    * MAXAGE <seconds>",
	"      Those that are at least so old.",
	"    * SKIPME (YES|NO)",
	"      Whether this connection is spared (default: yes).",
	"    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
	"      Those of that type.",
	"    * USER <username>",
	"      Those of that user.",
	"LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [...]]",
	"    Return a line for each connection.",
	"NO-EVICT (ON|OFF)",
	"    Spare this connection when clients take too much memory.",
	"NO-TOUCH (ON|OFF)",
	"    Do not let this connection's reads count for LRU and LFU.",
	"PAUSE <timeout> [WRITE|ALL]",
	"    Hold up writes, or everything, for <timeout> milliseconds.",
	"REPLY (ON|OFF|SKIP)",
	"    Choose whether this connection gets replies.",
	"SETINFO <option> <value>",
	"    Tell about the client: LIB-NAME or LIB-VER of its library.",
	"SETNAME <name>",
	"    Name this connection.",
	"TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
	"         [OPTIN] [OPTOUT] [NOLOOP]",
	"    Begin or end the tracking of the keys that this connection reads.",
	"TRACKINGINFO",
	"    Return what is tracked for this connection.",
	"UNBLOCK <client-id> [TIMEOUT|ERROR]",
	"    End the waiting of a blocked client.",
	"UNPAUSE",
	"    End CLIENT PAUSE.",
)

func clientID(c *keyspace.Ctx) error { return c.ReplyInt(c.Session().ID()) }

func clientGetName(c *keyspace.Ctx) error {
	name := c.Session().Name()
	if name == "" {
		return c.ReplyNull()
	}
	return c.ReplyString(name)
}

func clientSetName(c *keyspace.Ctx) error {
	name, err := clientName(c.Arg(2))
	if err != nil {
		return err
	}

	c.Session().SetName(name)

	return c.OK()
}

// clientName checks a name that CLIENT LIST will show.
func clientName(arg []byte) (string, error) {
	if !isPlainWord(arg) {
		return "", keyspace.Error("ERR Client names cannot contain spaces, newlines or special characters.")
	}
	return string(arg), nil
}

// isPlainWord tells whether CLIENT LIST, whose fields end at blanks, can show a
// word.
func isPlainWord(word []byte) bool {
	for _, b := range word {
		if b < '!' || b > '~' {
			return false
		}
	}
	return true
}

func clientSetInfo(c *keyspace.Ctx) error {
	o := c.Options(2)
	o.Next()
	isName, isVersion := o.Is("LIB-NAME"), o.Is("LIB-VER")
	attribute := keyspace.Quoted(nil, c.Arg(2), 128)
	if !isName && !isVersion {
		return keyspace.Errorf("ERR Unrecognized option '%s'", attribute)
	}
	if !isPlainWord(c.Arg(3)) {
		return keyspace.Errorf("ERR %s cannot contain spaces, newlines or special characters.", attribute)
	}
	value := string(c.Arg(3))

	if isName {
		c.Session().SetLibrary(&value, nil)
	} else {
		c.Session().SetLibrary(nil, &value)
	}

	return c.OK()
}

func clientReply(c *keyspace.Ctx) error {
	switch mode := c.Arg(2); {
	case keyspace.EqualFold(mode, "ON"):
		c.Session().SetReplyMode(keyspace.ReplyOn)
		return c.OK()
	case keyspace.EqualFold(mode, "OFF"):
		c.Session().SetReplyMode(keyspace.ReplyOff)
	case keyspace.EqualFold(mode, "SKIP"):
		c.Session().SetReplyMode(keyspace.ReplySkip)
	default:
		return keyspace.ErrSyntax
	}
	return nil // silence begins at once
}

func clientNoEvict(c *keyspace.Ctx) error { return clientSwitch(c, c.SetNoEvict) }

func clientNoTouch(c *keyspace.Ctx) error { return clientSwitch(c, c.Session().SetNoTouch) }

// clientSwitch hands ON or OFF to set.
func clientSwitch(c *keyspace.Ctx, set func(on bool)) error {
	on := keyspace.EqualFold(c.Arg(2), "ON")
	if !on && !keyspace.EqualFold(c.Arg(2), "OFF") {
		return keyspace.ErrSyntax
	}

	set(on)

	return c.OK()
}

func clientPause(c *keyspace.Ctx) error {
	if c.Argc() > 4 {
		return errSubcommandArguments(c)
	}
	all := true
	if c.Argc() == 4 {
		all = keyspace.EqualFold(c.Arg(3), "ALL")
		if !all && !keyspace.EqualFold(c.Arg(3), "WRITE") {
			return keyspace.Error("ERR CLIENT PAUSE mode must be WRITE or ALL")
		}
	}
	delayMs, err := c.Int(2)
	switch {
	case err != nil:
		return keyspace.Error("ERR timeout is not an integer or out of range")
	case delayMs < 0:
		return keyspace.Error("ERR timeout is negative")
	case delayMs > math.MaxInt64-c.NowMs():
		return keyspace.Error("ERR timeout is out of range")
	}

	c.Engine().PauseUntil(c.NowMs()+delayMs, all)

	return c.OK()
}

func clientUnpause(c *keyspace.Ctx) error {
	c.Engine().Unpause()
	return c.OK()
}

// clientUnblock ends a wait. What CLIENT PAUSE holds up is not blocked in this
// sense.
func clientUnblock(c *keyspace.Ctx) error {
	if c.Argc() > 4 {
		return errSubcommandArguments(c)
	}
	if c.Argc() == 4 && !keyspace.EqualFold(c.Arg(3), "TIMEOUT") && !keyspace.EqualFold(c.Arg(3), "ERROR") {
		return keyspace.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
	}
	id, err := c.Int(2)
	if err != nil {
		return err
	}
	withError := c.Argc() == 4 && keyspace.EqualFold(c.Arg(3), "ERROR")
	s := c.Engine().Client(id)

	return c.ReplyFlag(s != nil && c.Engine().Unblock(s, withError))
}
