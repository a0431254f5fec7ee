package acl

import (
	"errors"
	"fmt"
	"strings"
)

// The ACL file has a line "user name rules..." for each user. Words are parted by
// single spaces and there are no quotes and no comments: what ACL LIST shows.

// Load replaces all users by those in the content of an ACL file: all of them or,
// with an error, none. A default user who is not in the file is as in New.
//
// It returns those who are gone. The others are the same *User with new rules.
// path only names the file in errors, whose text is the reply to the client: what
// is wrong with each line.
func (s *Users) Load(path, content string) (gone []*User, err error) {
	loaded := map[string]*User{}
	var faults strings.Builder
	for i, line := range strings.Split(content, "\n") {
		place := fmt.Sprintf("%s:%d", path, i+1)
		if line = strings.Trim(line, " \t\r\n"); line == "" {
			continue
		}
		u, fault := s.parseLine(place, strings.Split(line, " "))
		if u != nil && loaded[u.name] != nil {
			fault = fmt.Sprintf("WARNING: Duplicate user '%s' found on line %d. ", u.name, i+1)
		}
		faults.WriteString(fault)
		if u != nil {
			loaded[u.name] = u
		}
	}
	if faults.Len() > 0 {
		return nil, errors.New(faults.String() +
			"WARNING: ACL errors detected, no change to the previously active ACL rules was performed")
	}
	if loaded[DefaultName] == nil {
		loaded[DefaultName] = s.newDefault()
	}
	return s.replace(loaded), nil
}

// replace lets the users be those, and returns who is none of them.
func (s *Users) replace(users map[string]*User) (gone []*User) {
	for _, name := range s.Names() {
		if users[name] == nil {
			gone = append(gone, s.byName[name])
			delete(s.byName, name)
		}
	}
	for _, u := range users {
		s.put(u)
	}
	return gone
}

// parseLine makes a user of the words of a line. fault tells what is wrong with it.
func (s *Users) parseLine(place string, words []string) (u *User, fault string) {
	if words[0] != "user" || len(words) < 2 {
		return nil, place + " should start with user keyword followed by the username. "
	}
	name := words[1]
	if hasSpace(name) {
		return nil, fmt.Sprintf("'%s: username '%s' contains invalid characters. ", place, name)
	}
	u = newUser(s.index, name, s.allChannels)
	rules, err := mergeSelectors(words[2:])
	if err != nil {
		return u, place + ": Unmatched parenthesis in selector definition. "
	}
	return u, applyLine(u, place, rules, s.allChannels)
}

// applyLine applies the rules of a line. Every unknown command is reported. Of
// other errors only the first is, without the rule, which may be a password.
func applyLine(u *User, place string, rules []string, allChannels bool) (fault string) {
	reported := false
	for _, rule := range rules {
		rule = strings.Trim(rule, "\t\r\n")
		err := u.apply(rule, allChannels)
		switch {
		case err == nil:
		case errors.Is(err, errUnknown):
			fault += fmt.Sprintf("%s: Error in applying operation '%s': %s. ", place, rule, err)
		case !reported:
			fault += fmt.Sprintf("%s: %s. ", place, err)
			reported = true
		}
	}
	return fault
}

// Content returns what an ACL file must hold to bring back the users.
func (s *Users) Content() string {
	return strings.Join(s.List(), "\n") + "\n"
}
