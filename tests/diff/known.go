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
