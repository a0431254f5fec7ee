package soak

import (
	"strconv"
	"time"

	"solokv/tests/harness"
)

// operator does what operators and their tools do, every few milliseconds.
func operator(m *member, c *harness.Client) error {
	for !m.over() {
		time.Sleep(time.Duration(m.between(1, 25)) * time.Millisecond)
		if m.over() {
			break
		}
		if _, err := m.do(c, m.order()...); err != nil {
			return err
		}
		if m.chance(3) {
			if _, err := m.do(c, pick(m, []string{"SCRIPT", "KILL"}, []string{"FUNCTION", "KILL"})...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *member) order() []string {
	if m.chance(4) {
		return m.rareOrder()
	}
	k := m.key("s", 1000)
	return pick(m,
		[]string{"INFO", "everything"}, []string{"CLIENT", "LIST"}, []string{"SLOWLOG", "GET", "5"}, []string{"MEMORY", "STATS"},
		[]string{"MEMORY", "DOCTOR"}, []string{"LATENCY", "LATEST"}, []string{"CONFIG", "GET", "*mem*"}, []string{"DEBUG", "OBJECT", k},
		[]string{"OBJECT", "FREQ", k}, []string{"OBJECT", "IDLETIME", k}, []string{"PUBSUB", "CHANNELS"}, []string{"COMMAND", "COUNT"},
		[]string{"DEBUG", "HTSTATS", "0"}, []string{"XINFO", "GROUPS", m.key("x", 30)}, []string{"MEMORY", "USAGE", k},
		[]string{"CONFIG", "SET", "maxmemory-samples", strconv.Itoa(m.between(1, 12))},
		[]string{"CONFIG", "SET", "slowlog-log-slower-than", pick(m, []string{"10000", "0", "-1"})[0]},
		[]string{"CONFIG", "SET", "notify-keyspace-events", pick(m, []string{"KEA", "", "Ex", "Eeg"})[0]},
		[]string{"CONFIG", "SET", "latency-monitor-threshold", m.number(3)},
		[]string{"CONFIG", "SET", "hash-max-listpack-entries", pick(m, []string{"128", "8", "512"})[0]},
		[]string{"CONFIG", "SET", "lfu-decay-time", m.number(3)}, []string{"ACL", "LOG"}, []string{"LOLWUT"})
}

// rareOrder is for what changes much, or costs much.
func (m *member) rareOrder() []string {
	if m.chance(60) { // or there would never be enough data to evict
		return pick(m, []string{"FLUSHDB", "ASYNC"}, []string{"FLUSHDB", "SYNC"}, []string{"SWAPDB", "0", "1"}, []string{"SWAPDB", "1", "0"})
	}
	return pick(m,
		[]string{"BGSAVE"}, []string{"BGREWRITEAOF"}, []string{"BGSAVE", "SCHEDULE"}, []string{"CONFIG", "SET", "appendonly", "no"},
		[]string{"CONFIG", "SET", "appendonly", "yes"}, []string{"CONFIG", "SET", "appendonly", "yes"},
		[]string{"CONFIG", "SET", "appendonly", "yes"}, []string{"MEMORY", "PURGE"}, []string{"SCRIPT", "FLUSH"},
		[]string{"CONFIG", "SET", "maxmemory", strconv.Itoa(limitBytes * m.between(60, 110) / 100)},
		[]string{"CONFIG", "SET", "maxmemory", strconv.Itoa(limitBytes)},
		[]string{"CONFIG", "SET", "appendfsync", pick(m, []string{"always", "everysec", "no"})[0]},
		[]string{"CLIENT", "KILL", "TYPE", "pubsub"}, []string{"CLIENT", "PAUSE", m.number(20), "WRITE"},
		[]string{"CLIENT", "UNBLOCK", m.number(100)}, []string{"SLOWLOG", "RESET"})
}

// walker goes over all keys, of a type perhaps, or over a collection.
func walker(m *member, c *harness.Client) error {
	for _, db := range []string{"0", "1"} {
		if _, err := m.do(c, "SELECT", db); err != nil {
			return err
		}
		for cursor := "0"; !m.over(); {
			words := []string{"SCAN", cursor, "COUNT", strconv.Itoa(m.between(1, 500))}
			if m.chance(3) {
				words = append(words, "TYPE", "hash")
			}
			v, err := m.do(c, words...)
			if err != nil {
				return err
			}
			if v.IsError() { // BUSY
				time.Sleep(time.Millisecond)
				continue
			}
			if cursor = v.Items[0].Text; cursor == "0" {
				break
			}
		}
	}
	return nil
}
