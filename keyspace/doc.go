// Package keyspace is the engine: the single writer that owns all data, the
// sessions of the clients, and what happens between a parsed request and its
// reply.
//
// It owns the databases (db.go, lookup.go, store.go, expire.go), the life of a
// request (batch.go, queue.go, engine.go, dispatch.go, call.go), the sessions
// (session.go, clients.go, clientmemory.go) and what every command leaves behind (modified.go,
// propagate.go, stats.go, slowlog.go, latency.go). It never names a command: the
// table of them is handed to New, and the engine reads their flags. It knows no
// sockets and no files: an Outbox takes replies, a Journal takes records.
//
// Start with engine.go, then follow a request: batch.go, dispatch.go, call.go,
// context.go.
//
// Invariants, cited by number elsewhere:
//
//	I1  One writer. Only the goroutine inside Step or Serve touches databases and
//	    sessions. A *Ctx exists only there.
//	I2  Every mutation ends in one call, Ctx.Modified.
//	I3  No argument slice outlives its handler.
//	I4  Replies leave in request order per connection.
//	I5  Under appendfsync always no reply leaves before the fsync that covers it.
//	I6  Replaying the journal gives the same data.
//	I7  An expired key is never visible.
//	I8  Every queue and buffer is bounded, and the bound has a name.
//	I9  Memory frozen by a snapshot is never written or freed.
package keyspace
