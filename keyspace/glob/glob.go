package glob

// How a match is found, and why it cannot blow up.
//
// Every element of a pattern but the star consumes exactly one byte of the
// string. So when a mismatch follows a star, the only freedom left is how many
// bytes that star took, and only the last star seen matters: if the elements
// between an earlier star and the last one matched early, then moving them to
// the right can only leave the last star fewer bytes to choose from. One retry
// position is therefore enough; there is no recursion and no stack.
//
// Cost: at most len(pattern)*len(s) steps ("a*a*a*a*b" against a run of "a" is
// the worst case), no allocation. Redis recurses at each star and cuts the
// search off with a flag to reach the same bound; the results are the same.

// Match tells whether the whole of s matches pattern.
func Match(pattern, s []byte) bool {
	return match(pattern, s, false)
}

// MatchFold is Match with ASCII letters compared without regard to case.
// An escaped letter inside a class still wants its exact case, as in Redis.
func MatchFold(pattern, s []byte) bool {
	return match(pattern, s, true)
}

func match(pattern, s []byte, fold bool) bool {
	// Redis looks at the pattern only while there is string left, so that not
	// even "*" matches the empty string: PSUBSCRIBE * hears nothing of what
	// is published to the channel "".
	if len(s) == 0 {
		return len(pattern) == 0
	}

	next, at := 0, 0            // element of the pattern and byte of s to compare now
	afterStar, retryAt := -1, 0 // where to go on when they differ; -1: no star yet
	for at < len(s) {
		if next < len(pattern) && pattern[next] == '*' {
			next = skipStars(pattern, next)
			if next == len(pattern) {
				return true
			}
			afterStar, retryAt = next, at
		}
		size, ok := 0, false
		if next < len(pattern) {
			size, ok = matchElement(pattern[next:], s[at], fold)
		}
		if ok {
			next += size
			at++
			continue
		}
		if afterStar < 0 {
			return false
		}
		retryAt++
		next, at = afterStar, retryAt
	}
	return skipStars(pattern, next) == len(pattern)
}

// skipStars returns the index of the first byte at or after i that is no star.
func skipStars(pattern []byte, i int) int {
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i
}

// matchElement compares b with the element that pattern, which is not empty,
// starts with. It returns the element's size in the pattern, at least 1.
func matchElement(pattern []byte, b byte, fold bool) (size int, ok bool) {
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		return matchClass(pattern, b, fold)
	case '\\':
		if len(pattern) >= 2 {
			return 2, equal(pattern[1], b, fold)
		}
	}
	return 1, equal(pattern[0], b, fold)
}

// matchClass is matchElement for "[...]". The class is read to its end even
// after a hit, because its size is wanted.
func matchClass(pattern []byte, b byte, fold bool) (size int, ok bool) {
	i := 1
	negated := i < len(pattern) && pattern[i] == '^'
	if negated {
		i++
	}

	found := false
	for i < len(pattern) && pattern[i] != ']' {
		switch left := len(pattern) - i; {
		case pattern[i] == '\\' && left >= 2:
			found = found || pattern[i+1] == b
			i += 2
		case left >= 3 && pattern[i+1] == '-':
			found = found || inRange(pattern[i], pattern[i+2], b, fold)
			i += 3
		default:
			found = found || equal(pattern[i], b, fold)
			i++
		}
	}
	if i < len(pattern) {
		i++ // the closing bracket
	}
	return i, found != negated
}

// inRange tells whether b lies between two bytes, given in either order.
//
// Bytes are compared as signed, as C's char is on the machines Redis is built
// for: \x80 comes before "a". The ends are put in order before their case is
// folded; "[Z-a]" therefore folds to the empty range z..a and matches nothing.
func inRange(low, high, b byte, fold bool) bool {
	if int8(low) > int8(high) {
		low, high = high, low
	}
	if fold {
		low, high, b = lower(low), lower(high), lower(b)
	}
	return int8(low) <= int8(b) && int8(b) <= int8(high)
}

func equal(a, b byte, fold bool) bool {
	return a == b || fold && lower(a) == lower(b)
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}
