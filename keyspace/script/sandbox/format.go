package sandbox

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// directive is one of string.format's: "%-5.2f". Those of C, without lengths.
type directive struct {
	minus, plus, space, sharp, zero bool
	width, precision                int // precision is -1 when there is none
	verb                            byte
}

func (s *Sandbox) stringFormat(L *lua.LState) int {
	format := auxlib.CheckString(L, 1)
	buf := s.buffer(0)
	arg := 1
	for i := 0; i < len(format); {
		c := format[i]
		i++
		if c != '%' {
			buf = append(buf, c)
			continue
		}
		if i < len(format) && format[i] == '%' {
			buf = append(buf, '%')
			i++
			continue
		}
		arg++
		if arg > L.GetTop() {
			auxlib.ArgError(L, arg, "no value")
		}
		var d directive
		d, i = s.readDirective(L, format, i)
		buf = s.appendFormatted(L, buf, d, arg, format)
		s.checkLength(L, len(buf))
	}
	L.Push(s.text(buf))
	return 1
}

func (s *Sandbox) readDirective(L *lua.LState, format string, i int) (directive, int) {
	d := directive{precision: -1}
	at := func() byte {
		if i < len(format) {
			return format[i]
		}
		return 0
	}
	flags := i
	for ; i < len(format) && strings.IndexByte("-+ #0", format[i]) >= 0; i++ {
		switch format[i] {
		case '-':
			d.minus = true
		case '+':
			d.plus = true
		case ' ':
			d.space = true
		case '#':
			d.sharp = true
		case '0':
			d.zero = true
		}
	}
	if i-flags >= len("-+ #0")+1 {
		s.Raise(L, "invalid format (repeated flags)")
	}
	digits := func() int {
		n := 0
		for range 2 {
			if c := at(); c >= '0' && c <= '9' {
				n = n*10 + int(c-'0')
				i++
			}
		}
		return n
	}
	d.width = digits()
	if at() == '.' {
		i++
		d.precision = digits()
	}
	if c := at(); c >= '0' && c <= '9' {
		s.Raise(L, "invalid format (width or precision too long)")
	}
	d.verb = at()
	return d, i + 1
}

func (s *Sandbox) appendFormatted(L *lua.LState, buf []byte, d directive, arg int, format string) []byte {
	switch d.verb {
	case 'c':
		if c := byte(checkInt(L, arg)); c != 0 {
			return d.pad(buf, "", string([]byte{c}))
		}
		return buf // the end of a string of C
	case 'd', 'i':
		n := auxlib.Integer(auxlib.CheckNumber(L, arg))
		sign, magnitude := "", uint64(n)
		if n < 0 {
			sign, magnitude = "-", -magnitude
		}
		return d.integer(buf, d.sign(sign), strconv.FormatUint(magnitude, 10))
	case 'u', 'o', 'x', 'X':
		return d.unsigned(buf, unsignedOf(auxlib.CheckNumber(L, arg)))
	case 'e', 'E', 'f', 'g', 'G':
		return d.float(buf, auxlib.CheckNumber(L, arg))
	case 'q':
		return appendQuoted(buf, auxlib.CheckString(L, arg))
	case 's':
		text := auxlib.CheckString(L, arg)
		if d.precision >= 0 {
			text, _, _ = strings.Cut(text, "\x00")
			text = text[:min(len(text), d.precision)]
		}
		d.zero = false
		return d.pad(buf, "", text)
	}
	verb := "%"
	if d.verb != 0 {
		verb += string([]byte{d.verb})
	}
	s.Raise(L, "invalid option '%s' to 'format'", verb)
	return buf
}

// unsignedOf is the conversion that C's compilers make.
func unsignedOf(n float64) uint64 {
	if n >= 0x1p63 && n < 0x1p64 {
		return uint64(n)
	}
	return uint64(auxlib.Integer(n))
}

func (d directive) sign(sign string) string {
	switch {
	case sign == "" && d.plus:
		return "+"
	case sign == "" && d.space:
		return " "
	}
	return sign
}

// pad appends prefix and text, filled up to the width.
func (d directive) pad(buf []byte, prefix, text string) []byte {
	fill := max(d.width-len(prefix)-len(text), 0)
	if !d.minus && !d.zero {
		buf = appendRepeated(buf, ' ', fill)
	}
	buf = append(buf, prefix...)
	if d.zero && !d.minus {
		buf = appendRepeated(buf, '0', fill)
	}
	buf = append(buf, text...)
	if d.minus {
		buf = appendRepeated(buf, ' ', fill)
	}
	return buf
}

func appendRepeated(buf []byte, c byte, n int) []byte {
	for range n {
		buf = append(buf, c)
	}
	return buf
}

// integer: a precision is a number of digits, and turns the flag 0 off.
func (d directive) integer(buf []byte, prefix, digits string) []byte {
	if d.precision >= 0 {
		d.zero = false
		if d.precision == 0 && digits == "0" {
			digits = ""
		}
		digits = strings.Repeat("0", max(d.precision-len(digits), 0)) + digits
	}
	return d.pad(buf, prefix, digits)
}

func (d directive) unsigned(buf []byte, n uint64) []byte {
	prefix, digits := "", ""
	switch d.verb {
	case 'u':
		digits = strconv.FormatUint(n, 10)
	case 'o':
		if digits = strconv.FormatUint(n, 8); d.sharp && n != 0 {
			digits = "0" + digits
		}
	default:
		if digits = strconv.FormatUint(n, 16); d.sharp && n != 0 {
			prefix = "0x"
		}
		if d.verb == 'X' {
			prefix, digits = strings.ToUpper(prefix), strings.ToUpper(digits)
		}
	}
	return d.integer(buf, prefix, digits)
}

func (d directive) float(buf []byte, n float64) []byte {
	sign := ""
	if math.Signbit(n) {
		sign, n = "-", math.Copysign(n, 1)
	}
	var text string
	if math.IsInf(n, 0) || math.IsNaN(n) {
		d.zero = false
		text = string(auxlib.AppendNumber(nil, n, auxlib.Digits))
	} else {
		text = d.digits(n)
	}
	if d.verb == 'E' || d.verb == 'G' {
		text = strings.ToUpper(text)
	}
	return d.pad(buf, d.sign(sign), text)
}

const precisionDefault = 6

func (d directive) digits(n float64) string {
	precision := d.precision
	if precision < 0 {
		precision = precisionDefault
	}
	verb := d.verb | 0x20
	if verb == 'g' {
		precision = max(precision, 1)
		if d.sharp {
			return sharpG(n, precision)
		}
	}
	text := strconv.FormatFloat(n, verb, precision, 64)
	if d.sharp && precision == 0 {
		if mantissa, exponent, ok := strings.Cut(text, "e"); ok {
			return mantissa + ".e" + exponent
		}
		return text + "."
	}
	return text
}

// sharpG is %#g, which keeps the zeros at the end.
func sharpG(n float64, precision int) string {
	scientific := strconv.FormatFloat(n, 'e', precision-1, 64)
	mantissa, exponentText, _ := strings.Cut(scientific, "e")
	exponent, _ := strconv.Atoi(exponentText)
	if exponent < -4 || exponent >= precision {
		if !strings.Contains(mantissa, ".") {
			mantissa += "."
		}
		return mantissa + "e" + exponentText
	}
	text := strconv.FormatFloat(n, 'f', precision-1-exponent, 64)
	if !strings.Contains(text, ".") {
		text += "."
	}
	return text
}

func appendQuoted(buf []byte, text string) []byte {
	buf = append(buf, '"')
	for i := range len(text) {
		switch c := text[i]; c {
		case '"', '\\', '\n':
			buf = append(buf, '\\', c)
		case '\r':
			buf = append(buf, `\r`...)
		case 0:
			buf = append(buf, `\000`...)
		default:
			buf = append(buf, c)
		}
	}
	return append(buf, '"')
}
