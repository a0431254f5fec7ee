package aof

import "fmt"

// Policy is when the journal syncs (appendfsync).
type Policy uint8

const (
	// Always syncs before anything counts as durable.
	Always Policy = iota
	// EverySec syncs once a second in the background.
	EverySec
	// No leaves it to the kernel.
	No
)

var policyNames = [...]string{Always: "always", EverySec: "everysec", No: "no"}

func (p Policy) String() string { return policyNames[p] }

// ParsePolicy reads a value of appendfsync.
func ParsePolicy(name string) (Policy, error) {
	for i, known := range policyNames {
		if name == known {
			return Policy(i), nil
		}
	}
	return 0, fmt.Errorf("aof: appendfsync cannot be %q", name)
}
