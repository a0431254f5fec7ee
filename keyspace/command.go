package keyspace

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// Flags say how the engine treats a command, and what COMMAND INFO reports.
type Flags uint32

// The flags, named as Redis names them.
const (
	Write Flags = 1 << iota
	ReadOnly
	DenyOOM
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	SkipMonitor
	SkipSlowlog
	Fast // touches few elements
	NoAuth
	MayReplicate
	NoMandatoryKeys
	Protected
	NoAsyncLoading
	NoMulti
	MovableKeys
	AllowBusy
	TouchesArbitraryKeys
	Asking // of a cluster: as if ASKING stood before it
	// Brief is ours: as short as a Fast command in practice, though Redis does
	// not call it that; it is timed with its batch (see stats.go).
	Brief
	// Immediate is ours too: not queued by MULTI.
	Immediate
	// Long requests may be suspended: long.go.
	Long
	// Subscriber marks what a client that has subscribed may do with RESP2.
	Subscriber
	// Confirms marks what replies with pushes, which a client gets that wants no replies.
	Confirms
	// KeepsCaching: what CLIENT CACHING has said holds for the request after it.
	KeepsCaching
	// RunsQueue is EXEC's: it is subject to the gates of what it executes.
	RunsQueue
)

var flagNames = [...]string{"write", "readonly", "denyoom", "admin", "pubsub", "noscript", "blocking",
	"loading", "stale", "skip_monitor", "skip_slowlog", "fast", "no_auth", "may_replicate",
	"no_mandatory_keys", "protected", "no_async_loading", "no_multi", "movablekeys", "allow_busy",
	"touches-arbitrary-keys", "asking"}

// flagOrder is the order in which COMMAND INFO lists them; some it does not show.
var flagOrder = [...]Flags{Write, ReadOnly, DenyOOM, Admin, PubSub, NoScript, Blocking, Loading, Stale,
	SkipMonitor, SkipSlowlog, Asking, Fast, NoAuth, NoMandatoryKeys, NoAsyncLoading, NoMulti,
	MovableKeys, AllowBusy}

// Names lists the flags as COMMAND INFO does.
func (f Flags) Names() []string {
	var names []string
	for _, flag := range flagOrder {
		if f&flag != 0 {
			names = append(names, flagNames[bits.TrailingZeros32(uint32(flag))])
		}
	}
	return names
}

// Group is the family that COMMAND DOCS files a command under; its bit is also
// an ACL category where Redis has one of that name.
type Group string

// Handler executes one request. It writes its reply through c, or returns an
// Error that the engine writes; it never does both.
type Handler func(c *Ctx) error

// Command is an entry of the command table: everything that is known about a
// command stands here, beside its handler. COMMAND INFO and DOCS, arity errors,
// key extraction and the documentation are derived from it.
type Command struct {
	Name        string // lower case; of a subcommand without its container
	Arity       int    // arguments with the name; negative: at least that many
	Flags       Flags
	Keys        []KeySpec
	Categories  []string // ACL categories beyond those that follow from Flags and Group
	Group       Group
	Summary     string
	Since       string // the version of Redis that brought it
	Complexity  string
	Syntax      string // the arguments, in the notation of syntax.go
	Hints       []string
	Deprecated  string     // "7.2.0 use X": since when and what instead
	System      bool       // not for applications: servers and tests use it among themselves
	History     []string   // "6.2.0 Added the `X` option."
	Handler     Handler    // nil for a pure container
	Subcommands []*Command // of a container
	Channels    ChannelSpec
	// GetKeys finds the keys of a request whose places no KeySpec can tell. It
	// returns an Error if the arguments make no sense.
	GetKeys func(args [][]byte) ([]KeyAt, error)
	// KeyFlags says what a request does with the keys of a KeyVariable KeySpec.
	KeyFlags func(args [][]byte) KeyFlags

	id       int // in the catalog of package acl
	parent   *Command
	full     string // "client|kill"
	firstKey int    // place of the first key where that is fixed, else 0
	onlyKey  int    // firstKey, if there cannot be another
	element  int    // place of the first element's name, if no option stands before it; else 0
	gates    gate
	sub      map[string]*Command
	stats    commandStats
}

// FullName is the name that statistics and errors use: "get", "client|kill".
func (cmd *Command) FullName() string { return cmd.full }

// recordName is what records call the command, however clients do.
func (cmd *Command) recordName() []byte {
	if cmd.parent != nil {
		return []byte(cmd.parent.Name)
	}
	return []byte(cmd.Name)
}

// Parent is the container of a subcommand, or nil.
func (cmd *Command) Parent() *Command { return cmd.parent }

// Subcommand returns the subcommand of that name, in any case.
func (cmd *Command) Subcommand(name []byte) *Command {
	var lower [32]byte
	if len(name) > len(lower) {
		return nil
	}
	return cmd.sub[string(appendLower(lower[:0], name))]
}

// Resolve returns the command that a request for cmd means: of a container with a
// subcommand, that or nil if there is none of the name; otherwise cmd itself.
func (cmd *Command) Resolve(args [][]byte) *Command {
	if cmd != nil && len(cmd.Subcommands) > 0 && len(args) > 1 {
		return cmd.Subcommand(args[1])
	}
	return cmd
}

func appendLower(dst, s []byte) []byte {
	for _, b := range s {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}

// Table finds commands by name. It does not change after New, so every goroutine
// may search it. A command that was renamed is found by its new name, and keeps its
// own in all else: statistics, errors, users' rules.
//
// Names of up to eight letters, which is nearly all requests, are one word; a
// power of two of slots with linear probing answers in about 7 ns, where a map
// with a lower-cased key takes 26 (BenchmarkTableLookup).
type Table struct {
	words []tableSlot
	mask  uint64
	long  map[string]*Command
	all   []*Command

	byName       map[string]*Command // the same, for Rename
	nameBytesMax int                 // of the longest of them
}

type tableSlot struct {
	word uint64
	cmd  *Command
}

// NewTable derives everything that entries leave out and indexes them. It
// panics on an entry that contradicts itself.
func NewTable(commands []*Command) *Table {
	t := &Table{byName: make(map[string]*Command, len(commands))}
	for _, cmd := range commands {
		cmd.derive(nil)
		if cmd.Name == "" || cmd.Name != strings.ToLower(cmd.Name) {
			panic(fmt.Sprintf("command %q: the name must be in lower case", cmd.Name))
		}
		if t.byName[cmd.Name] != nil {
			panic(fmt.Sprintf("command %q stands in the table twice", cmd.Name))
		}
		t.byName[cmd.Name] = cmd
	}
	t.index()
	return t
}

// index makes everything else of byName.
func (t *Table) index() {
	size := 1
	for size < 8*len(t.byName) {
		size *= 2
	}
	t.words, t.mask = make([]tableSlot, size), uint64(size-1)
	t.long, t.all = map[string]*Command{}, t.all[:0]
	for _, name := range slices.Sorted(maps.Keys(t.byName)) {
		cmd := t.byName[name]
		t.all = append(t.all, cmd)
		t.nameBytesMax = max(t.nameBytesMax, len(name))
		if len(name) > 8 {
			t.long[name] = cmd
			continue
		}
		word := nameWord([]byte(name))
		at := nameSlot(word)
		for ; t.words[at&t.mask].cmd != nil; at++ {
			continue
		}
		t.words[at&t.mask] = tableSlot{word, cmd}
	}
	slices.SortFunc(t.all, func(a, b *Command) int { return strings.Compare(a.Name, b.Name) })
}

// Lookup returns the command of that name, in any case, or nil.
func (t *Table) Lookup(name []byte) *Command {
	if len(name) > 8 || len(name) == 0 {
		var lower [64]byte
		if len(name) > len(lower) {
			return t.lookupRenamed(name)
		}
		return t.long[string(appendLower(lower[:0], name))]
	}
	word := nameWord(name)
	for at := nameSlot(word); ; at++ {
		slot := &t.words[at&t.mask]
		if slot.cmd == nil || slot.word == word {
			return slot.cmd
		}
	}
}

// lookupRenamed finds a name that only rename-command can give, such as a secret.
func (t *Table) lookupRenamed(name []byte) *Command {
	if len(name) > t.nameBytesMax {
		return nil
	}
	return t.long[string(appendLower(nil, name))]
}

// Rename gives a command another name to be called by; the empty name removes it.
func (t *Table) Rename(from, to string) error {
	from, to = strings.ToLower(from), strings.ToLower(to)
	cmd := t.byName[from]
	if cmd == nil {
		return Error("No such command in rename-command")
	}
	delete(t.byName, from)
	if to != "" {
		if t.byName[to] != nil {
			return Error("Target command name already exists")
		}
		t.byName[to] = cmd
	}
	t.index()
	return nil
}

// clone is a table that does not learn of renames to come.
func (t *Table) clone() *Table {
	copied := &Table{byName: maps.Clone(t.byName)}
	copied.index()
	return copied
}

// also adds a name for a command, unless it stands for one already.
func (t *Table) also(name string, cmd *Command) {
	name = strings.ToLower(name)
	if name != "" && t.byName[name] == nil {
		t.byName[name] = cmd
		t.index()
	}
}

// All lists the commands by name.
func (t *Table) All() []*Command { return t.all }

// nameWord packs a name of up to eight bytes, with the bit that tells capital
// letters from small ones set in every byte: names differ in letters only.
func nameWord(name []byte) uint64 {
	n := len(name)
	var word uint64
	switch {
	case n == 8:
		word = binary.LittleEndian.Uint64(name)
	case n >= 4:
		word = uint64(binary.LittleEndian.Uint32(name)) | uint64(binary.LittleEndian.Uint32(name[n-4:]))<<(8*(n-4))
	default:
		word = uint64(name[0]) | uint64(name[n/2])<<(8*(n/2)) | uint64(name[n-1])<<(8*(n-1))
	}
	return word | 0x2020202020202020&(1<<(8*n)-1)
}

func nameSlot(word uint64) uint64 { return word * 0x9E3779B97F4A7C15 >> 40 }

// derive fills in what follows from the entry.
func (cmd *Command) derive(parent *Command) {
	cmd.parent, cmd.full = parent, cmd.Name
	if parent != nil {
		cmd.full = parent.Name + "|" + cmd.Name
		if cmd.Group == "" {
			cmd.Group = parent.Group
		}
	}
	if cmd.Handler == nil && len(cmd.Subcommands) == 0 {
		panic(fmt.Sprintf("command %q has neither handler nor subcommands", cmd.full))
	}
	if cmd.Arity == 0 || cmd.Arity == 1 && parent != nil {
		panic(fmt.Sprintf("command %q: bad arity", cmd.full))
	}
	cmd.firstKey = 0
	if len(cmd.Keys) > 0 && cmd.Keys[0].isFixed() {
		cmd.firstKey = cmd.Keys[0].Begin
		cmd.element = elementPlace(cmd.Syntax)
		if k := &cmd.Keys[0]; len(cmd.Keys) == 1 && k.Last == 0 && cmd.GetKeys == nil && k.Flags&KeyNotKey == 0 {
			cmd.onlyKey = k.Begin
		}
	}
	if cmd.GetKeys != nil {
		cmd.Flags |= MovableKeys
	}
	for i := range cmd.Keys {
		if !cmd.Keys[i].isFixed() || cmd.Keys[i].Flags&KeyIncomplete != 0 {
			cmd.Flags |= MovableKeys
		}
	}
	cmd.gates = gatesOf(cmd)
	cmd.sub = make(map[string]*Command, len(cmd.Subcommands))
	for _, sub := range cmd.Subcommands {
		sub.derive(cmd)
		cmd.sub[sub.Name] = sub
	}
}

// elementPlace finds, in a command's syntax, the place of the first argument that
// names an element of a collection. Optional arguments count as absent.
func elementPlace(syntax string) int {
	place, depth := 0, 0
	for _, word := range strings.Fields(syntax) {
		if depth == 0 && word[0] != '[' {
			place++
			if word == "field" || word == "member" {
				return place
			}
		}
		depth += strings.Count(word, "[") - strings.Count(word, "]")
		if strings.ContainsAny(word, "<|") && depth == 0 {
			return 0
		}
	}
	return 0
}

// arityOK tells whether a request may have argc arguments.
func (cmd *Command) arityOK(argc int) bool {
	return argc == cmd.Arity || cmd.Arity < 0 && argc >= -cmd.Arity
}
