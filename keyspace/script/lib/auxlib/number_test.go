package auxlib

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAppendNumber(t *testing.T) {
	f := func(number float64, digits int, want string) {
		t.Helper()
		assert.Equal(t, want, string(AppendNumber(nil, number, digits)))
	}
	f(0, 14, "0")
	f(math.Copysign(0, -1), 14, "-0")
	f(99999999999999, 14, "99999999999999")
	f(-100000000000000, 14, "-1e+14")
	f(123456789012345, 14, "1.2345678901234e+14")
	f(1.0/3, 14, "0.33333333333333")
	f(0.00001, 14, "1e-05")
	f(3.00000000000001, 14, "3")
	f(1000, 3, "1e+03")
	f(999, 3, "999")
	f(1e300, 14, "1e+300")
	f(math.Inf(1), 14, "inf")
	f(math.Inf(-1), 14, "-inf")
	f(math.Float64frombits(0x7ff8000000000000), 14, "nan")
	f(math.Float64frombits(0xfff8000000000000), 14, "-nan")
}

func TestParseNumber(t *testing.T) {
	f := func(text string, want float64) {
		t.Helper()
		got, ok := ParseNumber(text)
		assert.True(t, ok, "%q", text)
		assert.Equal(t, want, got, "%q", text)
	}
	f(" 12\t\n", 12)
	f("-1.5e3", -1500)
	f(".5", .5)
	f("5.", 5)
	f("0x10", 16)
	f("-0x.8p1", -1)
	f("INFinity", math.Inf(1))
	f("-inf", math.Inf(-1))
	f("1e999", math.Inf(1))
	f("7\x00rest", 7)

	for _, text := range []string{"", " ", "x", "1x", "1 2", "-", ".", "1e", "0x", "0xg", "1_0", "infinit", "\x00", "1e+"} {
		_, ok := ParseNumber(text)
		assert.False(t, ok, "%q", text)
	}
}

func TestStrtod(t *testing.T) {
	f := func(text string, want float64, length int) {
		t.Helper()
		got, n := Strtod(text)
		assert.Equal(t, want, got, "%q", text)
		assert.Equal(t, length, n, "%q", text)
	}
	f("12abc", 12, 2)
	f("1e+x", 1, 1)
	f("0xg", 0, 1)
	f("0x1p", 1, 3)
	f("1.5.2", 1.5, 3)
	f("inf.", math.Inf(1), 3)
	f("-", 0, 0)
	f(" 1", 0, 0)

	got, n := Strtod("nan(a_1)x")
	assert.True(t, math.IsNaN(got))
	assert.Equal(t, 8, n)
	_, n = Strtod("nan(a")
	assert.Equal(t, 3, n)
}

func TestInteger(t *testing.T) {
	assert.Equal(t, int64(-3), Integer(-3.9))
	assert.Equal(t, int64(math.MinInt64), Integer(1e300))
	assert.Equal(t, int64(math.MinInt64), Integer(math.NaN()))
	assert.Equal(t, int64(math.MinInt64), Integer(1<<63))
}
