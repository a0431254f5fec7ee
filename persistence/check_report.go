package persistence

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"solokv/keyspace/value"
	"solokv/persistence/aof"
)

// report is what was found out about a file. One with a manifest is about that, others are about data.
type report struct {
	name     string
	manifest *aof.Manifest
	part     *aof.Part // nil: an RDB file
	state    aof.FileState
	census   *census
	err      error

	cutBytes   int64 // a repair has cut off, behind what is whole
	cutWhy     string
	unrepaired bool // a repair was asked for, and is none
}

type verdict string

const (
	verdictWhole   verdict = "whole"
	verdictTorn    verdict = "TORN"
	verdictDamaged verdict = "DAMAGED"
)

func (r *report) verdict() verdict {
	switch {
	case r.err != nil:
		return verdictDamaged
	case r.state.Torn != "":
		return verdictTorn
	}
	return verdictWhole
}

func (r *report) print(to io.Writer) {
	fmt.Fprintf(to, "%s: %s%s\n", r.name, r.verdict(), r.role())
	line := func(format string, args ...any) { fmt.Fprintf(to, "  "+format+"\n", args...) }
	if r.census != nil {
		r.printDatabase(line)
		r.printRecords(line)
	}
	switch {
	case r.err != nil:
		line("%s", r.reason())
	case r.state.Torn != "":
		line("the last %d of %d bytes, from byte %d on, are torn (%s): a start with aof-load-truncated yes cuts them off, "+
			"and so does --check --fix", r.state.Bytes-r.state.Whole, r.state.Bytes, r.state.Whole, r.state.Torn)
	case r.cutBytes > 0:
		line("cut %d bytes off at byte %d (%s)", r.cutBytes, r.state.Whole, r.cutWhy)
	}
	if r.unrepaired {
		line("nothing was repaired: only a torn tail of the last file is cut off; see docs/AOF.md")
	}
}

// role says what a file is for.
func (r *report) role() string {
	switch {
	case r.manifest != nil:
		return fmt.Sprintf(", lists %d to load, %d obsolete", len(r.manifest.Files()), len(r.manifest.History))
	case r.part == nil:
		return ""
	case r.part.Type == aof.TypeHistory:
		return ", obsolete"
	case r.part.Type == aof.TypeBase:
		return ", a base"
	case r.part.Last:
		return ", the last increment"
	}
	return ", an increment"
}

// reason says what is wrong, and where.
func (r *report) reason() string {
	var base *aof.BaseError
	var records *aof.DamageError
	switch {
	case errors.As(r.err, &records):
		return fmt.Sprintf("at byte %d of %d: %s", records.Offset, r.state.Bytes, records.Reason)
	case errors.As(r.err, &base):
		return fmt.Sprintf("near byte %d of %d: %s", base.Offset, base.Size, base.Err)
	}
	return r.err.Error()
}

func (r *report) printDatabase(line func(format string, args ...any)) {
	c := r.census
	if c.result.Version == 0 {
		return
	}
	line("RDB version %d, %s, %s", c.result.Version, count(c.result.Bytes, "byte"), c.writer())
	switch {
	case r.state.BaseBytes == 0: // its end was not reached
	case c.result.Checked:
		line("the checksum fits")
	default:
		line("there is no checksum")
	}
	if c.libraries > 0 {
		line("%s of functions", count(c.libraries, "library"))
	}
	slices.SortFunc(c.databases, func(a, b databaseCensus) int { return cmp.Compare(uint64(a.number), uint64(b.number)) })
	for i := range c.databases {
		if db := &c.databases[i]; db.keys > 0 {
			line("%s: %s, %d with an expiry: %s", databaseName(db.number), count(db.keys, "key"), db.volatile, db.types())
		}
	}
	if c.result.Empty > 0 {
		line("%s without a value, which a start leaves out", count(c.result.Empty, "key"))
	}
}

// writer says who wrote a file, and when.
func (c *census) writer() string {
	text := "its writer is not named"
	switch by := c.result.Aux.ServerVersion; {
	case c.program != "":
		text = fmt.Sprintf("written by SoloKV %.64s, compatible with %.64s", printable(c.program), printable(by))
	case by != "":
		text = fmt.Sprintf("written by version %.64s", printable(by))
	}
	if at := c.result.Aux.CreatedAtSecs; at > 0 {
		text += time.Unix(at, 0).UTC().Format(" at 2006-01-02 15:04:05 UTC")
	}
	return text
}

// types says how many keys there are of each type.
func (db *databaseCensus) types() string {
	byName := map[string]int64{}
	for kind, n := range db.kinds {
		byName[value.TypeName(value.Kind(kind))] += n
	}
	return ranking(byName)
}

func (r *report) printRecords(line func(format string, args ...any)) {
	s := &r.state
	if s.Tally.Databases == nil || s.Tally.Records == 0 && s.BaseBytes > 0 {
		return // they were not reached, or there are none
	}
	line("%s, %s, %s", count(s.Tally.Records, "record"), count(s.Tally.Transactions, "transaction"), checksums(s))
	for _, db := range slices.Sorted(maps.Keys(s.Tally.Databases)) {
		line("%s: %s", databaseName(int64(db)), count(s.Tally.Databases[db], "record"))
	}
	if s.Tally.Records > 0 {
		line("%s", ranking(s.Tally.Commands))
	}
}

func checksums(s *aof.FileState) string {
	if s.Checksums == 0 {
		return "no checksums"
	}
	return fmt.Sprintf("%s fit, of %d of %d bytes", count(s.Checksums, "checksum"), s.CheckedBytes, s.Bytes-s.BaseBytes)
}

func databaseName(number int64) string {
	if number < 0 {
		return "other databases"
	}
	return fmt.Sprintf("db %d", number)
}

// rankedMax is how many things a ranking names.
const rankedMax = 16

// ranking names what there is most of, with the numbers.
func ranking(of map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b))
	})
	var words []string
	others := int64(0)
	for _, name := range names {
		switch {
		case of[name] == 0:
		case len(words) < rankedMax && name != aof.OtherCommands:
			words = append(words, fmt.Sprintf("%s %d", printable(name), of[name]))
		default:
			others += of[name]
		}
	}
	if others > 0 {
		words = append(words, fmt.Sprintf("others %d", others))
	}
	return strings.Join(words, ", ")
}

// printable is a name as it is, or quoted, if it would do something to a terminal.
func printable(name string) string {
	if quoted := fmt.Sprintf("%q", name); len(quoted) != len(name)+2 {
		return quoted
	}
	return name
}

// count is a number with a noun.
func count(n int64, noun string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", noun)
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && noun != "key" {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
