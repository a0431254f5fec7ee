// Package auxlib is what the C libraries of Redis's Lua share, for the libraries
// in Go: arguments with C's conversions and error texts, numbers as text and
// back.
//
// It is named for Lua's own auxiliary library. Package lua has functions of the
// same names, but they convert and complain differently: its errors name
// arguments in other words, its numbers print with 17 digits. Scripts compare
// error texts and store numbers, so here they are C's to the byte.
//
// It must not know any library, nor what a script is for. Errors are raised with
// Error and ArgError, which do not return; a library that has more to do first
// keeps an error as a value.
//
// Start with args.go.
//
// Invariants: no function here calls Lua code; every index is that of an
// argument, from 1.
package auxlib
