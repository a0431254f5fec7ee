package command

import (
	"math"
	"slices"

	"solokv/keyspace"
	"solokv/keyspace/value/zset"
	"solokv/protocol"
)

// ZUNION ZINTER ZDIFF, their STORE forms, ZINTERCARD. The inputs may be sets, whose
// members all have the score 1. A result is built in a sorted set that has no key
// yet: outside the Go heap, in order, and ready to be stored.

// combineOp is what is done with the inputs.
type combineOp uint8

const (
	combineUnion combineOp = iota
	combineInter
	combineDiff
)

var combineNames = [...]string{"union", "inter", "diff"}

func zsetCombineCommands() []*keyspace.Command {
	const options = " [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]"
	entry := func(op combineOp, complexity, summary, options string) *keyspace.Command {
		return &keyspace.Command{Name: "z" + combineNames[op], Arity: -3, Flags: keyspace.ReadOnly,
			Keys: combineKeys(1), Since: "6.2.0", Complexity: complexity, Summary: summary,
			Syntax:  "numkeys key [key ...]" + options + " [WITHSCORES]",
			Handler: func(c *keyspace.Ctx) error { return zcombine(c, op) }}
	}
	return []*keyspace.Command{
		entry(combineUnion, combineUnionCost, "Returns the union of sorted sets.", options),
		entry(combineInter, combineInterCost, "Returns the intersection of sorted sets.", options),
		entry(combineDiff, combineDiffCost,
			"Returns the members of the first sorted set that are in none of the others.", ""),
		{Name: "zintercard", Arity: -3, Flags: keyspace.ReadOnly, Keys: combineKeys(1), Since: "7.0.0",
			Complexity: "O(N*K) where N is the size of the smallest sorted set and K the number of sorted sets.",
			Summary:    "Counts the members of the intersection of sorted sets.",
			Syntax:     "numkeys key [key ...] [LIMIT limit]", Handler: zinterCard},
	}
}

const (
	combineUnionCost = "O(N)+O(M*log(M)) where N is the sum of the sizes of the sorted sets and M that of the result."
	combineInterCost = "O(N*K)+O(M*log(M)) where N is the size of the smallest sorted set, K the number of sorted " +
		"sets and M the size of the result."
	combineDiffCost = "O(N*K)+O(M*log(M)) where N is the size of the first sorted set, K the number of sorted sets " +
		"and M the size of the result."
)

func combineKeys(at int) []keyspace.KeySpec {
	return []keyspace.KeySpec{{Flags: keyspace.KeyRO | keyspace.KeyAccess, Begin: at, Count: true, First: 1, Step: 1}}
}

func zsetStoreCommands() []*keyspace.Command {
	const options = " [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]"
	entry := func(op combineOp, since, complexity, summary, options string) *keyspace.Command {
		name := "z" + combineNames[op] + "store"
		return &keyspace.Command{Name: name, Arity: -4, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys: append(keyspace.OneKey(keyspace.KeyOW|keyspace.KeyUpdate), combineKeys(2)...), Since: since,
			Complexity: complexity, Summary: summary,
			Syntax:  "destination numkeys key [key ...]" + options,
			Handler: func(c *keyspace.Ctx) error { return zcombineStore(c, op, name) }}
	}
	return []*keyspace.Command{
		entry(combineUnion, "2.0.0", combineUnionCost, "Stores the union of sorted sets in a key.", options),
		entry(combineInter, "2.0.0", combineInterCost, "Stores the intersection of sorted sets in a key.", options),
		entry(combineDiff, "6.2.0", combineDiffCost,
			"Stores the members of the first sorted set that are in none of the others in a key.", ""),
	}
}

// combination is a request of this group behind its inputs.
type combination struct {
	inputs    []combineInput
	aggregate func(a, b float64) float64
	scores    bool
	limit     int64
}

const (
	errWeight keyspace.Error = "ERR weight value is not a float"
	errZLimit keyspace.Error = "ERR LIMIT can't be negative"
)

// parseOptions reads WEIGHTS and AGGREGATE if weights says so, and WITHSCORES if
// scores does.
func (q *combination) parseOptions(c *keyspace.Ctx, from int, weights, scores bool) error {
	q.aggregate = addScores
	o := c.Options(from)
	for o.Next() {
		switch {
		case o.Is("WEIGHTS") && weights && o.Left() >= len(q.inputs):
			for i := range q.inputs {
				weight, ok := protocol.ParseFloat(o.Arg())
				if !ok {
					return errWeight
				}
				q.inputs[i].weight = weight
			}
		case o.Is("AGGREGATE") && weights && o.Left() >= 1:
			o.Arg()
			switch {
			case o.Is("SUM"):
				q.aggregate = addScores
			case o.Is("MIN"):
				q.aggregate = lowerScore
			case o.Is("MAX"):
				q.aggregate = higherScore
			default:
				o.Fail(keyspace.ErrSyntax)
			}
		case o.Is("WITHSCORES") && scores:
			q.scores = true
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	return o.Err()
}

// addScores adds; infinity and minus infinity make zero.
func addScores(a, b float64) float64 {
	sum := a + b
	if math.IsNaN(sum) {
		return 0
	}
	return sum
}

// lowerScore and higherScore keep a unless b is better: also if b is no number, or
// one is 0 and the other -0, where min and max decide differently.
func lowerScore(a, b float64) float64 {
	if b < a {
		return b
	}
	return a
}

func higherScore(a, b float64) float64 {
	if b > a {
		return b
	}
	return a
}

// run returns the result, a set without a key.
func (q *combination) run(c *keyspace.Ctx, op combineOp) *zset.ZSet {
	result := zset.New(c.Epochs())
	switch op {
	case combineUnion:
		q.union(result)
	case combineInter:
		q.intersect(func(member []byte, score float64) bool {
			result.Set(member, score)
			return true
		})
	case combineDiff:
		q.subtract(result)
	}
	return result
}

// bySize orders the inputs from the smallest on. The order in which scores are
// added up follows, and so does how the sums are rounded: as in Redis.
func (q *combination) bySize() {
	slices.SortStableFunc(q.inputs, func(a, b combineInput) int { return a.len() - b.len() })
}

func (q *combination) union(result *zset.ZSet) {
	q.bySize()
	for i := range q.inputs {
		q.inputs[i].each(func(member []byte, score float64) bool {
			place, found := result.Find(member)
			if !found {
				result.Insert(place, member, score)
			} else if total := q.aggregate(place.Score, score); math.Float64bits(total) != math.Float64bits(place.Score) {
				result.Update(place, total) // also from -0 to 0
			}
			return true
		})
	}
}

// intersect visits the members that all inputs have.
func (q *combination) intersect(visit func(member []byte, score float64) bool) {
	q.bySize()
	q.inputs[0].each(func(member []byte, score float64) bool {
		for i := range q.inputs[1:] {
			other, ok := q.inputs[1+i].score(member)
			if !ok {
				return true
			}
			score = q.aggregate(score, other)
		}
		return visit(member, score)
	})
}

func (q *combination) subtract(result *zset.ZSet) {
	q.inputs[0].each(func(member []byte, score float64) bool {
		for i := range q.inputs[1:] {
			if _, ok := q.inputs[1+i].score(member); ok {
				return true
			}
		}
		result.Set(member, score)
		return true
	})
}

func zcombine(c *keyspace.Ctx, op combineOp) error {
	inputs, next, err := readCombineInputs(c, 1)
	if err != nil {
		return err
	}
	q := combination{inputs: inputs}
	if err := q.parseOptions(c, next, op != combineDiff, true); err != nil {
		return err
	}

	result := q.run(c, op)
	replyScoredHeader(c, result.Len(), q.scores)
	result.Each(func(member []byte, score float64) bool {
		replyScored(c, member, score, q.scores)
		return true
	})
	drainZSet(result)
	return nil
}

// zcombineStore is named event in notifications.
func zcombineStore(c *keyspace.Ctx, op combineOp, event string) error {
	inputs, next, err := readCombineInputs(c, 2)
	if err != nil {
		return err
	}
	q := combination{inputs: inputs}
	if err := q.parseOptions(c, next, op != combineDiff, false); err != nil {
		return err
	}

	result := q.run(c, op)
	n := result.Len() // before it may be packed
	storeLargeZSet(c, c.Arg(1), result, 1, event)

	return c.ReplyInt(int64(n))
}

func zinterCard(c *keyspace.Ctx) error {
	inputs, next, err := readCombineInputs(c, 1)
	if err != nil {
		return err
	}
	q := combination{inputs: inputs, aggregate: addScores}
	o := c.Options(next)
	for o.Next() {
		if !o.Is("LIMIT") || o.Left() == 0 {
			return keyspace.ErrSyntax
		}
		limit, ok := protocol.ParseInt(o.Arg())
		if !ok || limit < 0 {
			return errZLimit
		}
		q.limit = limit
	}

	found := int64(0)
	q.intersect(func([]byte, float64) bool {
		found++
		return found != q.limit
	})
	return c.ReplyInt(found)
}
