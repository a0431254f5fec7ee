package soak

import (
	"fmt"
	"strconv"
	"strings"
)

// keysPerType is how many keys the requests of a type name: more than there is room for.
const keysPerType = 60_000

func (m *member) key(prefix string, count int) string {
	// Low numbers come up more often, so that there are large values and idle keys.
	return prefix + ":" + strconv.Itoa(m.random.IntN(1+m.random.IntN(count)))
}

func (m *member) text() string {
	n := m.between(1, 120)
	if m.chance(50) {
		n = m.between(1000, 9000)
	}
	return strings.Repeat(strconv.Itoa(m.random.IntN(1000))+"-", n/4+1)
}

func (m *member) number(most int) string { return strconv.Itoa(m.random.IntN(most)) }

// life is an expiry in milliseconds that comes soon or never.
func (m *member) life() string {
	if m.chance(3) {
		return strconv.Itoa(m.between(1, int(shortLife.Milliseconds())))
	}
	return strconv.Itoa(m.between(1_000_000, 9_000_000))
}

// elements are some words with a common start.
func (m *member) elements(start string, most int) (words []string) {
	for range m.between(1, 6) {
		words = append(words, start+m.number(most))
	}
	return words
}

// request is a random one on any type.
func (m *member) request() []string {
	return requestsOf[m.random.IntN(len(requestsOf))](m)
}

var requestsOf = []func(*member) []string{
	(*member).stringRequest, (*member).stringRequest, (*member).stringRequest, (*member).hashRequest, (*member).hashRequest,
	(*member).listRequest, (*member).setRequest, (*member).zsetRequest, (*member).streamRequest, (*member).otherRequest,
	(*member).keyRequest,
}

func pick(m *member, all ...[]string) []string { return all[m.random.IntN(len(all))] }

func (m *member) stringRequest() []string {
	k, other := m.key("s", keysPerType), m.key("s", keysPerType)
	return pick(m,
		[]string{"SET", k, m.text(), "PX", m.life()}, []string{"SET", k, m.text(), "PX", m.life()},
		[]string{"SET", k, m.text()}, []string{"SET", k, m.number(1000), "KEEPTTL"}, []string{"GET", k}, []string{"GET", other},
		[]string{"INCR", m.key("n", 5000)}, []string{"APPEND", k, m.text()}, []string{"GETRANGE", k, "3", "30"},
		[]string{"SETRANGE", k, m.number(300), "patch"}, []string{"GETDEL", k}, []string{"GETEX", k, "PX", m.life()},
		[]string{"MSET", k, m.text(), other, m.text()}, []string{"MGET", k, other, "missing"},
		[]string{"STRLEN", k}, []string{"SETNX", k, m.text()}, []string{"LCS", m.key("n", 5000), m.key("n", 5000)},
		[]string{"INCRBYFLOAT", m.key("n", 5000), "0.5"})
}

func (m *member) hashRequest() []string {
	k := m.key("h", keysPerType/4)
	field := "f" + m.number(40)
	if m.chance(20) {
		k, field = m.key("H", 8), "f"+m.number(5000)
	}
	return pick(m,
		[]string{"HSET", k, field, m.text(), "g" + m.number(9), m.number(99)}, []string{"HSET", k, field, m.number(1000)},
		[]string{"HPEXPIRE", k, m.life(), "FIELDS", "1", field}, []string{"HPERSIST", k, "FIELDS", "1", field},
		[]string{"HGETALL", m.key("h", keysPerType/4)}, []string{"HGET", k, field}, []string{"HDEL", k, field},
		[]string{"HINCRBY", k, "g" + m.number(9), "3"}, []string{"HSCAN", k, "0", "COUNT", "20"}, []string{"HLEN", k},
		[]string{"HSETEX", k, "PX", m.life(), "FIELDS", "1", field, m.text()},
		[]string{"HGETEX", k, "PX", m.life(), "FIELDS", "1", field}, []string{"HRANDFIELD", k, "3", "WITHVALUES"},
		[]string{"PEXPIRE", k, m.life()})
}

func (m *member) listRequest() []string {
	k := m.key("l", keysPerType/8)
	if m.chance(4) {
		k = m.key("queue", 4)
	}
	return pick(m,
		append([]string{"RPUSH", k}, m.elements("element-", 999)...), append([]string{"LPUSH", k, m.text()}, m.elements("e", 99)...),
		[]string{"LPOP", k, "2"}, []string{"RPOP", k}, []string{"LRANGE", k, "0", "20"}, []string{"LTRIM", k, "-200", "-1"},
		[]string{"LINSERT", k, "BEFORE", "element-1", "new"}, []string{"LREM", k, "1", "element-1"}, []string{"LSET", k, "0", m.text()},
		[]string{"LMOVE", k, m.key("l", keysPerType/8), "LEFT", "RIGHT"}, []string{"LPOS", k, "element-2"},
		[]string{"LMPOP", "2", k, m.key("l", keysPerType/8), "LEFT", "COUNT", "3"}, []string{"PEXPIRE", k, m.life()})
}

func (m *member) setRequest() []string {
	k, other := m.key("S", keysPerType/8), m.key("S", keysPerType/8)
	if m.chance(20) {
		k = m.key("BigS", 6)
	}
	return pick(m,
		append([]string{"SADD", k}, m.elements("", 5000)...), append([]string{"SADD", k}, m.elements("member-", 3000)...),
		append([]string{"SREM", k}, m.elements("member-", 3000)...), []string{"SPOP", k, "2"}, []string{"SRANDMEMBER", k, "-3"},
		[]string{"SMEMBERS", other}, []string{"SINTER", k, other}, []string{"SUNIONSTORE", m.key("S", keysPerType/8), k, other},
		[]string{"SDIFF", k, other}, []string{"SMOVE", k, other, "member-1"}, []string{"SSCAN", k, "0"},
		[]string{"SMISMEMBER", k, "member-1", "2"}, []string{"PEXPIRE", k, m.life()}, []string{"SINTERCARD", "2", k, other})
}

func (m *member) zsetRequest() []string {
	k, other := m.key("z", keysPerType/8), m.key("z", keysPerType/8)
	if m.chance(20) {
		k = m.key("BigZ", 6)
	}
	return pick(m,
		[]string{"ZADD", k, m.number(1000), "m" + m.number(3000), "1.5", "m" + m.number(99)},
		[]string{"ZADD", k, "GT", "CH", m.number(1000), "m" + m.number(3000)}, []string{"ZINCRBY", k, "2.5", "m" + m.number(99)},
		[]string{"ZRANGE", k, "0", "10", "WITHSCORES"}, []string{"ZRANGEBYSCORE", k, "10", "200", "LIMIT", "0", "9"},
		[]string{"ZREM", k, "m" + m.number(99)}, []string{"ZPOPMIN", k}, []string{"ZREMRANGEBYRANK", k, "0", "1"},
		[]string{"ZUNIONSTORE", m.key("z", keysPerType/8), "2", k, other}, []string{"ZRANK", k, "m1"},
		[]string{"ZRANDMEMBER", k, "2"}, []string{"ZMSCORE", k, "m1", "m2"}, []string{"ZSCAN", k, "0"}, []string{"PEXPIRE", k, m.life()},
		[]string{"ZRANGESTORE", m.key("z", keysPerType/8), k, "0", "5"}, []string{"ZADD", m.key("queueZ", 3), "1", "m" + m.number(9)})
}

// streams have groups, which waiters read by, too.
func (m *member) streamRequest() []string {
	k, group := m.key("x", 300), "g"+m.number(2)
	return pick(m,
		[]string{"XADD", k, "MAXLEN", "~", "300", "*", "field", m.text(), "n", m.number(9)},
		[]string{"XADD", k, "NOMKSTREAM", "*", "field", m.text()}, []string{"XADD", k, "*", "a", "1", "b", "2"},
		[]string{"XGROUP", "CREATE", k, group, "0", "MKSTREAM"}, []string{"XLEN", k}, []string{"XRANGE", k, "-", "+", "COUNT", "5"},
		[]string{"XREADGROUP", "GROUP", group, "c" + m.number(5), "COUNT", "3", "STREAMS", k, ">"},
		[]string{"XAUTOCLAIM", k, group, "c" + m.number(5), "0", "0", "COUNT", "5"}, []string{"XPENDING", k, group},
		[]string{"XTRIM", k, "MAXLEN", "100"}, []string{"XDEL", k, fmt.Sprint(m.random.IntN(9), "-1")},
		[]string{"XGROUP", "DELCONSUMER", k, group, "c" + m.number(5)}, []string{"XINFO", "STREAM", k, "FULL", "COUNT", "2"},
		[]string{"XGROUP", "DESTROY", k, group}, []string{"XREVRANGE", k, "+", "-", "COUNT", "2"}, []string{"PEXPIRE", k, m.life()})
}

// other requests are on bitmaps, HyperLogLogs and places, and publish.
func (m *member) otherRequest() []string {
	bits, logs, places := m.key("b", 2000), m.key("pf", 2000), m.key("geo", 2000)
	at := []string{strconv.Itoa(m.random.IntN(180)), strconv.Itoa(m.random.IntN(80))}
	return pick(m,
		[]string{"SETBIT", bits, m.number(20_000), "1"}, []string{"BITCOUNT", bits}, []string{"BITPOS", bits, "1"},
		[]string{"BITFIELD", bits, "INCRBY", "u8", m.number(500), "7"}, []string{"BITOP", "XOR", m.key("b", 2000), bits, m.key("b", 2000)},
		append([]string{"PFADD", logs}, m.elements("", 100_000)...), []string{"PFCOUNT", logs, m.key("pf", 2000)},
		[]string{"PFMERGE", m.key("pf", 2000), logs}, []string{"GEOADD", places, at[0], at[1], "p" + m.number(200)},
		[]string{"GEOSEARCH", places, "FROMLONLAT", at[0], at[1], "BYRADIUS", "900", "km", "COUNT", "5"},
		[]string{"GEODIST", places, "p1", "p2"}, []string{"PUBLISH", "channel:" + m.number(4), m.text()},
		[]string{"SPUBLISH", "shard", m.text()}, []string{"PUBLISH", "channel:0", m.text()})
}

// keyRequest is on keys of any type.
func (m *member) keyRequest() []string {
	prefixes := []string{"s", "h", "l", "S", "z", "x", "b", "pf", "geo", "n"}
	any := func() string { return m.key(prefixes[m.random.IntN(len(prefixes))], keysPerType/8) }
	k, other := any(), any()
	return pick(m,
		[]string{"DEL", k}, []string{"UNLINK", k, other}, []string{"PEXPIRE", k, m.life()}, []string{"PERSIST", k}, []string{"PTTL", k},
		[]string{"TYPE", k}, []string{"EXISTS", k, other}, []string{"RENAME", k, k + "'"}, []string{"COPY", k, "copy:" + k, "REPLACE"},
		[]string{"OBJECT", "ENCODING", k}, []string{"TOUCH", k}, []string{"DUMP", k}, []string{"RANDOMKEY"}, []string{"DBSIZE"},
		[]string{"OBJECT", "FREQ", k}, []string{"SORT", m.key("l", 500), "ALPHA", "LIMIT", "0", "5"}, []string{"MOVE", k, "1"},
		[]string{"MEMORY", "USAGE", k})
}
