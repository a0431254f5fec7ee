package diff

import (
	"slices"
	"strings"

	"solokv/protocol"
)

// What replies tell of time and of the server's insides is taken out before they are
// compared.

// ownFields are those of XINFO that tell the time, or how the server is built.
var ownFields = []string{"idle", "inactive", "seen-time", "active-time", "radix-tree-keys", "radix-tree-nodes"}

// readFields are those that say how far a group has read. Before 7.2.7 they are wrong
// when entries were deleted or trimmed away ahead.
var readFields = []string{"entries-read", "lag"}

// masked is a reply without what may differ.
func (v version) masked(request []string, reply protocol.Value) protocol.Value {
	switch strings.ToLower(request[0]) {
	case "xinfo":
		if v < 704 {
			return without(slices.Concat(ownFields, readFields), reply)
		}
		return without(ownFields, reply)
	case "xpending":
		return withoutIdleTimes(reply)
	}
	return reply
}

// without takes out fields, and the times of deliveries: the numbers that are Unix
// times of this age in milliseconds.
func without(fields []string, v protocol.Value) protocol.Value {
	const earliest, latest = 1e12, 4e12
	if v.Kind == protocol.KindInt && v.Int > earliest && v.Int < latest {
		return protocol.Value{Kind: v.Kind}
	}
	var items []protocol.Value
	for i := 0; i < len(v.Items); i++ {
		if slices.Contains(fields, v.Items[i].Text) {
			i++
			continue
		}
		items = append(items, without(fields, v.Items[i]))
	}
	v.Items = items
	return v
}

// withoutIdleTimes is for XPENDING with a range: ID, consumer, idle time, count.
func withoutIdleTimes(v protocol.Value) protocol.Value {
	v.Items = slices.Clone(v.Items)
	for i, entry := range v.Items {
		if len(entry.Items) == 4 {
			entry.Items = slices.Clone(entry.Items)
			entry.Items[2] = protocol.Value{Kind: protocol.KindInt}
			v.Items[i] = entry
		}
	}
	return v
}
