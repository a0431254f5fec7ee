package hostile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"solokv/protocol"
)

// attack is something that a hostile client does, over and over, on a connection of its
// own. It ends when the server closes the connection, or at the deadline.
type attack struct {
	name    string
	clients int
	// growMax bounds the memory that all clients together may cost the server.
	growMax int64
	run     func(conn net.Conn, random *rand.Rand)
	short   bool // a visit takes no time: it is repeated
	secure  bool // against the TLS port
	errors  string
}

const mb = 1 << 20

// valueBytes is the length of the value that readers ask for.
const valueBytes = 1 * mb

// floorBytes is what any attack may cost: batches, stacks, the room that Go's collector
// leaves.
const floorBytes = 96 * mb

func request(args ...string) []byte { return protocol.AppendCommandStrings(nil, args...) }

// attacks and their bounds. 100 clients are enough for what costs a connection much; a
// figure per client is what one may hold by the limits that docs/TESTING.md names.
var attacks = []attack{
	{name: "half requests, held", clients: 400, growMax: floorBytes + 400*mb/8, run: func(c net.Conn, _ *rand.Rand) {
		write(c, []byte("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$65536\r\n"+strings.Repeat("v", 20<<10)))
		hold(c)
	}},
	{name: "a byte at a time", clients: 100, growMax: floorBytes, run: func(c net.Conn, _ *rand.Rand) {
		for _, b := range bytes.Repeat(request("SET", "k", strings.Repeat("v", 100)), 1000) {
			if !write(c, []byte{b}) {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}},
	// 4 MB of replies and one more, which Go's collector may hold twice.
	{name: "large replies, not read", clients: 20, growMax: floorBytes + 20*2*(4+2)*mb, run: func(c net.Conn, _ *rand.Rand) {
		write(c, bytes.Repeat(request("GET", "large"), 500))
		hold(c)
	}},
	{name: "announced lengths", clients: 400, growMax: floorBytes + 400*mb/4, run: func(c net.Conn, r *rand.Rand) {
		write(c, []byte([]string{"*1000000\r\n", "*2\r\n$536870912\r\n", "*1000000\r\n$536870912\r\nv"}[r.IntN(3)]))
		hold(c)
	}},
	{name: "lengths that may not be", clients: 50, short: true, growMax: floorBytes, errors: "-ERR Protocol error",
		run: func(c net.Conn, r *rand.Rand) {
			write(c, []byte([]string{"*1048577\r\n", "*2\r\n$536870913\r\n", "*1\r\n$-7\r\n", "*1\r\n:1\r\n"}[r.IntN(4)]))
			hold(c)
		}},
	{name: "connect and close", clients: 8, short: true, growMax: floorBytes, run: func(c net.Conn, r *rand.Rand) {
		if r.IntN(2) == 0 {
			write(c, request("PING"))
		}
		if tcp, ok := c.(*net.TCPConn); ok && r.IntN(2) == 0 {
			_ = tcp.SetLinger(0)
		}
	}},
	{name: "beyond maxclients", clients: 1000, growMax: floorBytes, run: func(c net.Conn, _ *rand.Rand) { hold(c) }},
	{name: "noise", clients: 20, short: true, growMax: floorBytes, run: noise},
	{name: "inline flood", clients: 20, growMax: floorBytes, run: func(c net.Conn, _ *rand.Rand) {
		flood(c, bytes.Repeat([]byte("PING "+strings.Repeat("x", 1000)+"\r\n"), 60))
	}},
	{name: "pipelines, not read", clients: 50, growMax: floorBytes + 50*2*(4+2)*mb, run: func(c net.Conn, _ *rand.Rand) {
		flood(c, bytes.Repeat(request("ECHO", strings.Repeat("e", 1000)), 60))
	}},
	// A queue ends at client-query-buffer-limit, 8 MB here, and grows by copying.
	{name: "MULTI without end", clients: 10, short: true, growMax: floorBytes + 10*3*8*mb, run: func(c net.Conn, _ *rand.Rand) {
		write(c, request("MULTI"))
		go drain(c)
		flood(c, bytes.Repeat(request("SET", "k", strings.Repeat("v", 1000)), 60))
	}},
	{name: "guessed passwords", clients: 20, growMax: floorBytes, run: func(c net.Conn, r *rand.Rand) {
		go drain(c)
		flood(c, bytes.Repeat(request("AUTH", "nobody", fmt.Sprint(r.Uint64())), 60))
	}},
	// Messages are shared: what one subscriber does not read costs what all do.
	{name: "subscribers, not reading", clients: 400, growMax: floorBytes + 64*mb, run: func(c net.Conn, r *rand.Rand) {
		if r.IntN(40) == 0 {
			go drain(c)
			for write(c, request("PUBLISH", "channel", strings.Repeat("m", 10_000))) {
				time.Sleep(5 * time.Millisecond)
			}
			return
		}
		write(c, request("SUBSCRIBE", "channel"))
		hold(c)
	}},
	{name: "noise for TLS", clients: 8, short: true, secure: true, growMax: floorBytes, run: noise},
}

// noise is bytes that look like requests here and there.
func noise(c net.Conn, r *rand.Rand) {
	words := []string{"*", "$", "\r\n", "3", "-1", "SET", "k", "\x00", "\xff", "*3\r\n$3\r\nSET\r\n", "$0\r\n\r\n", "PING\r\n",
		"\"", "'", "+OK\r\n", "%2\r\n", "\x16\x03\x01", "9999999999"}
	var out []byte
	for range 1 + r.IntN(200) {
		out = append(out, words[r.IntN(len(words))]...)
		if r.IntN(8) == 0 {
			out = append(out, byte(r.Uint32()))
		}
	}
	write(c, out)
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
	_, _ = c.Read(make([]byte, 4096))
}

// write tells whether the connection took p.
func write(c net.Conn, p []byte) bool {
	_, err := c.Write(p)
	return err == nil
}

// flood writes p until the connection takes no more.
func flood(c net.Conn, p []byte) {
	for write(c, p) {
		continue
	}
}

// hold keeps the connection open, and reads nothing, until the deadline.
func hold(c net.Conn) {
	if end, ok := c.(*deadlined); ok {
		time.Sleep(time.Until(end.end))
	}
}

// drain reads until the connection ends.
func drain(c net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		if _, err := c.Read(buffer); err != nil {
			return
		}
	}
}

// deadlined is a connection of an attack that ends at a time.
type deadlined struct {
	net.Conn
	end time.Time
}
