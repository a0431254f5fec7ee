package keyspace

import "crypto/subtle"

// Who a session is, what it may know of itself, and what it must not leave in
// the slow log.

// DefaultUser is the user of a connection that has not named another.
const DefaultUser = "default"

// UserExists tells whether there is a user of that name.
func (e *Engine) UserExists(name string) bool { return name == DefaultUser }

// NeedsPassword tells whether the default user has one: requirepass.
func (e *Engine) NeedsPassword() bool { return e.values.RequirePass != "" }

// Admits tells whether the password is the user's. The time that it takes tells
// nothing about where a wrong password differs.
func (e *Engine) Admits(user, password []byte) bool {
	if !e.UserExists(string(user)) {
		return false
	}
	return !e.NeedsPassword() || subtle.ConstantTimeCompare(password, []byte(e.values.RequirePass)) == 1
}

// Redact hides an argument from everything that looks at the request after its
// handler, as the slow log does.
func (c *Ctx) Redact(i int) { c.args[i] = []byte("(redacted)") }

// ErrUnknownSubcommand is the reply of a container that also works alone to an
// argument that is none of its subcommands.
func (c *Ctx) ErrUnknownSubcommand() Error { return errUnknownSubcommand(c.cmd, c.args) }

// MemoryBytes is about what the session costs: itself and the data that waits on
// its way in or out.
func (i *SessionInfo) MemoryBytes() int { return sessionBytes + i.Parsing + i.Pending }

// Gone tells whether the connection is closed, though it may still be listed.
func (s *Session) Gone() bool { return s.gone }
