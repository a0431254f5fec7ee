package dict

import (
	"encoding/binary"
	"unsafe"

	"solokv/keyspace/arena"
)

// An entry is one block of the arena:
//
//	+-------+--------+----------+--------------+-----+-------+
//	| flags | keyLen | valueLen | expireAt (8) | key | value |
//	+-------+--------+----------+--------------+-----+-------+
//	    1     1 or 4    1 or 4      optional
//
// The low half of flags is the kind (what the value is, see the package value),
// the high half says which of the optional parts are there. Lengths take one
// byte up to 255; the members of sets have no value and no length of one. Three bytes of header let a key of 11 and a value of 32 bytes
// fit a block of 48. An 8-byte header, as in most servers, would cost 56; a
// varint would save nothing more and cost a loop.
const (
	KindMask = 0x0F

	flagExpire    = 0x10 // expireAt is there
	flagNoValue   = 0x20 // there is no valueLen and no value
	flagLongKey   = 0x40 // keyLen has 4 bytes
	flagLongValue = 0x80 // valueLen has 4 bytes

	shortLenMax = 255
)

// headerBytes is indexed by flags >> 4.
var headerBytes = func() (sizes [16]uint8) {
	for flags := range sizes {
		size := uint8(3)
		if flags<<4&flagExpire != 0 {
			size += 8
		}
		if flags<<4&flagLongKey != 0 {
			size += 3
		}
		if flags<<4&flagNoValue != 0 {
			size--
		} else if flags<<4&flagLongValue != 0 {
			size += 3
		}
		sizes[flags] = size
	}
	return sizes
}()

// Entry is a view of an entry's block. It is valid until the table that holds
// the entry is next changed.
type Entry struct{ p unsafe.Pointer }

// Spec describes an entry to be made.
type Spec struct {
	Kind     uint8
	Expires  bool
	ExpireAt int64 // ms, when Expires
	Key      []byte
	ValueLen int
	NoValue  bool // there is none, and never will be; ValueLen is 0
	Spare    int  // bytes to set aside behind the value, to grow into
}

// Bytes is the size of the block that an entry of this shape needs.
func (s *Spec) Bytes() int {
	return int(headerBytes[s.flags()>>4]) + len(s.Key) + s.ValueLen
}

func (s *Spec) flags() uint8 {
	flags := s.Kind & KindMask
	if s.Expires {
		flags |= flagExpire
	}
	if len(s.Key) > shortLenMax {
		flags |= flagLongKey
	}
	switch {
	case s.NoValue:
		flags |= flagNoValue
	case s.ValueLen > shortLenMax:
		flags |= flagLongValue
	}
	return flags
}

// NewEntry allocates a block, writes header and key, and leaves the value to
// the caller (Entry.Value).
func NewEntry(a *arena.Arena, s *Spec) arena.Ref {
	flags := s.flags()
	header := int(headerBytes[flags>>4])
	ref := a.Alloc(header + len(s.Key) + s.ValueLen + s.Spare)
	p := a.Ptr(ref)
	*(*uint8)(p) = flags
	at := 1
	if flags&flagLongKey != 0 {
		putUint32(p, at, uint32(len(s.Key)))
		at += 4
	} else {
		*(*uint8)(unsafe.Add(p, at)) = uint8(len(s.Key))
		at++
	}
	switch {
	case flags&flagNoValue != 0:
	case flags&flagLongValue != 0:
		putUint32(p, at, uint32(s.ValueLen))
		at += 4
	default:
		*(*uint8)(unsafe.Add(p, at)) = uint8(s.ValueLen)
		at++
	}
	if flags&flagExpire != 0 {
		*(*int64)(unsafe.Add(p, at)) = s.ExpireAt
	}
	copy(unsafe.Slice((*byte)(unsafe.Add(p, header)), len(s.Key)), s.Key)
	return ref
}

func putUint32(p unsafe.Pointer, at int, v uint32) {
	binary.LittleEndian.PutUint32((*[4]byte)(unsafe.Add(p, at))[:], v)
}

func getUint32(p unsafe.Pointer, at int) uint32 {
	return binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(p, at))[:])
}

// At returns the entry in the block ref.
func At(a *arena.Arena, ref arena.Ref) Entry { return Entry{a.Ptr(ref)} }

func (e Entry) flags() uint8 { return *(*uint8)(e.p) }

// Kind is what the value is.
func (e Entry) Kind() uint8 { return e.flags() & KindMask }

// SetKind changes the kind in place; the entry must be writable.
func (e Entry) SetKind(kind uint8) {
	*(*uint8)(e.p) = e.flags()&^KindMask | kind
}

// Expires tells whether the entry has an expiry.
func (e Entry) Expires() bool { return e.flags()&flagExpire != 0 }

// ExpireAt is the expiry in Unix milliseconds; only for entries that have one.
func (e Entry) ExpireAt() int64 {
	return *(*int64)(unsafe.Add(e.p, int(headerBytes[e.flags()>>4])-8))
}

// SetExpireAt changes the expiry in place. The entry must be writable and have one.
func (e Entry) SetExpireAt(ms int64) {
	*(*int64)(unsafe.Add(e.p, int(headerBytes[e.flags()>>4])-8)) = ms
}

func (e Entry) keyLen() int {
	if e.flags()&flagLongKey == 0 {
		return int(*(*uint8)(unsafe.Add(e.p, 1)))
	}
	return int(getUint32(e.p, 1))
}

func (e Entry) valueLenAt() int {
	if e.flags()&flagLongKey == 0 {
		return 2
	}
	return 5
}

// ValueLen is the length of the value in bytes.
func (e Entry) ValueLen() int {
	at := e.valueLenAt()
	switch flags := e.flags(); {
	case flags&(flagLongValue|flagNoValue) == 0:
		return int(*(*uint8)(unsafe.Add(e.p, at)))
	case flags&flagNoValue != 0:
		return 0
	}
	return int(getUint32(e.p, at))
}

// Key returns the key's bytes inside the block.
func (e Entry) Key() []byte {
	return unsafe.Slice((*byte)(unsafe.Add(e.p, int(headerBytes[e.flags()>>4]))), e.keyLen())
}

// Value returns the value's bytes inside the block.
func (e Entry) Value() []byte {
	offset := int(headerBytes[e.flags()>>4]) + e.keyLen()
	return unsafe.Slice((*byte)(unsafe.Add(e.p, offset)), e.ValueLen())
}

// Bytes is the length of the whole entry; its block may be larger.
func (e Entry) Bytes() int {
	return int(headerBytes[e.flags()>>4]) + e.keyLen() + e.ValueLen()
}

// SetValueLen changes the length in place and tells whether that was possible:
// the width of the length field must not change and blockBytes must suffice.
func (e Entry) SetValueLen(n, blockBytes int) bool {
	long := e.flags()&flagLongValue != 0
	if long != (n > shortLenMax) || e.Bytes()-e.ValueLen()+n > blockBytes {
		return false
	}
	if long {
		putUint32(e.p, e.valueLenAt(), uint32(n))
	} else {
		*(*uint8)(unsafe.Add(e.p, e.valueLenAt())) = uint8(n)
	}
	return true
}

// hasKey is Key() == key for short keys without building the slice's parts twice.
func (e Entry) hasKey(key []byte) bool {
	flags := e.flags()
	if flags&flagLongKey == 0 && int(*(*uint8)(unsafe.Add(e.p, 1))) != len(key) {
		return false
	}
	return string(e.Key()) == string(key)
}

// Resize changes the value's length in place when the entry then still fits its
// block and the block is not larger than it should be.
func (e Entry) Resize(n, blockBytes int) bool {
	old := e.ValueLen()
	if n == old {
		return true
	}
	return arena.ClassBytes(e.Bytes()-old+n) == blockBytes && e.SetValueLen(n, blockBytes)
}
