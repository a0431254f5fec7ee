// Package saving looks from the outside at how data gets to disk and back: SAVE,
// BGSAVE, BGREWRITEAOF, save points, the ends of the server, and its starts.
//
// It owns a data set with every type in every encoding (data_test.go), and two ways
// to compare servers that hold it: DEBUG DIGEST, which a real Redis computes too, and
// a portrait of what the digest leaves out (portrait_test.go). It must not know how
// the files are made, but for their names and where they can be harmed.
//
//	roundtrip_test.go   every way to disk and back gives the same data
//	redis_test.go       a real Redis loads ours, we load its, its tools accept ours
//	begin_test.go       the first start with an append-only file: upgrades
//	switch_test.go      the append-only file turned on and off; kills during saves
//	refuse_test.go      files that must not be loaded; loading that is interrupted
//	failure_test.go     a folder that cannot be written, and what INFO tells
//
// What is lost when the server is killed under load is the business of package crash,
// which has campaigns with rewrites.
package saving
