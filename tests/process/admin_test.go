package process

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// freePort is one that was free a moment ago.
func freePort(t *testing.T) string {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
}

// fetch is a page of the admin port; status 0 says that nobody listens.
func fetch(port, path string) (status int, body string) {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get("http://127.0.0.1:" + port + path)
	if err != nil {
		return 0, ""
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(text)
}

func TestAdminPort(t *testing.T) {
	port := freePort(t)
	s := harness.Start(t, harness.SoloKV(t), "--admin-port", port)
	c := s.Dial()
	c.MustDo("SET", "k", "v")
	status, page := fetch(port, "/metrics")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "\nsolokv_command_calls_total{cmd=\"set\"} 1\n")
	assert.Contains(t, page, fmt.Sprintf("\nsolokv_connected_clients %d\n", 1))
	status, _ = fetch(port, "/healthz")
	assert.Equal(t, http.StatusOK, status)
	status, profile := fetch(port, "/debug/pprof/profile?seconds=1")
	assert.Equal(t, http.StatusOK, status)
	assert.NotEmpty(t, profile)

	other := freePort(t)
	c.MustDo("CONFIG", "SET", "admin-port", other)
	status, _ = fetch(other, "/healthz")
	assert.Equal(t, http.StatusOK, status)
	status, _ = fetch(port, "/healthz")
	assert.Zero(t, status)

	refused := func(want string, args ...string) {
		t.Helper()
		reply, err := c.Do(append([]string{"CONFIG", "SET"}, args...)...)
		require.NoError(t, err)
		assert.Equal(t, "ERR CONFIG SET failed (possibly related to argument '"+args[0]+"') - "+want, reply.Text)
		status, _ := fetch(other, "/healthz")
		assert.Equal(t, http.StatusOK, status, "the old one stays")
		assert.Equal(t, other, c.MustDo("CONFIG", "GET", "admin-port").Items[1].Text)
	}
	refused("Unable to listen on this port. Check server logs.", "admin-port", strconv.Itoa(s.Port()))
	refused("Failed to bind to specified addresses.", "admin-bind", "192.0.2.1")
	assert.Equal(t, "127.0.0.1 -::1", c.MustDo("CONFIG", "GET", "admin-bind").Items[1].Text)

	c.MustDo("CONFIG", "SET", "admin-port", "0")
	status, _ = fetch(other, "/healthz")
	assert.Zero(t, status)
}

// TestAdminPortTellsOfCertificates: an operator wants to know before it expires.
func TestAdminPortTellsOfCertificates(t *testing.T) {
	port := freePort(t)
	args := append(harness.NewAuthority(t).Directives(), "--tls-port", freePort(t), "--admin-port", port)
	harness.Start(t, harness.SoloKV(t), args...)
	_, page := fetch(port, "/metrics")
	var end float64
	for line := range strings.SplitSeq(page, "\n") {
		if text, ok := strings.CutPrefix(line, "solokv_tls_certificate_end_timestamp_seconds "); ok {
			var err error
			end, err = strconv.ParseFloat(text, 64)
			require.NoError(t, err)
		}
	}
	assert.Greater(t, end, float64(time.Now().Unix()))
}

// TestAdminPortThatIsTaken: the server does not start without it.
func TestAdminPortThatIsTaken(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	port := ln.Addr().(*net.TCPAddr).Port
	log, code := harness.Refused(t, harness.SoloKV(t), t.TempDir(), "--admin-port", strconv.Itoa(port))
	assert.Equal(t, 1, code)
	assert.Contains(t, log, fmt.Sprintf("Failed listening on port %d (admin), aborting.", port))
}
