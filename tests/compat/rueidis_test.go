package compat

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

func openRueidis(t *testing.T, options rueidis.ClientOption) rueidis.Client {
	t.Helper()
	r, err := rueidis.NewClient(options)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// TestRueidisCaches: what a client keeps on its own side is thrown away when somebody else changes it, expires it
// or flushes it; in each of the two ways of tracking.
func TestRueidisCaches(t *testing.T) {
	for name, tracking := range map[string][]string{
		"opt-in":    nil,
		"broadcast": {"PREFIX", "user:", "BCAST", "NOLOOP"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			address := []string{start(t)}
			r := openRueidis(t, rueidis.ClientOption{InitAddress: address, ClientTrackingOptions: tracking})
			other := openRueidis(t, rueidis.ClientOption{InitAddress: address, DisableCache: true})
			write := func(words ...string) {
				require.NoError(t, other.Do(ctx, other.B().Arbitrary(words...).Build()).Error())
			}
			get := func() rueidis.RedisResult { return r.DoCache(ctx, r.B().Get().Key("user:1").Cache(), time.Minute) }
			forgotten := func() {
				require.Eventually(t, func() bool { return !get().IsCacheHit() }, 5*time.Second, time.Millisecond)
			}

			write("SET", "user:1", "Ada")
			require.Equal(t, "Ada", must(get().ToString()))
			require.True(t, get().IsCacheHit())
			write("SET", "user:1", "Grace")
			forgotten()
			require.Equal(t, "Grace", must(get().ToString()))
			require.True(t, get().IsCacheHit())
			write("PEXPIRE", "user:1", "30")
			forgotten()
			require.Eventually(t, func() bool { return rueidis.IsRedisNil(get().Error()) }, 5*time.Second, time.Millisecond)
			write("SET", "user:1", "back")
			forgotten()
			require.Equal(t, "back", must(get().ToString()))
			write("EVAL", "return redis.call('APPEND', KEYS[1], '!')", "1", "user:1")
			forgotten()
			require.Equal(t, "back!", must(get().ToString()))
			write("FLUSHALL")
			forgotten()
		})
	}
}

// TestRueidisCachesMany: many keys in one go, of which some are cached, and hashes beside strings.
func TestRueidisCachesMany(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r := openRueidis(t, rueidis.ClientOption{InitAddress: []string{start(t)}})
	const keys = 300
	var names []string
	var writes rueidis.Commands
	for i := range keys {
		names = append(names, fmt.Sprint("key:", i))
		writes = append(writes, r.B().Set().Key(names[i]).Value(fmt.Sprint(i)).Build())
	}
	for _, reply := range r.DoMulti(ctx, writes...) {
		require.NoError(t, reply.Error())
	}
	for range 2 {
		values, err := rueidis.MGetCache(r, ctx, time.Minute, names)
		require.NoError(t, err)
		require.Len(t, values, keys)
		for i, name := range names {
			value := values[name]
			require.Equal(t, fmt.Sprint(i), must(value.ToString()))
		}
	}

	require.NoError(t, r.Do(ctx, r.B().Hset().Key("hash").FieldValue().FieldValue("f", "1").Build()).Error())
	replies := r.DoMultiCache(ctx,
		rueidis.CT(r.B().Hgetall().Key("hash").Cache(), time.Minute),
		rueidis.CT(r.B().Get().Key("key:7").Cache(), time.Minute),
		rueidis.CT(r.B().Get().Key("hash").Cache(), time.Minute))
	require.Equal(t, map[string]string{"f": "1"}, must(replies[0].AsStrMap()))
	require.True(t, replies[1].IsCacheHit())
	require.ErrorContains(t, replies[2].Error(), "WRONGTYPE")
}

// TestRueidisSpeaks: scripts, transactions on a connection of their own, and messages, all in RESP3.
func TestRueidisSpeaks(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r := openRueidis(t, rueidis.ClientOption{InitAddress: []string{start(t)}})

	script := rueidis.NewLuaScript(`redis.setresp(3)
		redis.call('HSET', KEYS[1], 'count', ARGV[1])
		return {redis.call('HGETALL', KEYS[1]), 1.5, cjson.encode({a = 1})}`)
	reply, err := script.Exec(ctx, r, []string{"hash"}, []string{"3"}).ToArray()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"count": "3"}, must(reply[0].AsStrMap()))
	require.Equal(t, `{"a":1}`, must(reply[2].ToString()))

	require.NoError(t, r.Dedicated(func(own rueidis.DedicatedClient) error {
		own.Do(ctx, own.B().Watch().Key("watched").Build())
		replies := own.DoMulti(ctx, own.B().Multi().Build(), own.B().Set().Key("watched").Value("1").Build(), own.B().Exec().Build())
		return replies[2].Error()
	}))

	heard := make(chan rueidis.PubSubMessage, 10)
	listening, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- r.Receive(listening, r.B().Psubscribe().Pattern("news.*").Build(), func(m rueidis.PubSubMessage) { heard <- m })
	}()
	require.Eventually(t, func() bool {
		n, err := r.Do(ctx, r.B().Publish().Channel("news.today").Message("hello").Build()).ToInt64()
		return err == nil && n == 1
	}, 5*time.Second, 5*time.Millisecond)
	message := <-heard
	require.Equal(t, rueidis.PubSubMessage{Pattern: "news.*", Channel: "news.today", Message: "hello"}, message)
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
}
