package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value/listpack"
)

const (
	errPosRank keyspace.Error = "ERR RANK can't be zero: use 1 to start from the first match, " +
		"2 from the second ... or use negative to start from the end of the list"
	errPosRankRange keyspace.Error = "ERR value is out of range, value must between " +
		"-9223372036854775807 and 9223372036854775807"
	errPosCount  keyspace.Error = "ERR COUNT can't be negative"
	errPosMaxLen keyspace.Error = "ERR MAXLEN can't be negative"
)

func listPosCommands() []*keyspace.Command {
	return []*keyspace.Command{
		listRead(keyspace.Command{Name: "lpos", Arity: -3, Since: "6.0.6",
			Complexity: "O(N) where N is the number of elements that are looked at: up to the last match, or MAXLEN.",
			Summary:    "Returns the indexes of the elements of a list that are equal to one.",
			Syntax:     "key element [RANK rank] [COUNT num-matches] [MAXLEN len]", Handler: lpos}),
	}
}

// posOptions are what LPOS is to find. Without COUNT it finds one, and replies it
// without an array.
type posOptions struct {
	skip   int64 // matches that do not count
	from   listEnd
	count  int64 // -1: no COUNT
	maxLen int64
}

func parsePos(c *keyspace.Ctx) (posOptions, error) {
	p := posOptions{from: head, count: -1, maxLen: math.MaxInt64}
	o := c.Options(3)
	for o.Next() {
		switch {
		case o.Is("RANK"):
			rank := o.Int()
			switch {
			case o.Err() != nil:
			case rank == 0:
				o.Fail(errPosRank)
			case rank == math.MinInt64:
				o.Fail(errPosRankRange)
			case rank < 0:
				p.from, p.skip = tail, -rank-1
			default:
				p.from, p.skip = head, rank-1
			}
		case o.Is("COUNT"):
			p.count = posNumber(&o, errPosCount)
		case o.Is("MAXLEN"):
			if p.maxLen = posNumber(&o, errPosMaxLen); p.maxLen == 0 {
				p.maxLen = math.MaxInt64
			}
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	return p, o.Err()
}

// posNumber reads a number that has one error for everything.
func posNumber(o *keyspace.Args, wrong keyspace.Error) int64 {
	arg := o.Arg()
	if o.Err() != nil {
		return 0
	}
	n, err := keyspace.ParseInt(arg)
	if err != nil || n < 0 {
		o.Fail(wrong)
	}
	return n
}

func lpos(c *keyspace.Ctx) error {
	p, err := parsePos(c)
	if err != nil {
		return err
	}
	it, found, err := readList(c, c.Arg(1))
	if err != nil {
		return err
	}

	mark, matches := c.ReplyMark(), 0
	if found {
		m := listpack.NewMatcher(c.Arg(2))
		matches = p.find(c, it, &m)
	}
	switch {
	case p.count >= 0:
		c.ReplyArrayAt(mark, matches)
	case matches == 0:
		return c.ReplyNull()
	}
	return nil
}

// find replies the indexes of the matches, and returns their number.
func (p *posOptions) find(c *keyspace.Ctx, it keyspace.Item, m *listpack.Matcher) (matches int) {
	most := p.count
	switch p.count {
	case -1:
		most = 1
	case 0:
		most = math.MaxInt64
	}
	total := listLen(c, it)
	at, skip := endCursor(c, it, p.from), p.skip
	for i := 0; at.OK() && int64(i) < p.maxLen && int64(matches) < most; i++ {
		if at.Match(m) {
			if skip > 0 {
				skip--
			} else {
				matches++
				index := i
				if p.from == tail {
					index = total - 1 - i
				}
				c.ReplyInt(int64(index))
			}
		}
		walkFrom(&at, p.from)
	}
	return matches
}
