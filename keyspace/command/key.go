package command

import "solokv/keyspace"

func keyCommands() []*keyspace.Command { return nil }
