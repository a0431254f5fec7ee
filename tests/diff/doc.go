// Package diff sends the same random requests to SoloKV and to a real Redis and
// compares what they reply, byte by byte, and what their key spaces hold
// afterwards.
//
// Requests are made from the syntax that COMMAND DOCS tells (grammar.go), with few
// keys, members and numbers, so that they meet (words.go); some are damaged on
// purpose. What two right servers may reply differently is in compare.go. A round
// that fails is shrunk to the few requests that matter and printed as a transcript
// (shrink.go): fix it, and put the transcript into tests/transcripts.
//
// It must not know the server's insides. A run is a function of its seed:
//
//	go test ./tests/diff -run Differential -seed 7 -for 60s
package diff
