//go:build invariants

package invariant

// Enabled tells whether the build checks its invariants at run time.
const Enabled = true
