package command

import "solokv/keyspace"

// Groups of commands, as COMMAND DOCS names them.
const (
	groupString     keyspace.Group = "string"
	groupGeneric    keyspace.Group = "generic"
	groupConnection keyspace.Group = "connection"
	groupServer     keyspace.Group = "server"
	groupList       keyspace.Group = "list"
	groupSet        keyspace.Group = "set"
	groupHash       keyspace.Group = "hash"
	groupZSet       keyspace.Group = "sorted-set"
	groupStream     keyspace.Group = "stream"
	groupBitmap     keyspace.Group = "bitmap"
	groupHLL        keyspace.Group = "hyperloglog"
	groupGeo        keyspace.Group = "geo"

	groupTransactions keyspace.Group = "transactions"
	groupPubSub       keyspace.Group = "pubsub"
	groupScripting    keyspace.Group = "scripting"
)

// Table returns the whole command table. Groups are returned by functions, not
// kept in variables: the handlers of COMMAND read the table that holds them.
func Table() []*keyspace.Command { return TableWith(new(Lua)) }

// TableWith is Table for one who wants to know of the scripts that its commands run.
func TableWith(l *Lua) []*keyspace.Command {
	var all []*keyspace.Command
	for _, group := range [][]*keyspace.Command{
		stringCommands(),
		keyCommands(),
		listCommands(),
		setCommands(),
		hashCommands(),
		zsetCommands(),
		streamCommands(),
		bitmapCommands(),
		hyperLogLogCommands(),
		geoCommands(),
		sortCommands(),
		transactionCommands(),
		pubsubCommands(),
		l.scriptCommands(),
		l.functionCommands(),
		waitCommands(),
		connectionCommands(),
		serverCommands(),
	} {
		all = append(all, group...)
	}
	return all
}
