package reactor

import (
	"fmt"
	"reflect"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/netpoll"
)

// Not reading from a connection is how a client is told to slow down: its
// sending window closes, and its input costs us nothing. gnet reads whenever
// something has come, and what it has read we would have to keep: a client that
// loads a large file through a pipeline sends faster than the writer executes,
// and would fill the memory up to client-query-buffer-limit, and be cut off.
//
// So the socket of a connection that is held, and whose tail is long, leaves the
// loop's poller, and comes back when it is held no longer. gnet gives no access
// to that poller, so it is taken from inside its connection. loop.enroll checks that
// the fields are where they were in the version of go.mod, when the server starts; TestHeldInputIsNotRead checks that they do what they did.
//
// gnet itself changes the registration in two cases, which fit in: when output
// is left over it asks for both events, which fails for a socket that is not
// registered (write therefore goes back first), and when that is sent it asks
// for input only, which ends a pause; the next read begins another.

// inputPauseBytes is the unparsed input from which on a held connection is no
// longer read from. It is below the least client-query-buffer-limit.
const inputPauseBytes = 256 << 10

// registration is what gnet's poller knows a connection by.
type registration struct {
	poller     *netpoll.Poller
	attachment *netpoll.PollAttachment
}

// registrationOf finds the registration of a connection.
func registrationOf(socket gnet.Conn) (r registration, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reactor: this version of gnet is not known: %v", p)
		}
	}()
	conn := reflect.ValueOf(socket).Elem()
	attachment := conn.FieldByName("pollAttachment").Addr()
	poller := conn.FieldByName("loop").Elem().FieldByName("poller")
	if attachment.Type() != reflect.TypeFor[*netpoll.PollAttachment]() || poller.Type() != reflect.TypeFor[*netpoll.Poller]() {
		return r, fmt.Errorf("reactor: this version of gnet is not known: %v, %v", attachment.Type(), poller.Type())
	}
	return registration{(*netpoll.Poller)(poller.UnsafePointer()),
		(*netpoll.PollAttachment)(attachment.UnsafePointer())}, nil
}

// pauseReading leaves further input to the kernel, and then to the client.
func (c *Conn) pauseReading() {
	if c.paused {
		return
	}
	r, err := registrationOf(c.socket)
	if err != nil || r.poller.Delete(c.fd) != nil {
		return
	}
	c.paused = true
	if c.socket.OutboundBuffered() > 0 {
		c.failRegistration(r.poller.AddWrite(r.attachment, false))
	}
}

// goOnReading ends a pause.
func (c *Conn) goOnReading() {
	if !c.paused || c.closed {
		return
	}
	c.paused = false
	r, err := registrationOf(c.socket)
	if err != nil {
		return
	}
	_ = r.poller.Delete(c.fd) // it is registered only while output is pending
	if c.socket.OutboundBuffered() > 0 {
		err = r.poller.AddReadWrite(r.attachment, false)
	} else {
		err = r.poller.AddRead(r.attachment, false)
	}
	c.failRegistration(err)
}

// failRegistration gives up a connection of which no event would be heard.
func (c *Conn) failRegistration(err error) {
	if err != nil {
		c.server.log.Error().Err(err).Msg("cannot wait for a connection; it is closed")
		c.kill()
	}
}
