package protocol

// Replies, and the requests that clients and the journal write: pure functions that append to dst. Where the
// two versions of the protocol differ the function takes the version that the client speaks; all others are
// the same in both.

// Versions of the protocol.
const V2, V3 = 2, 3

// AppendSimple appends the status reply s, such as OK. s must not hold CR or LF.
func AppendSimple(dst []byte, s string) []byte {
	dst = append(dst, '+')
	dst = append(dst, s...)
	return append(dst, '\r', '\n')
}

// AppendError appends an error reply. msg carries its code, as in "ERR no such key"; every CR and LF in it
// becomes a space, for the line ends the reply.
func AppendError(dst []byte, msg string) []byte {
	dst = append(dst, '-')
	start := len(dst)
	dst = append(dst, msg...)
	for i, c := range dst[start:] {
		if c == '\r' || c == '\n' {
			dst[start+i] = ' '
		}
	}
	return append(dst, '\r', '\n')
}

// AppendInt appends an integer reply.
func AppendInt(dst []byte, n int64) []byte {
	if uint64(n) < 10 {
		return append(dst, ':', '0'+byte(n), '\r', '\n')
	}
	dst = append(dst, ':')
	dst = AppendDecimal(dst, n)
	return append(dst, '\r', '\n')
}

// AppendBulk appends a string reply; b may hold any bytes.
func AppendBulk(dst, b []byte) []byte {
	dst = AppendHeader(dst, '$', len(b))
	dst = append(dst, b...)
	return append(dst, '\r', '\n')
}

// AppendBulkString is AppendBulk for a string.
func AppendBulkString(dst []byte, s string) []byte {
	dst = AppendHeader(dst, '$', len(s))
	dst = append(dst, s...)
	return append(dst, '\r', '\n')
}

// AppendBulkInt appends an integer as a string reply, for what is a string to the client and an integer in
// memory.
func AppendBulkInt(dst []byte, n int64) []byte {
	dst = AppendHeader(dst, '$', DecimalLen(n))
	dst = AppendDecimal(dst, n)
	return append(dst, '\r', '\n')
}

// AppendNull appends the reply for a value that is not there.
func AppendNull(dst []byte, ver int) []byte {
	if ver == V2 {
		return append(dst, "$-1\r\n"...)
	}
	return append(dst, "_\r\n"...)
}

// AppendNullArray appends the reply for an array that is not there.
func AppendNullArray(dst []byte, ver int) []byte {
	if ver == V2 {
		return append(dst, "*-1\r\n"...)
	}
	return append(dst, "_\r\n"...)
}

// AppendArray begins an array of n elements.
func AppendArray(dst []byte, n int) []byte { return AppendHeader(dst, '*', n) }

// AppendMap begins a map of n pairs; version 2 has an array of 2n elements instead.
func AppendMap(dst []byte, n, ver int) []byte {
	if ver == V2 {
		return AppendHeader(dst, '*', 2*n)
	}
	return AppendHeader(dst, '%', n)
}

// AppendSet begins a set of n elements; version 2 has an array instead.
func AppendSet(dst []byte, n, ver int) []byte {
	if ver == V2 {
		return AppendHeader(dst, '*', n)
	}
	return AppendHeader(dst, '~', n)
}

// AppendPush begins an out-of-band message of n elements; version 2 has an array instead.
func AppendPush(dst []byte, n, ver int) []byte {
	if ver == V2 {
		return AppendHeader(dst, '*', n)
	}
	return AppendHeader(dst, '>', n)
}

// AppendAttribute begins n pairs about the reply that follows them. Version 2 has nothing like it: do not
// send it there.
func AppendAttribute(dst []byte, n int) []byte { return AppendHeader(dst, '|', n) }

// AppendDouble appends a floating point number, in its shortest text that reads back as the same number.
func AppendDouble(dst []byte, f float64, ver int) []byte {
	var text [floatTextMax]byte
	if ver == V2 {
		return AppendBulk(dst, AppendFloat17(text[:0], f))
	}
	dst = append(dst, ',')
	dst = AppendFloat17(dst, f)
	return append(dst, '\r', '\n')
}

// AppendBool appends a truth value; version 2 has 1 and 0 instead.
func AppendBool(dst []byte, b bool, ver int) []byte {
	switch {
	case ver == V2 && b:
		return append(dst, ":1\r\n"...)
	case ver == V2:
		return append(dst, ":0\r\n"...)
	case b:
		return append(dst, "#t\r\n"...)
	}
	return append(dst, "#f\r\n"...)
}

// AppendBigNumber appends an integer of any size, given as its decimal digits; version 2 has a string
// instead.
func AppendBigNumber(dst []byte, digits string, ver int) []byte {
	if ver == V2 {
		return AppendBulkString(dst, digits)
	}
	dst = append(dst, '(')
	dst = append(dst, digits...)
	return append(dst, '\r', '\n')
}

// AppendVerbatim appends text to be shown as it is, in a format of three letters ("txt", "mkd"); version 2
// has a string instead.
func AppendVerbatim(dst []byte, format, text string, ver int) []byte {
	if ver == V2 {
		return AppendBulkString(dst, text)
	}
	dst = AppendHeader(dst, '=', len(format)+1+len(text))
	dst = append(dst, format...)
	dst = append(dst, ':')
	dst = append(dst, text...)
	return append(dst, '\r', '\n')
}

// AppendHeader appends a type byte and the length that follows it: "$3\r\n".
func AppendHeader(dst []byte, kind byte, n int) []byte {
	if uint(n) < 10 {
		return append(dst, kind, '0'+byte(n), '\r', '\n')
	}
	if uint(n) < 100 {
		return append(dst, kind, '0'+byte(n/10), '0'+byte(n%10), '\r', '\n')
	}
	dst = append(dst, kind)
	dst = AppendDecimal(dst, int64(n))
	return append(dst, '\r', '\n')
}

// AppendCommand appends a request.
func AppendCommand(dst []byte, args ...[]byte) []byte {
	dst = AppendHeader(dst, '*', len(args))
	for _, arg := range args {
		dst = AppendBulk(dst, arg)
	}
	return dst
}

// AppendCommandStrings is AppendCommand for strings.
func AppendCommandStrings(dst []byte, args ...string) []byte {
	dst = AppendHeader(dst, '*', len(args))
	for _, arg := range args {
		dst = AppendBulkString(dst, arg)
	}
	return dst
}
