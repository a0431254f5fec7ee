package protocol

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseInt(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		got, ok := ParseInt([]byte(text))
		require.True(t, ok, "%q", text)
		require.Equal(t, want, got)
		require.Equal(t, text, string(AppendDecimal(nil, got)), "one spelling only")
	}
	f("0", 0)
	f("7", 7)
	f("-1", -1)
	f("1000", 1000)
	f("9223372036854775807", math.MaxInt64)
	f("-9223372036854775808", math.MinInt64)

	for _, text := range []string{
		"", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.0", "0x1", "1e3", "a", "--1", "1-",
		"9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999", "100000000000000000000",
	} {
		_, ok := ParseInt([]byte(text))
		require.False(t, ok, "%q", text)
	}
}

func TestParseUint(t *testing.T) {
	f := func(text string, want uint64) {
		t.Helper()
		got, ok := ParseUint([]byte(text))
		require.True(t, ok, "%q", text)
		require.Equal(t, want, got)
	}
	f("0", 0)
	f("9223372036854775808", 1<<63)
	f("18446744073709551615", math.MaxUint64)

	for _, text := range []string{"", "-1", "01", "x", "18446744073709551616", "20000000000000000000", "100000000000000000000"} {
		_, ok := ParseUint([]byte(text))
		require.False(t, ok, "%q", text)
	}
}

func FuzzParseInt(f *testing.F) {
	for _, text := range []string{"0", "-1", "18446744073709551615", "-9223372036854775808", "007", "+5", "-0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := strconv.ParseInt(text, 10, 64)
		lawful := err == nil && strconv.FormatInt(n, 10) == text
		got, ok := ParseInt([]byte(text))
		require.Equal(t, lawful, ok)
		if ok {
			require.Equal(t, n, got)
			require.Equal(t, len(text), DecimalLen(got))
		}
		u, err := strconv.ParseUint(text, 10, 64)
		lawful = err == nil && strconv.FormatUint(u, 10) == text
		unsigned, ok := ParseUint([]byte(text))
		require.Equal(t, lawful, ok)
		if ok {
			require.Equal(t, u, unsigned)
		}
	})
}

func TestDecimalLen(t *testing.T) {
	for power := int64(1); ; power *= 10 {
		for _, n := range []int64{power - 1, power, power + 1, -power + 1, -power, -power - 1} {
			require.Equal(t, len(strconv.FormatInt(n, 10)), DecimalLen(n), "%d", n)
		}
		if power == 1e18 {
			break
		}
	}
	require.Equal(t, 20, DecimalLen(math.MinInt64))
	require.Equal(t, 19, DecimalLen(math.MaxInt64))
}

// The accepted and refused spellings are those of ZADD's scores in Redis 7.0 and 8.0.
func TestParseFloat(t *testing.T) {
	f := func(text string, want float64) {
		t.Helper()
		got, ok := ParseFloat([]byte(text))
		require.True(t, ok, "%q", text)
		require.Equal(t, math.Float64bits(want), math.Float64bits(got), "%q", text)
	}
	f("0", 0)
	f("-0", math.Copysign(0, -1))
	f("+1", 1)
	f("00012", 12)
	f(".5", .5)
	f("5.", 5)
	f("1e5", 1e5)
	f("1E+5", 1e5)
	f("123456789012345678", 123456789012345678)
	f("0x10", 16)
	f("-0x10", -16)
	f("0x1.8", 1.5)
	f("0X1P-2", .25)
	f("0x.8p1", 1)
	f("0xe", 14)
	f("inf", math.Inf(1))
	f("+inf", math.Inf(1))
	f("-Inf", math.Inf(-1))
	f("INFINITY", math.Inf(1))
	f("0e-5000", 0)
	f("0x0p9", 0)
	f("5e-324", 5e-324)
	f("4e-320", 4e-320)

	for _, text := range []string{
		"", " 1", "1 ", "\t1", "1\n", "1\x00", "nan", "NaN", "-nan", "nan(1)", "1e", ".", "-", "+", "--1", "1_0", "0x", "0x1p",
		"0x_1p0", "1p5", "0b1", "0o7", "1d", "infinit", "1e400", "-1e400", "1e-400", "2e-324", "1e-5000", "0x1p-2000", "0x1p2000",
	} {
		_, ok := ParseFloat([]byte(text))
		require.False(t, ok, "%q", text)
	}
}

// The texts are ZSCORE's answers in Redis 8.0.6.
func TestAppendFloat17(t *testing.T) {
	f := func(number float64, want string) {
		t.Helper()
		require.Equal(t, want, string(AppendFloat17(nil, number)))
	}
	f(0.1, "0.1")
	f(3.1, "3.1")
	f(-3.5, "-3.5")
	f(1e-7, "1e-7")
	f(1.5e-5, "0.000015")
	f(0.0001, "0.0001")
	f(0.00001, "0.00001")
	f(0.000001234, "1.234e-6")
	f(0.00000012345, "1.2345e-7")
	f(0.0012345678, "0.0012345678")
	f(0.00012345678, "1.2345678e-4")
	f(1234.123456789, "1234.123456789")
	f(12345.123456789, "1.2345123456789e+4")
	f(-12345.123456789, "-1.2345123456789e+4")
	f(1234567890123.4567, "1234567890123.4568")
	f(5e15, "5000000000000000")
	f(1e18, "1000000000000000000")
	f(4611686018427387904, "4611686018427387904")
	f(5e18, "5e+18")
	f(9223372036854775808, "9223372036854776000")
	f(-9223372036854775808, "-9223372036854776000")
	f(123456789012345678, "123456789012345680")
	f(12345678901234567890, "12345678901234567000")
	f(123e20, "1.23e+22") // Redis: 12300000000000001000000, which is the same number
	f(1e20, "1e+20")
	f(1.5e300, "1.5e+300")
	f(math.MaxFloat64, "1.7976931348623157e+308")
	f(5e-324, "5e-324")
	f(0, "0")
	f(math.Copysign(0, -1), "-0")
	f(math.Inf(1), "inf")
	f(math.Inf(-1), "-inf")
	f(math.NaN(), "nan")
}

func TestAppendFloat17ReadsBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		number := math.Float64frombits(random.Uint64())
		if math.IsNaN(number) || math.IsInf(number, 0) {
			continue
		}
		if random.IntN(2) == 0 {
			number = math.Round(number*1e3) / 1e3
		}
		text := AppendFloat17(nil, number)
		got, ok := ParseFloat(text)
		require.True(t, ok, "%s", text)
		require.Equal(t, number, got)
		require.LessOrEqual(t, len(text), floatTextMax)
	}
}

func TestAppendFloatHuman(t *testing.T) {
	f := func(number float64, want string) {
		t.Helper()
		require.Equal(t, "x0"+want, string(AppendFloatHuman([]byte("x0"), number)))
	}
	f(0, "0")
	f(math.Copysign(0, -1), "0")
	f(-1e-18, "0")
	f(100, "100")
	f(-100.5, "-100.5")
	f(3.1, "3.10000000000000009")
	f(13.361389338970184, "13.36138933897018433")
	f(1e22, "10000000000000000000000")
	f(math.Inf(-1), "-inf")
	f(math.NaN(), "nan")
}

// The sums are INCRBYFLOAT's in Redis 7.0.15 on x86-64.
func TestLongDouble(t *testing.T) {
	f := func(a, b, want string) {
		t.Helper()
		x, ok := ParseLongDouble([]byte(a))
		require.True(t, ok, "%q", a)
		y, ok := ParseLongDouble([]byte(b))
		require.True(t, ok, "%q", b)
		sum, ok := x.Add(&y)
		require.True(t, ok)
		require.Equal(t, want, string(sum.AppendHuman(nil)), "%s + %s", a, b)
	}
	f("0.1", "0.2", "0.3")
	f("3.1", "1.4", "4.5")
	f("3", "1.1", "4.1")
	f("10.5", "0.1", "10.6")
	f("5.4321", "9.87654321", "15.30864321")
	f("1000.1", "0", "1000.09999999999999998")
	f("1e17", "0.1", "100000000000000000.1015625")
	f("123456789.123456789", "0.000000001", "123456789.12345678999554366")
	f("99999999999999999999", "0.3", "100000000000000000000")
	f("17179869184", "1.5", "17179869185.5")
	f("5.0e3", "200", "5200")
	f("0x10", "0.5", "16.5")
	f("0x1p3", "1", "9")
	f("010", "1", "11")
	f("-1", "1", "0")
	f("0", "-0.0", "0")
	f("1e-18", "0", "0")
	f("1", "-1.00000000000000001", "-0.00000000000000001")
	f("1e-4950", "1", "1")

	for _, text := range []string{
		"", "nan", "1e5000", "1.7e4932", "1e-4960", "1p5", "0b1", "0o7", "1_0", "1e", " 1", "1e-999999999", "1e999999999",
		strings.Repeat("1", 5*1024),
	} {
		_, ok := ParseLongDouble([]byte(text))
		require.False(t, ok, "%.20q", text)
	}
}

func TestLongDoubleOverflow(t *testing.T) {
	f := func(a, b string) {
		t.Helper()
		x, ok := ParseLongDouble([]byte(a))
		require.True(t, ok, "%q", a)
		y, ok := ParseLongDouble([]byte(b))
		require.True(t, ok, "%q", b)
		_, ok = x.Add(&y)
		require.False(t, ok, "%s + %s", a, b)
	}
	f("inf", "1")
	f("inf", "-Infinity")
	f("1e4932", "1e4932")
	inf, _ := ParseLongDouble([]byte("-inf"))
	require.Equal(t, "-inf", string(inf.AppendHuman(nil)))
}

func TestParseAllocatesNothing(t *testing.T) {
	whole, fraction, infinite := []byte("-12345"), []byte("3.14159265358979"), []byte("+inf")
	allocs := testing.AllocsPerRun(100, func() {
		_, ok1 := ParseInt(whole)
		_, ok2 := ParseFloat(whole)
		_, ok3 := ParseFloat(fraction)
		_, ok4 := ParseFloat(infinite)
		if !ok1 || !ok2 || !ok3 || !ok4 {
			t.Fatal("not a number")
		}
	})
	require.Zero(t, allocs)
}
