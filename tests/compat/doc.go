// Package compat runs well-known client libraries, unmodified, against the server.
// It is a module of its own, so that what they need is not what SoloKV needs.
package compat
