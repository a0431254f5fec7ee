package reactor

import (
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TLS of the whole program: its directives, its log, and the usual tools.

// shakes tells whether a client is served at the TLS port, and the serial number of
// the certificate that it is shown.
func shakes(t *testing.T, port string, c *tls.Config) (serial string, served bool) {
	t.Helper()
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: waitMax}, "tcp", "127.0.0.1:"+port, c)
	if err != nil {
		return "", false
	}
	defer conn.Close()
	v, err := harness.NewClient(conn).Do("PING")
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.String(), err == nil && v.Text == "PONG"
}

// TestTLSStart: what is wrong with the files ends the start, and the log says what.
func TestTLSStart(t *testing.T) {
	a := harness.NewAuthority(t)
	f := func(want string, args ...string) {
		t.Helper()
		log, code := harness.Refused(t, harness.SoloKV(t), t.TempDir(), args...)
		assert.Contains(t, log, want)
		assert.Contains(t, log, "Failed to configure TLS. Check logs for more info.")
		assert.NotZero(t, code)
	}
	f("No tls-cert-file configured!", "--tls-port", harness.FreePort(t))
	f("Failed to load private key: /nowhere", append(a.Directives(), "--tls-port", harness.FreePort(t), "--tls-key-file", "/nowhere")...)

	s := harness.Start(t, harness.SoloKV(t), "--tls-cert-file", "/nowhere")
	assert.Contains(t, s.Log(), readyText, "nobody has asked for TLS")

	port := harness.FreePort(t)
	taken, err := net.Listen("tcp", "127.0.0.1:"+port)
	require.NoError(t, err)
	defer taken.Close()
	log, _ := harness.Refused(t, harness.SoloKV(t), t.TempDir(),
		append(a.Directives(), "--bind", "127.0.0.1", "--tls-port", port)...)
	assert.Contains(t, log, "Failed listening on port "+port+" (tls), aborting.")
}

const readyText = "Ready to accept connections"

// TestTLSOnly: there need not be a port in the clear.
func TestTLSOnly(t *testing.T) {
	a, port := harness.NewAuthority(t), harness.FreePort(t)
	s := harness.Start(t, harness.SoloKV(t), append(a.Directives(), "--tls-port", port)...)
	c := s.Dial()
	v, err := c.Do("CONFIG", "SET", "port", "0")
	require.NoError(t, err)
	assert.Equal(t, "OK", v.Text)
	_, err = net.Dial("tcp", s.Addr())
	assert.Error(t, err)
	_, served := shakes(t, port, a.Client("client"))
	assert.True(t, served)

	v, err = c.Do("INFO", "server")
	require.NoError(t, err)
	assert.Contains(t, v.Text, "\r\ntcp_port:"+port+"\r\n")
	assert.Regexp(t, `listener0:name=tls(,bind=[^,]+)+,port=`+port+"\r\n", v.Text)
}

// TestTLSReconfigure: CONFIG SET changes all or nothing, for those who come.
func TestTLSReconfigure(t *testing.T) {
	a, b := harness.NewAuthority(t), harness.NewAuthority(t)
	first, second := harness.FreePort(t), harness.FreePort(t)
	s := harness.Start(t, harness.SoloKV(t))
	c := s.Dial()
	set := func(want string, pairs ...string) {
		t.Helper()
		v, err := c.Do(append([]string{"CONFIG", "SET"}, pairs...)...)
		require.NoError(t, err)
		assert.Regexp(t, want, v.Text)
	}
	refusal := func(name string) string {
		return regexp.QuoteMeta("ERR CONFIG SET failed (possibly related to argument '" + name +
			"') - Unable to update TLS configuration. Check server logs.")
	}
	ofA := pairsOf(a.Directives())
	set(refusal("tls-port"), "tls-port", first)
	set("^OK$", append(ofA, "tls-port", first)...)
	serial, served := shakes(t, first, a.Client("client"))
	require.True(t, served)

	set(refusal("tls-cert-file"), "tls-cert-file", "/nowhere", "tls-key-file", ofA[3])
	set(refusal("tls-protocols"), "tls-protocols", "SSLv3")
	still, served := shakes(t, first, a.Client("client"))
	assert.True(t, served, "what was there goes on")
	assert.Equal(t, serial, still)

	set("^OK$", "tls-auth-clients", "no")
	_, served = shakes(t, first, a.Client(""))
	assert.True(t, served)

	a.Issue("server") // another certificate in the same files
	set("^OK$", "tls-cert-file", ofA[1], "tls-key-file", ofA[3])
	renewed, served := shakes(t, first, a.Client(""))
	assert.True(t, served)
	assert.NotEqual(t, serial, renewed)

	ofB := pairsOf(b.Directives())
	set("^OK$", append(ofB, "tls-auth-clients", "yes", "tls-port", second)...)
	_, served = shakes(t, first, a.Client("client"))
	assert.False(t, served)
	_, served = shakes(t, second, b.Client("client"))
	assert.True(t, served)
	set("^OK$", "tls-port", "0")
	_, served = shakes(t, second, b.Client("client"))
	assert.False(t, served)
}

// pairsOf makes arguments of CONFIG SET of those of the command line.
func pairsOf(directives []string) []string {
	for i, word := range directives {
		directives[i] = strings.TrimPrefix(word, "--")
	}
	return directives
}

// TestRebind: CONFIG SET moves the server to another port, or back if that is taken.
func TestRebind(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--bind", "127.0.0.1")
	c := s.Dial()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, takenPort, _ := net.SplitHostPort(taken.Addr().String())
	v, err := c.Do("CONFIG", "SET", "port", takenPort)
	require.NoError(t, err)
	assert.Equal(t, "ERR CONFIG SET failed (possibly related to argument 'port') - "+
		"Unable to listen on this port. Check server logs.", v.Text)
	dialTo(t, "tcp", s.Addr()).alive()

	v, err = c.Do("CONFIG", "SET", "bind", "192.0.2.1")
	require.NoError(t, err)
	assert.Equal(t, "ERR CONFIG SET failed (possibly related to argument 'bind') - "+
		"Failed to bind to specified addresses.", v.Text)
	dialTo(t, "tcp", s.Addr()).alive()

	port := harness.FreePort(t)
	v, err = c.Do("CONFIG", "SET", "port", port)
	require.NoError(t, err)
	assert.Equal(t, "OK", v.Text)
	dialTo(t, "tcp", "127.0.0.1:"+port).alive()
	_, err = net.Dial("tcp", s.Addr())
	assert.Error(t, err)
	v, err = c.Do("PING")
	require.NoError(t, err)
	assert.Equal(t, "PONG", v.Text, "who is connected stays so")
}

// TestTLSTools: redis-cli and redis-benchmark, where they are and know TLS.
func TestTLSTools(t *testing.T) {
	for _, tool := range []string{"redis-cli", "redis-benchmark"} {
		if help, _ := exec.Command(tool, "--help").CombinedOutput(); !strings.Contains(string(help), "--tls") {
			t.Skipf("no %s with TLS", tool)
		}
	}
	a, port := harness.NewAuthority(t), harness.FreePort(t)
	harness.Start(t, harness.SoloKV(t), append(a.Directives(), "--tls-port", port)...)
	cert, key := a.Issue("client")
	run := func(tool string, args ...string) string {
		t.Helper()
		args = append([]string{"-p", port, "--tls", "--cacert", a.File, "--cert", cert, "--key", key}, args...)
		command := exec.Command(tool, args...)
		command.Stderr = os.Stderr
		out, err := command.Output()
		require.NoError(t, err)
		return string(out)
	}
	assert.Equal(t, "PONG\n", run("redis-cli", "PING"))
	assert.Equal(t, strings.Repeat("v", 100_000)+"\n", run("redis-cli", "EVAL", "return string.rep('v', 100000)", "0"))
	out := run("redis-benchmark", "-q", "-n", "20000", "-c", "20", "-P", "16", "-t", "set,get,lpush,lrange_300")
	assert.Equal(t, 5, strings.Count(out, "requests per second"), "LRANGE fills its list first: %s", out)
}
