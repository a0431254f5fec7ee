package main

import (
	"bytes"
	"fmt"

	"solokv/protocol"
)

// patternBytesMax is how many bytes of expected replies are compared at a time.
const patternBytesMax = 16 << 10

// expectation is the one reply that a load expects, many times in a row. All connections of a load share it.
type expectation struct {
	replyBytes int // 0: replies are not known beforehand
	pattern    []byte
}

func newExpectation(reply string) *expectation {
	if reply == "" {
		return &expectation{}
	}
	return &expectation{
		replyBytes: len(reply),
		pattern:    bytes.Repeat([]byte(reply), max(1, patternBytesMax/len(reply))),
	}
}

// prefix returns the length of a run of expected replies at the start of data, 0 if there is none.
func (e *expectation) prefix(data []byte) int {
	if e.replyBytes == 0 {
		return 0
	}
	n := min(len(data), len(e.pattern))
	n -= n % e.replyBytes
	if bytes.Equal(data[:n], e.pattern[:n]) {
		return n
	}
	if bytes.HasPrefix(data, e.pattern[:e.replyBytes]) {
		return e.replyBytes
	}
	return 0
}

// replyCounter counts the replies in a stream of bytes that arrives in arbitrary pieces.
//
// Nearly all replies of a load are the same few bytes (+OK, or the one value that all keys have), so the counter
// compares the input with a long row of them, thousands at a time. Whatever differs is measured by
// protocol.SkipReply, one reply at a time. An incomplete reply at the end waits for the next piece.
type replyCounter struct {
	expected *expectation
	rest     []byte // an incomplete reply
	err      error  // the first error reply, or a stream that is not RESP
}

// count returns how many replies are completed by the next piece of the stream.
func (c *replyCounter) count(data []byte) int {
	if len(c.rest) > 0 {
		c.rest = append(c.rest, data...)
		data = c.rest
	}
	replies := 0
	for len(data) > 0 && c.err == nil {
		if n := c.expected.prefix(data); n > 0 {
			replies += n / c.expected.replyBytes
			data = data[n:]
			continue
		}
		n, ok := protocol.SkipReply(data)
		if n < 0 {
			c.err = errNotReply
		}
		if !ok {
			break
		}
		if data[0] == '-' {
			c.err = fmt.Errorf("error reply: %s", bytes.TrimSpace(data[1:n]))
		}
		replies++
		data = data[n:]
	}
	c.rest = append(c.rest[:0], data...)
	if len(c.rest) > replyBytesMax {
		c.err = errNotReply
	}
	return replies
}
