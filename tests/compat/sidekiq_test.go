package compat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// The ways in which job queues such as Sidekiq use a server: lists that are popped by blocking, a sorted set by
// time from which scripts take what is due, sets of names, and counters in transactions.

// job is what the lists hold, as JSON.
type job struct {
	ID    string   `json:"jid"`
	Queue string   `json:"queue"`
	Args  []any    `json:"args"`
	Retry int      `json:"retry_count"`
	Tags  []string `json:"tags,omitempty"`
}

// takeDue moves what is due to the queue that the job itself names.
var takeDue = redis.NewScript(`
	local due = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
	for _, text in ipairs(due) do
		local job = cjson.decode(text)
		redis.call('ZREM', KEYS[1], text)
		redis.call('SADD', 'queues', job.queue)
		redis.call('LPUSH', 'queue:' .. job.queue, text)
	end
	return #due`)

// again counts a failure within the job and files it by the time of its next attempt, or among the dead.
var again = redis.NewScript(`
	local job = cjson.decode(ARGV[1])
	redis.call('LREM', KEYS[1], 1, ARGV[1])
	job.retry_count = job.retry_count + 1
	job.state = {at = tonumber(ARGV[2]), message = ARGV[4]}
	local key = job.retry_count > tonumber(ARGV[3]) and 'dead' or 'retry'
	redis.call('ZADD', key, ARGV[2], cjson.encode(job))
	return {key, job.retry_count}`)

// limited is a sliding window whose entries are packed.
var limited = redis.NewScript(`
	local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
	local packed = redis.call('GET', KEYS[1])
	local kept = {}
	for _, at in ipairs(packed and cmsgpack.unpack(packed) or {}) do
		if at > now - window then kept[#kept + 1] = at end
	end
	local allowed = #kept < most
	if allowed then kept[#kept + 1] = now end
	redis.call('SET', KEYS[1], cmsgpack.pack(kept), 'PX', window)
	return {allowed and 1 or 0, #kept}`)

func (j job) text() string { return string(must(json.Marshal(j))) }

// push is what a producer sends.
func push(ctx context.Context, r *redis.Client, jobs ...job) error {
	_, err := r.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, j := range jobs {
			p.SAdd(ctx, "queues", j.Queue)
			p.LPush(ctx, "queue:"+j.Queue, j.text())
		}
		return nil
	})
	return err
}

// worker takes jobs until there is nothing for a while. A job whose first argument is a number fails so often.
type worker struct {
	*redis.Client
	name string
	done *jobs
}

func (w worker) run(ctx context.Context) error {
	own := "inprogress:" + w.name
	for idle := 0; idle < 2; {
		text, err := w.Do(ctx, "BLMOVE", "queue:default", own, "RIGHT", "LEFT", "0.05").Text()
		if errors.Is(err, redis.Nil) {
			moved, err := takeDue.Run(ctx, w, []string{"retry"}, time.Now().UnixMilli(), 100).Int()
			if err != nil {
				return err
			}
			if moved == 0 && w.ZCard(ctx, "retry").Val() == 0 {
				idle++
			}
			continue
		}
		if err != nil {
			return err
		}
		if err := w.process(ctx, own, text); err != nil {
			return err
		}
		idle = 0
	}
	return nil
}

func (w worker) process(ctx context.Context, own, text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	if failures := j.Args[0].(float64); float64(j.Retry) < failures {
		reply, err := again.Run(ctx, w, []string{own}, text, time.Now().Add(20*time.Millisecond).UnixMilli(), 3, "no \"luck\"/").Slice()
		if err == nil && reply[1].(int64) != int64(j.Retry+1) {
			err = fmt.Errorf("the script counts %v failures", reply)
		}
		return err
	}
	_, err := w.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.LRem(ctx, own, 1, text)
		p.Incr(ctx, "stat:processed")
		p.HSet(ctx, "process:"+w.name, "busy", 0, "beat", time.Now().Unix())
		p.Expire(ctx, "process:"+w.name, time.Minute)
		return nil
	})
	w.done.add(j.ID)
	return err
}

func TestSidekiqLikeQueues(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		const plain = 200
		var all []job
		for i := range plain {
			all = append(all, job{ID: fmt.Sprint("plain-", i), Queue: "default", Args: []any{0, "ünïcode", []int{}, nil}, Tags: []string{"a/b"}})
		}
		all = append(all, job{ID: "fails-twice", Queue: "default", Args: []any{2}}, job{ID: "hopeless", Queue: "default", Args: []any{1000}})
		require.NoError(t, push(ctx, r, all...))

		var done jobs
		var wait sync.WaitGroup
		for i := range 4 {
			wait.Go(func() {
				if err := (worker{r, fmt.Sprint(i), &done}).run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()

		require.Len(t, done.all(), plain+1)
		require.Contains(t, done.all(), "fails-twice")
		require.Equal(t, plain+1, must(r.Get(ctx, "stat:processed").Int()))
		dead := must(r.ZRange(ctx, "dead", 0, -1).Result())
		require.Len(t, dead, 1)
		require.True(t, strings.Contains(dead[0], `"retry_count":4`) && strings.Contains(dead[0], `no \"luck\"\/`), dead[0])
		require.Equal(t, []string{"default"}, r.SMembers(ctx, "queues").Val())
		require.Empty(t, must(r.Keys(ctx, "inprogress:*").Result()))
	})
}

// TestSlidingWindow: cmsgpack in a script, and a limit that holds whoever asks.
func TestSlidingWindow(t *testing.T) {
	goRedis(t, func(t *testing.T, ctx context.Context, r *redis.Client) {
		at := func(ms int64) []any { return must(limited.Run(ctx, r, []string{"window"}, ms, 60_000, 3).Slice()) }
		for i, want := range []int64{1, 2, 3} {
			require.Equal(t, []any{int64(1), want}, at(1_700_000_000_000+int64(i)))
		}
		require.Equal(t, []any{int64(0), int64(3)}, at(1_700_000_000_010))
		require.Equal(t, []any{int64(1), int64(3)}, at(1_700_000_060_000))
	})
}
