package compat

import (
	"os"
	"testing"

	"solokv/tests/harness"
)

func TestMain(m *testing.M) {
	code := m.Run()
	harness.RemoveBuild()
	os.Exit(code)
}

// start runs a server for one test and returns its address.
func start(t *testing.T, args ...string) string {
	t.Helper()
	return harness.Start(t, harness.SoloKV(t), args...).Addr()
}
