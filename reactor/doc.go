// Package reactor moves bytes between sockets and batches. It owns listeners,
// connections, their unparsed input and unsent output; it knows nothing of keys.
//
// Start with server.go (who runs where), then follow a request: accept.go (a
// connection begins), ingest.go (bytes to batches), handoff.go (batches to the
// writer and back), outbox.go (replies to bytes), pause.go (input that has to wait).
// TLS is in between where it is wanted: handshake.go, then secure.go.
//
// gnet's event loops do the I/O. Its listeners are not used: an accept error such
// as EMFILE would end gnet's whole engine, a storm of connections would be taken
// past any limit before the first could be refused, and SO_REUSEPORT lets two
// servers share a port unnoticed. Connections are accepted here and enrolled.
//
// A Conn belongs to its loop: no other goroutine touches its fields, but for the
// gauges.
package reactor
