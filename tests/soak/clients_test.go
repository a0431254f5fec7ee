package soak

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"solokv/tests/harness"
)

// writer sends pipelines of everything.
func writer(m *member, c *harness.Client) error {
	for !m.over() && !m.chance(300) {
		var requests [][]string
		for range m.between(1, 60) {
			requests = append(requests, m.request())
		}
		if err := m.pipeline(c, requests); err != nil {
			return err
		}
	}
	return nil
}

// passerBy does little, and leaves without a word, sometimes with half a request or unread replies.
func passerBy(m *member, c *harness.Client) error {
	if _, err := m.do(c, m.request()...); err != nil {
		return err
	}
	switch m.random.IntN(4) {
	case 0:
		return c.SendRaw([]byte("*3\r\n$3\r\nSET\r\n$5\r\nha"))
	case 1:
		for range 20 {
			if err := m.send(c, m.request()); err != nil {
				return err
			}
		}
	case 2:
		_, err := m.do(c, "CLIENT", "NO-EVICT", "on")
		return err
	}
	return nil
}

// transaction watches, and gives up at times.
func transaction(m *member, c *harness.Client) error {
	for !m.over() && !m.chance(100) {
		requests := [][]string{{"WATCH", m.key("s", 300), m.key("h", 300)}, m.stringRequest(), {"MULTI"}}
		for range m.between(0, 8) {
			requests = append(requests, m.request())
		}
		requests = append(requests, pick(m, []string{"EXEC"}, []string{"EXEC"}, []string{"DISCARD"}))
		if err := m.pipeline(c, requests); err != nil {
			return err
		}
		if m.chance(20) {
			_, err := m.do(c, "WATCH", "left")
			return err
		}
	}
	return nil
}

// waiter blocks on what writers may bring.
func waiter(m *member, c *harness.Client) error {
	for !m.over() && !m.chance(50) {
		wait, ms := "0.0"+strconv.Itoa(m.between(1, 99)), strconv.Itoa(m.between(1, 99))
		queue, stream := m.key("queue", 4), m.key("x", 20)
		_, err := m.do(c, pick(m,
			[]string{"BLPOP", queue, m.key("queue", 4), wait}, []string{"BRPOP", queue, wait},
			[]string{"BLMOVE", queue, m.key("l", 100), "LEFT", "LEFT", wait},
			[]string{"BLMPOP", wait, "2", queue, "queue:9", "LEFT", "COUNT", "5"},
			[]string{"BZPOPMIN", "queueZ:0", "queueZ:1", wait}, []string{"BZMPOP", wait, "1", "queueZ:2", "MAX"},
			[]string{"XREAD", "BLOCK", ms + "1", "COUNT", "2", "STREAMS", stream, "$"},
			[]string{"XREADGROUP", "GROUP", "g1", "waiter", "COUNT", "2", "BLOCK", ms + "1", "STREAMS", stream, ">"})...)
		if err != nil {
			return err
		}
		if m.chance(30) { // goes while it waits
			return m.send(c, []string{"BLPOP", "queue:none", "0"})
		}
	}
	return nil
}

// listen reads what comes, for a while.
func (m *member) listen(c *harness.Client, span time.Duration) error {
	for end := time.Now().Add(span); !m.over() && time.Now().Before(end); {
		if _, err := c.Receive(50 * time.Millisecond); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return nil
}

func subscriber(m *member, c *harness.Client) error {
	words := pick(m, []string{"SUBSCRIBE", "channel:0", "channel:1"}, []string{"PSUBSCRIBE", "channel:*"}, []string{"SSUBSCRIBE", "shard"},
		[]string{"PSUBSCRIBE", "__keyevent@*"})
	if err := m.send(c, words); err != nil {
		return err
	}
	return m.listen(c, time.Duration(m.between(50, 800))*time.Millisecond)
}

// sleepySubscriber reads nothing: the server drops it, or it goes.
func sleepySubscriber(m *member, c *harness.Client) error {
	if err := m.send(c, []string{"PSUBSCRIBE", "*"}); err != nil {
		return err
	}
	for range m.between(5, 60) {
		if m.over() {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

// tracker caches what it reads, and is told of changes.
func tracker(m *member, c *harness.Client) error {
	if _, err := m.do(c, "HELLO", "3"); err != nil {
		return err
	}
	words := pick(m, []string{"CLIENT", "TRACKING", "ON"}, []string{"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "s:1", "PREFIX", "h"},
		[]string{"CLIENT", "TRACKING", "ON", "OPTIN"})
	if _, err := m.do(c, words...); err != nil {
		return err
	}
	for !m.over() && !m.chance(200) {
		if words[len(words)-1] == "OPTIN" {
			if _, err := m.do(c, "CLIENT", "CACHING", "YES"); err != nil {
				return err
			}
		}
		if _, err := m.do(c, "MGET", m.key("s", 2000), m.key("s", 2000), m.key("n", 100)); err != nil {
			return err
		}
	}
	return nil
}

// monitor looks on now and then.
func monitor(m *member, c *harness.Client) error {
	for range 20 {
		if m.over() {
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	if err := m.send(c, []string{"MONITOR"}); err != nil {
		return err
	}
	return m.listen(c, 60*time.Millisecond)
}

// library is one of some that replace each other.
func library(n int) string {
	return fmt.Sprintf(`#!lua name=soak%d
local function put(keys, args) redis.call('HSET', keys[1], args[1], args[2]) return redis.call('HLEN', keys[1]) end
redis.register_function('put%d', put)
redis.register_function{function_name='look%d', callback=function(keys) return redis.call('TYPE', keys[1]) end,
	flags={'no-writes'}}`, n, n, n)
}

// scripter runs short scripts, new and old ones, and functions.
func scripter(m *member, c *harness.Client) error {
	for !m.over() && !m.chance(400) {
		n := m.number(4)
		text := "return redis.call('SET',KEYS[1],ARGV[1],'PX',ARGV[2])"
		if m.chance(10) {
			text = "local n=" + m.number(100_000) + " redis.call('RPUSH',KEYS[1],n) return redis.call('LLEN',KEYS[1])"
		}
		_, err := m.do(c, pick(m,
			[]string{"EVAL", text, "1", m.key("s", keysPerType), m.text(), m.life()}, []string{"EVAL", text, "1", m.key("l", 2000), "1", m.life()},
			[]string{"EVAL", "local t={} for i=1,200 do t[i]=redis.call('GET',KEYS[1]) end return #t", "1", m.key("n", 100)},
			[]string{"FUNCTION", "LOAD", "REPLACE", library(m.random.IntN(4))}, []string{"FCALL", "put" + n, "1", m.key("h", 3000), "f", m.text()},
			[]string{"FCALL_RO", "look" + n, "1", m.key("s", 3000)}, []string{"SCRIPT", "LOAD", "return " + m.number(500)},
			[]string{"EVAL", "redis.pcall('INCR',KEYS[1]) return redis.pcall('LPUSH',KEYS[1],'x')", "1", m.key("n", 100)},
			[]string{"FUNCTION", "LIST"}, []string{"FUNCTION", "DELETE", "soak" + n})...)
		if err != nil {
			return err
		}
	}
	return nil
}

// longScripter runs scripts that are busy for longer than others like to wait, and some that somebody has to kill: the
// operator does.
func longScripter(m *member, c *harness.Client) error {
	time.Sleep(time.Duration(m.between(50, 300)) * time.Millisecond)
	steps := strconv.Itoa(m.between(10_000, 600_000))
	_, err := m.do(c, pick(m,
		[]string{"EVAL", "local n=0 for i=1," + steps + "0 do n=n+i end return n", "0"},
		[]string{"EVAL", "for i=1," + steps + " do redis.call('GET',KEYS[1]) end return 1", "1", m.key("s", 100)},
		[]string{"EVAL", "for i=1," + m.number(20_000) + " do redis.call('SET',KEYS[1]..(i%500),i) end return 1", "1", "long:"},
		[]string{"EVAL", "while true do redis.call('EXISTS',KEYS[1]) end", "1", "k"},
		[]string{"EVAL", "redis.call('SET',KEYS[1],'x') while true do redis.call('INCR',KEYS[2]) end", "2", "undone", "counter"})...)
	return err
}
