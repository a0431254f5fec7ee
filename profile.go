//go:build profile

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// startProfile records a CPU profile until stop is called, in a file of its own in
// the folder that SOLOKV_PROFILE names. `make pgo` builds with the tag profile.
func startProfile() (stop func() error, err error) {
	name := filepath.Join(os.Getenv("SOLOKV_PROFILE"), fmt.Sprintf("solokv-%d.pprof", os.Getpid()))
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("profile: %w", err), file.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
