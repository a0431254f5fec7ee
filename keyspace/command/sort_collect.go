package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/zset"
)

// isSortable tells whether SORT knows the type of an item.
func isSortable(it keyspace.Item) bool {
	switch value.TypeName(it.Kind()) {
	case value.TypeList, value.TypeSet, value.TypeZSet:
		return true
	}
	return false
}

// collect takes the elements of an item, as views where it can. Without sorting,
// only those are taken that are wanted.
func (s *sorting) collect(it keyspace.Item) {
	switch value.TypeName(it.Kind()) {
	case value.TypeList:
		s.collectList(it)
	case value.TypeSet:
		s.collectSet(it)
	default:
		s.collectZSet(it)
	}
	if s.asIs {
		s.from, s.to = 0, len(s.elements)
	} else {
		s.from, s.to = s.wanted(len(s.elements))
	}
}

// span is the range of n elements to collect.
func (s *sorting) span(n int) (from, to int) {
	if s.asIs {
		from, to = s.wanted(n)
	} else {
		from, to = 0, n
	}
	s.elements = make([]sortElement, 0, to-from)
	return from, to
}

func (s *sorting) addText(text []byte) { s.elements = append(s.elements, sortElement{text: text}) }

// addCopy is addText for bytes that will not last.
func (s *sorting) addCopy(text []byte) {
	start := len(s.texts)
	s.texts = append(s.texts, text...)
	s.addText(s.texts[start:len(s.texts):len(s.texts)])
}

func (s *sorting) addElement(e listpack.Element) {
	if !e.IsInt {
		s.addText(e.Text)
		return
	}
	var digits [20]byte
	s.addCopy(e.Append(digits[:0]))
}

// collectList goes through the list, backwards if it is to be returned as it is
// and DESC.
func (s *sorting) collectList(it keyspace.Item) {
	var n int
	var seek func(index int) list.Cursor
	if it.Kind() == value.List {
		large := s.c.Collection(it).(*list.List)
		n, seek = large.Len(), large.Seek
	} else {
		packed := it.Value()
		n = listpack.Len(packed)
		seek = func(index int) list.Cursor { return list.SeekPacked(packed, index) }
	}
	from, to := s.span(n)
	if s.asIs && s.desc {
		for at := seek(n - 1 - from); at.OK() && len(s.elements) < to-from; at.Prev() {
			s.addElement(at.Element())
		}
		return
	}
	for at := seek(from); at.OK() && len(s.elements) < to-from; at.Next() {
		s.addElement(at.Element())
	}
}

// collectSet sorts by the texts when a set is to be stored as it is: its order
// means nothing, and is another in every process that executes the request.
func (s *sorting) collectSet(it keyspace.Item) {
	if s.asIs && s.store {
		s.asIs, s.alpha, s.by = false, true, nil
	}
	v := viewSet(s.c, it)
	from, to := s.span(v.len())
	index := 0
	v.each(func(e listpack.Element) bool {
		if index >= from && index < to {
			s.addElement(e)
		}
		index++
		return index < to
	})
}

func (s *sorting) collectZSet(it keyspace.Item) {
	var reader zset.Reader
	if it.Kind() == value.ZSet {
		reader = zset.Large(s.c.Collection(it).(*zset.ZSet))
	} else {
		reader = zset.Packed(it.Value())
	}
	n := reader.Len()
	from, to := s.span(n)
	add := func(member []byte, _ float64) bool {
		s.addCopy(member)
		return true
	}
	if it.Kind() == value.ZSet { // members are entries of their own: views last
		add = func(member []byte, _ float64) bool {
			s.addText(member)
			return true
		}
	}
	if s.asIs && s.desc {
		reader.EachReverse(n-to, n-from, add)
		return
	}
	reader.Each(from, to, add)
}
