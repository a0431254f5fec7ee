package config

import (
	"errors"
	"strconv"
	"strings"
)

const bindAddressesMax = 16

// bindDirective is a list of addresses to listen on. "*" is all of IPv4, "::*"
// all of IPv6; a leading "-" means that the address may be unavailable.
func bindDirective(name string, field *[]string, byDefault []string) Directive {
	return newDirective(name, field, byDefault, MultiArg|DropDefault, kind[[]string]{
		parse: func(args []string) ([]string, error) {
			if len(args) > bindAddressesMax {
				return nil, errors.New("Too many bind addresses specified.")
			}
			if len(args) == 1 && args[0] == "" {
				return nil, nil
			}
			for _, address := range args {
				if !isAddress(address) {
					return nil, errors.New("Failed to bind to specified addresses.")
				}
			}
			return append([]string(nil), args...), nil
		},
		text: func(addresses []string) string { return strings.Join(addresses, " ") },
		lines: func(addresses []string) []string {
			if len(addresses) == 0 {
				return []string{`""`}
			}
			return []string{strings.Join(addresses, " ")}
		},
	})
}

// Master is the server to replicate from; no host means none.
type Master struct {
	Host string
	Port int
}

func masterDirective(name string, field *Master) Directive {
	text := func(m Master) string {
		if m.Host == "" {
			return ""
		}
		return m.Host + " " + strconv.Itoa(m.Port)
	}
	return newDirective(name, field, Master{}, Immutable|MultiArg, kind[Master]{
		parse: parseMaster,
		text:  text,
		lines: func(m Master) []string {
			if m.Host == "" {
				return nil
			}
			return []string{text(m)}
		},
	})
}

func parseMaster(args []string) (Master, error) {
	if len(args) != 2 {
		return Master{}, errArgCount
	}
	if strings.EqualFold(args[0], "no") && strings.EqualFold(args[1], "one") {
		return Master{}, nil
	}
	port, err := strconv.Atoi(args[1])
	switch {
	case err != nil || port < 0 || port > portMax:
		return Master{}, errors.New("Invalid master port")
	case !isAddress(args[0]):
		return Master{}, errors.New("Invalid master host")
	}
	return Master{Host: args[0], Port: port}, nil
}

// isAddress tells whether s may stand unquoted in a line and can at all be an
// address or a host's name: some printable ASCII, no blanks, quotes or escapes.
func isAddress(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '\\' {
			return false
		}
	}
	return s != ""
}
