// Package tlsconfig turns the tls-* directives into a configuration of crypto/tls:
// it reads the certificates and keys, decrypts a key that has a pass phrase, and
// understands OpenSSL's names of protocols and ciphers. Errors are in Redis's words,
// for the log.
//
// It knows no sockets: see secure.go and handshake.go of package reactor for the
// connections. A Config is made whole or not at all and never changed, so that a
// reload is the exchange of a pointer.
//
// Start with config.go; key.go and cipher.go are what it needs.
package tlsconfig
