package config

// TLS is the listener with encryption, and encryption between servers.
type TLS struct {
	TLSPort                int // 0: no TLS
	TLSCluster             bool
	TLSReplication         bool
	TLSAuthClients         TLSAuth
	TLSCertFile            string
	TLSKeyFile             string
	TLSKeyFilePass         string
	TLSClientCertFile      string
	TLSClientKeyFile       string
	TLSClientKeyFilePass   string
	TLSDHParamsFile        string
	TLSCACertFile          string
	TLSCACertDir           string
	TLSProtocols           string
	TLSCiphers             string
	TLSCiphersuites        string
	TLSPreferServerCiphers bool
	TLSSessionCaching      bool
	TLSSessionCacheSize    int // sessions
	TLSSessionCacheTimeout int // seconds
}

func (t *TLS) directives() []Directive {
	return []Directive{
		intDirective("tls-port", &t.TLSPort, 0, 0, portMax, 0),
		boolDirective("tls-cluster", &t.TLSCluster, false, 0),
		boolDirective("tls-replication", &t.TLSReplication, false, 0),
		choiceDirective("tls-auth-clients", &t.TLSAuthClients, TLSAuthYes, tlsAuthNames, 0),
		optionDirective("tls-cert-file", &t.TLSCertFile, AlwaysApply),
		optionDirective("tls-key-file", &t.TLSKeyFile, AlwaysApply),
		optionDirective("tls-key-file-pass", &t.TLSKeyFilePass, Sensitive),
		optionDirective("tls-client-cert-file", &t.TLSClientCertFile, AlwaysApply),
		optionDirective("tls-client-key-file", &t.TLSClientKeyFile, AlwaysApply),
		optionDirective("tls-client-key-file-pass", &t.TLSClientKeyFilePass, Sensitive),
		optionDirective("tls-dh-params-file", &t.TLSDHParamsFile, AlwaysApply),
		optionDirective("tls-ca-cert-file", &t.TLSCACertFile, AlwaysApply),
		optionDirective("tls-ca-cert-dir", &t.TLSCACertDir, AlwaysApply),
		optionDirective("tls-protocols", &t.TLSProtocols, 0),
		optionDirective("tls-ciphers", &t.TLSCiphers, 0),
		optionDirective("tls-ciphersuites", &t.TLSCiphersuites, 0),
		boolDirective("tls-prefer-server-ciphers", &t.TLSPreferServerCiphers, false, 0),
		boolDirective("tls-session-caching", &t.TLSSessionCaching, true, 0),
		intDirective("tls-session-cache-size", &t.TLSSessionCacheSize, 20480, 0, intMax, 0),
		intDirective("tls-session-cache-timeout", &t.TLSSessionCacheTimeout, 300, 0, intMax, 0),
	}
}

// TLSAuth says whether clients must show a certificate.
type TLSAuth int

const (
	TLSAuthNo TLSAuth = iota
	TLSAuthYes
	TLSAuthOptional
)

var tlsAuthNames = []named[TLSAuth]{{"no", TLSAuthNo}, {"yes", TLSAuthYes}, {"optional", TLSAuthOptional}}
