package main

import (
	"context"

	"golang.org/x/sys/unix"
)

// runClosed is the closed loop: every connection sends a batch, waits for all its replies, and sends the next one. It
// finds the highest throughput that the server sustains with so many connections.
//
// The latency of a batch runs from the instant before it is sent until its last reply has been read, and counts once
// per request. (redis-benchmark stops at the first readable event of the batch; ours is the longer one.)
func (l *loop) runClosed(ctx context.Context) error {
	conns := make([]closedConn, len(l.sockets))
	for i := range conns {
		conns[i] = closedConn{socket: &l.sockets[i], batch: newBatch(l.load.request, l.load.pipeline)}
		if err := conns[i].next(l, l.clock.now()); err != nil {
			return err
		}
	}
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
			if err := conns[event.Fd].handle(l, event.Events); err != nil {
				return err
			}
		}
	}
}

// closedConn is a connection of the closed loop.
type closedConn struct {
	socket  *socket
	batch   batch
	awaited int   // replies of the batch that have not come yet
	sentNs  int64 // when the batch was sent
}

// next sends the next batch.
func (c *closedConn) next(l *loop, nowNs int64) error {
	c.batch.randomize(l.random, uint64(l.load.keys))
	c.awaited, c.sentNs = c.batch.requests, nowNs
	return c.socket.send(c.batch.bytes)
}

// handle reacts to an event of the connection.
func (c *closedConn) handle(l *loop, event uint32) error {
	if event&unix.EPOLLOUT != 0 && len(c.socket.unsent) > 0 {
		if err := c.socket.flush(); err != nil {
			return err
		}
	}
	if event&^unix.EPOLLOUT == 0 {
		return nil
	}
	replies, err := c.socket.receive(l.buffer)
	if err != nil {
		return err
	}
	c.awaited -= replies
	if c.awaited > 0 {
		return nil
	}
	nowNs := l.clock.now()
	if l.window.holds(nowNs) {
		l.answered += int64(c.batch.requests)
		record(l.latencies, nowNs-c.sentNs, int64(c.batch.requests))
	}
	return c.next(l, nowNs)
}
