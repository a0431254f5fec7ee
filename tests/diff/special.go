package diff

import (
	"slices"
	"strings"

	"solokv/protocol"
)

// Requests that two right servers answer differently: those that pick at random, and
// walks whose order is the server's own. They are sent alone and compared by what
// must hold of the replies.

// specialFunc sends and compares one request of a round.
type specialFunc func(r *round, i int) (*difference, error)

var specials map[string]specialFunc

func init() {
	specials = map[string]specialFunc{
		"spop": popsRandomly, "srandmember": picksRandomly, "hrandfield": picksRandomly,
		"zrandmember": picksRandomly, "randomkey": picksRandomly,
		"scan": walks, "sscan": walks, "hscan": walks, "zscan": walks,
	}
}

// popsRandomly compares how many members SPOP has taken, and makes our set the other
// one again.
func popsRandomly(r *round, i int) (*difference, error) {
	words := r.requests[i].words
	replies, err := r.both(words)
	if err != nil {
		return nil, err
	}
	ours, theirs := replies[0][0], replies[1][0]
	if !alike(ours, theirs) {
		return r.differ(i, ours, theirs), nil
	}
	taken, wanted := textsOf(ours), textsOf(theirs)
	if ours.IsError() || sameValue(sorted(ours, 1), sorted(theirs, 1)) {
		return nil, nil
	}
	key := words[1]
	return nil, r.aside(func() error {
		_, err := r.ours.do(append([]string{"SADD", key}, taken...), append([]string{"SREM", key}, wanted...))
		return err
	})
}

// picksRandomly compares the number of elements, and looks for ours where the real
// server's came from: all that it has under the key, or all keys.
func picksRandomly(r *round, i int) (*difference, error) {
	words := r.requests[i].words
	list := [][]string{words, {"KEYS", "*"}}
	if len(words) > 1 {
		list[1] = []string{"TYPE", words[1]}
	}
	replies, err := r.both(list...)
	if err != nil {
		return nil, err
	}
	ours, theirs := replies[0][0], replies[1][0]
	if !alike(ours, theirs) {
		return r.differ(i, ours, theirs), nil
	}
	if ours.IsError() || ours.Null || len(textsOf(ours)) == 0 {
		return nil, nil
	}
	all := replies[1][1]
	if len(words) > 1 {
		read := readOf(all.Text, words[1])
		if read == nil {
			return nil, nil
		}
		answer, err := r.theirs.do(read)
		if err != nil {
			return nil, err
		}
		all = answer[0]
	}
	known := textsOf(all)
	slices.Sort(known)
	for _, text := range textsOf(ours) {
		_, found := slices.BinarySearch(known, text)
		if !found && !slices.ContainsFunc(known, func(other string) bool { return sameNumber(text, other) }) {
			return r.differ(i, ours, theirs), nil
		}
	}
	if isDistinct(words) && repeats(textsOf(ours)) {
		return r.differ(i, ours, theirs), nil
	}
	return nil, nil
}

// isDistinct tells whether a request that picks elements must not pick one twice.
func isDistinct(words []string) bool {
	return len(words) == 3 && !strings.HasPrefix(words[2], "-")
}

// alike compares two replies but for the texts in them.
func alike(a, b protocol.Value) bool {
	if a.Kind != b.Kind || a.Null != b.Null || len(a.Items) != len(b.Items) {
		return false
	}
	if a.IsError() {
		return a.Text == b.Text
	}
	for i := range a.Items {
		if !alike(a.Items[i], b.Items[i]) {
			return false
		}
	}
	return true
}

// textsOf are the strings and doubles in a reply, in their order.
func textsOf(v protocol.Value) (texts []string) {
	if v.Items == nil && v.Kind != protocol.KindArray && !v.Null {
		return []string{v.Text}
	}
	for _, item := range v.Items {
		texts = append(texts, textsOf(item)...)
	}
	return texts
}

// walkStepsMax bounds a walk over a few thousand elements, one at a time.
const walkStepsMax = 20000

// walks compares what a whole walk visits. One from another cursor than 0 visits
// what it will.
func walks(r *round, i int) (*difference, error) {
	words := r.requests[i].words
	at := 1
	if r.requests[i].name() != "scan" {
		at = 2
	}
	if len(words) <= at {
		return r.flush(i + 1)
	}
	var found [2]protocol.Value
	for side, s := range []*server{r.ours, r.theirs} {
		var err error
		if found[side], err = s.walk(words, at); err != nil {
			return nil, err
		}
	}
	ours, theirs := found[0], found[1]
	if words[at] != "0" && !ours.IsError() && !theirs.IsError() {
		return nil, nil
	}
	return r.compare(i, ours, theirs), nil
}

// walk follows the cursor, which is the argument at, to the end. It returns an error
// reply, or what was visited: sorted, and once.
func (s *server) walk(words []string, at int) (all protocol.Value, err error) {
	words = slices.Clone(words)
	all.Kind = protocol.KindArray
	width := 1
	name := strings.ToLower(words[0])
	if name == "zscan" || name == "hscan" && !slices.Contains(words, "NOVALUES") {
		width = 2
	}
	for range walkStepsMax {
		replies, err := s.do(words)
		if err != nil || replies[0].IsError() || len(replies[0].Items) != 2 {
			return replies[0], err
		}
		all.Items = append(all.Items, replies[0].Items[1].Items...)
		if words[at] = replies[0].Items[0].Text; words[at] == "0" {
			break
		}
	}
	return distinct(all, width), nil
}

// distinct is sorted, without the elements that came twice.
func distinct(v protocol.Value, width int) protocol.Value {
	v = sorted(v, width)
	groups := slices.Collect(slices.Chunk(v.Items, width))
	groups = slices.CompactFunc(groups, func(a, b []protocol.Value) bool { return a[0].Text == b[0].Text })
	v.Items = slices.Concat(groups...)
	return v
}
