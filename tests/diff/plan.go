package diff

import "strconv"

// A round begins with what its requests are to meet: another version of the protocol,
// limits at which encodings change soon, and keys.

// settings are the limits, with their usual values.
var settings = []struct {
	name, usual string
	small       []string
}{
	{"hash-max-listpack-entries", "128", []string{"0", "2", "4"}},
	{"hash-max-listpack-value", "64", []string{"3", "8"}},
	{"zset-max-listpack-entries", "128", []string{"0", "2", "4"}},
	{"zset-max-listpack-value", "64", []string{"0", "2", "4"}},
	{"set-max-intset-entries", "512", []string{"0", "2", "4"}},
	{"list-max-listpack-size", "-2", []string{"1", "3", "-1"}},
	{"stream-node-max-entries", "100", []string{"1", "3"}},
	{"stream-node-max-bytes", "4096", []string{"40", "100"}},
	{"hll-sparse-max-bytes", "3000", []string{"40", "60"}},
}

// round makes the requests of a round: n, and those before them.
func (g *generator) round(n int) (requests []request) {
	g.waits = g.chance(40)
	if g.chance(50) {
		for conn := range connections {
			requests = append(requests, request{conn: conn, words: []string{"HELLO", "3"}})
		}
	}
	if g.chance(50) {
		for _, s := range settings {
			if g.chance(60) {
				requests = append(requests, requestsOf([]string{"CONFIG", "SET", s.name, g.pick(s.small)})...)
			}
		}
	}
	requests = append(requests, g.keys()...)
	if g.chance(12) {
		requests = append(requests, g.largeKeys()...)
	}
	for range n {
		switch n := g.random.Intn(100); {
		case n < 3:
			requests = append(requests, g.other())
		case n < 7:
			requests = append(requests, g.transaction())
		case n < 17:
			requests = append(requests, g.eval())
		default:
			requests = append(requests, g.request())
		}
	}
	return requests
}

// keys are those that lexical commands work on, and groups of consumers.
func (g *generator) keys() (requests []request) {
	for i := range keysEach {
		request := []string{"ZADD", "lex:" + strconv.Itoa(i), "0", "a"}
		for _, member := range members {
			if g.chance(60) {
				request = append(request, "0", member)
			}
		}
		requests = append(requests, requestsOf(request)...)
		for _, group := range byName["group"] {
			requests = append(requests, requestsOf([]string{"XGROUP", "CREATE", "stream:" + strconv.Itoa(i), group, "0",
				"MKSTREAM"})...)
		}
	}
	return requests
}

// largeEach is how many elements largeKeys gives to each.
const largeEach = 1500

// largeKeys are keys with many elements, among them those that requests are about.
func (g *generator) largeKeys() []request {
	list := [][]string{{"RPUSH", "list:0"}, {"SADD", "set:0"}, {"SADD", "set:1"}, {"HSET", "hash:0"}, {"ZADD", "zset:0"}}
	for _, member := range members {
		list[0] = append(list[0], member)
		list[2] = append(list[2], member)
		list[3] = append(list[3], member, "1")
		list[4] = append(list[4], "1", member)
	}
	for i := range largeEach {
		n := strconv.Itoa(g.random.Intn(largeEach))
		list[0] = append(list[0], "element:"+n)
		list[1] = append(list[1], n)
		list[2] = append(list[2], "m:"+n)
		list[3] = append(list[3], "f:"+n, strconv.Itoa(i))
		list[4] = append(list[4], strconv.Itoa(g.random.Intn(100)), "m:"+n)
	}
	for i := range largeEach / 5 {
		list = append(list, []string{"XADD", "stream:0", strconv.Itoa(1+i/3) + "-" + strconv.Itoa(1+i%3), "f", strconv.Itoa(i)})
	}
	return requestsOf(list...)
}

// other makes a request of another group, or of a command without arguments.
func (g *generator) other() request {
	conn := 1 + g.random.Intn(changer-1)
	switch g.random.Intn(12) {
	case 0, 1, 2:
		return request{words: []string{"SELECT", strconv.Itoa(g.random.Intn(databasesUsed))}}
	case 3:
		return request{conn: conn, words: []string{"SELECT", strconv.Itoa(g.random.Intn(databasesUsed))}}
	case 4, 5:
		return request{words: []string{"SWAPDB", strconv.Itoa(g.random.Intn(databasesUsed)), "1"}}
	case 6, 7:
		return request{words: append(unblock(conn), g.pick([]string{"TIMEOUT", "ERROR"}))}
	case 8:
		return request{words: []string{"DBSIZE"}}
	case 9:
		if g.chance(15) {
			return request{words: []string{g.pick([]string{"FLUSHDB", "FLUSHALL"})}}
		}
	}
	return request{words: []string{"RANDOMKEY"}}
}
