package stream

import "solokv/keyspace/arena"

// Changes of trees: inserting, deleting, copying and draining.

// put finds the record of id, or makes one; its payload is a view to write to, of
// arbitrary contents if it was added.
func (t *tree) put(id ID) (payload []byte, added bool) {
	if t.root == 0 {
		t.root = t.newPage(0, pageBytesMin).ref
	}
	r := t.insert(t.root, id)
	t.root = r.ref
	if r.right != 0 {
		left := t.read(r.ref)
		root := t.newPage(left.level()+1, pageBytesMin)
		root.setCount(2)
		root.setID(0, left.id(0))
		root.setChild(0, r.ref)
		root.setID(1, r.rightID)
		root.setChild(1, r.right)
		t.root = root.ref
	}
	if r.added {
		t.count++
	}
	return r.payload, r.added
}

// inserted is what has become of a page, and where the record is.
type inserted struct {
	ref     arena.Ref
	right   arena.Ref // the page that was split off, or 0
	rightID ID        // where that one begins
	payload []byte
	added   bool
}

func (t *tree) insert(ref arena.Ref, id ID) inserted {
	p := t.own(ref)
	if p.level() == 0 {
		i := p.upTo(id)
		if i > 0 && p.id(i-1) == id {
			return inserted{ref: p.ref, payload: p.payload(i - 1)}
		}
		r, target, i := t.room(p, i)
		target.setID(i, id)
		r.payload, r.added = target.payload(i), true
		r.nameRight(t)
		return r
	}
	i := p.childOf(id)
	below := t.insert(p.child(i), id)
	p.setChild(i, below.ref)
	if below.right == 0 {
		below.ref = p.ref
		return below
	}
	r, target, i := t.room(p, i+1)
	target.setID(i, below.rightID)
	target.setChild(i, below.right)
	r.payload, r.added = below.payload, below.added
	r.nameRight(t)
	return r
}

func (r *inserted) nameRight(t *tree) {
	if r.right != 0 {
		r.rightID = t.read(r.right).id(0)
	}
}

// room makes room for a record at i, and tells where it is: the page may have
// moved, or have been split.
func (t *tree) room(p page, i int) (r inserted, target page, at int) {
	n := p.count()
	if n == p.capacity() && len(p.b) < pageBytesMax {
		p = t.move(p, min(2*len(p.b), pageBytesMax))
	}
	r.ref = p.ref
	if n < p.capacity() {
		p.openGap(i)
		return r, p, i
	}
	if i == n { // at the end: what is full stays full
		q := t.newPage(p.level(), pageBytesMin)
		q.setCount(1)
		r.right = q.ref
		return r, q, 0
	}
	half := n / 2
	q := t.newPage(p.level(), pageBytesMax)
	copy(q.b[pageHeader:], p.b[p.at(half):p.at(n)])
	q.setCount(n - half)
	p.setCount(half)
	r.right = q.ref
	if i <= half {
		p.openGap(i)
		return r, p, i
	}
	q.openGap(i - half)
	return r, q, i - half
}

func (p page) openGap(i int) {
	n := p.count()
	copy(p.b[p.at(i+1):p.at(n+1)], p.b[p.at(i):p.at(n)])
	p.setCount(n + 1)
}

func (p page) closeGap(i int) {
	n := p.count()
	copy(p.b[p.at(i):p.at(n-1)], p.b[p.at(i+1):p.at(n)])
	p.setCount(n - 1)
}

// delete takes a record out and tells whether it was there.
func (t *tree) delete(id ID) bool {
	if _, ok := t.get(id); !ok {
		return false
	}
	t.count--
	p := t.remove(t.root, id)
	t.root = p.ref
	for p.count() == 1 && p.level() > 0 {
		t.root = p.child(0)
		t.release(p)
		p = t.read(t.root)
	}
	if p.count() == 0 {
		t.release(p)
		t.root = 0
	}
	return true
}

func (t *tree) remove(ref arena.Ref, id ID) page {
	p := t.own(ref)
	if p.level() == 0 {
		p.closeGap(p.upTo(id) - 1)
		return t.shrink(p)
	}
	i := p.childOf(id)
	child := t.remove(p.child(i), id)
	if child.count() == 0 {
		t.release(child)
		p.closeGap(i)
		return t.shrink(p)
	}
	p.setChild(i, child.ref)
	if child.used() < sparseBytes {
		t.join(p, i)
	}
	return t.shrink(p)
}

// shrink gives a page that is nearly empty a smaller block.
func (t *tree) shrink(p page) page {
	if used := p.used(); len(p.b) >= 4*pageBytesMin && used <= len(p.b)/4 {
		return t.move(p, 2*used)
	}
	return p
}

// join puts the sparse child i of p together with a neighbour, if both fit well
// into one page. The right one's first ID counted as 0 so far: now it matters.
func (t *tree) join(p page, i int) {
	if i == p.count()-1 {
		i--
	}
	if i < 0 {
		return
	}
	left, right := t.read(p.child(i)), t.read(p.child(i+1))
	if left.used()+right.used() > joinBytesMax {
		return
	}
	left = t.own(left.ref)
	n := left.count()
	if need := left.used() + right.used(); need > len(left.b) {
		left = t.move(left, need)
	}
	copy(left.b[left.at(n):], right.b[pageHeader:right.used()])
	left.setCount(n + right.count())
	if left.level() > 0 {
		left.setID(n, p.id(i+1))
	}
	t.release(right)
	p.setChild(i, left.ref)
	p.closeGap(i + 1)
}

// clone copies a tree. Payloads that are refs are the caller's to replace.
func (t *tree) clone() tree {
	c := newTree(t.epochs, t.payload)
	for w, ok := t.from(Min); ok; ok = w.next() {
		payload, _ := c.put(w.id())
		copy(payload, w.payload())
	}
	return c
}

// fall is how far a drain has come in a page.
type fall struct {
	ref arena.Ref
	i   int
}

// drain frees the tree, about budget records a call, and tells whether anything is
// left; release is called for each payload first. It only reads pages: a view may
// reach them.
func (t *tree) drain(budget *int, release func(payload []byte)) (more bool) {
	if t.root != 0 {
		t.falling = append(t.falling, fall{ref: t.root})
		t.root = 0
	}
	for len(t.falling) > 0 {
		if *budget <= 0 {
			return true
		}
		top := &t.falling[len(t.falling)-1]
		p := t.read(top.ref)
		if p.level() > 0 && top.i < p.count() {
			top.i++
			t.falling = append(t.falling, fall{ref: p.child(top.i - 1)})
			continue
		}
		if p.level() == 0 {
			if release != nil {
				for i := range p.count() {
					release(p.payload(i))
				}
			}
			t.count -= p.count()
			*budget -= p.count()
		}
		t.release(p)
		t.falling = t.falling[:len(t.falling)-1]
	}
	t.falling = nil
	return false
}
