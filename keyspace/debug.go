package keyspace

import (
	"math"

	"github.com/rs/zerolog"

	"solokv/protocol"
)

// What only DEBUG does to the engine, and the replies that only it makes.

// Sleeper is a Clock that can let time pass.
type Sleeper interface{ Sleep(ns int64) }

// Sleep stops the writer, and with it the server: DEBUG SLEEP. The requests
// after it see the time that has passed.
func (c *Ctx) Sleep(ns int64) error {
	sleeper, ok := c.e.clock.(Sleeper)
	if !ok {
		return Error("ERR the clock of this server cannot sleep")
	}
	sleeper.Sleep(ns)
	c.nowMs = c.e.wallMs(c.e.clock.NowNs())
	return nil
}

// cronNever, as the time of the last housekeeping, keeps the next one from
// becoming due.
const cronNever = math.MaxInt64 / 4

// PauseCron stops housekeeping, or lets it go on: DEBUG PAUSE-CRON.
func (e *Engine) PauseCron(on bool) {
	now := e.clock.NowNs()
	e.cron.lastNs = now
	if on {
		e.cron.lastNs = cronNever
	}
	e.deadline = now
}

// SetSkipChecksums makes those who read checksums of dumps ignore them: DEBUG
// SET-SKIP-CHECKSUM-VALIDATION.
func (e *Engine) SetSkipChecksums(on bool) { e.program.skipChecksums = on }

// SkipChecksums tells whether checksums of dumps are to be ignored.
func (e *Engine) SkipChecksums() bool { return e.program.skipChecksums }

// SetScriptsMayMore lets scripts call what is not meant for them, where that can do no
// harm: DEBUG SET-DISABLE-DENY-SCRIPTS.
func (e *Engine) SetScriptsMayMore(on bool) { e.program.scriptsMayMore = on }

// Log is the server's log.
func (e *Engine) Log() *zerolog.Logger { return &e.log }

// ReplyBigNumber replies an integer of any size, given in decimal digits.
func (c *Ctx) ReplyBigNumber(digits string) error {
	c.out = protocol.AppendBigNumber(c.out, digits, c.sess.proto)
	return nil
}

// ReplyPush begins an out-of-band message of n elements (RESP3).
func (c *Ctx) ReplyPush(n int) error {
	c.out = protocol.AppendPush(c.out, n, c.sess.proto)
	return nil
}

// ReplyAttribute begins n pairs about the reply that follows them (RESP3).
func (c *Ctx) ReplyAttribute(n int) error {
	c.out = protocol.AppendAttribute(c.out, n)
	return nil
}
