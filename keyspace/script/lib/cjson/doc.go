// Package cjson is the library cjson of scripts: values as JSON and back, with
// the choices, options and error texts of lua-cjson 2.1.0 as Redis builds it.
//
// It owns the text: what a table looks like as an array or an object, which
// numbers and escapes are written and accepted. It must not know where texts come
// from or go to.
//
// Start with Open in open.go, then encode.go and decode.go; token.go cuts a text
// into tokens, options.go is what scripts can choose.
//
// Two things differ from the original on purpose. Keys of an object are written
// in the order in which they came into the table, where C follows its hash
// function. A text grows to bytesMax at most, so that tables that contain each
// other many times over end in an error and not in the end of the process.
//
// Invariants: nothing here calls Lua code or follows a metatable; no text, however
// odd, panics; an error is kept as a value until the work has been unwound.
package cjson
