package diff

import (
	"fmt"
	"slices"
	"strings"

	"solokv/protocol"
)

// playsMax bounds how often a round is played while it is shrunk.
const playsMax = 1500

// shrink takes requests away from a round as long as its end still differs: first
// many at a time, then one by one.
func (p *pair) shrink(d *difference) *difference {
	plays := 0
	for step := max(1, len(d.requests)/2); plays < playsMax; {
		progress := false
		for from := 0; from < len(d.requests)-1 && plays < playsMax; plays++ {
			to := min(from+step, len(d.requests)-1)
			fewer := slices.Concat(d.requests[:from], d.requests[to:])
			smaller, err := p.replay(fewer)
			if err != nil || smaller == nil {
				from = to
				continue
			}
			d, progress = smaller, true
		}
		if step == 1 && !progress {
			break
		}
		step = max(1, step/2)
	}
	return d
}

// longWords is from how many words on a request is shrunk by itself.
const longWords = 12

// shrinkWords takes words away from the requests that are left, as many at a time as
// make pairs.
func (p *pair) shrinkWords(d *difference) *difference {
	for i := 0; i < len(d.requests)-1; i++ {
		for step := len(d.requests[i].words) / 4 * 2; step >= 2 && len(d.requests[i].words) >= longWords; step = step / 4 * 2 {
			for from := 2; from+step <= len(d.requests[i].words); {
				fewer := slices.Clone(d.requests)
				words := fewer[i].words
				fewer[i].words = slices.Concat(words[:from], words[from+step:])
				smaller, err := p.replay(fewer)
				if err != nil || smaller == nil || len(smaller.requests) < len(fewer) {
					from += step
					continue
				}
				d = smaller
			}
		}
	}
	return d
}

// shrinkInner takes requests out of those that hold others, which may be the last one,
// and puts what a transaction or a script holds in its place.
func (p *pair) shrinkInner(d *difference) *difference {
	for i := 0; i < len(d.requests); i++ {
		for _, with := range unwrapped(d.requests[i]) {
			fewer := slices.Concat(d.requests[:i], with, d.requests[i+1:])
			smaller, err := p.replay(fewer)
			if err != nil || smaller == nil {
				continue
			}
			d = smaller
			i-- // once more
			break
		}
	}
	return d
}

// unwrapped are what a request that holds others may be replaced with.
func unwrapped(r request) (list [][]request) {
	if r.script == nil && !r.isTransaction() {
		return nil
	}
	list = append(list, leaves(r))
	if r.watch != nil {
		without := r
		without.watch = nil
		list = append(list, []request{without})
	}
	for i := range r.inner {
		if r.script == nil || r.script.several {
			without := r
			without.inner = slices.Delete(slices.Clone(r.inner), i, i+1)
			list = append(list, []request{without})
		}
		for _, with := range unwrapped(r.inner[i]) {
			other := r
			other.inner = slices.Concat(r.inner[:i], with, r.inner[i+1:])
			list = append(list, []request{other})
		}
	}
	return list
}

// String is the difference as a transcript that expects Redis's reply.
func (d *difference) String() string {
	var b strings.Builder
	var lines []request
	for _, request := range d.requests {
		lines = append(lines, d.real.wire(request)...)
	}
	for _, request := range lines {
		if request.conn > 0 {
			fmt.Fprintf(&b, "[%d]", request.conn+1)
		}
		b.WriteString(">")
		for _, word := range request.words {
			b.WriteString(" " + quoted(word))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "redis:  %s\nsolokv: %s\n", show(d.theirs), show(d.ours))
	return b.String()
}

// quoted writes a word as transcripts do.
func quoted(word string) string {
	plain := word != "" && strings.IndexFunc(word, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"'\$`, r)
	}) < 0
	if plain {
		return word
	}
	return string(protocol.AppendQuoted(nil, word))
}
