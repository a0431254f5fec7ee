package command

import (
	"fmt"
	"math"
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/glob"
)

func debugCommand() *keyspace.Command {
	return &keyspace.Command{
		Name: "debug", System: true, Arity: -2, Flags: serverAdmin | keyspace.NoScript | keyspace.Protected,
		Summary: "A container for commands that help to test and to debug.", Since: "1.0.0",
		Complexity: "Depends on subcommand.", Handler: debug,
	}
}

// debugSubcommand is a form of DEBUG. They are no entries of the command table:
// Redis knows none, and COMMAND INFO and ACL rules would show the difference.
type debugSubcommand struct {
	name             string // in capitals
	argcMin, argcMax int    // with DEBUG and the name
	run              keyspace.Handler
	help             []string // the form, then what it does; without: an alias
}

const debugArgcAny = math.MaxInt

func debugSubcommands() []debugSubcommand {
	var all []debugSubcommand
	for _, group := range [][]debugSubcommand{debugDataForms(), debugServerForms(), debugReloadForms(), debugCrashForms()} {
		all = append(all, group...)
	}
	return all
}

const errDebugOff keyspace.Error = "ERR DEBUG command not allowed. If the enable-debug-command option is set to " +
	"\"local\", you can run it from a local connection, otherwise you need to set this option in the configuration " +
	"file, and then restart the server."

func debug(c *keyspace.Ctx) error {
	if !c.Engine().Config().Values().EnableDebugCommand.Admits(c.Session().Local()) {
		return errDebugOff
	}
	forms := debugSubcommands()
	if keyspace.EqualFold(c.Arg(1), "HELP") && c.Argc() == 2 {
		return debugHelp(c, forms)
	}
	for i := range forms {
		f := &forms[i]
		if keyspace.EqualFold(c.Arg(1), f.name) && f.argcMin <= c.Argc() && c.Argc() <= f.argcMax {
			return f.run(c)
		}
	}
	return errSubcommandUse(c)
}

func debugHelp(c *keyspace.Ctx, forms []debugSubcommand) error {
	var lines []string
	for i := range forms {
		for j, line := range forms[i].help {
			if j > 0 {
				line = "    " + line
			}
			lines = append(lines, line)
		}
	}
	return help("debug", lines...)(c)
}

// debugServerForms change or ask what is not data.
func debugServerForms() []debugSubcommand {
	return []debugSubcommand{
		{"SLEEP", 3, 3, debugSleep, []string{"SLEEP <seconds>", "Stop the server for that time. Decimals are allowed."}},
		{"SET-ACTIVE-EXPIRE", 3, 3, debugSetActiveExpire, []string{"SET-ACTIVE-EXPIRE <0|1>",
			"With 0, keys whose time has come are removed only when somebody looks at them."}},
		{"PAUSE-CRON", 3, 3, debugPauseCron, []string{"PAUSE-CRON <0|1>", "Stop the periodic housekeeping."}},
		{"SET-SKIP-CHECKSUM-VALIDATION", 3, 3, debugSkipChecksums, []string{"SET-SKIP-CHECKSUM-VALIDATION <0|1>",
			"With 1, the checksums of dumps are not looked at."}},
		{"SET-DISABLE-DENY-SCRIPTS", 3, 3, debugDenyScripts, []string{"SET-DISABLE-DENY-SCRIPTS <0|1>",
			"With 1, scripts may call commands that are not meant for them, but for those that block,",
			"or run scripts and transactions themselves."}},
		{"QUICKLIST-PACKED-THRESHOLD", 3, 3, debugPackedThreshold, []string{"QUICKLIST-PACKED-THRESHOLD <size>",
			"Accepted without an effect: lists of this server have no nodes of another kind",
			"for large elements."}},
		{"REPLYBUFFER", 4, 4, debugReplyBuffer, []string{
			"REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|milliseconds>", "REPLYBUFFER RESIZING <0|1>",
			"Accepted without an effect: a buffer for replies belongs to a batch of requests, and is",
			"given back when it has grown."}},
		{"CHANGE-REPL-ID", 2, 2, debugChangeReplID, []string{"CHANGE-REPL-ID", "Begin another replication history."}},
		{"CONFIG-REWRITE-FORCE-ALL", 2, 2, debugRewriteAll, []string{"CONFIG-REWRITE-FORCE-ALL",
			"CONFIG REWRITE with a line for every directive, defaults as well."}},
		{"LOG", 3, 3, debugLog, []string{"LOG <message>", "Write the <message> to the server's log."}},
		{"ERROR", 3, 3, debugError, []string{"ERROR <string>", "Return the <string> as an error."}},
		{"STRINGMATCH-LEN", 4, 4, debugStringMatch, []string{"STRINGMATCH-LEN <pattern> <string>",
			"Return 1 if the glob-style <pattern> matches the <string>, else 0."}},
		{"PROTOCOL", 3, 3, debugProtocol, []string{"PROTOCOL <type>",
			"Return a sample of a type: string, integer, double, bignum, null, array, set, map,",
			"attrib, push, verbatim, true, false."}},
	}
}

// debugNumber reads as C's atoi does: what is no number is 0.
func debugNumber(arg []byte) int {
	n, err := strconv.Atoi(string(arg))
	if err != nil {
		return 0
	}
	return n
}

const debugSleepSecondsMax = 1 << 30

func debugSleep(c *keyspace.Ctx) error {
	seconds, err := strconv.ParseFloat(string(c.Arg(2)), 64)
	if err == nil && seconds > 0 {
		if err := c.Sleep(int64(min(seconds, debugSleepSecondsMax) * 1e9)); err != nil {
			return err
		}
	}
	return c.OK()
}

func debugSetActiveExpire(c *keyspace.Ctx) error {
	c.Engine().SetActiveExpire(debugNumber(c.Arg(2)) != 0)
	return c.OK()
}

func debugPauseCron(c *keyspace.Ctx) error {
	c.Engine().PauseCron(debugNumber(c.Arg(2)) != 0)
	return c.OK()
}

func debugSkipChecksums(c *keyspace.Ctx) error {
	c.Engine().SetSkipChecksums(debugNumber(c.Arg(2)) != 0)
	return c.OK()
}

func debugDenyScripts(c *keyspace.Ctx) error {
	c.Engine().SetScriptsMayMore(debugNumber(c.Arg(2)) != 0)
	return c.OK()
}

const (
	packedThresholdMax = 1<<32 - 1<<20

	errPackedThreshold keyspace.Error = "ERR argument must be a memory value bigger than 1 and smaller than 4gb"
)

func debugPackedThreshold(c *keyspace.Ctx) error {
	size, ok := debugMemory(c.Arg(2))
	if !ok || size > packedThresholdMax {
		return errPackedThreshold
	}
	return c.OK()
}

// debugMemory reads a size as the configuration does: 10, 10k, 10kb, 10gb.
func debugMemory(arg []byte) (size uint64, ok bool) {
	digits := 0
	for digits < len(arg) && '0' <= arg[digits] && arg[digits] <= '9' {
		digits++
	}
	size, err := strconv.ParseUint(string(arg[:digits]), 10, 53)
	units := map[string]uint64{"": 1, "B": 1, "K": 1e3, "KB": 1 << 10, "M": 1e6, "MB": 1 << 20, "G": 1e9, "GB": 1 << 30}
	for unit, factor := range units {
		if err == nil && keyspace.EqualFold(arg[digits:], unit) {
			return size * factor, size <= math.MaxUint64/factor
		}
	}
	return 0, false
}

func debugReplyBuffer(c *keyspace.Ctx) error {
	switch {
	case keyspace.EqualFold(c.Arg(2), "RESIZING"):
	case !keyspace.EqualFold(c.Arg(2), "PEAK-RESET-TIME"):
		return errSubcommandUse(c)
	case keyspace.EqualFold(c.Arg(3), "NEVER"), keyspace.EqualFold(c.Arg(3), "RESET"):
	default:
		if _, err := c.Int(3); err != nil {
			return err
		}
	}
	return c.OK()
}

func debugChangeReplID(c *keyspace.Ctx) error {
	c.Engine().Log().Warn().Msg("Changing replication IDs after receiving DEBUG change-repl-id")
	c.Engine().ChangeReplicationID()
	return c.OK()
}

func debugRewriteAll(c *keyspace.Ctx) error {
	if err := c.Engine().RewriteConfig(true); err != nil {
		return fmt.Errorf("CONFIG-REWRITE-FORCE-ALL failed: %w", err)
	}
	return c.OK()
}

func debugLog(c *keyspace.Ctx) error {
	c.Engine().Log().Warn().Msg("DEBUG LOG: " + string(c.Arg(2)))
	return c.OK()
}

func debugError(c *keyspace.Ctx) error { return keyspace.Error(c.Arg(2)) }

func debugStringMatch(c *keyspace.Ctx) error { return c.ReplyFlag(glob.Match(c.Arg(2), c.Arg(3))) }
