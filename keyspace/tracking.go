package keyspace

import (
	"slices"
	"strings"

	"solokv/keyspace/pubsub"
	"solokv/protocol"
)

// Client-side caching: CLIENT TRACKING. A client that tracks is told when a key that
// it may have cached is changed, expires or is flushed. There are two ways.
//
// By default the table remembers which clients have read which key (by its name; the
// database does not count, as in Redis). The first change takes the key out of the
// table and tells them. Clients that have gone, or track no more, stay in the table
// until then: their numbers are not given to others.
//
// With BCAST nothing is remembered: a client is told of every changed key that begins
// with one of its prefixes, for each prefix in one message at the end of the batch of
// requests that has changed them.
//
// RESP3 clients get a push. With REDIRECT another connection gets the message, which
// may be a RESP2 one that has subscribed to invalidationChannel.

// invalidationChannel is where redirected messages seem to be published.
const invalidationChannel = "__redis__:invalidate"

// TrackingOptions are those of CLIENT TRACKING ON.
type TrackingOptions struct {
	Broadcast, OptIn, OptOut, NoLoop bool
	Redirect                         int64    // number of a client, or 0
	Prefixes                         []string // of Broadcast
}

// tracker is what a session tracks.
type tracker struct {
	TrackingOptions
	caching bool // CLIENT CACHING has spoken for the next request
	broken  bool // the client of Redirect is gone
}

// tracking is the part of the engine.
type tracking struct {
	clients  int
	keys     map[string]*pubsub.Set[int64] // numbers of the clients that have read a key
	items    int                           // in all sets of keys
	prefixes map[string]*broadcast
	changed  []*broadcast // with something to tell
}

// broadcast is a prefix that clients have asked for.
type broadcast struct {
	prefix  string
	clients pubsub.Set[*Session]
	keys    map[string]*Session // that have changed, and who has changed it last
}

const (
	errTrackingMode Error = "ERR You can't switch BCAST mode on/off before disabling tracking for this client," +
		" and then re-enabling it with a different mode."
	errTrackingOpt Error = "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client," +
		" and then re-enabling it with a different mode."
	errTrackingBoth      Error = "ERR You can't specify both OPTIN mode and OPTOUT mode"
	errTrackingBroadcast Error = "ERR OPTIN and OPTOUT are not compatible with BCAST"
	errTrackingPrefix    Error = "ERR PREFIX option requires BCAST mode to be enabled"
	errCachingMode       Error = "ERR CLIENT CACHING can be called only when the client is in tracking mode" +
		" with OPTIN or OPTOUT mode enabled"
	errCachingYes Error = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
	errCachingNo  Error = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
)

// Track is CLIENT TRACKING ON.
func (c *Ctx) Track(o TrackingOptions) error {
	s, t := c.sess, &c.e.tracking
	old := s.tracker
	switch {
	case !o.Broadcast && len(o.Prefixes) > 0:
		return errTrackingPrefix
	case old != nil && old.Broadcast != o.Broadcast:
		return errTrackingMode
	case o.Broadcast && (o.OptIn || o.OptOut):
		return errTrackingBroadcast
	case o.OptIn && o.OptOut:
		return errTrackingBoth
	case old != nil && (o.OptIn && old.OptOut || o.OptOut && old.OptIn):
		return errTrackingOpt
	}
	var prefixes []string
	if o.Broadcast {
		if old != nil {
			prefixes = old.Prefixes
		}
		if err := checkPrefixes(o.Prefixes, prefixes); err != nil {
			return err
		}
		if len(o.Prefixes) == 0 {
			o.Prefixes = []string{""} // beside others too, as in Redis
		}
	}

	if old == nil {
		t.clients++
	}
	for _, prefix := range o.Prefixes {
		if t.join(prefix, s) {
			prefixes = append(prefixes, prefix)
			c.e.charge(s, prefixBytes+int64(len(prefix)))
		}
	}
	slices.Sort(prefixes)
	o.Prefixes = prefixes
	s.tracker = &tracker{TrackingOptions: o}
	return nil
}

// checkPrefixes refuses prefixes of which one is the beginning of another.
func checkPrefixes(added, existing []string) error {
	const text = "ERR Prefix '%s' overlaps with %s prefix '%s'. Prefixes for a single client must not overlap."
	overlap := func(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }
	for i, prefix := range added {
		for _, other := range existing {
			if overlap(prefix, other) {
				return Errorf(text, prefix, "an existing", other)
			}
		}
		for _, other := range added[i+1:] {
			if overlap(prefix, other) {
				return Errorf(text, prefix, "another provided", other)
			}
		}
	}
	return nil
}

func (t *tracking) join(prefix string, s *Session) bool {
	b := t.prefixes[prefix]
	if b == nil {
		if t.prefixes == nil {
			t.prefixes = map[string]*broadcast{}
		}
		b = &broadcast{prefix: prefix}
		t.prefixes[prefix] = b
	}
	return b.clients.Add(s)
}

// Untrack is CLIENT TRACKING OFF.
func (e *Engine) Untrack(s *Session) {
	if s.tracker == nil {
		return
	}
	t := &e.tracking
	for _, prefix := range s.tracker.Prefixes {
		b := t.prefixes[prefix]
		b.clients.Remove(s)
		if b.clients.Len() == 0 {
			delete(t.prefixes, prefix)
		}
		e.charge(s, -prefixBytes-int64(len(prefix)))
	}
	s.tracker = nil
	t.clients--
}

// SetCaching is CLIENT CACHING: whether what the next request reads is tracked.
func (c *Ctx) SetCaching(yes bool) error {
	t := c.sess.tracker
	switch {
	case t == nil:
		return errCachingMode
	case yes && !t.OptIn:
		return errCachingYes
	case !yes && !t.OptOut:
		return errCachingNo
	}
	t.caching = true
	return nil
}

// afterTracked remembers what a request of a session that tracks has read, and ends
// what CLIENT CACHING has said about it.
func (c *Ctx) afterTracked(cmd *Command) {
	s := c.sess
	t := s.tracker
	if t == nil {
		return
	}
	c.remember(s, cmd)
	if t.caching && !s.InMulti() && !c.InExec() && cmd.Flags&KeepsCaching == 0 {
		t.caching = false
	}
}

// remember puts the keys of a request that only reads into the table.
func (c *Ctx) remember(s *Session, cmd *Command) {
	t := s.tracker
	if t == nil || t.Broadcast || cmd.Flags&ReadOnly == 0 || t.OptIn && !t.caching || t.OptOut && t.caching {
		return
	}
	if cmd.onlyKey != 0 {
		c.e.tracking.remember(c, s, c.args[cmd.onlyKey])
		return
	}
	keys, _ := cmd.AppendKeys(c.e.keyPlaces[:0], c.args)
	c.e.keyPlaces = keys
	for _, key := range keys {
		if key.Flags&KeyNotKey == 0 {
			c.e.tracking.remember(c, s, c.args[key.Index])
		}
	}
}

func (t *tracking) remember(c *Ctx, s *Session, key []byte) {
	set := t.keys[string(key)]
	if set == nil {
		if t.keys == nil {
			t.keys = map[string]*pubsub.Set[int64]{}
		}
		set = new(pubsub.Set[int64])
		t.keys[string(key)] = set
	}
	if set.Add(s.peer.ID) {
		t.items++
	}
	t.limit(c)
}

// limit keeps the table within tracking-table-max-keys: clients are told of keys that
// have not changed, which costs them no more than a read.
func (t *tracking) limit(c *Ctx) {
	maximum := int(c.e.values.TrackingTableMaxKeys)
	if maximum == 0 || len(t.keys) <= maximum {
		return
	}
	for key := range t.keys { // any of them: Go begins anywhere
		t.invalidate(c, []byte(key))
		if len(t.keys) <= maximum {
			return
		}
	}
}

// inUse tells whether changes of keys have to be looked at. The table outlives those who
// track: one of them may come back.
func (t *tracking) inUse() bool { return t.clients > 0 || len(t.keys) > 0 }

// keyChanged tells those who track a key.
func (t *tracking) keyChanged(c *Ctx, key []byte) {
	for prefix, b := range t.prefixes {
		if len(key) < len(prefix) || string(key[:len(prefix)]) != prefix {
			continue
		}
		if len(b.keys) == 0 {
			t.changed = append(t.changed, b)
			b.keys = map[string]*Session{}
		}
		b.keys[string(key)] = c.client()
	}
	t.invalidate(c, key)
}

// invalidate tells those who have read a key, and forgets it.
func (t *tracking) invalidate(c *Ctx, key []byte) {
	set := t.keys[string(key)]
	if set == nil {
		return
	}
	delete(t.keys, string(key))
	t.items -= set.Len()
	for _, id := range set.List() {
		s := c.e.clients.byID[id]
		if s == nil || s.tracker == nil || s.tracker.Broadcast || s.tracker.NoLoop && s == c.client() {
			continue
		}
		c.e.pushInvalidation(s, 1, func(dst []byte) []byte { return protocol.AppendBulk(dst, key) })
	}
}

// allChanged tells everybody who tracks that all keys are gone, and forgets what was read,
// by those who have left, too.
func (t *tracking) allChanged(e *Engine) {
	t.keys, t.items = nil, 0
	if t.clients == 0 {
		return
	}
	e.Clients(func(s *Session) bool {
		if s.tracker != nil {
			e.pushInvalidation(s, -1, nil)
		}
		return true
	})
}

// flush sends what has gathered for prefixes, in their order.
func (t *tracking) flush(e *Engine) {
	slices.SortFunc(t.changed, func(a, b *broadcast) int { return strings.Compare(a.prefix, b.prefix) })
	for _, b := range t.changed {
		names := make([]string, 0, len(b.keys))
		for key := range b.keys {
			names = append(names, key)
		}
		slices.Sort(names)
		for _, s := range b.clients.List() {
			told := names
			if s.tracker.NoLoop {
				told = slices.DeleteFunc(slices.Clone(names), func(key string) bool { return b.keys[key] == s })
			}
			if len(told) == 0 {
				continue
			}
			e.pushInvalidation(s, len(told), func(dst []byte) []byte {
				for _, key := range told {
					dst = protocol.AppendBulkString(dst, key)
				}
				return dst
			})
		}
		b.keys = nil
	}
	t.changed = t.changed[:0]
}

// pushInvalidation sends s, or the client that it redirects to, a message about n
// keys, or about all with n < 0.
func (e *Engine) pushInvalidation(s *Session, n int, keys func(dst []byte) []byte) {
	to := s
	if s.tracker.Redirect != 0 {
		if to = e.clients.byID[s.tracker.Redirect]; to == nil {
			s.tracker.broken = true
			e.pushBroken(s)
			return
		}
	}
	m := e.messages.take()
	switch {
	case to.proto >= protocol.V3:
		m.Data = protocol.AppendPush(m.Data, 2, to.proto)
		m.Data = protocol.AppendBulkString(m.Data, "invalidate")
	case to != s && to.InPubSub():
		m.Data = protocol.AppendPush(m.Data, 3, to.proto)
		m.Data = protocol.AppendBulkString(m.Data, "message")
		m.Data = protocol.AppendBulkString(m.Data, invalidationChannel)
	default:
		m.Release() // RESP2 has no way to tell this client
		return
	}
	if n < 0 {
		m.Data = protocol.AppendNull(m.Data, s.proto)
	} else {
		m.Data = keys(protocol.AppendArray(m.Data, n))
	}
	e.push(to, m)
	m.Release()
}

// pushBroken tells a client that whom it redirects to is gone.
func (e *Engine) pushBroken(s *Session) {
	if s.proto < protocol.V3 {
		return
	}
	m := e.messages.take()
	m.Data = protocol.AppendPush(m.Data, 2, s.proto)
	m.Data = protocol.AppendBulkString(m.Data, "tracking-redir-broken")
	m.Data = protocol.AppendInt(m.Data, s.tracker.Redirect)
	e.push(s, m)
	m.Release()
}

// TrackingState is what CLIENT TRACKINGINFO tells.
type TrackingState struct {
	TrackingOptions
	On, Caching, Broken bool
}

// RedirectID is the client that invalidations go to: -1 without tracking, 0 for the
// client itself.
func (t TrackingState) RedirectID() int64 {
	if !t.On {
		return -1
	}
	return t.Redirect
}

// Tracking describes what the session tracks.
func (s *Session) Tracking() TrackingState {
	if s.tracker == nil {
		return TrackingState{}
	}
	return TrackingState{s.tracker.TrackingOptions, true, s.tracker.caching, s.tracker.broken}
}

// TrackingCounts are the figures of INFO.
type TrackingCounts struct{ Clients, Keys, Items, Prefixes int }

// TrackingCounts counts who tracks what.
func (e *Engine) TrackingCounts() TrackingCounts {
	t := &e.tracking
	return TrackingCounts{t.clients, len(t.keys), t.items, len(t.prefixes)}
}
