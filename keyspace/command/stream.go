package command

import (
	"slices"
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/stream"
)

// The commands of streams: adding and removing in stream_add.go and stream_trim.go,
// walks in stream_range.go, XREAD and XREADGROUP in stream_read.go, groups in
// stream_group.go, what is pending in stream_pending.go and stream_claim.go, XINFO
// in stream_info.go, and here what they share.
//
// The journal gets effects: IDs that were given, trimming to an exact length, and
// for each delivery an XCLAIM that says who got what, when, and how often. So a
// replay depends on no time, and on no node's size.

func streamCommands() []*keyspace.Command {
	return slices.Concat(streamAddCommands(), streamTrimCommands(), streamRangeCommands(), streamReadCommands(),
		streamGroupCommands(), streamPendingCommands(), streamClaimCommands(), streamInfoCommands())
}

const (
	errStreamID      keyspace.Error = "ERR Invalid stream ID specified as stream command argument"
	errIntervalStart keyspace.Error = "ERR invalid start ID for the interval"
	errIntervalEnd   keyspace.Error = "ERR invalid end ID for the interval"
)

// Words of records for the journal.
var (
	wordXClaim         = []byte("XCLAIM")
	wordXGroup         = []byte("XGROUP")
	wordSetID          = []byte("SETID")
	wordCreateConsumer = []byte("CREATECONSUMER")
	wordEntriesRead    = []byte("ENTRIESREAD")
	wordTime           = []byte("TIME")
	wordRetryCount     = []byte("RETRYCOUNT")
	wordForce          = []byte("FORCE")
	wordJustID         = []byte("JUSTID")
	wordLastID         = []byte("LASTID")
	wordEqual          = []byte("=")
	wordZero           = []byte("0")
)

// readStream finds a stream for reading: nil without the key.
func readStream(c *keyspace.Ctx, key []byte) (*stream.Stream, error) {
	it, ok := c.Read(key)
	return streamOf(c, it, ok)
}

// writeStream finds a stream for a command that may change it; what it returns is
// for reading still. See ownStream.
func writeStream(c *keyspace.Ctx, key []byte) (*stream.Stream, error) {
	it, ok := c.Write(key)
	return streamOf(c, it, ok)
}

func streamOf(c *keyspace.Ctx, it keyspace.Item, ok bool) (*stream.Stream, error) {
	if !ok {
		return nil, nil
	}
	if it.Kind() != value.Stream {
		return nil, keyspace.ErrWrongType
	}
	return c.Collection(it).(*stream.Stream), nil
}

// ownStream returns the stream of a key for changes. It was found, or with create
// may be missing.
func ownStream(c *keyspace.Ctx, key []byte) *stream.Stream {
	it, ok := c.Write(key)
	if ok {
		return c.Mutable(it).(*stream.Stream)
	}
	s := stream.New(c.Epochs())
	c.PutCollection(key, it, false, value.Stream, s)
	return s
}

// parseStreamID reads an ID that stands for itself; its number may be missing.
func parseStreamID(arg []byte) (stream.ID, error) {
	id, ok := stream.ParseID(arg, 0)
	if !ok {
		return id, errStreamID
	}
	return id, nil
}

// parseInterval reads the ends of an interval of IDs: - and + are the least and
// the greatest ID, and ( before an ID leaves it out.
func parseInterval(start, end []byte) (first, last stream.ID, err error) {
	first, open, err := parseIntervalEnd(start, 0)
	if err != nil {
		return first, last, err
	}
	if open {
		var ok bool
		if first, ok = first.Next(); !ok {
			return first, last, errIntervalStart
		}
	}
	last, open, err = parseIntervalEnd(end, stream.Max.Seq)
	if err == nil && open {
		var ok bool
		if last, ok = last.Prev(); !ok {
			err = errIntervalEnd
		}
	}
	return first, last, err
}

func parseIntervalEnd(arg []byte, missingSeq uint64) (id stream.ID, open bool, err error) {
	switch {
	case string(arg) == "-":
		return stream.Min, false, nil
	case string(arg) == "+":
		return stream.Max, false, nil
	case len(arg) > 1 && arg[0] == '(':
		arg, open = arg[1:], true
	}
	id, ok := stream.ParseID(arg, missingSeq)
	if !ok {
		return id, open, errStreamID
	}
	return id, open, nil
}

func replyStreamID(c *keyspace.Ctx, id stream.ID) error {
	var text [44]byte
	return c.ReplyBulk(id.Append(text[:0]))
}

// replyEntry replies an ID with fields and values.
func replyEntry(c *keyspace.Ctx, e *stream.Entry) {
	c.ReplyArray(2)
	replyStreamID(c, e.ID)
	c.ReplyArray(2 * e.Fields)
	for range e.Fields {
		field, text := e.Pair()
		replyStreamElement(c, field)
		replyStreamElement(c, text)
	}
}

func replyStreamElement(c *keyspace.Ctx, e listpack.Element) {
	if !e.IsInt {
		c.ReplyBulk(e.Text)
		return
	}
	var digits [20]byte
	c.ReplyBulk(strconv.AppendInt(digits[:0], e.Int, 10))
}

// replyEntries replies up to count entries, all for count 0, and returns their
// number.
func replyEntries(c *keyspace.Ctx, r stream.Range, count int64) (n int) {
	mark := c.ReplyMark()
	for (count == 0 || int64(n) < count) && r.Next() {
		replyEntry(c, &r.Entry)
		n++
	}
	c.ReplyArrayAt(mark, n)
	return n
}

// streamArity is the error of containers about a subcommand's arguments.
func streamArity(c *keyspace.Ctx, container string) error {
	text := keyspace.Quoted([]byte("ERR unknown subcommand or wrong number of arguments for '"), c.Arg(1), 128)
	return keyspace.Error(string(text) + "'. Try " + container + " HELP.")
}

func errNoGroup(key, group []byte) error {
	return keyspace.Errorf("NOGROUP No such key '%s' or consumer group '%s'", key, group)
}

// propagateClaim records a delivery.
func propagateClaim(c *keyspace.Ctx, key []byte, g *stream.Group, p stream.Pending) {
	var id, last [44]byte
	var time, count [20]byte
	c.PropagateAs(wordXClaim, key, []byte(g.Name), []byte(p.Consumer.Name), wordZero, p.ID.Append(id[:0]),
		wordTime, strconv.AppendInt(time[:0], p.DeliveredMs, 10),
		wordRetryCount, strconv.AppendInt(count[:0], p.Count, 10),
		wordForce, wordJustID, wordLastID, g.LastID.Append(last[:0]))
}

// propagateGroupID records how far a group has read.
func propagateGroupID(c *keyspace.Ctx, key []byte, g *stream.Group) {
	var last [44]byte
	var read [20]byte
	c.PropagateAs(wordXGroup, wordSetID, key, []byte(g.Name), g.LastID.Append(last[:0]),
		wordEntriesRead, strconv.AppendInt(read[:0], g.Read, 10))
}

// memberOf finds a consumer for a command that acts for it; one that is not there
// is created, and recorded.
func memberOf(c *keyspace.Ctx, key []byte, g *stream.Group, name []byte) *stream.Consumer {
	member := g.OwnConsumer(name)
	if member == nil {
		member = g.AddConsumer(name, c.NowMs(), stream.Unknown)
		c.PropagateAs(wordXGroup, wordCreateConsumer, key, []byte(g.Name), name)
		c.Noted(key, keyspace.EventStream, "xgroup-createconsumer")
	}
	member.SeenMs = c.NowMs()
	return member
}
