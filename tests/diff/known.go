package diff

import (
	"slices"
	"strings"

	"solokv/protocol"
)

// knownReply tells of differences between the versions, for the real server may be a
// 7.0, and of those in docs/DIFFERENCES.md.
//
//	HELLO                names and numbers are the servers' own
//	BITCOUNT, BITPOS     since 7.2 wrong arguments are an error even without the key
//	LPOS                 since 7.2 the lowest RANK is refused
//	XREAD, XREADGROUP    since 7.2 another text about unbalanced streams, and who waits for a
//	                     stream that goes gets the error that he would without waiting
//	SCAN                 cursors without digits, or with a sign, are refused
//	ZRANK, ZREVRANK      since 7.2 with WITHSCORE, so one argument more is allowed
func knownReply(request []string, ours, theirs protocol.Value) bool {
	switch strings.ToLower(request[0]) {
	case "hello":
		return ours.Kind == theirs.Kind
	case "bitcount", "bitpos":
		return ours.IsError()
	case "lpos":
		return strings.HasPrefix(ours.Text, "ERR value is out of range, value must between")
	case "xread", "xreadgroup":
		return strings.HasPrefix(theirs.Text, "ERR Unbalanced ") && ours.IsError() ||
			ours.IsError() && (strings.HasPrefix(theirs.Text, "UNBLOCKED ") ||
				strings.HasPrefix(theirs.Text, "NOGROUP the consumer group this client was blocked on"))
	case "scan", "hscan", "sscan", "zscan":
		return ours.Text == "ERR invalid cursor" && slices.ContainsFunc(request[1:min(len(request), 3)], isOddCursor)
	case "zrank", "zrevrank":
		return ours.IsError() && strings.Contains(theirs.Text, "wrong number of arguments")
	}
	return false
}

func isOddCursor(word string) bool {
	return word == "" || strings.HasPrefix(word, "-") || strings.HasPrefix(word, "+")
}

// knownEncoding tells of encodings that differ by what was requested before.
//
// Since 7.2 small lists and sets are listpacks, and a collection that a request makes
// has the encoding for as many elements as it names, even if they are the same one.
// SORT makes a sorted set large there; we only read it.
func knownEncoding(requests []request, ours, theirs string) bool {
	switch {
	case ours == "listpack" && (theirs == "quicklist" || theirs == "hashtable"):
		return true
	case ours == "listpack" && theirs == "skiplist":
		return slices.ContainsFunc(requests, func(r request) bool { return strings.HasPrefix(r.name(), "sort") })
	case theirs == "listpack" && (ours == "skiplist" || ours == "hashtable"),
		theirs == "intset" && (ours == "listpack" || ours == "hashtable"):
		return slices.ContainsFunc(requests, func(r request) bool { return repeats(r.words) })
	}
	return false
}

func repeats(words []string) bool {
	words = slices.Sorted(slices.Values(words))
	return len(slices.Compact(slices.Clone(words))) < len(words)
}

// parts tells whether it is the versions that go different ways with a request that
// has waited, and that another one has served. What follows cannot be compared.
//
// Since 7.2 it is as if it came when it is served. So the keys before the one that
// serves it are looked at too: they may have another type by now, or something as well.
// XREAD replies a stream twice if it is asked for twice, and goes on waiting if there is
// nothing to reply.
//
// SWAPDB serves the keys there in the order of a hash table.
//
// Who waits for a key of another type is not served there when STORE overwrites it.
func parts(serving string, o *outcome) bool {
	reads := strings.HasPrefix(o.request.name(), "xread")
	switch {
	case !o.theirs.IsError() && strings.HasPrefix(o.ours.Text, "WRONGTYPE "):
		return true
	case reads && repeats(o.request.words), serving == "swapdb":
		return true
	case reads && o.oursWaits && !o.theirsWaits:
		return !slices.ContainsFunc(textsOf(o.theirs), func(text string) bool {
			return !slices.Contains(o.request.words, text) // more than the names of the streams
		})
	case !o.oursWaits && !o.theirsWaits && len(o.ours.Items) > 1 && len(o.theirs.Items) > 1:
		return o.ours.Items[0].Text != o.theirs.Items[0].Text && slices.Contains(o.request.words, o.ours.Items[0].Text)
	case strings.HasSuffix(serving, "store") || strings.HasPrefix(serving, "geo") || serving == "sort":
		return !o.oursWaits && o.theirsWaits
	}
	return false
}

// preparing are the requests that take away what would make a difference.
//
// A consumer that reads or claims is there since 7.2, even if it gets nothing.
//
// SORT fails there, now and then, for the errno ERANGE that another command has left
// behind: strtod does not clear it, but what reads ZADD's score does.
func preparing(request []string) (list [][]string) {
	enroll := func(key, group, consumer string) {
		list = append(list, []string{"XGROUP", "CREATECONSUMER", key, group, consumer})
	}
	switch strings.ToLower(request[0]) {
	case "sort", "sort_ro":
		list = append(list, []string{"ZADD", "none", "no number", "member"})
	case "xclaim", "xautoclaim":
		if len(request) > 3 {
			enroll(request[1], request[2], request[3])
		}
	case "xreadgroup":
		group, keys := -1, len(request)
		for i, word := range request {
			switch {
			case strings.EqualFold(word, "GROUP") && i+2 < len(request):
				group = i
			case strings.EqualFold(word, "STREAMS"):
				keys = i + 1
			}
		}
		for i := keys; group > 0 && i < keys+(len(request)-keys)/2; i++ {
			enroll(request[i], request[group+1], request[group+2])
		}
	}
	return list
}
