package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"solokv/protocol"
)

// store is a Host with strings and lists in a map: enough commands for scripts to be tested with.
type store struct {
	strings map[string]string
	lists   map[string][]string
	// collections have one element each, its two words with a blank between them.
	collections map[string]string
	logged      []string
	to          Replication
	pauses      int
	pause       func() error
}

func newStore() *store {
	return &store{strings: map[string]string{}, lists: map[string][]string{},
		collections: map[string]string{}, to: ReplicateAll}
}

func (s *store) Pause() error {
	s.pauses++
	if s.pause != nil {
		return s.pause()
	}
	return nil
}

func (s *store) Log(level LogLevel, text string) {
	s.logged = append(s.logged, fmt.Sprintf("%d %s", level, text))
}

func (s *store) Replicate(to Replication) { s.to = to }

func (s *store) CheckCommand(args [][]byte) (bool, error) {
	if _, ok := arities[strings.ToLower(string(args[0]))]; !ok {
		return false, errors.New("unknown")
	}
	return true, nil
}

// arities are the commands that there are; negative is "at least".
var arities = map[string]int{
	"ping": -1, "echo": 2, "get": 2, "set": -3, "incr": 2, "rpush": -3, "lrange": 4, "hset": 4, "hgetall": 2,
	"sadd": 3, "smembers": 2, "zadd": 4, "zscore": 3,
	"multi": 1, "subscribe": -2, "eval": -3,
}

func (s *store) Call(args [][]byte, resp int, dst []byte) []byte {
	name := strings.ToLower(string(args[0]))
	arity, ok := arities[name]
	switch {
	case !ok:
		return protocol.AppendError(dst, "ERR Unknown Redis command called from script")
	case arity > 0 && len(args) != arity || len(args) < -arity:
		return protocol.AppendError(dst, "ERR Wrong number of args calling Redis command from script")
	}
	switch name {
	case "ping":
		return protocol.AppendSimple(dst, "PONG")
	case "echo":
		return protocol.AppendBulk(dst, args[1])
	case "get":
		return s.get(string(args[1]), resp, dst)
	case "set":
		s.strings[string(args[1])] = string(args[2])
		return protocol.AppendSimple(dst, "OK")
	case "incr":
		return s.incr(string(args[1]), dst)
	case "rpush":
		key := string(args[1])
		for _, arg := range args[2:] {
			s.lists[key] = append(s.lists[key], string(arg))
		}
		return protocol.AppendInt(dst, int64(len(s.lists[key])))
	case "lrange":
		list := s.lists[string(args[1])]
		dst = protocol.AppendArray(dst, len(list))
		for _, element := range list {
			dst = protocol.AppendBulkString(dst, element)
		}
		return dst
	case "hset", "sadd", "zadd":
		s.collections[string(args[1])] = string(args[2]) + " " + string(args[len(args)-1])
		return protocol.AppendInt(dst, 1)
	case "hgetall":
		field, value, _ := strings.Cut(s.collections[string(args[1])], " ")
		dst = protocol.AppendMap(dst, 1, resp)
		return protocol.AppendBulkString(protocol.AppendBulkString(dst, field), value)
	case "smembers":
		member, _, _ := strings.Cut(s.collections[string(args[1])], " ")
		return protocol.AppendBulkString(protocol.AppendSet(dst, 1, resp), member)
	case "zscore":
		score, member, _ := strings.Cut(s.collections[string(args[1])], " ")
		if member != string(args[2]) {
			return protocol.AppendNull(dst, resp)
		}
		f, _ := strconv.ParseFloat(score, 64)
		return protocol.AppendDouble(dst, f, resp)
	}
	return protocol.AppendError(dst, "ERR This Redis command is not allowed from script")
}

func (s *store) get(key string, resp int, dst []byte) []byte {
	if _, isList := s.lists[key]; isList {
		return protocol.AppendError(dst, "WRONGTYPE Operation against a key holding the wrong kind of value")
	}
	value, ok := s.strings[key]
	if !ok {
		return protocol.AppendNull(dst, resp)
	}
	return protocol.AppendBulkString(dst, value)
}

func (s *store) incr(key string, dst []byte) []byte {
	n, err := strconv.ParseInt("0"+s.strings[key], 10, 64)
	if err != nil {
		return protocol.AppendError(dst, "ERR value is not an integer or out of range")
	}
	s.strings[key] = strconv.FormatInt(n+1, 10)
	return protocol.AppendInt(dst, n+1)
}
