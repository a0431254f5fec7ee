package script

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"solokv/protocol"
)

// store is a Host with strings and lists in a map: enough commands for scripts to be tested with.
type store struct {
	strings map[string]string
	lists   map[string][]string
	logged  []string
	to      Replication
	pauses  int
	pause   func() error
}

func newStore() *store {
	return &store{strings: map[string]string{}, lists: map[string][]string{}, to: ReplicateAll}
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
	"ping": -1, "echo": 2, "get": 2, "set": -3, "incr": 2, "rpush": -3, "lrange": 4, "debug": -2,
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
	case "debug":
		return debugProtocol(string(args[2]), resp, dst)
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

// debugProtocol is DEBUG PROTOCOL, which replies with each type that there is.
func debugProtocol(kind string, resp int, dst []byte) []byte {
	switch kind {
	case "integer":
		return protocol.AppendInt(dst, 12345)
	case "string":
		return protocol.AppendBulkString(dst, "Hello World")
	case "double":
		return protocol.AppendDouble(dst, 3.141, resp)
	case "null":
		return protocol.AppendNull(dst, resp)
	case "true", "false":
		return protocol.AppendBool(dst, kind == "true", resp)
	case "bignum":
		return protocol.AppendBigNumber(dst, "1234567999999999999999999999999999999", resp)
	case "verbatim":
		return protocol.AppendVerbatim(dst, "txt", "This is a verbatim\nstring", resp)
	case "array", "set", "map":
		switch kind {
		case "array":
			dst = protocol.AppendArray(dst, 3)
		case "set":
			dst = protocol.AppendSet(dst, 3, resp)
		default:
			dst = protocol.AppendMap(dst, 3, resp)
		}
		for i := range 3 {
			dst = protocol.AppendInt(dst, int64(i))
			if kind == "map" {
				dst = protocol.AppendBool(dst, i == 1, resp)
			}
		}
		return dst
	case "attrib":
		if resp == protocol.V3 {
			dst = protocol.AppendAttribute(dst, 1)
			dst = protocol.AppendBulkString(dst, "key-popularity")
			dst = protocol.AppendArray(dst, 2)
			dst = protocol.AppendBulkString(dst, "key:123")
			dst = protocol.AppendInt(dst, 90)
		}
		return protocol.AppendBulkString(dst, "Some real reply following the attribute")
	case "inf":
		return protocol.AppendDouble(dst, math.Inf(1), resp)
	}
	return protocol.AppendError(dst, "ERR Wrong protocol type name")
}
