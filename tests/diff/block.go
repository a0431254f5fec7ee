package diff

import (
	"fmt"
	"slices"
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
	preparing := r.real.preparing(*request)
	ours, oursWaits, err := r.ours.ask(request, preparing)
	if err != nil {
		return nil, err
	}
	theirs, theirsWaits, err := r.theirs.ask(request, preparing)
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

// ask returns a reply, or that the request waits. Others may have to prepare it.
func (s *server) ask(request *request, preparing [][]string) (reply protocol.Value, waits bool, err error) {
	c := s.conns[request.conn]
	if _, err := c.do(preparing...); err != nil {
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

// watchReaders is for the time when a consumer waits. Since 7.2 he is made a member
// again, as if he had just come, when there is something new about the stream and he
// is none any more. What it returns finds that out if he still waits, by the changes
// counted; then what follows cannot be compared. Those that other waiting requests
// come to are not counted there, so it may find too much when one was served.
func (r *round) watchReaders() (func() error, error) {
	if !r.readerWaits() {
		return func() error { return nil }, nil
	}
	before, err := r.changes()
	return func() error {
		if !r.readerWaits() {
			return nil
		}
		after, err := r.changes()
		r.over = r.over || after[0]-before[0] > after[1]-before[1]
		return err
	}, err
}

func (r *round) readerWaits() bool {
	return r.real < 702 && slices.ContainsFunc(r.blocked[:], func(request *request) bool {
		return request != nil && request.name() == "xreadgroup"
	})
}

// outcome is what has become of a connection that waited.
type outcome struct {
	request                *request
	ours, theirs           protocol.Value
	oursWaits, theirsWaits bool
}

// serve compares the replies to requests that waited until the one before was sent.
func (r *round) serve(i int) (*difference, error) {
	var all [connections]outcome
	for conn, request := range r.blocked {
		if request == nil {
			continue
		}
		o := &all[conn]
		o.request = request
		var err error
		if o.ours, o.oursWaits, err = r.ours.served(conn); err != nil {
			return nil, err
		}
		if o.theirs, o.theirsWaits, err = r.theirs.served(conn); err != nil {
			return nil, err
		}
	}
	var first *difference
	for conn := range all {
		o := &all[conn]
		if o.request == nil || o.oursWaits && o.theirsWaits {
			continue
		}
		r.blocked[conn], r.answered = nil, true
		if err := r.drain(conn, o.oursWaits, o.theirsWaits); err != nil {
			return nil, err
		}
		if o.oursWaits == o.theirsWaits && r.real.sameReply(o.request.words, o.ours, o.theirs) {
			continue
		}
		if r.real.parts(r.requests[i], o) {
			r.over = true // and what becomes of the others may follow from it
		}
		if first == nil {
			first = r.differ(i, o.ours, o.theirs)
		}
	}
	if r.over {
		return nil, nil
	}
	return first, nil
}

// served reads the reply of a request if it waits no more.
func (s *server) served(conn int) (reply protocol.Value, waits bool, err error) {
	if waits, err = s.waits(conn); waits || err != nil {
		return stillWaits, waits, err
	}
	reply, err = s.answer(conn)
	return reply, false, err
}

// answer reads the reply of a request that waits no more.
func (s *server) answer(conn int) (protocol.Value, error) {
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
		if _, err := s.answer(conn); err != nil {
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
