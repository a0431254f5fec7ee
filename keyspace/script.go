package keyspace

import "solokv/keyspace/acl"

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
}

// Script is a script that runs.
type Script struct {
	e       *Engine
	options ScriptOptions
	ctx     Ctx
	sess    Session
	scarce  bool // there was too little memory when it began
	wrote   bool
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
	errUnkillable     Error = "UNKILLABLE Sorry the script already executed write commands against the dataset." +
		" You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
)

// BeginScript starts a script for the client of c. One runs at a time.
func (c *Ctx) BeginScript(o ScriptOptions) *Script {
	e, s := c.e, &c.e.script
	*s = Script{e: e, options: o, scarce: e.outOfMemory()}
	caller := c.sess
	s.sess = Session{peer: caller.peer, db: c.db, proto: 2, authenticated: true, user: caller.user, gates: caller.gates & gateACL,
		createdMs: caller.createdMs, noTouch: caller.noTouch, caller: caller}
	s.ctx = Ctx{e: e, sess: &s.sess, db: c.db, nowMs: c.nowMs}
	e.scripting = true
	return s
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
	c.cmd = cmd
	e.call(c, cmd)
	c.remember(s.sess.caller, cmd)
	c.args = nil
	return c.out
}

// command finds the command of a request and tells why it must not be executed.
func (s *Script) command(args [][]byte) (*Command, error) {
	e := s.e
	cmd := e.commands.Lookup(args[0])
	if cmd != nil && len(cmd.Subcommands) > 0 && len(args) > 1 {
		if sub := cmd.Subcommand(args[1]); sub != nil {
			cmd = sub
		} else if cmd.Handler == nil {
			return nil, errUnknownSubcommand(cmd, args)
		}
	}
	switch {
	case cmd == nil:
		return nil, errScriptUnknown
	case !cmd.arityOK(len(args)) || cmd.Handler == nil:
		return nil, errScriptArity
	case cmd.Flags&NoScript != 0:
		cmd.stats.rejected++
		return nil, errScriptCommand
	}
	if err := s.denial(cmd, args); err != nil {
		cmd.stats.rejected++
		return nil, err
	}
	if cmd.Flags&Write != 0 && s.options.ReadOnly {
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
	cmd := s.e.commands.Lookup(args[0])
	if cmd != nil && len(cmd.Subcommands) > 0 && len(args) > 1 {
		cmd = cmd.Subcommand(args[1])
	}
	if cmd == nil {
		return false, errScriptCheck
	}
	if s.sess.gates&gateACL == 0 {
		return true, nil
	}
	return s.e.denied(s.sess.user, cmd, args).Reason == acl.Permitted, nil
}

// Pause is to be called now and then while the script runs. It may take long to return;
// if it returns false the script must end.
func (s *Script) Pause() bool { return s.e.long.pause(s.e) && !s.killed }

// Killed tells whether somebody wants the script to end.
func (s *Script) Killed() bool { return s.killed }

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
