package command

import "solokv/keyspace"

func geoCommands() []*keyspace.Command { return nil }
