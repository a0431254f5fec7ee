package command

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"solokv/keyspace"
	"solokv/keyspace/glob"
	"solokv/keyspace/value"
	"solokv/protocol"
)

// Walks over the keys of a database: KEYS, SCAN, RANDOMKEY.

func keyScanCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "keys", Arity: 2, Flags: keyspace.ReadOnly, Categories: []string{"dangerous"},
			Group: groupGeneric, Since: "1.0.0",
			Complexity: "O(N) where N is the number of keys in the database, if keys and pattern are short.",
			Summary:    "Lists the keys that match a pattern.",
			Hints:      []string{"request_policy:all_shards", "nondeterministic_output_order"},
			Syntax:     "pattern", Handler: keys},
		{Name: "scan", Arity: -2, Flags: keyspace.ReadOnly | keyspace.TouchesArbitraryKeys,
			Group: groupGeneric, Since: "2.8.0",
			Complexity: "O(1) for every call; O(N) for a walk over a database of N keys.",
			Summary:    "Walks over the keys of the database, some at each call.",
			Hints: []string{"nondeterministic_output", "request_policy:special",
				"response_policy:special"},
			History: []string{"6.0.0 Added the `TYPE` subcommand."},
			Syntax:  "cursor [MATCH pattern] [COUNT count] [TYPE type]", Handler: scan},
		{Name: "randomkey", Arity: 1, Flags: keyspace.ReadOnly | keyspace.TouchesArbitraryKeys,
			Group: groupGeneric, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Returns some key of the database.",
			Hints: []string{"request_policy:all_shards", "response_policy:special",
				"nondeterministic_output"},
			Handler: randomKey},
	}
}

// keyPattern is what KEYS and SCAN compare keys with. The lone star stands for
// every key, also for the empty one, which it does not match.
type keyPattern struct {
	glob []byte
	all  bool
}

func newKeyPattern(text []byte) keyPattern { return keyPattern{text, bytes.Equal(text, []byte{'*'})} }

func (p keyPattern) match(key []byte) bool { return p.all || glob.Match(p.glob, key) }

func keys(c *keyspace.Ctx) error {
	pattern := newKeyPattern(c.Arg(1))

	mark, found := c.ReplyMark(), 0
	c.Each(func(it keyspace.Item) bool {
		if key := it.Key(); pattern.match(key) {
			c.ReplyBulk(key)
			found++
		}
		return true
	})
	c.ReplyArrayAt(mark, found)
	return nil
}

const (
	errScanCursor keyspace.Error = "ERR invalid cursor"

	// scanCountDefault is SCAN's COUNT.
	scanCountDefault = 10
	// scanBucketsPerCount bounds a call in a sparse table, as in Redis: it looks
	// at this many buckets for each key that it is to find.
	scanBucketsPerCount = 10
)

// scanOptions are those of all kinds of SCAN.
type scanOptions struct {
	pattern  keyPattern
	count    int64
	typed    bool // only keys of typ, which may be no type at all
	typ      string
	noValues bool
}

// scan collects views of keys, and lets expired ones go when it has replied.
func scan(c *keyspace.Ctx) error {
	cursor, err := parseScanCursor(c.Arg(1))
	if err != nil {
		return err
	}
	options, err := parseScanOptions(c, 2, scanKeys)
	if err != nil {
		return err
	}

	var found, expired [][]byte
	seen, buckets := int64(0), options.count*scanBucketsPerCount
	visit := func(key []byte, kind value.Kind, gone bool) {
		seen++
		switch {
		case gone:
			expired = append(expired, key)
		case options.pattern.match(key) && options.wants(kind):
			found = append(found, key)
		}
	}
	for more := true; more && seen < options.count && buckets > 0; buckets-- {
		cursor = c.ScanAll(cursor, visit)
		more = cursor != 0
	}

	replyScan(c, cursor, found)
	for _, key := range expired {
		c.Peek(key)
	}
	return nil
}

// replyScan replies what every kind of SCAN does: where to go on, and a list.
func replyScan(c *keyspace.Ctx, cursor uint64, found [][]byte) {
	var digits [20]byte
	c.ReplyArray(2)
	c.ReplyBulk(strconv.AppendUint(digits[:0], cursor, 10))
	c.ReplyArray(len(found))
	for _, element := range found {
		c.ReplyBulk(element)
	}
}

func (o *scanOptions) wants(kind value.Kind) bool {
	return !o.typed || strings.EqualFold(o.typ, value.TypeName(kind))
}

func parseScanCursor(arg []byte) (uint64, error) {
	cursor, ok := protocol.ParseUint(arg)
	if !ok {
		return 0, errScanCursor
	}
	return cursor, nil
}

// scanKind is what a kind of SCAN walks over.
type scanKind uint8

const (
	scanElements scanKind = iota
	scanKeys              // TYPE is an option
	scanFields            // NOVALUES is
)

// parseScanOptions reads what follows the cursor of any kind of SCAN.
func parseScanOptions(c *keyspace.Ctx, from int, kind scanKind) (scanOptions, error) {
	s := scanOptions{pattern: keyPattern{all: true}, count: scanCountDefault}
	o := c.Options(from)
	for o.Next() {
		switch {
		case o.Is("COUNT"):
			if s.count = o.Int(); s.count < 1 {
				o.Fail(keyspace.ErrSyntax)
			}
			s.count = min(s.count, math.MaxInt64/scanBucketsPerCount)
		case o.Is("MATCH"):
			s.pattern = newKeyPattern(o.Arg())
		case o.Is("TYPE") && kind == scanKeys:
			s.typed, s.typ = true, string(o.Arg())
		case o.Is("NOVALUES") && kind == scanFields:
			s.noValues = true
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	return s, o.Err()
}

func randomKey(c *keyspace.Ctx) error {
	key, ok := c.RandomLive()
	if !ok {
		return c.ReplyNull()
	}
	return c.ReplyBulk(key)
}
