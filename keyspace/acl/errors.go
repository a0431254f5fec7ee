package acl

import (
	"errors"
	"fmt"
)

// What can be wrong with a rule. The texts are Redis's.
var (
	errUnknown = errors.New("Unknown command or category name in ACL")
	errSyntax  = errors.New("Syntax error")
	errAllKeys = errors.New("Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and " +
		"does not have any effect. Try 'resetkeys' to start with an empty list of patterns")
	errAllChannels = errors.New("Adding a pattern after the * pattern (or the 'allchannels' flag) is not " +
		"valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels")
	errNoPassword = errors.New("The password you are trying to remove from the user does not exist")
	errHash       = errors.New("The password hash must be exactly 64 characters and contain only lowercase " +
		"hexadecimal characters")
	errFirstArg = errors.New("Allowing first-arg of a subcommand is not supported")
)

// What a client may be told, without "ERR ".
var (
	ErrName    = errors.New("Usernames can't contain spaces or null characters")
	ErrDefault = errors.New("The 'default' user cannot be removed")
	ErrBits    = errors.New("ACL GENPASS argument must be the number of bits for the output password, " +
		"a positive number up to 4096")
)

// ErrTwoSources ends a start with users in the configuration and an ACL file.
var ErrTwoSources = errors.New("Configuring Redis with users defined in redis.conf and at the same setting " +
	"an ACL file path is invalid. This setup is very likely to lead to configuration errors and security " +
	"holes, please define either an ACL file or declare users directly in your redis.conf, but not both.")

// errUnmatched is the error of a selector that does not end.
type errUnmatched struct{ start string }

func (e errUnmatched) Error() string {
	return fmt.Sprintf("Unmatched parenthesis in acl selector starting at '%s'.", e.start)
}
