// Package sandbox makes of gopher-lua what scripts expect of the Lua inside Redis.
//
// It owns the language: globals that cannot change, the functions of Lua's own libraries, protected calls,
// coroutines, and the texts of errors. It knows nothing of Redis, of commands or of replies.
//
// gopher-lua runs Lua 5.1's instructions, but several things around them are not those of the reference
// implementation that Redis has in it. Each is dealt with in one place:
//
//   - Errors. The interpreter's own texts are put into the reference implementation's words, with the names of
//     the variables (errors.go, variable.go).
//   - Protected calls. After an error inside pcall, gopher-lua's closures no longer share variables with the
//     functions around them. So pcall runs its function in a thread of its own (protect.go).
//   - Numbers as text: 14 digits (number.go; the reader makes calls of the operator ..).
//   - Read-only tables, which it has not got (table.go).
//   - The library functions: all of them are our own.
//
// Invariants:
//
//   - What a script can reach it cannot change for the next one.
//   - The memory that one operation takes is bounded: text by Sandbox.TextBytesMax, recursion by the depths in
//     sandbox.go.
//   - Panics other than an error of Lua become errors of Lua only in gopher-lua's own protected call.
package sandbox
