package diff

import (
	"fmt"
	"time"

	"solokv/protocol"
)

// Requests that wait. They are sent on connections of their own, and wait for ever:
// until another connection's request serves them, or CLIENT UNBLOCK does. As long as
// one waits, requests are sent one by one, and after each the servers are asked who
// still waits.

// waiting tells whether any connection waits.
func (r *round) waiting() bool {
	for _, request := range r.blocked {
		if request != nil {
			return true
		}
	}
	return false
}

// ask sends a request that may wait. A connection that waits already is left alone.
func (r *round) ask(i int) (*difference, error) {
	request := &r.requests[i]
	if r.blocked[request.conn] != nil {
		return nil, nil
	}
	ours, oursWaits, err := r.ours.ask(request)
	if err != nil {
		return nil, err
	}
	theirs, theirsWaits, err := r.theirs.ask(request)
	if err != nil {
		return nil, err
	}
	switch {
	case oursWaits && theirsWaits:
		r.blocked[request.conn] = request
		return nil, nil
	case oursWaits != theirsWaits:
		return r.differ(i, ours, theirs), r.drain(request.conn, oursWaits, theirsWaits)
	}
	return r.compare(i, ours, theirs), nil
}

// ask returns a reply, or that the request waits.
func (s *server) ask(request *request) (reply protocol.Value, waits bool, err error) {
	c := s.conns[request.conn]
	if _, err := c.do(preparing(request.words)...); err != nil {
		return reply, false, fmt.Errorf("%s: %w", s.name, err)
	}
	if err := <-c.send(s.resolve(request.words)); err != nil {
		return reply, false, fmt.Errorf("%s: %w", s.name, err)
	}
	for until := time.Now().Add(settleTimeout); time.Now().Before(until); {
		if waits, err = s.waits(request.conn); waits || err != nil {
			return stillWaits, waits, err
		}
		reply, ok, err := c.receive(time.Millisecond)
		if ok || err != nil {
			return reply, false, err
		}
	}
	return reply, false, fmt.Errorf("%s: no reply to %q, which does not wait either", s.name, request.words)
}

// stillWaits stands for the reply of a request that waits.
var stillWaits = protocol.Value{Kind: protocol.KindSimple, Text: "(nothing)"}

// serve compares the replies to requests that waited until the one before was sent.
func (r *round) serve(i int) (*difference, error) {
	for conn, request := range r.blocked {
		if request == nil {
			continue
		}
		oursWaits, err := r.ours.waits(conn)
		if err != nil {
			return nil, err
		}
		theirsWaits, err := r.theirs.waits(conn)
		if err != nil {
			return nil, err
		}
		if oursWaits && theirsWaits {
			continue
		}
		ours, theirs := stillWaits, stillWaits
		if !oursWaits {
			if ours, err = r.ours.served(conn); err != nil {
				return nil, err
			}
		}
		if !theirsWaits {
			if theirs, err = r.theirs.served(conn); err != nil {
				return nil, err
			}
		}
		r.blocked[conn], r.served = nil, true
		if parts(request.words, ours, theirs) {
			r.over = true
		}
		if oursWaits != theirsWaits {
			err := r.drain(conn, oursWaits, theirsWaits)
			if r.over {
				return nil, err
			}
			return r.differ(i, ours, theirs), err
		}
		if !r.over && !sameReply(request.words, ours, theirs) {
			return r.differ(i, ours, theirs), nil
		}
	}
	return nil, nil
}

// served reads the reply of a request that waits no more.
func (s *server) served(conn int) (protocol.Value, error) {
	reply, ok, err := s.conns[conn].receive(settleTimeout)
	if err == nil && !ok {
		err = fmt.Errorf("%s: connection %d waits no more and has no reply", s.name, conn)
	}
	return reply, err
}

// drain ends the waiting of a connection on those servers where it goes on.
func (r *round) drain(conn int, ours, theirs bool) error {
	r.blocked[conn] = nil
	for i, s := range []*server{r.ours, r.theirs} {
		if i == 0 && !ours || i == 1 && !theirs {
			continue
		}
		if _, err := s.do(unblock(conn)); err != nil {
			return err
		}
		if _, err := s.served(conn); err != nil {
			return err
		}
	}
	return nil
}

func unblock(conn int) []string { return []string{"CLIENT", "UNBLOCK", nameOf(conn)} }

// release ends all waiting.
func (r *round) release() {
	for conn, request := range r.blocked {
		if request != nil {
			r.drain(conn, true, true)
		}
	}
}

// releaseCompared is release, and compares what those who waited get.
func (r *round) releaseCompared() (*difference, error) {
	for conn, waiting := range r.blocked {
		if waiting == nil {
			continue
		}
		r.requests = append(r.requests[:len(r.requests):len(r.requests)], request{words: unblock(conn)})
		d, err := r.sendAll()
		if d != nil || err != nil || r.over {
			r.release()
			return d, err
		}
	}
	return nil, nil
}
