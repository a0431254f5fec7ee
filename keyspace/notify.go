package keyspace

import (
	"strconv"

	"solokv/keyspace/config"
)

// Key-space notifications: events are published to two channels, that of the key and
// that of the event, as notify-keyspace-events wishes.
//
//	__keyspace@0__:mykey   del
//	__keyevent@0__:del     mykey

// notifications is notify-keyspace-events in the engine's own form.
type notifications struct {
	classes  EventClass // that are published; 0 if nothing is
	byKey    bool
	byEvent  bool
	channel  []byte // scratch
	eventArg []byte
}

// classLetters pairs our classes with those of the directive.
var classLetters = [...]struct {
	class   EventClass
	setting config.NotifyEvents
}{
	{EventGeneric, config.NotifyGeneric}, {EventString, config.NotifyString}, {EventExpired, config.NotifyExpired},
	{EventEvicted, config.NotifyEvicted}, {EventNew, config.NotifyNew}, {EventMiss, config.NotifyMiss},
	{EventList, config.NotifyList}, {EventSet, config.NotifySet}, {EventHash, config.NotifyHash},
	{EventZSet, config.NotifyZSet}, {EventStream, config.NotifyStream},
}

func (n *notifications) apply(setting config.NotifyEvents) {
	n.byKey, n.byEvent = setting&config.NotifyKeyspace != 0, setting&config.NotifyKeyevent != 0
	n.classes = 0
	if !n.byKey && !n.byEvent {
		return
	}
	for _, pair := range classLetters {
		if setting&pair.setting != 0 {
			n.classes |= pair.class
		}
	}
}

// notify publishes an event, if its class is wanted. What a replayed journal does has
// been told when it was done first.
func (c *Ctx) notify(key []byte, class EventClass, event string) {
	if c.e.notifications.classes&class != 0 && !c.replaying {
		c.e.notifications.publish(c, key, event)
	}
}

func (n *notifications) publish(c *Ctx, key []byte, event string) {
	n.eventArg = append(n.eventArg[:0], event...)
	if n.byKey {
		n.begin("__keyspace@", c.db.id)
		n.channel = append(n.channel, key...)
		c.e.Publish(n.channel, n.eventArg)
	}
	if n.byEvent {
		n.begin("__keyevent@", c.db.id)
		n.channel = append(n.channel, event...)
		c.e.Publish(n.channel, key)
	}
}

func (n *notifications) begin(prefix string, db int) {
	if cap(n.channel) > bufferKeptMax {
		n.channel = nil
	}
	n.channel = append(n.channel[:0], prefix...)
	n.channel = strconv.AppendInt(n.channel, int64(db), 10)
	n.channel = append(n.channel, "__:"...)
}
