// Package check runs `--check` of the built binary over files of running servers, ours and the real one, and over torn
// ones. What a check finds in which bytes is tested in package persistence; here it is the exit code and the way there.
package check
