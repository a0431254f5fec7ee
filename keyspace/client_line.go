package keyspace

import (
	"fmt"
	"strings"
)

// The line that describes a connection: of CLIENT LIST and INFO, and of ACL LOG.

// AppendClient appends the line of a connection: the fields of Redis 7.2, in
// their order. A connection owns no reply buffer (rbs, rbp): replies are written into
// the batch that brought the requests, so only the one that is being executed has some.
// obl is what waits to be sent, oll how many replies and messages wait one by one, and
// omem the memory of both. tot-mem is what maxmemory-clients counts, and the request.
func (c *Ctx) AppendClient(dst []byte, s *Session) []byte {
	i := s.Info(c.nowMs)
	argsBytes, replyRoom, replyBytes, last := 0, 0, 0, i.LastCommand // of this request
	if s == c.client() && c.cmd != nil {
		last = c.cmd.full
		for _, arg := range c.args {
			argsBytes += len(arg)
		}
		replyRoom, replyBytes = cap(c.out), len(c.out)
	}
	dst = fmt.Appendf(dst, "id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d",
		s.peer.ID, i.Peer.Addr, i.Peer.Local, i.Peer.FD, i.Name, i.AgeMs/1000, i.IdleMs/1000, clientLetters(&i), i.DB)
	dst = fmt.Appendf(dst, " sub=%d psub=%d ssub=%d multi=%d qbuf=%d qbuf-free=%d argv-mem=%d multi-mem=%d",
		i.Channels, i.Patterns, i.ShardChannels, i.QueuedRequests, i.Input, i.InputFree, i.Arguments+argsBytes, i.QueuedBytes)
	dst = fmt.Appendf(dst, " rbs=%d rbp=%d obl=%d oll=%d omem=%d tot-mem=%d events=%s cmd=%s user=%s redir=%d resp=%d",
		replyRoom, replyBytes, i.Output, i.Queued, i.OutputMemory, i.MemoryBytes+argsBytes+replyRoom,
		clientEvents(&i), last, i.User, i.Tracking.RedirectID(), i.Proto)
	return fmt.Appendf(dst, " lib-name=%s lib-ver=%s\n", i.LibName, i.LibVersion)
}

// clientLetters is the field flags.
func clientLetters(i *SessionInfo) string {
	var letters strings.Builder
	for _, flag := range []struct {
		set    bool
		letter byte
	}{
		{i.Monitors, 'O'}, {i.Channels+i.Patterns+i.ShardChannels > 0, 'P'}, {i.QueuedRequests >= 0, 'x'}, {i.Waiting, 'b'},
		{i.Tracking.On, 't'}, {i.Tracking.Broken, 'R'}, {i.Tracking.Broadcast, 'B'}, {i.Broken, 'd'},
		{i.Closing, 'c'}, {i.Peer.Unix, 'U'}, {i.NoEvict, 'e'}, {i.NoTouch, 'T'},
	} {
		if flag.set {
			letters.WriteByte(flag.letter)
		}
	}
	if letters.Len() == 0 {
		return "N"
	}
	return letters.String()
}

// clientEvents is what the connection waits for: it is always read, and written
// once a reply did not leave at once.
func clientEvents(i *SessionInfo) string {
	if i.Output > 0 {
		return "rw"
	}
	return "r"
}
