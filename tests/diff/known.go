package diff

import (
	"fmt"
	"slices"
	"strings"

	"solokv/protocol"
)

// version is that of the real server: 702 is 7.2. We are a 7.2, and an 8.0 where it is
// about the expiry of fields; the methods tell what is known to differ then, and what is
// different on purpose, which is in docs/DIFFERENCES.md.
type version int

// readVersion finds it in INFO.
func readVersion(info string) (v version, err error) {
	_, rest, _ := strings.Cut(info, "redis_version:")
	var major, minor int
	if _, err := fmt.Sscanf(rest, "%d.%d", &major, &minor); err != nil {
		return 0, fmt.Errorf("version of INFO: %w", err)
	}
	return version(100*major + minor), nil
}

// knownReply tells of differences in replies.
//
//	HELLO                names and numbers are the servers' own
//	SCAN                 cursors without digits, or with a sign, are refused
//	BITCOUNT, BITPOS     since 7.2 wrong arguments are an error even without the key
//	LPOS                 since 7.2 the lowest RANK is refused
//	XREAD, XREADGROUP    since 7.2 another text about unbalanced streams, and who waits for a
//	                     stream that goes gets the error that he would without waiting
//	ZRANK, ZREVRANK      since 7.2 with WITHSCORE, so one argument more is allowed
//	XREAD, XREADGROUP    since 7.4 yet another text about unbalanced streams
func (v version) knownReply(request []string, ours, theirs protocol.Value) bool {
	name := strings.ToLower(request[0])
	switch name {
	case "hello":
		return ours.Kind == theirs.Kind
	case "scan", "hscan", "sscan", "zscan":
		return ours.Text == "ERR invalid cursor" && slices.ContainsFunc(request[1:min(len(request), 3)], isOddCursor)
	}
	if v >= 702 {
		return v >= 704 && isUnbalanced(ours) && isUnbalanced(theirs)
	}
	switch name {
	case "bitcount", "bitpos":
		return ours.IsError()
	case "lpos":
		return strings.HasPrefix(ours.Text, "ERR value is out of range, value must between")
	case "xread", "xreadgroup":
		return isUnbalanced(theirs) && ours.IsError() ||
			ours.IsError() && (strings.HasPrefix(theirs.Text, "UNBLOCKED ") ||
				strings.HasPrefix(theirs.Text, "NOGROUP the consumer group this client was blocked on"))
	case "zrank", "zrevrank":
		return ours.IsError() && strings.Contains(theirs.Text, "wrong number of arguments")
	}
	return false
}

func isUnbalanced(v protocol.Value) bool { return strings.HasPrefix(v.Text, "ERR Unbalanced ") }

// goesAnotherWay tells whether the real server does something else at a request, so that
// what follows could not be compared.
//
// Since 7.4 a range of members that begins at a negative offset counts from the end, if
// the sorted set is a skip list.
func (v version) goesAnotherWay(request []string) bool {
	at := slices.Index(request, "LIMIT") + 1
	return v >= 704 && (strings.HasSuffix(request[0], "bylex") || slices.Contains(request, "BYLEX")) &&
		at > 0 && at < len(request) && strings.HasPrefix(request[at], "-")
}

// differsInside tells whether what the real server thinks of a request decides about
// the others that are with it in a transaction: it does not queue a ZRANK with an
// argument more before 7.2.
func (v version) differsInside(request []string) bool {
	return v < 702 && (request[0] == "zrank" || request[0] == "zrevrank") && len(request) > 3
}

func isOddCursor(word string) bool {
	return word == "" || strings.HasPrefix(word, "-") || strings.HasPrefix(word, "+")
}

// knownChanges tells of differences in the changes counted by a request, which may have
// answered others that waited.
//
// Before 7.2 what is given to those who wait is not counted as if they had not. Since
// 7.4 XREADGROUP does not count that it has read a history.
func (v version) knownChanges(q request, ours, theirs int64, answered bool) bool {
	return answered && v < 702 ||
		v >= 704 && ours > theirs &&
			slices.ContainsFunc(leaves(q), func(r request) bool { return r.name() == "xreadgroup" })
}

// sameEvents compares the events that requests have made, but for what is known to
// differ.
//
// The events of missing keys are not compared where we refuse what the real server looks
// for in vain (refused), nor before 7.2 when somebody waits: since then he looks again
// when he is served.
//
// SORT looks for keys in the order of the elements, which may be that of a hash table.
// Those that are no other request's are not compared, and the others of one request in any
// order. So are the events of those who wait and are served by SWAPDB.
func (v version) sameEvents(requests []request, ours, theirs []string, waited, refused bool) bool {
	sorts := slices.ContainsFunc(leaves(requests...), func(r request) bool { return strings.HasPrefix(r.name(), "sort") })
	swaps := slices.ContainsFunc(leaves(requests...), func(r request) bool { return r.name() == "swapdb" })
	comparable := func(events []string) []string {
		events = slices.DeleteFunc(slices.Clone(events), func(event string) bool {
			_, key, isMiss := strings.Cut(event, ":keymiss ")
			return isMiss && (refused || waited && v < 702 || sorts && !isUsualKey(key))
		})
		if (sorts || swaps && waited) && len(requests) == 1 {
			slices.Sort(events)
		}
		return events
	}
	return slices.Equal(comparable(ours), comparable(theirs))
}

// isUsualKey tells whether a key is one that requests are about.
func isUsualKey(key string) bool {
	family, number, _ := strings.Cut(key, ":")
	return slices.Contains(familyNames, family) && len(number) == 1 && number[0] < '0'+keysEach
}

// knownEncoding tells of encodings that differ by what was requested before.
//
// SORT makes a sorted set large there; we only read it. A hash of which no field has got
// an expiry is an ordinary one here; there it is not if a request could have given one.
// A list goes back to a listpack when one node of it is left, and where LINSERT has split
// nodes is the servers' own.
//
// Since 7.2 small lists and sets are listpacks, and a collection that a request makes
// has the encoding for as many elements as it names, even if they are the same one.
func (v version) knownEncoding(requests []request, ours, theirs string) bool {
	requests = leaves(requests...)
	switch {
	case ours == "listpack" && theirs == "skiplist":
		return slices.ContainsFunc(requests, func(r request) bool { return strings.HasPrefix(r.name(), "sort") })
	case ours == "listpack" && theirs == "listpackex":
		return slices.ContainsFunc(requests, func(r request) bool { return expiresFields[r.name()] })
	case v >= 702:
		return (ours == "listpack" && theirs == "quicklist" || ours == "quicklist" && theirs == "listpack") &&
			slices.ContainsFunc(requests, func(r request) bool { return r.name() == "linsert" })
	case ours == "listpack" && (theirs == "quicklist" || theirs == "hashtable"):
		return true
	case theirs == "listpack" && (ours == "skiplist" || ours == "hashtable"),
		theirs == "intset" && (ours == "listpack" || ours == "hashtable"):
		return slices.ContainsFunc(requests, func(r request) bool { return repeats(r.words) })
	}
	return false
}

// expiresFields are the commands that can give fields an expiry.
var expiresFields = map[string]bool{"hexpire": true, "hpexpire": true, "hexpireat": true, "hpexpireat": true,
	"hgetex": true, "hsetex": true}

func repeats(words []string) bool {
	words = slices.Sorted(slices.Values(words))
	return len(slices.Compact(slices.Clone(words))) < len(words)
}

// parts tells whether it is the versions that go different ways with a request that
// has waited, and that another one has served. What follows cannot be compared.
//
// SWAPDB serves the keys there in the order of a hash table.
//
// Who waits for a key of another type is not served there when STORE overwrites it.
//
// Since 7.2 it is as if it came when it is served. So the keys before the one that
// serves it are looked at too: they may have another type by now, or something as well.
// XREAD replies a stream twice if it is asked for twice, and goes on waiting if there is
// nothing to reply.
func (v version) parts(serving request, o *outcome) bool {
	reads := strings.HasPrefix(o.request.name(), "xread")
	var swap, store bool
	for _, r := range leaves(serving) {
		name := r.name()
		swap = swap || name == "swapdb"
		store = store || strings.HasSuffix(name, "store") || strings.HasPrefix(name, "geo") || name == "sort"
	}
	switch {
	case swap, store && !o.oursWaits && o.theirsWaits:
		return true
	case v >= 702:
		return false
	case !o.theirs.IsError() && strings.HasPrefix(o.ours.Text, "WRONGTYPE "):
		return true
	case reads && repeats(o.request.words):
		return true
	case reads && o.oursWaits && !o.theirsWaits:
		return !slices.ContainsFunc(textsOf(o.theirs), func(text string) bool {
			return !slices.Contains(o.request.words, text) // more than the names of the streams
		})
	case !o.oursWaits && !o.theirsWaits && len(o.ours.Items) > 1 && len(o.theirs.Items) > 1:
		return o.ours.Items[0].Text != o.theirs.Items[0].Text && slices.Contains(o.request.words, o.ours.Items[0].Text)
	}
	return false
}

// preparing are the requests that take away what would make a difference.
//
// A consumer that reads or claims is there since 7.2, even if it gets nothing.
//
// SORT fails there, now and then, for the errno ERANGE that another command has left
// behind: strtod does not clear it, but what reads ZADD's score does.
func (v version) preparing(q request) (list [][]string) {
	for _, r := range leaves(q) {
		list = append(list, v.preparingOne(r.words)...)
	}
	return list
}

func (v version) preparingOne(request []string) (list [][]string) {
	enroll := func(key, group, consumer string) {
		list = append(list, []string{"XGROUP", "CREATECONSUMER", key, group, consumer})
	}
	name := strings.ToLower(request[0])
	if name == "sort" || name == "sort_ro" {
		list = append(list, []string{"ZADD", "none", "no number", "member"})
	}
	if v >= 702 {
		return list
	}
	switch name {
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
