package value

import (
	"math"
	"math/rand"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIntText(t *testing.T) {
	f := func(text string) {
		t.Helper()
		want, err := strconv.ParseInt(text, 10, 64)
		canonical := err == nil && strconv.FormatInt(want, 10) == text
		n, ok := IntText([]byte(text))
		require.Equal(t, canonical, ok, "%q", text)
		if ok {
			require.Equal(t, want, n, "%q", text)
		}
	}
	for _, text := range []string{"", "-", "+1", "0", "-0", "00", "01", "-01", "1", "-1", "9", "10", " 1", "1 ", "1a",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"9999999999999999999", "10000000000000000000", "18446744073709551616", "99999999999999999999", "1.0"} {
		f(text)
	}
	random := rand.New(rand.NewSource(1))
	for range 20000 {
		f(strconv.FormatInt(int64(random.Uint64())>>random.Intn(64), 10))
	}
}

func TestIntsOfEveryWidth(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769,
		math.MaxInt32, math.MaxInt32 + 1, math.MinInt32, math.MinInt32 - 1, math.MaxInt64, math.MinInt64} {
		b := make([]byte, IntWidth(n))
		PutInt(b, n)
		require.Equal(t, n, Int(b))
		require.Equal(t, strconv.FormatInt(n, 10), string(AppendText(nil, StringInt, b)))
	}
}
