package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Environment variables that replace what the harness would choose itself.
const (
	envSoloKV = "SOLOKV_BIN" // a ready binary instead of a build
	envTags   = "SOLOKV_TAGS"
	envOracle = "REDIS_BIN" // words, such as "chroot DIR redis-server"
)

// defaultTags are the build tags of the Makefile's build target: the binary
// under test is the one that users get.
const defaultTags = "poll_opt,gc_opt"

// Program is a server that can be started: a name for messages and guards, and
// the words that start it, before any argument.
type Program struct {
	Name string
	Argv []string
}

// SoloKV returns the server of this repository. The first call of a test binary
// builds it; $SOLOKV_BIN names a ready one and saves the build.
func SoloKV(tb testing.TB) Program {
	tb.Helper()
	path, err := buildOnce()
	if err != nil {
		tb.Fatalf("harness: %v", err)
	}
	return Program{Name: "solokv", Argv: []string{path}}
}

// Redis returns the reference server: the words given, or $REDIS_BIN, or
// redis-server from the PATH. The test is skipped where there is none.
func Redis(tb testing.TB, words string) Program {
	tb.Helper()
	if words == "" {
		words = os.Getenv(envOracle)
	}
	if words == "" {
		words = "redis-server"
	}
	argv := strings.Fields(words)
	if _, err := exec.LookPath(argv[0]); err != nil {
		tb.Skipf("no %s on this machine: the comparison with the real server is skipped", argv[0])
	}
	return Program{Name: "redis", Argv: argv}
}

// built holds the one binary of this test process, so that a package with many
// tests pays for one build. The folder is removed by RemoveBuild.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func buildOnce() (string, error) {
	built.once.Do(func() {
		if path := os.Getenv(envSoloKV); path != "" {
			built.path, built.err = filepath.Abs(path)
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "solokv-build-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "solokv")
		built.err = build(built.path)
	})
	return built.path, built.err
}

func build(target string) error {
	tags, ok := os.LookupEnv(envTags)
	if !ok {
		tags = defaultTags
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-tags", tags, "-o", target, ".")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, output)
	}
	return nil
}

// moduleRoot is the folder of the server's module, also for tests of another one.
func moduleRoot() (string, error) {
	output, err := exec.Command("go", "list", "-f", "{{.Module.Dir}}", "solokv/tests/harness").Output()
	if err != nil {
		return "", fmt.Errorf("build: where is the module: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}

// RemoveBuild deletes the binary that SoloKV built.
func RemoveBuild() {
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
}

// Main is the TestMain of packages that start SoloKV: it runs the tests, deletes the binary
// that was built for them, and ends the process.
func Main(m *testing.M) {
	code := m.Run()
	RemoveBuild()
	os.Exit(code)
}
