// Package script runs the scripts and the functions of clients: what EVAL, SCRIPT, FCALL and FUNCTION stand on.
//
// It owns the Lua that scripts see, the redis table in it, the conversions between Lua's values and replies, the
// cache of scripts and the libraries of functions. It knows no key and no command: what a script calls is
// executed by a Host, which the engine is. A Reply is bytes of the protocol in both directions.
//
// Where to start:
//
//	host.go         what the engine has to provide
//	interpreter.go  one Lua with its redis table; running something in it
//	call.go         redis.call and redis.pcall: the hot path
//	from_reply.go   replies as Lua values
//	to_reply.go     Lua values as replies
//	api.go          the other functions of the redis table
//	cache.go        scripts by their text and by their SHA1
//	shebang.go      the line that flags stand in
//	library.go      libraries of functions
//	register.go     redis.register_function
//
// and below it, each a package of its own: syntax reads Lua, pattern matches its patterns, sandbox is the
// language around them.
//
// A call of a script that reads one key takes about 1 us, of which the copies that Lua's strings are take a
// third. A loop in Lua itself takes 14 to 20 times as long as in C (see BenchmarkLoop).
//
// Invariants:
//
//   - One script runs at a time, on the writer. While Host.Pause has not returned nothing else may run here.
//   - A script's text is compiled once. Texts are compared, not hashed again, when EVAL brings them anew.
//   - Nothing that a script does outlives it, but for the variables of a library of functions.
package script
