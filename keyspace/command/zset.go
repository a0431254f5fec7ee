package command

import "solokv/keyspace"

func zsetCommands() []*keyspace.Command { return nil }
