package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"solokv/protocol"
)

const (
	dialTimeout = 5 * time.Second
	// replyTimeout bounds every wait for a reply; DEBUG POPULATE of millions of keys is the slowest command asked.
	replyTimeout = 2 * time.Minute
	// pourBatch is how many commands pour sends before it reads their replies.
	pourBatch = 1000
	// replyBytesMax bounds what is kept of an incomplete reply.
	replyBytesMax = 64 << 20
)

// errNotReply says that a server sent something that is not RESP, or more of it than any question asks for.
var errNotReply = errors.New("too long for a reply, or not one")

// client is a plain connection for set-up and questions: one request, one reply. It is not used by load.
type client struct {
	conn net.Conn
	in   []byte // received, not yet consumed
	out  []byte
}

func dial(address string) (*client, error) {
	conn, err := net.DialTimeout("tcp", address, dialTimeout)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn}, nil
}

func (c *client) close() { _ = c.conn.Close() }

// do sends one command and returns the text of its reply: a status, a number or a string, without framing. An error
// reply is returned as an error.
func (c *client) do(words ...string) (string, error) {
	c.out = protocol.AppendCommandStrings(c.out[:0], words...)
	if err := c.send(); err != nil {
		return "", fmt.Errorf("%s: %w", words[0], err)
	}
	reply, err := c.receive()
	if err == nil {
		reply, err = replyText(reply)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", words[0], err)
	}
	return string(reply), nil
}

// doInt is do for commands that answer with a number.
func (c *client) doInt(words ...string) (int64, error) {
	text, err := c.do(words...)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// info returns the fields of a section of INFO.
func (c *client) info(section string) (map[string]string, error) {
	text, err := c.do("INFO", section)
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			fields[name] = value
		}
	}
	return fields, nil
}

// infoInt returns one numeric field of INFO.
func (c *client) infoInt(section, field string) (int64, error) {
	fields, err := c.info(section)
	if err != nil {
		return 0, err
	}
	value, err := strconv.ParseInt(fields[field], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("INFO %s: %s: %w", section, field, err)
	}
	return value, nil
}

// pour sends count commands in pipelined batches; appendCommand appends the i-th one to dst. It is how rows fill a
// server before they measure it. The first error reply ends it.
func (c *client) pour(ctx context.Context, count int, appendCommand func(dst []byte, i int) []byte) error {
	for first := 0; first < count; first += pourBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		after := min(first+pourBatch, count)
		c.out = c.out[:0]
		for i := first; i < after; i++ {
			c.out = appendCommand(c.out, i)
		}
		if err := c.send(); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
		for range after - first {
			reply, err := c.receive()
			if err == nil {
				_, err = replyText(reply)
			}
			if err != nil {
				return fmt.Errorf("fill: %w", err)
			}
		}
	}
	return nil
}

func (c *client) send() error {
	if err := c.conn.SetDeadline(time.Now().Add(replyTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(c.out)
	return err
}

// receive returns one complete reply with its framing. The bytes are valid until the next call.
func (c *client) receive() ([]byte, error) {
	for {
		n, ok := protocol.SkipReply(c.in)
		if ok {
			reply := c.in[:n]
			c.in = c.in[n:]
			return reply, nil
		}
		if n < 0 || len(c.in) > replyBytesMax {
			return nil, errNotReply
		}
		if err := c.read(); err != nil {
			return nil, err
		}
	}
}

// read appends what has arrived to in, first moving the unread rest to the front when space runs out behind it.
func (c *client) read() error {
	const readBytesMin = 64 << 10
	if cap(c.in)-len(c.in) < readBytesMin {
		c.in = append(make([]byte, 0, 2*len(c.in)+4*readBytesMin), c.in...)
	}
	n, err := c.conn.Read(c.in[len(c.in):cap(c.in)])
	c.in = c.in[:len(c.in)+n]
	if n > 0 {
		return nil
	}
	return err
}

// replyText strips the framing of a reply that is one text: a status, an error, a number or a string.
func replyText(reply []byte) ([]byte, error) {
	line, rest, _ := bytes.Cut(reply, []byte("\r\n"))
	switch line[0] {
	case '-':
		return nil, fmt.Errorf("error reply: %s", line[1:])
	case '$':
		return bytes.TrimSuffix(rest, []byte("\r\n")), nil
	default:
		return line[1:], nil
	}
}
