package alike

import (
	"encoding/binary"
	"flag"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

var (
	seed  = flag.Uint64("seed", 1, "what the random inputs are made from")
	count = flag.Int("count", 300, "how many random inputs each test tries")
)

// source makes random inputs: mostly valid, always small.
type source struct{ *rand.Rand }

func newSource() source { return source{rand.New(rand.NewPCG(*seed, 0))} }

func (s source) pick(words ...string) string { return words[s.IntN(len(words))] }

// broken returns the text, often with a harm done to it.
func (s source) broken(text string) string {
	b := []byte(text)
	for range s.IntN(3) {
		if len(b) == 0 {
			break
		}
		switch at := s.IntN(len(b)); s.IntN(4) {
		case 0:
			b = b[:at]
		case 1:
			b[at] = byte(s.IntN(256))
		case 2:
			b = append(b[:at], b[at+1:]...)
		default:
			b = append(b[:at:at], append([]byte(s.pick(`"`, "{", "]", ",", ":", "0", "-", " ", "\x00", `\u`)), b[at:]...)...)
		}
	}
	return string(b)
}

func (s source) float() float64 {
	switch s.IntN(6) {
	case 0:
		return float64(s.IntN(300) - 150)
	case 1:
		return float64(s.Int64()) * float64(s.IntN(3)-1)
	case 2:
		return math.Ldexp(float64(s.IntN(5)-2), s.IntN(70)) + float64(s.IntN(3)-1)
	case 3:
		return float64(math.Float32frombits(s.Uint32()))
	case 4:
		return float64(s.IntN(2000)) / 1000
	}
	return math.Float64frombits(s.Uint64())
}

// json returns a text with at most one key in an object.
func (s source) json(depth int) string {
	switch n := s.IntN(9); {
	case n < 2 && depth > 0:
		elements := make([]string, s.IntN(4))
		for i := range elements {
			elements[i] = s.json(depth - 1)
		}
		return "[" + strings.Join(elements, s.pick(",", " , ")) + "]"
	case n < 4 && depth > 0:
		if s.IntN(5) == 0 {
			return "{}"
		}
		return "{" + s.jsonString() + s.pick(":", " : ") + s.json(depth-1) + "}"
	case n < 6:
		return s.jsonString()
	case n < 8:
		return strconv.FormatFloat(s.float(), s.pick("e", "g", "f", "x")[0], -1, 64)
	}
	return s.pick("null", "true", "false", "0x1F", "-0", "1e5", "inf", "-nan")
}

func (s source) jsonString() string {
	var b strings.Builder
	b.WriteByte('"')
	for range s.IntN(6) {
		b.WriteString(s.pick("a", "bc", "/", `\/`, `\n`, `\\`, `\"`, "\u00e4", `\u00e4`, `\ud83d\ude00`, "\x7f", "\xff", `\u0001`))
	}
	b.WriteByte('"')
	return b.String()
}

// msgpack returns packed bytes with at most one key in a map.
func (s source) msgpack(depth int) string {
	switch n := s.IntN(10); {
	case n < 2 && depth > 0:
		length := s.IntN(4)
		out := s.pick(string([]byte{byte(0x90 | length)}), string([]byte{0xdc, 0, byte(length)}), string([]byte{0xdd, 0, 0, 0, byte(length)}))
		for range length {
			out += s.msgpack(depth - 1)
		}
		return out
	case n < 4 && depth > 0:
		return s.pick("\x81", "\xde\x00\x01", "\xdf\x00\x00\x00\x01") + s.msgpack(0) + s.msgpack(depth-1)
	case n < 6:
		text := strings.Repeat("x", s.IntN(40))
		return s.pick("\xd9", "\xda\x00", "\xdb\x00\x00\x00") + string([]byte{byte(len(text))}) + text
	case n < 7:
		return "\xcb" + string(binary.BigEndian.AppendUint64(nil, math.Float64bits(s.float())))
	case n < 8:
		return "\xca" + string(binary.BigEndian.AppendUint32(nil, s.Uint32()))
	case n < 9:
		size := s.IntN(8)
		wide := binary.BigEndian.AppendUint64(nil, s.Uint64())
		return string([]byte{byte(0xcc + size)}) + string(wide[:1<<(size&3)])
	}
	return string([]byte{byte(s.IntN(256))})
}

func (s source) format() string {
	var b strings.Builder
	for range s.IntN(7) {
		b.WriteString(s.pick("b", "B", "h", "H", "i", "I", "l", "L", "T", "f", "d", "x", "s", "c", "c0", "c3", "<", ">",
			"!", "!2", "!4", "!16", " ", "i1", "I3", "i5", "I7", "i8", "I16", "i3"))
	}
	return b.String()
}

func TestRandomJSON(t *testing.T) {
	p, s := newPair(t), newSource()
	for range *count {
		text := s.broken(s.json(4))
		p.equal("local ok,v=pcall(cjson.decode,ARGV[1]) if not ok then return v end "+
			"local ok,e=pcall(cjson.encode,v) return S(v,e)", text)
		p.equal("local c=cjson.new() c.decode_invalid_numbers(false) c.encode_invalid_numbers(true) "+
			"c.encode_number_precision(7) local ok,v=pcall(c.decode,ARGV[1]) if not ok then return v end "+
			"return S(v,c.encode(v),cmsgpack.pack(v))", text)
	}
}

func TestRandomMessagePack(t *testing.T) {
	p, s := newPair(t), newSource()
	for range *count {
		bytes := s.broken(s.msgpack(4))
		p.equal("local ok,v,w=pcall(cmsgpack.unpack,ARGV[1]) if not ok then return v end "+
			"return S(v,w,cmsgpack.pack(v),pcall(cjson.encode,v))", bytes)
		p.equal("return S(pcall(cmsgpack.unpack_limit,ARGV[1],ARGV[2],ARGV[3]))", bytes,
			strconv.Itoa(s.IntN(4)), strconv.Itoa(s.IntN(4)))
	}
}

func TestRandomStruct(t *testing.T) {
	p, s := newPair(t), newSource()
	for range *count {
		format := s.broken(s.format())
		args := []string{format}
		for range 7 {
			args = append(args, s.pick(strconv.FormatFloat(s.float(), 'g', 17, 64), strconv.Itoa(s.IntN(500)-250), "text", "12"))
		}
		p.equal("return S(pcall(struct.pack,unpack(ARGV)))", args...)
		data := make([]byte, s.IntN(60))
		for i := range data {
			data[i] = byte(s.IntN(256)) * byte(s.IntN(2))
		}
		p.equal("return S(pcall(struct.size,ARGV[1])) .. S(pcall(struct.unpack,ARGV[1],ARGV[2],ARGV[3]))",
			format, string(data), strconv.Itoa(s.IntN(5)))
	}
}

func TestRandomBits(t *testing.T) {
	p, s := newPair(t), newSource()
	for range *count {
		f := strconv.FormatFloat(s.float(), 'g', 17, 64)
		p.equal("local a,b=ARGV[1],ARGV[2] return S(bit.tobit(a),bit.tohex(a,b),bit.bxor(a,b),bit.lshift(a,b),"+
			"bit.rshift(a,b),bit.arshift(a,b),bit.rol(a,b),bit.ror(a,b),bit.bswap(a))", f, strconv.Itoa(s.IntN(80)-40))
	}
}
