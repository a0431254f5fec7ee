package protocol

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReplies(t *testing.T) {
	f := func(got []byte, want string) {
		t.Helper()
		require.Equal(t, want, string(got))
	}
	dst := []byte("before ")

	f(AppendSimple(dst, "OK"), "before +OK\r\n")
	f(AppendError(dst, "ERR a\r\nb\nc"), "before -ERR a  b c\r\n")
	f(AppendError([]byte("\r\n"), "ERR"), "\r\n-ERR\r\n")
	f(AppendInt(nil, 0), ":0\r\n")
	f(AppendInt(nil, 9), ":9\r\n")
	f(AppendInt(nil, 10), ":10\r\n")
	f(AppendInt(nil, -1), ":-1\r\n")
	f(AppendInt(nil, math.MinInt64), ":-9223372036854775808\r\n")
	f(AppendBulk(dst, []byte("a\r\nb")), "before $4\r\na\r\nb\r\n")
	f(AppendBulk(nil, nil), "$0\r\n\r\n")
	f(AppendBulkString(nil, strings.Repeat("x", 10)), "$10\r\nxxxxxxxxxx\r\n")
	f(AppendBulkString(nil, strings.Repeat("x", 100)), "$100\r\n"+strings.Repeat("x", 100)+"\r\n")
	f(AppendBulkInt(nil, -12345), "$6\r\n-12345\r\n")
	f(AppendArray(nil, 0), "*0\r\n")
	f(AppendArray(nil, 99), "*99\r\n")
	f(AppendArray(nil, 123456), "*123456\r\n")
	f(AppendAttribute(nil, 1), "|1\r\n")
	f(AppendCommand(nil, []byte("GET"), []byte("k")), "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
	f(AppendCommandStrings(nil, "PING"), "*1\r\n$4\r\nPING\r\n")
}

func TestRepliesByVersion(t *testing.T) {
	f := func(appendReply func(ver int) []byte, want2, want3 string) {
		t.Helper()
		require.Equal(t, want2, string(appendReply(V2)))
		require.Equal(t, want3, string(appendReply(V3)))
	}

	f(func(ver int) []byte { return AppendNull(nil, ver) }, "$-1\r\n", "_\r\n")
	f(func(ver int) []byte { return AppendNullArray(nil, ver) }, "*-1\r\n", "_\r\n")
	f(func(ver int) []byte { return AppendMap(nil, 6, ver) }, "*12\r\n", "%6\r\n")
	f(func(ver int) []byte { return AppendSet(nil, 2, ver) }, "*2\r\n", "~2\r\n")
	f(func(ver int) []byte { return AppendPush(nil, 3, ver) }, "*3\r\n", ">3\r\n")
	f(func(ver int) []byte { return AppendBool(nil, true, ver) }, ":1\r\n", "#t\r\n")
	f(func(ver int) []byte { return AppendBool(nil, false, ver) }, ":0\r\n", "#f\r\n")
	f(func(ver int) []byte { return AppendBigNumber(nil, "-123", ver) }, "$4\r\n-123\r\n", "(-123\r\n")
	f(func(ver int) []byte { return AppendVerbatim(nil, "txt", "a b", ver) }, "$3\r\na b\r\n", "=7\r\ntxt:a b\r\n")
	f(func(ver int) []byte { return AppendDouble(nil, 0.1, ver) }, "$3\r\n0.1\r\n", ",0.1\r\n")
	f(func(ver int) []byte { return AppendDouble(nil, math.Inf(-1), ver) }, "$4\r\n-inf\r\n", ",-inf\r\n")
	f(func(ver int) []byte { return AppendDouble(nil, math.NaN(), ver) }, "$3\r\nnan\r\n", ",nan\r\n")
}

func TestAppendAllocatesNothing(t *testing.T) {
	dst := make([]byte, 0, 4096)
	payload, words := []byte("payload"), []string{"SET", "k", "v"}
	allocs := testing.AllocsPerRun(100, func() {
		dst = dst[:0]
		for ver := V2; ver <= V3; ver++ {
			dst = AppendSimple(dst, "OK")
			dst = AppendError(dst, "ERR some\nthing")
			dst = AppendInt(dst, int64(len(dst))*1234567)
			dst = AppendBulk(dst, payload)
			dst = AppendBulkString(dst, "string")
			dst = AppendBulkInt(dst, math.MinInt64)
			dst = AppendNull(dst, ver)
			dst = AppendNullArray(dst, ver)
			dst = AppendMap(dst, 123, ver)
			dst = AppendSet(dst, 3, ver)
			dst = AppendPush(dst, 3, ver)
			dst = AppendDouble(dst, 1.5e-300, ver)
			dst = AppendBool(dst, true, ver)
			dst = AppendBigNumber(dst, "123", ver)
			dst = AppendVerbatim(dst, "txt", "text", ver)
			dst = AppendCommand(dst, payload, payload)
			dst = AppendCommandStrings(dst, words...)
			dst = AppendFloatHuman(dst, 13.361389338970184)
		}
	})
	require.Zero(t, allocs)
}
