// Package protocol is RESP, versions 2 and 3, as pure functions over bytes.
//
// It owns the bytes on the wire and nothing else: no socket, no clock, no goroutine, no key. It imports
// nothing of the project, so that the server, the journal, the bench tool and the tests all speak through it.
//
// Where to start:
//
//	request.go      the parser of requests: resumable, copies nothing; its fast path is the server's hot path
//	resume.go       the parser's slow path: requests that are cut short, long or malformed
//	inline.go       requests typed by people: words, quotes and escapes
//	append.go       replies and requests as append functions
//	number.go       integers and floating point numbers as Redis reads and writes them
//	longdouble.go   the extended precision that INCRBYFLOAT computes in
//	value.go        replies read back: for clients, tests and transcripts
//	value_string.go the same as text, the way redis-cli shows it
//	errors.go       the protocol errors that a client can see
//
// Invariants:
//
//   - Where the network splits the stream changes nothing: not the requests, not which error ends them.
//   - A span lies inside the buffer that was handed in, and spans of one request do not overlap.
//   - The parser and the append functions allocate nothing once their buffers have grown.
package protocol
