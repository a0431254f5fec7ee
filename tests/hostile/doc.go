// Package hostile does to a server what nobody should: half requests that are never
// finished, replies that are never read, lengths that are announced and not sent, storms
// of connections, noise in the place of requests.
//
// It owns the attacks (attack_test.go), the well-behaved client that works beside them
// (witness_test.go), and the campaign that joins them (hostile_test.go). It looks at the
// built binary from outside: its replies, its memory, its descriptors.
//
// What must hold while an attack lasts, and after it: the witness's replies are right, the
// server's memory stays below a bound that follows from what the attack may hold, and
// afterwards its clients, descriptors and memory are those of before. How long the witness
// waits is measured and shown, and asserts nothing.
//
//	make hostile SEED=7 FOR=60s
//
// The seed fixes what is sent; FOR is how long all attacks together last.
package hostile
