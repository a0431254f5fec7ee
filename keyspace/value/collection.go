package value

// A Collection is a value too large for its entry: a small Go object, the root,
// whose nodes live in the arena. The database's entry holds a handle to it.
//
// Collections take part in snapshots as tables do (see dict.Epochs). While a view
// is open the engine forks the root before the first change, so what the view
// reaches from the old root stays as it was; from then on a node is copied before
// it is changed if its epoch says that it is frozen, and what frozen memory may
// still reference is released through Epochs. So every node carries the epoch in
// which it was made or copied, and a collection is written for this from its
// first line:
//
//	change a node    if epochs.Frozen(node.epoch) { copy it, with epochs.Epoch(); point its parent at the copy }
//	drop a node      epochs.Release(ref, node.epoch)
type Collection interface {
	Remains
	// Len is the number of elements: fields, members, entries.
	Len() int
	// Bytes is the memory of the collection, without the root itself.
	Bytes() int64
	// Fork returns a root that shares all nodes with this one, which is not used
	// for changes any more: a view may go on reading from it. It copies little:
	// no node, and of the root a few bytes for hundreds of elements.
	Fork() Collection
	// Clone returns a copy that shares nothing.
	Clone() Collection
	// Encoding is what OBJECT ENCODING says.
	Encoding() string
}

// Remains are what nobody reaches any more, and may be too much to be released at once:
// a whole collection or a part of one.
type Remains interface {
	// Drain releases about budget elements and tells whether any are left. What is
	// drained is used for nothing else.
	Drain(budget int) (more bool)
}
