package diff

import (
	"slices"
	"strconv"

	"solokv/protocol"
)

// queuedMax is how many requests a transaction queues at most.
const queuedMax = 5

// refused are requests that a transaction does not queue; most of them make EXEC fail. (EXEC with an argument ends
// the transaction, and what follows might block.)
var refused = [][]string{
	{"get"}, {"set", "string:0"}, {"nosuch", "string:0", "x"}, {"MULTI"}, {"WATCH", "string:0"}, {"WATCH"},
	{"xinfo", "nosuch"}, {"object", "encoding"}, {"UNWATCH"}, {"UNWATCH", "x"},
}

// transaction makes one: mostly executed, sometimes after a change of what is watched.
func (g *generator) transaction() request {
	t := request{words: []string{"EXEC"}}
	if g.chance(10) {
		t.words[0] = "DISCARD"
	}
	if g.chance(25) {
		t.watch = g.watching()
	}
	for range g.random.Intn(1 + queuedMax) {
		if g.chance(20) {
			t.inner = append(t.inner, g.eval())
		} else {
			t.inner = append(t.inner, g.inner())
		}
	}
	if g.chance(12) {
		at := g.random.Intn(1 + len(t.inner))
		t.inner = append(t.inner[:at:at], append(requestsOf(refused[g.random.Intn(len(refused))]), t.inner[at:]...)...)
	}
	return t
}

// watching makes WATCH and what comes before MULTI: another connection's request, that
// may change it.
func (g *generator) watching() []request {
	change := g.inner()
	for waiting[change.name()] || slices.Contains(change.words, "BLOCK") {
		change = g.inner()
	}
	watch := []string{"WATCH"}
	for range 1 + g.random.Intn(3) {
		watch = append(watch, g.pick(familyNames)+":"+strconv.Itoa(g.random.Intn(keysEach)))
	}
	if len(change.words) > 1 && g.chance(60) {
		watch = append(watch, change.words[1]) // mostly its key
	}
	list := requestsOf(watch)
	if g.chance(30) {
		list = append(list, request{conn: changer, words: []string{"SELECT", strconv.Itoa(g.random.Intn(databasesUsed))}})
	}
	if g.chance(80) {
		change.conn = changer
		list = append(list, change)
	}
	return list
}

// inner makes a request that can be inside of another one: its reply is compared as if
// it had come alone.
func (g *generator) inner() request {
	for {
		r := g.request()
		if g.chance(8) {
			r = g.other()
		}
		if r.conn > 0 && r.name() == "select" || specials[r.name()] != nil || g.real.differsInside(r.words) {
			continue
		}
		r.conn = 0
		return r
	}
}

// sameTransaction compares the replies to all that a transaction sends: those before
// MULTI, those that tell what is queued, and the last with the replies to that.
func (r *round) sameTransaction(q request, ours, theirs []protocol.Value) bool {
	watch := r.real.prepared(q.watch)
	for i := range watch {
		if !r.same(watch[i], ours[i], theirs[i]) {
			return false
		}
	}
	ours, theirs = ours[len(watch)+1:], theirs[len(watch)+1:]
	var queue []request
	for i, inner := range r.real.prepared(q.inner) {
		if !sameValue(ours[i], theirs[i]) {
			return false
		}
		if ours[i].Text == "QUEUED" {
			queue = append(queue, inner)
		}
	}
	a, b := ours[len(ours)-1], theirs[len(theirs)-1]
	if !alikeOutside(a, b) || len(a.Items) != len(queue) {
		return sameValue(a, b)
	}
	for i := range queue {
		if !r.same(queue[i], a.Items[i], b.Items[i]) {
			return false
		}
	}
	return len(queue) > 0 || sameValue(a, b)
}
