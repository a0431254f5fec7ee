package command

import (
	"bytes"
	"math"
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/zset"
	"solokv/protocol"
)

// ZRANDMEMBER and ZSCAN.

func zsetScanCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "zrandmember", Arity: -2, Flags: keyspace.ReadOnly, Keys: oneZSetRead(),
			Since:      "6.2.0",
			Complexity: "O(N*log(M)) where N is the number of members returned and M that of the sorted set.",
			Summary:    "Returns random members of a sorted set.",
			Hints:      []string{"nondeterministic_output"},
			Syntax:     "key [options: count [WITHSCORES]]", Handler: zrandMember},
		{Name: "zscan", Arity: -3, Flags: keyspace.ReadOnly, Keys: oneZSetRead(),
			Since: "2.8.0", Complexity: "O(1) for every call; O(N) for a walk over a sorted set of N members.",
			Summary: "Walks over the members of a sorted set and their scores, some at each call.",
			Hints:   []string{"nondeterministic_output"},
			Syntax:  "key cursor [MATCH pattern] [COUNT count]", Handler: zscan},
	}
}

const errRandomCount keyspace.Error = "ERR value is out of range, " +
	"value must between -9223372036854775807 and 9223372036854775807"

func zrandMember(c *keyspace.Ctx) error {
	if c.Argc() == 2 {
		r, _, err := readZSet(c, c.Arg(1))
		if err != nil {
			return err
		}
		if r.Len() == 0 {
			return c.ReplyNull()
		}
		var number [24]byte
		member, _ := r.At(randomRank(c, r.Len()), &number)
		return c.ReplyBulk(member)
	}

	count, err := c.Int(2)
	scores := c.Argc() == 4
	switch {
	case err != nil:
		return err
	case count == math.MinInt64:
		return errRandomCount
	case c.Argc() > 4 || scores && !keyspace.EqualFold(c.Arg(3), "WITHSCORES"):
		return keyspace.ErrSyntax
	case scores && (count < -math.MaxInt64/2 || count > math.MaxInt64/2):
		return keyspace.ErrOutOfRange
	}
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	if r.Len() == 0 {
		return c.ReplyArray(0)
	}
	return replyRandom(c, r, count, scores)
}

// replyRandom replies count members, all different, or -count independent ones.
func replyRandom(c *keyspace.Ctx, r zset.Reader, count int64, scores bool) error {
	size := r.Len()
	visit := func(member []byte, score float64) bool {
		replyScored(c, member, score, scores)
		return true
	}
	var number [24]byte
	switch {
	case count < 0:
		return replyRepeated(c, -count, func(n int) { replyScoredHeader(c, n, scores) },
			func() { visit(r.At(randomRank(c, size), &number)) })
	case count >= int64(size):
		replyScoredHeader(c, size, scores)
		r.Each(0, size, visit)
	default:
		replyScoredHeader(c, int(count), scores)
		for _, rank := range randomRanks(c, size, int(count)) {
			visit(r.At(rank, &number))
		}
	}
	return nil
}

// randomRank is a random rank of n. The bias of the remainder is one part in 2^64/n.
func randomRank(c *keyspace.Ctx, n int) int { return int(c.Engine().Random() % uint64(n)) }

// randomRanks picks n different ranks out of size, by Floyd's method: each of the
// last n ranks in turn gives way to a random one up to it, unless that was picked
// already.
func randomRanks(c *keyspace.Ctx, size, n int) []int {
	picked := make(map[int]struct{}, n)
	ranks := make([]int, 0, n)
	for last := size - n; last < size; last++ {
		rank := randomRank(c, last+1)
		if _, ok := picked[rank]; ok {
			rank = last
		}
		picked[rank] = struct{}{}
		ranks = append(ranks, rank)
	}
	return ranks
}

// zscan replies all of a packed set at once.
func zscan(c *keyspace.Ctx) error {
	cursor, err := parseScanCursor(c.Arg(2))
	if err != nil {
		return err
	}
	it, found := c.Read(c.Arg(1))
	if !found {
		replyScan(c, 0, nil)
		return nil
	}
	if !isZSet(it) {
		return keyspace.ErrWrongType
	}
	options, err := parseScanOptions(c, 3, scanElements)
	if err != nil {
		return err
	}

	s := zsetScan{pattern: options.pattern, count: options.count}
	if it.Kind() == value.ZSet {
		cursor = s.large(c.Collection(it).(*zset.ZSet), cursor)
	} else {
		s.packed(viewZSet(c, it))
		cursor = 0
	}

	replyScan(c, cursor, s.found)
	return nil
}

// zsetScan collects what a call of ZSCAN finds: members and the texts of scores.
type zsetScan struct {
	pattern keyPattern
	count   int64
	seen    int64
	found   [][]byte
}

// large walks over buckets until enough members were seen. In Redis members and
// scores both count, so a call visits half as many members as COUNT says.
// ZSCAN shows the scores of a large set with 17 digits, unlike every other command;
// as in Redis.
func (s *zsetScan) large(z *zset.ZSet, cursor uint64) (next uint64) {
	visit := func(member []byte, score float64) {
		s.seen++
		if !s.pattern.match(member) {
			return
		}
		if math.IsInf(score, 0) {
			s.found = append(s.found, member, protocol.AppendFloat17(nil, score))
			return
		}
		s.found = append(s.found, member, strconv.AppendFloat(nil, score, 'g', 17, 64))
	}
	for buckets := s.count * scanBucketsPerCount; buckets > 0 && s.seen*2 < s.count; buckets-- {
		if cursor = z.Scan(cursor, visit); cursor == 0 {
			break
		}
	}
	return cursor
}

// packed collects all members. They are copied, for those that are numbers last
// only until the next.
func (s *zsetScan) packed(r zset.Reader) {
	r.Each(0, r.Len(), func(member []byte, score float64) bool {
		if s.pattern.match(member) {
			s.found = append(s.found, bytes.Clone(member), protocol.AppendFloat17(nil, score))
		}
		return true
	})
}
