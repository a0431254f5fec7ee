package diff

import (
	"slices"
	"strconv"
	"strings"
)

// request is what is sent, and on which connection. A transaction and a script hold
// others; they are sent, compared and taken away as one.
type request struct {
	conn   int
	words  []string  // of a transaction EXEC or DISCARD, of a script those before what it calls
	watch  []request // before MULTI: WATCH, and what another connection does then
	inner  []request // what a transaction queues, or a script calls
	script *script
}

func (r request) name() string { return strings.ToLower(r.words[0]) }

func (r request) isTransaction() bool { return r.words[0] == "EXEC" || r.words[0] == "DISCARD" }

func requestsOf(list ...[]string) []request {
	requests := make([]request, len(list))
	for i, words := range list {
		requests[i].words = words
	}
	return requests
}

// leaves are the requests that hold no others.
func leaves(requests ...request) (list []request) {
	for _, r := range requests {
		if !r.isTransaction() && r.script == nil {
			list = append(list, r)
			continue
		}
		list = append(list, leaves(r.watch...)...)
		list = append(list, leaves(r.inner...)...)
	}
	return list
}

// wire is what is sent for a request, and on which connection: one line, or those of a
// transaction.
func (v version) wire(r request) []request {
	switch {
	case r.isTransaction():
		list := append(v.prepared(r.watch), requestsOf([]string{"MULTI"})...)
		for _, queued := range v.prepared(r.inner) {
			list = append(list, v.wire(queued)...)
		}
		return append(list, request{words: r.words})
	case r.script != nil:
		return []request{{conn: r.conn, words: r.script.wire(r)}}
	}
	return []request{r}
}

// prepared are requests of a transaction, with what prepares each.
func (v version) prepared(requests []request) (list []request) {
	for _, r := range requests {
		for _, words := range v.preparing(r) {
			list = append(list, request{conn: r.conn, words: words})
		}
		list = append(list, r)
	}
	return list
}

// wire is a script with what it calls: the words of its request, or for one that calls
// several their number before the words of each.
func (s *script) wire(r request) []string {
	words := slices.Clone(r.words)
	for _, called := range r.inner {
		if s.several {
			words = append(words, strconv.Itoa(len(called.words)))
		}
		words = append(words, called.words...)
	}
	return words
}
