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
