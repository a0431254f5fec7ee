package diff

import (
	"strings"

	"solokv/protocol"
)

// known are differences between the versions: the real server may be a 7.0.
//
//	BITCOUNT, BITPOS     since 7.2 wrong arguments are an error even without the key
//	LPOS                 since 7.2 the lowest RANK is refused
//	XREAD, XREADGROUP    since 7.2 another text about unbalanced streams
//	ZRANK, ZREVRANK      since 7.2 with WITHSCORE, so one argument more is allowed
func known(name string, ours, theirs protocol.Value) bool {
	switch name {
	case "bitcount", "bitpos":
		return ours.IsError()
	case "lpos":
		return strings.HasPrefix(ours.Text, "ERR value is out of range, value must between")
	case "xread", "xreadgroup":
		return strings.HasPrefix(theirs.Text, "ERR Unbalanced ") && ours.IsError()
	case "zrank", "zrevrank":
		return ours.IsError() && strings.Contains(theirs.Text, "wrong number of arguments")
	}
	return false
}

// reported are differences that are faults of ours, which somebody is about to
// mend; a line goes when its fault is gone.
//
//	ZRANGE, ZRANGESTORE   BYSCORE, BYLEX and REV must not be repeated
//	scores of ranges      read like C's strtod: "" is 0, 1e400 is infinite, the
//	                      text ends at a zero byte
//	ZINCRBY key NX x      takes NX for an option, and so for a syntax error
func reported(name string, ours, theirs protocol.Value) bool {
	switch name {
	case "zrange":
		return theirs.Text == "ERR syntax error" || ours.Text == "ERR min or max is not a float"
	case "zrangebyscore", "zrevrangebyscore", "zcount", "zremrangebyscore":
		return ours.Text == "ERR min or max is not a float"
	case "zincrby":
		return theirs.Text == "ERR syntax error" && ours.IsError()
	}
	return false
}
