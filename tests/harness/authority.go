package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority makes certificates for tests, and files of them.
type Authority struct {
	Dir  string
	File string // its own certificate

	tb   testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// certificateLife is how long a test's certificates are good for, from an hour ago.
const certificateLife = 24 * time.Hour

// NewAuthority makes an authority whose files are in a temporary folder.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	a := &Authority{Dir: tb.TempDir(), tb: tb}
	template := template("authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	a.cert, a.key = a.sign(template)
	a.File = a.write("ca.crt", "CERTIFICATE", a.cert.Raw)
	return a
}

func template(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(certificateLife),
	}
}

// sign makes a key and a certificate for it, signed by the authority or, before there
// is one, by itself.
func (a *Authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	a.must(err)
	cert, err := x509.ParseCertificate(der)
	a.must(err)
	return cert, key
}

// Issue makes a certificate for 127.0.0.1 in the name of somebody, and returns its
// file and that of its key.
func (a *Authority) Issue(name string) (certFile, keyFile string) {
	a.tb.Helper()
	template := template(name)
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	cert, key := a.sign(template)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	a.must(err)
	return a.write(name+".crt", "CERTIFICATE", cert.Raw), a.write(name+".key", "PRIVATE KEY", der)
}

// Client is the configuration of a client that trusts the authority, and shows a
// certificate of it if it has a name.
func (a *Authority) Client(name string) *tls.Config {
	a.tb.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	c := &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
	if name != "" {
		pair, err := tls.LoadX509KeyPair(a.Issue(name))
		a.must(err)
		c.Certificates = []tls.Certificate{pair}
	}
	return c
}

// Directives makes a server's certificate, and returns what the server is started
// with.
func (a *Authority) Directives() []string {
	a.tb.Helper()
	cert, key := a.Issue("server")
	return []string{"--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", a.File}
}

func (a *Authority) write(name, kind string, der []byte) string {
	a.tb.Helper()
	file := filepath.Join(a.Dir, name)
	a.must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return file
}

func (a *Authority) must(err error) {
	a.tb.Helper()
	if err != nil {
		a.tb.Fatalf("harness: certificate: %v", err)
	}
}
