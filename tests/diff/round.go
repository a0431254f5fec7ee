package diff

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"time"

	"solokv/protocol"
)

// replyTimeout bounds the replies to all requests of a round.
const replyTimeout = 10 * time.Second

// peer is a connection to one of the servers.
type peer struct {
	conn   net.Conn
	reader *bufio.Reader
}

func dial(addr string) (*peer, error) {
	conn, err := net.DialTimeout("tcp", addr, replyTimeout)
	if err != nil {
		return nil, err
	}
	return &peer{conn, bufio.NewReader(conn)}, nil
}

// do sends requests in one go and returns as many replies.
func (p *peer) do(requests ...[]string) ([]protocol.Value, error) {
	var out []byte
	for _, request := range requests {
		out = protocol.AppendCommandStrings(out, request...)
	}
	p.conn.SetDeadline(time.Now().Add(replyTimeout))
	failed := make(chan error, 1)
	go func() {
		_, err := p.conn.Write(out)
		failed <- err
	}()
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

// pair is the two servers.
type pair struct{ ours, theirs *peer }

// difference is a request that the servers reply to differently, the last one of
// a round that begins with nothing.
type difference struct {
	requests     [][]string
	ours, theirs protocol.Value
}

// play sends requests to empty servers and returns the first difference, or nil.
// When all replies agree the key spaces are read, with more requests.
func (p *pair) play(requests [][]string) (*difference, error) {
	if _, err := p.both([]string{"FLUSHALL"}); err != nil {
		return nil, err
	}
	d, err := p.compare(requests)
	if d != nil || err != nil {
		return d, err
	}
	reads, err := p.reads()
	if err != nil {
		return nil, err
	}
	d, err = p.compare(reads)
	if d != nil {
		d.requests = append(slices.Clone(requests), d.requests[len(d.requests)-1])
	}
	return d, err
}

func (p *pair) both(requests ...[]string) (replies [2][]protocol.Value, err error) {
	if replies[0], err = p.ours.do(requests...); err != nil {
		return replies, fmt.Errorf("solokv: %w", err)
	}
	if replies[1], err = p.theirs.do(requests...); err != nil {
		return replies, fmt.Errorf("redis: %w", err)
	}
	return replies, nil
}

func (p *pair) compare(requests [][]string) (*difference, error) {
	replies, err := p.both(requests...)
	if err != nil {
		return nil, err
	}
	for i, request := range requests {
		if !sameReply(request, replies[0][i], replies[1][i]) {
			return &difference{requests[:i+1], replies[0][i], replies[1][i]}, nil
		}
	}
	return nil, nil
}

// reads makes the requests that read all keys of either server.
func (p *pair) reads() ([][]string, error) {
	replies, err := p.both([]string{"KEYS", "*"})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, reply := range replies {
		for _, key := range reply[0].Items {
			keys = append(keys, key.Text)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	types := make([][]string, len(keys))
	for i, key := range keys {
		types[i] = []string{"TYPE", key}
	}
	replies, err = p.both(types...)
	if err != nil {
		return nil, err
	}
	reads := append([][]string{{"KEYS", "*"}}, types...)
	for i, key := range keys {
		reads = append(reads, []string{"PTTL", key})
		if read := readOf(replies[1][i].Text, key); read != nil {
			reads = append(reads, read)
		}
	}
	return reads, nil
}

func readOf(typ, key string) []string {
	switch typ {
	case "string":
		return []string{"GET", key}
	case "list":
		return []string{"LRANGE", key, "0", "-1"}
	case "set":
		return []string{"SMEMBERS", key}
	case "hash":
		return []string{"HGETALL", key}
	case "zset":
		return []string{"ZRANGE", key, "0", "-1", "WITHSCORES"}
	case "stream":
		return []string{"XRANGE", key, "-", "+"}
	}
	return nil
}
