package command

import "solokv/keyspace"

const (
	errProtocolType keyspace.Error = "ERR Wrong protocol type name. Please use one of the following: " +
		"string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
	errNeedsRESP3 keyspace.Error = "ERR RESP2 is not supported by this command"
)

// debugProtocol replies a sample of a type; clients test their parsers with it,
// so the samples are Redis's.
func debugProtocol(c *keyspace.Ctx) error {
	is := func(word string) bool { return keyspace.EqualFold(c.Arg(2), word) }
	switch {
	case is("STRING"):
		return c.ReplyString("Hello World")
	case is("INTEGER"):
		return c.ReplyInt(12345)
	case is("DOUBLE"):
		return c.ReplyDouble(3.141)
	case is("BIGNUM"):
		return c.ReplyBigNumber("1234567999999999999999999999999999999")
	case is("NULL"):
		return c.ReplyNull()
	case is("ARRAY"):
		c.ReplyArray(3)
		return debugCountTo3(c)
	case is("SET"):
		c.ReplySet(3)
		return debugCountTo3(c)
	case is("MAP"):
		c.ReplyMap(3)
		for i := range int64(3) {
			c.ReplyInt(i)
			c.ReplyBool(i == 1)
		}
		return nil
	case is("ATTRIB"):
		return debugAttribute(c)
	case is("PUSH"):
		return debugPush(c)
	case is("TRUE"), is("FALSE"):
		return c.ReplyBool(is("TRUE"))
	case is("VERBATIM"):
		return c.ReplyVerbatim("This is a verbatim\nstring")
	}
	return errProtocolType
}

func debugCountTo3(c *keyspace.Ctx) error {
	for i := range int64(3) {
		c.ReplyInt(i)
	}
	return nil
}

// debugAttribute: an attribute is no reply, so one follows it.
func debugAttribute(c *keyspace.Ctx) error {
	if c.Proto() >= 3 {
		c.ReplyAttribute(1)
		c.ReplyString("key-popularity")
		c.ReplyArray(2)
		c.ReplyString("key:123")
		c.ReplyInt(90)
	}
	return c.ReplyString("Some real reply following the attribute")
}

// debugPush: neither is an out-of-band message.
func debugPush(c *keyspace.Ctx) error {
	if c.Proto() < 3 {
		return errNeedsRESP3
	}
	c.ReplyPush(2)
	c.ReplyString("server-cpu-usage")
	c.ReplyInt(42)
	return c.ReplyString("Some real reply following the push reply")
}
