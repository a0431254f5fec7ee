package command

import "solokv/keyspace"

func bitmapCommands() []*keyspace.Command { return nil }
