package command

import (
	"solokv/keyspace"
	"solokv/keyspace/glob"
	"solokv/protocol"
)

// SUBSCRIBE, PUBLISH and their relatives: see keyspace/pubsub.go.

func pubsubCommands() []*keyspace.Command {
	const listen = keyspace.PubSub | keyspace.NoScript | keyspace.Loading | keyspace.Stale | keyspace.Subscriber |
		keyspace.Confirms
	const publish = keyspace.PubSub | keyspace.Loading | keyspace.Stale | keyspace.Fast | keyspace.MayReplicate
	shardKeys := keyspace.ManyKeys(keyspace.KeyNotKey, 1)
	channels := keyspace.ChannelSpec{Begin: 1, Last: -1}
	commands := []*keyspace.Command{
		{Name: "subscribe", Arity: -2, Flags: listen, Since: "2.0.0", Syntax: "channel [channel ...]",
			Complexity: "O(N) where N is the number of channels to subscribe to.",
			Summary:    "Listens to channels.", Channels: channels, Handler: subscribe(keyspace.Channel)},
		{Name: "psubscribe", Arity: -2, Flags: listen, Since: "2.0.0", Syntax: "pattern [pattern ...]",
			Complexity: "O(N) where N is the number of patterns to subscribe to.",
			Summary:    "Listens to all channels that match a pattern.",
			Channels:   keyspace.ChannelSpec{Begin: 1, Last: -1, Pattern: true}, Handler: subscribe(keyspace.Pattern)},
		{Name: "ssubscribe", Arity: -2, Flags: listen, Since: "7.0.0", Syntax: "shardchannel [shardchannel ...]",
			Complexity: "O(N) where N is the number of shard channels to subscribe to.", Keys: shardKeys,
			Summary: "Listens to shard channels.", Channels: channels, Handler: subscribe(keyspace.ShardChannel)},
		{Name: "unsubscribe", Arity: -1, Flags: listen, Since: "2.0.0", Syntax: "[channel [channel ...]]",
			Complexity: "O(N) where N is the number of channels to unsubscribe.",
			Summary:    "Stops listening to channels.", Handler: unsubscribe(keyspace.Channel)},
		{Name: "punsubscribe", Arity: -1, Flags: listen, Since: "2.0.0", Syntax: "[pattern [pattern ...]]",
			Complexity: "O(N) where N is the number of patterns to unsubscribe.",
			Summary:    "Stops listening to channels that match a pattern.", Handler: unsubscribe(keyspace.Pattern)},
		{Name: "sunsubscribe", Arity: -1, Flags: listen, Since: "7.0.0", Syntax: "[shardchannel [shardchannel ...]]",
			Complexity: "O(N) where N is the number of shard channels to unsubscribe.", Keys: shardKeys,
			Summary: "Stops listening to shard channels.", Handler: unsubscribe(keyspace.ShardChannel)},
		{Name: "publish", Arity: 3, Flags: publish, Since: "2.0.0", Syntax: "channel message",
			Complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the" +
				" total number of subscribed patterns (by any client).",
			Summary: "Sends a message to a channel.", Channels: keyspace.ChannelSpec{Begin: 1}, Handler: publishMessage},
		{Name: "spublish", Arity: 3, Flags: publish, Since: "7.0.0", Syntax: "shardchannel message",
			Complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
			Keys:       keyspace.OneKey(keyspace.KeyNotKey),
			Summary:    "Sends a message to a shard channel.", Channels: keyspace.ChannelSpec{Begin: 1}, Handler: publishShard},
		{Name: "pubsub", Arity: -2, Since: "2.8.0", Complexity: "Depends on subcommand.",
			Summary: "A container for commands about publish and subscribe.", Subcommands: pubsubSubcommands()},
	}
	for _, cmd := range commands {
		cmd.Group = groupPubSub
	}
	return commands
}

func pubsubSubcommands() []*keyspace.Command {
	const flags = keyspace.PubSub | keyspace.Loading | keyspace.Stale
	const perChannel = "O(N) where N is the number of active channels, and assuming constant time pattern matching" +
		" (relatively short channels and patterns)"
	return []*keyspace.Command{
		{Name: "channels", Arity: -2, Flags: flags, Since: "2.8.0", Complexity: perChannel, Syntax: "[pattern]",
			Summary: "Lists the channels that somebody listens to.", Handler: pubsubChannels(keyspace.Channel)},
		{Name: "help", Arity: 2, Flags: keyspace.Loading | keyspace.Stale, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Describes the subcommands.", Handler: pubsubHelp},
		{Name: "numpat", Arity: 2, Flags: flags, Since: "2.8.0", Complexity: "O(1)",
			Summary: "Counts the patterns that somebody listens to.", Handler: pubsubNumPat},
		{Name: "numsub", Arity: -2, Flags: flags, Since: "2.8.0", Syntax: "[channel [channel ...]]",
			Complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
			Summary:    "Counts those who listen to channels.", Handler: pubsubNumSub(keyspace.Channel)},
		{Name: "shardchannels", Arity: -2, Flags: flags, Since: "7.0.0", Complexity: perChannel, Syntax: "[pattern]",
			Summary: "Lists the shard channels that somebody listens to.",
			Handler: pubsubChannels(keyspace.ShardChannel)},
		{Name: "shardnumsub", Arity: -2, Flags: flags, Since: "7.0.0", Syntax: "[shardchannel [shardchannel ...]]",
			Complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
			Summary:    "Counts those who listen to shard channels.", Handler: pubsubNumSub(keyspace.ShardChannel)},
	}
}

var pubsubHelp = help("pubsub",
	"CHANNELS [<pattern>]",
	"    Return the channels that somebody listens to, and that match a <pattern> (default: '*').",
	"NUMPAT",
	"    Return the number of patterns that somebody listens to.",
	"NUMSUB [<channel> ...]",
	"    Return the number of those who listen to each channel, not through patterns.",
	"SHARDCHANNELS [<pattern>]",
	"    Return the shard channels that somebody listens to, and that match a <pattern> (default: '*').",
	"SHARDNUMSUB [<shardchannel> ...]",
	"    Return the number of those who listen to each shard channel.",
)

func subscribe(kind keyspace.ChannelKind) keyspace.Handler {
	return func(c *keyspace.Ctx) error {
		c.Subscribe(kind, c.Args()[1:])
		return nil
	}
}

func unsubscribe(kind keyspace.ChannelKind) keyspace.Handler {
	return func(c *keyspace.Ctx) error {
		c.Unsubscribe(kind, c.Args()[1:])
		return nil
	}
}

func publishMessage(c *keyspace.Ctx) error {
	return c.ReplyInt(int64(c.Engine().Publish(c.Arg(1), c.Arg(2))))
}

func publishShard(c *keyspace.Ctx) error {
	return c.ReplyInt(int64(c.Engine().PublishShard(c.Arg(1), c.Arg(2))))
}

func pubsubChannels(kind keyspace.ChannelKind) keyspace.Handler {
	return func(c *keyspace.Ctx) error {
		if c.Argc() > 3 {
			return errSubcommandArguments(c)
		}

		mark, n := c.ReplyMark(), 0
		c.Engine().Channels(kind, func(name string, _ int) {
			if c.Argc() == 2 || glob.Match(c.Arg(2), []byte(name)) {
				c.ReplyString(name)
				n++
			}
		})
		c.ReplyArrayAt(mark, n)
		return nil
	}
}

func pubsubNumPat(c *keyspace.Ctx) error {
	return c.ReplyInt(int64(c.Engine().ChannelCount(keyspace.Pattern)))
}

func pubsubNumSub(kind keyspace.ChannelKind) keyspace.Handler {
	return func(c *keyspace.Ctx) error {
		channels := c.Args()[2:]
		c.ReplyArray(2 * len(channels))
		for _, channel := range channels {
			c.ReplyBulk(channel)
			c.ReplyInt(int64(c.Engine().Subscribers(kind, channel)))
		}
		return nil
	}
}

// pingSubscriber is PING of a client that has subscribed and speaks RESP2: it reads
// nothing but messages.
func pingSubscriber(c *keyspace.Ctx) error {
	c.ReplyArray(2)
	c.ReplyString("pong")
	if c.Argc() == 2 {
		return c.ReplyBulk(c.Arg(1))
	}
	return c.ReplyString("")
}

func isRESP2Subscriber(c *keyspace.Ctx) bool {
	return c.Proto() == protocol.V2 && c.Session().InPubSub()
}
