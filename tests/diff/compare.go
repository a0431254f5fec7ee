package diff

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"solokv/protocol"
)

// unordered are the commands whose replies are sets, whatever their order on the
// wire; of those in pairs, fields go with their values.
var unordered = map[string]int{
	"smembers": 1, "sinter": 1, "sunion": 1, "sdiff": 1, "keys": 1, "hkeys": 1, "hvals": 1,
	"hgetall": 2, "geosearch": 1, "georadius": 1, "georadius_ro": 1, "georadiusbymember": 1,
	"georadiusbymember_ro": 1, "sort": 1, "sort_ro": 1, "command": 1,
}

// inexact are the commands whose integers depend on the moment.
var inexact = map[string]int64{"ttl": 2, "pttl": 5000, "expiretime": 2, "pexpiretime": 5000,
	"httl": 2, "hpttl": 5000, "hexpiretime": 2, "hpexpiretime": 5000}

// sameReply compares the replies to a request, ours first.
func (v version) sameReply(request []string, a, b protocol.Value) bool {
	name := strings.ToLower(request[0])
	if sameValue(a, b) || v.knownReply(request, a, b) {
		return true
	}
	if slack := inexact[name]; slack > 0 && isNear(a, b, slack) {
		return true
	}
	if isDelayCompared(name, request) && a.Kind == b.Kind {
		return true
	}
	if isNearest(request) && alike(a, b) {
		return true
	}
	a, b = v.masked(request, a), v.masked(request, b)
	if width := unordered[name]; width > 0 {
		a, b = sorted(a, width), sorted(b, width)
	}
	return sameValue(a, b)
}

// isDelayCompared tells whether a request compares two delays: of equal ones that
// come a moment apart the second is the longer one, or not.
func isDelayCompared(name string, request []string) bool {
	return strings.HasSuffix(name, "expire") &&
		(slices.Contains(request, "GT") || slices.Contains(request, "LT"))
}

// isNearest tells whether a request asks for the nearest places, or the farthest. Of
// those that are as near any may be among them.
func isNearest(words []string) bool {
	return strings.HasPrefix(strings.ToLower(words[0]), "geo") &&
		slices.Contains(words, "COUNT") && !slices.Contains(words, "ANY")
}

// isNear tells whether two times, or arrays of them, are nearly equal. Negative numbers
// are no times.
func isNear(a, b protocol.Value, slack int64) bool {
	if a.Kind == protocol.KindArray && b.Kind == a.Kind && len(a.Items) == len(b.Items) {
		for i := range a.Items {
			if !isNear(a.Items[i], b.Items[i], slack) {
				return false
			}
		}
		return true
	}
	return a.Kind == protocol.KindInt && b.Kind == a.Kind &&
		(a.Int == b.Int || a.Int >= 0 && b.Int >= 0 && abs(a.Int-b.Int) <= slack)
}

func abs(n int64) int64 { return max(n, -n) }

// sameValue compares two replies. Numbers with a fraction may be written in
// different ways: 7.0 writes 17 digits, and later versions the fewest that do.
func sameValue(a, b protocol.Value) bool {
	if a.Kind != b.Kind || a.Null != b.Null || a.Int != b.Int || len(a.Items) != len(b.Items) {
		return false
	}
	if a.Text != b.Text && !sameNumber(a.Text, b.Text) {
		return false
	}
	for i := range a.Items {
		if !sameValue(a.Items[i], b.Items[i]) {
			return false
		}
	}
	return true
}

func sameNumber(a, b string) bool {
	if !strings.ContainsAny(a, ".e") && !strings.ContainsAny(b, ".e") {
		return false
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && math.Abs(x-y) <= max(1e-12*math.Abs(x), 1e-17)
}

// sorted is a reply with its elements, width values each, in some order that
// depends on nothing else.
func sorted(v protocol.Value, width int) protocol.Value {
	if len(v.Items)%width != 0 {
		return v
	}
	groups := make([][]protocol.Value, 0, len(v.Items)/width)
	for group := range slices.Chunk(v.Items, width) {
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b []protocol.Value) int {
		return strings.Compare(show(a[0]), show(b[0]))
	})
	v.Items = slices.Concat(groups...)
	return v
}

// show is a reply as text.
func show(v protocol.Value) string { return v.String() }
