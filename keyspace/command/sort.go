package command

import (
	"bytes"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/list"
)

// SORT orders the elements of a list, a set or a sorted set: collected in
// sort_collect.go, weighed and compared in sort_order.go, and replied or stored
// here. What BY and GET name is looked up in sort_lookup.go.

func sortCommands() []*keyspace.Command {
	complexity := "O(N+M*log(M)) where N is the number of elements and M that of elements to sort; without sorting O(N)."
	categories := []string{"-keyspace", "set", "sortedset", "list", "dangerous"}
	// Begin 0 stands for keys that no rule can tell: those of BY and GET are made of
	// the elements, and STORE may stand anywhere.
	key := keyspace.KeySpec{Flags: sortedKey, Begin: 1, Step: 1}
	lookedUp := keyspace.KeySpec{Flags: sortedKey}
	stored := keyspace.KeySpec{Flags: sortStoredKey}
	const options = "key [by-pattern: BY pattern] [LIMIT offset count] [get-pattern: GET pattern [GET pattern ...]]" +
		" [ASC | DESC] [ALPHA]"
	return []*keyspace.Command{
		{Name: "sort", Arity: -2, Flags: keyspace.Write | keyspace.DenyOOM, Categories: categories,
			Keys: []keyspace.KeySpec{key, lookedUp, stored}, GetKeys: sortKeys,
			Group: groupGeneric, Since: "1.0.0", Complexity: complexity,
			Summary: "Sorts the elements of a list, a set or a sorted set, and returns or stores them.",
			Syntax:  options + " [STORE destination]", Handler: sortStoring},
		{Name: "sort_ro", Arity: -2, Flags: keyspace.ReadOnly, Categories: categories,
			Keys: []keyspace.KeySpec{key, lookedUp}, GetKeys: sortReadOnlyKeys,
			Group: groupGeneric, Since: "7.0.0", Complexity: complexity,
			Summary: "Sorts the elements of a list, a set or a sorted set, and returns them.",
			Syntax:  options, Handler: sortReadOnly},
	}
}

// What SORT does with the key that it sorts, and with the one where it stores.
const (
	sortedKey     = keyspace.KeyRO | keyspace.KeyAccess
	sortStoredKey = keyspace.KeyOW | keyspace.KeyUpdate
)

// sortKeys finds the key, and the destination: the last one that is given.
func sortKeys(args [][]byte) ([]keyspace.KeyAt, error) {
	keys := []keyspace.KeyAt{{Index: 1, Flags: sortedKey}}
	for i := 2; i < len(args); i++ {
		switch {
		case keyspace.EqualFold(args[i], "LIMIT"):
			i += 2
		case keyspace.EqualFold(args[i], "BY"), keyspace.EqualFold(args[i], "GET"):
			i++
		case keyspace.EqualFold(args[i], "STORE") && i+1 < len(args):
			i++
			keys = append(keys[:1], keyspace.KeyAt{Index: i, Flags: sortStoredKey})
		}
	}
	return keys, nil
}

func sortReadOnlyKeys([][]byte) ([]keyspace.KeyAt, error) {
	return []keyspace.KeyAt{{Index: 1, Flags: sortedKey}}, nil
}

// sorting is one request: what was asked, and the elements.
type sorting struct {
	c      *keyspace.Ctx
	by     []byte   // the pattern of the weights; nil for the elements themselves
	asIs   bool     // BY a pattern without a star: no sorting
	gets   [][]byte // the patterns of what is returned; none for the elements
	desc   bool
	alpha  bool
	offset int64
	count  int64 // negative for all
	target []byte
	store  bool

	elements []sortElement
	from, to int      // which of the elements are wanted
	texts    []byte   // digits and the like; grows by moving on, so slices of it last
	key      []byte   // a buffer for keys that are looked up
	digits   [20]byte // of a number that a lookup found
	bad      bool     // a weight is not a number
}

func sortStoring(c *keyspace.Ctx) error  { return sortKey(c, true) }
func sortReadOnly(c *keyspace.Ctx) error { return sortKey(c, false) }

func sortKey(c *keyspace.Ctx, mayStore bool) error {
	s := sorting{c: c, count: -1}
	if err := s.parse(mayStore); err != nil {
		return err
	}
	it, found := c.Read(c.Arg(1))
	if found && !isSortable(it) {
		return keyspace.ErrWrongType
	}

	if found {
		s.collect(it)
	}
	if !s.asIs {
		s.weigh()
		if s.bad {
			return errSortWeight
		}
		s.order()
	}
	if s.store {
		return s.storeResult()
	}
	s.reply()
	return nil
}

const (
	errSortWeight keyspace.Error = "ERR One or more scores can't be converted into double"
	errSortBy     keyspace.Error = "ERR BY option of SORT denied due to insufficient ACL permissions."
	errSortGet    keyspace.Error = "ERR GET option of SORT denied due to insufficient ACL permissions."
)

func (s *sorting) parse(mayStore bool) error {
	o := s.c.Options(2)
	for o.Next() {
		switch {
		case o.Is("ASC"):
			s.desc = false
		case o.Is("DESC"):
			s.desc = true
		case o.Is("ALPHA"):
			s.alpha = true
		case o.Is("LIMIT") && o.Left() >= 2:
			s.offset = o.Int()
			s.count = o.Int()
		case o.Is("STORE") && mayStore:
			s.target, s.store = o.Arg(), true
		case o.Is("BY"):
			s.by = o.Arg()
			s.asIs = s.asIs || bytes.IndexByte(s.by, '*') < 0
			if o.Err() == nil && bytes.IndexByte(s.by, '*') >= 0 && !s.c.MayReadAll() {
				o.Fail(errSortBy)
			}
		case o.Is("GET"):
			s.gets = append(s.gets, o.Arg())
			if o.Err() == nil && !s.c.MayReadAll() {
				o.Fail(errSortGet)
			}
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	return o.Err()
}

// wanted cuts LIMIT down to n elements.
func (s *sorting) wanted(n int) (from, to int) {
	offset := min(max(s.offset, 0), int64(n))
	if s.count < 0 {
		return int(offset), n
	}
	return int(offset), int(min(offset+min(s.count, int64(n)), int64(n)))
}

// outcome visits what is returned: for each wanted element itself, or what the
// patterns of GET name, which may be missing.
func (s *sorting) outcome(visit func(text []byte, found bool)) {
	for _, element := range s.elements[s.from:s.to] {
		if len(s.gets) == 0 {
			visit(element.text, true)
		}
		for _, pattern := range s.gets {
			visit(s.lookup(pattern, element.text))
		}
	}
}

func (s *sorting) outcomeLen() int { return (s.to - s.from) * max(1, len(s.gets)) }

func (s *sorting) reply() {
	s.c.ReplyArray(s.outcomeLen())
	s.outcome(func(text []byte, found bool) {
		if found {
			s.c.ReplyBulk(text)
		} else {
			s.c.ReplyNull()
		}
	})
}

// storeResult makes the destination a list; what is missing becomes an empty
// element. The list is made before anything goes: the destination may be among
// what was sorted or looked up.
func (s *sorting) storeResult() error {
	c := s.c
	limit := list.LimitOf(c.Engine().Config().Values().ListMaxListpackSize)
	made := list.New(c.Epochs(), limit)
	s.outcome(func(text []byte, found bool) {
		if !found {
			text = nil
		}
		made.PushTail(text)
	})
	n := made.Len()

	if n == 0 {
		if it, found := c.Write(s.target); found {
			c.Delete(it)
			c.Modified(s.target, keyspace.EventGeneric, "del")
		}
		return c.ReplyInt(0)
	}
	if packed, _ := made.Packed(); packed != nil && !limit.Exceeded(len(packed), n) {
		c.StorePacked(s.target, value.ListPacked, packed)
		made.Drain(n)
	} else {
		c.StoreCollection(s.target, value.List, made)
	}
	c.ModifiedMany(n, s.target, keyspace.EventList, "sortstore")
	return c.ReplyInt(int64(n))
}
