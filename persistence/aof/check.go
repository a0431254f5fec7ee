package aof

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"solokv/persistence/fs"
)

// CheckOptions say what to look at.
type CheckOptions struct {
	FS   fs.FS
	Part Part
	// Base reads the RDB file that the file may begin with, as that of LoadOptions.
	Base func(src io.Reader, size int64) (taken int64, err error)
}

// FileState is what Check has found.
type FileState struct {
	Bytes     int64 // of the file
	BaseBytes int64 // of the RDB file that it begins with, or 0
	Tally     Tally // of the records up to Whole
	// Checksums fit, those of CheckedBytes in all; what lies between has none, or was not reached.
	Checksums, CheckedBytes int64
	// Whole is where what can be loaded ends. Torn says, in words, what comes behind it that a start would cut off:
	// nothing, if it is empty.
	Whole int64
	Torn  string
}

// Tally counts records.
type Tally struct {
	Records      int64 // SELECT, MULTI and EXEC included
	Transactions int64
	Databases    map[int]int64    // records by database
	Commands     map[string]int64 // records by what they begin with, in capitals
}

const (
	// talliedMax is how many databases, and how many commands, are told apart.
	talliedMax = 256
	// OtherDatabases and OtherCommands stand for the rest of them.
	OtherDatabases = -1
	OtherCommands  = ""
)

func newTally() Tally { return Tally{Databases: map[int]int64{}, Commands: map[string]int64{}} }

func (t *Tally) add(db int, name []byte) {
	t.Records++
	t.Databases[counted(t.Databases, db, OtherDatabases)]++
	word := strings.ToUpper(string(name[:min(len(name), nameBytesMax)]))
	t.Commands[counted(t.Commands, word, OtherCommands)]++
}

// counted is the key under which something is counted.
func counted[K comparable](of map[K]int64, key, others K) K {
	if _, known := of[key]; known || len(of) < talliedMax {
		return key
	}
	return others
}

// join adds another tally and empties it.
func (t *Tally) join(other *Tally) {
	t.Records += other.Records
	t.Transactions += other.Transactions
	for db, n := range other.Databases {
		t.Databases[counted(t.Databases, db, OtherDatabases)] += n
	}
	for name, n := range other.Commands {
		t.Commands[counted(t.Commands, name, OtherCommands)] += n
	}
	clear(other.Databases)
	clear(other.Commands)
	other.Records, other.Transactions = 0, 0
}

// Check reads one file through, by the rules of Load, and changes nothing. Damage is a *DamageError or a *BaseError;
// the state is then that of what lies before it.
func Check(o CheckOptions) (state FileState, err error) {
	file, err := o.FS.Open(o.Part.Path)
	if err != nil {
		return state, fmt.Errorf("aof: check: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()

	if state.Bytes, err = file.Size(); err != nil {
		return state, fmt.Errorf("aof: check %s: %w", o.Part.Name, err)
	}
	l := loader{o: LoadOptions{Base: o.Base, Progress: func(int64, int64) {}}}
	if state.BaseBytes, err = l.loadBase(file, o.Part.FileInfo, state.Bytes); err != nil {
		return state, err
	}

	s := newScanner(file, o.Part.Name, state.BaseBytes, state.Bytes)
	s.verify = true
	count := newCounter(s)
	_, torn, err := s.findEnd(count.record)
	state.Tally, state.Whole = count.whole, s.whole
	state.Checksums, state.CheckedBytes = s.checked, s.checkedBytes
	if torn != "" && !o.Part.Last {
		return state, s.damage(s.whole, tornBefore)
	}
	state.Torn = torn
	return state, err
}

// counter counts the records that a scanner reads. Those of a transaction count when it is whole.
type counter struct {
	scanner     *scanner
	db          int
	whole, open Tally
}

func newCounter(s *scanner) *counter {
	return &counter{scanner: s, whole: newTally(), open: newTally()}
}

func (c *counter) record(args [][]byte) {
	c.db = follow(c.db, args)
	switch {
	case c.scanner.multi:
		c.open.add(c.db, args[0])
	case c.open.Records > 0: // it is EXEC
		c.open.add(c.db, args[0])
		c.open.Transactions = 1
		c.whole.join(&c.open)
	default:
		c.whole.add(c.db, args[0])
	}
}

// Cut makes a file end at an offset: where Check has found that it is whole.
func Cut(filesystem fs.FS, name string, offset int64) error {
	file, err := filesystem.Open(name)
	if err == nil {
		err = errors.Join(cutAt(file, offset), file.Close())
	}
	if err != nil {
		return fmt.Errorf("aof: cut %s at byte %d: %w", name, offset, err)
	}
	return nil
}
