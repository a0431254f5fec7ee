package keyspace

// What a session may know of itself, and what it must not leave in the slow log.

// Redact hides an argument from everything that looks at the request after its
// handler, as the slow log does.
func (c *Ctx) Redact(i int) { c.args[i] = []byte("(redacted)") }

// ErrUnknownSubcommand is the reply of a container that also works alone to an
// argument that is none of its subcommands.
func (c *Ctx) ErrUnknownSubcommand() Error { return errUnknownSubcommand(c.cmd, c.args) }

// Gone tells whether the connection is closed, though it may still be listed.
func (s *Session) Gone() bool { return s.gone }
