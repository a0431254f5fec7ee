package acl

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"
)

// passwordHash is a password as it is kept: nobody can read it back.
type passwordHash [sha256.Size]byte

// User is one user. What he may do changes in place, so that a session may hold
// on to him.
type User struct {
	name         string
	enabled      bool
	noPass       bool // any password will do
	skipSanitize bool
	passwords    []passwordHash
	sets         []*Permissions // the root, then the selectors; never empty

	// Derived from sets by settle.
	unrestricted   bool
	checksKeys     bool
	checksChannels bool
}

// newUser is a user who may do nothing yet.
func newUser(x *index, name string, allChannels bool) *User {
	u := &User{name: name, sets: []*Permissions{newPermissions(x, allChannels)}}
	u.settle()
	return u
}

func (u *User) clone() *User {
	c := *u
	c.passwords = slices.Clone(u.passwords)
	c.sets = make([]*Permissions, len(u.sets))
	for i, set := range u.sets {
		c.sets[i] = set.clone()
	}
	return &c
}

// settle derives what checks look at first.
func (u *User) settle() {
	root := u.sets[0]
	u.unrestricted = root.allCommands && root.allKeys && root.allChannels
	u.checksKeys, u.checksChannels = false, false
	for _, set := range u.sets {
		u.checksKeys = u.checksKeys || !set.allKeys
		u.checksChannels = u.checksChannels || !set.allChannels
	}
}

// Name returns the user's name.
func (u *User) Name() string { return u.name }

// Enabled tells whether the user may authenticate.
func (u *User) Enabled() bool { return u.enabled }

// NoPass tells whether any password will do.
func (u *User) NoPass() bool { return u.noPass }

// SkipsSanitizing tells whether payloads of RESTORE are taken on trust.
func (u *User) SkipsSanitizing() bool { return u.skipSanitize }

// Root returns the permissions of the user's rules outside selectors. They are
// valid until the next change.
func (u *User) Root() *Permissions { return u.sets[0] }

// Selectors returns the permission sets beside the root, valid until the next
// change.
func (u *User) Selectors() []*Permissions { return u.sets[1:] }

// Flags returns the user's flags, as rules.
func (u *User) Flags() []string {
	flags := []string{"off"}
	if u.enabled {
		flags[0] = "on"
	}
	if u.noPass {
		flags = append(flags, "nopass")
	}
	if u.skipSanitize {
		return append(flags, "skip-sanitize-payload")
	}
	return append(flags, "sanitize-payload")
}

// Passwords returns the hashes of the passwords, in hexadecimal.
func (u *User) Passwords() []string {
	hashes := make([]string, len(u.passwords))
	for i, hash := range u.passwords {
		hashes[i] = hex.EncodeToString(hash[:])
	}
	return hashes
}

// Description returns the rules that make the user, as ACL LIST shows them after
// his name.
func (u *User) Description() string {
	words := u.Flags()
	for _, hash := range u.Passwords() {
		words = append(words, "#"+hash)
	}
	words = append(words, u.Root().allRules()...)
	for _, set := range u.Selectors() {
		words = append(words, set.selector())
	}
	return strings.Join(words, " ")
}

// accepts tells whether the user may authenticate with a password of that hash.
// Its time does not depend on which password it is, or how much of it is right.
func (u *User) accepts(hash *passwordHash) bool {
	found := 0
	for i := range u.passwords {
		found |= subtle.ConstantTimeCompare(u.passwords[i][:], hash[:])
	}
	return u.enabled && (u.noPass || found != 0)
}
