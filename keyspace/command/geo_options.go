package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value/geo"
	"solokv/keyspace/value/zset"
	"solokv/protocol"
)

// geoQuery is a request that searches, with the command's peculiarities first and
// what its options say after them.
type geoQuery struct {
	search   bool // GEOSEARCH and GEOSEARCHSTORE: the shape is among the options
	mayStore bool // STORE and STOREDIST are among the options
	event    string

	source   zset.Reader
	found    bool
	shape    geo.Shape
	from, by geoChoice

	store     []byte // destination, or nil
	storeDist bool
	withDist  bool
	withHash  bool
	withCoord bool
	order     int // 1 nearest first, -1 farthest first, 0 as they come
	count     int64
	any       bool
}

// geoChoice is which of two options that exclude each other was given.
type geoChoice uint8

const (
	geoNone geoChoice = iota
	geoFirst
	geoSecond
)

const errGeoMember keyspace.Error = "ERR could not decode requested zset member"

// parseOptions reads the options from from on.
func (q *geoQuery) parseOptions(c *keyspace.Ctx, from int) error {
	o := c.Options(from)
	for o.Next() {
		switch {
		case o.Is("WITHDIST"):
			q.withDist = true
		case o.Is("WITHHASH"):
			q.withHash = true
		case o.Is("WITHCOORD"):
			q.withCoord = true
		case o.Is("ANY"):
			q.any = true
		case o.Is("ASC"):
			q.order = 1
		case o.Is("DESC"):
			q.order = -1
		case o.Is("COUNT"):
			if q.count = o.Int(); q.count <= 0 {
				o.Fail(keyspace.Error("ERR COUNT must be > 0"))
			}
		case q.mayStore && (o.Is("STORE") || o.Is("STOREDIST")) && o.Left() > 0:
			q.storeDist = o.Is("STOREDIST")
			q.store = o.Arg()
		case q.search && q.store != nil && o.Is("STOREDIST"):
			q.storeDist = true
		case q.search:
			q.parseShape(&o)
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	if err := o.Err(); err != nil {
		return err
	}
	return q.check(c)
}

// parseShape reads the options that say where to search.
func (q *geoQuery) parseShape(o *keyspace.Args) {
	switch {
	case o.Is("FROMMEMBER") && q.from != geoSecond && o.Left() >= 1:
		q.from = geoFirst
		o.Fail(q.centerAt(o.Arg()))
	case o.Is("FROMLONLAT") && q.from != geoFirst && o.Left() >= 2:
		q.from = geoSecond
		var err error
		q.shape.Center, err = parsePoint(o.Arg(), o.Arg())
		o.Fail(err)
	case o.Is("BYRADIUS") && q.by != geoSecond && o.Left() >= 2:
		q.by = geoFirst
		o.Fail(q.parseRadius(o.Arg(), o.Arg()))
	case o.Is("BYBOX") && q.by != geoFirst && o.Left() >= 3:
		q.by = geoSecond
		o.Fail(q.parseBox(o.Arg(), o.Arg(), o.Arg()))
	default:
		o.Fail(keyspace.ErrSyntax)
	}
}

// centerAt takes a member's place. Without the sorted set nothing will be found.
func (q *geoQuery) centerAt(member []byte) error {
	if !q.found {
		return nil
	}
	score, ok := q.source.Score(member)
	if !ok {
		return errGeoMember
	}
	q.shape.Center = pointOf(score)
	return nil
}

func (q *geoQuery) parseRadius(radius, unit []byte) (err error) {
	var ok bool
	if q.shape.Radius, ok = protocol.ParseFloat(radius); !ok {
		return keyspace.Error("ERR need numeric radius")
	}
	if q.shape.Radius < 0 {
		return keyspace.Error("ERR radius cannot be negative")
	}
	q.shape.Unit, err = parseGeoUnit(unit)
	return err
}

func (q *geoQuery) parseBox(width, height, unit []byte) (err error) {
	var ok bool
	q.shape.Box = true
	if q.shape.Width, ok = protocol.ParseFloat(width); !ok {
		return keyspace.Error("ERR need numeric width")
	}
	if q.shape.Height, ok = protocol.ParseFloat(height); !ok {
		return keyspace.Error("ERR need numeric height")
	}
	if q.shape.Width < 0 || q.shape.Height < 0 {
		return keyspace.Error("ERR height or width cannot be negative")
	}
	q.shape.Unit, err = parseGeoUnit(unit)
	return err
}

// parseGeoUnit returns how many metres a unit is long.
func parseGeoUnit(arg []byte) (metres float64, err error) {
	switch {
	case keyspace.EqualFold(arg, "M"):
		return 1, nil
	case keyspace.EqualFold(arg, "KM"):
		return 1000, nil
	case keyspace.EqualFold(arg, "FT"):
		return 0.3048, nil
	case keyspace.EqualFold(arg, "MI"):
		return 1609.34, nil
	}
	return 0, keyspace.Error("ERR unsupported unit provided. please use M, KM, FT, MI")
}

// check refuses options that contradict each other, or lack each other.
func (q *geoQuery) check(c *keyspace.Ctx) error {
	switch {
	case q.store != nil && (q.withDist || q.withHash || q.withCoord):
		what := "STORE option in GEORADIUS"
		if q.search {
			what = "GEOSEARCHSTORE"
		}
		return keyspace.Errorf("ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options", what)
	case q.search && q.from == geoNone:
		return keyspace.Errorf("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s", c.Arg(0))
	case q.search && q.by == geoNone:
		return keyspace.Errorf("ERR exactly one of BYRADIUS and BYBOX can be specified for %s", c.Arg(0))
	case q.any && q.count == 0:
		return keyspace.Error("ERR the ANY argument requires COUNT argument")
	}
	return nil
}
