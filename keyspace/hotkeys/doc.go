// Package hotkeys finds the keys that most of a stream of samples name, in bounded
// memory and without allocating.
//
// It knows no requests and no clock: who samples says how much a sample stands for, and
// when time has passed. Nothing in it is safe for more than one goroutine: it belongs to
// the writer.
//
// Start with sketch.go.
package hotkeys
