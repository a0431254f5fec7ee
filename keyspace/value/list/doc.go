// Package list is the large list: what a list becomes when it outgrows the one
// listpack that its key's entry can hold.
//
// It owns the nodes and pages of a list in the arena, and how they are cut, joined
// and shared with a snapshot. It must not know keys, commands or replies.
//
// Start at list.go, which draws the structure; node.go and page.go are its two
// kinds of block, cursor.go is how it is read, and ends.go, insert.go, delete.go and
// trim.go are how it is changed. A Cursor also reads a list that is one listpack, so
// commands read both in the same way.
package list
