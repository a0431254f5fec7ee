package tlsconfig

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
)

// suite is one of crypto/tls's suites before TLS 1.3, under its name in OpenSSL. The
// parts of the name, and what follows from them, are what its keywords select.
type suite struct {
	id    uint16
	name  string
	words []string
}

// suites are those that may be chosen, best first; crypto/tls orders what is chosen
// by itself.
var suites = []suite{
	newSuite(tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256", "AESGCM", "HIGH"),
	newSuite(tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256", "AESGCM", "HIGH"),
	newSuite(tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384", "AESGCM", "HIGH"),
	newSuite(tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384", "AESGCM", "HIGH"),
	newSuite(tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305", "HIGH"),
	newSuite(tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305", "HIGH"),
	newSuite(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "ECDHE-ECDSA-AES128-SHA", "HIGH"),
	newSuite(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "ECDHE-RSA-AES128-SHA", "HIGH"),
	newSuite(tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, "ECDHE-ECDSA-AES256-SHA", "HIGH"),
	newSuite(tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, "ECDHE-RSA-AES256-SHA", "HIGH"),
	newSuite(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, "ECDHE-ECDSA-AES128-SHA256", "HIGH"),
	newSuite(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, "ECDHE-RSA-AES128-SHA256", "HIGH"),
	newSuite(tls.TLS_RSA_WITH_AES_128_GCM_SHA256, "AES128-GCM-SHA256", "AESGCM", "HIGH"),
	newSuite(tls.TLS_RSA_WITH_AES_256_GCM_SHA384, "AES256-GCM-SHA384", "AESGCM", "HIGH"),
	newSuite(tls.TLS_RSA_WITH_AES_128_CBC_SHA, "AES128-SHA", "HIGH"),
	newSuite(tls.TLS_RSA_WITH_AES_256_CBC_SHA, "AES256-SHA", "HIGH"),
	newSuite(tls.TLS_RSA_WITH_AES_128_CBC_SHA256, "AES128-SHA256", "HIGH"),
}

func newSuite(id uint16, name string, more ...string) suite {
	words := append(strings.Split(name, "-"), more...)
	has := func(word string) bool { return slices.Contains(words, word) }
	add := func(when bool, names ...string) {
		if when {
			words = append(words, names...)
		}
	}
	exchanged := has("ECDHE")
	add(exchanged, "kECDHE", "EECDH", "kEECDH", "ECDH")
	add(!exchanged, "kRSA", "aRSA", "RSA")
	add(exchanged && has("RSA"), "aRSA")
	add(has("ECDSA"), "aECDSA")
	add(has("AES128") || has("AES256"), "AES")
	add(has("SHA"), "SHA1")
	if has("GCM") { // the digest is not that of a MAC
		words = without(words, []string{"SHA256", "SHA384"})
	}
	return suite{id, name, append(words, "ALL", "COMPLEMENTOFALL", name)}
}

// fits tells whether all words of a selection, such as "ECDHE+AESGCM", hold.
func (s suite) fits(selection string) bool {
	for _, word := range strings.Split(selection, "+") {
		if !slices.Contains(s.words, word) {
			return false
		}
	}
	return true
}

// parseCiphers reads tls-ciphers, a cipher list of OpenSSL's: names and keywords,
// which add suites, or take them out with '-', or for good with '!'. Words that select
// nothing here are ignored, as there; nil is crypto/tls's own choice.
func parseCiphers(text string) ([]uint16, error) {
	if text == "" {
		return nil, nil
	}
	var chosen, barred []uint16
	isListed := func(c rune) bool { return c == ':' || c == ',' || c == ' ' || c == ';' }
	for _, word := range strings.FieldsFunc(text, isListed) {
		switch word[0] {
		case '!':
			barred = append(barred, selected(word[1:])...)
		case '-':
			chosen = without(chosen, selected(word[1:]))
		case '+', '@': // the order, which is not ours to choose, and security levels
		default:
			chosen = append(chosen, without(selected(word), chosen)...)
		}
	}
	if chosen = without(chosen, barred); len(chosen) == 0 {
		return nil, fmt.Errorf("Failed to configure ciphers: %s", text)
	}
	return chosen, nil
}

// selected returns the suites that a word of a cipher list stands for.
func selected(word string) (ids []uint16) {
	if word == "DEFAULT" {
		for _, s := range tls.CipherSuites() {
			if s.SupportedVersions[0] != tls.VersionTLS13 {
				ids = append(ids, s.ID)
			}
		}
		return ids
	}
	for _, s := range suites {
		if s.fits(word) {
			ids = append(ids, s.id)
		}
	}
	return ids
}

func without[T comparable](all, others []T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return slices.Contains(others, x) })
}

var suites13 = map[string]uint16{
	"TLS_AES_128_GCM_SHA256":       tls.TLS_AES_128_GCM_SHA256,
	"TLS_AES_256_GCM_SHA384":       tls.TLS_AES_256_GCM_SHA384,
	"TLS_CHACHA20_POLY1305_SHA256": tls.TLS_CHACHA20_POLY1305_SHA256,
}

// parseCiphersuites reads tls-ciphersuites, the suites of TLS 1.3; empty is all.
func parseCiphersuites(text string) (ids []uint16, err error) {
	if text == "" {
		for _, id := range suites13 {
			ids = append(ids, id)
		}
		return ids, nil
	}
	for _, name := range strings.Split(text, ":") {
		id, ok := suites13[name]
		if !ok {
			return nil, fmt.Errorf("Failed to configure ciphersuites: %s", text)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
