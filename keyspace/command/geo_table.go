package command

import "solokv/keyspace"

// The table entries of GEOSEARCH and of its four ancestors, which take the same
// options in another order.

const (
	geoReplySyntax = "[WITHCOORD] [WITHDIST] [WITHHASH]"
	geoCountSyntax = "[count-block: COUNT count [ANY]]"
	geoUnitSyntax  = "<M | KM | FT | MI>"

	geoFromSyntax = "<FROMMEMBER member | <fromlonlat: FROMLONLAT longitude latitude>>"
	geoBySyntax   = "<<circle: BYRADIUS radius " + geoUnitSyntax + "> | <box: BYBOX width height " + geoUnitSyntax + ">>"

	geoRadiusSyntax = "radius " + geoUnitSyntax + " " + geoReplySyntax + " " + geoCountSyntax + " [ASC | DESC]"
	geoStoreSyntax  = " [STORE key | STOREDIST key]"

	geoSearchComplexity = "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box " +
		"area around the shape provided as the filter and M is the number of items inside the shape"
	geoRadiusComplexity = "O(N+log(M)) where N is the number of elements inside the bounding box of the " +
		"circular area delimited by center and radius and M is the number of items inside the index."

	geoHistoryUnits = "7.0.0 Added support for uppercase unit names."
	geoHistoryAny   = "6.2.0 Added the `ANY` option for `COUNT`."
)

func geoSearchCommands() []*keyspace.Command {
	source := keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess)
	return []*keyspace.Command{
		{Name: "geosearch", Arity: -7, Flags: keyspace.ReadOnly, Keys: source,
			Group: groupGeo, Since: "6.2.0", Complexity: geoSearchComplexity,
			History: []string{geoHistoryUnits},
			Summary: "Returns the members whose places are in a circle or a box.",
			Syntax: "key " + geoFromSyntax + " " + geoBySyntax + " [ASC | DESC] " + geoCountSyntax + " " +
				geoReplySyntax,
			Handler: geoSearch},
		{Name: "geosearchstore", Arity: -8, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys:  keyspace.TwoKeys(keyspace.KeyOW|keyspace.KeyUpdate, keyspace.KeyRO|keyspace.KeyAccess),
			Group: groupGeo, Since: "6.2.0", Complexity: geoSearchComplexity,
			History: []string{geoHistoryUnits},
			Summary: "Stores the members whose places are in a circle or a box in another key.",
			Syntax: "destination source " + geoFromSyntax + " " + geoBySyntax + " [ASC | DESC] " +
				geoCountSyntax + " [STOREDIST]",
			Handler: geoSearchStore},
		{Name: "georadius", Arity: -6, Flags: keyspace.Write | keyspace.DenyOOM, Keys: geoRadiusKeys(6),
			Group: groupGeo, Since: "3.2.0", Complexity: geoRadiusComplexity,
			Deprecated: "6.2.0 `GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
			History:    []string{geoHistoryAny, geoHistoryUnits},
			Summary:    "Returns the members whose places are near a place, or stores them.",
			Syntax:     "key longitude latitude " + geoRadiusSyntax + geoStoreSyntax, Handler: geoRadius},
		{Name: "georadius_ro", Arity: -6, Flags: keyspace.ReadOnly, Keys: source,
			Group: groupGeo, Since: "3.2.10", Complexity: geoRadiusComplexity,
			Deprecated: "6.2.0 `GEOSEARCH` with the `BYRADIUS` argument",
			History:    []string{geoHistoryAny},
			Summary:    "Returns the members whose places are near a place.",
			Syntax:     "key longitude latitude " + geoRadiusSyntax, Handler: geoRadiusRO},
		{Name: "georadiusbymember", Arity: -5, Flags: keyspace.Write | keyspace.DenyOOM, Keys: geoRadiusKeys(5),
			Group: groupGeo, Since: "3.2.0", Complexity: geoRadiusComplexity,
			Deprecated: "6.2.0 `GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
			History:    []string{geoHistoryUnits},
			Summary:    "Returns the members whose places are near that of a member, or stores them.",
			Syntax:     "key member " + geoRadiusSyntax + geoStoreSyntax, Handler: geoRadiusByMember},
		{Name: "georadiusbymember_ro", Arity: -5, Flags: keyspace.ReadOnly, Keys: source,
			Group: groupGeo, Since: "3.2.10", Complexity: geoRadiusComplexity,
			Deprecated: "6.2.0 `GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
			Summary:    "Returns the members whose places are near that of a member.",
			Syntax:     "key member " + geoRadiusSyntax, Handler: geoRadiusByMemberRO},
	}
}

// geoRadiusKeys are the keys of a command whose options begin at from.
func geoRadiusKeys(from int) []keyspace.KeySpec {
	const stores = keyspace.KeyOW | keyspace.KeyUpdate
	return append(keyspace.OneKey(keyspace.KeyRO|keyspace.KeyAccess),
		keyspace.KeySpec{Flags: stores, Keyword: "STORE", Begin: from, Step: 1},
		keyspace.KeySpec{Flags: stores, Keyword: "STOREDIST", Begin: from, Step: 1})
}
