package keyspace

import (
	"github.com/rs/zerolog"

	"solokv/keyspace/acl"
	"solokv/keyspace/config"
)

// Scripts, as the engine sees them: something that calls commands, on behalf of a
// client and in its place. What a script is and how it runs is none of its business;
// see keyspace/script.
//
// The commands of a script are executed by a session of its own, which starts in the
// client's database and speaks the version of RESP that the script asks for. What
// they record is one transaction in the journal.
//
// A script may be killed while it is suspended (long.go), also when it has written:
// then everything is taken back (undo.go).

// ScriptOptions say what a script may do.
type ScriptOptions struct {
	Name     string // what FUNCTION STATS calls it
	Function bool   // it is one; otherwise EVAL's
	ReadOnly bool   // it must not write
	AllowOOM bool   // it may use more memory when there is too little
	Declared bool   // it says so itself, and whether it writes
}

// Script is a script that runs.
type Script struct {
	e       *Engine
	options ScriptOptions
	ctx     Ctx
	sess    Session
	scarce  bool // there was too little memory when it began
	wrote   bool
	muted   bool // redis.set_repl: what it writes is not recorded
	killed  bool
}

const (
	errScriptUnknown  Error = "ERR Unknown Redis command called from script"
	errScriptArity    Error = "ERR Wrong number of args calling Redis command from script"
	errScriptCommand  Error = "ERR This Redis command is not allowed from script"
	errScriptReadOnly Error = "ERR Write commands are not allowed from read-only scripts."
	errScriptCheck    Error = "ERR Invalid command passed to redis.acl_check_cmd()"
	errScriptBusy     Error = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
	errFunctionBusy   Error = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
	errNotBusy        Error = "NOTBUSY No scripts in execution right now."
	errScriptOOM      Error = "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"
	errScriptKilled   Error = "ERR Script killed by user with SCRIPT KILL."
	errFunctionKilled Error = "ERR Script killed by user with FUNCTION KILL."
	errUnkillable     Error = "UNKILLABLE Sorry the script already executed write commands against the dataset." +
		" You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
)

// BeginScript starts a script for the client of c. One runs at a time. A script that
// says what it needs is refused where that is not to be had.
func (c *Ctx) BeginScript(o ScriptOptions) (*Script, error) {
	e, s := c.e, &c.e.script
	scarce := e.gates&gateMemory != 0 && e.outOfMemory()
	if o.Declared && !c.replaying {
		if err := e.refuseScript(o, scarce); err != nil {
			return nil, err
		}
	}
	*s = Script{e: e, options: o, scarce: scarce}
	caller := c.sess
	s.sess = Session{peer: caller.peer, db: c.db, proto: 2, authenticated: true, user: caller.user,
		gates: caller.gates & gateACL, createdMs: caller.createdMs, noTouch: caller.noTouch, caller: caller}
	s.ctx = Ctx{e: e, sess: &s.sess, db: c.db, nowMs: c.nowMs}
	e.scripting = true
	return s, nil
}

func (e *Engine) refuseScript(o ScriptOptions, scarce bool) error {
	switch {
	case o.ReadOnly:
		return nil
	case e.gates&(gateDisk|gateSave) != 0:
		if err := e.refusal(nil, e.gates&(gateDisk|gateSave)); err != "" {
			return err
		}
	}
	if scarce && !o.AllowOOM {
		return errScriptOOM
	}
	return nil
}

// End ends the script: what it has changed stays or, if it was killed, goes.
func (s *Script) End() {
	e := s.e
	e.scripting = false
	if s.killed {
		e.rollBack()
	} else {
		e.commitUndo(s.ctx.nowMs)
	}
	s.ctx = Ctx{}
}

// Call executes a command for the script and appends its reply, in a version of RESP.
// The arguments are only read.
func (s *Script) Call(args [][]byte, resp int, dst []byte) []byte {
	c, e := &s.ctx, s.e
	c.args, c.out, c.firstKeyAt = args, dst, nil
	c.warmNext, c.warmCount = 0, 0
	s.sess.proto = resp
	cmd, err := s.command(args)
	if err != nil {
		e.writeError(c, err)
		return c.out
	}
	if cmd.Flags&Write != 0 {
		s.wrote = true
		e.openUndo()
	}
	c.cmd, c.muted = cmd, s.muted
	e.call(c, cmd)
	c.remember(s.sess.caller, cmd)
	c.args = nil
	return c.out
}

// scriptsNever are commands that a script can never call: they would run another one,
// wait, or change what the script itself stands on.
const scriptsNever = Long | Blocking | RunsQueue | Immediate | PubSub

// command finds the command of a request and tells why it must not be executed.
func (s *Script) command(args [][]byte) (*Command, error) {
	e := s.e
	cmd := e.commands.Lookup(args[0])
	if cmd != nil && len(cmd.Subcommands) > 0 && len(args) > 1 {
		if sub := cmd.Subcommand(args[1]); sub != nil {
			cmd = sub
		} else if cmd.Handler == nil {
			return nil, errScriptUnknown
		}
	}
	switch {
	case cmd == nil:
		return nil, errScriptUnknown
	case !cmd.arityOK(len(args)) || cmd.Handler == nil:
		return nil, errScriptArity
	case cmd.Flags&NoScript != 0 && !(e.program.scriptsMayMore && cmd.Flags&scriptsNever == 0):
		cmd.stats.rejected++
		return nil, errScriptCommand
	}
	if err := s.denial(cmd, args); err != nil {
		cmd.stats.rejected++
		return nil, err
	}
	if cmd.Flags&(Write|MayReplicate) != 0 && s.options.ReadOnly {
		cmd.stats.rejected++
		return nil, errScriptReadOnly
	}
	err := e.refusal(cmd, e.gates&cmd.gates&(gateDisk|gateSave))
	if cmd.Flags&DenyOOM != 0 && s.scarce && !s.options.AllowOOM && !s.wrote {
		err = errOOM
	}
	if err != "" {
		cmd.stats.rejected++
		return nil, err
	}
	return cmd, nil
}

// denial tells whether the user whose request the script is may not make this one.
func (s *Script) denial(cmd *Command, args [][]byte) error {
	if s.sess.gates&gateACL == 0 {
		return nil
	}
	denial := s.e.denied(s.sess.user, cmd, args)
	if denial.Reason == acl.Permitted {
		return nil
	}
	s.e.logDenial(&s.ctx, cmd, args, denial)
	return Error("ERR ACL failure in script: " + denial.Message(s.sess.user, cmd.full))
}

// CheckCommand is redis.acl_check_cmd: whether the user whose request the script is may
// make another. Its arguments need not be such as the command takes.
func (s *Script) CheckCommand(args [][]byte) (allowed bool, err error) {
	cmd := s.e.commands.Lookup(args[0]).Resolve(args)
	if cmd == nil {
		return false, errScriptCheck
	}
	if s.sess.gates&gateACL == 0 {
		return true, nil
	}
	return s.e.denied(s.sess.user, cmd, args).Reason == acl.Permitted, nil
}

// Pause is to be called now and then while the script runs. It may take long to return;
// after an error the script must end.
func (s *Script) Pause() error {
	switch goesOn := s.e.long.pause(s.e); {
	case goesOn && !s.killed:
		return nil
	case s.options.Function:
		return errFunctionKilled
	}
	return errScriptKilled
}

// Log writes what a script has to tell. Levels are those of the directive loglevel.
func (s *Script) Log(level config.LogLevel, text string) {
	levels := [...]zerolog.Level{config.LogDebug: zerolog.TraceLevel, config.LogVerbose: zerolog.DebugLevel,
		config.LogNotice: zerolog.InfoLevel, config.LogWarning: zerolog.WarnLevel}
	s.e.log.WithLevel(levels[level]).Msg(text)
}

// Record says whether what the script writes from now on reaches the journal.
func (s *Script) Record(yes bool) { s.muted = !yes }

// KillScript is SCRIPT KILL, or FUNCTION KILL.
func (e *Engine) KillScript(function bool) error {
	s := &e.script
	switch {
	case !e.scripting || !e.long.suspended:
		return errNotBusy
	case s.options.Function != function:
		return e.busyError()
	case s.wrote && !e.undo.dict.Possible():
		return errUnkillable
	}
	s.killed = true
	return nil
}

// stopScript takes back what a suspended script has changed so far, as the program is
// about to end. If it does not, the script ends.
func (e *Engine) stopScript() {
	if e.scripting && e.long.suspended {
		e.script.killed = true
		e.rollBack()
	}
}

// BusyError is why a request must not be executed while another is suspended, or nil.
func (e *Engine) BusyError() error {
	if e.long.suspended {
		return e.busyError()
	}
	return nil
}

// busyError tells others why they have to wait.
func (e *Engine) busyError() Error {
	if e.script.options.Function {
		return errFunctionBusy
	}
	return errScriptBusy
}

// RunningScript is the script that is suspended, for FUNCTION STATS; ok is false
// without one.
func (e *Engine) RunningScript() (o ScriptOptions, command [][]byte, ms int64, ok bool) {
	if !e.scripting || !e.long.suspended {
		return o, nil, 0, false
	}
	return e.script.options, e.long.argv, (e.clock.NowNs() - e.long.startNs) / 1e6, true
}
