// Package pubsub knows who listens to what: names, each with those who have
// subscribed to it, and the names that one subscriber has. It is used for channels,
// for patterns and for shard channels alike.
//
// It knows no messages, no clients and no protocol. Nothing in it is safe for more
// than one goroutine: it belongs to the writer.
//
// Start with registry.go.
package pubsub
