package transcripts

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"solokv/tests/harness"
)

// Endpoint is a kind of server that the corpus can be run against. Name is what
// the guards of a file look at: "solokv" or "redis". Start gives an empty
// server with the arguments of a !config line, and ends it with the test.
type Endpoint struct {
	Name  string
	Start func(tb testing.TB, args ...string) Server
}

// Server is one running server: how to reach it, and how its time passes. An
// engine that runs in this process advances its fake clock, and may hand out
// any net.Conn that honours read deadlines.
type Server struct {
	Dial    func() (net.Conn, error)
	Advance func(d time.Duration)
}

// Process is the Endpoint of a program that is started and reached over TCP.
// Its clock is the machine's: Advance waits.
func Process(program harness.Program) Endpoint {
	return Endpoint{
		Name: program.Name,
		Start: func(tb testing.TB, args ...string) Server {
			tb.Helper()
			s := harness.Start(tb, program, args...)
			return Server{
				Dial:    func() (net.Conn, error) { return net.Dial("tcp", s.Addr()) },
				Advance: time.Sleep,
			}
		},
	}
}

// OverTLS is an Endpoint like e, reached through its TLS port.
func OverTLS(e Endpoint) Endpoint {
	start := e.Start
	e.Start = func(tb testing.TB, args ...string) Server {
		tb.Helper()
		issuer, port := harness.NewAuthority(tb), harness.FreePort(tb)
		s := start(tb, append(append(args, issuer.Directives()...), "--tls-port", port)...)
		client := issuer.Client("client")
		s.Dial = func() (net.Conn, error) {
			return tls.Dial("tcp", net.JoinHostPort("127.0.0.1", port), client)
		}
		return s
	}
	return e
}

// Chopped is an Endpoint like e, to which every request comes in small pieces:
// where the network cuts must change nothing.
func Chopped(e Endpoint) Endpoint {
	start := e.Start
	e.Start = func(tb testing.TB, args ...string) Server {
		s := start(tb, args...)
		dial := s.Dial
		s.Dial = func() (net.Conn, error) {
			conn, err := dial()
			return &chopper{Conn: conn}, err
		}
		return s
	}
	return e
}

// pieceLens are the sizes of a chopper's writes, in turn: mostly odd ones, so
// that the cuts fall on different places of equal requests, and a large one so
// that a megabyte does not take a million calls.
var pieceLens = []int{1, 3, 2, 7, 1, 5, 13, 1, 31, 4093}

type chopper struct {
	net.Conn
	turn int
}

func (c *chopper) Write(b []byte) (int, error) {
	written := 0
	for len(b) > 0 {
		n := min(len(b), pieceLens[c.turn%len(pieceLens)])
		c.turn++
		wrote, err := c.Conn.Write(b[:n])
		written += wrote
		if err != nil {
			return written, err
		}
		b = b[n:]
	}
	return written, nil
}
