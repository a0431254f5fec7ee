package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value/zset"
)

// Ranges of sorted sets. What a range is, by rank, by score or by member, ends when
// it has become an interval of ranks.

func zsetRangeCommands() []*keyspace.Command {
	const fastRead = keyspace.ReadOnly | keyspace.Fast
	count := "O(log(N)) where N is the number of members of the sorted set."
	return []*keyspace.Command{
		{Name: "zcount", Arity: 4, Flags: fastRead, Keys: oneZSetRead(),
			Since: "2.0.0", Complexity: count,
			Summary: "Counts the members of a sorted set whose scores are in a range.",
			Syntax:  "key min:double max:double", Handler: zcount},
		{Name: "zlexcount", Arity: 4, Flags: fastRead, Keys: oneZSetRead(),
			Since: "2.8.9", Complexity: count,
			Summary: "Counts the members of a sorted set that are in a range of strings.",
			Syntax:  "key min:string max:string", Handler: zlexCount},
		{Name: "zrange", Arity: -4, Flags: keyspace.ReadOnly, Keys: oneZSetRead(),
			Since: "1.2.0",
			Complexity: "O(log(N)+M) where N is the number of members of the sorted set and M that of the members " +
				"returned.",
			Summary: "Returns the members of a sorted set that are in a range.",
			History: []string{"6.2.0 Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options."},
			Syntax: "key start:string stop:string [sortby: BYSCORE | BYLEX] [REV] [LIMIT offset count] " +
				"[WITHSCORES]", Handler: zrange},
		{Name: "zrangestore", Arity: -5, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys:  keyspace.TwoKeys(keyspace.KeyOW|keyspace.KeyUpdate, keyspace.KeyRO|keyspace.KeyAccess),
			Since: "6.2.0",
			Complexity: "O(log(N)+M) where N is the number of members of the sorted set and M that of the members " +
				"stored.",
			Summary: "Stores the members of a sorted set that are in a range in another key.",
			Syntax:  "dst src min:string max:string [sortby: BYSCORE | BYLEX] [REV] [LIMIT offset count]",
			Handler: zrangeStore},
	}
}

// zsetRangeByCommands are the older ones, for each of which ZRANGE has options.
func zsetRangeByCommands() []*keyspace.Command {
	entry := func(name, since, instead, summary, syntax string, by rangeBy, reverse bool) *keyspace.Command {
		return &keyspace.Command{Name: name, Arity: -4, Flags: keyspace.ReadOnly, Keys: oneZSetRead(), Since: since,
			Complexity: "O(log(N)+M) where N is the number of members of the sorted set and M that of the members " +
				"returned; with a constant LIMIT O(log(N)).",
			Deprecated: "6.2.0 `ZRANGE` with the " + instead, Summary: summary, Syntax: syntax,
			Handler: func(c *keyspace.Ctx) error { return replyRange(c, rangeRequest{by: by, reverse: reverse}) }}
	}
	byScore := entry("zrangebyscore", "1.0.5", "`BYSCORE` argument",
		"Returns the members of a sorted set whose scores are in a range.",
		"key min:double max:double [WITHSCORES] [LIMIT offset count]", rangeByScore, false)
	byScore.History = []string{"2.0.0 Added the `WITHSCORES` modifier."}
	byScoreReverse := entry("zrevrangebyscore", "2.2.0", "`REV` and `BYSCORE` arguments",
		"Returns the members of a sorted set whose scores are in a range, the highest first.",
		"key max:double min:double [WITHSCORES] [LIMIT offset count]", rangeByScore, true)
	byScoreReverse.History = []string{"2.1.6 `min` and `max` can be exclusive."}
	return []*keyspace.Command{byScore, byScoreReverse,
		entry("zrangebylex", "2.8.9", "`BYLEX` argument",
			"Returns the members of a sorted set that are in a range of strings.",
			"key min:string max:string [LIMIT offset count]", rangeByLex, false),
		entry("zrevrangebylex", "2.8.9", "`REV` and `BYLEX` arguments",
			"Returns the members of a sorted set that are in a range of strings, the last first.",
			"key max:string min:string [LIMIT offset count]", rangeByLex, true),
		entry("zrevrange", "1.2.0", "`REV` argument",
			"Returns the members of a sorted set whose ranks are in a range, the last first.",
			"key start:integer stop:integer [WITHSCORES]", rangeByRank, true),
	}
}

// rangeBy says what a range is a range of.
type rangeBy uint8

const (
	rangeAny rangeBy = iota // what the options say; ranks if they do not
	rangeByRank
	rangeByScore
	rangeByLex
)

const (
	errRangeLimit keyspace.Error = "ERR syntax error, LIMIT is only supported in combination with " +
		"either BYSCORE or BYLEX"
	errRangeScores keyspace.Error = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
)

// rangeRequest is a range as a request gives it.
type rangeRequest struct {
	by       rangeBy
	reverse  bool
	store    bool // ZRANGESTORE, whose reply has no scores
	scores   bool // WITHSCORES
	limited  bool
	offset   int64
	count    int64 // negative: all
	byRank   rankRange
	byScore  zset.ScoreRange
	byMember zset.LexRange
}

type rankRange struct{ start, stop int64 }

// parse reads a range whose ends are the arguments at and at+1.
func (q *rangeRequest) parse(c *keyspace.Ctx, at int) error {
	anyKind := q.by == rangeAny
	q.count = -1
	o := c.Options(at + 2)
	for o.Next() {
		switch {
		case o.Is("WITHSCORES") && !q.store:
			q.scores = true
		case o.Is("LIMIT") && o.Left() >= 2:
			q.limited = true
			q.offset, q.count = o.Int(), o.Int()
		case o.Is("REV") && anyKind && !q.reverse:
			q.reverse = true
		case o.Is("BYLEX") && q.by == rangeAny:
			q.by = rangeByLex
		case o.Is("BYSCORE") && q.by == rangeAny:
			q.by = rangeByScore
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	if q.by == rangeAny {
		q.by = rangeByRank
	}
	switch {
	case o.Err() != nil:
		return o.Err()
	case q.limited && q.count != -1 && q.by == rangeByRank:
		return errRangeLimit
	case q.scores && q.by == rangeByLex:
		return errRangeScores
	}
	return q.parseEnds(c.Arg(at), c.Arg(at+1))
}

func (q *rangeRequest) parseEnds(min, max []byte) (err error) {
	if q.reverse && q.by != rangeByRank {
		min, max = max, min
	}
	switch q.by {
	case rangeByScore:
		q.byScore, err = parseScoreRange(min, max)
	case rangeByLex:
		q.byMember, err = parseLexRange(min, max)
	default:
		if q.byRank.start, err = keyspace.ParseInt(min); err == nil {
			q.byRank.stop, err = keyspace.ParseInt(max)
		}
	}
	return err
}

// span is the range as an interval of ranks of r.
func (q *rangeRequest) span(r zset.Reader) (from, to int) {
	switch q.by {
	case rangeByScore:
		from, to = r.SpanOfScores(q.byScore)
	case rangeByLex:
		from, to = r.SpanOfMembers(q.byMember)
	default:
		return q.byRank.span(r.Len(), q.reverse)
	}
	if !q.limited {
		return from, to
	}
	if q.offset < 0 || q.offset >= int64(to-from) {
		return from, from
	}
	if q.reverse {
		to -= int(q.offset)
		if q.count >= 0 && q.count < int64(to-from) {
			from = to - int(q.count)
		}
		return from, to
	}
	from += int(q.offset)
	if q.count >= 0 && q.count < int64(to-from) {
		to = from + int(q.count)
	}
	return from, to
}

// span turns ranks, of which negative ones count from the end, into an interval.
func (q rankRange) span(size int, reverse bool) (from, to int) {
	n := int64(size)
	start, stop := q.start, q.stop
	if start < 0 {
		start = max(start+n, 0)
	}
	if stop < 0 {
		stop += n
	}
	stop = min(stop, n-1)
	if start > stop {
		return 0, 0
	}
	if reverse {
		start, stop = n-1-stop, n-1-start
	}
	return int(start), int(stop) + 1
}

func zrange(c *keyspace.Ctx) error { return replyRange(c, rangeRequest{}) }

// replyRange is every command that replies a range.
func replyRange(c *keyspace.Ctx, q rangeRequest) error {
	if err := q.parse(c, 2); err != nil {
		return err
	}
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	from, to := q.span(r)
	replyScoredHeader(c, to-from, q.scores)
	scores := q.scores
	eachRange(r, from, to, q.reverse, func(member []byte, score float64) bool {
		replyScored(c, member, score, scores)
		return true
	})
	return nil
}

func eachRange(r zset.Reader, from, to int, reverse bool, visit func(member []byte, score float64) bool) {
	if reverse {
		r.EachReverse(from, to, visit)
		return
	}
	r.Each(from, to, visit)
}

// zrangeStore builds the result before the destination goes, which may be the
// source.
func zrangeStore(c *keyspace.Ctx) error {
	q := rangeRequest{store: true}
	if err := q.parse(c, 3); err != nil {
		return err
	}
	r, _, err := readZSet(c, c.Arg(2))
	if err != nil {
		return err
	}

	from, to := q.span(r)
	result := zset.New(c.Epochs())
	r.Each(from, to, func(member []byte, score float64) bool {
		result.Set(member, score)
		return true
	})
	storeLargeZSet(c, c.Arg(1), result, 1, "zrangestore")

	return c.ReplyInt(int64(to - from))
}

func zcount(c *keyspace.Ctx) error {
	s, err := parseScoreRange(c.Arg(2), c.Arg(3))
	if err != nil {
		return err
	}
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	from, to := r.SpanOfScores(s)
	return c.ReplyInt(int64(to - from))
}

func zlexCount(c *keyspace.Ctx) error {
	l, err := parseLexRange(c.Arg(2), c.Arg(3))
	if err != nil {
		return err
	}
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	from, to := r.SpanOfMembers(l)
	return c.ReplyInt(int64(to - from))
}
