package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProcTitle(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		assert.Equal(t, want, loaded(t, text).ProcTitle("./solokv"), text)
	}
	f("", "./solokv *:5555")
	f("bind 127.0.0.1 ::1\nport 7", "./solokv 127.0.0.1:7")
	f("bind \"\"", "./solokv *:5555")
	f("port 0\ntls-port 8", "./solokv *:8")
	f("port 0\nunixsocket /s", "./solokv unixsocket:/s")
	f("cluster-enabled yes", "./solokv *:5555 [cluster]")
	f(`proc-title-template "  {{{title}}} {port} {tls-port} {unixsocket}{config-file} "`, "{./solokv}} 5555 0 -")
	f(`proc-title-template plain`, "plain")
}

func TestProcTitleTemplateIsChecked(t *testing.T) {
	for _, bad := range []string{"", "{", "{title", "{nosuch}", "{{title}{", "{Title}"} {
		assert.EqualError(t, New().Set([]Pair{{"proc-title-template", bad}}, Origin{}, nil),
			"CONFIG SET failed (possibly related to argument 'proc-title-template') - "+
				"template format is invalid or contains unknown variables", bad)
	}
	require.NoError(t, New().Set([]Pair{{"proc-title-template", "{{title}"}}, Origin{}, nil))
}
