// Package soak keeps one server busy for minutes with everything that it can do at once, and looks whether anything
// is left behind: memory, goroutines, descriptors, an error in the log, or data that a restart does not bring back.
//
// It owns the clients (load_test.go, words_test.go, clients_test.go, operator_test.go), the phases (phase_test.go), what is
// measured when it is quiet (measure_test.go), the twins (twin_test.go), and the bounds with their reasons
// (bounds_test.go). Start at soak_test.go. It must not know what a command should answer, only which errors a load
// like this may meet; what is right is for other packages to say.
//
//	phase:  load, with one policy of maxmemory  ->  quiet  ->  twin  ->  emptied  ->  next phase
//	                                                  |          |          |
//	                                               digest     the same   memory, goroutines, descriptors
//
// The server lives through all phases, or a restart would hide what leaks. That its files bring the data back is
// checked with twins: servers that are started on a copy of the files, killed, and ended by SIGTERM, and have the
// same digest each time. At the end the server itself goes that way.
//
//	make soak FOR=10m SEED=7
//
// A seed fixes what the clients send; in which order the server gets it is up to the machine.
package soak
