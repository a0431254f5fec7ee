package command

import (
	"cmp"
	"slices"

	"solokv/keyspace"
	"solokv/keyspace/value/geo"
	"solokv/keyspace/value/zset"
)

// Searching places: the cells around the shape are ranges of scores, and what is
// found in them is measured.

func geoSearch(c *keyspace.Ctx) error {
	q := geoQuery{search: true}
	return q.run(c, 1, 2, nil)
}

func geoSearchStore(c *keyspace.Ctx) error {
	q := geoQuery{search: true, store: c.Arg(1), event: "geosearchstore"}
	return q.run(c, 2, 3, nil)
}

func geoRadius(c *keyspace.Ctx) error           { return geoRadiusAny(c, true) }
func geoRadiusRO(c *keyspace.Ctx) error         { return geoRadiusAny(c, false) }
func geoRadiusByMember(c *keyspace.Ctx) error   { return geoRadiusByMemberAny(c, true) }
func geoRadiusByMemberRO(c *keyspace.Ctx) error { return geoRadiusByMemberAny(c, false) }

func geoRadiusAny(c *keyspace.Ctx, mayStore bool) error {
	q := geoQuery{mayStore: mayStore, event: "georadiusstore"}
	return q.run(c, 1, 6, func() (err error) {
		if q.shape.Center, err = parsePoint(c.Arg(2), c.Arg(3)); err != nil {
			return err
		}
		return q.parseRadius(c.Arg(4), c.Arg(5))
	})
}

func geoRadiusByMemberAny(c *keyspace.Ctx, mayStore bool) error {
	q := geoQuery{mayStore: mayStore, event: "georadiusstore"}
	return q.run(c, 1, 5, func() error {
		if !q.found {
			return nil // whatever the radius is: nothing will be found
		}
		if err := q.centerAt(c.Arg(2)); err != nil {
			return err
		}
		return q.parseRadius(c.Arg(3), c.Arg(4))
	})
}

// run does all of a request: the source is argument key, parseShape reads what
// stands before the options, which begin at from.
func (q *geoQuery) run(c *keyspace.Ctx, key, from int, parseShape func() error) (err error) {
	if q.source, q.found, err = readZSet(c, c.Arg(key)); err != nil {
		return err
	}
	if parseShape != nil {
		if err = parseShape(); err != nil {
			return err
		}
	}
	if err = q.parseOptions(c, from); err != nil {
		return err
	}
	if q.count != 0 && q.order == 0 && !q.any {
		q.order = 1 // the nearest ones are meant
	}

	var found geoFound
	if q.found {
		found.search(q)
	}
	found.sort(q.order)
	if q.count > 0 && int64(len(found.places)) > q.count {
		found.places = found.places[:q.count]
	}
	if q.store != nil {
		return q.storeFound(c, &found)
	}
	q.replyFound(c, &found)
	return nil
}

// geoFound is what a search has found. The members are copies, in one run of bytes.
type geoFound struct {
	places  []geoPlace
	members []byte
}

type geoPlace struct {
	from, to int // of its name in members
	score    float64
	distance float64 // in metres
	point    geo.Point
}

func (f *geoFound) member(p *geoPlace) []byte { return f.members[p.from:p.to] }

// search looks into the cells around the shape. On a map that small cells that are
// neighbours can be the same one; they come one after the other then.
func (f *geoFound) search(q *geoQuery) {
	var last geo.Cell
	for i, cell := range geo.CoverOf(&q.shape) {
		if cell == (geo.Cell{}) || i > 0 && cell == last {
			continue
		}
		if q.full(f) {
			return
		}
		last = cell
		f.searchCell(q, cell)
	}
}

// full tells whether a search for any places has found enough.
func (q *geoQuery) full(f *geoFound) bool {
	return q.any && int64(len(f.places)) >= q.count
}

func (f *geoFound) searchCell(q *geoQuery, cell geo.Cell) {
	first, end := cell.Range()
	from, to := q.source.SpanOfScores(zset.ScoreRange{Min: float64(first), Max: float64(end), MaxOpen: true})
	q.source.Each(from, to, func(member []byte, score float64) bool {
		point := pointOf(score)
		if distance, ok := q.shape.Contains(point); ok {
			at := len(f.members)
			f.members = append(f.members, member...)
			f.places = append(f.places, geoPlace{at, len(f.members), score, distance, point})
		}
		return !q.full(f)
	})
}

func (f *geoFound) sort(order int) {
	if order == 0 {
		return
	}
	slices.SortStableFunc(f.places, func(a, b geoPlace) int {
		return order * cmp.Compare(a.distance, b.distance)
	})
}

func (q *geoQuery) storeFound(c *keyspace.Ctx, found *geoFound) error {
	members := make([]scoredMember, len(found.places))
	for i := range found.places {
		place := &found.places[i]
		score := place.score
		if q.storeDist {
			score = place.distance / q.shape.Unit
		}
		members[i] = scoredMember{found.member(place), score}
	}
	storeZSet(c, q.store, members, q.event)
	return c.ReplyInt(int64(len(members)))
}

func (q *geoQuery) replyFound(c *keyspace.Ctx, found *geoFound) {
	parts := 1
	for _, with := range []bool{q.withDist, q.withHash, q.withCoord} {
		if with {
			parts++
		}
	}
	c.ReplyArray(len(found.places))
	for i := range found.places {
		place := &found.places[i]
		if parts > 1 {
			c.ReplyArray(parts)
		}
		c.ReplyBulk(found.member(place))
		if q.withDist {
			replyDistance(c, place.distance/q.shape.Unit)
		}
		if q.withHash {
			c.ReplyInt(int64(place.score))
		}
		if q.withCoord {
			replyPoint(c, place.point)
		}
	}
}
