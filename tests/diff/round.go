package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"solokv/protocol"
)

// difference is a request that the servers reply to differently, the last one of
// a round that begins with nothing.
type difference struct {
	real         version
	requests     []request
	ours, theirs protocol.Value
}

// round is a run of requests in the making.
type round struct {
	*pair
	requests []request
	sent     int                   // of requests
	blocked  [connections]*request // that wait
	answered bool                  // one that waited, by the request that is compared
	waited   bool                  // somebody, before the request that is compared or in the whole round
	refused  bool                  // by us alone, with an error that is known: as waited
	over     bool                  // the rest cannot be compared: see parts
	counting bool                  // changes are compared after each request
	base     [2]int64              // changes that the servers had counted before
	events   [2][]string           // that the servers have told of
}

// play sends requests to empty servers and returns the first difference, or nil.
// When all replies agree the key spaces are read, and then the changes that the
// servers have counted are compared, and the events that they have told of; if those
// differ it is all played once more to see where.
func (p *pair) play(requests []request) (*difference, error) {
	r := &round{pair: p, requests: requests}
	d, err := r.run()
	if r.over {
		p.early++
	}
	if d != nil || err != nil || r.over {
		return d, err
	}
	sameEvents, err := r.sameEvents() // before anything is read
	if err != nil {
		return nil, err
	}
	d, err = r.readAll()
	if d != nil || err != nil {
		return d, err
	}
	if same, err := r.sameChanges(); same && sameEvents || err != nil {
		return nil, err
	}
	p.replays++
	return p.replay(requests)
}

// replay is play for requests the last of which may be one that reads: it is
// compared like any other, and nothing is read after it. Changes and events are
// compared after each.
func (p *pair) replay(requests []request) (*difference, error) {
	r := &round{pair: p, requests: requests, counting: true}
	return r.run()
}

// forget makes a server forget an earlier round.
func (s *server) forget() error {
	list := [][]string{{"HELLO", "2"}, {"SELECT", "0"}, {"FLUSHALL"}}
	for _, setting := range settings {
		list = append(list, []string{"CONFIG", "SET", setting.name, setting.usual})
	}
	if _, err := s.do(list...); err != nil {
		return err
	}
	for i, c := range s.conns[1:] {
		if _, err := c.do(list[:2]...); err != nil {
			return fmt.Errorf("%s: connection %d: %w", s.name, 1+i, err)
		}
	}
	return nil
}

func (r *round) run() (*difference, error) {
	for _, s := range []*server{r.ours, r.theirs} {
		if err := s.forget(); err != nil {
			return nil, err
		}
	}
	var err error
	if r.base, err = r.changes(); err != nil {
		return nil, err
	}
	if err := r.hear(); err != nil {
		return nil, err
	}
	r.events = [2][]string{}
	d, err := r.sendAll()
	if d != nil || err != nil || r.over {
		r.release()
		return d, err
	}
	return r.releaseCompared()
}

// sendAll sends the requests that were not sent yet.
func (r *round) sendAll() (*difference, error) {
	for i := r.sent; i < len(r.requests) && !r.over; i++ {
		request := r.requests[i]
		special := specials[request.name()]
		if special == nil && request.conn == 0 && !r.waiting() && !r.counting {
			continue // sent together with those that follow
		}
		if d, err := r.flush(i); d != nil || err != nil {
			return d, err
		}
		d, err := r.one(i, request, special)
		if d != nil || err != nil {
			return d, err
		}
		r.sent = i + 1
	}
	if r.over {
		return nil, nil
	}
	return r.flush(len(r.requests))
}

// one sends a request that is not to be sent together with others.
func (r *round) one(i int, request request, special specialFunc) (d *difference, err error) {
	if r.counting {
		r.waited, r.refused = false, false
	}
	r.waited = r.waited || r.waiting()
	enrolls, err := r.watchReaders()
	if err != nil {
		return nil, err
	}
	switch {
	case request.conn > 0:
		d, err = r.ask(i)
	case special != nil:
		d, err = special(r, i)
	default:
		d, err = r.flush(i + 1)
	}
	if r.answered = false; d == nil && err == nil {
		d, err = r.serve(i)
	}
	if d == nil && err == nil {
		err = enrolls()
	}
	if d == nil && err == nil && r.counting && !r.over {
		if d, err = r.compareChanges(i); d == nil && err == nil {
			d, err = r.compareEvents(i)
		}
	}
	return d, err
}

// flush sends the requests up to but not including to.
func (r *round) flush(to int) (*difference, error) {
	if r.sent >= to {
		return nil, nil
	}
	var lines []request
	var places []int // in lines, where those of a request begin and end
	for _, request := range r.requests[r.sent:to] {
		if !request.isTransaction() {
			lines = append(lines, requestsOf(r.real.preparing(request)...)...)
		}
		places = append(places, len(lines))
		lines = append(lines, r.real.wire(request)...)
		places = append(places, len(lines))
	}
	replies, err := r.exchange(lines)
	if err != nil {
		return nil, err
	}
	first := r.sent
	r.sent = to
	for i, q := range r.requests[first:to] {
		from, to := places[2*i], places[2*i+1]
		ours, theirs := replies[0][from:to], replies[1][from:to]
		if !q.isTransaction() && r.same(q, ours[0], theirs[0]) || q.isTransaction() && r.sameTransaction(q, ours, theirs) {
			continue
		}
		return r.differ(first+i, joined(ours), joined(theirs)), nil
	}
	return nil, nil
}

// joined is several replies as one.
func joined(replies []protocol.Value) protocol.Value {
	if len(replies) == 1 {
		return replies[0]
	}
	return protocol.Value{Kind: protocol.KindArray, Items: replies}
}

// exchange sends lines, those that follow each other on a connection in one go.
func (r *round) exchange(lines []request) (replies [2][]protocol.Value, err error) {
	for from := 0; from < len(lines); {
		conn, list := lines[from].conn, [][]string(nil)
		for ; from < len(lines) && lines[from].conn == conn; from++ {
			list = append(list, lines[from].words)
		}
		for i, s := range []*server{r.ours, r.theirs} {
			more, err := s.doOn(conn, list...)
			if err != nil {
				return replies, err
			}
			replies[i] = append(replies[i], more...)
		}
	}
	return replies, nil
}

// compare is the difference that a request has come to, or nil.
func (r *round) compare(i int, ours, theirs protocol.Value) *difference {
	if r.same(r.requests[i], ours, theirs) {
		return nil
	}
	return r.differ(i, ours, theirs)
}

// same compares the replies to a request of this round, or one after it.
func (r *round) same(q request, ours, theirs protocol.Value) bool {
	if q.script != nil {
		return r.sameScript(q, ours, theirs)
	}
	r.refused = r.refused || ours.IsError() && !theirs.IsError()
	return r.real.sameReply(q.words, ours, theirs) ||
		q.name() == "object" && r.real.knownEncoding(r.requests, ours.Text, theirs.Text)
}

func (r *round) differ(i int, ours, theirs protocol.Value) *difference {
	return &difference{r.real, slices.Clone(r.requests[:i+1]), ours, theirs}
}

// changes are the changes that both servers have counted so far.
func (r *round) changes() (counts [2]int64, err error) {
	replies, err := r.both([]string{"INFO", "persistence"})
	if err != nil {
		return counts, err
	}
	for i, reply := range replies {
		_, rest, _ := strings.Cut(reply[0].Text, "rdb_changes_since_last_save:")
		digits, _, _ := strings.Cut(rest, "\r\n")
		if counts[i], err = strconv.ParseInt(digits, 10, 64); err != nil {
			return counts, fmt.Errorf("changes of INFO: %w", err)
		}
	}
	return counts, nil
}

func (r *round) sameChanges() (bool, error) {
	now, err := r.changes()
	return now[0]-r.base[0] == now[1]-r.base[1], err
}

// compareChanges compares what a request has counted.
func (r *round) compareChanges(i int) (*difference, error) {
	now, err := r.changes()
	if err != nil {
		return nil, err
	}
	ours, theirs := now[0]-r.base[0], now[1]-r.base[1]
	r.base = now
	if ours == theirs || r.real.knownChanges(r.requests[i], ours, theirs, r.answered) {
		return nil, nil
	}
	return r.differ(i, countOf(ours), countOf(theirs)), nil
}

func countOf(n int64) protocol.Value {
	return protocol.Value{Kind: protocol.KindSimple, Text: strconv.FormatInt(n, 10) + " changes counted"}
}

// aside runs what is to make the servers equal again, and does not count, nor its events.
func (r *round) aside(f func() error) error {
	before, err := r.changes()
	if err != nil {
		return err
	}
	if err := r.unheard(f); err != nil {
		return err
	}
	after, err := r.changes()
	for i := range r.base {
		r.base[i] += after[i] - before[i]
	}
	return err
}

// settleTimeout bounds how long a request takes until it waits or is replied to.
const settleTimeout = 5 * time.Second
