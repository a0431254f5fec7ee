package keyspace_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/value"
)

// Keys that are restored through windows are found again, also those of the second
// window, whose buffer is that of the first.
func TestRestoreAhead(t *testing.T) {
	s := newServer(t, nil)
	const keys = 500
	s.on(func(c *keyspace.Ctx) {
		var ahead keyspace.Ahead
		var key []byte
		for i, next := 0, 0; i < keys; i++ {
			if ahead.Empty() {
				for ; next < keys && !ahead.Full(); next++ {
					ahead.Add(c, fmt.Append(nil, "key:", next))
				}
			}
			key = fmt.Append(key[:0], "key:", i)
			ahead.Next(c, key)
			c.Restore(key, &keyspace.Restored{Kind: value.String, Bytes: []byte("v"), Expiry: keyspace.NoExpiry,
				IdleSeconds: -1, Frequency: -1})
		}
	})
	for i := range keys {
		require.Equal(t, "$1\r\nv\r\n", s.do("GET", fmt.Sprint("key:", i)))
	}
}
