package keyspace

import (
	"fmt"
	"strings"
)

// Category is a set of ACL categories, one bit each: what @read or @dangerous
// stands for in a user's rules, and what COMMAND INFO tells about a command.
//
// The categories of a command are derived: from its flags (write, admin, fast,
// ...) and from its group. What neither tells stands in Command.Categories; a
// name with a minus there takes a derived one away, as SORT, which is generic
// but not in @keyspace.
type Category uint32

// The categories, in the order in which COMMAND INFO lists them.
const (
	CategoryKeyspace Category = 1 << iota
	CategoryRead
	CategoryWrite
	CategorySet
	CategorySortedSet
	CategoryList
	CategoryHash
	CategoryString
	CategoryBitmap
	CategoryHyperLogLog
	CategoryGeo
	CategoryStream
	CategoryPubSub
	CategoryAdmin
	CategoryFast
	CategorySlow
	CategoryBlocking
	CategoryDangerous
	CategoryConnection
	CategoryTransaction
	CategoryScripting
)

var categoryNames = [...]string{"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string",
	"bitmap", "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous",
	"connection", "transaction", "scripting"}

// groupCategories are the groups whose commands share a category. The others
// (server, cluster) have none; that of pubsub follows from the flag.
var groupCategories = map[Group]Category{
	"generic":      CategoryKeyspace,
	"string":       CategoryString,
	"list":         CategoryList,
	"set":          CategorySet,
	"sorted-set":   CategorySortedSet,
	"hash":         CategoryHash,
	"bitmap":       CategoryBitmap,
	"hyperloglog":  CategoryHyperLogLog,
	"geo":          CategoryGeo,
	"stream":       CategoryStream,
	"connection":   CategoryConnection,
	"transactions": CategoryTransaction,
	"scripting":    CategoryScripting,
}

// CategoryNamed returns the category of that name, in any case and without '@';
// 0 when there is none.
func CategoryNamed(name string) Category {
	for i, known := range categoryNames {
		if strings.EqualFold(name, known) {
			return 1 << i
		}
	}
	return 0
}

// Names lists the categories of the set, without '@'.
func (set Category) Names() []string {
	names := []string{}
	for i, name := range categoryNames {
		if set>>i&1 != 0 {
			names = append(names, name)
		}
	}
	return names
}

// ACLCategories derives the categories that the command is in. It panics on an
// entry that names an unknown one.
func (cmd *Command) ACLCategories() Category {
	set := cmd.Flags.categories()
	if cmd.Handler != nil {
		set |= groupCategories[cmd.Group] // a pure container does nothing itself
	}
	if set&CategoryScripting != 0 {
		set &^= CategoryRead // a script reads and writes what it likes
	}
	for _, name := range cmd.Categories {
		bare, removed := strings.CutPrefix(name, "-")
		category := CategoryNamed(bare)
		switch {
		case category == 0:
			panic(fmt.Sprintf("command %q: no category %q", cmd.full, name))
		case removed:
			set &^= category
		default:
			set |= category
		}
	}
	return set
}

// categories are those that follow from flags.
func (f Flags) categories() (set Category) {
	if f&Write != 0 {
		set |= CategoryWrite
	}
	if f&ReadOnly != 0 {
		set |= CategoryRead
	}
	if f&Admin != 0 {
		set |= CategoryAdmin | CategoryDangerous
	}
	if f&PubSub != 0 {
		set |= CategoryPubSub
	}
	if f&Blocking != 0 {
		set |= CategoryBlocking
	}
	if f&Fast != 0 {
		return set | CategoryFast
	}
	return set | CategorySlow
}
