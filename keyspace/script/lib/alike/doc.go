// Package alike compares the libraries of scripts with those of a real Redis: the
// same snippets of Lua go through an interpreter here and through EVAL there, and
// have to give the same values and the same error texts.
//
// It owns the snippets (corpus_test.go), seeded random inputs (random_test.go) and
// the comparison (alike_test.go, where to start). It must not know what the
// libraries look like inside, and has nothing but tests: where there is no
// redis-server they are skipped, and say so.
package alike
