package command

import (
	"slices"

	"solokv/keyspace"
)

// The commands of lists. A list is one listpack in the entry of its key until it
// outgrows list-max-listpack-size, and a list.List from then on; list_value.go hides
// which of the two it is. What blocks stands in list_block.go, beside the commands
// that do the same without waiting.

func listCommands() []*keyspace.Command {
	return slices.Concat(listPushCommands(), listPopCommands(), listReadCommands(), listPosCommands(),
		listChangeCommands(), listMoveCommands(), listBlockCommands())
}

// listRead fills in what the commands that read one list have in common.
func listRead(cmd keyspace.Command) *keyspace.Command {
	cmd.Flags |= keyspace.ReadOnly
	cmd.Group, cmd.Keys = groupList, keyspace.OneKey(keyspace.KeyRO|keyspace.KeyAccess)
	return &cmd
}

// listWrite does it for those that change one list.
func listWrite(keys keyspace.KeyFlags, cmd keyspace.Command) *keyspace.Command {
	cmd.Flags |= keyspace.Write
	cmd.Group, cmd.Keys = groupList, keyspace.OneKey(keyspace.KeyRW|keys)
	return &cmd
}

// Words of records and of arguments.
var (
	wordLPop      = []byte("LPOP")
	wordRPop      = []byte("RPOP")
	wordLMove     = []byte("LMOVE")
	wordRPopLPush = []byte("RPOPLPUSH")
)

// end is one of the two ends of a list.
type listEnd bool

const (
	head listEnd = true
	tail listEnd = false
)

// parseEnd reads LEFT or RIGHT.
func parseEnd(arg []byte) (listEnd, error) {
	switch {
	case keyspace.EqualFold(arg, "LEFT"):
		return head, nil
	case keyspace.EqualFold(arg, "RIGHT"):
		return tail, nil
	}
	return head, keyspace.ErrSyntax
}

// pushEvent and popEvent are the names of what happened at an end, and popWord the
// command that pops there.
func (e listEnd) pushEvent() string {
	if e == head {
		return "lpush"
	}
	return "rpush"
}

func (e listEnd) popEvent() string {
	if e == head {
		return "lpop"
	}
	return "rpop"
}

func (e listEnd) popWord() []byte {
	if e == head {
		return wordLPop
	}
	return wordRPop
}
