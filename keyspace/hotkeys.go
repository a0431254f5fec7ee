package keyspace

import "solokv/keyspace/hotkeys"

// Which keys are used most: HOTKEYS. One request of every so many batches is looked at,
// and stands for all that its batch holds, so that a pipeline costs no more than a single
// request and is not seen less. Sampling is always on: about 10 ns a batch, where reading and writing
// a socket takes some thousands (BenchmarkServeSampled).
//
// Old samples count half after hotHalfLifeNs, a quarter after twice that, and so does the
// time in which they were taken; so rates are those of about the last half minute.

// hotKeys is what the engine knows about the keys that are used.
type hotKeys struct {
	left   int // batches until the next sample
	sketch *hotkeys.Sketch
	keys   []KeyAt // scratch

	elapsedNs int64 // of Age's counting
	sinceNs   int64 // when it was last brought up to date
	agedNs    int64
}

const (
	// hotInterval is the mean number of batches from one sample to the next.
	hotInterval   = 32
	hotHalfLifeNs = 10e9
)

func (h *hotKeys) start(nowNs int64) {
	h.sketch = new(hotkeys.Sketch)
	h.reset(nowNs)
}

func (h *hotKeys) reset(nowNs int64) {
	h.sketch.Reset()
	h.elapsedNs, h.sinceNs, h.agedNs = 0, nowNs, nowNs
}

// sampleKey takes one request of the batch, at random, and one of its keys.
func (e *Engine) sampleKey(c *Ctx, b *Batch) {
	h := &e.hot
	h.left = int(e.random() % (2*hotInterval - 1)) // hotInterval-1 on average, and then one
	n := len(b.Requests) - b.at
	if n == 0 || c.sess.gates&gateAuth != 0 {
		return
	}
	h.keepTime(e.batchNs)
	r := &b.Requests[b.at+int(e.random()%uint64(n))]
	e.bind(c, b, r)
	cmd := r.Cmd.Resolve(c.args)
	if cmd == nil || !cmd.arityOK(len(c.args)) {
		return
	}
	h.keys, _ = cmd.AppendKeys(h.keys[:0], c.args)
	if len(h.keys) == 0 {
		return
	}
	at := h.keys[e.random()%uint64(len(h.keys))].Index
	if at >= len(c.args) {
		return
	}
	key := c.args[at]
	weight := uint64(hotInterval * n * len(h.keys))
	h.sketch.Add(c.sess.db.id, c.hashOf(key), key, weight, cmd.Flags&Write != 0)
}

// keepTime lets samples, and the time in which they were taken, grow old.
func (h *hotKeys) keepTime(nowNs int64) {
	h.elapsedNs += nowNs - h.sinceNs
	h.sinceNs = nowNs
	for ; nowNs-h.agedNs >= hotHalfLifeNs && h.elapsedNs > 0; h.agedNs += hotHalfLifeNs {
		h.sketch.Age()
		h.elapsedNs /= 2
	}
}

// HotKeys are the keys that are used most.
type HotKeys struct {
	Keys  []hotkeys.Key
	Total uint64  // accesses of all keys, in the same unit as the keys' counts
	Sec   float64 // in which they were made
}

// HotKeys returns up to n keys, the hottest first.
func (e *Engine) HotKeys(n int) HotKeys {
	h := &e.hot
	h.keepTime(e.clock.NowNs())
	return HotKeys{h.sketch.Top(n), h.sketch.Total(), float64(h.elapsedNs) / 1e9}
}

// ForgetHotKeys begins anew.
func (e *Engine) ForgetHotKeys() { e.hot.reset(e.clock.NowNs()) }
