package keyspace_test

import (
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// fact is a number of INFO.
func (s *server) fact(t *testing.T, name string) (n int64) {
	t.Helper()
	found := regexp.MustCompile("\n" + name + `:(\d+)\r\n`).FindStringSubmatch(s.do("INFO", "everything"))
	require.NotNil(t, found, name)
	n, err := strconv.ParseInt(found[1], 10, 64)
	require.NoError(t, err)
	return n
}

// evictable starts a server that nobody who controls it is evicted from.
func evictable(t *testing.T, directives ...string) *server {
	s := newServer(t, nil, directives...)
	require.Equal(t, "+OK\r\n", s.do("CLIENT", "NO-EVICT", "on"))
	return s
}

const mb = 1 << 20

// TestClientMemoryReturns: whatever a session holds is counted, and no more when it has
// let go of it.
func TestClientMemoryReturns(t *testing.T) {
	s := newServer(t, nil)
	empty := s.ClientBytes()
	large := strings.Repeat("v", 100_000)
	for _, c := range []struct {
		name     string
		take     []string
		letGo    []string
		bytesMin int64
	}{
		{"queue", []string{"SET", "k", large}, []string{"DISCARD"}, 100_000},
		{"executed queue", []string{"SET", "k", large}, []string{"EXEC"}, 100_000},
		{"watch", []string{"WATCH", "a", large, "b"}, []string{"UNWATCH"}, 100_000},
		{"channels", []string{"SUBSCRIBE", "a", large, "a"}, []string{"UNSUBSCRIBE"}, 100_000},
		{"patterns", []string{"PSUBSCRIBE", "a", large}, []string{"PUNSUBSCRIBE", "a", large}, 100_000},
		{"shard channels", []string{"SSUBSCRIBE", "a", large}, []string{"RESET"}, 100_000},
		{"prefixes", []string{"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", large, "PREFIX", "a"},
			[]string{"CLIENT", "TRACKING", "OFF"}, 100_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := s.connect()
			idle := s.ClientBytes()
			assert.Greater(t, idle, empty)
			for range 2 {
				if strings.Contains(c.name, "queue") {
					x.do("MULTI")
				}
				assert.NotContains(t, x.do(c.take...), "-ERR")
				assert.GreaterOrEqual(t, s.ClientBytes()-idle, c.bytesMin)
				assert.Less(t, s.ClientBytes()-idle, 2*c.bytesMin)
				x.do(c.letGo...)
				assert.Equal(t, idle, s.ClientBytes())
			}
			if strings.Contains(c.name, "queue") {
				x.do("MULTI")
			}
			x.do(c.take...)
			s.Gone(x.session)
			s.settle()
			assert.Equal(t, empty, s.ClientBytes(), "what it had is gone with it")
		})
	}
}

// TestClientMemoryOfParked: requests behind one that blocks are held for the client.
func TestClientMemoryOfParked(t *testing.T) {
	s := newServer(t, nil)
	x := s.connect()
	idle := s.ClientBytes()
	x.do("BLPOP", "list", "0")
	later := &client{server: s, session: x.session}
	later.parser.Limits = x.parser.Limits
	later.do("SET", "k", strings.Repeat("v", 200_000))
	assert.Greater(t, s.ClientBytes()-idle, int64(200_000))
	s.do("RPUSH", "list", "a")
	assert.Equal(t, idle, s.ClientBytes())
	assert.Equal(t, ":200000\r\n", s.do("STRLEN", "k"))
}

func TestClientFieldsAgree(t *testing.T) {
	s := newServer(t, nil)
	x := s.connect()
	s.Buffered(x.session, 5000)
	assert.Equal(t, s.ClientBytes(), s.fact(t, "mem_clients_normal"))
	assert.Contains(t, s.do("MEMORY", "STATS"), fmt.Sprintf("clients.normal\r\n:%d\r\n", s.ClientBytes()))
	x.do("MULTI")
	x.do("SET", "k", "12345")
	assert.Equal(t, 9, s.connect().fieldOf(t, x, "multi-mem"))
	assert.GreaterOrEqual(t, s.connect().fieldOf(t, x, "tot-mem"), 7000)
}

// fieldOf is a number of another client's line of CLIENT LIST.
func (c *client) fieldOf(t *testing.T, other *client, name string) int {
	t.Helper()
	line := c.do("CLIENT", "LIST", "ID", fmt.Sprint(other.session.ID()))
	found := regexp.MustCompile(" " + name + `=(-?\d+)`).FindStringSubmatch(line)
	require.NotNil(t, found, line)
	n, _ := strconv.Atoi(found[1])
	return n
}

// TestClientsAreEvictedLargestFirst, and only until there is little enough.
func TestClientsAreEvictedLargestFirst(t *testing.T) {
	s := evictable(t)
	var crowd []*client
	for _, bytes := range []int64{mb, 3 * mb, 128 << 10, 3 * mb, mb, 128 << 10} {
		c := s.connect()
		s.Buffered(c.session, bytes)
		crowd = append(crowd, c)
	}
	closed := func() (list []int) {
		for i, c := range crowd {
			if c.closed {
				list = append(list, i)
			}
		}
		return list
	}
	limit := func(bytes int64) {
		require.Equal(t, "+OK\r\n", s.do("CONFIG", "SET", "maxmemory-clients", fmt.Sprint(bytes)))
	}
	limit(s.ClientBytes() + 1)
	assert.Empty(t, closed(), "enough is not too much")
	limit(s.ClientBytes())
	assert.Equal(t, []int{1}, closed())
	limit(s.ClientBytes() - 1)
	assert.Equal(t, []int{1, 3}, closed())
	limit(s.ClientBytes() - mb - 4<<10)
	assert.Equal(t, []int{0, 1, 3, 4}, closed(), "one of them is not enough")
	assert.Equal(t, int64(4), s.fact(t, "evicted_clients"))

	s.Buffered(crowd[2].session, 2*mb) // grows
	limit(mb)
	assert.Equal(t, []int{0, 1, 2, 3, 4}, closed(), "filed anew")
	limit(0)
	s.Buffered(crowd[5].session, 100*mb)
	s.settle()
	assert.Len(t, closed(), 5, "no limit")
}

// TestClientEvictionComesAtOnce: a connection that grows beyond the limit goes without
// any request, and its share is given back although it is still open.
func TestClientEvictionComesAtOnce(t *testing.T) {
	s := evictable(t, "--maxmemory-clients", "1mb")
	a, b := s.connect(), s.connect()
	s.Buffered(a.session, 600<<10)
	s.settle()
	assert.False(t, a.closed)
	s.Buffered(b.session, 700<<10)
	s.settle()
	assert.True(t, a.closed != b.closed, "one is enough")
	assert.Less(t, s.ClientBytes(), int64(mb))
	gone := a
	if b.closed {
		gone = b
	}
	s.Buffered(gone.session, 900<<10) // its loop has not seen it yet
	s.settle()
	assert.Less(t, s.ClientBytes(), int64(mb))
	s.Buffered(gone.session, 0)
	s.Gone(gone.session)
	s.settle()
	assert.Less(t, s.ClientBytes(), int64(mb))
	assert.GreaterOrEqual(t, s.ClientBytes(), int64(600<<10))
	assert.Equal(t, int64(1), s.fact(t, "evicted_clients"))
}

func TestClientsThatAreNotEvicted(t *testing.T) {
	s := evictable(t, "--maxmemory-clients", "1mb")
	x := s.connect()
	x.do("CLIENT", "NO-EVICT", "on")
	s.Buffered(x.session, 5*mb)
	s.settle()
	s.do("PING")
	assert.False(t, x.closed)
	small := s.connect()
	s.settle()
	s.do("PING")
	assert.True(t, small.closed, "the limit holds for who may be evicted, however little that is")
	x.do("CLIENT", "NO-EVICT", "off")
	s.do("PING")
	assert.True(t, x.closed)
	s.connect()
	s.settle()
	assert.Equal(t, int64(2), s.fact(t, "evicted_clients"))
}

// TestEvictedByItsOwnRequest: the client that lowers the limit gets its reply, and who
// exceeds it by what it sends gets none.
func TestEvictedByItsOwnRequest(t *testing.T) {
	s := evictable(t)
	x := s.connect()
	s.Buffered(x.session, mb)
	assert.Equal(t, "+OK\r\n", x.do("CONFIG", "SET", "maxmemory-clients", "500kb"))
	assert.True(t, x.closed)

	y := s.connect()
	y.do("MULTI")
	assert.Equal(t, "+QUEUED\r\n", y.do("SET", "k", strings.Repeat("v", mb)))
	s.Gone(x.session)
	assert.Empty(t, y.do("EXEC"))
	assert.True(t, y.closed)
	assert.Equal(t, "$-1\r\n", s.do("GET", "k"), "nothing was executed")
}

func TestClientLimitIsAPercentage(t *testing.T) {
	s := evictable(t, "--maxmemory", "100mb", "--maxmemory-clients", "5%")
	x := s.connect()
	s.Buffered(x.session, 4*mb)
	s.do("PING")
	assert.False(t, x.closed)
	s.do("CONFIG", "SET", "maxmemory", "50mb")
	assert.True(t, x.closed)

	y := s.connect()
	s.do("CONFIG", "SET", "maxmemory", "0")
	s.Buffered(y.session, 400*mb)
	s.do("PING")
	assert.False(t, y.closed, "a percentage of nothing is no limit")
	s.Buffered(y.session, 100<<10)
	s.do("CONFIG", "SET", "maxmemory-clients", "1")
	assert.False(t, y.closed, "it is never less than a server needs to be talked to")
}

// TestStalledBatch: a pipeline of large replies is executed a part at a time, as they are
// read, and what follows keeps its place.
func TestStalledBatch(t *testing.T) {
	s := newServer(t, nil)
	s.do("SETRANGE", "k", fmt.Sprint(3*mb-1), "x")
	x := s.connect()
	reading := &reader{client: x}
	x.session.Peer().Outbox = reading
	input := strings.Repeat("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", 9) + "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n"
	s.Serve(x.prepare([]byte(input)))
	s.settle()
	const reply = 3*mb + len("$3145728\r\n\r\n")
	for _, want := range []int{2 * reply, 4 * reply, 6 * reply, 8 * reply, 9*reply + len(":1\r\n")} {
		require.Len(t, x.replies, want)
		s.Drained(x.session)
		s.settle()
	}
	assert.Equal(t, "$1\r\n1\r\n", s.do("GET", "n"))
	assert.LessOrEqual(t, reading.partMax, 6*mb+100)
}

// reader is the outbox of a client that tells itself when it has read.
type reader struct {
	*client
	partMax int
}

func (r *reader) Deliver(b *keyspace.Batch) {
	r.partMax = max(r.partMax, len(b.Reply))
	r.replies = append(r.replies, b.Reply...)
}

// TestBuffersEvictNoKeys: what clients hold is part of used_memory and not of what
// maxmemory limits.
func TestBuffersEvictNoKeys(t *testing.T) {
	s := newServer(t, nil, "--maxmemory-policy", "allkeys-lru")
	for i := range 1000 {
		s.do("SET", fmt.Sprint("key:", i), "v")
	}
	x := s.connect()
	buffer := make([]byte, 64*mb)
	s.Buffered(x.session, int64(len(buffer)))
	for range 10 {
		runtime.GC()
		s.do("PING")
		s.advance(time.Second)
	}
	used, notCounted := s.fact(t, "used_memory"), s.fact(t, "mem_not_counted_for_evict")
	assert.Greater(t, used, int64(len(buffer)))
	assert.GreaterOrEqual(t, notCounted, int64(len(buffer)))
	s.do("CONFIG", "SET", "maxmemory", fmt.Sprint(used-notCounted+2*mb))
	for i := range 100 {
		require.Equal(t, "+OK\r\n", s.do("SET", fmt.Sprint("more:", i), "v"))
	}
	assert.Zero(t, s.fact(t, "evicted_keys"))
	buffer[0] = 1 // until here it is in use

	buffer = nil
	s.Buffered(x.session, 0)
	s.do("PING")
	s.advance(3 * time.Second)
	assert.Zero(t, s.fact(t, "evicted_keys"), "nor does what was collected too late count")
}
