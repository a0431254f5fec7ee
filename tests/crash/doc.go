// Package crash kills the server with SIGKILL, over and over, at random moments
// under load, and looks after each restart for writes that were acknowledged and
// are gone.
//
// It owns a model of a few string commands (model_test.go), clients that know
// what each of their requests has to answer (writer_test.go), the campaign
// (crash_test.go), and what goes on beside the clients: rewrites and saves without
// end, or the append-only file being turned off and on (unrest_test.go).
// It must not know how the files are made, but for where the
// last one ends: what a crash may do to them is cut them there.
//
// Every writer has keys of its own, so what the server may hold is exactly the
// state after some number of its requests, in order: at least those that were
// acknowledged (always), or acknowledged in good time (everysec), and at most
// those that were sent. Anything else is a lost write, one that came too early,
// or half of one.
//
//	go test ./tests/crash -seed 7 -kills 100
//
// A seed fixes what is sent and when the server is killed; what it was doing at
// that moment is up to the machine.
package crash
