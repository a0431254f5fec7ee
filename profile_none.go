//go:build !profile

package main

// startProfile does nothing: see profile.go.
func startProfile() (stop func() error, err error) {
	return func() error { return nil }, nil
}
