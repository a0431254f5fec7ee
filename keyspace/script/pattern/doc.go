// Package pattern matches Lua 5.1's patterns: what string.find, match, gmatch and gsub work with.
//
// gopher-lua has a matcher of its own, which lacks %f and reports errors in other words. This one follows the
// manual: classes, sets, the quantifiers * + - ?, anchors, captures, positions, back references, %b and %f.
//
// It owns patterns over strings of bytes, and knows no interpreter. A match costs what backtracking costs; its
// depth is bounded by depthMax, its work by the Budget that it is given.
//
// Where to start: Matcher.Match in match.go, then class.go.
package pattern
