package command

import (
	"bytes"
	"cmp"
	"slices"

	"solokv/protocol"
)

// sortElement is an element with its weight: a number, or, with ALPHA and BY, a
// text.
type sortElement struct {
	text     []byte
	weight   float64
	byText   []byte
	weighted bool // byText is there
}

// weigh gives every element its weight. An element whose weight is missing weighs
// nothing; with ALPHA it comes before all others.
func (s *sorting) weigh() {
	if s.by == nil && s.alpha {
		return // the texts are compared
	}
	for i := range s.elements {
		e := &s.elements[i]
		text, found := e.text, true
		if s.by != nil {
			text, found = s.lookup(s.by, e.text)
		}
		switch {
		case !found:
		case s.alpha:
			start := len(s.texts) // copied: a number's digits do not last
			s.texts = append(s.texts, text...)
			e.byText, e.weighted = s.texts[start:len(s.texts):len(s.texts)], true
		default:
			var ok bool
			if e.weight, ok = parseWeight(text); !ok {
				s.bad = true
				return
			}
		}
	}
}

// parseWeight reads a number as C does: up to a zero byte, blanks before it, and
// nothing at all is zero.
func parseWeight(text []byte) (float64, bool) {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	if len(text) == 0 {
		return 0, true
	}
	return protocol.ParseFloat(bytes.TrimLeft(text, " \t\n\v\f\r"))
}

// order sorts. It is stable, so elements of equal weight stay in their order where
// Redis lets them.
func (s *sorting) order() {
	compare := s.compareNumbers
	switch {
	case s.alpha && s.by != nil:
		compare = s.compareTexts
	case s.alpha:
		compare = func(a, b sortElement) int { return bytes.Compare(a.text, b.text) }
	}
	if s.desc {
		ascending := compare
		compare = func(a, b sortElement) int { return -ascending(a, b) }
	}
	slices.SortStableFunc(s.elements, compare)
}

// compareNumbers compares the elements themselves when their weights are equal, so
// that there is one order only.
func (s *sorting) compareNumbers(a, b sortElement) int {
	if order := cmp.Compare(a.weight, b.weight); order != 0 {
		return order
	}
	return bytes.Compare(a.text, b.text)
}

func (s *sorting) compareTexts(a, b sortElement) int {
	switch {
	case a.weighted && b.weighted:
		return bytes.Compare(a.byText, b.byText)
	case a.weighted:
		return 1
	case b.weighted:
		return -1
	}
	return 0
}
