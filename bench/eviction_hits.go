package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"solokv/protocol"
)

// The hit ratio of a cache: GET, and SET after a miss, of keys whose popularity follows Zipf's law, in a server that has
// room for a tenth of them.
//
// Ages are known to the second, in Redis too, so a cache that is turned over within a second has nothing to choose by:
// at full speed every policy is as good as chance. So the load is slow enough that the cache lasts for about ten seconds,
// and six servers of a contender, one for each policy and each law, take their loads at the same time.
//
// Servers need different amounts of memory for the same key. With the same maxmemory a server that keeps more keys has
// more hits, which is what a user gets; with as many keys kept in each, what is compared is the choice of the victims.

const (
	hitKeysKept   = 20_000
	hitKeys       = 10 * hitKeysKept
	hitValueBytes = 500
	// hitMemoryBytes is maxmemory where it is the same for all.
	hitMemoryBytes = 16 << 20
	// hitLookEvery is how many ticks there are between two looks at the number of keys.
	hitLookEvery = 25
	// hitTick is how often a load sends its share of requests, in one pipeline.
	hitTick = 10 * time.Millisecond
	// hitSeconds is how long hits are counted, after as long a time that they are not.
	hitSeconds = 20
)

// hitLaws are the exponents, and the loads' requests per second: the more hits, the more requests for as many misses.
var hitLaws = []struct {
	exponent float64
	rate     int
}{{0.9, 6_000}, {1.1, 12_000}, {1.3, 40_000}}

var hitPolicies = []string{"allkeys-lru", "allkeys-lfu"}

func metricHits(policy string, exponent float64) metric {
	name := strings.TrimPrefix(policy, "allkeys-")
	return metric{
		name:  fmt.Sprintf("hit_percent_%s_%.1f", name, exponent),
		title: fmt.Sprintf("%s %.1f", name, exponent), digits: 2, better: moreIsBetter,
	}
}

var (
	metricKept   = metric{"keys_kept", "keys", 0, moreIsBetter}
	metricLimit  = metric{"maxmemory_mb", "limit MB", 1, lessIsBetter}
	kindHitRatio = newKindHitRatio()
)

func newKindHitRatio() *kind {
	k := &kind{title: "Eviction: hits of a cache in per cent, by policy and by the exponent of Zipf's law"}
	for _, policy := range hitPolicies {
		for _, law := range hitLaws {
			k.metrics = append(k.metrics, metricHits(policy, law.exponent))
		}
	}
	k.metrics = append(k.metrics, metricKept, metricLimit)
	return k
}

// hitRows ask for the hits at the same maxmemory, and at the same number of keys.
func hitRows(s settings) []row {
	span := hitSeconds * time.Second
	if s.Quick {
		span /= 2
	}
	var ideal []string
	for _, law := range hitLaws {
		ideal = append(ideal, fmt.Sprintf("%.1f", 100*newZipf(hitKeys, law.exponent).share(hitKeysKept)))
	}
	what := fmt.Sprintf("GET, SET after a miss, %s keys of %d B, ", grouped(hitKeys), hitValueBytes)
	ask := func(name, title string, equalKeys bool) row {
		return row{
			name: name, title: what + title, kind: kindHitRatio, setup: setup{fresh: true}, once: true,
			measure: func(ctx context.Context, target *server) (sample, error) {
				return measureHits(ctx, target, s.launcher, equalKeys, span)
			},
		}
	}
	return []row{
		ask("evict-hits-keys", fmt.Sprintf("room for %s (best: %s)", grouped(hitKeysKept),
			strings.Join(ideal, ", ")), true),
		ask("evict-hits-memory", fmt.Sprintf("maxmemory %d MB", hitMemoryBytes>>20), false),
	}
}

// measureHits starts five servers more and measures on all of them at once.
func measureHits(ctx context.Context, target *server, l *launcher, equalKeys bool, span time.Duration) (sample, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var caches []*cache
	for _, policy := range hitPolicies {
		for _, law := range hitLaws {
			c := &cache{
				server: target, policy: policy, equalKeys: equalKeys, metric: metricHits(policy, law.exponent),
				law: newZipf(hitKeys, law.exponent), perTick: law.rate * int(hitTick) / int(time.Second),
				// The same numbers for every contender.
				random: rand.New(rand.NewPCG(uint64(law.rate), 1)),
			}
			if len(caches) > 0 {
				var err error
				if c.server, err = startServer(ctx, l, target.contender, ""); err != nil {
					return nil, err
				}
				defer c.server.stop()
			}
			caches = append(caches, c)
		}
	}
	errs := make([]error, len(caches))
	var running sync.WaitGroup
	for i, c := range caches {
		running.Go(func() {
			if errs[i] = c.run(ctx, span); errs[i] != nil {
				cancel()
			}
		})
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	result := sample{}
	for _, c := range caches {
		result[c.metric.name] = 100 * float64(c.hits) / float64(c.asked)
		result[metricKept.name] += float64(c.kept) / float64(len(caches))
		result[metricLimit.name] += float64(c.limit) / 1e6 / float64(len(caches))
	}
	return result, nil
}

// cache is one server with its load.
type cache struct {
	server    *server
	policy    string
	equalKeys bool
	metric    metric
	law       zipf
	perTick   int
	random    *rand.Rand

	limit       int64 // maxmemory
	asked, hits int64
	kept, looks int64 // keys, by their mean
	missed      []int // of the present tick
}

// run lets the cache fill and settle, and then counts.
func (c *cache) run(ctx context.Context, span time.Duration) error {
	perKey, err := c.prepare(ctx)
	if err != nil {
		return err
	}
	// Requests are counted, not seconds: on a busy machine the cache would not have been turned over yet.
	ticks := int(span / hitTick)
	due := time.Now()
	for tick := range 2 * ticks {
		counts := tick >= ticks
		if err := c.serve(counts); err != nil {
			return err
		}
		if tick%hitLookEvery == hitLookEvery-1 {
			if err := c.look(perKey, counts); err != nil {
				return err
			}
		}
		due = due.Add(hitTick)
		if err := pause(ctx, time.Until(due)); err != nil {
			return err
		}
	}
	c.kept /= max(1, c.looks)
	return nil
}

// prepare fills the server with as many keys as it is to keep, the least popular, and sets its limit. It returns what a
// key costs.
func (c *cache) prepare(ctx context.Context) (perKey int64, err error) {
	control := c.server.control
	before, err := control.infoInt("memory", "used_memory")
	if err != nil {
		return 0, err
	}
	err = control.pour(ctx, hitKeysKept, func(dst []byte, i int) []byte {
		return protocol.AppendCommandStrings(dst, "SET", hitKey(hitKeys-1-i), hitValue)
	})
	if err != nil {
		return 0, err
	}
	if err := pause(ctx, settleTime); err != nil {
		return 0, err
	}
	after, err := control.infoInt("memory", "used_memory")
	if err != nil {
		return 0, err
	}
	c.limit = hitMemoryBytes
	if c.equalKeys {
		c.limit = after
	}
	_, err = control.do("CONFIG", "SET", "maxmemory-policy", c.policy, "maxmemory", strconv.FormatInt(c.limit, 10))
	return max(1, (after-before)/hitKeysKept), err
}

// look notes how many keys are kept. Where that should be the same for all, the limit moves by what the keys cost that
// are missing or too many: used_memory also has what the server itself takes, which varies.
func (c *cache) look(perKey int64, counts bool) error {
	kept, err := c.server.control.doInt("DBSIZE")
	if err != nil {
		return err
	}
	if counts {
		c.kept += kept
		c.looks++
	}
	if !c.equalKeys {
		return nil
	}
	c.limit += (hitKeysKept - kept) * perKey
	_, err = c.server.control.do("CONFIG", "SET", "maxmemory", strconv.FormatInt(c.limit, 10))
	return err
}

var hitValue = strings.Repeat("v", hitValueBytes)

func hitKey(number int) string { return string(keyName(nil, "cache:", number)) }

// serve asks for the keys of one tick, and stores those that were not there.
func (c *cache) serve(counts bool) error {
	control := c.server.control
	keys := make([]int, c.perTick)
	control.out = control.out[:0]
	for i := range keys {
		keys[i] = c.law.draw(c.random)
		control.out = protocol.AppendCommandStrings(control.out, "GET", hitKey(keys[i]))
	}
	if err := control.send(); err != nil {
		return err
	}
	c.missed = c.missed[:0]
	for _, key := range keys {
		reply, err := control.receive()
		if err != nil {
			return err
		}
		if reply[0] != '$' {
			return fmt.Errorf("GET: %.100q", reply)
		}
		if len(reply) < hitValueBytes {
			c.missed = append(c.missed, key)
		}
	}
	if counts {
		c.asked += int64(len(keys))
		c.hits += int64(len(keys) - len(c.missed))
	}
	return control.pour(context.Background(), len(c.missed), func(dst []byte, i int) []byte {
		return protocol.AppendCommandStrings(dst, "SET", hitKey(c.missed[i]), hitValue)
	})
}
