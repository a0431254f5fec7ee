// Package admin answers operators over HTTP, on a port of its own: the figures of
// the server for Prometheus (/metrics), Go's profiles (/debug/pprof/) and whether it
// is well (/healthz).
//
// It owns the listeners of admin-port and the list of metrics. What it tells it asks
// of the engine, in one short step of the writer per scrape; the text is made on the
// goroutine of the request. It must not know how connections, files or commands work,
// and nothing here may make a client wait.
//
// Start with server.go (the port), then figures.go (what is read on the writer) and
// metrics.go (what is made of it). To add a metric, write its line there and run
// make docs.
//
// The text is written here (text.go) and not by prometheus/client_golang, which would make
// the program 3.2 MB larger and every server, with an admin port or without, 2 MB of
// resident memory, most of it for protocol buffers that nobody asks for. The format is a
// page; the library's parser and linter check it in tests/compat.
//
// Invariants:
//
//   - At most one question waits at the writer, however many scrapes come.
//   - A question that is not answered in time is an error; its request does not hang.
//   - An open port has connectionsMax connections at most: descriptors belong to clients.
package admin
