package keyspace

import (
	"errors"

	"solokv/keyspace/invariant"
	"solokv/protocol"
)

// gate is a set of conditions under which commands are refused or held up. The
// engine and each session hold the bits of the conditions that are in force; a
// command holds those that it is subject to. One AND decides whether a request
// needs a closer look.
type gate uint32

const (
	gateAuth       gate = 1 << iota // the session has to authenticate
	gateLoading                     // the data is being loaded
	gateMemory                      // maxmemory is set
	gateDisk                        // the journal refuses
	gateSave                        // saves fail, and save points want them
	gatePause                       // CLIENT PAUSE is in force, for writes
	gatePauseAll                    // ... for everything
	gateReply                       // CLIENT REPLY is off or skips
	gateDebug                       // every request is timed
	gateMulti                       // MULTI is open
	gateSubscriber                  // the session has subscribed, and speaks RESP2
	gateMonitor                     // the session monitors
	gateBusy                        // a long request is suspended
	gateLong                        // always: the request may be suspended
)

func gatesOf(cmd *Command) gate {
	g := gatePauseAll | gateReply | gateDebug
	if cmd.Flags&Immediate == 0 || cmd.Flags&RunsQueue != 0 {
		g |= gateMulti
	}
	if cmd.Flags&AllowBusy == 0 {
		g |= gateBusy
	}
	if cmd.Flags&(Long|RunsQueue) != 0 {
		g |= gateLong
	}
	if cmd.Flags&Subscriber == 0 {
		g |= gateSubscriber
	}
	if cmd.Flags&(Write|ReadOnly|MayReplicate) != 0 {
		g |= gateMonitor
	}
	if cmd.Flags&NoAuth == 0 {
		g |= gateAuth
	}
	if cmd.Flags&Loading == 0 {
		g |= gateLoading
	}
	if cmd.Flags&DenyOOM != 0 {
		g |= gateMemory
	}
	if cmd.Flags&(Write|MayReplicate) != 0 {
		g |= gatePause
	}
	if cmd.Flags&Write != 0 {
		g |= gateDisk | gateSave
	}
	return g
}

// request executes one request. It returns false when the session was suspended.
func (e *Engine) request(c *Ctx, cmd *Command) bool {
	s := c.sess
	s.commands++
	if cmd != nil && cmd.sub != nil && len(cmd.Subcommands) > 0 && len(c.args) > 1 {
		if sub := cmd.Subcommand(c.args[1]); sub != nil {
			cmd = sub
		} else {
			e.reject(c, cmd, errUnknownSubcommand(cmd, c.args))
			return true
		}
	}
	if cmd == nil {
		e.unknown(c)
		return true
	}
	c.cmd = cmd
	if !cmd.arityOK(len(c.args)) || cmd.Handler == nil {
		e.reject(c, cmd, ErrArity(cmd.full))
		return true
	}
	if gates := (e.gates | s.gates) & cmd.gates; gates != 0 {
		return e.gated(c, cmd, gates)
	}
	e.call(c, cmd)
	return s.waiting == nil
}

// call runs the handler and does what follows from it.
func (e *Engine) call(c *Ctx, cmd *Command) {
	s := c.sess
	c.effect = effectVerbatim
	mark := len(c.out)
	var started, timedNs int64
	timed := cmd.Flags&(Fast|Brief) == 0 || e.gates&gateDebug != 0
	if timed {
		started, timedNs = e.clock.NowNs(), e.timedNs
	}
	err := cmd.Handler(c)
	if timed {
		e.timed(c, cmd, started, timedNs)
		if e.monitors.Len() > 0 {
			e.feedMonitors(c, cmd)
		}
	}
	s.lastCmd = cmd
	if s.waiting != nil && !s.waiting.long {
		if s.tracker != nil {
			c.remember(s, cmd) // it has read, in vain
		}
		return // blocked: it counts when it is done
	}
	cmd.stats.calls++
	if err != nil {
		if invariant.Enabled && len(c.out) != mark {
			panic("command " + cmd.full + " replied and failed: " + err.Error())
		}
		e.fail(c, cmd, err)
	}
	c.settle()
	if s.tracker != nil {
		c.afterTracked(cmd)
	}
	if invariant.Enabled && s.caller == nil {
		mangle(c.args)
	}
}

// settle counts and records what the request has changed so far.
func (c *Ctx) settle() {
	c.e.stats.changes += c.changes
	if c.changed {
		c.propagate()
	}
	c.changed, c.changes, c.flushed = false, 0, false
}

// fail writes a handler's error.
func (e *Engine) fail(c *Ctx, cmd *Command, err error) {
	cmd.stats.failed++
	e.writeError(c, err)
}

// reject refuses a request that never reached its handler.
func (e *Engine) reject(c *Ctx, cmd *Command, err error) {
	if cmd != nil {
		cmd.stats.rejected++
	}
	c.sess.lastCmd = cmd
	mark := len(c.out)
	e.refuseRequest(c, cmd, err)
	e.dropReply(c, mark)
}

func (e *Engine) writeError(c *Ctx, err error) {
	var reply Error
	if !errors.As(err, &reply) {
		reply = Error("ERR " + err.Error())
	}
	e.stats.countError(string(reply))
	c.out = protocol.AppendError(c.out, string(reply))
}

// unknownTextMax bounds the name, and all arguments together, that the error of
// an unknown command repeats.
const unknownTextMax = 128

func (e *Engine) unknown(c *Ctx) {
	text := append([]byte(nil), "ERR unknown command '"...)
	text = Quoted(text, c.args[0], unknownTextMax)
	text = append(text, "', with args beginning with: "...)
	begin := len(text)
	for _, arg := range c.args[1:] {
		room := unknownTextMax - (len(text) - begin)
		if room <= 0 {
			break
		}
		text = append(text, '\'')
		text = append(Quoted(text, arg, room), "' "...)
	}
	e.reject(c, nil, Error(text))
}

func errUnknownSubcommand(cmd *Command, args [][]byte) Error {
	text := append([]byte(nil), "ERR unknown subcommand '"...)
	text = Quoted(text, args[1], 128)
	text = append(text, "'. Try "...)
	for _, b := range []byte(cmd.Name) {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		text = append(text, b)
	}
	return Error(append(text, " HELP."...))
}

func appendProtocolError(dst []byte, text string) []byte {
	return protocol.AppendError(dst, "ERR "+text)
}

// gated handles a request that one of the gates concerns.
func (e *Engine) gated(c *Ctx, cmd *Command, gates gate) bool {
	s := c.sess
	if gates&gateMulti != 0 && cmd.Flags&RunsQueue != 0 {
		gates |= (e.gates | s.gates) & s.multi.gates
	}
	mark := len(c.out)
	switch err := e.refusal(cmd, gates); {
	case gates&gateAuth == 0 && gates&(gatePauseAll|gatePause) != 0 && e.pausedFor(c):
		e.hold(c)
		return false
	case err != "":
		cmd.stats.rejected++
		e.refuseRequest(c, cmd, err)
	case gates&gateMulti != 0 && cmd.Flags&Immediate == 0:
		e.enqueue(c, cmd)
	case cmd.Flags&Long != 0 || cmd.Flags&RunsQueue != 0 && s.InMulti() && s.multi.flags&Long != 0:
		e.callLong(c, cmd)
		if s.waiting != nil {
			return false
		}
	default:
		e.call(c, cmd)
		if s.waiting != nil {
			return false
		}
		if cmd.Flags&Confirms != 0 {
			mark = len(c.out)
		}
	}
	if gates&gateReply != 0 {
		e.dropReply(c, mark)
	}
	return true
}

// refusal is why a request is not executed, or empty.
func (e *Engine) refusal(cmd *Command, gates gate) Error {
	switch {
	case gates&gateAuth != 0:
		return errNoAuth
	case gates&gateSubscriber != 0:
		return errSubscriber(cmd)
	case gates&gateLoading != 0:
		return errLoading
	case gates&gateBusy != 0:
		return e.busyError()
	case gates&gateMonitor != 0:
		return errMonitor
	case gates&gateMemory != 0 && e.outOfMemory():
		return errOOM
	case gates&gateDisk != 0 && e.refused != nil:
		return errPersistence + Error(e.refused.Error())
	case gates&gateSave != 0:
		return errSaveFailed
	}
	return ""
}

// refuseRequest replies why a request is not executed. For EXEC that is the end of
// the transaction; in a queue it spoils it.
func (e *Engine) refuseRequest(c *Ctx, cmd *Command, err error) {
	s := c.sess
	if cmd != nil && cmd.Flags&RunsQueue != 0 {
		e.discardMulti(s)
		err = errExecAborted(err)
	}
	s.spoil()
	e.writeError(c, err)
}

// dropReply takes back what was written since mark for a client that wants no
// replies.
func (e *Engine) dropReply(c *Ctx, mark int) {
	s := c.sess
	if s.gates&gateReply == 0 {
		return
	}
	if s.replyOff {
		c.out = c.out[:mark]
		return
	}
	// CLIENT REPLY SKIP: itself first, then the request after it.
	c.out = c.out[:mark]
	if s.replySkip--; s.replySkip == 0 {
		s.gates &^= gateReply
	}
}

// mangle overwrites the arguments after a handler has returned, in builds that
// check invariants: a handler that kept one is found out (I3).
func mangle(args [][]byte) {
	for _, arg := range args {
		for i := range arg {
			arg[i] = '~'
		}
	}
}
