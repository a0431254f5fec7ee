package diff

import (
	"slices"
	"strconv"
)

// databasesUsed is how many databases requests are about.
const databasesUsed = 2

// readAll compares the key spaces, and brings the first difference as one of the
// whole round.
func (r *round) readAll() (*difference, error) {
	for db := range databasesUsed {
		selects := []string{"SELECT", strconv.Itoa(db)}
		if _, err := r.both(selects); err != nil {
			return nil, err
		}
		reads, err := r.reads()
		if err != nil {
			return nil, err
		}
		replies, err := r.both(reads...)
		if err != nil {
			return nil, err
		}
		for i, read := range reads {
			if !r.same(read, replies[0][i], replies[1][i]) {
				requests := append(slices.Clone(r.requests), requestsOf(selects, read)...)
				return &difference{requests, replies[0][i], replies[1][i]}, nil
			}
		}
	}
	return nil, nil
}

// reads makes the requests that read all keys of either server.
func (r *round) reads() ([][]string, error) {
	replies, err := r.both([]string{"KEYS", "*"})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, reply := range replies {
		for _, key := range reply[0].Items {
			keys = append(keys, key.Text)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	types := make([][]string, len(keys))
	for i, key := range keys {
		types[i] = []string{"TYPE", key}
	}
	replies, err = r.both(types...)
	if err != nil {
		return nil, err
	}
	reads := append([][]string{{"KEYS", "*"}, {"DBSIZE"}}, types...)
	for i, key := range keys {
		reads = append(reads, []string{"PTTL", key}, []string{"OBJECT", "ENCODING", key})
		typ := replies[1][i].Text
		if read := readOf(typ, key); read != nil {
			reads = append(reads, read)
		}
		if typ == "stream" {
			reads = append(reads, []string{"XINFO", "STREAM", key, "FULL", "COUNT", "0"})
		}
	}
	return reads, nil
}

func readOf(typ, key string) []string {
	switch typ {
	case "string":
		return []string{"GET", key}
	case "list":
		return []string{"LRANGE", key, "0", "-1"}
	case "set":
		return []string{"SMEMBERS", key}
	case "hash":
		return []string{"HGETALL", key}
	case "zset":
		return []string{"ZRANGE", key, "0", "-1", "WITHSCORES"}
	case "stream":
		return []string{"XRANGE", key, "-", "+"}
	}
	return nil
}
