package aof

import "solokv/protocol"

// A run is the records of one collection, all of the same command, with some of its items each:
//
//	*66 RPUSH key item ... (64 items)
//	*66 RPUSH key item ... (64 items)
//	*7  RPUSH key item ... (the rest)
//
// A record ends with 64 items, or when the next one would make it long: who loads it needs room for one record at a
// time. An item that is long all alone has a record of its own. How many items a record has stands in front of it, so
// the number that is to be expected is written first, and corrected where a record ends earlier.

const (
	// runItemsMax is how many items a record has at most: a limit that other servers keep, too.
	runItemsMax = 64
	// runBytesMax is how long the items of a record are at most, when it has more than one.
	runBytesMax = recordTextBytes
)

// run is the run that is being written, and its open record.
type run struct {
	command string
	width   int // arguments of an item
	left    int // items that are still to come

	items    int // of the open record; 0: none is open
	promised int // items that its header speaks of
	head     int // where in the buffer it begins
	body     int // and its first item
}

// beginRun begins a run of about so many items of the collection at w.key.
func (w *RecordWriter) beginRun(command string, width, items int) {
	w.run = run{command: command, width: width, left: items}
}

// item makes room for an item whose texts have so many bytes: its arguments have to be put next.
func (w *RecordWriter) item(bytes int) {
	r := &w.run
	if r.items > 0 && (r.items == r.promised || len(w.buf)-r.body+bytes > runBytesMax) {
		w.endRun()
	}
	if r.items == 0 {
		r.promised = max(1, min(r.left, runItemsMax))
		if bytes >= runBytesMax {
			r.promised = 1 // a long text may take the header along
		}
		r.head = len(w.buf)
		w.begin(2+r.promised*r.width, r.command)
		w.buf = protocol.AppendBulk(w.buf, w.key)
		r.body = len(w.buf)
	}
	r.items++
	r.left--
}

// endRun ends the open record, if there is one.
func (w *RecordWriter) endRun() {
	r := &w.run
	if r.items == 0 {
		return
	}
	if r.items != r.promised {
		w.correct(2+r.promised*r.width, 2+r.items*r.width)
	}
	r.items = 0
	w.end()
}

// correct changes the number of arguments in the header of the open record.
func (w *RecordWriter) correct(from, to int) {
	var header [8]byte
	right := protocol.AppendArray(header[:0], to)
	record := w.buf[w.run.head:]
	rest := record[len(protocol.AppendArray(w.text[:0], from)):]
	copy(record, right)
	w.buf = w.buf[:w.run.head+len(right)+copy(record[len(right):], rest)]
}
