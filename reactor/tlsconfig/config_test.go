package tlsconfig

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace/config"
	"solokv/tests/harness"
)

// made is Server for these directives.
func made(t *testing.T, directives ...string) (*tls.Config, error) {
	t.Helper()
	cfg := config.New()
	require.NoError(t, cfg.LoadArgs(directives, nil))
	return Server(cfg.Values())
}

// shake lets a client meet a server, and returns what both have to say.
func shake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	failed := make(chan error, 1)
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			x := tls.Server(conn, server)
			if err = x.Handshake(); err == nil {
				_, err = x.Write([]byte("."))
			}
		}
		failed <- err
	}()
	conn, err := tls.Dial("tcp", ln.Addr().String(), client)
	if err != nil {
		<-failed
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	_, _ = conn.Read(make([]byte, 1)) // takes in the session's ticket
	return conn.ConnectionState(), <-failed
}

// TestRefusals: what is wrong is said in Redis's words.
func TestRefusals(t *testing.T) {
	a := harness.NewAuthority(t)
	server, other := a.Directives(), harness.NewAuthority(t).Directives()
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	f := func(want string, directives ...string) {
		t.Helper()
		_, err := made(t, directives...)
		assert.ErrorContains(t, err, want)
	}
	cert, key, ca := server[:2:2], server[2:4:4], server[4:]
	with := func(all ...string) []string { return append(append([]string{}, server...), all...) }

	f("No tls-cert-file configured!", ca...)
	f("No tls-key-file configured!", append(cert, ca...)...)
	f("Either tls-ca-cert-file or tls-ca-cert-dir must be specified", append(cert, key...)...)
	f("Failed to load certificate: /nowhere: no such file or directory", with("--tls-cert-file", "/nowhere")...)
	f("Failed to load private key: /nowhere: no such file or directory", with("--tls-key-file", "/nowhere")...)
	f("private key does not match public key", with("--tls-key-file", other[3])...)
	f("Failed to configure CA certificate(s) file/directory: ", with("--tls-ca-cert-file", "/nowhere")...)
	f("holds no certificate", with("--tls-ca-cert-file", empty)...)
	f("Failed to configure CA certificate(s) file/directory: ", with("--tls-ca-cert-dir", "/nowhere")...)
	f("Failed to load /nowhere: no such file or directory", with("--tls-dh-params-file", "/nowhere")...)
	f("Invalid tls-protocols specified. Use a combination of 'TLSv1'", with("--tls-protocols", "SSLv3")...)
	f("Failed to configure ciphers: NONE", with("--tls-ciphers", "NONE")...)
	f("Failed to configure ciphersuites: NONE", with("--tls-ciphersuites", "NONE")...)

	_, err := made(t, append(server[:4:4], "--tls-auth-clients", "no")...)
	assert.NoError(t, err, "nobody's word is needed")
}

func TestWantedByPort(t *testing.T) {
	f := func(want bool, directives ...string) {
		t.Helper()
		cfg := config.New()
		require.NoError(t, cfg.LoadArgs(directives, nil))
		assert.Equal(t, want, IsWanted(cfg.Values()))
	}
	f(false)
	f(false, "--tls-cert-file", "/nowhere")
	f(true, "--tls-port", "1")
	f(true, "--tls-replication", "yes")
	f(true, "--tls-cluster", "yes")
}

func TestClientCertificates(t *testing.T) {
	a, stranger := harness.NewAuthority(t), harness.NewAuthority(t)
	strange := stranger.Client("client")
	strange.RootCAs = a.Client("").RootCAs
	// A client that knows what is asked for would show nothing; this one insists.
	strange.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &strange.Certificates[0], nil
	}
	f := func(auth string, client *tls.Config, want bool) {
		t.Helper()
		server, err := made(t, append(a.Directives(), "--tls-auth-clients", auth)...)
		require.NoError(t, err)
		_, err = shake(t, server, client)
		assert.Equal(t, want, err == nil, "%s: %v", auth, err)
	}
	f("yes", a.Client("client"), true)
	f("yes", a.Client(""), false)
	f("yes", strange, false)
	f("optional", a.Client("client"), true)
	f("optional", a.Client(""), true)
	f("optional", strange, false)
	f("no", a.Client("client"), true)
	f("no", a.Client(""), true)
	f("no", strange, true)
}

// TestAuthorityFolder: every certificate in the folder counts, whatever its file's name.
func TestAuthorityFolder(t *testing.T) {
	a, b := harness.NewAuthority(t), harness.NewAuthority(t)
	dir := t.TempDir()
	for name, file := range map[string]string{"1.pem": a.File, "anything": b.File} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README"), []byte("nothing\n"), 0o600))

	server, err := made(t, append(a.Directives()[:4], "--tls-ca-cert-dir", dir)...)
	require.NoError(t, err)
	for _, issuer := range []*harness.Authority{a, b} {
		client := issuer.Client("client")
		client.RootCAs = a.Client("").RootCAs
		_, err := shake(t, server, client)
		assert.NoError(t, err)
	}
}

func TestProtocols(t *testing.T) {
	a := harness.NewAuthority(t)
	f := func(protocols string, clientMax, want uint16) {
		t.Helper()
		server, err := made(t, append(a.Directives(), "--tls-protocols", protocols)...)
		require.NoError(t, err)
		client := a.Client("client")
		client.MinVersion, client.MaxVersion = tls.VersionTLS10, clientMax
		state, err := shake(t, server, client)
		assert.Equal(t, want, state.Version, "%q, %x: %v", protocols, clientMax, err)
		assert.Equal(t, want == 0, err != nil)
	}
	f("", tls.VersionTLS13, tls.VersionTLS13)
	f("", tls.VersionTLS12, tls.VersionTLS12)
	f("", tls.VersionTLS11, 0)
	f("TLSv1.2", tls.VersionTLS13, tls.VersionTLS12)
	f("tlsv1.3", tls.VersionTLS12, 0)
	f("TLSv1 TLSv1.1", tls.VersionTLS13, tls.VersionTLS11)
	f("TLSv1.1 TLSv1.3", tls.VersionTLS11, tls.VersionTLS11)
	f("TLSv1.1 TLSv1.3", tls.VersionTLS13, tls.VersionTLS13)
}

// TestProtocolGap: what lies between two versions is not agreed on.
func TestProtocolGap(t *testing.T) {
	a := harness.NewAuthority(t)
	server, err := made(t, append(a.Directives(), "--tls-protocols", "TLSv1.1 TLSv1.3")...)
	require.NoError(t, err)
	client := a.Client("client")
	client.MaxVersion = tls.VersionTLS12
	_, err = shake(t, server, client)
	assert.Error(t, err)
}

func TestCiphers(t *testing.T) {
	f := func(text string, want ...uint16) {
		t.Helper()
		got, err := parseCiphers(text)
		require.NoError(t, err)
		assert.Equal(t, want, got, "%q", text)
	}
	f("")
	f("ECDHE-RSA-AES128-GCM-SHA256", tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	f("AES256-SHA:nonsense,ECDHE-ECDSA-CHACHA20-POLY1305", tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256)
	f("ECDHE+AESGCM:!aRSA", tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)
	f("kRSA+AESGCM", tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384)
	f("HIGH:-ALL:ECDHE-RSA-AES128-SHA", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
	f("!SHA1:ECDHE+AES128+aECDSA", tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256)
	f("CHACHA20:!aECDSA:+HIGH:@STRENGTH", tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)

	all, err := parseCiphers("DEFAULT:!MEDIUM")
	require.NoError(t, err)
	assert.Len(t, all, 10, "what crypto/tls holds to be safe")

	a := harness.NewAuthority(t)
	server, err := made(t, append(a.Directives(), "--tls-protocols", "TLSv1.2", "--tls-ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384")...)
	require.NoError(t, err)
	state, err := shake(t, server, a.Client("client"))
	require.NoError(t, err)
	assert.Equal(t, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, state.CipherSuite)
}

// TestCiphersuites: a connection that has agreed on another suite of TLS 1.3 is ended.
func TestCiphersuites(t *testing.T) {
	a := harness.NewAuthority(t)
	f := func(suites string, want bool) {
		t.Helper()
		server, err := made(t, append(a.Directives(), "--tls-ciphersuites", suites)...)
		require.NoError(t, err)
		_, err = shake(t, server, a.Client("client"))
		assert.Equal(t, want, err == nil, "%s: %v", suites, err)
	}
	f("", true)
	f("TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256", true)
	state, err := made(t, a.Directives()...)
	require.NoError(t, err)
	agreed, err := shake(t, state, a.Client("client"))
	require.NoError(t, err)
	for name, id := range suites13 {
		f(name, id == agreed.CipherSuite)
	}
}

func TestSessions(t *testing.T) {
	a := harness.NewAuthority(t)
	f := func(want bool, versions string, directives ...string) {
		t.Helper()
		server, err := made(t, append(append(a.Directives(), "--tls-protocols", versions), directives...)...)
		require.NoError(t, err)
		client := a.Client("client")
		client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		_, err = shake(t, server, client)
		require.NoError(t, err)
		state, err := shake(t, server, client)
		require.NoError(t, err)
		assert.Equal(t, want, state.DidResume, "%s %q", versions, directives)
	}
	for _, versions := range []string{"TLSv1.2", "TLSv1.3"} {
		f(true, versions)
		f(true, versions, "--tls-session-cache-timeout", "0")
		f(false, versions, "--tls-session-caching", "no")
	}
}

// TestSessionsEnd: a ticket that is too old is not taken.
func TestSessionsEnd(t *testing.T) {
	f := func(age time.Duration, want bool) {
		t.Helper()
		c := &tls.Config{}
		limitSessions(c, 300)
		session := &tls.SessionState{Extra: [][]byte{[]byte("other"), stamp(time.Now().Add(-age))}}
		assert.Equal(t, want, isFresh(session, 300))
	}
	f(0, true)
	f(299*time.Second, true)
	f(302*time.Second, false)
	assert.False(t, isFresh(&tls.SessionState{}, 300), "a ticket without a stamp is none of ours")
}

// TestEncryptedKeys were made by OpenSSL 3 for these tests, in all the ways that it
// knows.
func TestEncryptedKeys(t *testing.T) {
	files, err := filepath.Glob("testdata/*.key")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var want []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if filepath.Base(file) == "scrypt.key" {
			_, err = decryptKey(text, "sesame")
			assert.ErrorIs(t, err, errScheme)
			continue
		}
		got, err := decryptKey(text, "sesame")
		require.NoError(t, err, file)
		block, _ := pem.Decode(got)
		require.NotNil(t, block, file)
		key := parsed(t, block)
		if want == nil {
			want = key
		}
		assert.Equal(t, want, key, "%s: all hold the same key", file)

		if filepath.Base(file) != "clear.key" {
			_, err = decryptKey(text, "")
			assert.ErrorIs(t, err, errPassMissing, file)
			_, err = decryptKey(text, "open")
			assert.ErrorIs(t, err, errPassWrong, file)
		}
	}
}

func parsed(t *testing.T, block *pem.Block) []byte {
	if block.Type == "PRIVATE KEY" {
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		require.NoError(t, err)
		der, err := x509.MarshalPKCS8PrivateKey(key)
		require.NoError(t, err)
		return der
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return der
}

// FuzzDecryptKey: a file with anything in it makes an error at worst.
func FuzzDecryptKey(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.key")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(text, "sesame")
	}
	f.Fuzz(func(t *testing.T, text []byte, pass string) {
		if plain, err := decryptKey(text, pass); err == nil {
			assert.NotNil(t, plain)
		}
	})
}
