// Package harness runs a server from the outside, the way a user does: it
// builds the binary, starts it in a folder of its own on a free loopback port,
// waits until the log says that it is ready, talks to it over TCP, and ends it.
//
// It owns processes, ports, temporary folders and logs. It must not know any
// command's meaning: what a server should answer stands in package transcripts
// and in the tests that use this one.
//
// Start reading at Program (which binary), then Server (one running process)
// and Client (one connection). The same code runs SoloKV and a real
// redis-server, because both honour the same contract: a configuration file,
// "--name value" pairs after it, "Ready to accept connections" in the log, and
// an orderly end on SIGTERM.
//
// Invariants: a started process never outlives its test (Cleanup ends it, and
// the kernel ends it should the test binary itself die); every wait has a named
// bound.
package harness
