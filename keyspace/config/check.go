package config

import (
	"errors"
	"fmt"
	"strings"
)

// check refuses a text, with the reason that a user is shown.
type check func(string) error

// checked returns the parser of a text that must pass all checks.
func checked(checks []check) func(string) (string, error) {
	return func(s string) (string, error) {
		for _, check := range checks {
			if err := check(s); err != nil {
				return "", err
			}
		}
		return s, nil
	}
}

// notEmpty and baseName take the directive's name and the noun for its value.

func notEmpty(name string) check {
	return func(s string) error {
		if s == "" {
			return fmt.Errorf("%s can't be empty", name)
		}
		return nil
	}
}

func baseName(name, noun string) check {
	return func(s string) error {
		if strings.ContainsAny(s, `/\`) {
			return fmt.Errorf("%s can't be a path, just a %s", name, noun)
		}
		return nil
	}
}

// hostname checks what the cluster bus announces as a name to connect to.
func hostname(s string) error {
	const sizeMax = 256
	if len(s) >= sizeMax {
		return fmt.Errorf("Hostnames must be less than %d characters", sizeMax)
	}
	for i := range len(s) {
		c := s[i]
		if !isLetterOrDigit(c) && c != '-' && c != '.' {
			return errors.New("Hostnames may only contain alphanumeric characters, hyphens or dots")
		}
	}
	return nil
}

// nodename checks the name people give a cluster node. It ends up in
// nodes.conf, between blanks and commas.
func nodename(s string) error {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || strings.IndexByte(`!"#$%&'()*+,:;<=>?@[\]^{|}`+"`", c) >= 0 {
			return errors.New("Announced human node name contained invalid character")
		}
	}
	return nil
}

func isLetterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// collation: strings are compared byte by byte, which is what these names mean.
func collation(s string) error {
	switch s {
	case "", "C", "POSIX":
		return nil
	}
	return errors.New("Invalid locale name")
}
