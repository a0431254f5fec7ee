package persistence

import (
	"errors"
	"fmt"
	"io"
	"math"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/persistence/rdb"
)

// census counts what is in an RDB file.
type census struct {
	build   *valueBuilder
	result  rdb.Result
	program string // ours, if the file names it

	databases []databaseCensus
	libraries int64  // of functions
	key       []byte // the last one that was begun
	begun     bool   // its value has not come yet
}

// databaseCensus counts the keys of a database.
type databaseCensus struct {
	number         int64 // othersNumber: all that are not told apart
	keys, volatile int64
	kinds          [16]int64
}

const (
	othersNumber = -1
	// databasesMax is how many databases are told apart.
	databasesMax = 256
)

func newCensus(build *valueBuilder) *census { return &census{build: build} }

// read reads an RDB file; it is the Base of aof.CheckOptions.
func (c *census) read(src io.Reader, size int64) (taken int64, err error) {
	c.result, err = rdb.Read(src, rdb.ReadOptions{Checksum: true, Size: size}, c.piece)
	c.build.reset()
	if err != nil && len(c.key) > 0 {
		err = fmt.Errorf("%w; the last key that was begun is %.64q", err, c.key)
	}
	return c.result.Bytes, err
}

func (c *census) piece(p *rdb.Piece) error {
	switch p.Op {
	case rdb.OpDB:
		c.database(p.N)
		return nil
	case rdb.OpAux:
		if string(p.A) == "solokv-ver" {
			c.program = string(p.B)
		}
		return nil
	case rdb.OpFunction:
		c.libraries++
		return nil
	case rdb.OpKey:
		c.key, c.begun = append(c.key[:0], p.A[:min(len(p.A), keyShownBytes)]...), true
		if len(c.databases) == 0 {
			c.database(0)
		}
		db := c.current()
		db.keys++
		if p.N >= 0 {
			db.volatile++
		}
		return nil
	}
	if c.begun {
		kind := p.Kind
		if p.Op == rdb.OpText {
			kind = value.String
		}
		c.current().kinds[kind&15]++
		c.begun = false
		c.build.begin(p)
	}
	return c.build.add(p)
}

// keyShownBytes is how much is kept of a key for an error's text.
const keyShownBytes = 256

// current is the database that was named last: it is moved behind the others.
func (c *census) current() *databaseCensus { return &c.databases[len(c.databases)-1] }

func (c *census) database(number int64) {
	at := c.find(number)
	if at < 0 && len(c.databases) >= databasesMax {
		number = othersNumber
		at = c.find(number)
	}
	if at < 0 {
		c.databases = append(c.databases, databaseCensus{number: number})
		return
	}
	last := len(c.databases) - 1
	c.databases[at], c.databases[last] = c.databases[last], c.databases[at]
}

func (c *census) find(number int64) int {
	for i := range c.databases {
		if c.databases[i].number == number {
			return i
		}
	}
	return -1
}

// valueBuilder builds collections and throws them away: what contradicts itself shows only then. One value at a time is
// in memory.
type valueBuilder struct {
	arena   *arena.Arena
	builder *rdb.Builder
	builds  bool // the value that comes
}

// checkLimits are the sizes up to which collections stay packed while they are built.
var checkLimits = rdb.Limits{
	ListSize: -2, HashEntries: 128, HashValueBytes: 64, SetInts: 512, SetEntries: 128, SetValueBytes: 64,
	ZSetEntries: 128, ZSetValueBytes: 64,
}

// begin looks at the first piece of a value. Of strings, packed values and the elements of lists nothing is left to be
// found out.
func (b *valueBuilder) begin(p *rdb.Piece) { b.builds = p.Op == rdb.OpBegin && p.Kind != value.List }

func (b *valueBuilder) add(p *rdb.Piece) error {
	if !b.builds {
		return nil
	}
	if b.builder == nil {
		a, err := arena.New(arena.Options{})
		if err != nil {
			return fmt.Errorf("memory for values: %w", err)
		}
		b.arena, b.builder = a, rdb.NewBuilder(dict.NewEpochs(a), checkLimits)
	}
	if err := b.builder.Add(p); err != nil || !b.builder.Done() {
		return err
	}
	v, err := b.builder.Value()
	for err == nil && v.Whole != nil && v.Whole.Drain(math.MaxInt) {
		continue
	}
	return err
}

// reset frees a value that has not become whole.
func (b *valueBuilder) reset() {
	if b.builder != nil {
		b.builder.Reset()
	}
	b.builds = false
}

func (b *valueBuilder) close() {
	b.reset()
	if b.arena != nil {
		_ = b.arena.Close() // nothing is to be saved
	}
}

// database checks a file that is an RDB file and nothing else.
func (c *checker) database(name string) (r report) {
	r = report{name: name, census: newCensus(&c.build)}
	file, err := c.o.FS.Open(name)
	if err != nil {
		r.err = err
		return r
	}
	defer file.Close()

	if r.state.Bytes, r.err = file.Size(); r.err != nil {
		return r
	}
	end, err := r.census.read(io.NewSectionReader(file, 0, r.state.Bytes), r.state.Bytes)
	switch {
	case err != nil:
		r.err = &damage{end, r.state.Bytes, err}
		return r
	case end < r.state.Bytes:
		r.err = &damage{end, r.state.Bytes, errors.New("something follows behind the end of the data")}
	}
	r.state.BaseBytes, r.state.Whole = end, end
	return r
}

// damage is what is wrong with an RDB file.
type damage struct {
	offset, size int64 // about where, of how many bytes
	err          error
}

func (d *damage) Error() string {
	return fmt.Sprintf("near byte %d of %d: %s", d.offset, d.size, d.err)
}
func (d *damage) Unwrap() error { return d.err }
