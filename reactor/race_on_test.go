//go:build race

package reactor

// raceEnabled: the race detector makes everything ten times slower.
const raceEnabled = true
