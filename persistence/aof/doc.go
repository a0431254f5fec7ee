// Package aof is the append-only file: every command that changed something, in order, in files that Redis 7
// can load, and that load even after a power cut.
//
// Where to start:
//
//	journal.go   how records get to disk: the essay, and the side of the goroutine that executes commands
//	disk.go      the journal goroutine: write, fsync, and what happens when the disk refuses
//	rotate.go    from one file to the next: the essay on the states of a rewrite, and the cut
//	rewrite.go   a new base in the place of what came before (base.go: its file)
//	record_*.go  a base in the form of commands: of values, runs of their elements, and streams
//	start.go     an AOF that is switched on at run time
//	catalog.go   the manifest in force, and the steps to the next one
//	load.go      how they come back
//	survey.go    what a start would load, and check.go: in what state it is, without loading it
//	scanner.go   one file, record by record, strictly
//	tail.go      what is a torn tail, and what is damage
//	census.go    how many keys a file will leave, for whoever makes room for them
//	annotate.go  checksums and timestamps between records
//	manifest.go  which files there are (quote.go: how it spells their names)
//	folder.go    what is found at start-up; old single files
//	stats.go     the figures for INFO; policy.go: appendfsync
//
// The package knows RESP and files (persistence/fs), and not the engine: a record is bytes, and who loads hands in a
// function. Only RecordWriter knows values, which it turns into records. Whoever runs two processes on one folder has to lock it first (package
// persistence does).
//
// Promises, each with a test:
//
//   - Under always, what Durable covers is loaded again after any power cut. Under every policy, what Synced covers is.
//   - What is loaded is always a prefix of what was appended; a transaction is loaded whole or not at all.
//   - A disk that refuses loses nothing that was appended, and nothing is written twice once it works again.
//   - A rewrite that fails, is cancelled or is cut short by a power cut changes nothing that is loaded.
//   - The goroutine that appends never waits for a file to be made, synced, renamed or listed.
//   - Damage is an error with a file and an offset. Nothing is skipped, and only a tail that a crash explains is cut.
//   - redis-server and redis-check-aof accept the files, checksums included.
package aof
