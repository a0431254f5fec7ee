package command

import (
	"bytes"

	"solokv/keyspace"
	"solokv/keyspace/value/zset"
	"solokv/protocol"
)

// The ends of ranges, as requests write them: 5 (5 -inf for scores, [a (a - + for
// members.

const (
	errScoreRange keyspace.Error = "ERR min or max is not a float"
	errLexRange   keyspace.Error = "ERR min or max not valid string range item"
)

func parseScoreRange(min, max []byte) (s zset.ScoreRange, err error) {
	var ok bool
	if s.Min, s.MinOpen, ok = parseScoreEnd(min); !ok {
		return s, errScoreRange
	}
	if s.Max, s.MaxOpen, ok = parseScoreEnd(max); !ok {
		return s, errScoreRange
	}
	return s, nil
}

// parseScoreEnd reads one end. No text at all counts as zero, as in Redis.
func parseScoreEnd(arg []byte) (score float64, open, ok bool) {
	arg, open = bytes.CutPrefix(arg, []byte{'('})
	score, ok = protocol.ParseFloatLoosely(arg)
	return score, open, ok
}

func parseLexRange(min, max []byte) (l zset.LexRange, err error) {
	var ok bool
	if l.Min, ok = parseLexEnd(min); !ok {
		return l, errLexRange
	}
	if l.Max, ok = parseLexEnd(max); !ok {
		return l, errLexRange
	}
	return l, nil
}

func parseLexEnd(arg []byte) (end zset.LexEnd, ok bool) {
	if len(arg) == 0 {
		return end, false
	}
	switch arg[0] {
	case '+':
		return zset.LexEnd{Infinite: 1}, len(arg) == 1
	case '-':
		return zset.LexEnd{Infinite: -1}, len(arg) == 1
	case '[', '(':
		return zset.LexEnd{Member: arg[1:], Open: arg[0] == '('}, true
	}
	return end, false
}
