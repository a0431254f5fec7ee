package main

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// TestBatchRandomize checks that only the key numbers change, that all of them do, and that they stay in range.
func TestBatchRandomize(t *testing.T) {
	f := func(r request, pipeline, numbersWanted int, keys uint64) {
		t.Helper()
		b := newBatch(r, pipeline)
		require.Len(t, b.numbers, numbersWanted)
		require.Equal(t, pipeline, b.requests)
		plain := bytes.Repeat(protocol.AppendCommandStrings(nil, r.words...), pipeline)

		random := rand.NewPCG(1, 2)
		seen := map[uint64]bool{}
		for range 50 {
			b.randomize(random, keys)
			restored := bytes.Clone(b.bytes)
			for _, offset := range b.numbers {
				number, err := strconv.ParseUint(string(b.bytes[offset:offset+keyDigits]), 10, 64)
				require.NoError(t, err)
				require.Less(t, number, keys)
				seen[number] = true
				copy(restored[offset:], randomKey)
			}
			require.Equal(t, plain, restored)
		}
		if numbersWanted > 0 {
			require.Len(t, seen, int(keys), "every key is drawn sooner or later")
		}
	}
	f(getRequest, 1, 1, 3)
	f(setRequest, 64, 64, 100)
	f(msetRequest, 2, 20, 7)
	f(request{words: []string{"PING"}}, 5, 0, 1)
}

func TestPutDigits(t *testing.T) {
	f := func(number uint64, want string) {
		t.Helper()
		got := make([]byte, len(want))
		putDigits(got, number)
		require.Equal(t, want, string(got))
	}
	f(0, "000000000000")
	f(12345, "000000012345")
	f(999_999_999_999, "999999999999")
}

func TestKeyNameMatchesBatch(t *testing.T) {
	b := newBatch(getRequest, 1)
	b.randomize(rand.NewPCG(3, 4), 1) // the only number is 0
	require.Contains(t, string(b.bytes), string(keyName(nil, "key:", 0)))
}
