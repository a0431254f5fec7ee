package keyspace_test

import (
	"fmt"
	"math/rand"
	"strings"
	"time"

	"solokv/keyspace"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// traffic makes random requests of all commands that change data, on keys that
// meet often. The same seed makes the same requests.
type traffic struct {
	*rand.Rand
	keys int
}

func (r traffic) key() string {
	n := r.Intn(r.keys)
	if n%50 == 7 {
		return fmt.Sprintf("long-%d-%s", n, strings.Repeat("k", 300))
	}
	return fmt.Sprintf("key:%d", n)
}

func (r traffic) number() string { return fmt.Sprint(r.Int63n(1<<uint(1+r.Intn(50))) - 40) }

func (r traffic) text() string {
	switch r.Intn(6) {
	case 0, 1:
		return r.number()
	case 2:
		return ""
	case 3:
		return strings.Repeat("v", 200+r.Intn(200)) // about where the length takes 4 bytes
	case 4:
		return strings.Repeat("w", r.Intn(6000))
	}
	return fmt.Sprint("text ", r.Intn(1000))
}

func (r traffic) db() string { return fmt.Sprint(r.Intn(4)) }

// lifetime is an option of SET and GETEX.
func (r traffic) lifetime() []string {
	switch r.Intn(6) {
	case 0:
		return []string{"EX", fmt.Sprint(1 + r.Intn(3))}
	case 1, 2:
		return []string{"PX", fmt.Sprint(1 + r.Intn(300))}
	case 3:
		return []string{"PXAT", fmt.Sprint(fakeStartMs + r.Intn(100_000))}
	case 4:
		return []string{"EXAT", fmt.Sprint(fakeStartMs/1000 + 1 + r.Intn(100))}
	}
	return nil
}

func (r traffic) one(options ...string) string { return options[r.Intn(len(options))] }

// maybe is one of the options, or nothing as often.
func (r traffic) maybe(options ...string) []string {
	if r.Intn(2) == 0 {
		return nil
	}
	return []string{r.one(options...)}
}

func request(words ...any) (args []string) {
	for _, w := range words {
		switch w := w.(type) {
		case string:
			args = append(args, w)
		case []string:
			args = append(args, w...)
		}
	}
	return args
}

// next is the next request.
func (r traffic) next() []string {
	switch r.Intn(34) {
	case 0, 1, 2, 3:
		return request("SET", r.key(), r.text())
	case 4, 5, 6, 7:
		return request("SET", r.key(), r.text(), r.lifetime(), r.maybe("NX", "XX"), r.maybe("GET"))
	case 8:
		return request("SET", r.key(), r.text(), "KEEPTTL", r.maybe("GET"))
	case 9:
		return request(r.one("SETEX", "PSETEX"), r.key(), fmt.Sprint(1+r.Intn(5)), r.text())
	case 10:
		return request(r.one("GETSET", "SETNX"), r.key(), r.text())
	case 11:
		return request("GETEX", r.key(), r.lifetime())
	case 12:
		return request("GETEX", r.key(), "PERSIST")
	case 13, 14:
		return request("APPEND", r.key(), r.text())
	case 15:
		return request("SETRANGE", r.key(), fmt.Sprint(r.Intn(300)), r.text())
	case 16:
		return request(r.one("INCR", "DECR"), r.key())
	case 17:
		return request(r.one("INCRBY", "DECRBY"), r.key(), r.number())
	case 18:
		return request("INCRBYFLOAT", r.key(), fmt.Sprintf("%.2f", r.Float64()*10))
	case 19:
		return request(r.one("MSET", "MSETNX"), r.key(), r.text(), r.key(), r.text())
	case 20, 21:
		return request(r.one("DEL", "UNLINK"), r.key(), r.key(), r.key())
	case 22:
		return request("GETDEL", r.key())
	case 23, 24:
		return request("PEXPIRE", r.key(), fmt.Sprint(r.Intn(500)-20), r.maybe("NX", "XX", "GT", "LT"))
	case 25:
		return request("EXPIRE", r.key(), fmt.Sprint(1+r.Intn(100)))
	case 26:
		return request("PERSIST", r.key())
	case 27:
		return request(r.one("RENAME", "RENAMENX"), r.key(), r.key())
	case 28:
		return request("COPY", r.key(), r.key(), r.maybe("REPLACE"))
	case 29:
		return request("COPY", r.key(), r.key(), "DB", r.db(), r.maybe("REPLACE"))
	case 30:
		return request("MOVE", r.key(), r.db())
	case 31:
		return request("SELECT", r.db())
	case 32:
		if r.Intn(20) > 0 {
			return request(r.one("GET", "TOUCH", "STRLEN"), r.key())
		}
		return request("SWAPDB", r.db(), r.db())
	}
	switch r.Intn(60) {
	case 0:
		return request("FLUSHALL")
	case 1, 2:
		return request("FLUSHDB")
	}
	return request("MGET", r.key(), r.key())
}

// play sends n requests and lets some time pass between them.
func (r traffic) play(s *server, n int) {
	for range n {
		s.do(r.next()...)
		if r.Intn(4) == 0 {
			s.advance(time.Duration(r.Intn(12)) * time.Millisecond)
		}
	}
}

// dataset is a plain copy of all databases.
type dataset map[string]string

func (d dataset) add(db int, key []byte, kind value.Kind, stored []byte, expiry keyspace.Expiry) {
	text := value.AppendText(nil, kind, stored)
	d[fmt.Sprintf("%d %s", db, key)] = fmt.Sprintf("%q, expires %d", text, expiry)
}

// differs names the first key, in any order, that the two do not agree about.
func (d dataset) differs(other dataset) error {
	for key, want := range d {
		if got := other[key]; got != want {
			return fmt.Errorf("%.50s: %.200s, want %.200s", key, got, want)
		}
	}
	if len(other) != len(d) {
		return fmt.Errorf("%d keys, want %d", len(other), len(d))
	}
	return nil
}

// copyOf copies what the databases of s hold now, expired keys that nobody has
// found out included.
func copyOf(s *server) dataset {
	data := dataset{}
	for _, db := range s.DBs() {
		db.Table().Each(func(_ dict.Pos, e dict.Entry) bool {
			expiry := keyspace.NoExpiry
			if e.Expires() {
				expiry = keyspace.Expiry(e.ExpireAt())
			}
			data.add(db.ID(), e.Key(), e.Kind(), e.Value(), expiry)
			return true
		})
	}
	return data
}
