package value

// Kind is how a value is stored, the low four bits of an entry's flags: its
// type and its encoding in one.
type Kind = uint8

// The kinds. Those whose name ends in Packed are one run of bytes inside the
// entry; of the others, the strings aside, the entry holds a handle, and the
// value is a Collection.
const (
	// String is the bytes as they are.
	String Kind = iota
	// StringEdited is a String that was changed in place (APPEND, SETRANGE);
	// it differs only in what OBJECT ENCODING says, as in Redis.
	StringEdited
	// StringInt is a whole number in 1, 2, 4 or 8 bytes, little-endian.
	StringInt

	ListPacked       // a listpack of elements
	HashPacked       // a listpack of field, value, ...
	HashPackedExpiry // a listpack of field, value, expiry in ms or 0, ...; ordered by expiry
	SetInts          // an intset
	SetPacked        // a listpack of members
	ZSetPacked       // a listpack of member, score, ...; ordered by score, then member

	List
	Hash
	Set
	ZSet
	Stream
)

// Type names, as TYPE and SCAN know them.
const (
	TypeString = "string"
	TypeList   = "list"
	TypeHash   = "hash"
	TypeSet    = "set"
	TypeZSet   = "zset"
	TypeStream = "stream"
	TypeNone   = "none"
)

var typeNames = [16]string{
	String: TypeString, StringEdited: TypeString, StringInt: TypeString,
	ListPacked: TypeList, List: TypeList,
	HashPacked: TypeHash, HashPackedExpiry: TypeHash, Hash: TypeHash,
	SetInts: TypeSet, SetPacked: TypeSet, Set: TypeSet,
	ZSetPacked: TypeZSet, ZSet: TypeZSet,
	Stream: TypeStream,
	14:     TypeNone, 15: TypeNone,
}

// TypeName is the name of a kind's type.
func TypeName(kind Kind) string { return typeNames[kind&15] }

// IsString tells whether a kind is one of the strings.
func IsString(kind Kind) bool { return kind <= StringInt }

// IsCollection tells whether the entry of a kind holds a handle.
func IsCollection(kind Kind) bool { return kind >= List }

// PackedEncoding is what OBJECT ENCODING says of the packed kinds.
func PackedEncoding(kind Kind) string {
	switch kind {
	case SetInts:
		return "intset"
	case HashPackedExpiry:
		return "listpackex"
	}
	return "listpack"
}
