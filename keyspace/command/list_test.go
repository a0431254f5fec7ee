package command

import (
	"fmt"
	"math/rand"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/list"
	"solokv/protocol"
)

// What waits or depends on the moment is recorded as what it has done.
func TestListRecords(t *testing.T) {
	s := newServer(t)
	words := strings.Fields
	f := func(request string, want ...string) {
		t.Helper()
		s.recorded(want, words(request))
	}
	f("RPUSH l a b c d e f g", "RPUSH l a b c d e f g")
	f("LPOP l", "LPOP l")
	f("RPOP l 2", "RPOP l 2")
	f("LPOP l 0")
	f("LMPOP 2 nokey l RIGHT COUNT 100", "RPOP l 4")
	f("LPUSHX l a")
	f("RPUSH l a b c", "RPUSH l a b c")
	f("BLPOP nokey l 0", "LPOP l")
	f("BRPOP l 0", "RPOP l")
	f("BLMOVE l m left RIGHT 0", "LMOVE l m left RIGHT")
	f("BRPOPLPUSH m l 0", "RPOPLPUSH m l")
	f("LMOVE l m LEFT LEFT", "LMOVE l m LEFT LEFT")
	f("BLMPOP 0 1 m LEFT COUNT 1", "LPOP m 1")
	f("RPUSH l a b c", "RPUSH l a b c")
	f("LTRIM l 0 -1")
	f("LTRIM l 0 1", "LTRIM l 0 1")
	f("LREM l 0 nope")
	f("LREM l 0 a", "LREM l 0 a")
	f("LSET l 0 x", "LSET l 0 x")
	f("LINSERT l BEFORE nope y")
	f("LINSERT l BEFORE x y", "LINSERT l BEFORE x y")
	f("DEL l", "DEL l")

	two := s.connect()
	require.Empty(t, two.do("BLMOVE", "l", "m", "LEFT", "LEFT", "0"))
	s.recorded([]string{"RPUSH l a b", "LMOVE l m LEFT LEFT"}, words("RPUSH l a b"))
	require.Equal(t, "$1\r\na\r\n", two.replies.String())
	require.Empty(t, two.do("BLMPOP", "0", "2", "n", "o", "LEFT", "COUNT", "5"))
	s.recorded([]string{"LPUSH o 1 2", "LPOP o 2"}, words("LPUSH o 1 2"))
}

// listModel plays random commands against lists of strings.
type listModel struct {
	*server
	random *rand.Rand
	lists  map[string][]string
}

func listBulks(elements []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(elements))
	for _, e := range elements {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(e), e)
	}
	return b.String()
}

func listBulk(element string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(element), element) }

func (m *listModel) element() string {
	switch m.random.Intn(30) {
	case 0:
		return strings.Repeat("huge", m.random.Intn(4000))
	case 1, 2:
		return strings.Repeat("x", m.random.Intn(300))
	case 3, 4, 5, 6:
		return strconv.Itoa(m.random.Intn(6) - 3)
	}
	return "e" + strconv.Itoa(m.random.Intn(50))
}

func (m *listModel) step() {
	key := "l" + strconv.Itoa(m.random.Intn(3))
	l := m.lists[key]
	n := len(l)
	i, j := m.random.Intn(n+1), m.random.Intn(n+1)
	element := m.element()
	at := strconv.Itoa
	op := m.random.Intn(13)
	if n == 0 {
		op %= 2
	}
	switch op {
	case 0, 2, 3:
		more := []string{element, m.element(), m.element()}
		l = append(slices.Clone(l), more...)
		m.f(fmt.Sprintf(":%d\r\n", len(l)), "RPUSH", key, more[0], more[1], more[2])
	case 1, 4:
		l = append([]string{element}, l...)
		m.f(fmt.Sprintf(":%d\r\n", len(l)), "LPUSH", key, element)
	case 5:
		m.f(listBulk(l[0]), "LPOP", key)
		l = l[1:]
	case 6:
		want := slices.Clone(l[max(0, n-4):])
		slices.Reverse(want)
		m.f(listBulks(want), "RPOP", key, "4")
		l = l[:max(0, n-4)]
	case 7:
		i = min(i, n-1)
		l = slices.Clone(l)
		l[i] = element
		m.f("+OK\r\n", "LSET", key, at(i-n), element)
	case 8:
		pivot := slices.Index(l, l[min(i, n-1)])
		m.f(fmt.Sprintf(":%d\r\n", n+1), "LINSERT", key, "AFTER", l[pivot], element)
		l = slices.Insert(slices.Clone(l), pivot+1, element)
	case 9:
		l = m.remove(key, l, l[min(i, n-1)])
	case 10:
		from, to := min(i, j), max(i, j, 1) // 0 -1 would be everything
		if m.random.Intn(8) > 0 {
			m.f(listBulks(l[from:to]), "LRANGE", key, at(from), at(to-1))
			break
		}
		m.f("+OK\r\n", "LTRIM", key, at(from), at(to-1))
		l = l[from:to]
	default:
		m.move(key, "l"+strconv.Itoa(m.random.Intn(3)))
		return
	}
	m.lists[key] = l
}

func (m *listModel) remove(key string, l []string, element string) []string {
	m.f(fmt.Sprintf(":%d\r\n", min(2, listCountOf(l, element))), "LREM", key, "-2", element)
	l, removed := slices.Clone(l), 0
	for i := len(l) - 1; i >= 0 && removed < 2; i-- {
		if l[i] == element {
			l = slices.Delete(l, i, i+1)
			removed++
		}
	}
	return l
}

func listCountOf(l []string, element string) (n int) {
	for _, e := range l {
		if e == element {
			n++
		}
	}
	return n
}

func (m *listModel) move(from, to string) {
	l := m.lists[from]
	last := l[len(l)-1]
	m.f(listBulk(last), "LMOVE", from, to, "RIGHT", "LEFT")
	m.lists[from] = l[:len(l)-1]
	m.lists[to] = append([]string{last}, m.lists[to]...)
}

func (m *listModel) check() {
	m.t.Helper()
	for key, l := range m.lists {
		require.Equal(m.t, listBulks(l), m.do("LRANGE", key, "0", "-1"))
		require.Equal(m.t, fmt.Sprintf(":%d\r\n", len(l)), m.do("LLEN", key))
		exists := ":1\r\n"
		if len(l) == 0 {
			exists = ":0\r\n"
		}
		require.Equal(m.t, exists, m.do("EXISTS", key))
	}
}

// TestListsAgainstModel goes through all encodings, with a snapshot and without.
func TestListsAgainstModel(t *testing.T) {
	t.Cleanup(runtime.GC) // other tests look at the memory of the process
	for seed, size := range []string{"-2", "5", "-1", "1"} {
		var snapshot *keyspace.Snapshot
		command := func(name string, f func(c *keyspace.Ctx)) *keyspace.Command {
			return &keyspace.Command{Name: name, Arity: 1, Group: groupServer, Handler: func(c *keyspace.Ctx) error {
				f(c)
				return c.OK()
			}}
		}
		s := newServerOf(t, append(Table(),
			command("opensnapshot", func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() }),
			command("closesnapshot", func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })),
			"--list-max-listpack-size", size)
		m := &listModel{s, rand.New(rand.NewSource(int64(seed))), map[string][]string{}}
		for range 6 {
			for range 150 {
				m.step()
			}
			m.check()
			s.f("+OK\r\n", "OPENSNAPSHOT")
			before := map[string][]string{}
			for key, l := range m.lists {
				before[key] = slices.Clone(l)
			}
			for range 150 {
				m.step()
			}
			m.check()
			require.Equal(t, listsWithoutEmpty(before), listsOf(snapshot))
			s.f("+OK\r\n", "CLOSESNAPSHOT")
		}
		s.do("FLUSHALL")
		s.advance(1000)
		require.Zero(t, s.engine.FrozenBlocks())
	}
}

func listsWithoutEmpty(lists map[string][]string) map[string][]string {
	for key, l := range lists {
		if len(l) == 0 {
			delete(lists, key)
		}
	}
	return lists
}

// listsOf copies the lists that a snapshot holds.
func listsOf(snapshot *keyspace.Snapshot) map[string][]string {
	lists := map[string][]string{}
	snapshot.Each(0, func(k keyspace.FrozenItem) bool {
		add := func(lp []byte) bool {
			for at := list.SeekPacked(lp, 0); at.OK(); at.Next() {
				lists[string(k.Key)] = append(lists[string(k.Key)], string(at.Element().Append(nil)))
			}
			return true
		}
		if k.Kind == value.ListPacked {
			add(k.Value)
		} else {
			k.Whole.(*list.List).EachNode(add)
		}
		return true
	})
	return lists
}

// TestBigTrim: what LTRIM cuts off a long list is freed later, and completely.
func TestBigTrim(t *testing.T) {
	t.Cleanup(runtime.GC)
	var used int64
	s := newServerOf(t, append(Table(), &keyspace.Command{Name: "used", Arity: 1, Group: groupServer,
		Handler: func(c *keyspace.Ctx) error {
			used = c.Epochs().Arena().Used()
			return c.OK()
		}}))
	request := protocol.AppendCommandStrings(nil, append([]string{"RPUSH", "l"},
		slices.Repeat([]string{"an element"}, 1000)...)...)
	for range 300 {
		s.journal.records = s.journal.records[:0]
		s.client.serveInput(request)
	}
	s.f("+OK\r\n", "LTRIM", "l", "150000", "150002")
	s.f(":3\r\n", "LLEN", "l")
	s.f(listBulk("listpack"), "OBJECT", "ENCODING", "l")
	s.advance(1000)
	s.do("USED")
	require.Less(t, used, int64(100000))
	s.f(listBulks([]string{"an element", "an element", "an element"}), "LRANGE", "l", "0", "-1")
}

// TestRepliesBeforeABlockedRequest: what a pipeline has been replied so far leaves
// when its next request blocks.
func TestRepliesBeforeABlockedRequest(t *testing.T) {
	s := newServer(t)
	blocked := s.connect()
	require.Equal(t, "+PONG\r\n", blocked.send([]byte("PING\r\nBLPOP k 0\r\nECHO later\r\n")))
	require.Equal(t, ":1\r\n", s.client.send([]byte("RPUSH k a\r\n")))
	require.Equal(t, "+PONG\r\n*2\r\n$1\r\nk\r\n$1\r\na\r\n$5\r\nlater\r\n", blocked.replies.String())
}
