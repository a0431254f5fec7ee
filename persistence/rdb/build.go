package rdb

import (
	"fmt"
	"math"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/set"
	"solokv/keyspace/value/stream"
	"solokv/keyspace/value/zset"
)

// Limits are the configured sizes up to which a collection stays packed. Entries are counted, values are bytes.
type Limits struct {
	ListSize       int // list-max-listpack-size: entries, or, below zero, -1 to -5 for 4 kb to 64 kb
	HashEntries    int
	HashValueBytes int64
	SetInts        int // entries of an intset
	SetEntries     int
	SetValueBytes  int64
	ZSetEntries    int
	ZSetValueBytes int64
}

// Builder makes values of pieces, one after the other: Add until Done, then Value. Only the writer may use it.
//
// A collection that comes packed stays so unless it has more entries than its limit; its elements' lengths are
// not looked at, as Redis does not when it loads. One that comes in elements is packed as long as both limits
// allow, and becomes large with the first element that they do not.
//
//	begin -> packed in b.packed --- a limit is passed ---> large, in the arena
//	                |                                        |
//	             finish: no element twice?                 finish
//
// Elements of packed collections are compared with each other only once, at the end, or before they are spread.
type Builder struct {
	epochs *dict.Epochs
	limits Limits

	state  state
	value  Value
	number [8]byte

	kind   value.Kind // what is being built: one of the kinds that are collections
	packed []byte     // until it is large
	form   value.Kind // how packed is packed
	spare  []byte     // for making a listpack of an intset

	list     *list.List // at most one of these is there
	hash     *hash.Large
	set      *set.Set
	zset     *zset.ZSet
	stream   *stream.Stream
	group    *stream.Group
	consumer *stream.Consumer
	counted  bool // the stream's numbers have come

	distinct distinct
	decoder  *decoder // of Restore
}

type state uint8

const (
	idle state = iota
	building
	done
)

// NewBuilder returns a builder of values in the arena of epochs.
func NewBuilder(epochs *dict.Epochs, limits Limits) *Builder {
	return &Builder{epochs: epochs, limits: limits}
}

// SetLimits changes the limits for values that are begun from now on.
func (b *Builder) SetLimits(limits Limits) { b.limits = limits }

// Done tells whether a value is whole.
func (b *Builder) Done() bool { return b.state == done }

// Value hands the finished value over. Its bytes may be those of the last piece, or the builder's own: they are
// valid as long as the piece is, and until the next call. A collection is the caller's to keep.
func (b *Builder) Value() (Value, error) {
	if b.state != done {
		return Value{}, fmt.Errorf("rdb: %w: a value that is not whole", ErrCorrupt)
	}
	v := b.value
	b.forget()
	return v, nil
}

// Reset frees an unfinished value, and a finished one that was not asked for.
func (b *Builder) Reset() {
	for _, c := range []value.Collection{b.whole(), b.value.Whole} {
		for c != nil && c.Drain(math.MaxInt) {
		}
	}
	b.forget()
}

// forget makes the builder ready for the next value.
func (b *Builder) forget() {
	b.state, b.value = idle, Value{}
	b.list, b.hash, b.set, b.zset = nil, nil, nil, nil
	b.stream, b.group, b.consumer, b.counted = nil, nil, nil, false
	if cap(b.packed) > scratchKeptBytes {
		b.packed = nil
	}
	if cap(b.spare) > scratchKeptBytes {
		b.spare = nil
	}
}

// whole is the collection that is being built, if there is one yet.
func (b *Builder) whole() value.Collection {
	switch {
	case b.list != nil:
		return b.list
	case b.hash != nil:
		return b.hash
	case b.set != nil:
		return b.set
	case b.zset != nil:
		return b.zset
	case b.stream != nil:
		return b.stream
	}
	return nil
}

// Add takes the next piece of a value, OpText to OpFinish. After an error, which wraps ErrCorrupt, the builder is
// as after Reset.
func (b *Builder) Add(p *Piece) error {
	err := b.add(p)
	if err != nil {
		b.Reset()
	}
	return err
}

func (b *Builder) add(p *Piece) error {
	if b.state == building {
		return b.goOn(p)
	}
	b.Reset()
	switch p.Op {
	case OpText:
		b.text(p.A)
	case OpPacked:
		return b.addPacked(p.Kind, p.A)
	case OpBegin:
		return b.begin(p.Kind, int(p.N))
	default:
		return misplaced(p)
	}
	return nil
}

func (b *Builder) goOn(p *Piece) error {
	if b.stream != nil {
		return b.addStream(p)
	}
	switch {
	case p.Op == OpFinish:
		return b.finish()
	case p.Op == OpNode && b.kind == value.List:
		return b.addNode(p.A)
	case p.Op != OpElement:
		return misplaced(p)
	}
	switch b.kind {
	case value.List:
		b.addToList(p.A)
	case value.Hash:
		return b.addToHash(p)
	case value.Set:
		return b.addToSet(p.A)
	case value.ZSet:
		return b.addToZSet(p.A, p.Score)
	}
	return nil
}

func misplaced(p *Piece) error { return broken("a piece %d where there can be none", p.Op) }

// broken is the error of pieces that make no value.
func broken(text string, args ...any) error {
	return fmt.Errorf("rdb: %w: %s", ErrCorrupt, fmt.Sprintf(text, args...))
}

var errTwice = broken("the same element twice")

// text is a string, whole. One that is the text of an integer is stored as that.
func (b *Builder) text(text []byte) {
	if n, ok := value.IntText(text); ok {
		number := b.number[:value.IntWidth(n)]
		value.PutInt(number, n)
		b.deliver(Value{Kind: value.StringInt, Bytes: number})
		return
	}
	b.deliver(Value{Kind: value.String, Bytes: text})
}

func (b *Builder) deliver(v Value) { b.state, b.value = done, v }

// deliverWhole ends with the large collection.
func (b *Builder) deliverWhole(kind value.Kind) {
	b.deliver(Value{Kind: kind, Whole: b.whole()})
	b.list, b.hash, b.set, b.zset, b.stream = nil, nil, nil, nil, nil
}

// begin starts a collection of about n elements, which is packed at first unless they are too many.
func (b *Builder) begin(kind value.Kind, n int) error {
	b.state, b.kind = building, kind
	switch kind {
	case value.List:
		b.form = value.ListPacked
	case value.Hash:
		if b.form = value.HashPacked; n > b.limits.HashEntries {
			b.hash = hash.NewLarge(b.epochs)
			b.hash.Reserve(n)
		}
	case value.Set:
		if b.form = value.SetInts; n > b.limits.SetInts {
			b.set = set.New(b.epochs)
			b.set.Reserve(n)
		}
	case value.ZSet:
		if b.form = value.ZSetPacked; n > b.limits.ZSetEntries {
			b.zset = zset.New(b.epochs)
			b.zset.Reserve(n)
		}
	case value.Stream:
		b.stream = stream.New(b.epochs)
	default:
		return broken("a collection of the kind %d", kind)
	}
	if b.form == value.SetInts && kind == value.Set {
		b.packed = intset.AppendEmpty(b.packed[:0])
	} else {
		b.packed = listpack.AppendEmpty(b.packed[:0])
	}
	return nil
}

// finish ends a collection other than a stream.
func (b *Builder) finish() error {
	if whole := b.whole(); whole != nil {
		if whole.Len() == 0 {
			return errEmpty
		}
		b.deliverWhole(b.kind)
		return nil
	}
	if b.form == value.SetInts {
		if intset.Len(b.packed) == 0 {
			return errEmpty
		}
	} else {
		n := listpack.Len(b.packed)
		if n == 0 {
			return errEmpty
		}
		if !b.isDistinct(n) {
			return errTwice
		}
	}
	b.deliver(Value{Kind: b.form, Bytes: b.packed})
	return nil
}

// isDistinct tells whether no element of the packed collection, which has n elements in all, is there twice.
func (b *Builder) isDistinct(n int) bool {
	width := rowElements(b.form)
	return b.form == value.ListPacked || n < width || b.distinct.all(b.packed, n/width, width)
}
