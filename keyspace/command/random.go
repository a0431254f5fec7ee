package command

import "solokv/keyspace"

// Random elements that may repeat: HRANDFIELD, SRANDMEMBER and ZRANDMEMBER with a
// negative count. Theirs are the replies that may be larger than all the data, so they
// have a limit: that of one string, proto-max-bulk-len.

const (
	// repeatedBytesMin is the least that an element takes in a reply, an empty string.
	repeatedBytesMin = 6
	// repeatedStep is after how many elements the size of the rest is judged by them.
	repeatedStep = 1024
)

// replyRepeated calls reply for each of count elements, and begin before with their
// number. More than one that exceed the limit, or are going to, are out of range.
func replyRepeated(c *keyspace.Ctx, count int64, begin func(n int), reply func()) error {
	limit := c.Engine().Config().Values().ProtoMaxBulkLen
	if count > limit/repeatedBytesMin {
		return keyspace.ErrOutOfRange
	}

	mark := c.ReplyMark()
	begin(int(count))
	for done := int64(1); done <= count; done++ {
		reply()
		written := int64(c.ReplyMark() - mark)
		expected := written
		if done%repeatedStep == 0 {
			expected = int64(float64(written) / float64(done) * float64(count))
		}
		if max(written, expected) > limit && count > 1 {
			c.ReplyCut(mark)
			return keyspace.ErrOutOfRange
		}
	}
	return nil
}
