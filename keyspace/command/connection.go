package command

import "solokv/keyspace"

func connectionCommands() []*keyspace.Command { return nil }
