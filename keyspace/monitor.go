package keyspace

import (
	"strconv"

	"solokv/protocol"
)

// MONITOR: every request that is executed, those of EXEC and of scripts among them,
// as one line to each session that asked for it:
//
//	+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"

// Monitor is MONITOR; it tells whether the session did not monitor before.
func (c *Ctx) Monitor() bool {
	s := c.sess
	if s.monitors {
		return false
	}
	s.monitors = true
	s.gates |= gateMonitor
	c.e.monitors.Add(s)
	c.e.gates |= gateDebug
	s.classify()
	return true
}

// unmonitor ends MONITOR of a session.
func (e *Engine) unmonitor(s *Session) {
	if !s.monitors {
		return
	}
	s.monitors = false
	s.gates &^= gateMonitor
	e.monitors.Remove(s)
	e.gateEach()
	s.classify()
}

// Monitors tells whether the session gets every request.
func (s *Session) Monitors() bool { return s.monitors }

// feedMonitors shows a request that was executed. One that has blocked is not shown again
// when it is done.
func (e *Engine) feedMonitors(c *Ctx, cmd *Command) {
	if cmd.Flags&(SkipMonitor|Admin) == 0 && c.sess.retrying == nil {
		c.ShowMonitors()
	}
}

// ShowMonitors shows the request. It is for scripts, which are shown before what they
// execute.
func (c *Ctx) ShowMonitors() {
	e := c.e
	if e.monitors.Len() == 0 || c.replaying {
		return
	}
	m := e.messages.take()
	us := (e.clock.NowNs() + e.cron.wallOffsetNs) / 1000
	m.Data = append(m.Data, '+')
	m.Data = strconv.AppendInt(m.Data, us/1e6, 10)
	m.Data = append(m.Data, '.')
	for digit := int64(1e5); digit > 0; digit /= 10 {
		m.Data = append(m.Data, byte('0'+us/digit%10))
	}
	m.Data = append(m.Data, " ["...)
	m.Data = strconv.AppendInt(m.Data, int64(c.db.id), 10)
	switch p := &c.sess.peer; {
	case c.sess.caller != nil:
		m.Data = append(m.Data, " lua]"...)
	case p.Unix:
		m.Data = append(append(append(m.Data, " unix:"...), p.Local[:max(0, len(p.Local)-len(":0"))]...), ']')
	default:
		m.Data = append(append(append(m.Data, ' '), p.Addr...), ']')
	}
	for _, arg := range c.args {
		m.Data = append(m.Data, ' ')
		m.Data = protocol.AppendQuoted(m.Data, arg)
	}
	m.Data = append(m.Data, "\r\n"...)
	for _, s := range e.monitors.List() {
		e.push(s, m)
	}
	m.Release()
}
