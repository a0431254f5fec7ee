package acl

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// DefaultName is the name of the user whom connections start as, and who is
// always there.
const DefaultName = "default"

// Users are the users of a server. They belong to one goroutine.
type Users struct {
	index  *index
	byName map[string]*User

	// allChannels is acl-pubsub-default: what a new permission set starts with.
	allChannels bool
}

// New returns users of whom there is only the default one, who may do everything.
func New(catalog Catalog) *Users {
	s := &Users{index: newIndex(catalog)}
	s.byName = map[string]*User{DefaultName: s.newDefault()}
	return s
}

func (s *Users) newDefault() *User {
	u := newUser(s.index, DefaultName, true)
	u.enabled, u.noPass = true, true
	u.Root().permitAll(true)
	u.Root().permitKeys(true)
	u.settle()
	return u
}

// SetPubSubDefault is the directive acl-pubsub-default: whether the permission
// sets that are made from now on start with all channels.
func (s *Users) SetPubSubDefault(allChannels bool) { s.allChannels = allChannels }

// Default returns the user whom connections start as.
func (s *Users) Default() *User { return s.byName[DefaultName] }

// Get returns the user of that name, or nil.
func (s *Users) Get(name string) *User { return s.byName[name] }

// Names returns the names of all users, in the order of their bytes.
func (s *Users) Names() []string { return slices.Sorted(maps.Keys(s.byName)) }

// List returns a line for each user: "user default on nopass ...".
func (s *Users) List() []string {
	lines := make([]string, 0, len(s.byName))
	for _, name := range s.Names() {
		lines = append(lines, "user "+name+" "+s.byName[name].Description())
	}
	return lines
}

// Authenticate returns the user of that name if that is a password of his, else
// nil. A name that is not known takes as long as one without passwords.
func (s *Users) Authenticate(name string, password []byte) *User {
	hash := passwordHash(sha256.Sum256(password))
	if u := s.byName[name]; u != nil && u.accepts(&hash) {
		return u
	}
	return nil
}

// SetUser applies rules to the user of that name, who need not exist: all of
// them or, with an error, none. It is ACL SETUSER.
func (s *Users) SetUser(name string, rules []string) error {
	if hasSpace(name) {
		return ErrName
	}
	merged, err := mergeSelectors(rules)
	if err != nil {
		return err
	}
	old := s.byName[name]
	changed := newUser(s.index, name, s.allChannels)
	if old != nil {
		changed = old.clone()
	}
	for _, rule := range merged {
		if err := changed.apply(rule, s.allChannels); err != nil {
			return fmt.Errorf("Error in ACL SETUSER modifier '%s': %w", rule, err)
		}
	}
	s.put(changed)
	return nil
}

// put lets a user become what changed is.
func (s *Users) put(changed *User) {
	changed.settle()
	if old := s.byName[changed.name]; old != nil {
		*old = *changed
		return
	}
	s.byName[changed.name] = changed
}

// SetDefaultPassword is the directive requirepass: the one password of the
// default user; the empty one leaves him without.
func (s *Users) SetDefaultPassword(password string) {
	u := s.Default()
	u.noPass, u.passwords = password == "", nil
	if password != "" {
		u.passwords = []passwordHash{sha256.Sum256([]byte(password))}
	}
}

// Delete removes a user and returns him, so that his sessions can be ended; nil
// if there is none of that name.
func (s *Users) Delete(name string) (*User, error) {
	if name == DefaultName {
		return nil, ErrDefault
	}
	u := s.byName[name]
	delete(s.byName, name)
	return u, nil
}

// Categories is ACL CAT: the names of the categories.
func (s *Users) Categories() []string { return s.index.categories }

// CommandsIn is ACL CAT category: the full names of its commands.
func (s *Users) CommandsIn(category string) ([]string, error) {
	i, ok := s.index.category(toLower(category))
	if !ok {
		return nil, fmt.Errorf("Unknown category '%s'", category)
	}
	return s.index.inCategory(i), nil
}
