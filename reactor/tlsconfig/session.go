package tlsconfig

import (
	"crypto/tls"
	"encoding/binary"
	"time"
)

// limitSessions makes sessions end after tls-session-cache-timeout. crypto/tls keeps
// none on our side: the client holds its own, sealed with a key of ours, and returns
// it to leave out most of the handshake. The key lives as long as the Config, so a
// reload ends all of them.
func limitSessions(c *tls.Config, timeoutSec int) {
	if timeoutSec == 0 {
		return // as in OpenSSL, without a limit of ours
	}
	c.WrapSession = func(state tls.ConnectionState, session *tls.SessionState) ([]byte, error) {
		stamp := binary.BigEndian.AppendUint64([]byte(stampPrefix), uint64(time.Now().Unix()))
		session.Extra = append(session.Extra, stamp)
		return c.EncryptTicket(state, session)
	}
	c.UnwrapSession = func(ticket []byte, state tls.ConnectionState) (*tls.SessionState, error) {
		session, err := c.DecryptTicket(ticket, state)
		if session == nil || err != nil {
			return nil, err
		}
		if time.Now().Unix()-sessionStart(session) > int64(timeoutSec) {
			return nil, nil
		}
		return session, nil
	}
}

const stampPrefix = "solokv"

// sessionStart is when a session's ticket was made, in seconds; 0 if it does not say.
func sessionStart(session *tls.SessionState) int64 {
	for _, extra := range session.Extra {
		if len(extra) == len(stampPrefix)+8 && string(extra[:len(stampPrefix)]) == stampPrefix {
			return int64(binary.BigEndian.Uint64(extra[len(stampPrefix):]))
		}
	}
	return 0
}
