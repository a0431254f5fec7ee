package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/zset"
)

// The inputs of ZUNION and the like.

// combineInput is a set or a sorted set with its weight.
type combineInput struct {
	sorted zset.Reader
	plain  setView
	isSet  bool
	weight float64
}

func (in *combineInput) len() int {
	if in.isSet {
		return in.plain.len()
	}
	return in.sorted.Len()
}

// score is the score of a member times the weight. It may be no number, which adding
// it up mends and comparing ignores; as in Redis.
func (in *combineInput) score(member []byte) (score float64, ok bool) {
	if in.isSet {
		return in.weight, in.plain.has(member)
	}
	score, ok = in.sorted.Score(member)
	return score * in.weight, ok
}

// each visits the members with their weighted scores until visit returns false.
func (in *combineInput) each(visit func(member []byte, score float64) bool) {
	if !in.isSet {
		in.sorted.Each(0, in.sorted.Len(), func(member []byte, score float64) bool {
			return visit(member, weighted(score, in.weight))
		})
		return
	}
	var digits [20]byte
	in.plain.each(func(e listpack.Element) bool {
		member := e.Text
		if e.IsInt {
			member = e.Append(digits[:0])
		}
		return visit(member, in.weight)
	})
}

// weighted is a score times a weight; infinity times zero counts as zero.
func weighted(score, weight float64) float64 {
	if score *= weight; math.IsNaN(score) {
		return 0
	}
	return score
}

// readCombineInputs reads "numkeys key [key ...]" from at on and finds the keys; a
// missing one is an empty input. next is where the options begin.
func readCombineInputs(c *keyspace.Ctx, at int) (inputs []combineInput, next int, err error) {
	n, err := c.Int(at)
	switch {
	case err != nil:
		return nil, 0, err
	case n < 1:
		return nil, 0, keyspace.Errorf("ERR at least 1 input key is needed for '%s' command", c.Command().FullName())
	case n > int64(c.Argc()-at-1):
		return nil, 0, keyspace.ErrSyntax
	}
	next = at + 1 + int(n)
	inputs = make([]combineInput, n)
	for i, key := range c.Args()[at+1 : next] {
		in := &inputs[i]
		in.weight = 1
		it, found := c.Read(key)
		switch {
		case !found:
		case isZSet(it):
			in.sorted = viewZSet(c, it)
		case value.TypeName(it.Kind()) == value.TypeSet:
			in.plain, in.isSet = viewSet(c, it), true
		default:
			return nil, 0, keyspace.ErrWrongType
		}
	}
	return inputs, next, nil
}
