package keyspace

import (
	"solokv/keyspace/glob"
	"solokv/keyspace/pubsub"
	"solokv/protocol"
)

// Publish and subscribe. The registries know who listens to what; a session knows
// what it has subscribed to, so that it can be let go of in one walk.

// ChannelKind is how a subscription names what it is to.
type ChannelKind uint8

// The kinds: SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE.
const (
	Channel ChannelKind = iota
	Pattern
	ShardChannel
	channelKinds
)

// subscribeWords and unsubscribeWords are what confirmations begin with.
var (
	subscribeWords   = [channelKinds]string{"subscribe", "psubscribe", "ssubscribe"}
	unsubscribeWords = [channelKinds]string{"unsubscribe", "punsubscribe", "sunsubscribe"}
)

// channels are all subscriptions, by kind.
type channels [channelKinds]pubsub.Registry[*Session]

// topic is what a session subscribes to.
type topic = pubsub.Topic[*Session]

// subscriptions are those of one session, by kind.
type subscriptions [channelKinds]pubsub.Set[*topic]

// count is the number that confirmations tell: shard channels are counted apart.
func (s *subscriptions) count(kind ChannelKind) int {
	switch {
	case s == nil:
		return 0
	case kind == ShardChannel:
		return s[ShardChannel].Len()
	}
	return s[Channel].Len() + s[Pattern].Len()
}

// Subscriptions is the number of a session's channels, patterns and shard channels.
func (s *Session) Subscriptions() (channels, patterns, shardChannels int) {
	if s.subs == nil {
		return 0, 0, 0
	}
	return s.subs[Channel].Len(), s.subs[Pattern].Len(), s.subs[ShardChannel].Len()
}

// InPubSub tells whether the session has subscribed to anything.
func (s *Session) InPubSub() bool { return s.subs != nil }

// Subscribe subscribes the session to names and confirms each.
func (c *Ctx) Subscribe(kind ChannelKind, names [][]byte) {
	s := c.sess
	if s.subs == nil {
		s.subs = new(subscriptions)
		c.e.pubsubClients++
		s.classify()
	}
	for _, name := range names {
		t, joined := c.e.channels[kind].Join(name, s)
		if joined {
			s.subs[kind].Add(t)
			c.e.charge(s, subscriptionBytes+int64(len(name)))
		}
		c.confirm(subscribeWords[kind], kind, t.Name)
	}
}

// Unsubscribe ends the session's subscriptions to names, or to all of a kind if there
// are none, and confirms each.
func (c *Ctx) Unsubscribe(kind ChannelKind, names [][]byte) {
	s := c.sess
	for _, name := range names {
		if t := c.e.channels[kind].Find(name); t != nil {
			c.e.unsubscribe(s, kind, t)
		}
		c.confirm(unsubscribeWords[kind], kind, name)
	}
	if len(names) > 0 {
		return
	}
	if s.subs == nil || s.subs[kind].Len() == 0 {
		c.beginConfirmation(unsubscribeWords[kind])
		c.ReplyNull()
		c.ReplyInt(int64(s.subs.count(kind)))
		return
	}
	for s.subs != nil && s.subs[kind].Len() > 0 {
		t := s.subs[kind].List()[0]
		c.e.unsubscribe(s, kind, t)
		c.confirm(unsubscribeWords[kind], kind, t.Name)
	}
}

func (c *Ctx) beginConfirmation(word string) {
	c.out = protocol.AppendPush(c.out, 3, c.sess.proto)
	c.ReplyString(word)
}

func (c *Ctx) confirm(word string, kind ChannelKind, name []byte) {
	c.beginConfirmation(word)
	c.ReplyBulk(name)
	c.ReplyInt(int64(c.sess.subs.count(kind)))
}

func (e *Engine) unsubscribe(s *Session, kind ChannelKind, t *topic) {
	if s.subs == nil || !s.subs[kind].Remove(t) {
		return
	}
	e.channels[kind].Leave(t, s)
	e.charge(s, -subscriptionBytes-int64(len(t.Name)))
	if s.subs.count(Channel)+s.subs.count(ShardChannel) == 0 {
		s.subs = nil
		e.pubsubClients--
		s.classify()
	}
}

// unsubscribeAll ends all subscriptions of a session without telling it.
func (e *Engine) unsubscribeAll(s *Session) {
	for kind := range channelKinds {
		for s.subs != nil && s.subs[kind].Len() > 0 {
			e.unsubscribe(s, kind, s.subs[kind].List()[0])
		}
	}
}

// classify takes over that the session has come to have subscriptions, has lost the
// last one, or speaks another version of the protocol. With RESP2, which cannot tell
// a message from a reply, a subscriber may do little else.
func (s *Session) classify() {
	s.gates &^= gateSubscriber
	if s.subs != nil && s.proto == protocol.V2 {
		s.gates |= gateSubscriber
	}
	s.peer.Outbox.Classify(s.subs != nil || s.monitors)
}

// Publish sends a message to the subscribers of a channel, of its name or of patterns
// that match it, and returns how many they are.
func (e *Engine) Publish(channel, payload []byte) (receivers int) {
	receivers = e.publish(Channel, channel, payload)
	for _, t := range e.channels[Pattern].Topics() {
		if !glob.Match(t.Name, channel) {
			continue
		}
		receivers += len(t.Subscribers())
		e.pushEach(t, func(m *Message, proto int) {
			m.Data = protocol.AppendPush(m.Data, 4, proto)
			m.Data = protocol.AppendBulkString(m.Data, "pmessage")
			m.Data = protocol.AppendBulk(m.Data, t.Name)
			m.Data = protocol.AppendBulk(m.Data, channel)
			m.Data = protocol.AppendBulk(m.Data, payload)
		})
	}
	return receivers
}

// PublishShard sends a message to the subscribers of a shard channel.
func (e *Engine) PublishShard(channel, payload []byte) (receivers int) {
	return e.publish(ShardChannel, channel, payload)
}

func (e *Engine) publish(kind ChannelKind, channel, payload []byte) (receivers int) {
	t := e.channels[kind].Find(channel)
	if t == nil {
		return 0
	}
	word := "message"
	if kind == ShardChannel {
		word = "smessage"
	}
	e.pushEach(t, func(m *Message, proto int) {
		m.Data = protocol.AppendPush(m.Data, 3, proto)
		m.Data = protocol.AppendBulkString(m.Data, word)
		m.Data = protocol.AppendBulk(m.Data, channel)
		m.Data = protocol.AppendBulk(m.Data, payload)
	})
	return len(t.Subscribers())
}

// pushEach pushes a message to all subscribers of t; encode is called once for each
// version of the protocol that is needed.
func (e *Engine) pushEach(t *topic, encode func(m *Message, proto int)) {
	var byProto [protocol.V3 + 1]*Message
	for _, s := range t.Subscribers() {
		m := byProto[s.proto]
		if m == nil {
			m = e.messages.take()
			encode(m, s.proto)
			byProto[s.proto] = m
		}
		e.push(s, m)
	}
	for _, m := range byProto {
		if m != nil {
			m.Release()
		}
	}
}

// Channels visits the names of a kind that have subscribers, with their number.
func (e *Engine) Channels(kind ChannelKind, visit func(name string, subscribers int)) {
	for _, t := range e.channels[kind].Topics() {
		visit(string(t.Name), len(t.Subscribers()))
	}
}

// ChannelCount is the number of names of a kind that have subscribers.
func (e *Engine) ChannelCount(kind ChannelKind) int { return e.channels[kind].Len() }

// Subscribers is the number of those who have subscribed to a name.
func (e *Engine) Subscribers(kind ChannelKind, name []byte) int {
	if t := e.channels[kind].Find(name); t != nil {
		return len(t.Subscribers())
	}
	return 0
}

// PubSubClients is the number of sessions that have subscribed to anything.
func (e *Engine) PubSubClients() int { return e.pubsubClients }
