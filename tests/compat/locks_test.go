package compat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-redsync/redsync/v4"
	lockpool "github.com/go-redsync/redsync/v4/redis"
	pooled "github.com/go-redsync/redsync/v4/redis/goredis/v9"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TestRedlock: locks over three servers, by a library that follows the algorithm. One server may be gone.
func TestRedlock(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var servers []*harness.Server
	var pools []lockpool.Pool
	for range 3 {
		s := harness.Start(t, harness.SoloKV(t))
		r := redis.NewClient(&redis.Options{Addr: s.Addr(), MaxRetries: -1})
		t.Cleanup(func() { r.Close() })
		servers, pools = append(servers, s), append(pools, pooled.NewPool(r))
	}
	locks := redsync.New(pools...)

	held := locks.NewMutex("lock", redsync.WithExpiry(5*time.Second))
	require.NoError(t, held.LockContext(ctx))
	require.Error(t, locks.NewMutex("lock").TryLockContext(ctx))
	require.True(t, must(held.ExtendContext(ctx)))
	require.True(t, must(held.UnlockContext(ctx)))
	_, err := held.UnlockContext(ctx)
	require.Error(t, err)

	brief := locks.NewMutex("brief", redsync.WithExpiry(50*time.Millisecond))
	require.NoError(t, brief.LockContext(ctx))
	require.Eventually(t, func() bool { return locks.NewMutex("brief").TryLockContext(ctx) == nil }, 5*time.Second, 5*time.Millisecond)

	servers[2].Kill()
	majority := locks.NewMutex("majority", redsync.WithExpiry(time.Minute))
	require.NoError(t, majority.LockContext(ctx))
	require.Error(t, locks.NewMutex("majority").TryLockContext(ctx))
	require.True(t, must(majority.UnlockContext(ctx)))
}

// A lock that its owner may take several times, and that tells those who wait when it is free: a hash of owners
// with their counts, which expires, and a channel.
var (
	acquire = redis.NewScript(`
		local free = redis.call('EXISTS', KEYS[1]) == 0
		if free or redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
			redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
			redis.call('PEXPIRE', KEYS[1], ARGV[2])
			return nil
		end
		return redis.call('PTTL', KEYS[1])`)
	release = redis.NewScript(`
		if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return nil end
		if redis.call('HINCRBY', KEYS[1], ARGV[1], -1) > 0 then
			redis.call('PEXPIRE', KEYS[1], ARGV[2])
			return 0
		end
		redis.call('DEL', KEYS[1])
		redis.call('PUBLISH', KEYS[2], 'free')
		return 1`)
)

const leaseMs = 20_000

// reentrant is an owner of the lock.
type reentrant struct {
	*redis.Client
	owner string
}

func (r reentrant) lock(ctx context.Context) error {
	listener := r.Subscribe(ctx, "lock:free")
	defer listener.Close()
	if _, err := listener.Receive(ctx); err != nil {
		return err
	}
	for {
		ttl, err := acquire.Run(ctx, r, []string{"lock"}, r.owner, leaseMs).Int64()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		if err != nil || ttl < 0 {
			return fmt.Errorf("acquire: %d, %w", ttl, err)
		}
		if _, err := listener.ReceiveMessage(ctx); err != nil {
			return err
		}
	}
}

func (r reentrant) unlock(ctx context.Context) (int64, error) {
	return release.Run(ctx, r, []string{"lock", "lock:free"}, r.owner, leaseMs).Int64()
}

// count adds to a counter what only the lock protects.
func (r reentrant) count(ctx context.Context, times int) error {
	for range times {
		if err := r.lock(ctx); err != nil {
			return err
		}
		n, _ := r.Get(ctx, "counter").Int()
		r.Set(ctx, "counter", n+1, 0)
		if freed, err := r.unlock(ctx); freed != 1 {
			return fmt.Errorf("release: %d, %w", freed, err)
		}
	}
	return nil
}

// TestReentrantLock: an owner may lock twice; others wait for a message, and none of them is forgotten.
func TestReentrantLock(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		twice := reentrant{r, "twice"}
		require.NoError(t, twice.lock(ctx))
		require.NoError(t, twice.lock(ctx))
		require.Equal(t, int64(0), must(twice.unlock(ctx)))
		require.Equal(t, int64(1), must(twice.unlock(ctx)))
		_, err := twice.unlock(ctx)
		require.ErrorIs(t, err, redis.Nil)

		const owners, each = 6, 10
		var wait sync.WaitGroup
		for i := range owners {
			wait.Go(func() {
				if err := (reentrant{r, fmt.Sprint("owner-", i)}).count(ctx, each); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		require.Equal(t, owners*each, must(r.Get(ctx, "counter").Int()))
		require.Equal(t, int64(0), r.Exists(ctx, "lock").Val())
	})
}
