package protocol

// String shows v as redis-cli shows it at a terminal, without a newline at the end.
func (v Value) String() string { return string(v.appendText(nil, "")) }

// appendText appends the text of v. Lines after the first are indented by prefix.
func (v Value) appendText(dst []byte, prefix string) []byte {
	if v.Null {
		return append(dst, "(nil)"...)
	}
	switch v.Kind {
	case KindError, KindBulkError:
		return append(append(dst, "(error) "...), v.Text...)
	case KindInt:
		return append(append(dst, "(integer) "...), v.Text...)
	case KindDouble:
		return append(append(dst, "(double) "...), v.Text...)
	case KindBigNumber:
		return append(append(dst, "(big number) "...), v.Text...)
	case KindBool:
		if v.Int != 0 {
			return append(dst, "(true)"...)
		}
		return append(dst, "(false)"...)
	case KindBulk:
		return AppendQuoted(dst, v.Text)
	case KindArray:
		return appendItems(dst, v.Items, prefix, ")", "(empty array)")
	case KindPush:
		return appendItems(dst, v.Items, prefix, ")", "(empty push)")
	case KindSet:
		return appendItems(dst, v.Items, prefix, "~", "(empty set)")
	case KindMap:
		return appendPairs(dst, v.Items, prefix)
	}
	return append(dst, v.Text...) // simple and verbatim strings
}

func appendItems(dst []byte, items []Value, prefix, mark, empty string) []byte {
	if len(items) == 0 {
		return append(dst, empty...)
	}
	digits := DecimalLen(int64(len(items)))
	inner := indent(prefix, digits)
	for i, item := range items {
		dst = appendOrdinal(dst, i, digits, prefix, mark)
		dst = item.appendText(dst, inner)
	}
	return dst
}

func appendPairs(dst []byte, items []Value, prefix string) []byte {
	if len(items) == 0 {
		return append(dst, "(empty hash)"...)
	}
	digits := DecimalLen(int64(len(items) / 2))
	inner := indent(prefix, digits)
	for i := 0; i+1 < len(items); i += 2 {
		dst = appendOrdinal(dst, i/2, digits, prefix, "#")
		dst = items[i].appendText(dst, inner)
		dst = append(dst, " => "...)
		if items[i+1].isMultiline() {
			dst = append(dst, '\n')
			dst = append(dst, inner...)
		}
		dst = items[i+1].appendText(dst, inner)
	}
	return dst
}

// isMultiline tells whether the text of v has more than one line, apart from newlines in its payload.
func (v Value) isMultiline() bool {
	width := 1
	if v.Kind == KindMap {
		width = 2
	}
	switch {
	case len(v.Items) < width:
		return false
	case len(v.Items) > width:
		return true
	}
	return v.Items[width-1].isMultiline()
}

// appendOrdinal begins the line of element i; the first element goes on in the line of its aggregate.
func appendOrdinal(dst []byte, i, digits int, prefix, mark string) []byte {
	if i > 0 {
		dst = append(dst, '\n')
		dst = append(dst, prefix...)
	}
	for pad := digits - DecimalLen(int64(i+1)); pad > 0; pad-- {
		dst = append(dst, ' ')
	}
	dst = AppendDecimal(dst, int64(i+1))
	dst = append(dst, mark...)
	return append(dst, ' ')
}

// indent lengthens prefix by the width of an ordinal, its mark and a space.
func indent(prefix string, digits int) string {
	for range digits + 2 {
		prefix += " "
	}
	return prefix
}

// AppendQuoted appends s in double quotes, with escapes for everything but printable ASCII; the inline parser
// reads it back as s.
func AppendQuoted[S string | []byte](dst []byte, s S) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\\' || c == '"':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\a':
			dst = append(dst, '\\', 'a')
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c >= ' ' && c <= '~':
			dst = append(dst, c)
		default:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}
