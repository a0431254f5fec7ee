package rdb

import (
	"fmt"
	"math"

	"solokv/keyspace/value"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/listpack"
)

// decoder turns one value after the other into pieces.
//
// A key is handed over only when the first piece of its value is there: values that turn out to be empty have no
// place in memory, and their keys are skipped.
type decoder struct {
	source
	sink   func(*Piece) error
	piece  Piece
	key    Piece
	keyed  bool // key has not been handed over yet
	valkey bool // the file has Valkey's types

	keyText, first, second, third []byte // strings that do not lie in the buffer as they are
	converted                     []byte // a listpack of what an old version packed in another way
	distinct                      distinct
}

// errEmpty says that a value has no elements.
var errEmpty = fmt.Errorf("rdb: %w: an empty value", ErrCorrupt)

// emit hands the piece over.
func (d *decoder) emit(op Op) {
	if d.err != nil {
		return
	}
	if d.keyed {
		d.keyed = false
		if err := d.sink(&d.key); err != nil {
			d.stop(err)
			return
		}
	}
	d.piece.Op = op
	if err := d.sink(&d.piece); err != nil {
		d.stop(err)
	}
}

// empty notes that the value that was read to its end has no elements.
func (d *decoder) empty() {
	if d.err == nil {
		d.err = errEmpty
	}
}

// begin announces n elements of a kind. There must be one.
func (d *decoder) begin(kind value.Kind, n uint64) {
	if n == 0 {
		d.empty()
	}
	d.piece.Kind, d.piece.N = kind, d.hint(n)
	d.emit(OpBegin)
}

// value reads a value of a type.
func (d *decoder) value(kind byte) {
	switch kind {
	case typeString:
		d.piece.A = d.text(&d.first)
		d.emit(OpText)
	case typeList:
		d.list()
	case typeSet:
		d.set()
	case typeZSet, typeZSet2:
		d.zset(kind == typeZSet2)
	case typeHash:
		d.hash()
	case typeHashFieldsRC, typeHashFields:
		d.hashFields(kind)
	case typeQuicklist, typeQuicklist2:
		d.quicklist(kind == typeQuicklist2)
	case typeSetIntset:
		d.intset()
	case typeHashZipmap:
		d.zipmap(d.text(&d.third))
	case typeListZiplist:
		d.packed(value.ListPacked, d.ziplist(d.text(&d.third)))
	case typeHashZiplist:
		d.packed(value.HashPacked, d.ziplist(d.text(&d.third)))
	case typeZSetZiplist:
		d.packed(value.ZSetPacked, d.ziplist(d.text(&d.third)))
	case typeHashListpack:
		d.packed(value.HashPacked, d.text(&d.third))
	case typeSetListpack:
		d.packed(value.SetPacked, d.text(&d.third))
	case typeZSetListpack:
		d.packed(value.ZSetPacked, d.text(&d.third))
	case typeHashPacked:
		d.uint64LE() // the earliest expiry; the listpack has them all
		d.packed(value.HashPackedExpiry, d.text(&d.third))
	case typeHashPackedRC:
		d.packed(value.HashPackedExpiry, d.text(&d.third))
	case typeStream1, typeStream2, typeStream3:
		d.stream(kind)
	case typeModule1, typeModule2:
		d.fail("a value of a module's type, which cannot be read without the module")
	default:
		d.unknown(kind)
	}
}

// unknown refuses what is between keys, or a type of value, of a version that is not ours.
func (d *decoder) unknown(kind byte) { d.fail("the opcode or type %d, which is not known", kind) }

// tidy lets go of the memory that only a large value needed.
func (d *decoder) tidy() {
	for _, b := range []*[]byte{&d.keyText, &d.first, &d.second, &d.third, &d.converted} {
		if cap(*b) > scratchKeptBytes {
			*b = nil
		}
	}
	if len(d.distinct.slots)*8 > scratchKeptBytes {
		d.distinct = distinct{}
	}
}

func (d *decoder) list() {
	n := d.count(1)
	d.begin(value.List, n)
	for ; n > 0 && d.err == nil; n-- {
		d.piece.A = d.text(&d.first)
		d.emit(OpElement)
	}
	d.emit(OpFinish)
}

func (d *decoder) set() {
	n := d.count(1)
	d.begin(value.Set, n)
	for ; n > 0 && d.err == nil; n-- {
		d.piece.A = d.text(&d.first)
		d.emit(OpElement)
	}
	d.emit(OpFinish)
}

// zset reads members with their scores: as doubles, or, before version 8, as text.
func (d *decoder) zset(binary bool) {
	n := d.count(2)
	d.begin(value.ZSet, n)
	for ; n > 0 && d.err == nil; n-- {
		d.piece.A = d.keep(&d.first)
		if binary {
			d.piece.Score = d.double()
		} else {
			d.piece.Score = d.scoreText()
		}
		if math.IsNaN(d.piece.Score) {
			d.fail("a score that is not a number")
		}
		d.emit(OpElement)
	}
	d.emit(OpFinish)
}

func (d *decoder) hash() {
	n := d.count(2)
	d.begin(value.Hash, n)
	d.piece.N = -1
	for ; n > 0 && d.err == nil; n-- {
		d.piece.A = d.keep(&d.first)
		d.piece.B = d.text(&d.second)
		d.emit(OpElement)
	}
	d.emit(OpFinish)
}

// fieldExpiryMsMax is the latest time that a field may have.
const fieldExpiryMsMax = 1<<48 - 2

// hashFields reads a hash whose fields may expire. Redis writes the times before the fields, 0 for none, and
// relative to the earliest, which comes first and counts as 1; its release candidates wrote them as they are.
// Valkey has times of 8 bytes behind the values, -1 for none.
func (d *decoder) hashFields(kind byte) {
	earliest := uint64(1)
	if kind == typeHashFields {
		earliest = d.uint64LE()
	}
	n := d.count(3)
	d.begin(value.Hash, n)
	for ; n > 0 && d.err == nil; n-- {
		at := uint64(0)
		if !d.valkey {
			at = d.length()
		}
		d.piece.A = d.keep(&d.first)
		d.piece.B = d.keep(&d.second)
		if d.valkey {
			if at = d.uint64LE(); at == math.MaxUint64 {
				at = 0
			}
		}
		d.piece.N = -1
		if at > 0 {
			d.piece.N = d.fieldExpiry(earliest, at)
		}
		d.emit(OpElement)
	}
	d.emit(OpFinish)
}

// fieldExpiry is the time of a field that is 1 for the earliest.
func (d *decoder) fieldExpiry(earliest, at uint64) int64 {
	if earliest == 0 || earliest > fieldExpiryMsMax || at > fieldExpiryMsMax || earliest+at-1 > fieldExpiryMsMax {
		d.fail("a field that expires at %d and %d", earliest, at)
		return 0
	}
	return int64(earliest + at - 1)
}

// quicklist reads a list of nodes: ziplists, or, in the second version, listpacks and single elements. What is
// one listpack is handed over as such, and empty nodes are left out.
func (d *decoder) quicklist(second bool) {
	nodes := d.count(1)
	alone, begun := nodes == 1, false
	for ; nodes > 0 && d.err == nil; nodes-- {
		container := uint64(nodePacked)
		if second {
			container = d.length()
		}
		lp := d.text(&d.third)
		switch {
		case container == nodePlain && len(lp) > 0:
			d.beginOnce(&begun, nodes)
			d.piece.A = lp
			d.emit(OpElement)
			continue
		case container != nodePacked || d.err == nil && len(lp) == 0:
			d.fail("a node of a list that holds nothing that is known")
			continue
		case !second:
			lp = d.ziplist(lp)
		}
		switch {
		case alone:
			d.packed(value.ListPacked, lp)
			return
		case listpack.Check(lp) != nil:
			d.fail("a node of a list that is not a listpack")
		case listpack.Len(lp) > 0:
			d.beginOnce(&begun, nodes)
			d.piece.A = lp
			d.emit(OpNode)
		}
	}
	if !begun {
		d.empty()
	}
	d.emit(OpFinish)
}

func (d *decoder) beginOnce(begun *bool, nodes uint64) {
	if !*begun {
		*begun = true
		d.begin(value.List, nodes)
	}
}

func (d *decoder) intset() {
	ints := d.text(&d.third)
	switch {
	case d.err != nil:
		return
	case intset.Check(ints) != nil:
		d.fail("an intset that is not one")
	case intset.Len(ints) == 0:
		d.empty()
	}
	d.piece.Kind, d.piece.A = value.SetInts, ints
	d.emit(OpPacked)
}

// packed checks a listpack and hands it over as a value of a kind.
func (d *decoder) packed(kind value.Kind, lp []byte) {
	d.piece.Kind, d.piece.A = kind, d.checked(kind, lp)
	d.emit(OpPacked)
}
