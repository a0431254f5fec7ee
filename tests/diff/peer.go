package diff

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"solokv/protocol"
)

// replyTimeout bounds the replies to all requests of a round.
const replyTimeout = 20 * time.Second

// peer is a connection to one of the servers.
type peer struct {
	conn   net.Conn
	reader *bufio.Reader
	id     string // that the server has given it
}

func dial(addr string) (*peer, error) {
	conn, err := net.DialTimeout("tcp", addr, replyTimeout)
	if err != nil {
		return nil, err
	}
	p := &peer{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10)}
	replies, err := p.do([]string{"CLIENT", "ID"})
	if err != nil {
		return nil, err
	}
	p.id = replies[0].Text
	return p, nil
}

// do sends requests in one go and returns as many replies.
func (p *peer) do(requests ...[]string) ([]protocol.Value, error) {
	failed := p.send(requests...)
	replies := make([]protocol.Value, 0, len(requests))
	for range requests {
		reply, err := protocol.ReadValue(p.reader)
		if err != nil {
			return replies, fmt.Errorf("reply %d to %q: %w", len(replies), requests[len(replies)], err)
		}
		replies = append(replies, reply)
	}
	return replies, <-failed
}

// send sends requests in one go, while replies may be read.
func (p *peer) send(requests ...[]string) (failed chan error) {
	var out []byte
	for _, request := range requests {
		out = protocol.AppendCommandStrings(out, request...)
	}
	p.conn.SetDeadline(time.Now().Add(replyTimeout))
	failed = make(chan error, 1)
	go func() {
		_, err := p.conn.Write(out)
		failed <- err
	}()
	return failed
}

// receive reads a reply that begins within that time; ok tells whether one did.
func (p *peer) receive(wait time.Duration) (reply protocol.Value, ok bool, err error) {
	p.conn.SetReadDeadline(time.Now().Add(wait))
	_, err = p.reader.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return reply, false, nil
	}
	p.conn.SetReadDeadline(time.Now().Add(replyTimeout))
	if err == nil {
		reply, err = protocol.ReadValue(p.reader)
	}
	return reply, err == nil, err
}

// connections is how many there are to each server: one for nearly everything, those
// that wait, and the changer, who never does.
const (
	connections = 4
	changer     = connections - 1
)

// server is one of the two.
type server struct {
	name  string
	conns [connections]*peer

	listener *peer // see events.go
}

func dialAll(name, addr string) (*server, error) {
	s := &server{name: name}
	for i := range s.conns {
		var err error
		if s.conns[i], err = dial(addr); err != nil {
			return nil, err
		}
	}
	return s, s.listen(addr)
}

func (s *server) close() {
	for _, p := range append(s.conns[:], s.listener) {
		p.conn.Close()
	}
}

// do is peer.do on the first connection. The words @1 and @2 stand for the numbers
// that this server has given to the others.
func (s *server) do(requests ...[]string) ([]protocol.Value, error) { return s.doOn(0, requests...) }

func (s *server) doOn(conn int, requests ...[]string) ([]protocol.Value, error) {
	resolved := make([][]string, len(requests))
	for i, words := range requests {
		resolved[i] = s.resolve(words)
	}
	replies, err := s.conns[conn].do(resolved...)
	if err != nil {
		err = fmt.Errorf("%s: %w", s.name, err)
	}
	return replies, err
}

func (s *server) resolve(words []string) []string {
	for i := 1; i < connections; i++ {
		if at := slices.Index(words, nameOf(i)); at >= 0 {
			words = slices.Clone(words)
			words[at] = s.conns[i].id
		}
	}
	return words
}

// nameOf stands for the number of a connection.
func nameOf(conn int) string { return "@" + string(rune('0'+conn)) }

// waits tells whether a connection's request is held up.
func (s *server) waits(conn int) (bool, error) {
	replies, err := s.do([]string{"CLIENT", "LIST", "ID", nameOf(conn)})
	if err != nil {
		return false, err
	}
	_, rest, _ := strings.Cut(replies[0].Text, " flags=")
	flags, _, _ := strings.Cut(rest, " ")
	return strings.Contains(flags, "b"), nil
}

// pair is the two servers.
type pair struct {
	ours, theirs *server
	real         version // of theirs
	early        int     // rounds that ended where the versions part
	replays      int     // rounds played once more, for changes or events
}

func (p *pair) both(requests ...[]string) (replies [2][]protocol.Value, err error) {
	if replies[0], err = p.ours.do(requests...); err == nil {
		replies[1], err = p.theirs.do(requests...)
	}
	return replies, err
}
