package list

import "solokv/keyspace/value/listpack"

// Cursor walks over the elements of a list, large or packed, in either direction.
// It is valid until the list changes.
type Cursor struct {
	list *List // nil for a list that is one listpack
	node place
	lp   []byte
	at   int
	ok   bool
}

// Seek returns a cursor at an index, which may be out of range.
func (l *List) Seek(index int) Cursor {
	if index < 0 || index >= l.count {
		return Cursor{}
	}
	at, offset := l.find(index)
	c := Cursor{list: l, node: at, lp: l.readAt(at)}
	c.at, c.ok = listpack.Seek(c.lp, offset)
	return c
}

// SeekPacked returns a cursor over a list that is one listpack.
func SeekPacked(lp []byte, index int) Cursor {
	c := Cursor{lp: lp}
	if index >= 0 {
		c.at, c.ok = listpack.Seek(lp, index)
	}
	return c
}

// OK tells whether the cursor is at an element.
func (c *Cursor) OK() bool { return c.ok }

// Element is the element that the cursor is at.
func (c *Cursor) Element() listpack.Element { return listpack.Get(c.lp, c.at) }

// Text is its text: a view of the list, or, of an integer, appended to buffer.
func (c *Cursor) Text(buffer []byte) []byte { return listpack.Text(c.lp, c.at, buffer) }

// Match tells whether the element that the cursor is at is the matcher's text.
func (c *Cursor) Match(m *listpack.Matcher) bool { return m.Match(c.lp, c.at) }

// Next moves to the next element.
func (c *Cursor) Next() {
	if c.at, c.ok = listpack.Next(c.lp, c.at); c.ok || c.list == nil {
		return
	}
	if c.node, c.ok = c.list.after(c.node); c.ok {
		c.lp = c.list.readAt(c.node)
		c.at, c.ok = listpack.First(c.lp)
	}
}

// Prev moves to the previous element.
func (c *Cursor) Prev() {
	if c.at, c.ok = listpack.Prev(c.lp, c.at); c.ok || c.list == nil {
		return
	}
	if c.node, c.ok = c.list.before(c.node); c.ok {
		c.lp = c.list.readAt(c.node)
		c.at, c.ok = listpack.Last(c.lp)
	}
}
