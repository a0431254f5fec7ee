package command

import "solokv/keyspace"

func setCommands() []*keyspace.Command { return nil }
