package command

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value/geo"
	"solokv/protocol"
)

// The commands of places. They are the members of a sorted set, and the score is
// the geohash. Searching is in geo_search.go, its options in geo_options.go and
// its table entries in geo_table.go.

func geoCommands() []*keyspace.Command {
	keys := keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess)
	return slices.Concat([]*keyspace.Command{
		{Name: "geoadd", Arity: -5, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupGeo, Since: "3.2.0",
			Complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
			History:    []string{"6.2.0 Added the `CH`, `NX` and `XX` options."},
			Summary:    "Adds members with their places to a sorted set, or moves them.",
			Syntax: "key [NX | XX] [CH] longitude latitude member " +
				"[longitude latitude member ...]", Handler: geoAdd},
		{Name: "geopos", Arity: -2, Flags: keyspace.ReadOnly, Keys: keys,
			Group: groupGeo, Since: "3.2.0", Complexity: "O(N) where N is the number of members requested.",
			Summary: "Returns the places of members as longitude and latitude.",
			Syntax:  "key [member [member ...]]", Handler: geoPos},
		{Name: "geodist", Arity: -4, Flags: keyspace.ReadOnly, Keys: keys,
			Group: groupGeo, Since: "3.2.0", Complexity: "O(log(N))",
			Summary: "Returns the distance between the places of two members.",
			Syntax:  "key member1 member2 [M | KM | FT | MI]", Handler: geoDist},
		{Name: "geohash", Arity: -2, Flags: keyspace.ReadOnly, Keys: keys,
			Group: groupGeo, Since: "3.2.0",
			Complexity: "O(log(N)) for each member requested, where N is the number of elements in the sorted set.",
			Summary:    "Returns the places of members as geohash strings.",
			Syntax:     "key [member [member ...]]", Handler: geoHash},
	}, geoSearchCommands())
}

func geoAdd(c *keyspace.Ctx) error {
	var o zaddOptions
	from := 2
options:
	for ; from < c.Argc(); from++ {
		switch {
		case keyspace.EqualFold(c.Arg(from), "NX"):
			o.onlyNew = true
		case keyspace.EqualFold(c.Arg(from), "XX"):
			o.onlyExisting = true
		case keyspace.EqualFold(c.Arg(from), "CH"):
			o.changed = true
		default:
			break options
		}
	}
	if from == c.Argc() || (c.Argc()-from)%3 != 0 || o.onlyNew && o.onlyExisting {
		return keyspace.ErrSyntax
	}
	members := make([]scoredMember, 0, (c.Argc()-from)/3)
	for i := from; i < c.Argc(); i += 3 {
		p, err := parsePoint(c.Arg(i), c.Arg(i+1))
		if err != nil {
			return err
		}
		members = append(members, scoredMember{c.Arg(i + 2), float64(geo.Hash(p))})
	}

	if err := addToZSet(c, c.Arg(1), o, members); err != nil {
		return err
	}
	propagateGeoAdd(c, c.Args()[2:from], members)
	return nil
}

// propagateGeoAdd records what was added as the scores that it became.
func propagateGeoAdd(c *keyspace.Ctx, options [][]byte, members []scoredMember) {
	record := append(make([][]byte, 0, 2+len(options)+2*len(members)), wordZAdd, c.Arg(1))
	record = append(record, options...)
	for _, m := range members {
		record = append(record, strconv.AppendInt(nil, int64(m.score), 10), m.member)
	}
	c.PropagateAs(record...)
}

var wordZAdd = []byte("ZADD")

// parsePoint reads a place.
func parsePoint(longitude, latitude []byte) (p geo.Point, err error) {
	var ok bool
	if p.Longitude, ok = protocol.ParseFloat(longitude); !ok {
		return p, keyspace.ErrNotFloat
	}
	if p.Latitude, ok = protocol.ParseFloat(latitude); !ok {
		return p, keyspace.ErrNotFloat
	}
	if !p.Valid() {
		return p, keyspace.Errorf("ERR invalid longitude,latitude pair %s,%s",
			sixDigits(p.Longitude), sixDigits(p.Latitude))
	}
	return p, nil
}

// sixDigits is C's %f.
func sixDigits(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return fmt.Sprintf("%f", f)
}

// pointOf is the place that a score stands for, whoever has stored it: what is no
// geohash is some place too.
func pointOf(score float64) geo.Point { return geo.PointOf(geohashOf(score)) }

// geohashOf is a score without its fraction. Of scores that no geohash has, negative
// and huge ones, it is what Redis makes of them on x86-64: those from 2^63 on lose
// 2^63, then what a signed integer does not hold is the lowest of them, and the
// former get their highest bit back.
func geohashOf(score float64) uint64 {
	const half = 1 << 63
	if score < half {
		return truncated(score)
	}
	return truncated(score-half) ^ half
}

// truncated is cvttsd2si, which Go leaves to the machine where the result does not
// fit.
func truncated(f float64) uint64 {
	if f >= math.MinInt64 && f < -math.MinInt64 {
		return uint64(int64(f))
	}
	return 1 << 63
}

func geoPos(c *keyspace.Ctx) error {
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	members := c.Args()[2:]
	c.ReplyArray(len(members))
	for _, member := range members {
		if score, ok := r.Score(member); ok {
			replyPoint(c, pointOf(score))
		} else {
			c.ReplyNullArray()
		}
	}
	return nil
}

// replyPoint replies longitude and latitude with all digits that a double has
// behind the point.
func replyPoint(c *keyspace.Ctx, p geo.Point) {
	c.ReplyArray(2)
	c.ReplyDoubleHuman(p.Longitude)
	c.ReplyDoubleHuman(p.Latitude)
}

func geoDist(c *keyspace.Ctx) error {
	unit := 1.0
	switch c.Argc() {
	case 4:
	case 5:
		var err error
		if unit, err = parseGeoUnit(c.Arg(4)); err != nil {
			return err
		}
	default:
		return keyspace.ErrSyntax
	}
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	a, okA := r.Score(c.Arg(2))
	b, okB := r.Score(c.Arg(3))
	if !okA || !okB {
		return c.ReplyNull()
	}
	return replyDistance(c, geo.Distance(pointOf(a), pointOf(b))/unit)
}

// replyDistance replies a string even in RESP3, to a tenth of a millimetre if the
// unit is a metre.
func replyDistance(c *keyspace.Ctx, distance float64) error {
	var text [32]byte
	return c.ReplyBulk(strconv.AppendFloat(text[:0], distance, 'f', 4, 64))
}

func geoHash(c *keyspace.Ctx) error {
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	members := c.Args()[2:]
	c.ReplyArray(len(members))
	for _, member := range members {
		var text [geo.TextLen]byte
		if score, ok := r.Score(member); ok {
			c.ReplyBulk(geo.AppendText(text[:0], pointOf(score)))
		} else {
			c.ReplyNull()
		}
	}
	return nil
}
