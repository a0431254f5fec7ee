package compat

import (
	"testing"

	"solokv/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// start runs a server for one test and returns its address.
func start(t *testing.T, args ...string) string {
	t.Helper()
	return harness.Start(t, harness.SoloKV(t), args...).Addr()
}
