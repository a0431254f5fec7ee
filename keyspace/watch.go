package keyspace

// WATCH. A session that watches keys has a transaction only if nobody has changed
// any of them by the time of EXEC. Modified tells, and so do expiry, FLUSHALL and
// SWAPDB; a key whose time comes between WATCH and EXEC breaks the watch even if
// nobody has found it out.

// watch is a key that a session watches.
type watch struct {
	key     waitKey
	expired bool // its time had come at WATCH already: that it goes is no news
}

// watchers are the sessions that watch a key.
type watchers map[waitKey]map[*Session]struct{}

// Watch is WATCH.
func (c *Ctx) Watch(keys [][]byte) error {
	s, e := c.sess, c.e
	if s.InMulti() {
		return errWatchInside
	}
	for _, key := range keys {
		k := waitKey{c.db.id, string(key)}
		if _, ok := e.watchers[k][s]; ok {
			continue
		}
		if e.watchers == nil {
			e.watchers = watchers{}
		}
		if e.watchers[k] == nil {
			e.watchers[k] = map[*Session]struct{}{}
		}
		e.watchers[k][s] = struct{}{}
		_, expired := e.state(k)
		s.watches = append(s.watches, watch{k, expired})
		e.charge(s, watchBytes+int64(len(key)))
	}
	return nil
}

// Unwatch is UNWATCH.
func (c *Ctx) Unwatch() { c.e.unwatch(c.sess) }

// WatchedKeys is the number of keys that are watched.
func (e *Engine) WatchedKeys() int { return len(e.watchers) }

// Watching is the number of keys that a session watches, and whether one of them
// was changed.
func (s *Session) Watching() (keys int, broken bool) { return len(s.watches), s.broken }

func (e *Engine) unwatch(s *Session) {
	for _, w := range s.watches {
		delete(e.watchers[w.key], s)
		if len(e.watchers[w.key]) == 0 {
			delete(e.watchers, w.key)
		}
		e.charge(s, -watchBytes-int64(len(w.key.key)))
	}
	s.watches, s.broken = s.watches[:0], false
}

// watchBroken tells whether EXEC has to give up.
func (e *Engine) watchBroken(s *Session) bool {
	if s.broken {
		return true
	}
	for _, w := range s.watches {
		if _, expired := e.state(w.key); expired && !w.expired {
			return true
		}
	}
	return false
}

// state tells whether a key is there, and whether its time has come. Nothing happens
// to it.
func (e *Engine) state(k waitKey) (there, expired bool) {
	t := e.dbs[k.db].table
	key := []byte(k.key)
	pos, ok := t.Find(hashKey(key), key)
	if !ok {
		return false, false
	}
	entry := t.Entry(pos)
	return true, entry.Expires() && entry.ExpireAt() < e.clock.NowMs()
}

// breakWatches notes that a key has changed, or is about to expire.
func (e *Engine) breakWatches(db *DB, key []byte, expiring bool) {
	k := waitKey{db.id, string(key)}
	for s := range e.watchers[k] {
		e.breakWatch(s, k, expiring)
	}
}

func (e *Engine) breakWatch(s *Session, k waitKey, expiring bool) {
	if expiring {
		for i := range s.watches {
			if w := &s.watches[i]; w.key == k && w.expired {
				w.expired = false
				return
			}
		}
	}
	s.broken = true
}

// breakAll is breakWatches for a database that is about to be emptied, or to get the
// contents of another one.
func (e *Engine) breakAll(db, next *DB) {
	for k, sessions := range e.watchers {
		if k.db != db.id {
			continue
		}
		there, _ := e.state(k)
		comes, stale := false, false
		if next != nil {
			comes, stale = e.state(waitKey{next.id, k.key})
		}
		if !there && !comes {
			continue
		}
		for s := range sessions {
			s.replaced(k, there, comes, stale)
		}
	}
}

// replaced notes what becomes of a watched key when its database is emptied or
// exchanged: whether it was there, whether another comes, and whether that is stale. What
// was stale and goes, or is followed by what is stale, has not changed for the session;
// nor has what was not there and is followed by that.
func (s *Session) replaced(k waitKey, there, comes, stale bool) {
	for i := range s.watches {
		w := &s.watches[i]
		if w.key != k {
			continue
		}
		switch {
		case w.expired && !comes:
			w.expired = false
			return
		case w.expired && stale:
			return
		case !w.expired && !there && stale:
			w.expired = true
			return
		}
	}
	s.broken = true
}
