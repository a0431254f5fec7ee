package compat

import (
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/require"
)

func lines(text string) iter.Seq[string] { return strings.Lines(text) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRedigo(t *testing.T) {
	address := start(t, "--requirepass", "secret")
	pool := &redis.Pool{MaxIdle: 4, Dial: func() (redis.Conn, error) {
		return redis.Dial("tcp", address, redis.DialPassword("secret"), redis.DialDatabase(3),
			redis.DialReadTimeout(10*time.Second))
	}}
	defer pool.Close()
	c := pool.Get()
	defer c.Close()

	require.Equal(t, "OK", must(redis.String(c.Do("SET", "a", 1, "EX", 100))))
	require.Equal(t, 2, must(redis.Int(c.Do("INCR", "a"))))
	_, err := redis.String(c.Do("GET", "absent"))
	require.ErrorIs(t, err, redis.ErrNil)
	require.NoError(t, c.Send("MSET", "x", "1", "y", "2"))
	require.NoError(t, c.Send("MGET", "x", "y", "z"))
	require.NoError(t, c.Flush())
	require.Equal(t, "OK", must(redis.String(c.Receive())))
	require.Equal(t, []string{"1", "2", ""}, must(redis.Strings(c.Receive())))
	require.Equal(t, 2, must(redis.Int(c.Do("HSET", "h", "f", "v", "g", "w"))))
	require.Equal(t, map[string]string{"f": "v", "g": "w"}, must(redis.StringMap(c.Do("HGETALL", "h"))))
	_, err = c.Do("LPUSH", "h", "x")
	require.ErrorContains(t, err, "WRONGTYPE")
}

// TestRedigoScriptsAndMessages: EVALSHA after NOSCRIPT, a transaction that a watched key breaks, and a subscriber.
func TestRedigoScriptsAndMessages(t *testing.T) {
	address := start(t)
	dial := func() redis.Conn {
		c := must(redis.Dial("tcp", address, redis.DialReadTimeout(10*time.Second)))
		t.Cleanup(func() { c.Close() })
		return c
	}
	c, other := dial(), dial()

	script := redis.NewScript(1, `return {KEYS[1], ARGV[1] + 1, redis.call('INCRBY', KEYS[1], ARGV[1])}`)
	for want := range 2 {
		reply := must(redis.Values(script.Do(c, "n", 5)))
		require.Equal(t, []any{[]byte("n"), int64(6), int64(5 * (want + 1))}, reply)
	}
	require.NoError(t, script.SendHash(c, "n", 1))
	require.NoError(t, c.Flush())
	require.Len(t, must(redis.Values(c.Receive())), 3)

	must(c.Do("WATCH", "n"))
	must(other.Do("SET", "n", "changed"))
	require.NoError(t, c.Send("MULTI"))
	require.NoError(t, c.Send("SET", "n", "mine"))
	reply, err := c.Do("EXEC")
	require.NoError(t, err)
	require.Nil(t, reply)

	subscriber := redis.PubSubConn{Conn: dial()}
	require.NoError(t, subscriber.Subscribe("news"))
	require.Equal(t, redis.Subscription{Kind: "subscribe", Channel: "news", Count: 1}, subscriber.Receive())
	require.Equal(t, 1, must(redis.Int(c.Do("PUBLISH", "news", "hello"))))
	require.Equal(t, redis.Message{Channel: "news", Data: []byte("hello")}, subscriber.Receive())
	require.NoError(t, subscriber.Ping("alive"))
	require.Equal(t, redis.Pong{Data: "alive"}, subscriber.Receive())
}
