package command

import "solokv/keyspace"

func hyperLogLogCommands() []*keyspace.Command { return nil }
