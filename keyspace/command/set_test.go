package command

import (
	"bufio"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// texts executes a request whose reply is an array or a set of texts.
func (s *server) texts(args ...string) []string {
	s.t.Helper()
	v, err := protocol.ReadValue(bufio.NewReader(strings.NewReader(s.do(args...))))
	require.NoError(s.t, err)
	require.Contains(s.t, []protocol.Kind{protocol.KindArray, protocol.KindSet}, v.Kind, "%q", args)
	list := []string{}
	for _, element := range v.Items {
		list = append(list, element.Text)
	}
	return list
}

func (s *server) sortedTexts(args ...string) []string {
	s.t.Helper()
	list := s.texts(args...)
	slices.Sort(list)
	return list
}

func (s *server) number(args ...string) int {
	s.t.Helper()
	reply := s.do(args...)
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(reply, ":")))
	require.NoError(s.t, err, "%q: %q", args, reply)
	return n
}

type setModel map[string]map[string]bool

func (m setModel) sorted(key string) []string {
	return append([]string{}, slices.Sorted(maps.Keys(m[key]))...)
}

// Random commands with small limits, so that sets change their encoding all the
// time, against maps; then the journal is executed by another engine.
func TestSetsAgainstModel(t *testing.T) {
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			limits := []string{"--set-max-intset-entries", "8", "--set-max-listpack-entries", "12",
				"--set-max-listpack-value", "6"}
			s := newServer(t, limits...)
			x := setExercise{server: s, model: setModel{}, random: rand.New(rand.NewSource(seed))}
			for range 1500 {
				x.step()
			}
			x.check(s)
			records := s.journal.records
			replica := newServer(t, limits...)
			replica.client.send(records)
			x.check(replica)
		})
	}
}

type setExercise struct {
	*server
	model  setModel
	random *rand.Rand
}

func (x *setExercise) key() string { return fmt.Sprint("s", x.random.Intn(4)) }

func (x *setExercise) member() string {
	switch x.random.Intn(12) {
	case 0:
		return "long member " + fmt.Sprint(x.random.Intn(5))
	case 1, 2:
		return string(rune('a' + x.random.Intn(10)))
	case 3:
		return fmt.Sprint(int64(x.random.Uint64()) >> x.random.Intn(60))
	}
	return fmt.Sprint(x.random.Intn(12))
}

func (x *setExercise) set(key string) map[string]bool {
	if x.model[key] == nil {
		x.model[key] = map[string]bool{}
	}
	return x.model[key]
}

func (x *setExercise) step() {
	t, key, other, member := x.t, x.key(), x.key(), x.member()
	set := x.set(key)
	switch x.random.Intn(12) {
	case 0, 1, 2, 3:
		more := x.member()
		before := len(set)
		set[member], set[more] = true, true
		require.Equal(t, len(set)-before, x.number("SADD", key, member, more))
	case 4, 5:
		before := len(set)
		delete(set, member)
		require.Equal(t, before-len(set), x.number("SREM", key, member))
	case 6:
		if set[member] {
			delete(set, member)
			x.set(other)[member] = true
			x.f(":1\r\n", "SMOVE", key, other, member)
		} else {
			x.f(":0\r\n", "SMOVE", key, other, member)
		}
	case 7:
		count := x.random.Intn(len(set) + 2)
		popped := x.texts("SPOP", key, fmt.Sprint(count))
		require.Len(t, popped, min(count, len(set)))
		for _, member := range popped {
			require.True(t, set[member])
			delete(set, member)
		}
	case 8:
		count := x.random.Intn(len(set) + 2)
		picked := x.sortedTexts("SRANDMEMBER", key, fmt.Sprint(count))
		require.Len(t, slices.Compact(picked), min(count, len(set)), "distinct")
		for _, member := range picked {
			require.True(t, set[member])
		}
	case 9:
		x.store("SUNIONSTORE", key, other, func(m string) bool { return x.set(key)[m] || x.set(other)[m] })
	case 10:
		x.store("SINTERSTORE", key, other, func(m string) bool { return x.set(key)[m] && x.set(other)[m] })
	case 11:
		x.store("SDIFFSTORE", key, other, func(m string) bool { return x.set(key)[m] && !x.set(other)[m] })
	}
	if x.random.Intn(10) == 0 {
		x.check(x.server)
	}
}

// store checks that a command and its storing form agree with the model.
func (x *setExercise) store(command, key, other string, in func(member string) bool) {
	outcome := map[string]bool{}
	for _, source := range []string{key, other} {
		for member := range x.set(source) {
			if in(member) {
				outcome[member] = true
			}
		}
	}
	want := append([]string{}, slices.Sorted(maps.Keys(outcome))...)
	require.Equal(x.t, want, x.sortedTexts(strings.TrimSuffix(command, "STORE"), key, other))
	if command == "SINTERSTORE" {
		require.Equal(x.t, len(want), x.number("SINTERCARD", "2", key, other))
	}
	target := x.key()
	require.Equal(x.t, len(want), x.number(command, target, key, other))
	x.model[target] = outcome
}

func (x *setExercise) check(s *server) {
	for key := range x.model {
		want := x.model.sorted(key)
		require.Equal(x.t, want, s.sortedTexts("SMEMBERS", key))
		require.Equal(x.t, len(want), s.number("SCARD", key))
		require.Equal(x.t, min(len(want), 1), s.number("EXISTS", key))
		for range 3 {
			member := x.member()
			require.Equal(x.t, x.model[key][member], s.number("SISMEMBER", key, member) == 1)
		}
	}
}

// All ways to unite and subtract, with many and few, packed and large sets.
func TestSetAlgebraOfManySets(t *testing.T) {
	s := newServer(t)
	model := setModel{}
	add := func(key string, from, to int, prefix string) {
		args := []string{"SADD", key}
		model[key] = map[string]bool{}
		for i := from; i < to; i++ {
			args = append(args, prefix+fmt.Sprint(i))
			model[key][prefix+fmt.Sprint(i)] = true
		}
		s.do(args...)
	}
	add("ints", 0, 400, "")
	add("moreints", 300, 700, "")
	add("packed", 0, 100, "m")
	add("large", 50, 1000, "m")
	add("larger", 0, 2000, "m")
	add("digits", 0, 1000, "") // a table with texts of numbers
	add("few", 5, 8, "m")
	keys := slices.Sorted(maps.Keys(model))
	random := rand.New(rand.NewSource(1))
	for range 200 {
		var some []string
		for range 1 + random.Intn(7) {
			some = append(some, keys[random.Intn(len(keys))])
		}
		union, inter, diff := map[string]bool{}, maps.Clone(model[some[0]]), maps.Clone(model[some[0]])
		for i, key := range some {
			maps.Copy(union, model[key])
			maps.DeleteFunc(inter, func(m string, _ bool) bool { return !model[key][m] })
			maps.DeleteFunc(diff, func(m string, _ bool) bool { return i > 0 && model[key][m] })
		}
		for command, want := range map[string]map[string]bool{"SUNION": union, "SINTER": inter, "SDIFF": diff} {
			sorted := append([]string{}, slices.Sorted(maps.Keys(want))...)
			require.Equal(t, sorted, s.sortedTexts(append([]string{command}, some...)...), "%s %q", command, some)
			s.do("HELLO", "3")
			require.Equal(t, sorted, s.sortedTexts(append([]string{command}, some...)...), "%s %q", command, some)
			s.do("HELLO", "2")
		}
		limit := random.Intn(50)
		args := append([]string{"SINTERCARD", fmt.Sprint(len(some))}, some...)
		want := len(inter)
		if limit > 0 {
			want = min(want, limit)
		}
		require.Equal(t, want, s.number(append(args, "LIMIT", fmt.Sprint(limit))...))
	}
}

// The encodings of Redis 7.2.
func TestSetEncodings(t *testing.T) {
	s := newServer(t)
	f := func(want, key string) {
		t.Helper()
		require.Equal(t, want, strings.Fields(s.do("OBJECT", "ENCODING", key))[1], key)
	}
	adds := func(key, prefix string, from, to int) {
		for i := from; i < to; i++ {
			s.do("SADD", key, prefix+fmt.Sprint(i))
		}
	}
	adds("ints", "", 0, 512)
	f("intset", "ints")
	s.do("SADD", "ints", "600")
	f("hashtable", "ints")
	s.do("SREM", "ints", "600")
	f("hashtable", "ints")

	adds("texts", "m", 0, 128)
	f("listpack", "texts")
	adds("texts", "m", 128, 129)
	f("hashtable", "texts")

	adds("mixed", "", 0, 100)
	s.do("SADD", "mixed", "x")
	f("listpack", "mixed")
	adds("many", "", 0, 128)
	s.do("SADD", "many", "x")
	f("hashtable", "many")

	s.do("SADD", "long", "1", strings.Repeat("x", 64))
	f("listpack", "long")
	s.do("SADD", "long", strings.Repeat("y", 65))
	f("hashtable", "long")
	s.do("SADD", "longint", "1")
	s.do("SADD", "longint", strings.Repeat("y", 65))
	f("hashtable", "longint")

	args := []string{"SADD", "hint"} // as many arguments as would be too many members
	for range 129 {
		args = append(args, "same")
	}
	s.do(args...)
	f("hashtable", "hint")

	s.do("SUNIONSTORE", "d", "texts", "ints")
	f("hashtable", "d")
	s.do("SADD", "some", "1", "2", "m0")
	s.do("SINTERSTORE", "d", "some", "ints")
	f("intset", "d")
	s.do("SINTERSTORE", "d", "some", "texts")
	f("listpack", "d")
	s.do("SDIFFSTORE", "d", "some", "texts")
	f("intset", "d")
}

func TestSscanReturnsEveryMember(t *testing.T) {
	s := newServer(t)
	want := []string{}
	for i := range 2000 {
		member := fmt.Sprint("m", i)
		want = append(want, member)
		s.do("SADD", "s", member)
	}
	slices.Sort(want)
	cursor, got := "0", []string{}
	for {
		v, err := protocol.ReadValue(bufio.NewReader(strings.NewReader(s.do("SSCAN", "s", cursor, "COUNT", "50"))))
		require.NoError(t, err)
		for _, e := range v.Items[1].Items {
			got = append(got, e.Text)
		}
		if cursor = v.Items[0].Text; cursor == "0" {
			break
		}
	}
	slices.Sort(got)
	require.Equal(t, want, got)
}
