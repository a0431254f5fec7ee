package value

// Kind is how a value is stored, the low four bits of an entry's flags: its
// type and its encoding in one.
type Kind = uint8

// The kinds of strings.
const (
	// String is the bytes as they are.
	String Kind = iota
	// StringEdited is a String that was changed in place (APPEND, SETRANGE);
	// it differs only in what OBJECT ENCODING says, as in Redis.
	StringEdited
	// StringInt is a whole number in 1, 2, 4 or 8 bytes, little-endian.
	StringInt
)

// Type names, as TYPE and SCAN know them.
const (
	TypeString = "string"
	TypeNone   = "none"
)

// TypeName is the name of a kind's type.
func TypeName(kind Kind) string {
	if IsString(kind) {
		return TypeString
	}
	return TypeNone
}

// IsString tells whether a kind is one of the strings.
func IsString(kind Kind) bool { return kind <= StringInt }
