package keyspace

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"

	"solokv/keyspace/value"
)

// Digest is a signature of data that does not depend on the order in which a
// table happens to hold it. It is the one of Redis's DEBUG DIGEST, so that a data
// set can be compared with that of a real Redis:
//
//	mix(d, x)  d = SHA1(d ^ SHA1(x))     for what has an order
//	add(d, x)  d = d ^ SHA1(x)           for what has none
//
//	value      mix(type), then what it holds; with an expiry add("!!expire!!")
//	entry      mix(key), then the value
//	data set   for each database with keys: mix(number), add(entry) for each
//
// A key that has expired counts as gone (I7), where Redis counts it until it is
// found out. The time of an expiry is not part of it.
type Digest [sha1.Size]byte

// String is the digest in hexadecimal digits.
func (d *Digest) String() string { return hex.EncodeToString(d[:]) }

func (d *Digest) add(x []byte) {
	hash := sha1.Sum(x)
	for i, b := range hash {
		d[i] ^= b
	}
}

func (d *Digest) mix(x []byte) {
	d.add(x)
	*d = sha1.Sum(d[:])
}

func (d *Digest) mixNumber(n int) {
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], uint32(n))
	d.mix(bytes[:])
}

var expireMark = []byte("!!expire!!")

// digestItem takes a value and its expiry into d.
func (c *Ctx) digestItem(d *Digest, it Item) {
	d.mixNumber(digestNumbers[value.TypeName(it.Kind())])
	c.digestValue(d, it)
	if it.Expires() {
		d.add(expireMark)
	}
}

// DigestValue is the digest of one value: DEBUG DIGEST-VALUE. That of a key that
// does not exist is zero.
func (c *Ctx) DigestValue(key []byte) (d Digest) {
	if it, ok := c.Peek(key); ok {
		c.digestItem(&d, it)
	}
	return d
}

// DigestAll is the digest of all databases: DEBUG DIGEST.
func (c *Ctx) DigestAll() (all Digest) {
	for _, db := range c.e.dbs {
		c.In(db, func() {
			any := false
			c.Each(func(it Item) bool {
				if !any {
					any = true
					all.mixNumber(db.id)
				}
				var d Digest
				d.mix(it.Key())
				c.digestItem(&d, it)
				all.add(d[:])
				return true
			})
		})
	}
	return all
}
