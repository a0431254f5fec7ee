package acl

// Catalog is what rules need to know about the commands of the server. It is
// read once; its answers must not change.
type Catalog interface {
	// Count returns the number of commands, subcommands included. Their ids are
	// 0 to Count()-1.
	Count() int
	// Lookup returns the id of the command of that name, "get" or "client|id",
	// in lower case.
	Lookup(name string) (id int, ok bool)
	Command(id int) Command
	// Categories returns the names of the categories, at most 64, without '@'.
	Categories() []string
}

// Command is one entry of a Catalog.
type Command struct {
	Name        string // "get", "client|id"
	Categories  uint64 // bit i is the i-th of Catalog.Categories
	Subcommands []int  // their ids, if it is a container
	NoAuth      bool   // permitted to everybody: AUTH, HELLO, QUIT, RESET
}

// index is the catalog as rules and checks want it.
type index struct {
	Catalog
	categories []string
	members    []commandSet // by category
	open       commandSet   // the commands that everybody may execute
	all        commandSet
}

func newIndex(catalog Catalog) *index {
	x := &index{Catalog: catalog, categories: catalog.Categories()}
	x.open, x.all = newCommandSet(catalog.Count()), newCommandSet(catalog.Count())
	x.members = make([]commandSet, len(x.categories))
	for i := range x.members {
		x.members[i] = newCommandSet(catalog.Count())
	}
	for id := range catalog.Count() {
		cmd := catalog.Command(id)
		x.all.add(id)
		if cmd.NoAuth {
			x.open.add(id)
		}
		for i, members := range x.members {
			if cmd.Categories>>i&1 != 0 {
				members.add(id)
				// A rule about a container is about its subcommands, whatever
				// categories of their own they have.
				for _, sub := range cmd.Subcommands {
					members.add(sub)
				}
			}
		}
	}
	return x
}

// category returns the place of a category's name, which is in lower case.
func (x *index) category(name string) (i int, ok bool) {
	for i, known := range x.categories {
		if known == name {
			return i, true
		}
	}
	return 0, false
}

// inCategory lists the names of the commands that are in a category themselves.
func (x *index) inCategory(i int) []string {
	names := []string{}
	for id := range x.Count() {
		if cmd := x.Command(id); cmd.Categories>>i&1 != 0 {
			names = append(names, cmd.Name)
		}
	}
	return names
}

// commandSet is a set of ids, one bit each.
type commandSet []uint64

func newCommandSet(count int) commandSet { return make(commandSet, (count+63)/64) }

func (s commandSet) add(id int)    { s[id>>6] |= 1 << (id & 63) }
func (s commandSet) remove(id int) { s[id>>6] &^= 1 << (id & 63) }

func (s commandSet) has(id int) bool { return s[id>>6]>>(id&63)&1 != 0 }

func (s commandSet) union(other commandSet) {
	for i, word := range other {
		s[i] |= word
	}
}

func (s commandSet) subtract(other commandSet) {
	for i, word := range other {
		s[i] &^= word
	}
}
