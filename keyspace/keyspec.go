package keyspace

import "solokv/protocol"

// KeySpec tells where some of a command's keys stand and what is done with
// them: the key specifications of Redis 7.
type KeySpec struct {
	Flags KeyFlags

	// Where the keys begin: at Begin (index), or, when Keyword is set, after
	// that word, searched from Begin on (negative: backwards from the end).
	Begin   int
	Keyword string

	// How they go on from there: a range up to Last (0 only the first; -1 the
	// last argument, -2 the one before, ...; relative to the first when
	// positive) in steps of Step, down to 1/Limit of the arguments; or, when
	// Count is set, as many as the argument Count places after the beginning
	// says, from First on.
	Last, Step, Limit int
	Count             bool
	CountAt, First    int

	Notes string // for people
}

// KeyFlags say what a command does with a key.
type KeyFlags uint16

// The flags, as COMMAND INFO names them.
const (
	KeyRO KeyFlags = 1 << iota
	KeyRW
	KeyOW
	KeyRM
	KeyAccess
	KeyUpdate
	KeyInsert
	KeyDelete
	KeyNotKey
	KeyIncomplete
	KeyVariable
)

var keyFlagNames = [...]string{"RO", "RW", "OW", "RM", "access", "update", "insert", "delete",
	"not_key", "incomplete", "variable_flags"}

// Names lists the flags as COMMAND INFO does.
func (f KeyFlags) Names() []string {
	names := []string{}
	for i, name := range keyFlagNames {
		if f>>i&1 != 0 {
			names = append(names, name)
		}
	}
	return names
}

// OneKey is the specification of a command whose only key is its first argument.
func OneKey(flags KeyFlags) []KeySpec {
	return []KeySpec{{Flags: flags, Begin: 1, Step: 1}}
}

// ManyKeys is that of a command whose arguments are all keys, each followed by
// step-1 others.
func ManyKeys(flags KeyFlags, step int) []KeySpec {
	return []KeySpec{{Flags: flags, Begin: 1, Last: -1, Step: step}}
}

// TwoKeys is that of a command from one key to another.
func TwoKeys(from, to KeyFlags) []KeySpec {
	return []KeySpec{{Flags: from, Begin: 1, Step: 1}, {Flags: to, Begin: 2, Step: 1}}
}

func (k *KeySpec) isFixed() bool { return k.Keyword == "" && !k.Count }

// KeyAt is a key's place in a request and what is done with it.
type KeyAt struct {
	Index int
	Flags KeyFlags
}

// KeysOf finds the keys of a request for cmd; the arguments must have passed
// the check of arity. ok is false when they contradict the specification.
func (cmd *Command) KeysOf(args [][]byte) (keys []KeyAt, ok bool) { return cmd.AppendKeys(nil, args) }

// AppendKeys is KeysOf that appends to keys.
func (cmd *Command) AppendKeys(keys []KeyAt, args [][]byte) (all []KeyAt, ok bool) {
	if cmd.GetKeys != nil {
		indices, err := cmd.GetKeys(args)
		for _, index := range indices {
			keys = append(keys, KeyAt{index, cmd.Keys[0].Flags})
		}
		return keys, err == nil
	}
	for i := range cmd.Keys {
		known := len(keys)
		if keys, ok = cmd.Keys[i].appendKeys(keys, args); !ok {
			return nil, false
		}
		if cmd.KeyFlags != nil && cmd.Keys[i].Flags&KeyVariable != 0 {
			for j := range keys[known:] {
				keys[known+j].Flags = cmd.KeyFlags(args)
			}
		}
	}
	return keys, true
}

func (k *KeySpec) appendKeys(keys []KeyAt, args [][]byte) (all []KeyAt, ok bool) {
	begin := k.Begin
	if k.Keyword != "" {
		if begin = k.findKeyword(args); begin == 0 {
			return keys, true
		}
	}
	first, last, step := begin, begin+k.Last, k.Step
	switch {
	case k.Count:
		if begin+k.CountAt >= len(args) {
			return nil, false
		}
		n, ok := protocol.ParseInt(args[begin+k.CountAt])
		if !ok || n < 0 || n > int64(len(args)) {
			return nil, false
		}
		first, step = begin+k.First, max(step, 1)
		last = first + (int(n)-1)*step
	case k.Last < 0:
		last = len(args) + k.Last
		if k.Limit > 1 {
			last = begin + (len(args)-begin)/k.Limit + k.Last
		}
	}
	if last >= len(args) {
		return nil, false
	}
	for i := first; i <= last; i += max(step, 1) {
		keys = append(keys, KeyAt{i, k.Flags})
	}
	return keys, true
}

func (k *KeySpec) findKeyword(args [][]byte) (begin int) {
	from, step := k.Begin, 1
	if from < 0 {
		from, step = len(args)+from, -1
	}
	for i := from; i > 0 && i < len(args); i += step {
		if EqualFold(args[i], k.Keyword) {
			return i + 1
		}
	}
	return 0
}
