package acl

import (
	"encoding/hex"
	"fmt"
	"io"
)

// GenPassBits is how long a password is when nobody says otherwise.
const GenPassBits = 256

const genPassBitsMax = 4096

// GenPass is ACL GENPASS: a password of that many bits, in hexadecimal and
// rounded up to a whole digit, made of random bytes.
func GenPass(random io.Reader, bits int) (string, error) {
	if bits <= 0 || bits > genPassBitsMax {
		return "", ErrBits
	}
	digits := (bits + 3) / 4
	raw := make([]byte, (digits+1)/2)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("acl: random bytes: %w", err)
	}
	return hex.EncodeToString(raw)[:digits], nil
}
