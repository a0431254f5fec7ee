// Package wheel is a hierarchical timing wheel that remembers when the keys of
// one database may expire, in 8 bytes a key and without a Go pointer.
//
// It knows nothing of entries: an item is a dict.Tag (48 bits of a key's hash)
// and a time. When an item fires, its owner looks the key up, and either it has
// expired, or it has a later expiry and is filed again, or it is gone and the
// item was garbage. So the wheel needs no removal.
//
// Start with wheel.go.
package wheel
