package admin

import (
	"context"
	stdlog "log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	headerTimeout = 5 * time.Second
	requestBytes  = 16 << 10
	// idleTimeout keeps the connection of a scraper that comes every minute.
	idleTimeout = 2 * time.Minute
	// farewell is how long the requests of a port that was closed may go on.
	farewell = 5 * time.Second
	// connectionsMax bounds the descriptors that an address takes; others wait.
	connectionsMax = 8
)

// Server is the admin port. It listens before it serves, so that a port that is taken
// is known at once.
type Server struct {
	// Open listens on all addresses of bind, or on none.
	Open func(bind []string, port int) ([]net.Listener, error)
	Log  zerolog.Logger

	mu        sync.Mutex
	handler   http.Handler // nil before Start
	bind      []string
	port      int
	listeners []net.Listener
	http      *http.Server // of these listeners
}

// Start begins to serve.
func (s *Server) Start(e Engine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = newHandler(e)
	s.serve()
}

// Listen moves the port; 0 closes it. On an error everything stays as it was.
func (s *Server) Listen(bind []string, port int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if port == s.port && slices.Equal(bind, s.bind) {
		return nil
	}
	if port == s.port { // the addresses may overlap
		return s.rebind(bind)
	}
	var opened []net.Listener
	if port != 0 {
		var err error
		if opened, err = s.Open(bind, port); err != nil {
			return err
		}
	}
	s.close()
	s.take(opened, bind, port)
	return nil
}

// rebind listens on other addresses, or on those of before if that cannot be.
func (s *Server) rebind(bind []string) error {
	if s.port == 0 {
		s.bind = bind
		return nil
	}
	s.close()
	opened, err := s.Open(bind, s.port)
	if err != nil {
		back, errBack := s.Open(s.bind, s.port)
		if errBack != nil {
			s.port = 0
		}
		s.take(back, s.bind, s.port)
		return err
	}
	s.take(opened, bind, s.port)
	return nil
}

// Close ends the port and its connections.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.http
	s.close()
	if last != nil {
		_ = last.Close()
	}
}

func (s *Server) take(opened []net.Listener, bind []string, port int) {
	s.listeners, s.bind, s.port = opened, bind, port
	if s.handler != nil {
		s.serve()
	}
}

func (s *Server) serve() {
	if len(s.listeners) == 0 {
		return
	}
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: requestBytes, ErrorLog: stdlog.New(s.Log, "", 0),
	}
	for _, ln := range s.listeners {
		go func() { _ = server.Serve(limit(ln)) }()
	}
	s.http = server
}

// close stops listening at once, and ends what is connected a little later.
func (s *Server) close() {
	for _, ln := range s.listeners {
		_ = ln.Close()
	}
	if s.http != nil {
		go leave(s.http)
	}
	s.listeners, s.http = nil, nil
}

func leave(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}

// limited is a listener that accepts connectionsMax connections at a time.
type limited struct {
	net.Listener
	free   chan struct{}
	closed chan struct{}
	once   sync.Once
}

func limit(ln net.Listener) *limited {
	return &limited{Listener: ln, free: make(chan struct{}, connectionsMax), closed: make(chan struct{})}
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &counted{Conn: conn, done: sync.OnceFunc(func() { <-l.free })}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// counted gives its place back when it is closed.
type counted struct {
	net.Conn
	done func()
}

func (c *counted) Close() error {
	c.done()
	return c.Conn.Close()
}
