package keyspace

import "sync/atomic"

// queue brings batches from any goroutine to the writer: a stack that producers
// push to with one compare-and-swap, and that the writer takes whole with one
// swap and turns round. Order is kept per producer.
//
// Rejected: a channel (a lock and, with many producers, a convoy); a ring (a
// bound that blocks loops; the bound here is the one per connection, I8).
type queue struct {
	top    atomic.Pointer[Batch]
	parked atomic.Bool
	wake   func() // brings the writer back; called by one producer per parking
}

func (q *queue) push(b *Batch) {
	for {
		top := q.top.Load()
		b.next = top
		if q.top.CompareAndSwap(top, b) {
			break
		}
	}
	if q.parked.Load() && q.parked.CompareAndSwap(true, false) {
		q.wake()
	}
}

// takeAll returns everything that was pushed, oldest first, linked by next.
func (q *queue) takeAll() *Batch {
	if q.top.Load() == nil {
		return nil
	}
	var first *Batch
	for b := q.top.Swap(nil); b != nil; {
		next := b.next
		b.next, first = first, b
		b = next
	}
	return first
}

// park announces that the writer will wait for wake. It returns false when
// something came in meanwhile.
func (q *queue) park() bool {
	q.parked.Store(true)
	if q.top.Load() == nil {
		return true
	}
	return !q.parked.CompareAndSwap(true, false)
}

func (q *queue) empty() bool { return q.top.Load() == nil }
