// Package invariant switches expensive self-checks on and off at build time.
//
// Built with -tags invariants, Enabled is true and the packages that own a
// structure check it as they change it: poisoned blocks, mangled argument
// buffers, recounted totals. Without the tag the constant is false and the
// compiler drops the checks, so they cost nothing in a release build.
//
// The package imports nothing and holds no state.
package invariant
