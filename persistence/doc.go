// Package persistence brings data to disk and back.
//
//	store.go   the working folder: one owner, loading, and the journal
//	check.go   what state files are in, without loading them (check_rdb.go, check_report.go); --check
//	aof/       the append-only file
//	fs/        the file system that everything goes through: real, in memory, crashing, failing
//
// It never imports the engine: records are bytes, and what they mean is the business of the function that
// Load is given.
package persistence
