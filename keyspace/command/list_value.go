package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
)

// Lists in both of their encodings: readList and listCursor read one, a listEdit
// changes it.

// readList finds a list for a command that reads it.
func readList(c *keyspace.Ctx, key []byte) (it keyspace.Item, ok bool, err error) {
	it, ok = c.Read(key)
	return it, ok, checkList(it, ok)
}

// writeList finds a list for a command that may change it.
func writeList(c *keyspace.Ctx, key []byte) (it keyspace.Item, ok bool, err error) {
	it, ok = c.Write(key)
	return it, ok, checkList(it, ok)
}

func checkList(it keyspace.Item, found bool) error {
	if found && value.TypeName(it.Kind()) != value.TypeList {
		return keyspace.ErrWrongType
	}
	return nil
}

// listLen is the number of elements of a list that was found.
func listLen(c *keyspace.Ctx, it keyspace.Item) int {
	if it.Kind() == value.ListPacked {
		return listpack.Len(it.Value())
	}
	return c.Collection(it).Len()
}

// listCursor returns a cursor at an index of a list that was found.
func listCursor(c *keyspace.Ctx, it keyspace.Item, index int) list.Cursor {
	if it.Kind() == value.ListPacked {
		return list.SeekPacked(it.Value(), index)
	}
	return c.Collection(it).(*list.List).Seek(index)
}

// endCursor returns a cursor at the first element from an end.
func endCursor(c *keyspace.Ctx, it keyspace.Item, from listEnd) list.Cursor {
	if from == head {
		return listCursor(c, it, 0)
	}
	return listCursor(c, it, listLen(c, it)-1)
}

// walkFrom moves a cursor away from an end.
func walkFrom(at *list.Cursor, from listEnd) {
	if from == head {
		at.Next()
	} else {
		at.Prev()
	}
}

// replyElement replies the element that a cursor is at.
func replyElement(c *keyspace.Ctx, at *list.Cursor) {
	var digits [24]byte
	c.ReplyBulk(at.Text(digits[:0]))
}

// listLimit is what list-max-listpack-size says now.
func listLimit(c *keyspace.Ctx) list.Limit {
	return list.LimitOf(c.Engine().Config().Values().ListMaxListpackSize)
}

// listEdit is a list that is being changed: edit, change, close. In between nothing
// else may use c.Pack.
type listEdit struct {
	c       *keyspace.Ctx
	key     []byte
	it      keyspace.Item
	found   bool
	packed  []byte     // the list, unless it is large: in c.Pack
	large   *list.List // or
	created bool       // large is not stored yet: the list has just outgrown its entry
}

// editList begins a change of a list, or of one that is to be made.
func editList(c *keyspace.Ctx, key []byte, it keyspace.Item, found bool) listEdit {
	e := listEdit{c: c, key: key, it: it, found: found}
	switch {
	case !found:
		e.packed = listpack.AppendEmpty(c.Pack())
	case it.Kind() == value.ListPacked:
		e.packed = append(c.Pack(), it.Value()...)
	default:
		e.large = mutableList(c, it)
	}
	return e
}

// mutableList is a large list that was found, for changing it.
func mutableList(c *keyspace.Ctx, it keyspace.Item) *list.List {
	large := c.Mutable(it).(*list.List)
	large.SetLimit(listLimit(c))
	return large
}

// pushLarge puts an element at an end of a large list.
func pushLarge(large *list.List, to listEnd, element []byte) {
	if to == head {
		large.PushHead(element)
	} else {
		large.PushTail(element)
	}
}

func (e *listEdit) len() int {
	if e.large != nil {
		return e.large.Len()
	}
	return listpack.Len(e.packed)
}

// grow makes the list large if it would not stay small with a number of elements
// that have so many bytes.
func (e *listEdit) grow(elements, bytes int) {
	if e.large != nil {
		return
	}
	limit := listLimit(e.c)
	if limit.Exceeded(len(e.packed)+bytes, listpack.Len(e.packed)+elements) {
		e.large = list.New(e.c.Epochs(), limit)
		e.large.AppendNode(e.packed)
		e.created = true
	}
}

// push puts elements at an end, one after the other.
func (e *listEdit) push(to listEnd, elements ...[]byte) {
	bytes := 0
	for _, element := range elements {
		bytes += len(element)
	}
	e.grow(len(elements), bytes)
	if e.large == nil && to == head {
		e.packed = listpack.PushFrontAll(e.packed, elements)
		return
	}
	for _, element := range elements {
		if e.large == nil {
			e.packed = listpack.Append(e.packed, element)
		} else {
			pushLarge(e.large, to, element)
		}
	}
}

// insert puts an element before the one at index, or at the end.
func (e *listEdit) insert(index int, element []byte) {
	e.grow(1, len(element))
	if e.large != nil {
		e.large.Insert(index, element)
		return
	}
	at, ok := listpack.Seek(e.packed, index)
	if !ok {
		at = listpack.End(e.packed)
	}
	e.packed = listpack.Insert(e.packed, at, element)
}

// set puts an element in the place of the one at index.
func (e *listEdit) set(index int, element []byte) {
	e.grow(1, len(element))
	if e.large != nil {
		e.large.Set(index, element)
		return
	}
	at, _ := listpack.Seek(e.packed, index)
	e.packed = listpack.Replace(e.packed, at, element)
}

// delete takes out count elements from index on.
func (e *listEdit) delete(index, count int) {
	if e.large != nil {
		e.large.Delete(index, count)
		return
	}
	if at, ok := listpack.Seek(e.packed, index); ok {
		e.packed = listpack.Delete(e.packed, at, count)
	}
}

// remove takes out up to limit elements that are equal to text, and returns how many
// there were.
func (e *listEdit) remove(text []byte, limit int, from listEnd) (removed int) {
	m := listpack.NewMatcher(text)
	if e.large != nil {
		return e.large.Remove(&m, limit, from == tail)
	}
	before, skip := listpack.Len(e.packed), 0
	if from == tail && limit < before {
		skip = max(listpack.Count(e.packed, &m)-limit, 0)
	}
	e.packed = listpack.Remove(e.packed, &m, skip, limit)
	return before - listpack.Len(e.packed)
}

// close stores the list, or deletes the key of one that has become empty. A large
// list whose change could make it shorter goes back into its entry if it is small
// enough.
func (e *listEdit) close(shrinking bool) (empty bool) {
	if e.large == nil {
		defer e.c.Keep(e.packed)
		if empty = listpack.Len(e.packed) == 0; !empty {
			e.c.PutPacked(e.key, e.it, e.found, value.ListPacked, e.packed)
		} else if e.found {
			e.c.Delete(e.it)
		}
		return empty
	}
	if e.large.Len() == 0 {
		it, _ := e.c.Write(e.key)
		e.c.Delete(it)
		return true
	}
	if shrinking && e.unpack() {
		return false
	}
	if e.created {
		e.c.PutCollection(e.key, e.it, e.found, value.List, e.large)
		e.c.Keep(e.packed)
	}
	return false
}

// unpack stores the list as a packed one if it is small enough.
func (e *listEdit) unpack() bool {
	lp, ok := e.large.Packed()
	if !ok {
		return false
	}
	packed := append(e.c.Pack(), lp...)
	if e.created {
		e.large.Drain(math.MaxInt)
	} else {
		e.it, e.found = e.c.Write(e.key)
	}
	e.c.PutPacked(e.key, e.it, e.found, value.ListPacked, packed)
	e.c.Keep(packed)
	return true
}

// trim keeps n elements from index from on, at least one.
func (e *listEdit) trim(from, n int) {
	if e.large == nil {
		e.delete(from+n, math.MaxInt)
		e.delete(0, from)
		return
	}
	kept := e.large.Trim(from, n)
	if kept == e.large {
		return
	}
	e.it, e.found = e.c.Write(e.key)
	e.c.PutCollection(e.key, e.it, e.found, value.List, kept) // the rest is drained in slices
	e.large = kept
}

// removedFromEnd takes n elements from an end of a list that has total, and tells of
// it. The item is not valid afterwards.
func removedFromEnd(c *keyspace.Ctx, key []byte, it keyspace.Item, from listEnd, n, total int) {
	empty := n == total
	if empty {
		c.Delete(it)
	} else {
		e := editList(c, key, it, true)
		if from == head {
			e.delete(0, n)
		} else {
			e.delete(total-n, n)
		}
		e.close(true)
	}
	c.ModifiedMany(n, key, keyspace.EventList, from.popEvent())
	listEmptied(c, key, empty)
}

// listEmptied tells that a key has gone with its last element.
func listEmptied(c *keyspace.Ctx, key []byte, empty bool) {
	if empty {
		c.Event(key, keyspace.EventGeneric, "del")
	}
}
