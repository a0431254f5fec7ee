package reactor

import (
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"

	"solokv/keyspace"
	"solokv/protocol"
)

// inFlightMax is the number of batches of one connection that the writer may
// hold (I8). Beyond it input stays unparsed: that is the back-pressure.
const inFlightMax = 4

// outputPauseBytes is the unsent output from which on a connection's further
// input is not executed until the client has read some.
const outputPauseBytes = 4 << 20

// Conn is one client's connection. It belongs to its loop.
type Conn struct {
	server  *Server
	loop    *loop
	socket  gnet.Conn
	fd      int
	session *keyspace.Session
	secure  *secure // nil: in the clear

	parser    protocol.Parser
	tail      []byte    // input that is not parsed, or not completely
	queue     []sending // to be sent, in order: see queue.go
	queued    bool      // in loop.round.conns
	headSent  int       // bytes of the first, a message, that are sent already
	stuck     bool      // the client takes no message before the poller has looked again
	heldBytes int64     // of the messages in queue
	inFlight  int
	reading   bool // inside ingest
	closed    bool
	malformed bool  // the input broke the protocol
	lingering bool  // our half is closed: see finishClose
	closing   bool  // to be closed when the output is gone
	killed    bool  // ... or rather at once
	ended     bool  // no more will come: see end
	watched   bool  // in loop.slow
	choked    bool  // has too much output to send for more to be executed
	paused    bool  // not read from: pause.go
	softNs    int64 // since when the soft limit of output is exceeded
	giveUpNs  int64 // when a closing connection is closed all the same

	class       atomic.Int32 // outputClass
	inputGauge  atomic.Int64
	outputGauge atomic.Int64
}

// handler is what gnet calls, on the loop of the connection concerned.
type handler struct {
	gnet.BuiltinEventEngine
	server *Server
}

// OnOpen introduces a connection to its loop and the engine to its session.
func (h *handler) OnOpen(socket gnet.Conn) ([]byte, gnet.Action) {
	switch x := socket.Context().(type) {
	case *control:
		x.loop.events = socket.EventLoop()
	case *Conn:
		x.socket, x.fd = socket, socket.Fd()
		x.loop = h.server.loopOf(socket.EventLoop())
		x.session.Peer().FD = x.fd
		x.setLimits(!h.server.Limits.PasswordRequired.Load())
		if sec := h.server.Limits.KeepAliveSec.Load(); sec > 0 && !x.session.Peer().Unix {
			_ = socket.SetKeepAlive(true, time.Duration(sec)*time.Second, time.Duration(max(1, sec/3))*time.Second, 3)
		}
		if h.server.adopted {
			h.server.engine.Opened(x.session)
		} else {
			h.server.engine.Open(x.session)
		}
		if x.secure != nil {
			x.secure.sealed = &x.loop.sealed
			x.loop.execute(opener{x})
		}
	}
	return nil, gnet.None
}

func (s *Server) loopOf(events gnet.EventLoop) *loop {
	for _, l := range s.loops {
		if l.events == events {
			return l
		}
	}
	panic("reactor: connection on an unknown loop")
}

// OnTraffic takes what gnet has read.
func (h *handler) OnTraffic(socket gnet.Conn) gnet.Action {
	c, ok := socket.Context().(*Conn)
	if !ok {
		_, _ = socket.Discard(-1)
		socket.Context().(*control).loop.endRound()
		return gnet.None
	}
	c.loop.reads.Add(1)
	data, _ := socket.Next(-1)
	c.traffic(data)
	return gnet.None
}

// traffic serves what the connection has brought, and whoever could not be served
// before.
func (c *Conn) traffic(data []byte) {
	c.loop.ingesting = true
	c.arrive(data)
	c.loop.ingested()
	if len(c.loop.revived) > 0 {
		c.loop.revive()
	}
	c.finishClose()
}

// arrive takes what gnet has read.
func (c *Conn) arrive(data []byte) {
	c.paused = false // gnet has found it worth reading
	if c.secure == nil {
		c.ingest(data)
		return
	}
	c.arriveSealed(data)
}

// OnClose forgets the connection.
func (h *handler) OnClose(socket gnet.Conn, _ error) gnet.Action {
	if c, ok := socket.Context().(*Conn); ok && !c.closed {
		c.closed = true
		c.tail = nil
		c.dropQueue()
		h.server.Live.Add(-1)
		h.server.engine.Gone(c.session)
	}
	return gnet.None
}

// setLimits makes the parser's limits those of a known, or unknown, client.
func (c *Conn) setLimits(known bool) {
	if !known {
		c.parser.Limits = protocol.LimitsUnauthenticated
		return
	}
	c.parser.Limits = protocol.LimitsDefault
	c.parser.Limits.BulkBytesMax = c.server.Limits.BulkBytes.Load()
}

// close ends the connection now.
func (c *Conn) close() {
	if !c.closed {
		_ = c.socket.EventLoop().Close(c.socket)
	}
}

// Buffered tells how much input waits to be parsed and output to be sent.
func (c *Conn) Buffered() (input, output int) {
	return int(c.inputGauge.Load()), int(c.outputGauge.Load())
}
