package command

import "solokv/keyspace"

func serverCommands() []*keyspace.Command { return nil }
