// Package diff sends the same random requests to SoloKV and to a real Redis and
// compares what they reply, byte by byte, what their key spaces hold afterwards, how
// many changes they have counted, and of which key-space events they have told.
//
// Requests are made from the syntax that COMMAND DOCS tells (grammar.go, generate.go),
// with few keys, members and numbers, so that they meet (words.go); some are damaged on
// purpose. A round begins with empty servers and what makes it special (plan.go): the
// protocol's version, limits at which encodings change soon, large collections.
//
// Most requests are sent in one go (round.go). Those that pick at random and those that
// walk with a cursor are sent alone, and compared by what must hold (special.go); those
// that wait have connections of their own (block.go). Some requests are queued in a
// transaction, after WATCH and another connection's change now and then
// (transaction.go), some are called by a script (script.go): those are one request with
// others inside (request.go), whose replies are compared as if they had come alone. A
// connection of its own hears the events (events.go). What two right servers may reply
// differently is in compare.go and mask.go, what is known to differ in known.go, each
// as narrow as it can be said.
//
// A round that fails is shrunk to the few requests that matter and printed as a
// transcript (shrink.go): fix it, and put the transcript into tests/transcripts.
//
// It must not know the server's insides. A run is a function of its seed:
//
//	go test ./tests/diff -run Differential -seed 7 -for 60s
package diff
