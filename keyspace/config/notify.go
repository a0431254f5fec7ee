package config

import (
	"errors"
	"strings"
)

// NotifyEvents is the set of keyspace events that are published.
type NotifyEvents int

const (
	NotifyKeyspace NotifyEvents = 1 << iota // K: by key
	NotifyKeyevent                          // E: by event
	NotifyGeneric                           // g: DEL, EXPIRE, RENAME ...
	NotifyString                            // $
	NotifyList                              // l
	NotifySet                               // s
	NotifyHash                              // h
	NotifyZSet                              // z
	NotifyExpired                           // x
	NotifyEvicted                           // e
	NotifyStream                            // t
	NotifyMiss                              // m: a key that was read and is not there
	NotifyModule                            // d
	NotifyNew                               // n: a key that was not there before
)

// NotifyAll is what "A" stands for: all classes but m and n.
const NotifyAll = NotifyGeneric | NotifyString | NotifyList | NotifySet | NotifyHash | NotifyZSet |
	NotifyExpired | NotifyEvicted | NotifyStream | NotifyModule

// notifyLetters is in the order in which a set is shown.
var notifyLetters = []struct {
	letter byte
	events NotifyEvents
}{
	{'A', NotifyAll}, {'g', NotifyGeneric}, {'$', NotifyString}, {'l', NotifyList}, {'s', NotifySet},
	{'h', NotifyHash}, {'z', NotifyZSet}, {'x', NotifyExpired}, {'e', NotifyEvicted}, {'t', NotifyStream},
	{'d', NotifyModule}, {'n', NotifyNew}, {'K', NotifyKeyspace}, {'E', NotifyKeyevent}, {'m', NotifyMiss},
}

func notifyDirective(name string, field *NotifyEvents) Directive {
	return newDirective(name, field, 0, 0, kind[NotifyEvents]{
		parse: oneArg(parseNotify),
		text:  NotifyEvents.String,
		lines: func(events NotifyEvents) []string { return []string{quote(events.String())} },
	})
}

func parseNotify(s string) (NotifyEvents, error) {
	var events NotifyEvents
	for i := range len(s) {
		known := false
		for _, class := range notifyLetters {
			if class.letter == s[i] {
				events |= class.events
				known = true
			}
		}
		if !known {
			return 0, errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
		}
	}
	return events, nil
}

// String is the set in Redis's letters, in Redis's order. Redis shows no "n"
// beside an "A", though A does not include it; we do not lose it.
func (events NotifyEvents) String() string {
	var out strings.Builder
	for _, class := range notifyLetters {
		if events&class.events == class.events {
			out.WriteByte(class.letter)
			events &^= class.events
		}
	}
	return out.String()
}
