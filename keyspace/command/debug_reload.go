package command

import "solokv/keyspace"

// DEBUG RELOAD and LOADAOF: the data as it comes back from disk. The server does
// nothing else meanwhile.

func debugReloadForms() []debugSubcommand {
	return []debugSubcommand{
		{"RELOAD", 2, debugArgcAny, debugReload, []string{"RELOAD [option ...]",
			"Save the database file and load it again. Options:",
			"* MERGE: keys that are in memory already are replaced, not an error.",
			"* NOFLUSH: what is in memory stays.",
			"* NOSAVE: load the file that is there."}},
		{"LOADAOF", 2, 2, debugLoadAOF, []string{"LOADAOF",
			"Bring the append-only file up to date and load it again."}},
	}
}

const (
	errDebugReload keyspace.Error = "ERR Error trying to load the RDB dump, check server logs."
	errDebugLoad   keyspace.Error = "ERR Error trying to load the AOF files, check server logs."
)

func debugReload(c *keyspace.Ctx) error {
	var reload keyspace.Reload
	save := true
	o := c.Options(2)
	for o.Next() {
		switch {
		case o.Is("MERGE"):
			reload.Merge = true
		case o.Is("NOFLUSH"):
			reload.Keep = true
		case o.Is("NOSAVE"):
			save = false
		default:
			return keyspace.Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
		}
	}

	if save {
		if err := c.Save(); err != nil {
			return err
		}
	}
	if err := c.Reload(reload); err != nil {
		return errDebugReload
	}
	return c.OK()
}

func debugLoadAOF(c *keyspace.Ctx) error {
	if err := c.Reload(keyspace.Reload{Journal: true}); err != nil {
		return errDebugLoad
	}
	return c.OK()
}
