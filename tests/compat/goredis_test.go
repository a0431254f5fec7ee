package compat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// goRedis runs f with a client of each version of the protocol.
func goRedis(t *testing.T, f func(t *testing.T, ctx context.Context, r *redis.Client), args ...string) {
	for _, version := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", version), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			r := redis.NewClient(&redis.Options{Addr: start(t, args...), Protocol: version, ClientName: "compat"})
			defer r.Close()
			f(t, ctx, r)
		})
	}
}

func TestGoRedisStrings(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		require.Equal(t, "PONG", r.Ping(ctx).Val())
		require.NoError(t, r.Set(ctx, "greeting", "hello", time.Minute).Err())
		require.Equal(t, "hello", r.Get(ctx, "greeting").Val())
		require.InDelta(t, time.Minute, r.TTL(ctx, "greeting").Val(), float64(2*time.Second))
		require.ErrorIs(t, r.Get(ctx, "absent").Err(), redis.Nil)
		require.Equal(t, int64(5), r.IncrBy(ctx, "n", 5).Val())
		require.InDelta(t, 5.5, r.IncrByFloat(ctx, "n", 0.5).Val(), 1e-9)
		require.Equal(t, "hello", r.GetEx(ctx, "greeting", time.Hour).Val())
		stored, err := r.SetNX(ctx, "greeting", "other", 0).Result()
		require.NoError(t, err)
		require.False(t, stored)
		require.Equal(t, []any{"hello", nil}, r.MGet(ctx, "greeting", "absent").Val())
		require.Equal(t, "compat", r.ClientGetName(ctx).Val())
	})
}

func TestGoRedisPipelineAndScan(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		const keys = 1000
		replies, err := r.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range keys {
				p.Set(ctx, fmt.Sprint("key:", i), i, 0)
			}
			return nil
		})
		require.NoError(t, err)
		require.Len(t, replies, keys)

		seen := map[string]bool{}
		for walk := r.Scan(ctx, 0, "key:*", 50).Iterator(); walk.Next(ctx); {
			seen[walk.Val()] = true
		}
		require.Len(t, seen, keys)
		require.Equal(t, int64(keys), r.DBSize(ctx).Val())
		require.Contains(t, r.Info(ctx, "server").Val(), "redis_version:")
		docs, err := r.Command(ctx).Result()
		require.NoError(t, err)
		require.Contains(t, docs, "get")
	})
}

func TestGoRedisConcurrently(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		const clients, each = 20, 200
		var wait sync.WaitGroup
		for range clients {
			wait.Go(func() {
				for range each {
					if err := r.Incr(ctx, "counter").Err(); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wait.Wait()
		require.Equal(t, clients*each, must(r.Get(ctx, "counter").Int()))
	})
}

func TestGoRedisPassword(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		require.ErrorContains(t, r.Get(ctx, "a").Err(), "NOAUTH")
		options := *r.Options()
		options.Password = "secret"
		known := redis.NewClient(&options)
		defer known.Close()
		require.NoError(t, known.Set(ctx, "a", "b", 0).Err())
		options.Password = "wrong"
		unknown := redis.NewClient(&options)
		defer unknown.Close()
		require.ErrorContains(t, unknown.Get(ctx, "a").Err(), "WRONGPASS")
	}, "--requirepass", "secret")
}

func TestGoRedisCollections(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		require.Equal(t, int64(3), r.RPush(ctx, "list", "a", "b", "c").Val())
		require.Equal(t, []string{"a", "b", "c"}, r.LRange(ctx, "list", 0, -1).Val())
		require.Equal(t, "a", r.LMove(ctx, "list", "other", "LEFT", "RIGHT").Val())

		require.NoError(t, r.HSet(ctx, "hash", "name", "Ada", "born", 1815).Err())
		require.Equal(t, map[string]string{"name": "Ada", "born": "1815"}, r.HGetAll(ctx, "hash").Val())

		require.Equal(t, int64(3), r.SAdd(ctx, "set", 1, 2, 3).Val())
		require.ElementsMatch(t, []string{"1", "2", "3"}, r.SMembers(ctx, "set").Val())

		require.NoError(t, r.ZAdd(ctx, "zset", redis.Z{Score: 1.5, Member: "x"}, redis.Z{Score: -2, Member: "y"}).Err())
		require.Equal(t, []redis.Z{{Score: -2, Member: "y"}, {Score: 1.5, Member: "x"}},
			r.ZRangeWithScores(ctx, "zset", 0, -1).Val())

		require.NoError(t, r.PFAdd(ctx, "count", "a", "b", "a").Err())
		require.Equal(t, int64(2), r.PFCount(ctx, "count").Val())
		require.NoError(t, r.GeoAdd(ctx, "map", &redis.GeoLocation{Name: "Palermo", Longitude: 13.361389, Latitude: 38.115556}).Err())
		require.Len(t, r.GeoPos(ctx, "map", "Palermo").Val(), 1)

		require.ErrorContains(t, r.Get(ctx, "list").Err(), "WRONGTYPE")
	})
}

func TestGoRedisStreams(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		require.NoError(t, r.XGroupCreateMkStream(ctx, "events", "workers", "$").Err())
		id, err := r.XAdd(ctx, &redis.XAddArgs{Stream: "events", Values: map[string]any{"kind": "start"}}).Result()
		require.NoError(t, err)
		got, err := r.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "workers", Consumer: "one", Streams: []string{"events", ">"}}).Result()
		require.NoError(t, err)
		require.Equal(t, id, got[0].Messages[0].ID)
		require.Equal(t, int64(1), r.XPending(ctx, "events", "workers").Val().Count)
		require.Equal(t, int64(1), r.XAck(ctx, "events", "workers", id).Val())
	})
}

func TestGoRedisBlocks(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		_, err := r.BLPop(ctx, 50*time.Millisecond, "queue").Result()
		require.True(t, errors.Is(err, redis.Nil), "%v", err)

		popped := make(chan []string, 1)
		go func() { popped <- r.BLPop(ctx, 10*time.Second, "queue").Val() }()
		require.Eventually(t, func() bool {
			return r.Do(ctx, "CLIENT", "LIST").Val() != nil && blocked(ctx, r) == 1
		}, 5*time.Second, 5*time.Millisecond)
		require.NoError(t, r.RPush(ctx, "queue", "job").Err())
		require.Equal(t, []string{"queue", "job"}, <-popped)
	})
}

func blocked(ctx context.Context, r *redis.Client) (n int) {
	var text string
	text = r.Info(ctx, "clients").Val()
	for line := range lines(text) {
		_, _ = fmt.Sscanf(line, "blocked_clients:%d", &n)
	}
	return n
}
