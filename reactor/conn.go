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
	heldBytes int64     // of what is in queue
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

	flyingBytes int64 // of requests that are on their way to a writer that runs apart
	stalled     bool  // the writer goes on with a batch when enough of its output is gone
	toldBytes   int64 // what the engine was told that all this takes: see tell

	class  atomic.Int32 // outputClass
	gauges gauges
}

// gauges are what the writer may read of a connection. The loop writes them.
type gauges struct{ input, inputFree, arguments, output, queued, outputMemory gauge }

// gauge is a figure that one goroutine changes and others read.
type gauge struct{ atomic.Int64 }

// show stores n. Mostly it is what it was, and a load is much cheaper.
func (g *gauge) show(n int64) {
	if g.Load() != n {
		g.Store(n)
	}
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
		x.tell()
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
		h.server.engine.Buffered(c.session, 0)
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

// Buffered implements keyspace.Outbox. On the writer.
func (c *Conn) Buffered() keyspace.Buffers {
	g := &c.gauges
	return keyspace.Buffers{Input: int(g.input.Load()), InputFree: int(g.inputFree.Load()),
		Arguments: int(g.arguments.Load()), Output: int(g.output.Load()), Queued: int(g.queued.Load()), OutputMemory: int(g.outputMemory.Load())}
}

// tell lets the engine know what the connection's buffers take, when that has changed by
// much. So a client whose requests and replies fit their buffers costs it nothing.
func (c *Conn) tell() {
	bytes := int64(cap(c.tail)) + c.flyingBytes + c.gauges.outputMemory.Load()
	if c.secure != nil {
		bytes += secureBytes
	}
	if d := bytes - c.toldBytes; (d < tellBytes && d > -tellBytes) || c.closed {
		return
	}
	c.toldBytes = bytes
	c.server.engine.Buffered(c.session, bytes)
}

const (
	// tellBytes is the change that the engine is told of: ten thousand clients may use
	// 10 MB that it does not know of.
	tellBytes = 1 << 10
	// secureBytes is what crypto/tls takes for an idle connection.
	secureBytes = 24 << 10
)
