// Package bitlib is the library bit of scripts: operations on numbers as on
// integers of 32 bits, with the results of LuaBitOp.
//
// It owns nothing: every function is arithmetic on its arguments. It must not
// know what they are for.
//
// Start with Open in bit.go.
//
// Invariants: an argument counts modulo 2^32, and a fraction is rounded to the
// nearest, halves to the even one; a result is a signed number.
package bitlib
