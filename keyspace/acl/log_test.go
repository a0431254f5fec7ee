package acl

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLogGroups(t *testing.T) {
	l := NewLog(128)
	get := Event{DeniedCommand, TopLevel, "get", "u"}
	l.Add(get, "one", 1000)
	l.Add(Event{DeniedCommand, Multi, "get", "u"}, "two", 2000)
	l.Add(Event{DeniedCommand, TopLevel, "set", "u"}, "two", 2000)
	l.Add(Event{DeniedCommand, TopLevel, "get", "v"}, "two", 2000)
	l.Add(Event{DeniedKey, TopLevel, "get", "u"}, "two", 2000)
	l.Add(get, "three", 61_000)

	entries := l.Entries(10)
	require.Len(t, entries, 5)
	assert.Equal(t, Entry{get, "three", 2, 0, 1000, 61_000}, entries[0])
	assert.Equal(t, []int{0, 4, 3, 2, 1}, ids(entries))

	l.Add(get, "", 121_000) // 60 s after the last, not the first
	l.Add(get, "", 181_001)
	entries = l.Entries(2)
	assert.Equal(t, []int{5, 0}, ids(entries))
	assert.Equal(t, []int{1, 3}, []int{entries[0].Count, entries[1].Count})
}

func ids(entries []Entry) []int {
	ids := make([]int, len(entries))
	for i, entry := range entries {
		ids[i] = entry.ID
	}
	return ids
}

func TestLogLooksAtTheNewest(t *testing.T) {
	l := NewLog(128)
	for i := range 11 {
		l.Add(Event{Object: fmt.Sprint(i)}, "", 0)
	}
	l.Add(Event{Object: "1"}, "", 0)
	l.Add(Event{Object: "0"}, "", 0)
	assert.Len(t, l.Entries(100), 12, "1 was among the newest ten, 0 was not")
}

func TestLogIsBounded(t *testing.T) {
	l := NewLog(3)
	add := func(object string) { l.Add(Event{Object: object}, "", 0) }
	for _, object := range []string{"a", "b", "c", "d", "e"} {
		add(object)
	}
	assert.Equal(t, []int{4, 3, 2}, ids(l.Entries(100)))
	assert.Equal(t, []int{4}, ids(l.Entries(1)))
	assert.Empty(t, l.Entries(0))
	assert.Empty(t, l.Entries(-1))

	l.SetLengthMax(1)
	add("e")
	assert.Len(t, l.Entries(100), 3, "one more of the same kind trims nothing")
	add("f")
	assert.Equal(t, []int{5}, ids(l.Entries(100)))

	l.SetLengthMax(0)
	add("f")
	assert.Empty(t, l.Entries(100))

	l.SetLengthMax(3)
	add("g")
	l.Reset()
	assert.Empty(t, l.Entries(100))
	add("g")
	assert.Equal(t, []int{7}, ids(l.Entries(100)))
}

func TestWords(t *testing.T) {
	var words []string
	for reason := DeniedCommand; reason <= DeniedChannel; reason++ {
		words = append(words, reason.String())
	}
	for context := TopLevel; context <= Module; context++ {
		words = append(words, context.String())
	}
	assert.Equal(t, []string{"command", "key", "auth", "channel", "toplevel", "multi", "lua", "module"}, words)
}

func TestGenPass(t *testing.T) {
	f := func(bits int, want string) {
		t.Helper()
		got, err := GenPass(bytes.NewReader([]byte{0x01, 0x23, 0x45, 0x67}), bits)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	f(1, "0")
	f(4, "0")
	f(5, "01")
	f(9, "012")
	f(32, "01234567")

	password, err := GenPass(rand.Reader, 4096)
	require.NoError(t, err)
	assert.Len(t, password, 1024)
	for _, bits := range []int{0, -1, 4097} {
		_, err := GenPass(rand.Reader, bits)
		assert.ErrorIs(t, err, ErrBits)
	}
	broken := errors.New("broken")
	_, err = GenPass(iotest.ErrReader(broken), GenPassBits)
	assert.ErrorIs(t, err, broken)
}
