package diff

import "strconv"

// The words that requests are made of: few, so that requests meet, and with the
// odd ones among them that have broken servers before.

var (
	texts     = []string{"a", "b", "c", "d", "e", "foo", "bar", "", "1", "2", "10", "-5", "3.5", "x y", "\x00\xff", "hello world"}
	members   = []string{"a", "b", "c", "d", "e", "f", "1", "2", "3", "m:4", "\xff"}
	numbers   = []string{"0", "1", "2", "3", "4", "5", "7", "10", "-1", "-2", "-3", "100"}
	counts    = []string{"0", "1", "2", "3", "5", "-1", "-3", "10"}
	doubles   = []string{"0", "1", "2", "3", "1.5", "-2.25", "10", "inf", "-inf", "1e3"}
	degrees   = []string{"0", "1", "13.361389", "38.115556", "-5", "13.4", "38.2", "80"}
	patterns  = []string{"*", "a*", "?", "[a-c]*", "string:*", "z*"}
	encoding  = []string{"u1", "u4", "u8", "i5", "i8", "i16", "u63", "i64"}
	ids       = []string{"0", "0-1", "1-1", "1-2", "2", "3-0", "5-5", "9-9"}
	ends      = []string{"-", "+", "0", "1", "1-1", "(1-1", "2", "5", "9-9"}
	bounds    = []string{"-inf", "+inf", "0", "1", "(1", "2", "3", "(10", "[a", "(c", "[d", "-", "+"}
	lexBounds = []string{"-", "+", "[a", "(c", "[d", "(1", "[m:4", "[", "a"}
	weights   = []string{"string:*", "hash:*->a", "nosort", "w*"}
	lookups   = []string{"#", "string:*", "hash:*->a", "w*", "nothing"}
	oddWords  = []string{"", "x", "0", "-1", "1.5", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "nan", "1e400", "COUNT", "NX", "string:0", "list:0"}
)

// future is a Unix time at which no test runs.
const future = 4102444800

// byName are the words for arguments whose names tell more than their types.
var byName = map[string][]string{
	"element": members, "member": members, "member1": members, "member2": members, "field": members,
	"pivot": members, "count": counts, "longitude": degrees, "latitude": degrees, "radius": {"0", "10", "1000", "20000"},
	"width": {"10", "5000"}, "height": {"10", "5000"}, "bit": {"0", "1"}, "encoding": encoding,
	"value:integer": {"0", "1", "2", "-1", "255"}, "min": bounds, "max": bounds,
	"id": ids, "last-id": ids, "min-idle-time": {"0", "0", "100000000"}, "consumer": {"c1", "c2"}, "group": {"g1", "g2"}, "consumername": {"c1", "c2"}, "groupname": {"g1", "g2"},
	"ms": {"0"}, "cursor": {"0"}, "timeout": {"0"}, "db": {"0", "1"}, "numkeys": {"1", "2", "0"},
	"seconds": {"10000", "100000", "0", "-1"}, "milliseconds": {"10000000", "100000000", "10000000", "0"},
	"unix-time-seconds":      {strconv.Itoa(future), strconv.Itoa(future + 5), strconv.Itoa(future), "1"},
	"unix-time-milliseconds": {strconv.Itoa(future * 1000), strconv.Itoa(future*1000 + 5), "1"},
	"increment:double":       {"1", "0.5", "-2.25", "1e3"}, "destination-db": {"0", "1"}, "index": numbers,
}

// byCommand are those of one command. SET with a time that has passed leaves a key in
// Redis that is counted until somebody looks for it.
var byCommand = map[string][]string{
	"set unix-time-seconds":      {strconv.Itoa(future), strconv.Itoa(future + 5)},
	"set unix-time-milliseconds": {strconv.Itoa(future * 1000), strconv.Itoa(future*1000 + 5)},
	"xadd id":                    {"0-1", "1-1", "1-2", "2", "3-0", "5-5", "5-*", "9-9", "9-*", "12-*"},
	"xread id":                   {"0", "1-1", "3-0", "$", "9-9"},
	"xreadgroup id":              {">", ">", ">", "0", "1-1"},
}

// families are the kinds of keys that the commands of a group mostly meet.
var families = map[string]string{
	"string": "string", "bitmap": "string", "hyperloglog": "hll", "list": "list", "set": "set", "hash": "hash",
	"sorted-set": "zset", "geo": "geo", "stream": "stream",
}

var familyNames = []string{"string", "hll", "list", "set", "hash", "zset", "geo", "stream"}

const keysEach = 3

// lexical are the commands that make sense only if all scores are equal, and
// maybeLexical those with an option for it. They get keys of their own, which prelude
// fills, and which nothing else writes to.
var (
	lexical      = []string{"zrangebylex", "zrevrangebylex", "zlexcount", "zremrangebylex"}
	maybeLexical = []string{"zrange", "zrangestore"}
)

func (m *maker) key(name string) string {
	if m.lexical && name != "dst" {
		return "lex:" + strconv.Itoa(m.random.Intn(keysEach))
	}
	family := families[m.command.group]
	if family == "" || m.chance(6) {
		family = m.pick(familyNames)
	}
	return family + ":" + strconv.Itoa(m.random.Intn(keysEach))
}

// value makes a word for an argument.
func (m *maker) value(a *argument) string {
	if a.kind == "key" {
		return m.key(a.name)
	}
	switch a.token {
	case "BLOCK":
		return "0"
	case "BY":
		return m.pick(weights)
	case "GET":
		return m.pick(lookups)
	}
	if m.lexical && (a.name == "start" || a.name == "stop" || a.name == "min" || a.name == "max") {
		return m.pick(lexBounds)
	}
	if words := byCommand[m.command.words[0]+" "+a.name]; words != nil {
		return m.pick(words)
	}
	for _, name := range []string{a.name + ":" + a.kind, a.name} {
		if words := byName[name]; words != nil {
			return m.pick(words)
		}
	}
	switch a.kind {
	case "integer":
		return m.pick(numbers)
	case "double":
		return m.pick(doubles)
	case "pattern":
		return m.pick(patterns)
	}
	if a.name == "start" || a.name == "stop" || a.name == "end" {
		if m.command.group == "stream" {
			return m.pick(ends)
		}
		return m.pick(bounds)
	}
	return m.pick(texts)
}
