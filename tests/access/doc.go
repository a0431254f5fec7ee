// Package access runs the built binary with users: those of an ACL file and of the
// configuration, what a start refuses, and what ACL SAVE and CONFIG REWRITE leave
// behind. What users may do is in tests/transcripts, and their rules in keyspace/acl.
package access
