// Package syntax reads Lua 5.1 as the reference implementation does, and hands on the tree that gopher-lua
// compiles.
//
// It exists because scripts see what the reader says: the texts of syntax errors are part of Redis's replies,
// words such as goto are names in Lua 5.1, and nesting must be bounded where a recursive reader, and a
// recursive compiler behind it, meet foreign input. Knowing the scopes, it also decides what a sandbox would
// otherwise have to find out at run time:
//
//   - an assignment to a global becomes one to a field of ReadOnly, a table that refuses it;
//   - a field of a library, redis.call, becomes one constant global of that name: libraries cannot change;
//   - the operator .. becomes a call of Concat, because a number's text is not what gopher-lua writes.
//
// It owns the grammar; it knows no value, no interpreter and no Redis.
//
// Where to start:
//
//	lexer.go      characters to tokens
//	parser.go     statements and blocks
//	expression.go expressions, by precedence
//	scope.go      which names are locals, and the limits of a function
package syntax
