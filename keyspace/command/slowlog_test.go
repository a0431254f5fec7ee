package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSlowlog(t *testing.T) {
	s := newServer(t, "--slowlog-log-slower-than", "0", "--slowlog-max-len", "3")
	s.do("CLIENT", "SETNAME", "tester")
	s.f("+OK\r\n", "SLOWLOG", "RESET")
	s.do("SET", "k", "v")
	s.do("GET", "k")
	reply := s.do("SLOWLOG", "GET", "2")
	require.Regexp(t, `^\*2\r\n\*6\r\n:\d+\r\n:1700000000\r\n:\d+\r\n\*2\r\n\$3\r\nGET\r\n\$1\r\nk\r\n`+
		`\$15\r\n127.0.0.1:50000\r\n\$6\r\ntester\r\n\*6\r\n`, reply)
	s.f(":3\r\n", "SLOWLOG", "LEN")
	s.do("CONFIG", "SET", "slowlog-log-slower-than", "-1")
	require.True(t, strings.HasPrefix(s.do("SLOWLOG", "GET", "-1"), "*3\r\n"))
	s.do("SLOWLOG", "RESET")
	s.f("*0\r\n", "SLOWLOG", "GET")
	for _, count := range []string{"-2", "abc", "9223372036854775808"} {
		s.f("-ERR count should be greater than or equal to -1\r\n", "SLOWLOG", "GET", count)
	}
	s.f("*0\r\n", "SLOWLOG", "GET", "9223372036854775807")
	s.f("-ERR unknown subcommand or wrong number of arguments for 'get'. Try SLOWLOG HELP.\r\n", "slowlog", "get", "1", "2")
	s.f("-ERR unknown subcommand 'BOGUS'. Try SLOWLOG HELP.\r\n", "SLOWLOG", "BOGUS")
}
