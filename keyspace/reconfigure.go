package keyspace

import (
	"errors"
	"strings"

	"solokv/keyspace/config"
)

// CONFIG SET changes the values, which most of the engine reads where it needs
// them. Who keeps a directive in a form of its own has to take the change over:
// the engine in applyConfig, everybody else in the Reconfigurer that main
// registers. All of them, or none: when one refuses, the values of before are
// put back and taken over again.

// Reconfigurer takes over changed directives outside the engine: sockets, log,
// journal, folder. They are named as the directives are, without aliases. It
// runs on the writer and must not wait. An error makes CONFIG SET fail; a
// *config.ApplyError tells the client which directive did not work.
type Reconfigurer func(changed []string, v *config.Values) error

// OnReconfigure registers the one Reconfigurer.
func (e *Engine) OnReconfigure(f Reconfigurer) { e.program.reconfigure = f }

// SetConfig is CONFIG SET.
func (c *Ctx) SetConfig(pairs []config.Pair) error {
	e := c.e
	origin := config.Origin{Local: c.sess.Local(), Loading: e.loading}
	err := e.config.Set(pairs, origin, e.reconfigure)
	e.evictClients(c)
	if errors.Is(err, config.ErrLoading) {
		return errLoading
	}
	if failure, ok := errors.AsType[*config.SetError](err); ok && failure.Restore != nil {
		e.log.Error().Err(failure.Restore).Msg("CONFIG SET failed, and the values of before could not be applied again")
	}
	return err
}

func (e *Engine) reconfigure(changed []string) error {
	if e.program.reconfigure != nil {
		if err := e.program.reconfigure(changed, e.values); err != nil {
			return err
		}
	}
	e.applyConfig()
	e.applyUsers()
	return nil
}

// RewriteConfig is CONFIG REWRITE; all writes directives that have their default
// value as well.
func (e *Engine) RewriteConfig(all bool) error {
	users := e.users.Declarations()
	if all {
		return e.config.RewriteAll(users)
	}
	return e.config.Rewrite(users)
}

// Local tells whether the client is on this machine, as far as its address
// tells: what enable-debug-command and enable-protected-configs ask.
func (s *Session) Local() bool {
	p := &s.peer
	return p.Unix || p.Trusted || strings.HasPrefix(p.Addr, "127.0.0.1:") || strings.HasPrefix(p.Addr, "[::1]:")
}
