package tlsconfig

import (
	"crypto/tls"
	"encoding/binary"
	"time"
)

// limitSessions makes sessions end after tls-session-cache-timeout. crypto/tls keeps
// none on our side: the client holds its own, in a ticket that is sealed with a key of
// ours, and shows it to leave out most of the handshake. The key lives as long as the
// Config, so a reload ends all of them.
func limitSessions(c *tls.Config, timeoutSec int) {
	if timeoutSec == 0 {
		return // only crypto/tls's own limit, which is a week
	}
	c.WrapSession = func(state tls.ConnectionState, session *tls.SessionState) ([]byte, error) {
		session.Extra = append(session.Extra, stamp(time.Now()))
		return c.EncryptTicket(state, session)
	}
	c.UnwrapSession = func(ticket []byte, state tls.ConnectionState) (*tls.SessionState, error) {
		session, err := c.DecryptTicket(ticket, state)
		if session == nil || err != nil || !isFresh(session, timeoutSec) {
			return nil, err
		}
		return session, nil
	}
}

// A stamp is when a ticket was made, among what else a session carries.
const (
	stampMark  = "solokv"
	stampBytes = len(stampMark) + 8
)

func stamp(made time.Time) []byte {
	return binary.BigEndian.AppendUint64([]byte(stampMark), uint64(made.Unix()))
}

// isFresh tells whether a session's ticket may still be taken.
func isFresh(session *tls.SessionState, timeoutSec int) bool {
	for _, extra := range session.Extra {
		if len(extra) == stampBytes && string(extra[:len(stampMark)]) == stampMark {
			made := int64(binary.BigEndian.Uint64(extra[len(stampMark):]))
			return time.Now().Unix()-made <= int64(timeoutSec)
		}
	}
	return false
}
