package keyspace

import (
	"strings"

	"solokv/keyspace/acl"
)

// What users may do, where requests meet it. Package acl decides; here is found what
// it has to decide about, and what follows.
//
// A session has gateACL if its user is not all-powerful, so the default user of a
// server that knows no others costs nothing. Who has it is checked wherever a request
// starts: in gated, also when it is only queued; again when EXEC executes it, as the
// rules may have changed; and when a script calls it.

// aclScratch is what the checks use again and again, so that they allocate nothing.
type aclScratch struct {
	request acl.Request
	keys    []KeyAt
}

// denied tells whether, and why, a user may not make a request.
func (e *Engine) denied(u *acl.User, cmd *Command, args [][]byte) acl.Denial {
	return u.Check(e.scratch.describe(u, cmd, args))
}

// describe says what a request is about. Arguments that contradict the command's
// specification, or are too few, name no keys: its handler refuses them.
func (a *aclScratch) describe(u *acl.User, cmd *Command, args [][]byte) *acl.Request {
	r := &a.request
	r.Command, r.Args, r.Keys, r.Channels = cmd.id, args, r.Keys[:0], r.Channels[:0]
	if u.ChecksKeys() && (len(cmd.Keys) > 0 || cmd.GetKeys != nil) {
		a.keys, _ = cmd.AppendKeys(a.keys[:0], args)
		for _, key := range a.keys {
			if key.Flags&KeyNotKey == 0 && key.Index < len(args) {
				r.Keys = append(r.Keys, acl.Key{Index: key.Index, Access: key.Flags.access()})
			}
		}
	}
	if u.ChecksChannels() && cmd.Channels.Begin > 0 {
		k := &cmd.Channels
		last := k.Begin + k.Last
		if k.Last < 0 {
			last = len(args) + k.Last
		}
		for i := k.Begin; i <= min(last, len(args)-1); i++ {
			r.Channels = append(r.Channels, acl.Channel{Index: i, Pattern: k.Pattern})
		}
	}
	return r
}

// access is what somebody needs a permission for who does that with a key.
func (f KeyFlags) access() (a acl.Access) {
	if f&KeyAccess != 0 {
		a |= acl.Read
	}
	if f&(KeyInsert|KeyDelete|KeyUpdate) != 0 {
		a |= acl.Write
	}
	return a
}

// denyRequest refuses a request that its user may not make, and tells whether it did.
// What cannot be queued anyway is refused for that.
func (e *Engine) denyRequest(c *Ctx, cmd *Command) bool {
	s := c.sess
	if s.InMulti() && cmd.Flags&NoMulti != 0 && cmd.Flags&Immediate == 0 {
		return false
	}
	denial := e.denied(s.user, cmd, c.args)
	if denial.Reason == acl.Permitted {
		return false
	}
	e.logDenial(c, cmd, c.args, denial)
	e.reject(c, cmd, Error("NOPERM "+denial.Message(s.user, cmd.full)))
	return true
}

// errDeniedAtExec is the reply for a request of a transaction whose user has lost,
// since it was queued, what it needs.
const errDeniedAtExec Error = "NOPERM ACLs rules changed between the moment the transaction was accumulated and the" +
	" EXEC call. This command is no longer allowed for the following reason: "

// denyQueued is denyRequest for a request that EXEC is about to execute.
func (e *Engine) denyQueued(c *Ctx, cmd *Command) bool {
	if c.sess.gates&gateACL == 0 {
		return false
	}
	denial := e.denied(c.sess.user, cmd, c.args)
	reason := ""
	switch denial.Reason {
	case acl.Permitted:
		return false
	case acl.DeniedKey:
		reason = "no permission to touch the specified keys"
	case acl.DeniedChannel:
		reason = "no permission to access one of the channels used as arguments"
	default:
		reason = "no permission to execute the command or subcommand"
	}
	e.logDenial(c, cmd, c.args, denial)
	e.writeError(c, errDeniedAtExec+Error(reason))
	return true
}

// logDenial is for ACL LOG and INFO.
func (e *Engine) logDenial(c *Ctx, cmd *Command, args [][]byte, denial acl.Denial) {
	object := cmd.full
	switch denial.Reason {
	case acl.DeniedKey, acl.DeniedChannel:
		object = string(args[denial.Index])
	case acl.DeniedAuth:
		object = string(args[0])
	}
	e.addDenial(c, denial.Reason, object, c.sess.user.Name())
}

// deniedBytesMax bounds what the log keeps of a name (I8).
const deniedBytesMax = 1024

func (e *Engine) addDenial(c *Ctx, reason acl.Reason, object, user string) {
	object = strings.Clone(object[:min(len(object), deniedBytesMax)])
	user = strings.Clone(user[:min(len(user), deniedBytesMax)])
	e.stats.denied[reason]++
	context := acl.TopLevel
	switch {
	case c.sess.caller != nil:
		context = acl.Lua
	case c.sess.inTransaction():
		context = acl.Multi
	}
	event := acl.Event{Reason: reason, Context: context, Object: object, Username: user}
	line := c.AppendClient(nil, c.client())
	e.aclLog.Add(event, string(line[:len(line)-1]), c.nowMs)
}

// MayReadAll tells whether the user may make the request and, besides, read whatever
// keys it comes upon, as SORT with BY and GET.
func (c *Ctx) MayReadAll() bool {
	if c.sess.gates&gateACL == 0 {
		return true
	}
	u := c.sess.user
	return u.CheckWithAllKeys(c.e.scratch.describe(u, c.cmd, c.args), acl.Read)
}

// Denied is ACL DRYRUN: whether, and why, a user may not make a request.
func (e *Engine) Denied(u *acl.User, cmd *Command, args [][]byte) acl.Denial {
	return e.denied(u, cmd, args)
}
