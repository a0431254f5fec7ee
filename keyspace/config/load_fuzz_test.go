package config

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzLoad: no text makes the reader panic, and what it accepts can be
// rewritten, with all directives or only with those that matter, and read again
// to the same configuration.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"port 7000\nsave 60 1\nsave 30 2\nbind 127.0.0.1 ::1",
		"requirepass \"a\\x00\\\"b\"\nclient-output-buffer-limit replica 1mb 2k 3",
		"maxmemory-clients 10%\nunixsocketperm 770\nlatency-tracking-info-percentiles 1.5 99.9999",
		"# c\n\nslave-priority 1\nuser a on\nrename-command get \"\"\ninclude more.conf\nmasterauth ''",
		"notify-keyspace-events AnKE\nshutdown-on-sigint save now\nreplicaof h 1\ndir /\nhz 900",
		"loadmodule x\nsentinel x\nno 1\nport 'x",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, text string) {
		c := fuzzConfig()
		if c.loadText(text, 0) != nil || c.checkLoaded() != nil {
			t.Skip()
		}
		for _, all := range []bool{false, true} {
			again := fuzzConfig()
			require.NoError(t, again.loadText(c.rewritten(text, nil, all), 0))
			assert.Equal(t, c.Get("*"), again.Get("*"))
		}
	})
}

// fuzzConfig finds no file but one: the fuzzer must not read what it likes.
func fuzzConfig() *Config {
	c := New()
	c.readFile = func(name string) ([]byte, error) {
		if path.Base(name) == "more.conf" {
			return []byte("timeout 5\nmaxmemory 1mb\n"), nil
		}
		return nil, os.ErrNotExist
	}
	c.findFile = func(pattern string) ([]string, error) {
		if strings.HasPrefix(pattern, "/conf.d/") {
			return []string{"/conf.d/more.conf"}, nil
		}
		return nil, nil
	}
	return c
}
