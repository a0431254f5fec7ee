package keyspace

import (
	"bytes"

	"solokv/protocol"
)

// EqualFold compares an argument with a word given in capital letters.
func EqualFold(arg []byte, word string) bool {
	if len(arg) != len(word) {
		return false
	}
	for i, b := range arg {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		if b != word[i] {
			return false
		}
	}
	return true
}

// ParseInt reads a whole number, as Redis reads arguments: strictly.
func ParseInt(arg []byte) (int64, error) {
	n, ok := protocol.ParseInt(arg)
	if !ok {
		return 0, ErrNotInteger
	}
	return n, nil
}

// Args walks over the options of a request and remembers the first error, so
// that a handler checks once, at the end:
//
//	for o := c.Options(3); o.Next(); {
//		switch {
//		case o.Is("EX"):
//			seconds = o.Int()
//		case o.Is("NX"):
//			...
//		default:
//			o.Fail(ErrSyntax)
//		}
//	}
type Args struct {
	args [][]byte
	at   int
	err  error
}

// Next moves to the next argument; false at the end and after an error.
func (o *Args) Next() bool {
	o.at++
	return o.err == nil && o.at < len(o.args)
}

// Is tells whether the current argument is that word (given in capitals).
func (o *Args) Is(word string) bool { return EqualFold(o.args[o.at], word) }

// Current is the current argument.
func (o *Args) Current() []byte { return o.args[o.at] }

// Left is the number of arguments after the current one.
func (o *Args) Left() int { return len(o.args) - o.at - 1 }

// Arg moves to the value of an option; a missing one is a syntax error.
func (o *Args) Arg() []byte {
	if o.at+1 >= len(o.args) {
		o.Fail(ErrSyntax)
		return nil
	}
	o.at++
	return o.args[o.at]
}

// Int moves to a whole number.
func (o *Args) Int() int64 {
	arg := o.Arg()
	if o.err != nil {
		return 0
	}
	n, err := ParseInt(arg)
	o.Fail(err)
	return n
}

// Fail remembers err unless it is nil or not the first.
func (o *Args) Fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

// Err is the first error.
func (o *Args) Err() error { return o.err }

// Quoted appends arg as error texts show arguments, cut off at max bytes.
func Quoted(dst, arg []byte, max int) []byte {
	if i := bytes.IndexByte(arg, 0); i >= 0 {
		arg = arg[:i] // error texts are C strings in Redis
	}
	if len(arg) > max {
		arg = arg[:max]
	}
	return append(dst, arg...)
}
