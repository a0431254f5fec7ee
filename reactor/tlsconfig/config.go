package tlsconfig

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"solokv/keyspace/config"
)

var (
	errNoCertificate = errors.New("No tls-cert-file configured!")
	errNoKey         = errors.New("No tls-key-file configured!")
	errNoCA          = errors.New("Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, " +
		"tls-replication or tls-auth-clients are enabled!")
	errProtocols = errors.New("Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', " +
		"'TLSv1.2' and 'TLSv1.3'.")
)

// IsWanted tells whether anything asks for TLS. Otherwise the directives may be
// incomplete.
func IsWanted(v *config.Values) bool { return v.TLSPort != 0 || v.TLSReplication || v.TLSCluster }

// Server makes the configuration for those who connect to us.
func Server(v *config.Values) (*tls.Config, error) {
	if err := checkComplete(v); err != nil {
		return nil, err
	}
	versions, err := parseProtocols(v.TLSProtocols)
	if err != nil {
		return nil, err
	}
	certificate, err := keyPair(v)
	if err != nil {
		return nil, err
	}
	cas, err := authorities(v)
	if err != nil {
		return nil, err
	}
	suites, err := parseCiphers(v.TLSCiphers)
	if err != nil {
		return nil, err
	}
	suites13, err := parseCiphersuites(v.TLSCiphersuites)
	if err != nil {
		return nil, err
	}
	if v.TLSDHParamsFile != "" {
		if _, err := os.ReadFile(v.Path(v.TLSDHParamsFile)); err != nil {
			return nil, fmt.Errorf("Failed to load %s: %w", v.TLSDHParamsFile, unwrapPath(err))
		}
	}
	c := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   clientAuth(v.TLSAuthClients),
		ClientCAs:    cas,
		MinVersion:   slices.Min(versions),
		MaxVersion:   slices.Max(versions),
		CipherSuites: suites,
		// Replies of many kilobytes are the rule here, and nobody waits for the first
		// bytes of a page.
		DynamicRecordSizingDisabled: true,
		SessionTicketsDisabled:      !v.TLSSessionCaching,
		VerifyConnection: func(state tls.ConnectionState) error {
			return admit(state, versions, suites13)
		},
	}
	if v.TLSSessionCaching {
		limitSessions(c, v.TLSSessionCacheTimeout)
	}
	return c, nil
}

func checkComplete(v *config.Values) error {
	needsCA := v.TLSAuthClients != config.TLSAuthNo || v.TLSReplication || v.TLSCluster
	switch {
	case v.TLSCertFile == "":
		return errNoCertificate
	case v.TLSKeyFile == "":
		return errNoKey
	case needsCA && v.TLSCACertFile == "" && v.TLSCACertDir == "":
		return errNoCA
	}
	return nil
}

func clientAuth(a config.TLSAuth) tls.ClientAuthType {
	switch a {
	case config.TLSAuthYes:
		return tls.RequireAndVerifyClientCert
	case config.TLSAuthOptional:
		return tls.VerifyClientCertIfGiven
	}
	return tls.NoClientCert
}

// admit ends handshakes that have agreed on what the directives do not allow and
// crypto/tls cannot be told: a gap in tls-protocols, and the suites of TLS 1.3.
func admit(state tls.ConnectionState, versions, suites13 []uint16) error {
	if !slices.Contains(versions, state.Version) {
		return fmt.Errorf("%s is not among tls-protocols", tls.VersionName(state.Version))
	}
	if state.Version == tls.VersionTLS13 && !slices.Contains(suites13, state.CipherSuite) {
		return fmt.Errorf("%s is not among tls-ciphersuites", tls.CipherSuiteName(state.CipherSuite))
	}
	return nil
}

// keyPair loads the server's certificate, with its chain, and its key.
func keyPair(v *config.Values) (pair tls.Certificate, err error) {
	chain, err := os.ReadFile(v.Path(v.TLSCertFile))
	if err != nil {
		return pair, fmt.Errorf("Failed to load certificate: %s: %w", v.TLSCertFile, unwrapPath(err))
	}
	key, err := os.ReadFile(v.Path(v.TLSKeyFile))
	if err == nil {
		key, err = decryptKey(key, v.TLSKeyFilePass)
	}
	if err == nil {
		pair, err = tls.X509KeyPair(chain, key)
	}
	if err != nil {
		return pair, fmt.Errorf("Failed to load private key: %s: %w", v.TLSKeyFile, unwrapPath(err))
	}
	return pair, nil
}

// authorities loads those whose word for a client's certificate we take.
func authorities(v *config.Values) (*x509.CertPool, error) {
	fail := func(err error) (*x509.CertPool, error) {
		return nil, fmt.Errorf("Failed to configure CA certificate(s) file/directory: %w", err)
	}
	if v.TLSCACertFile == "" && v.TLSCACertDir == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if v.TLSCACertFile != "" {
		pem, err := os.ReadFile(v.Path(v.TLSCACertFile))
		if err != nil {
			return fail(err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return fail(fmt.Errorf("%s holds no certificate", v.TLSCACertFile))
		}
	}
	if v.TLSCACertDir != "" {
		if err := addFolder(pool, v.Path(v.TLSCACertDir)); err != nil {
			return fail(err)
		}
	}
	return pool, nil
}

// addFolder adds the certificates of a folder's files, whatever these are named.
func addFolder(pool *x509.CertPool, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(folder, e.Name())
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		pem, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		pool.AppendCertsFromPEM(pem)
	}
	return nil
}

var protocols = map[string]uint16{
	"tlsv1": tls.VersionTLS10, "tlsv1.1": tls.VersionTLS11, "tlsv1.2": tls.VersionTLS12, "tlsv1.3": tls.VersionTLS13,
}

// parseProtocols reads tls-protocols; empty is what is held to be safe.
func parseProtocols(text string) (versions []uint16, err error) {
	if text == "" {
		return []uint16{tls.VersionTLS12, tls.VersionTLS13}, nil
	}
	for _, word := range strings.Split(text, " ") {
		version, ok := protocols[strings.ToLower(word)]
		if !ok {
			return nil, errProtocols
		}
		versions = append(versions, version)
	}
	return versions, nil
}

// unwrapPath leaves out the path of an error about a file that is named already.
func unwrapPath(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}
