package harness

import (
	"bufio"
	"fmt"
	"net"
	"time"

	"solokv/protocol"
)

// doTimeout bounds a call that is sure to be answered.
const doTimeout = 10 * time.Second

// Client is one connection that speaks RESP and has no opinion: what to send
// and what to expect is its user's business. It is not safe for use by several
// goroutines.
type Client struct {
	conn   net.Conn
	reader *bufio.Reader
	out    []byte
}

// Dial opens a connection to an address of a Server.
func Dial(addr string) (*Client, error) {
	conn, err := net.DialTimeout("tcp", addr, doTimeout)
	if err != nil {
		return nil, err
	}
	return NewClient(conn), nil
}

// NewClient speaks over a connection that is already there. The client owns it.
func NewClient(conn net.Conn) *Client {
	return &Client{conn: conn, reader: bufio.NewReader(conn)}
}

// Do sends a command and reads one reply. An error reply is a value, not an
// error; the error tells that there is no reply.
func (c *Client) Do(args ...string) (protocol.Value, error) {
	c.out = protocol.AppendCommandStrings(c.out[:0], args...)
	if err := c.SendRaw(c.out); err != nil {
		return protocol.Value{}, err
	}
	return c.Receive(doTimeout)
}

// MustDo is Do for a test that has nothing to say about a failure: it panics
// when there is no reply or when the reply is an error.
func (c *Client) MustDo(args ...string) protocol.Value {
	v, err := c.Do(args...)
	if err != nil || v.IsError() {
		panic(fmt.Sprintf("harness: %q: %v %v", args, v, err))
	}
	return v
}

// Send sends a command and reads nothing.
func (c *Client) Send(args ...[]byte) error {
	c.out = protocol.AppendCommand(c.out[:0], args...)
	return c.SendRaw(c.out)
}

// SendRaw sends bytes as they are, in one write.
func (c *Client) SendRaw(b []byte) error {
	c.conn.SetWriteDeadline(time.Now().Add(doTimeout))
	_, err := c.conn.Write(b)
	return err
}

// Receive reads one reply. The wait bounds how long its first byte may take;
// os.ErrDeadlineExceeded then tells that the connection was silent, and nothing
// of a later reply is lost. io.EOF tells that the server has closed it.
func (c *Client) Receive(wait time.Duration) (protocol.Value, error) {
	c.conn.SetReadDeadline(time.Now().Add(wait))
	if _, err := c.reader.Peek(1); err != nil {
		return protocol.Value{}, err
	}
	c.conn.SetReadDeadline(time.Now().Add(doTimeout))
	return protocol.ReadValue(c.reader)
}

// Buffered tells whether bytes have arrived that Receive has not returned yet.
func (c *Client) Buffered() bool {
	c.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.reader.Peek(1)
	return err == nil
}

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }
