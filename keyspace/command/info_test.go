package command

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

func infoTitles(reply string) (titles []string) {
	for _, m := range regexp.MustCompile(`(?m)^# (.*)\r$`).FindAllStringSubmatch(reply, -1) {
		titles = append(titles, m[1])
	}
	return titles
}

func TestInfoSections(t *testing.T) {
	s := newServer(t)
	usual := []string{"Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules",
		"Errorstats", "Cluster", "Keyspace"}
	all := []string{"Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules",
		"Commandstats", "Errorstats", "Latencystats", "Cluster", "Keyspace"}
	require.Equal(t, usual, infoTitles(s.do("INFO")))
	require.Equal(t, usual, infoTitles(s.do("INFO", "Default")))
	require.Equal(t, all, infoTitles(s.do("INFO", "all")))
	require.Equal(t, all, infoTitles(s.do("INFO", "EVERYTHING")))
	require.Equal(t, []string{"Server", "Keyspace"}, infoTitles(s.do("INFO", "keyspace", "SERVER", "server")))
	require.Equal(t, []string{"Commandstats"}, infoTitles(s.do("INFO", "commandstats")))
	s.f("$0\r\n\r\n", "INFO", "nosuch")
	s.f("$30\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n", "INFO", "cluster", "nosuch")
}

func TestInfoShape(t *testing.T) {
	s := newServer(t)
	reply := s.do("INFO", "everything")
	body := reply[strings.Index(reply, "\r\n")+2:]
	line := regexp.MustCompile(`^(# [A-Z][A-Za-z]+|[a-z0-9_|]+:.*|)$`)
	seen := map[string]bool{}
	for _, l := range strings.Split(body, "\r\n") {
		require.Regexp(t, line, l)
		name, _, isField := strings.Cut(l, ":")
		require.False(t, isField && seen[name], "%s stands there twice", name)
		seen[name] = true
	}
	s.do("HELLO", "3")
	require.Regexp(t, `^=\d+\r\ntxt:# Cluster\r\n`, s.do("INFO", "cluster"))
}

func TestInfoKeyspace(t *testing.T) {
	s := newServer(t)
	s.f("$12\r\n# Keyspace\r\n\r\n", "INFO", "keyspace")
	s.do("SET", "a", "1", "PX", "5000")
	s.do("SELECT", "3")
	s.do("SET", "b", "1")
	require.Contains(t, s.do("INFO", "keyspace"), "db0:keys=1,expires=1,avg_ttl=5000\r\ndb3:keys=1,expires=0,avg_ttl=0\r\n")
}

func TestInfoStats(t *testing.T) {
	s := newServer(t)
	s.do("SET", "k", "v")
	s.do("GET", "k")
	s.do("GET", "k")
	s.do("GET", "missing")
	s.do("GET")
	s.do("SET", "k", "v", "BOGUS")
	stats := s.do("INFO", "stats")
	require.Contains(t, stats, "keyspace_hits:2\r\nkeyspace_misses:1\r\n")
	require.Contains(t, stats, "total_commands_processed:6\r\n")
	require.Contains(t, stats, "total_error_replies:2\r\n")
	require.Contains(t, s.do("INFO", "errorstats"), "errorstat_ERR:count=2\r\n")
	commands := s.do("INFO", "commandstats")
	require.Regexp(t, `cmdstat_get:calls=3,usec=\d+,usec_per_call=[\d.]+,rejected_calls=1,failed_calls=0\r\n`, commands)
	require.Regexp(t, `cmdstat_set:calls=2,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0,failed_calls=1\r\n`, commands)
	require.Contains(t, s.do("INFO", "persistence"), "rdb_changes_since_last_save:1\r\n")
}

func TestInfoLatencyStats(t *testing.T) {
	s := newServer(t, "--latency-tracking-info-percentiles", "50", "99.9")
	s.do("GET", "k")
	require.Regexp(t, `latency_percentiles_usec_get:p50=\d+\.000,p99\.9=\d+\.000\r\n`, s.do("INFO", "latencystats"))
	s.do("CONFIG", "SET", "latency-tracking", "no")
	s.f("$16\r\n# Latencystats\r\n\r\n", "INFO", "latencystats")
}

// TestInfoFacts: INFO tells what main knows, and nothing is made up without.
func TestInfoFacts(t *testing.T) {
	s := newServer(t)
	require.Contains(t, s.do("INFO", "persistence"), "aof_enabled:0\r\n")
	require.NotContains(t, s.do("INFO", "persistence"), "aof_current_size")
	s.engine.SetFacts(keyspace.Facts{
		Persistence: func() keyspace.PersistenceFacts {
			return keyspace.PersistenceFacts{Enabled: true, WriteError: errors.New("disk full"), CurrentBytes: 123}
		},
		Network: func() keyspace.NetworkFacts { return keyspace.NetworkFacts{Loops: 2, Rejected: 5} },
	})
	persistence := s.do("INFO", "persistence")
	for _, want := range []string{"aof_enabled:1\r\n", "aof_last_write_status:err\r\n", "aof_current_size:123\r\n"} {
		require.Contains(t, persistence, want)
	}
	require.Contains(t, s.do("INFO", "stats"), "rejected_connections:5\r\n")
	require.Contains(t, s.do("INFO", "server"), "io_threads_active:1\r\n")
	require.NotContains(t, s.do("INFO", "memory"), "used_memory_startup:0\r\n")
}

// TestInfoCounts: figures that were zero all the time tell something when it happens.
func TestInfoCounts(t *testing.T) {
	s := newServer(t, "--latency-monitor-threshold", "1")
	f := func(section string, wants ...string) {
		t.Helper()
		text := s.do("INFO", section)
		for _, want := range wants {
			require.Contains(t, text, "\r\n"+want+"\r\n")
		}
	}
	watching, timed := s.connect(), s.connect()
	watching.do("WATCH", "a", "b")
	timed.do("BLPOP", "l", "100")
	s.do("XGROUP", "CREATE", "x", "g", "$", "MKSTREAM")
	s.connect().do("XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "x", ">")
	f("clients", "watching_clients:1", "total_watched_keys:2", "clients_in_timeout_table:1", "blocked_clients:2",
		"total_blocking_keys:2", "total_blocking_keys_on_nokey:1")

	s.do("HSET", "h", "f", "v", "g", "w")
	s.do("HPEXPIRE", "h", "10", "FIELDS", "1", "f")
	s.do("SET", "k", "v", "PX", "10")
	s.advance(20)
	f("stats", "expired_subkeys:1", "expired_keys:1")

	s.do("FLUSHALL")
	for i := range 1000 {
		s.do("SET", strconv.Itoa(i), "v")
	}
	s.do("FLUSHALL")
	s.advance(1)
	f("memory", "lazyfree_pending_objects:0")
	require.Regexp(t, `\r\nlazyfreed_objects:10\d\d\r\n`, s.do("INFO", "memory"))
	f("stats", "reply_buffer_shrinks:0")
	require.NotContains(t, s.do("INFO", "stats"), "\r\neventloop_cycles:0\r\n")
	s.do("CONFIG", "RESETSTAT")
	f("memory", "lazyfree_pending_objects:0", "lazyfreed_objects:0")
	f("stats", "expired_subkeys:0")
}

func TestInfoScripts(t *testing.T) {
	lua := new(Lua)
	s := newServerOf(t, TableWith(lua))
	s.engine.SetFacts(keyspace.Facts{Scripts: lua.Facts})
	require.Contains(t, s.do("INFO", "memory"), "number_of_cached_scripts:0\r\n")
	s.do("EVAL", "return 1", "0")
	s.do("SCRIPT", "LOAD", "return 2")
	s.do("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
	text := s.do("INFO", "memory")
	for _, want := range []string{"number_of_cached_scripts:2", "number_of_functions:1", "number_of_libraries:1"} {
		require.Contains(t, text, want+"\r\n")
	}
	require.NotContains(t, text, "used_memory_scripts:0\r\n")
	require.NotContains(t, text, "used_memory_functions:0\r\n")
}

func TestHumanBytes(t *testing.T) {
	for want, size := range map[string]int64{"0B": 0, "1023B": 1023, "1.00K": 1024, "1.50M": 3 << 19,
		"2.00G": 2 << 30, "1.00T": 1 << 40, "8192.00P": 1<<63 - 1} {
		require.Equal(t, want, humanBytes(size))
	}
}

func TestInfoName(t *testing.T) {
	require.Equal(t, "a_b_c__d", infoName("a#b:c\r\nd"))
}
