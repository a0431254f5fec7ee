package crash

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
)

// entry is what a key holds.
type entry struct {
	value    string
	volatile bool
}

// state is what a writer's keys hold.
type state map[string]entry

// keysPerWriter is small, so that requests meet what earlier ones have left.
const keysPerWriter = 12

// request is a command and the text of its reply.
type request struct {
	args  []string
	reply string
}

// keys are those that the request may change.
func (r request) keys() []string {
	if r.args[0] == "MSET" {
		return []string{r.args[1], r.args[3]}
	}
	return r.args[1:2]
}

// change is what a request has left of a key.
type change struct {
	key    string
	entry  entry
	exists bool
}

func (s state) changesOf(r request) (all []change) {
	for _, key := range r.keys() {
		e, exists := s[key]
		all = append(all, change{key, e, exists})
	}
	return all
}

func (s state) apply(changes []change) {
	for _, c := range changes {
		if c.exists {
			s[c.key] = c.entry
		} else {
			delete(s, c.key)
		}
	}
}

// next makes up the n-th request of a writer, applies it to s and says what the
// server has to answer.
func (s state) next(random *rand.Rand, writer, n int) request {
	key := func() string { return fmt.Sprintf("w%d:%d", writer, random.IntN(keysPerWriter)) }
	value := func() string { return fmt.Sprintf("<%d.%d>", writer, n) }
	k, v := key(), value()
	switch random.IntN(9) {
	case 0:
		return s.increment(fmt.Sprintf("w%d:count", writer))
	case 1:
		s[k] = entry{s[k].value + v, s[k].volatile}
		return request{[]string{"APPEND", k, v}, strconv.Itoa(len(s[k].value))}
	case 2:
		_, existed := s[k]
		delete(s, k)
		return request{[]string{"DEL", k}, count(existed)}
	case 3:
		old, existed := s[k]
		if existed {
			s[k] = entry{old.value, true}
		}
		return request{[]string{"EXPIRE", k, "100000"}, count(existed)}
	case 4:
		old, existed := s[k]
		if existed {
			s[k] = entry{old.value, false}
		}
		return request{[]string{"PERSIST", k}, count(existed && old.volatile)}
	case 5:
		other := key()
		s[k] = entry{value: v}
		s[other] = entry{value: v + "'"}
		return request{[]string{"MSET", k, v, other, v + "'"}, "OK"}
	case 6:
		old := s[k].value
		s[k] = entry{value: v}
		return request{[]string{"GETSET", k, v}, old}
	case 7:
		s[k] = entry{v, true}
		return request{[]string{"SET", k, v, "EX", "100000"}, "OK"}
	}
	s[k] = entry{value: v}
	return request{[]string{"SET", k, v}, "OK"}
}

func (s state) increment(key string) request {
	n, _ := strconv.Atoi(s[key].value)
	s[key] = entry{value: strconv.Itoa(n + 1)}
	return request{[]string{"INCR", key}, s[key].value}
}

func count(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

func (s state) equal(other state) bool { return maps.Equal(s, other) }
