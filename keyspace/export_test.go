package keyspace

import "math"

// SetPrefetch switches the loads ahead off, or on again, to measure what they
// bring.
func (e *Engine) SetPrefetch(on bool) {
	e.prefetchMin = math.MaxInt
	if on {
		e.prefetchMin = prefetchMinDefault
	}
}

// SetKeySampling switches the sampling of keys off, or on again.
func (e *Engine) SetKeySampling(on bool) {
	e.hot.left = math.MaxInt
	if on {
		e.hot.left = 0
	}
}

// WalkIsOver tells whether the largest of all present keys are known.
func (e *Engine) WalkIsOver() bool { return e.big.whole && e.big.changes == e.stats.changes }

// SetPrefetchMin sets how large tables must be for loads ahead.
func (e *Engine) SetPrefetchMin(n int) { e.prefetchMin = n }

// ElementPlace is what the loads ahead take for the place of an element's name.
func (cmd *Command) ElementPlace() int { return cmd.element }

// GarbageMin is where the search for garbage in the wheels begins.
const GarbageMin = garbageMin

// WheelItems is the number of items in a database's wheels.
func (db *DB) WheelItems() int { return db.times.items() }

// Kill is what SCRIPT KILL does to a suspended script.
func (s *Script) Kill() { s.killed = true }

// PooledBytes is the memory of messages that are kept for the next use.
func (e *Engine) PooledBytes() int64 { return e.messages.bytes.Load() }

// PoolBytesMax is its bound.
const PoolBytesMax = poolBytesMax
