package command

import "solokv/keyspace"

// moduleCommand is for tools that ask which modules there are: none, and there cannot be any.
func moduleCommand() *keyspace.Command {
	const flags = keyspace.Admin | keyspace.NoScript
	return &keyspace.Command{
		Name: "module", Arity: -2, Summary: "A container for commands about modules.", Since: "4.0.0",
		Complexity: "Depends on subcommand.",
		Subcommands: []*keyspace.Command{
			{Name: "list", Arity: 2, Flags: flags, Summary: "Returns the modules that are loaded: none.", Since: "4.0.0",
				Complexity: "O(N) where N is the number of loaded modules.", Hints: []string{"nondeterministic_output_order"},
				Handler: func(c *keyspace.Ctx) error { return c.ReplyArray(0) }},
			{Name: "load", Arity: -3, Flags: flags, Summary: "Fails: there are no modules.", Since: "4.0.0",
				Complexity: "O(1)", Syntax: "path [arg [arg ...]]", Handler: protectedModule(errModuleLoad)},
			{Name: "loadex", Arity: -3, Flags: flags, Summary: "Fails: there are no modules.", Since: "7.0.0",
				Complexity: "O(1)", Syntax: "path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]",
				Handler: protectedModule(errModuleLoad)},
			{Name: "unload", Arity: 3, Flags: flags, Summary: "Fails: there are no modules.", Since: "4.0.0",
				Complexity: "O(1)", Syntax: "name", Handler: protectedModule(errModuleUnload)},
			{Name: "help", Arity: 2, Flags: serverAnyTime, Summary: "Returns helpful text about the subcommands.",
				Since: "5.0.0", Complexity: "O(1)",
				Handler: help("module",
					"LIST",
					"    Return the modules that are loaded: none, as there are no modules.",
					"LOAD <path> [<arg> ...]",
					"    Fail.",
					"LOADEX <path> [CONFIG <name> <value> ...] [ARGS <arg> ...]",
					"    Fail.",
					"UNLOAD <name>",
					"    Fail.")},
		},
	}
}

const (
	errModuleOff keyspace.Error = "ERR MODULE command not allowed. If the enable-module-command option is set to " +
		"\"local\", you can run it from a local connection, otherwise you need to set this option in the " +
		"configuration file, and then restart the server."
	errModuleLoad   keyspace.Error = "ERR Error loading the extension. Please check the server logs."
	errModuleUnload keyspace.Error = "ERR Error unloading module: no such module with that name"
)

// protectedModule fails in the way of a Redis that does not find the module.
func protectedModule(failure keyspace.Error) keyspace.Handler {
	return func(c *keyspace.Ctx) error {
		if !c.Engine().Config().Values().EnableModuleCommand.Admits(c.Session().Local()) {
			return errModuleOff
		}
		return failure
	}
}
