package diff

import (
	"fmt"
	"time"

	"solokv/protocol"
)

// Key-space events. A connection to each server is subscribed to all of them; what it
// is told in a round is compared when the round is over, and if it differs, after each
// request of the round played once more.

// eventClasses are all of them, by the names of the events.
const eventClasses = "AEmn"

const (
	eventPattern = "__keyevent@*__:*"
	markChannel  = "mark" // what is published there ends what is read
)

// listen makes the connection that is told of the events.
func (s *server) listen(addr string) (err error) {
	if s.listener, err = dial(addr); err != nil {
		return err
	}
	replies, err := s.do([]string{"CONFIG", "SET", "notify-keyspace-events", eventClasses})
	if err == nil && replies[0].IsError() {
		err = fmt.Errorf("%s: events: %s", s.name, replies[0].Text)
	}
	if err == nil {
		_, err = s.listener.do([]string{"PSUBSCRIBE", eventPattern}, []string{"SUBSCRIBE", markChannel})
	}
	return err
}

// events are those that nobody has asked for yet, in their order.
func (s *server) events() (list []string, err error) {
	if _, err := s.do([]string{"PUBLISH", markChannel, ""}); err != nil {
		return nil, err
	}
	s.listener.conn.SetDeadline(time.Now().Add(replyTimeout))
	for {
		v, err := protocol.ReadValue(s.listener.reader)
		if err != nil {
			return nil, fmt.Errorf("%s: events: %w", s.name, err)
		}
		if len(v.Items) != 4 {
			return list, nil
		}
		list = append(list, v.Items[2].Text+" "+v.Items[3].Text)
	}
}

// hear adds the latest events to those of the round.
func (r *round) hear() error {
	for i, s := range []*server{r.ours, r.theirs} {
		events, err := s.events()
		if err != nil {
			return err
		}
		r.events[i] = append(r.events[i], events...)
	}
	return nil
}

// unheard runs what makes events that do not count.
func (r *round) unheard(f func() error) error {
	if err := r.hear(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	heard := r.events
	err := r.hear()
	r.events = heard
	return err
}

// sameEvents tells whether the events of the round agree.
func (r *round) sameEvents() (bool, error) {
	err := r.hear()
	return r.real.sameEvents(r.requests, r.events[0], r.events[1], r.waited, r.refused), err
}

// compareEvents compares those that a request has made.
func (r *round) compareEvents(i int) (*difference, error) {
	err := r.hear()
	ours, theirs := r.events[0], r.events[1]
	r.events = [2][]string{}
	if err != nil || r.real.sameEvents(r.requests[i:i+1], ours, theirs, r.waited, r.refused) {
		return nil, err
	}
	return r.differ(i, eventsValue(ours), eventsValue(theirs)), nil
}

func eventsValue(events []string) protocol.Value {
	v := protocol.Value{Kind: protocol.KindPush}
	for _, event := range events {
		v.Items = append(v.Items, protocol.Value{Kind: protocol.KindBulk, Text: event})
	}
	return v
}
