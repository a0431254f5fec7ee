// Package acl holds the users of a server and decides what each may do: the
// access control lists of Redis 7.2.
//
// It owns the language of rules (rule.go, selector.go), what rules amount to
// (permissions.go, check.go), the users and their passwords (user.go, users.go),
// the file that they are kept in and the "user" lines of the configuration
// (file.go, declare.go), and the log of refusals (log.go). It knows no sessions, no RESP,
// no clock and no files: times, random bytes and the contents of files are
// arguments. What commands there are it learns from a Catalog, once, at New.
//
// Start with permissions.go, then check.go, which is on the way of every request
// of a user who is not all-powerful.
//
// Terms: a user has permission sets, of which the first is the root and the
// others are his selectors. A request is permitted when one set permits all of
// it: the command, every key and every channel.
//
// Invariants:
//
//   - Rules apply all or none: a change is made to a copy of the user, which
//     replaces him when every rule was good.
//   - A *User stays the same for as long as there is a user of that name, so that
//     a session may keep it and has new rules at once. Who is deleted is returned.
//   - The rules that describe a user, applied to a new one, make the same user.
//   - Checks allocate nothing and take time in the number of patterns only.
//
// Where Redis fails, this package does not follow. A first argument with a space
// in it ("+select|a b") is a syntax error, because the rule could not be read back
// (Redis accepts it and ends with an assertion in ACL GETUSER). A selector without
// its closing parenthesis in the ACL file is reported as such (Redis crashes), and
// in a "user" line too (Redis reports an unknown command). The pattern of
// "%RW~* ~a" is described as "%RW~*" (by Redis as "~*", after which it refuses the
// other pattern when it reads its file), and a rule of a selector that has quotes, or
// ends with ")", in quotes (by Redis without, and it is then read in another way). A
// zero byte belongs to the rule that it stands in, where in Redis it ends the rule.
package acl
