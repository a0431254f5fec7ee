package glob

// The naive model: a pattern is compiled into elements, each the set of bytes
// it accepts, and a table says which prefixes of the pattern match which
// prefixes of the string. It is slow, it allocates, and it shares no line with
// the code under test.

// element is a star, or one byte out of a set.
type element struct {
	star bool
	set  [256]bool
}

func modelMatch(pattern, s []byte, fold bool) bool {
	if len(s) == 0 {
		return len(pattern) == 0
	}

	elements := compile(pattern, fold)
	reached := make([]bool, len(s)+1) // reached[j]: the elements so far match s[:j]
	reached[0] = true
	for _, e := range elements {
		after := make([]bool, len(s)+1)
		for j := range reached {
			if !reached[j] {
				continue
			}
			if e.star {
				for k := j; k <= len(s); k++ {
					after[k] = true
				}
			} else if j < len(s) && e.set[s[j]] {
				after[j+1] = true
			}
		}
		reached = after
	}
	return reached[len(s)]
}

func compile(pattern []byte, fold bool) []element {
	var elements []element
	for len(pattern) > 0 {
		var e element
		first := pattern[0]
		pattern = pattern[1:]
		switch {
		case first == '*':
			e.star = true
		case first == '?':
			for b := range e.set {
				e.set[b] = true
			}
		case first == '[':
			e.set, pattern = compileClass(pattern, fold)
		case first == '\\' && len(pattern) > 0:
			e.add(pattern[0], fold)
			pattern = pattern[1:]
		default:
			e.add(first, fold)
		}
		elements = append(elements, e)
	}
	return elements
}

// compileClass reads what follows "[" and returns what follows the class.
func compileClass(rest []byte, fold bool) (set [256]bool, after []byte) {
	var e element
	negated := len(rest) > 0 && rest[0] == '^'
	if negated {
		rest = rest[1:]
	}
	for len(rest) > 0 && rest[0] != ']' {
		switch {
		case rest[0] == '\\' && len(rest) >= 2:
			e.set[rest[1]] = true
			rest = rest[2:]
		case len(rest) >= 3 && rest[1] == '-':
			e.addRange(rest[0], rest[2], fold)
			rest = rest[3:]
		default:
			e.add(rest[0], fold)
			rest = rest[1:]
		}
	}
	if len(rest) > 0 {
		rest = rest[1:]
	}
	if negated {
		for b := range e.set {
			e.set[b] = !e.set[b]
		}
	}
	return e.set, rest
}

func (e *element) add(want byte, fold bool) {
	for b := range e.set {
		same := byte(b) == want || fold && modelLower(byte(b)) == modelLower(want)
		e.set[b] = e.set[b] || same
	}
}

func (e *element) addRange(from, to byte, fold bool) {
	low, high := min(int8(from), int8(to)), max(int8(from), int8(to))
	if fold {
		low, high = int8(modelLower(byte(low))), int8(modelLower(byte(high)))
	}
	for b := range e.set {
		at := int8(b)
		if fold {
			at = int8(modelLower(byte(b)))
		}
		e.set[b] = e.set[b] || low <= at && at <= high
	}
}

func modelLower(b byte) byte {
	const upper, lower = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
	for i := range upper {
		if upper[i] == b {
			return lower[i]
		}
	}
	return b
}
