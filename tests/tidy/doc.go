// Package tidy enforces what the project claims about its own files: which
// package may import which, what is banned where and what to use instead, that
// every package introduces itself, that files stay readable, that generated
// documents are up to date.
//
// It owns rules about files and reads nothing but files. It must not know what
// the code does. Only what the project says elsewhere (docs/, the packages'
// doc.go) is enforced here; a matter of taste is not.
//
// Start reading at arrows_test.go, the picture of the house as a table.
package tidy
