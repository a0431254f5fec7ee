package main

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"solokv/protocol"
)

// Publishing: one client publishes, others have subscribed to the channel.
//
// The loop is closed on both sides: the next batch of messages is sent when the publisher has its replies and every
// subscriber has every message. What is counted is messages that were delivered; their latency runs from the instant
// before the batch is sent until the last subscriber has read the last of them.

const (
	pubsubChannel = "channel"
	// subscribersMany is a fan-out at which delivering is all that a server does.
	subscribersMany = 1000
)

// pubsubPayload is what is published: as long as a small event.
var pubsubPayload = strings.Repeat("m", 32)

// pubsubRows asks what it costs to deliver a message.
func pubsubRows(s settings) []row {
	var list []row
	for _, shape := range []struct{ subscribers, pipeline int }{
		{subscribersMany, 1}, {subscribersMany, 16}, {1, 1}, {1, 16},
	} {
		l := publishLoad(shape.subscribers, shape.pipeline)
		title := fmt.Sprintf("PUBLISH to %s subscribers, pipeline %d: messages delivered",
			grouped(float64(shape.subscribers)), shape.pipeline)
		list = append(list, row{
			name: fmt.Sprintf("pubsub-%d-p%d", shape.subscribers, shape.pipeline), title: title, kind: kindThroughput,
			measure: func(ctx context.Context, target *server) (sample, error) {
				o, err := l.drive(ctx, target, 1, s.duration())
				if err != nil {
					return nil, err
				}
				return loadSample(o), nil
			},
		})
	}
	return list
}

func publishLoad(subscribers, pipeline int) load {
	return load{
		request: request{words: []string{"PUBLISH", pubsubChannel, pubsubPayload}, reply: publishedMessage()},
		// The last connection is the publisher's.
		connections: subscribers + 1, subscribers: subscribers, pipeline: pipeline,
	}
}

// publishedMessage is what a subscriber reads.
func publishedMessage() string {
	return string(protocol.AppendCommandStrings(nil, "message", pubsubChannel, pubsubPayload))
}

// fanOut is the state of a load that publishes.
type fanOut struct {
	publisher *socket
	batch     batch
	awaited   int // replies and messages of the batch that have not come yet
	sentNs    int64
}

func (l *loop) runPublish(ctx context.Context) error {
	f := fanOut{publisher: &l.sockets[l.load.subscribers], batch: newBatch(l.load.request, l.load.pipeline)}
	f.publisher.replies.expected = newExpectation(fmt.Sprintf(":%d\r\n", l.load.subscribers))
	subscribe := protocol.AppendCommandStrings(nil, "SUBSCRIBE", pubsubChannel)
	for i := range l.sockets[:l.load.subscribers] {
		if err := l.sockets[i].send(subscribe); err != nil {
			return err
		}
	}
	f.awaited = l.load.subscribers // of confirmations, which are as good as a batch of their own
	f.sentNs = l.clock.now()
	for {
		events, err := l.poller.wait(pollWaitMs)
		if err != nil {
			return err
		}
		nowNs := l.clock.now()
		if err := l.meter.observe(l.window, nowNs); err != nil {
			return err
		}
		if nowNs >= l.window.endNs || ctx.Err() != nil {
			return nil
		}
		for _, event := range events {
			if err := f.handle(l, &l.sockets[event.Fd], event.Events); err != nil {
				return err
			}
		}
	}
}

// handle reads what has come on a connection, and publishes the next batch when nothing is awaited.
func (f *fanOut) handle(l *loop, s *socket, event uint32) error {
	if event&unix.EPOLLOUT != 0 && len(s.unsent) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if event&^unix.EPOLLOUT == 0 {
		return nil
	}
	came, err := s.receive(l.buffer)
	if err != nil {
		return err
	}
	if f.awaited -= came; f.awaited > 0 {
		return nil
	}
	nowNs := l.clock.now()
	delivered := int64(l.load.subscribers * f.batch.requests)
	if l.window.holds(nowNs) {
		l.answered += delivered
		record(l.latencies, nowNs-f.sentNs, delivered)
	}
	f.awaited, f.sentNs = int(delivered)+f.batch.requests, nowNs
	return f.publisher.send(f.batch.bytes)
}
