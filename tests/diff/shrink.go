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

// String is the difference as a transcript that expects Redis's reply.
func (d *difference) String() string {
	var b strings.Builder
	for _, request := range d.requests {
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
