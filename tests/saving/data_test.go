package saving

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"solokv/tests/harness"
)

// fill makes the data set: every type in every encoding, in two databases, the
// same one each time.
func fill(c *harness.Client) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, db := range []string{"0", "9"} {
		c.MustDo("SELECT", db)
		fillStrings(c, random)
		fillLists(c, random)
		fillSets(c)
		fillHashes(c)
		fillZSets(c, random)
		fillStreams(c)
		fillExpiries(c)
	}
	c.MustDo("SELECT", "0")
}

// fillFieldExpiries adds what only the newest version of the format holds.
func fillFieldExpiries(c *harness.Client) {
	c.MustDo("HSET", "h:fields", "a", "1", "b", "2", "c", "3")
	c.MustDo("HPEXPIREAT", "h:fields", "4102444800123", "FIELDS", "1", "b")
	args := []string{"HSET", "h:fields:large"}
	for i := range 700 {
		args = append(args, fmt.Sprint("field:", i), fmt.Sprint("value:", i))
	}
	c.MustDo(args...)
	c.MustDo("HPEXPIREAT", "h:fields:large", "4102444800456", "FIELDS", "2", "field:3", "field:600")
}

// numbered is a command with n arguments that are made of their numbers.
func numbered(n int, argument func(i int) []string, command ...string) []string {
	for i := range n {
		command = append(command, argument(i)...)
	}
	return command
}

func binary(random *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return string(b)
}

func fillStrings(c *harness.Client, random *rand.Rand) {
	for i, value := range []string{
		"", "0", "-1", "127", "-128", "32767", "-32769", "2147483648", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "007", "+1", "1.5", "text", strings.Repeat("e", 44), strings.Repeat("r", 45),
		strings.Repeat("compressible ", 3000), binary(random, 50), binary(random, 20000), "\x00\r\n\xff",
		strings.Repeat("a", 20), strings.Repeat("\x00", 70000),
	} {
		c.MustDo("SET", fmt.Sprint("s:", i), value)
	}
	c.MustDo("SET", "", "the key without a name")
	c.MustDo("SET", binary(random, 300), "a key of bytes")
	c.MustDo("APPEND", "s:appended", strings.Repeat("1", 30))
	c.MustDo("APPEND", "s:appended", strings.Repeat("2", 30))
	c.MustDo("SETBIT", "s:bits", "12345", "1")
	c.MustDo(numbered(500, func(i int) []string { return []string{fmt.Sprint(i)} }, "PFADD", "s:hll")...)
}

func fillLists(c *harness.Client, random *rand.Rand) {
	c.MustDo("RPUSH", "l:small", "1", "-1", "a", "", "70000", "5000000000", strings.Repeat("x", 60))
	c.MustDo(numbered(3000, func(i int) []string { return []string{fmt.Sprint("element:", i)} }, "RPUSH", "l:large")...)
	c.MustDo("RPUSH", "l:huge", "before", binary(random, 30000), "between", strings.Repeat("z", 20000), "behind")
}

func fillSets(c *harness.Client) {
	for name, base := range map[string]int{"s16": 1, "s32": 70000, "s64": 5000000000} {
		c.MustDo(numbered(100, func(i int) []string { return []string{strconv.Itoa(base + i*3)} }, "SADD", "set:"+name)...)
	}
	c.MustDo("SADD", "set:small", "a", "b", "17", "")
	c.MustDo(numbered(2000, func(i int) []string { return []string{strconv.Itoa(i)} }, "SADD", "set:ints")...)
	c.MustDo(numbered(2000, func(i int) []string { return []string{fmt.Sprint("m", i)} }, "SADD", "set:large")...)
	c.MustDo("SADD", "set:long", strings.Repeat("m", 100))
}

func fillHashes(c *harness.Client) {
	c.MustDo("HSET", "h:small", "f", "v", "n", "12", "", "", "big", "5000000000")
	c.MustDo("HSET", "h:long", "f", strings.Repeat("v", 200))
	c.MustDo(numbered(1500, func(i int) []string { return []string{fmt.Sprint("f", i), fmt.Sprint(i)} }, "HSET", "h:large")...)
}

func fillZSets(c *harness.Client, random *rand.Rand) {
	c.MustDo("ZADD", "z:small", "1", "a", "1", "b", "-inf", "c", "+inf", "d", "0.1", "e", "-2.5e300", "f",
		"3.0000000000000004", "g", "1e-300", "17")
	c.MustDo("ZADD", "z:long", "1", strings.Repeat("m", 100))
	score := func() string { return strconv.FormatFloat(random.NormFloat64()*1e6, 'g', -1, 64) }
	c.MustDo(numbered(1500, func(i int) []string { return []string{score(), fmt.Sprint("m", i)} }, "ZADD", "z:large")...)
}

func fillStreams(c *harness.Client) {
	for i := range 250 {
		n := fmt.Sprint(i)
		c.MustDo("XADD", "x:large", "5-"+fmt.Sprint(i+1), "f", n, "g", "text "+n)
	}
	c.MustDo("XADD", "x:large", "6-*", "other", "fields", "of", strings.Repeat("v", 500))
	c.MustDo("XDEL", "x:large", "5-3", "5-7", "5-250")
	c.MustDo("XGROUP", "CREATE", "x:large", "all", "0")
	c.MustDo("XGROUP", "CREATE", "x:large", "late", "5-200", "ENTRIESREAD", "200")
	c.MustDo("XREADGROUP", "GROUP", "all", "alice", "COUNT", "30", "STREAMS", "x:large", ">")
	c.MustDo("XREADGROUP", "GROUP", "all", "bob", "COUNT", "5", "STREAMS", "x:large", ">")
	c.MustDo("XACK", "x:large", "all", "5-1", "5-33")
	c.MustDo("XCLAIM", "x:large", "all", "bob", "0", "5-5", "TIME", "1700000000000", "RETRYCOUNT", "7", "FORCE")
	c.MustDo("XGROUP", "CREATECONSUMER", "x:large", "late", "idle")
	c.MustDo("XTRIM", "x:large", "MAXLEN", "240")

	c.MustDo("XADD", "x:empty", "1-1", "f", "v")
	c.MustDo("XDEL", "x:empty", "1-1")
	c.MustDo("XGROUP", "CREATE", "x:none", "g", "$", "MKSTREAM")
	c.MustDo("XSETID", "x:empty", "9-9", "ENTRIESADDED", "12", "MAXDELETEDID", "5-5")
}

// fillExpiries gives keys of each type a time that is far away.
func fillExpiries(c *harness.Client) {
	c.MustDo("SET", "e:string", "v")
	c.MustDo("SET", "e:int", "12345")
	c.MustDo("RPUSH", "e:list", "a")
	c.MustDo("SADD", "e:set", "1", "2")
	c.MustDo("HSET", "e:hash", "f", "v")
	c.MustDo("ZADD", "e:zset", "1", "a")
	c.MustDo("XADD", "e:stream", "1-1", "f", "v")
	for i, name := range []string{"string", "int", "list", "set", "hash", "zset", "stream"} {
		c.MustDo("PEXPIREAT", "e:"+name, fmt.Sprint(4102444800123+i))
	}
}
