package command

import (
	"solokv/keyspace"
	"solokv/keyspace/config"
)

func configCommand() *keyspace.Command {
	return &keyspace.Command{
		Name: "config", Arity: -2, Summary: "A container for commands about the configuration.", Since: "2.0.0",
		Complexity: "Depends on subcommand.",
		Subcommands: []*keyspace.Command{
			{Name: "get", Arity: -3, Flags: serverAdmin | keyspace.NoScript,
				Summary: "Returns the values of directives.", Since: "2.0.0",
				Complexity: "O(N) when N is the number of directives asked for",
				Syntax:     "parameter [parameter ...]",
				History:    []string{"7.0.0 Added the ability to pass multiple pattern parameters in one call."}, Handler: configGet},
			{Name: "set", Arity: -4, Flags: serverAdmin | keyspace.NoScript,
				Summary: "Changes directives while the server runs.", Since: "2.0.0",
				Complexity: "O(N) when N is the number of directives set",
				Syntax:     "parameter value [parameter value ...]",
				Hints:      []string{hintAllNodes, hintAllSucceeded},
				History:    []string{"7.0.0 Added the ability to set multiple parameters in one call."}, Handler: configSet},
			{Name: "resetstat", Arity: 2, Flags: serverAdmin | keyspace.NoScript,
				Summary: "Clears the statistics that INFO reports.", Since: "2.0.0", Complexity: "O(1)",
				Hints: []string{hintAllNodes, hintAllSucceeded}, Handler: configResetStat},
			{Name: "rewrite", Arity: 2, Flags: serverAdmin | keyspace.NoScript,
				Summary: "Writes the present configuration to the configuration file.", Since: "2.8.0", Complexity: "O(1)",
				Hints: []string{hintAllNodes, hintAllSucceeded}, Handler: configRewrite},
			{Name: "help", Arity: 2, Flags: serverAnyTime, Summary: "Returns helpful text about the subcommands.",
				Since: "5.0.0", Complexity: "O(1)",
				Handler: help("config",
					"GET <pattern>",
					"    Return the directives that match the glob-like <pattern>, and their values.",
					"SET <directive> <value>",
					"    Set the <directive> to <value>.",
					"RESETSTAT",
					"    Reset the statistics that INFO reports.",
					"REWRITE",
					"    Rewrite the configuration file.")},
		},
	}
}

func configGet(c *keyspace.Ctx) error {
	patterns := make([]string, 0, c.Argc()-2)
	for _, arg := range c.Args()[2:] {
		patterns = append(patterns, string(arg))
	}

	pairs := c.Engine().Config().Get(patterns...)

	c.ReplyMap(len(pairs))
	for _, pair := range pairs {
		c.ReplyString(pair.Name)
		c.ReplyString(pair.Value)
	}
	return nil
}

func configSet(c *keyspace.Ctx) error {
	if c.Argc()%2 != 0 {
		return keyspace.ErrSyntax
	}
	pairs := make([]config.Pair, 0, c.Argc()/2-1)
	for i := 2; i < c.Argc(); i += 2 {
		pairs = append(pairs, config.Pair{Name: string(c.Arg(i)), Value: string(c.Arg(i + 1))})
	}

	configRedact(c, pairs)
	if err := c.SetConfig(pairs); err != nil {
		return err
	}
	return c.OK()
}

// configRedact keeps secrets out of the slow log.
func configRedact(c *keyspace.Ctx, pairs []config.Pair) {
	for i, pair := range pairs {
		if d, ok := c.Engine().Config().Lookup(pair.Name); ok && d.Has(config.Sensitive) {
			c.Redact(2*i + 3)
		}
	}
}

func configResetStat(c *keyspace.Ctx) error {
	c.Engine().ResetStats()
	return c.OK()
}

func configRewrite(c *keyspace.Ctx) error {
	if err := c.Engine().RewriteConfig(false); err != nil {
		return err
	}
	c.Engine().Log().Warn().Msg("CONFIG REWRITE executed with success.")
	return c.OK()
}
