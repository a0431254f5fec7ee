package protocol

// The request parser.
//
// A client's stream is a sequence of requests, each in one of two forms:
//
//	multibulk   *3\r\n $3\r\nSET\r\n $1\r\nk\r\n $1\r\nv\r\n      programs
//	inline      SET k "v"\r\n                                     people (inline.go)
//
// The parser copies nothing and owns no buffer: it answers with spans, the places of the arguments in the
// bytes it was shown. The caller keeps those bytes together until a request is complete:
//
//	buf  | request | request | unfinished request   |  ... to be received
//	     0                   ^ Consumed()    ^ pos  ^ len(buf)
//
// Two paths lead to the same answer. The fast path in Next takes a multibulk request that lies complete in
// buf and touches no parser state before it has succeeded: its only variables are locals. What remains is the
// chain of each header's load and the next header's place, about 4 ns per argument; reading headers as one
// word, or slicing the rest off instead of counting, was no faster. Anything odd, too long or cut short is
// left to resume, which keeps its place in the Parser: where it stopped, how many arguments are still to
// come, the length of the one it waits for, and how far it has searched for the end of a header. So no byte
// is looked at twice (but for what the fast path saw of a request that turned out to be cut short, once), and
// where the network splits the stream changes nothing, not even which error is reported.
//
// Costs: a complete request is one pass over its headers; the payloads are skipped. Nothing is allocated, but
// for the list of an unfinished request's arguments, which is kept for the next one.

import (
	"math"
	"slices"
)

// Span locates one argument inside the buffer handed to Next: buf[Off:Off+Len].
type Span struct{ Off, Len uint32 }

// Of returns the argument that s locates in buf. Its capacity ends with it.
func (s Span) Of(buf []byte) []byte {
	end := uint64(s.Off) + uint64(s.Len)
	return buf[s.Off:end:end]
}

// Limits bounds what a request may hold. They may be changed between two calls of Next; an argument whose
// header was already accepted stays accepted.
type Limits struct {
	BulkBytesMax   int64 // longest argument of a multibulk request
	ArgsMax        int   // most arguments of a multibulk request
	InlineBytesMax int   // longest inline request or header line, its terminator not counted
	// Unauthenticated makes a length beyond the limits say that it is the missing authentication that forbids
	// it.
	Unauthenticated bool
}

// LimitsDefault holds for authenticated clients.
var LimitsDefault = Limits{BulkBytesMax: 512 << 20, ArgsMax: 1 << 20, InlineBytesMax: 64 << 10}

// LimitsUnauthenticated leaves room for AUTH and HELLO, and none for filling the memory without a password.
var LimitsUnauthenticated = Limits{
	BulkBytesMax: 16 << 10, ArgsMax: 10, InlineBytesMax: 64 << 10, Unauthenticated: true,
}

const (
	// offsetMax is the highest offset that a Span can hold.
	offsetMax = math.MaxUint32
	// fastArgsMax bounds the room that a header alone, without its arguments, makes the fast path set aside.
	fastArgsMax = 1024
	// foundKeptMax is the capacity, in arguments, that the list of an unfinished request keeps for the next
	// one.
	foundKeptMax = 1024
	// bulkUnknown stands for the length of an argument whose header has not been read.
	bulkUnknown = -1
)

// Status is the outcome of Next.
type Status uint8

const (
	Complete   Status = iota // the spans of one request were appended
	Incomplete               // the request goes on beyond buf
	Malformed                // the stream cannot be understood any further; Err says why
)

// Parser is the resumable state of one connection's incoming stream. Set Limits before the first call of
// Next.
type Parser struct {
	Limits Limits

	consumed int // bytes of buf used by complete requests; the unfinished request starts here
	pos      int // next byte of buf to interpret, >= consumed
	searched int // bytes from pos on that are known not to hold the terminator searched for

	argsLeft int   // arguments of the unfinished request still to come; 0 between requests
	bulkLen  int64 // length of the argument at pos, or bulkUnknown while pos is at its header
	missing  int   // answer of Missing

	found []Span // arguments of the unfinished request so far, their offsets counted from consumed
	err   string // protocol error; once set, it stays
}

// Next parses the next request out of buf, which holds everything received since the last Rebase (or since
// the beginning), and appends the spans of its arguments to args. It must stay below 4 GB, which is all that
// spans can tell.
//
// Only a Complete request appends; it has at least one argument. After Incomplete the next call gets the same
// bytes and more behind them; what was found so far is kept in the Parser. After Malformed every call is
// Malformed. Inline requests are unescaped in place, inside the bytes of that request.
func (p *Parser) Next(buf []byte, args []Span) ([]Span, Status) {
	i := uint(p.consumed)
	if p.argsLeft != 0 || p.searched != 0 || p.err != "" || uint(len(buf)) > offsetMax {
		return p.resume(buf, args)
	}
	if i >= uint(len(buf)) || buf[i] != '*' {
		return p.resume(buf, args)
	}
	argc, width := shortNumber(buf[i+1:])
	if width == 0 || argc-1 >= min(uint(p.Limits.ArgsMax), fastArgsMax) { // no arguments wrap around
		return p.resume(buf, args)
	}
	i += 1 + width

	args = slices.Grow(args, int(argc))
	out := args[len(args) : len(args)+int(argc)]
	bulkMax := uint(p.Limits.BulkBytesMax)
	for k := range out {
		if i >= uint(len(buf)) || buf[i] != '$' {
			return p.resume(buf, args)
		}
		size, width := shortNumber(buf[i+1:])
		start := i + 1 + width
		i = start + size + 2
		if width == 0 || size > bulkMax || i > uint(len(buf)) {
			return p.resume(buf, args)
		}
		out[k] = Span{Off: uint32(start), Len: uint32(size)}
	}
	p.consumed, p.pos = int(i), int(i)
	return args[:len(args)+int(argc)], Complete
}

// shortNumber reads the number of one to five digits, and its line end, that line begins with. The width
// counts both; it is 0 where line does not begin with such a number, which may then be malformed, long or cut
// short. Of all that can follow a type byte in a complete request only an empty last argument has fewer than
// six bytes; it goes the slow way.
func shortNumber(line []byte) (n, width uint) {
	if len(line) < 6 {
		return 0, 0
	}
	n = uint(line[0] - '0')
	if n > 9 {
		return 0, 0
	}
	if line[1] == '\r' {
		return n, 3
	}
	return shortNumberTail(n, line)
}

// shortNumberTail continues with the second digit.
func shortNumberTail(n uint, line []byte) (number, width uint) {
	if n == 0 {
		return 0, 0 // no leading zeros
	}
	for k, c := range line[1:6] {
		if c == '\r' {
			return n, uint(k) + 3
		}
		digit := uint(c - '0')
		if digit > 9 {
			break
		}
		n = n*10 + digit
	}
	return 0, 0
}

// Consumed is the number of bytes of buf that complete requests, and the empty ones skipped between them,
// have used.
func (p *Parser) Consumed() int { return p.consumed }

// Rebase tells the parser that the caller dropped the first n bytes of buf, n <= Consumed(). Spans handed out
// before are void.
func (p *Parser) Rebase(n int) {
	if n < 0 || n > p.consumed {
		panic("protocol: Rebase beyond what is consumed")
	}
	p.consumed -= n
	p.pos -= n
}

// Missing is a lower bound, at least 1, of the bytes that the unfinished request still needs after
// Incomplete. While an argument is being received it is exact for that argument and its line end, so a buffer
// can be sized once.
func (p *Parser) Missing() int { return max(p.missing, 1) }

// Unfinished tells what of an incomplete request has been understood: the bytes of buf behind Consumed that need
// not be looked at again, headers among them.
func (p *Parser) Unfinished() int { return p.pos - p.consumed }

// Err is the text of the protocol error after Malformed, without the code "ERR " that its reply starts with.
func (p *Parser) Err() string { return p.err }
