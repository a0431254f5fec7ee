package keyspace

import (
	"errors"
	"slices"

	"solokv/keyspace/acl"
	"solokv/keyspace/config"
)

// The users of the server: who they are at the start, who a session is, and what its
// connection loses when its user does.

// ACLFile is the file that the directive aclfile names, as main opens it.
type ACLFile interface {
	Read() (content string, err error)
	// Write replaces the file, as a whole or not at all.
	Write(content string) error
}

// SetACLFile attaches the file; it is not read before LoadUsers.
func (e *Engine) SetACLFile(f ACLFile) { e.program.aclFile = f }

// OnUsers registers what is called, on the writer, whenever users have changed: who
// listens may have to ask new connections for something else.
func (e *Engine) OnUsers(f func()) { e.program.usersChanged = f }

// startUsers makes the users of the configuration. Those of the ACL file follow with
// LoadUsers.
func (e *Engine) startUsers(catalog acl.Catalog) error {
	e.users, e.aclLog = acl.New(catalog), acl.NewLog(e.values.ACLLogMaxLen)
	e.users.SetPubSubDefault(e.values.ACLPubSubDefault == config.PubSubAllChannels)
	e.takePassword()
	lines := e.config.Users()
	if len(lines) > 0 && e.values.ACLFile != "" {
		return acl.ErrTwoSources
	}
	declarations := make([][]string, len(lines))
	for i, line := range lines {
		declarations[i] = line.Args
	}
	if i, err := e.users.Declare(declarations); err != nil {
		return lines[i].Error(err.Error())
	}
	return nil
}

// takePassword takes over the directive requirepass when it has changed.
func (e *Engine) takePassword() {
	if e.values.RequirePass != e.password {
		e.password = e.values.RequirePass
		e.users.SetDefaultPassword(e.password)
	}
}

// applyUsers takes over the directives about users.
func (e *Engine) applyUsers() {
	v := e.values
	e.users.SetPubSubDefault(v.ACLPubSubDefault == config.PubSubAllChannels)
	e.aclLog.SetLengthMax(v.ACLLogMaxLen)
	e.takePassword()
	e.settleUsers()
}

// settleUsers makes every session feel what its user may do now.
func (e *Engine) settleUsers() {
	e.Clients(func(s *Session) bool {
		e.settleAccess(s)
		return true
	})
	if e.program.usersChanged != nil {
		e.program.usersChanged()
	}
}

// settleAccess derives the gates that depend on the session's user.
func (e *Engine) settleAccess(s *Session) {
	s.gates &^= gateAuth | gateACL
	if !s.authenticated && e.NeedsPassword() {
		s.gates |= gateAuth
	}
	if !s.user.Unrestricted() {
		s.gates |= gateACL
	}
}

// Users are the users. They are changed through the engine only.
func (e *Engine) Users() *acl.Users { return e.users }

// ACLLog is the log of what was denied.
func (e *Engine) ACLLog() *acl.Log { return e.aclLog }

// NeedsPassword tells whether a new connection has to authenticate before it may do
// anything.
func (e *Engine) NeedsPassword() bool {
	u := e.users.Default()
	return !u.NoPass() || !u.Enabled()
}

// Login makes the session that of a user, if that is his password. A failure is logged.
func (c *Ctx) Login(name, password []byte) bool {
	e, s := c.e, c.sess
	u := e.users.Authenticate(string(name), password)
	if u == nil {
		e.addDenial(c, acl.DeniedAuth, string(c.args[0]), string(name))
		return false
	}
	s.user, s.authenticated = u, true
	e.settleAccess(s)
	return true
}

// User is the session's user.
func (s *Session) User() *acl.User { return s.user }

// Authenticated tells whether somebody has authenticated, or need not have when the
// connection was opened.
func (s *Session) Authenticated() bool { return s.authenticated }

// SetUser is ACL SETUSER.
func (c *Ctx) SetUser(name string, rules []string) error {
	e := c.e
	if err := e.users.SetUser(name, rules); err != nil {
		return err
	}
	e.settleUsers()
	if u := e.users.Get(name); u.ChecksChannels() {
		e.dropSubscribers(c, func(s *Session) bool { return s.user == u })
	}
	return nil
}

// DeleteUser is ACL DELUSER: the user's connections end. It tells whether there was
// one of that name.
func (c *Ctx) DeleteUser(name string) (bool, error) {
	u, err := c.e.users.Delete(name)
	if u == nil {
		return false, err
	}
	c.e.dismiss(c, []*acl.User{u})
	return true, nil
}

// errNoACLFile is the reply to ACL LOAD and SAVE without the directive aclfile.
const errNoACLFile Error = "ERR This Redis instance is not configured to use an ACL file. You may want to specify" +
	" users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration" +
	" file set) in order to store users in the Redis configuration."

// LoadUsers reads the ACL file: at the start, and for ACL LOAD. Connections of users who
// are gone end. On an error nothing has changed.
func (c *Ctx) LoadUsers() error {
	e := c.e
	if e.values.ACLFile == "" {
		return errNoACLFile
	}
	content, err := e.program.aclFile.Read()
	if err != nil {
		return Errorf("ERR Error loading ACLs, opening file '%s': %s", e.values.ACLFile, rootOf(err))
	}
	gone, err := e.users.Load(e.values.ACLFile, content)
	if err != nil {
		return Error("ERR " + err.Error())
	}
	e.dismiss(c, gone)
	e.settleUsers()
	e.dropSubscribers(c, func(s *Session) bool { return s.user.ChecksChannels() })
	return nil
}

// rootOf is the first cause: what the system says, without the path.
func rootOf(err error) error {
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(err) {
		err = cause
	}
	return err
}

// SaveUsers is ACL SAVE.
func (c *Ctx) SaveUsers() error {
	e := c.e
	if e.values.ACLFile == "" {
		return errNoACLFile
	}
	if err := e.program.aclFile.Write(e.users.Content()); err != nil {
		e.log.Warn().Err(err).Msg("the ACL file was not saved")
		return Error("ERR There was an error trying to save the ACLs. Please check the server logs for more information")
	}
	return nil
}

// dismiss ends the sessions of users who are gone. What such a session has still to
// execute, because it is in the middle of it, is checked as a stranger's.
func (e *Engine) dismiss(c *Ctx, gone []*acl.User) {
	if len(gone) == 0 {
		return
	}
	e.Clients(func(s *Session) bool {
		if slices.Contains(gone, s.user) {
			e.expel(c, s)
		}
		return true
	})
}

func (e *Engine) expel(c *Ctx, s *Session) {
	s.user, s.authenticated = e.users.Default(), false
	e.settleAccess(s)
	e.Kill(c, s)
}

// dropSubscribers ends those of some sessions that have subscribed to what their user
// may not listen to any more.
func (e *Engine) dropSubscribers(c *Ctx, among func(*Session) bool) {
	if e.pubsubClients == 0 {
		return
	}
	e.Clients(func(s *Session) bool {
		if s.subs != nil && among(s) && !s.mayKeepSubscriptions() {
			e.expel(c, s)
		}
		return true
	})
}

func (s *Session) mayKeepSubscriptions() bool {
	for kind := range channelKinds {
		for _, t := range s.subs[kind].List() {
			if !s.user.PermitsChannel(t.Name, kind == Pattern) {
				return false
			}
		}
	}
	return true
}

// aclCatalog is the command table as package acl wants it.
type aclCatalog struct {
	commands []acl.Command
	ids      map[string]int
}

// newACLCatalog numbers all commands. Renaming, and removing, does not change what
// users' rules call them.
func newACLCatalog(t *Table) *aclCatalog {
	k := &aclCatalog{ids: map[string]int{}}
	for _, cmd := range t.All() {
		id := k.add(cmd)
		for _, sub := range cmd.Subcommands {
			k.commands[id].Subcommands = append(k.commands[id].Subcommands, k.add(sub))
		}
	}
	return k
}

func (k *aclCatalog) add(cmd *Command) int {
	cmd.id = len(k.commands)
	k.ids[cmd.full] = cmd.id
	k.commands = append(k.commands, acl.Command{Name: cmd.full, Categories: uint64(cmd.ACLCategories()),
		NoAuth: cmd.Flags&NoAuth != 0})
	return cmd.id
}

// Count implements acl.Catalog.
func (k *aclCatalog) Count() int { return len(k.commands) }

// Lookup implements acl.Catalog.
func (k *aclCatalog) Lookup(name string) (id int, ok bool) {
	id, ok = k.ids[name]
	return id, ok
}

// Command implements acl.Catalog.
func (k *aclCatalog) Command(id int) acl.Command { return k.commands[id] }

// Categories implements acl.Catalog.
func (k *aclCatalog) Categories() []string { return categoryNames[:] }
