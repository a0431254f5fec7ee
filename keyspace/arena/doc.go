// Package arena is the memory in which data lives: off the Go heap, so that
// the collector never sees a key.
//
// It owns one reserved range of address space and hands out blocks of it,
// named by 40-bit references (Ref) instead of pointers. It knows nothing of
// keys, tables or epochs; whoever allocates decides when a block may be freed.
//
// Start with arena.go (the type and its fast paths), then class.go (sizes),
// span.go (runs of pages cut into blocks of one size), page.go (free runs) and
// scavenge.go (the way back to the operating system).
//
// Invariants:
//   - One goroutine allocates and frees (keyspace I1). Any goroutine may read a
//     block that nobody frees meanwhile: the base address never moves.
//   - Used is exact: the sum of the sizes of the live blocks' classes.
//   - Blocks of 512 bytes and more whose class is a multiple of 64 start on a
//     cache line.
//   - A fresh block holds arbitrary bytes.
package arena
