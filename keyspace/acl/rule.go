package acl

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// apply applies one rule of ACL SETUSER; of a selector, all of it. allChannels is
// what a new permission set starts with. The empty rule changes nothing.
func (u *User) apply(rule string, allChannels bool) error {
	if rule == "" {
		return nil
	}
	switch toLower(rule) {
	case "on", "off":
		u.enabled = toLower(rule) == "on"
		return nil
	case "skip-sanitize-payload":
		u.skipSanitize = true
		return nil
	case "sanitize-payload":
		u.skipSanitize = false
		return nil
	case "nopass":
		u.noPass, u.passwords = true, nil
		return nil
	case "resetpass":
		u.noPass, u.passwords = false, nil
		return nil
	case "clearselectors":
		u.sets = u.sets[:1]
		return nil
	case "reset":
		*u = *newUser(u.sets[0].index, u.name, allChannels)
		return nil
	}
	switch rule[0] {
	case '>', '#', '<', '!':
		return u.applyPassword(rule[0], rule[1:])
	}
	if isSelector(rule) {
		set, err := parseSelector(u.sets[0].index, allChannels, rule)
		if err == nil {
			u.sets = append(u.sets, set)
		}
		return err
	}
	return u.sets[0].apply(rule)
}

// applyPassword adds (>password, #hash) or removes (<password, !hash) one.
func (u *User) applyPassword(kind byte, text string) error {
	hash := passwordHash(sha256.Sum256([]byte(text)))
	if kind == '#' || kind == '!' {
		var ok bool
		if hash, ok = parseHash(text); !ok {
			return errHash
		}
	}
	i := slices.Index(u.passwords, hash)
	if kind == '<' || kind == '!' {
		if i < 0 {
			return errNoPassword
		}
		u.passwords = slices.Delete(u.passwords, i, i+1)
		return nil
	}
	u.noPass = false
	if i < 0 {
		u.passwords = append(u.passwords, hash)
	}
	return nil
}

// parseHash reads 64 hexadecimal digits, of which letters must be small.
func parseHash(text string) (hash passwordHash, ok bool) {
	if text != toLower(text) || len(text) != hex.EncodedLen(len(hash)) {
		return hash, false
	}
	_, err := hex.Decode(hash[:], []byte(text))
	return hash, err == nil
}
