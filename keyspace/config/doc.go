// Package config is the server's configuration: the directives that exist, the
// typed values they set, redis.conf and the command line, and what CONFIG GET,
// SET and REWRITE do with them.
//
// It owns names, aliases, defaults, limits and texts, all of them Redis 7.2's
// where Redis has the directive. It must not know what a value is for: it opens
// no socket, switches no log level, changes no directory. Whoever does is told
// by Set's apply function which directives changed, and reads Values.
//
// Where to start: a section such as network.go. It holds a struct of typed
// fields and, beside it, one line per directive that binds name, field, default
// and limits; a directive is added there and nowhere else. Then directive.go
// (what a directive is), load.go, get.go, set.go, rewrite.go (what is done with
// all of them).
//
// Differences from Redis, on purpose:
//   - port 5555, appendonly yes, appenddirname "aof", appendfilename "appendOnly.aof".
//   - "dir" is a value, not a chdir: Values.Path joins with it. Includes that
//     follow a dir line are found as if the directory had been changed.
//   - locale-collate takes "", C and POSIX only; activedefrag cannot be enabled
//     (nothing moves in the arena); loadmodule and sentinel are refused.
//   - An address in bind or replicaof that could never resolve (empty, or with
//     blanks or quotes in it) is refused when it is set, not when it is used.
//   - notify-keyspace-events shows an "n" beside an "A", which Redis loses.
//   - Memory values that do not fit 63 bits are refused, not wrapped around.
//   - Directives of our own: event-loops, log-format, aof-checksum,
//     arena-huge-pages, rdb-save-version, admin-port, admin-bind.
//
// Ownership: a Config is not safe for concurrent use. main loads it; from then
// on it belongs to the keyspace goroutine, and so does the Values it points to.
// Other goroutines get copies of the few values they need when they start or
// when a directive changes.
package config
