package rdb

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// These tests read what a real server writes, and ask it what it should say: see redis_test.go.

// TestWeLoadRedisFiles loads a server's data in the encodings that its configuration makes it choose.
func TestWeLoadRedisFiles(t *testing.T) {
	r, s := newReference(t)
	tables := map[string]string{"hash-max-listpack-entries": "0", "zset-max-listpack-entries": "0",
		"set-max-intset-entries": "0", "list-max-listpack-size": "5"}
	if r.version > VersionBase {
		tables["set-max-listpack-entries"] = "0"
	}
	f := func(name string, config map[string]string) {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.do("FLUSHALL")
			r.do("SELECT", "0")
			for directive, word := range config {
				r.do("CONFIG", "SET", directive, word)
			}
			r.fill(t)
			file := r.save(s)
			l := newLoader(t, defaultLimits)
			l.options.Size = int64(len(file))
			l.version = r.version
			result := l.read(bytes.NewReader(file))
			require.EqualValues(t, len(file), result.Bytes)
			require.EqualValues(t, r.do("DBSIZE").Int+1, result.Keys)
			require.Len(t, result.Aux.ReplID, 40)
			require.NotEmpty(t, result.Aux.ServerVersion)
			require.InDelta(t, time.Now().Unix(), result.Aux.CreatedAtSecs, 60)
			require.Len(t, l.functions, 1)
			require.Contains(t, l.functions[0], "register_function")
			require.Equal(t, "in another database", l.keys["3/other"].says)

			for name, k := range l.keys {
				if k.db == 0 {
					r.compare(name, k)
				}
			}
		})
	}
	f("as it is", nil)
	f("uncompressed", map[string]string{"rdbcompression": "no"})
	f("tables", tables)
}

// compare asks the server about a key that was loaded, and gives its payload to Restore.
func (r reference) compare(name string, k *loaded) {
	r.t.Helper()
	requireSays(r.t, sample{key: name, says: r.sayAll(name)}, k.says)
	require.Equal(r.t, r.do("PEXPIRETIME", name).Int, k.expireAtMs, name)

	l := newLoader(r.t, defaultLimits)
	v, err := Restore([]byte(r.do("DUMP", name).Text), l.builder, RestoreOptions{})
	if r.valkey() {
		require.ErrorIs(r.t, err, ErrPayload) // its versions are not Redis's
		return
	}
	require.NoError(r.t, err, name)
	requireSays(r.t, sample{key: name, says: k.says}, says(v, r.version))
	free(v)
	require.Zero(r.t, l.arena.Used())
}

func (r reference) valkey() bool {
	return strings.Contains(r.do("INFO", "server").Text, "valkey_version")
}

// hasFields tells whether the server has hash fields that expire.
func (r reference) hasFields() bool {
	v, err := r.c.Do("HPEXPIRETIME", "nothing", "FIELDS", "1", "f")
	require.NoError(r.t, err)
	return !v.IsError()
}

// sayAll is say with what fields' expiries the server has.
func (r reference) sayAll(key string) string {
	if r.do("TYPE", key).Text == "hash" && r.hasFields() {
		return r.sayHash(key, VersionFields)
	}
	return r.say(key, r.version)
}

// fill gives the server a value of each type in several sizes.
func (r reference) fill(t testing.TB) {
	m := newMaker(t)
	words := m.texts()
	for i, text := range words {
		r.do("SET", fmt.Sprint("string:", i), text)
	}
	r.do("SET", "volatile", "v", "PXAT", strconv.Itoa(farMs))
	r.do("SET", "12345", "a key that is a number")
	r.do("FUNCTION", "LOAD", "REPLACE", "#!lua name=l\nredis.register_function('f', function() return 1 end)")
	r.do("SELECT", "3")
	r.do("SET", "other", "in another database")
	r.do("SELECT", "0")

	for _, n := range []int{1, 3, 100, 200, 3000} {
		name := fmt.Sprint(":", n)
		for i := range n {
			number := strconv.Itoa(i * i * i)
			r.do("RPUSH", "list"+name, strings.Repeat("element ", i%5)+number)
			r.do("SADD", "ints"+name, number)
			r.do("SADD", "set"+name, "member:"+number)
			r.do("HSET", "hash"+name, "field:"+number, number)
			r.do("ZADD", "zset"+name, strconv.FormatFloat(float64(i%17)/8, 'g', -1, 64), "member:"+number)
			r.do("XADD", "stream"+name, fmt.Sprintf("%d-%d", 1000+i/2, i%2), "field", number, fmt.Sprint(i%3), "text")
		}
	}
	r.do(append([]string{"RPUSH", "list:words"}, words...)...)
	r.do(append([]string{"SADD", "set:words"}, words...)...)
	for i, text := range words {
		r.do("HSET", "hash:words", text, fmt.Sprint(i))
		r.do("HSET", "hash:long", fmt.Sprint(i), text)
		r.do("ZADD", "zset:words", []string{"inf", "-inf", "0.1", "-1e300", "5"}[i%5], text)
	}
	r.do("ZADD", "zset:small", "inf", "a", "-inf", "b", "3.25", "c", "-7", "d", "1e-9", "e", "-7", "ab")
	r.do("SADD", "set:mixed", "1", "2", "-70000", "x")
	r.fillStreams()
	if r.hasFields() {
		r.fillFields()
	}
}

func (r reference) fillStreams() {
	for i := range 50 {
		r.do("XDEL", "stream:200", fmt.Sprintf("%d-0", 1000+i))
	}
	r.do("XGROUP", "CREATE", "stream:200", "group", "0")
	r.do("XGROUP", "CREATE", "stream:200", "unread", "$")
	r.do("XGROUP", "CREATE", "stream:200", "middle", "1070-1")
	for i := range 4 {
		r.do("XREADGROUP", "GROUP", "group", fmt.Sprint("consumer:", i), "COUNT", "20", "STREAMS", "stream:200", ">")
	}
	r.do("XGROUP", "CREATECONSUMER", "stream:200", "group", "idle")
	r.do("XCLAIM", "stream:200", "group", "consumer:3", "0", "1030-1", "RETRYCOUNT", "100000")
	r.do("XACK", "stream:200", "group", "1031-1", "1032-1")
	r.do("XTRIM", "stream:3000", "MAXLEN", "1000")
	r.do("XADD", "stream:empty", "18446744073709551615-5", "f", "v")
	r.do("XDEL", "stream:empty", "18446744073709551615-5")
	r.do("XGROUP", "CREATE", "stream:empty", "g", "$")
}

func (r reference) fillFields() {
	for _, n := range []int{3, 100, 3000} {
		key := fmt.Sprint("hash:", n)
		for i := 1; i < n; i += 2 {
			r.do("HPEXPIREAT", key, strconv.Itoa(farMs+i*i%777), "FIELDS", "1", "field:"+strconv.Itoa(i*i*i))
		}
	}
	r.do("HSET", "was volatile", "f", "v", "g", "v")
	r.do("HPEXPIREAT", "was volatile", strconv.Itoa(farMs), "FIELDS", "1", "f")
	r.do("HPERSIST", "was volatile", "FIELDS", "1", "f")
}

// save asks for the file as a replica does, for the server may have its folders where we have none.
func (r reference) save(s *harness.Server) []byte {
	r.t.Helper()
	r.do("CONFIG", "SET", "repl-diskless-sync", "no")
	conn, err := net.Dial("tcp", s.Addr())
	require.NoError(r.t, err)
	defer conn.Close()
	require.NoError(r.t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = io.WriteString(conn, "SYNC\r\n")
	require.NoError(r.t, err)
	in := bufio.NewReader(conn)
	line := "\n"
	for line == "\n" { // the server is preparing
		line, err = in.ReadString('\n')
		require.NoError(r.t, err)
	}
	bytes, err := strconv.Atoi(strings.Trim(line, "$\r\n"))
	require.NoError(r.t, err, line)
	file := make([]byte, bytes)
	_, err = io.ReadFull(in, file)
	require.NoError(r.t, err)
	return file
}

// TestWeChooseRedisEncodings compares the encodings of values after loading, of a server that has packed sets and
// lists, as we have.
func TestWeChooseRedisEncodings(t *testing.T) {
	r, s := newReference(t)
	if r.version == VersionBase {
		t.Skip("redis 7.0 has other encodings")
	}
	r.fill(t)
	r.do("SADD", "set:long", strings.Repeat("x", 65))
	r.do("SADD", "set:both", "1", strings.Repeat("x", 65))
	r.do("CONFIG", "SET", "set-max-intset-entries", "0", "set-max-listpack-entries", "0",
		"hash-max-listpack-entries", "0", "zset-max-listpack-entries", "0")
	for _, i := range []string{"1", "2", "3"} { // these are written as tables
		r.do("SADD", "table:ints", i)
		r.do("SADD", "table:set", "member"+i)
		r.do("SADD", "table:long", i, strings.Repeat(i, 65))
		r.do("HSET", "table:hash", "field"+i, i)
		r.do("ZADD", "table:zset", i, i)
	}
	tables := r.save(s)
	r.do("CONFIG", "SET", "set-max-intset-entries", "512", "set-max-listpack-entries", "128",
		"hash-max-listpack-entries", "512", "zset-max-listpack-entries", "128")
	r.do("DEBUG", "RELOAD")

	l := newLoader(t, defaultLimits)
	l.read(bytes.NewReader(tables))
	valkey := r.valkey() // packs no hash whose fields expire
	for name, k := range l.keys {
		if k.db == 0 && r.do("TYPE", name).Text != "string" && !(valkey && k.encoding == "listpackex") {
			require.Equal(t, r.do("OBJECT", "ENCODING", name).Text, k.encoding, name)
		}
	}
}
