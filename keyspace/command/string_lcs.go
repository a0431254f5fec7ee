package command

import (
	"slices"

	"solokv/keyspace"
	"solokv/keyspace/value"
)

// LCS finds the longest common subsequence of two strings: the longest text that
// both hold in this order, with gaps.
//
// It is the textbook's table: best(i, j), the length for the first i bytes of a
// and the first j of b, is best(i-1, j-1)+1 where the bytes are equal, and else
// the better of best(i-1, j) and best(i, j-1). The way back through the table
// from its last corner spells the subsequence, last byte first.
//
// A row needs the row before it only, and the way back needs no lengths, only
// which neighbour was better: so two rows and one bit a cell are kept, where the
// table of lengths would take 32 bits a cell.
//
//	time    len(a) * len(b)
//	memory  len(a) * len(b) / 8 + 8 * len(b) bytes; without the way back the rows
//
// Where both neighbours are equally good the way goes to best(i, j-1). Clients see
// it: there may be several subsequences of that length, and Redis answers this.

func stringLCSCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "lcs", Arity: -3, Flags: keyspace.ReadOnly,
			Keys:  []keyspace.KeySpec{{Flags: keyspace.KeyRO | keyspace.KeyAccess, Begin: 1, Last: 1, Step: 1}},
			Group: groupString, Since: "7.0.0",
			Complexity: "O(N*M) where N and M are the lengths of the two strings.",
			Summary:    "Finds the longest common subsequence of two strings.",
			Syntax:     "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len:integer] [WITHMATCHLEN]",
			Handler:    lcs},
	}
}

const (
	errLCSKeys   keyspace.Error = "ERR The specified keys must contain string values"
	errLCSBoth   keyspace.Error = "ERR If you want both the length and indexes, please just use IDX."
	errLCSLong   keyspace.Error = "ERR String too long for LCS"
	errLCSMemory keyspace.Error = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
)

func lcs(c *keyspace.Ctx) error {
	a, okA := lcsText(c, c.Arg(1))
	b, okB := lcsText(c, c.Arg(2))
	if !okA || !okB {
		return errLCSKeys
	}
	options, err := parseLCSOptions(c)
	if err != nil {
		return err
	}
	if err := checkLCSSize(c, len(a), len(b)); err != nil {
		return err
	}

	table := newLCSTable(a, b, !options.length)

	switch {
	case options.length:
		return c.ReplyInt(int64(table.length))
	case options.index:
		return lcsReplyMatches(c, table.matches(), table.length, &options)
	}
	return c.ReplyBulk(table.text())
}

// lcsText is a copy of the string that a key holds: finding the second key may
// change the database. ok is false for another type.
func lcsText(c *keyspace.Ctx, key []byte) (text []byte, ok bool) {
	it, found := c.Read(key)
	switch {
	case !found:
		return nil, true
	case !value.IsString(it.Kind()):
		return nil, false
	}
	return slices.Clone(c.Text(it)), true
}

type lcsOptions struct {
	length, index, withLength bool
	matchMin                  int64
}

func parseLCSOptions(c *keyspace.Ctx) (options lcsOptions, err error) {
	o := c.Options(3)
	for o.Next() {
		switch {
		case o.Is("LEN"):
			options.length = true
		case o.Is("IDX"):
			options.index = true
		case o.Is("WITHMATCHLEN"):
			options.withLength = true
		case o.Is("MINMATCHLEN"):
			options.matchMin = o.Int()
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	if options.length && options.index {
		o.Fail(errLCSBoth)
	}
	return options, o.Err()
}

// checkLCSSize refuses what Redis refuses: a table of lengths that would take
// more than proto-max-bulk-len, though ours takes less. It bounds the time too.
func checkLCSSize(c *keyspace.Ctx, a, b int) error {
	const lengthMax = 1<<32 - 2
	if a >= lengthMax || b >= lengthMax {
		return errLCSLong
	}
	cells := uint64(a+1) * uint64(b+1) // below 2^64
	if cells > uint64(c.Engine().Config().Values().ProtoMaxBulkLen)/4 {
		return errLCSMemory
	}
	return nil
}

// lcsTable is what is left of the table once it was filled.
type lcsTable struct {
	a, b   []byte
	length int
	// up has a bit for each cell: best(i-1, j) is more than best(i, j-1). It is
	// nil when only the length is wanted.
	up []uint64
}

func newLCSTable(a, b []byte, wayBack bool) *lcsTable {
	t := &lcsTable{a: a, b: b}
	if wayBack {
		t.up = make([]uint64, (len(a)*len(b)+63)/64)
	}
	above, row := make([]uint32, len(b)+1), make([]uint32, len(b)+1)
	cell := 0
	for i := range a {
		for j := range b {
			up, left := above[j+1], row[j]
			switch {
			case a[i] == b[j]:
				row[j+1] = above[j] + 1
			case up > left:
				row[j+1] = up
				if wayBack {
					t.up[cell/64] |= 1 << (cell % 64)
				}
			default:
				row[j+1] = left
			}
			cell++
		}
		above, row = row, above
	}
	t.length = int(above[len(b)])
	return t
}

// walk goes back through the table and visits the pairs of equal bytes, from the
// last to the first.
func (t *lcsTable) walk(visit func(i, j int)) {
	i, j := len(t.a)-1, len(t.b)-1
	for i >= 0 && j >= 0 {
		cell := i*len(t.b) + j
		switch {
		case t.a[i] == t.b[j]:
			visit(i, j)
			i, j = i-1, j-1
		case t.up[cell/64]>>(cell%64)&1 != 0:
			i--
		default:
			j--
		}
	}
}

// text is the subsequence.
func (t *lcsTable) text() []byte {
	text := make([]byte, 0, t.length)
	t.walk(func(i, _ int) { text = append(text, t.a[i]) })
	slices.Reverse(text)
	return text
}

// lcsMatch is a run of the subsequence without gaps in either string: where it
// begins in both, and its length.
type lcsMatch struct{ a, b, length int }

// matches lists the runs, the last one first.
func (t *lcsTable) matches() (matches []lcsMatch) {
	t.walk(func(i, j int) {
		if last := len(matches) - 1; last >= 0 && matches[last].a == i+1 && matches[last].b == j+1 {
			matches[last] = lcsMatch{i, j, matches[last].length + 1}
			return
		}
		matches = append(matches, lcsMatch{i, j, 1})
	})
	return matches
}

func lcsReplyMatches(c *keyspace.Ctx, matches []lcsMatch, length int, options *lcsOptions) error {
	c.ReplyMap(2)
	c.ReplyString("matches")
	mark, shown := c.ReplyMark(), 0
	for _, m := range matches {
		if int64(m.length) < options.matchMin {
			continue
		}
		shown++
		if options.withLength {
			c.ReplyArray(3)
		} else {
			c.ReplyArray(2)
		}
		for _, first := range [2]int{m.a, m.b} {
			c.ReplyArray(2)
			c.ReplyInt(int64(first))
			c.ReplyInt(int64(first + m.length - 1))
		}
		if options.withLength {
			c.ReplyInt(int64(m.length))
		}
	}
	c.ReplyArrayAt(mark, shown)
	c.ReplyString("len")
	return c.ReplyInt(int64(length))
}
