package protocol

// Replies read back. ReadValue decodes whatever a server sends in either version; Value.String shows it the
// way redis-cli does, for tests and tools. SkipReply only finds where a reply ends.

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
)

const (
	// replyDepthMax bounds how deep arrays may nest, and with it the stack that a hostile peer can use.
	replyDepthMax = 128
	// replyBulkBytesMax bounds one string of a reply.
	replyBulkBytesMax = 1 << 32
	// replyItemsMax bounds the elements of one aggregate.
	replyItemsMax = 1 << 30
	// What a header announces is only set aside up to these sizes; beyond, room is made as the bytes arrive.
	replyBulkPreallocMax  = 64 << 10
	replyItemsPreallocMax = 1024
)

// Kind is the type of a reply: the byte that it begins with.
type Kind byte

const (
	KindSimple    Kind = '+'
	KindError     Kind = '-'
	KindInt       Kind = ':'
	KindBulk      Kind = '$'
	KindArray     Kind = '*'
	KindNull      Kind = '_'
	KindBool      Kind = '#'
	KindDouble    Kind = ','
	KindBigNumber Kind = '('
	KindBulkError Kind = '!'
	KindVerbatim  Kind = '='
	KindMap       Kind = '%'
	KindSet       Kind = '~'
	KindPush      Kind = '>'
	KindAttribute Kind = '|' // never a Value's own kind: attributes belong to the value behind them
)

// Value is one reply. Which of the fields matter depends on Kind.
type Value struct {
	Kind  Kind
	Null  bool    // a null string or array of version 2, and KindNull
	Int   int64   // KindInt; KindBool has 1 or 0
	Float float64 // KindDouble
	// Text is the payload of strings and errors, and what numbers were on the wire. Format is KindVerbatim's.
	Text   string
	Format string
	// Items are the elements; KindMap has its keys and values in turn.
	Items []Value
	// Attributes are the keys and values that were sent ahead of this value.
	Attributes []Value
}

// IsError tells whether v is an error reply.
func (v Value) IsError() bool { return v.Kind == KindError || v.Kind == KindBulkError }

// ReadValue reads one reply. It returns io.EOF at the end of the stream between two replies,
// io.ErrUnexpectedEOF inside of one, and an error that wraps ErrReply when the bytes are no reply.
func ReadValue(r *bufio.Reader) (Value, error) {
	if _, err := r.Peek(1); err != nil {
		return Value{}, err
	}
	v, err := readValue(r, 0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return v, err
}

func readValue(r *bufio.Reader, depth int) (Value, error) {
	if depth > replyDepthMax {
		return Value{}, fmt.Errorf("%w: nested deeper than %d", ErrReply, replyDepthMax)
	}
	line, err := readLine(r)
	if err != nil {
		return Value{}, err
	}
	v := Value{Kind: Kind(line[0])}
	text := line[1:]
	switch v.Kind {
	case KindAttribute:
		if v.Items, _, err = readItems(r, text, 2, depth); err != nil {
			return Value{}, err
		}
		next, err := readValue(r, depth+1)
		next.Attributes = append(v.Items, next.Attributes...)
		return next, err
	case KindMap:
		v.Items, v.Null, err = readItems(r, text, 2, depth)
	case KindArray, KindSet, KindPush:
		v.Items, v.Null, err = readItems(r, text, 1, depth)
	case KindBulk, KindBulkError, KindVerbatim:
		v, err = readBulk(r, v, text)
	default:
		v, err = readScalar(v, text)
	}
	return v, err
}

// readLine reads up to "\r\n", which it cuts off. The line holds at least its type byte.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return nil, fmt.Errorf("%w: line %q", ErrReply, line)
	}
	return line[:len(line)-2], nil
}

// readScalar fills in a value that is its line.
func readScalar(v Value, text []byte) (Value, error) {
	v.Text = string(text)
	ok := true
	switch v.Kind {
	case KindSimple, KindError:
	case KindInt:
		v.Int, ok = ParseInt(text)
	case KindBigNumber:
		ok = isWholeNumber(text)
	case KindNull:
		v.Null, ok = true, len(text) == 0
	case KindBool:
		if v.Text == "t" {
			v.Int = 1
		}
		ok = v.Text == "t" || v.Text == "f"
	case KindDouble:
		if v.Float, ok = ParseFloat(text); v.Text == "nan" {
			v.Float, ok = math.NaN(), true
		}
	default:
		ok = false
	}
	if !ok {
		return Value{}, fmt.Errorf("%w: %q", ErrReply, string(v.Kind)+v.Text)
	}
	return v, nil
}

// readBulk reads the payload whose length the header's text tells.
func readBulk(r *bufio.Reader, v Value, text []byte) (Value, error) {
	length, ok := ParseInt(text)
	if ok && length == -1 && v.Kind == KindBulk {
		v.Null = true
		return v, nil
	}
	if !ok || length < 0 || length > replyBulkBytesMax {
		return Value{}, fmt.Errorf("%w: length %q", ErrReply, text)
	}
	var payload bytes.Buffer
	payload.Grow(int(min(length+2, replyBulkPreallocMax)))
	if _, err := io.CopyN(&payload, r, length+2); err != nil {
		return Value{}, err
	}
	body, ok := bytes.CutSuffix(payload.Bytes(), []byte("\r\n"))
	if !ok {
		return Value{}, fmt.Errorf("%w: no line end behind a payload of %d bytes", ErrReply, length)
	}
	if v.Kind == KindVerbatim {
		if len(body) < 4 || body[3] != ':' {
			return Value{}, fmt.Errorf("%w: verbatim text without its format", ErrReply)
		}
		v.Format, body = string(body[:3]), body[4:]
	}
	v.Text = string(body)
	return v, nil
}

// readItems reads the elements of an aggregate, width of them for each one that the header's text counts.
func readItems(r *bufio.Reader, text []byte, width, depth int) (items []Value, null bool, err error) {
	count, ok := ParseInt(text)
	if ok && count == -1 {
		return nil, true, nil
	}
	if !ok || count < 0 || count > replyItemsMax {
		return nil, false, fmt.Errorf("%w: count %q", ErrReply, text)
	}
	total := int(count) * width
	items = make([]Value, 0, min(total, replyItemsPreallocMax))
	for range total {
		item, err := readValue(r, depth+1)
		if err != nil {
			return nil, false, err
		}
		items = append(items, item)
	}
	return items, false, nil
}

func isWholeNumber(text []byte) bool {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}

// SkipReply finds the end of the complete reply that buf begins with: n bytes, its attributes included. ok is
// false when the reply goes on beyond buf, and then n is 0; n is -1 when these bytes are not a reply. It does
// not check payloads, and it counts out-of-band messages as replies.
func SkipReply(buf []byte) (n int, ok bool) {
	for pending := 1; pending > 0; pending-- {
		lineEnd := bytes.IndexByte(buf[n:], '\n')
		if lineEnd < 0 {
			return 0, false
		}
		if lineEnd < 2 || buf[n+lineEnd-1] != '\r' {
			return -1, false
		}
		kind, text := Kind(buf[n]), buf[n+1:n+lineEnd-1]
		n += lineEnd + 1
		switch kind {
		case KindSimple, KindError, KindInt, KindNull, KindBool, KindDouble, KindBigNumber:
		case KindBulk, KindBulkError, KindVerbatim:
			length, valid := parseLength(text, replyBulkBytesMax)
			if !valid {
				return -1, false
			}
			if length >= 0 {
				n += length + 2
			}
			if n > len(buf) {
				return 0, false
			}
		case KindArray, KindSet, KindPush, KindMap, KindAttribute:
			count, valid := parseLength(text, replyItemsMax)
			if !valid {
				return -1, false
			}
			pending += itemsOf(kind, count)
		default:
			return -1, false
		}
	}
	return n, true
}

// itemsOf is the number of values that follow the header of an aggregate before it is done.
func itemsOf(kind Kind, count int) int {
	count = max(count, 0)
	switch kind {
	case KindMap:
		return 2 * count
	case KindAttribute:
		return 2*count + 1
	}
	return count
}

// parseLength reads a length of at most limit, or the -1 of a null.
func parseLength(text []byte, limit int64) (int, bool) {
	if len(text) == 1 && text[0]-'0' <= 9 {
		return int(text[0] - '0'), true
	}
	n, ok := ParseInt(text)
	return int(n), ok && n >= -1 && n <= limit
}
