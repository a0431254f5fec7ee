// Package command holds the verbs: every command of the server, one file per
// group, a command's table entry beside its handler.
//
// Start with table.go, which lists the groups. A handler reads its arguments,
// checks, acts and replies, in that order, through the keyspace.Ctx it is given;
// it returns an error that belongs to the client instead of writing it. It keeps
// no argument after it returns, and ends every change of a key with Modified.
package command
