package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReplyCounterSplits feeds each stream in two pieces, cut at every place, and one byte at a time.
func TestReplyCounterSplits(t *testing.T) {
	f := func(expected, stream string, want int) {
		t.Helper()
		for cut := range len(stream) + 1 {
			c := replyCounter{expected: newExpectation(expected)}
			got := c.count([]byte(stream[:cut])) + c.count([]byte(stream[cut:]))
			require.Equal(t, want, got, "cut at %d", cut)
			require.NoError(t, c.err)
			require.Empty(t, c.rest)
		}
		c := replyCounter{expected: newExpectation(expected)}
		got := 0
		for i := range stream {
			got += c.count([]byte(stream[i : i+1]))
		}
		require.Equal(t, want, got)
		require.NoError(t, c.err)
	}
	f("+OK\r\n", strings.Repeat("+OK\r\n", 20), 20)
	f("$3\r\nxxx\r\n", strings.Repeat("$3\r\nxxx\r\n", 7)+"$-1\r\n$3\r\nyyy\r\n$3\r\nxxx\r\n", 10)
	f("", ":1\r\n:22\r\n*2\r\n$1\r\na\r\n:3\r\n+OK\r\n", 4)
	f("+OK\r\n", ":1\r\n", 1)
}

// TestReplyCounterLongRun has more replies in one piece than the pattern has.
func TestReplyCounterLongRun(t *testing.T) {
	c := replyCounter{expected: newExpectation("+OK\r\n")}
	const replies = 3*patternBytesMax/5 + 1
	require.Equal(t, replies, c.count([]byte(strings.Repeat("+OK\r\n", replies))))
	require.Empty(t, c.rest)
}

func TestReplyCounterErrors(t *testing.T) {
	c := replyCounter{expected: newExpectation("+OK\r\n")}
	require.Equal(t, 2, c.count([]byte("+OK\r\n-OOM no memory\r\n+OK\r\n")), "counting ends at an error")
	require.ErrorContains(t, c.err, "OOM no memory")

	c = replyCounter{expected: newExpectation("+OK\r\n")}
	require.Zero(t, c.count([]byte("HTTP/1.1 200 OK\r\n")))
	require.ErrorIs(t, c.err, errNotReply)
}

func TestReplyText(t *testing.T) {
	f := func(reply, want string) {
		t.Helper()
		got, err := replyText([]byte(reply))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	f("+PONG\r\n", "PONG")
	f(":42\r\n", "42")
	f("$5\r\na\r\nb\n\r\n", "a\r\nb\n")
	f("$0\r\n\r\n", "")
	_, err := replyText([]byte("-ERR no\r\n"))
	require.ErrorContains(t, err, "ERR no")
}
