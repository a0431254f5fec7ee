package command

import "solokv/keyspace"

func hashCommands() []*keyspace.Command { return nil }
