package transcripts

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// match compares a reply with an expectation. It returns "" when it fits, or
// where and how it differs. Captured values go to vars, also from a reply that
// turns out not to fit.
func match(want, got node, vars map[string]string) string {
	if want.kind == kindPattern {
		return want.pattern.match(got, vars)
	}
	sameKind := want.kind == got.kind ||
		want.shuffle && want.kind == kindArray && got.kind == kindSet
	if !sameKind {
		return fmt.Sprintf("want %v, got %v", want, got)
	}
	if _, aggregate := brackets[want.kind]; !aggregate {
		if !bytes.Equal(want.text, got.text) {
			return fmt.Sprintf("want %v, got %v", want, got)
		}
		return ""
	}
	if len(got.elems) < len(want.elems) || len(got.elems) > len(want.elems) && !want.open {
		return fmt.Sprintf("want %d elements, got %d", len(want.elems), len(got.elems))
	}
	if want.shuffle {
		return matchShuffled(want, got, vars)
	}
	for i := range want.elems {
		if diff := match(want.elems[i], got.elems[i], vars); diff != "" {
			return fmt.Sprintf("element %d: %s", i+1, diff)
		}
	}
	return ""
}

// matchShuffled gives each expectation the first unused element that fits it;
// pairs are taken together in a map. An expectation that fits several elements
// should therefore stand after those that fit one.
func matchShuffled(want, got node, vars map[string]string) string {
	stride := 1
	if want.kind == kindMap {
		stride = 2
	}
	used := make([]bool, len(got.elems))
	for w := 0; w < len(want.elems); w += stride {
		if !takeFit(want.elems[w:w+stride], got.elems, used, vars) {
			return fmt.Sprintf("nothing fits %v", want.elems[w:w+stride])
		}
	}
	return ""
}

func takeFit(want, elems []node, used []bool, vars map[string]string) bool {
	for g := 0; g < len(elems); g += len(want) {
		fits := !used[g]
		for i := range want {
			fits = fits && match(want[i], elems[g+i], vars) == ""
		}
		if fits {
			used[g] = true
			return true
		}
	}
	return false
}

// fits tells which kinds of value a pattern's role takes.
var fits = map[string][]kind{
	"int":    {kindInt},
	"double": {kindDouble, kindBulk},
	"string": {kindBulk},
	"text":   {kindBulk, kindSimple, kindVerbatim},
	"error":  {kindError},
}

func (p *pattern) match(got node, vars map[string]string) string {
	fail := fmt.Sprintf("want %s, got %v", p.source, got)
	if kinds, limited := fits[p.role]; limited && !slices.Contains(kinds, got.kind) {
		return fail
	}
	if got.kind == kindClosed || got.kind == kindNothing {
		return fail
	}
	text := got.text
	if got.kind == kindVerbatim {
		_, text, _ = bytes.Cut(text, []byte{':'})
	}
	if p.expr != nil && !p.expr.Match(text) {
		return fail
	}
	if p.ranged || p.role == "double" {
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil || p.ranged && (f < p.low || f > p.high) {
			return fail
		}
	}
	if p.capture != "" {
		vars[p.capture] = string(text)
	}
	return ""
}
