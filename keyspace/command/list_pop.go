package command

import (
	"strconv"

	"solokv/keyspace"
)

// LPOP, RPOP and LMPOP.

const (
	errListNumKeys keyspace.Error = "ERR numkeys should be greater than 0"
	errListCount   keyspace.Error = "ERR count should be greater than 0"
)

func listPopCommands() []*keyspace.Command {
	pop := func(name, summary string, handler keyspace.Handler) *keyspace.Command {
		return listWrite(keyspace.KeyAccess|keyspace.KeyDelete, keyspace.Command{
			Name: name, Arity: -2, Flags: keyspace.Fast, Since: "1.0.0", Summary: summary,
			Complexity: "O(N) where N is the number of elements that are returned.",
			History:    []string{"6.2.0 Added the `count` argument."},
			Syntax:     "key [count]", Handler: handler})
	}
	return []*keyspace.Command{
		pop("lpop", "Takes elements from the front of a list and returns them.",
			func(c *keyspace.Ctx) error { return popList(c, head) }),
		pop("rpop", "Takes elements from the end of a list and returns them.",
			func(c *keyspace.Ctx) error { return popList(c, tail) }),
		{Name: "lmpop", Arity: -4, Flags: keyspace.Write, Group: groupList, Since: "7.0.0", Keys: listCountedKeys(1),
			Complexity: "O(N+M) where N is the number of keys and M that of the elements that are returned.",
			Summary:    "Takes elements from the first of several lists that exists and returns them.",
			Syntax:     "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", Handler: lmpop},
	}
}

// listCountedKeys is the specification of keys that are popped from, behind their number.
func listCountedKeys(begin int) []keyspace.KeySpec {
	return []keyspace.KeySpec{{Flags: keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyDelete,
		Begin: begin, Count: true, First: 1, Step: 1}}
}

func popList(c *keyspace.Ctx, from listEnd) error {
	key := c.Arg(1)
	many := c.Argc() == 3
	count := int64(1)
	switch {
	case c.Argc() > 3:
		return keyspace.ErrArity(c.Command().FullName())
	case many:
		n, err := c.Int(2)
		if err != nil || n < 0 {
			return keyspace.ErrPositive
		}
		count = n
	}
	it, found, err := writeList(c, key)
	switch {
	case err != nil:
		return err
	case !found && many:
		return c.ReplyNullArray()
	case !found:
		return c.ReplyNull()
	case count == 0:
		return c.ReplyArray(0)
	}

	if !many {
		popOne(c, key, it, from)
		return nil
	}
	popMany(c, key, it, from, count)
	return nil
}

// popOne replies the element at an end and takes it out.
func popOne(c *keyspace.Ctx, key []byte, it keyspace.Item, from listEnd) {
	at := endCursor(c, it, from)
	replyElement(c, &at)
	removedFromEnd(c, key, it, from, 1, listLen(c, it))
}

// popMany replies up to count elements as an array, takes them out, and returns
// their number.
func popMany(c *keyspace.Ctx, key []byte, it keyspace.Item, from listEnd, count int64) (n int) {
	total := listLen(c, it)
	n = int(min(count, int64(total)))
	c.ReplyArray(n)
	at := endCursor(c, it, from)
	for range n {
		replyElement(c, &at)
		walkFrom(&at, from)
	}
	removedFromEnd(c, key, it, from, n, total)
	return n
}

// listMultiPop is what LMPOP and BLMPOP ask for.
type listMultiPop struct {
	keys  [][]byte
	from  listEnd
	count int64
}

// parseListMultiPop reads it, from the number of keys on.
func parseListMultiPop(c *keyspace.Ctx, at int) (p listMultiPop, err error) {
	numKeys, err := c.Int(at)
	if err != nil || numKeys < 1 {
		return p, errListNumKeys
	}
	if numKeys >= int64(c.Argc()-at-1) {
		return p, keyspace.ErrSyntax // no room for the end
	}
	whereAt := at + 1 + int(numKeys)
	p.keys = c.Args()[at+1 : whereAt]
	if p.from, err = parseEnd(c.Arg(whereAt)); err != nil {
		return p, err
	}
	p.count = 1
	o, seen := c.Options(whereAt+1), false
	for o.Next() {
		if !o.Is("COUNT") || seen {
			return p, keyspace.ErrSyntax
		}
		seen = true
		arg := o.Arg()
		if o.Err() != nil {
			return p, o.Err()
		}
		if p.count, err = keyspace.ParseInt(arg); err != nil || p.count < 1 {
			return p, errListCount
		}
	}
	return p, nil
}

func lmpop(c *keyspace.Ctx) error {
	p, err := parseListMultiPop(c, 1)
	if err != nil {
		return err
	}

	done, err := p.pop(c)
	if err != nil || done {
		return err
	}
	return c.ReplyNullArray()
}

// pop serves the first key that exists, and tells whether there was one.
func (p *listMultiPop) pop(c *keyspace.Ctx) (done bool, err error) {
	for _, key := range p.keys {
		it, found, err := writeList(c, key)
		if err != nil {
			return false, err
		}
		if !found {
			continue
		}
		c.ReplyArray(2)
		c.ReplyBulk(key)
		n := popMany(c, key, it, p.from, p.count)
		var digits [20]byte
		c.PropagateAs(p.from.popWord(), key, strconv.AppendInt(digits[:0], int64(n), 10))
		return true, nil
	}
	return false, nil
}
