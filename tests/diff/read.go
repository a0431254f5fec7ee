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
			if !r.same(request{words: read}, replies[0][i], replies[1][i]) {
				requests := append(slices.Clone(r.requests), requestsOf(selects, read)...)
				return &difference{r.real, requests, replies[0][i], replies[1][i]}, nil
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
		switch typ {
		case "stream":
			reads = append(reads, []string{"XINFO", "STREAM", key, "FULL", "COUNT", "0"})
		case "hash":
			read, err := r.readExpiries(key)
			if err != nil {
				return nil, err
			}
			reads = append(reads, read...)
		}
	}
	return reads, nil
}

// readExpiries makes the request that reads when the fields of a hash expire, if they
// can.
func (r *round) readExpiries(key string) (reads [][]string, err error) {
	if r.real < 704 {
		return nil, nil
	}
	replies, err := r.theirs.do([]string{"HKEYS", key})
	if err != nil || len(replies[0].Items) == 0 {
		return nil, err
	}
	fields := textsOf(replies[0])
	read := []string{"HPEXPIRETIME", key, "FIELDS", strconv.Itoa(len(fields))}
	return append(reads, append(read, fields...)), nil
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
