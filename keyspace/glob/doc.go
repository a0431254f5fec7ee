// Package glob matches byte strings against the patterns that KEYS, SCAN,
// PSUBSCRIBE, CONFIG GET and ACL rules take.
//
// It owns the pattern language and nothing else: no allocation, no state, no
// compiled form (a pattern is used once for many short strings, and reading it
// again is cheaper than keeping it). Start with Match in glob.go.
//
// The language is Redis's, to the letter, oddities included:
//
//	?        one byte
//	*        any run of bytes, also none
//	[abc]    one of these bytes
//	[^abc]   one byte, none of these
//	[a-z]    one byte of a range; [z-a] is the same range
//	\x       the byte x, in a class too
//
// A class that is not closed ends with the pattern. "]" right after "[" closes
// an empty class, which matches nothing; "[^]" matches any byte. A backslash
// at the end of the pattern is an ordinary byte. Nothing but the empty pattern
// matches the empty string, so "*" does not.
package glob
