package acl

import (
	"errors"
	"fmt"
	"strings"
)

var (
	errDuplicate = errors.New("Duplicate user found. A user can only be defined once in config files")
	errSpaces    = errors.New("Spaces not allowed in ACL usernames")
)

// Declare makes the users of the "user" lines of a configuration. Each line is a
// name and its rules. On an error, line is the index of the line that it is
// about, and nothing has changed.
//
// As in Redis, first every line is read, and then every user is made: only then
// it matters whether the commands exist.
func (s *Users) Declare(lines [][]string) (line int, err error) {
	names := map[string]bool{}
	for i, words := range lines {
		if names[words[0]] {
			return i, declarationError(words[0], errDuplicate)
		}
		names[words[0]] = true
		if err := s.readDeclaration(words); err != nil {
			return i, err
		}
	}
	declared := make([]*User, len(lines))
	for i, words := range lines {
		if declared[i], err = s.makeDeclared(words); err != nil {
			return i, err
		}
	}
	for _, u := range declared {
		s.put(u)
	}
	return 0, nil
}

// readDeclaration finds what is wrong with a line whatever commands there are.
func (s *Users) readDeclaration(words []string) error {
	rules, err := mergeSelectors(words[1:])
	if err != nil {
		return declarationError(words[0], err)
	}
	u := newUser(s.index, words[0], s.allChannels)
	for i, rule := range rules {
		if err := u.apply(rule, s.allChannels); err != nil && !errors.Is(err, errUnknown) {
			// Redis counts the rules from the start of the line, so that it names
			// the word two places before the one that is wrong.
			return declarationError(append([]string{"user"}, words...)[i], err)
		}
	}
	return nil
}

func declarationError(word string, err error) error {
	return fmt.Errorf("Error in user declaration '%s': %w", word, err)
}

// makeDeclared makes the user of a line that was read.
func (s *Users) makeDeclared(words []string) (*User, error) {
	if hasSpace(words[0]) {
		return nil, errSpaces
	}
	u := newUser(s.index, words[0], s.allChannels)
	rules, err := mergeSelectors(words[1:])
	if err != nil {
		return nil, err
	}
	for _, rule := range rules {
		if err := u.apply(rule, s.allChannels); err != nil {
			return nil, fmt.Errorf("Error loading ACL rule '%s' for the user named '%s': %w", rule, u.name, err)
		}
	}
	return u, nil
}

// Declarations returns what must stand after the word "user" on lines of a
// configuration to bring back the users. There, unlike in the ACL file, quotes and
// escapes have a meaning.
func (s *Users) Declarations() []string {
	lines := make([]string, 0, len(s.byName))
	for _, name := range s.Names() {
		words := append([]string{name}, strings.Split(s.byName[name].Description(), " ")...)
		for i, word := range words {
			if word == "" || strings.ContainsAny(word, `"'`) {
				words[i] = quoteWord(word)
			}
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return lines
}
