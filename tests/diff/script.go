package diff

import (
	"slices"
	"strings"

	"solokv/protocol"
)

// script is one that calls the requests that it is given.
type script struct {
	text    string
	several bool // requests, and a table of their replies is the reply
	shapes  bool // each reply is a table: the reply's type in Lua, and what is in it
}

// each makes a script that calls several requests, and does something with each reply.
func each(body string) string {
	return "local replies, i, at = {}, 0, 1; while ARGV[at] do i = i + 1; local n = tonumber(ARGV[at]); " + body +
		" at = at + n + 1 end return replies"
}

const called = "(unpack(ARGV, at + 1, at + n))"

var scripts = []script{
	{text: "return redis.call(unpack(ARGV))"},
	{text: "return redis.pcall(unpack(ARGV))"},
	{text: each("replies[i] = redis.pcall" + called), several: true},
	{text: each("replies[i] = redis.call" + called), several: true},
	{text: each("replies[i] = redis.pcall" + called + "; if not replies[i] then return replies end"), several: true},
	{text: each("local r = redis.pcall" + called +
		"; replies[i] = {type(r), type(r) == 'table' and (r.err or r.ok) or r}"), several: true, shapes: true},
}

// inRESP3 lets the calls of a script reply in version 3.
const inRESP3 = "redis.setresp(3); "

// mapped are the commands that reply with maps then. Lua tells their fields in an order
// of its own.
var mapped = []string{"xread", "xreadgroup", "xinfo", "lcs"}

// calling makes a request for a script to call.
func (g *generator) calling(several bool) request {
	for {
		r := g.inner()
		switch {
		case waiting[r.name()] || slices.Contains(r.words, "BLOCK"), r.name() == "client":
			if g.real < 702 {
				continue // not allowed in scripts
			}
		case several && g.real.preparing(r) != nil:
			continue // one before it may undo that
		}
		return r
	}
}

// eval makes a request that runs a script.
func (g *generator) eval() request {
	r := request{script: &scripts[g.random.Intn(len(scripts))]}
	verb, text := "EVAL", r.script.text
	if g.chance(8) {
		verb = "EVAL_RO"
	}
	r.inner = append(r.inner, g.calling(false))
	if r.script.several {
		for range 1 + g.random.Intn(3) {
			r.inner = append(r.inner, g.calling(true))
		}
	}
	if g.chance(15) && !slices.ContainsFunc(r.inner, func(c request) bool { return slices.Contains(mapped, c.name()) }) {
		text = inRESP3 + text
	}
	r.words = []string{verb, text, "0"}
	return r
}

// sameScript compares the replies to a script by what it has called.
func (r *round) sameScript(q request, ours, theirs protocol.Value) bool {
	if sameValue(ours, theirs) {
		return true
	}
	if ours.IsError() || theirs.IsError() || !q.script.several {
		ours, oursAt := withoutPlace(ours)
		theirs, theirsAt := withoutPlace(theirs)
		return oursAt == theirsAt && slices.ContainsFunc(q.inner, func(c request) bool { return r.same(c, ours, theirs) })
	}
	if !alikeOutside(ours, theirs) || len(ours.Items) > len(q.inner) {
		return false
	}
	for i := range ours.Items {
		a, b := ours.Items[i], theirs.Items[i]
		if q.script.shapes {
			a, b = withoutShape(a), withoutShape(b)
		}
		if !r.same(q.inner[i], a, b) {
			return false
		}
	}
	return true
}

// withoutPlace is an error without the place in the script where it was raised.
func withoutPlace(v protocol.Value) (protocol.Value, string) {
	text, place, found := strings.Cut(v.Text, " script: ")
	if v.IsError() && found {
		v.Text = text
	}
	return v, place
}

// withoutShape is a reply that a script has put beside its type: what has a text in a
// table was a status or an error.
func withoutShape(v protocol.Value) protocol.Value {
	if len(v.Items) != 2 {
		return v
	}
	reply := v.Items[1]
	if v.Items[0].Text == "table" && reply.Kind == protocol.KindBulk {
		reply.Kind = protocol.KindError
	}
	return reply
}

// alikeOutside compares two replies but for the elements of arrays.
func alikeOutside(a, b protocol.Value) bool {
	return a.Kind == b.Kind && a.Null == b.Null && len(a.Items) == len(b.Items)
}
