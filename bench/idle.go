package main

import (
	"context"
	"fmt"
	"time"
)

// idleTime is how long an idle server is watched.
const idleTime = 5 * time.Second

// idleRow asks what a server costs when nobody asks it anything.
func idleRow(s settings, connections int) row {
	watch := idleTime
	if s.Quick {
		watch /= 2
	}
	return row{
		name: fmt.Sprintf("idle-c%d", connections), title: fmt.Sprintf("%d idle connections", connections),
		kind: kindIdle, setup: setup{fresh: true},
		measure: func(ctx context.Context, target *server) (sample, error) {
			return measureIdle(ctx, target, connections, watch)
		},
	}
}

func measureIdle(ctx context.Context, target *server, connections int, watch time.Duration) (sample, error) {
	var idle []*client
	defer func() {
		for _, c := range idle {
			c.close()
		}
	}()
	for range connections {
		c, err := dial(target.address)
		if err != nil {
			return nil, err
		}
		idle = append(idle, c)
		// A round trip makes sure that the server has accepted the connection and will not do so while it is watched.
		if _, err := c.do("PING"); err != nil {
			return nil, err
		}
	}
	if err := pause(ctx, settleTime); err != nil {
		return nil, err
	}

	start := time.Now()
	before, err := readCPU(target.pid)
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, watch); err != nil {
		return nil, err
	}
	after, err := readCPU(target.pid)
	if err != nil {
		return nil, err
	}
	rss, err := readRSS(target.pid)
	if err != nil {
		return nil, err
	}
	return sample{
		metricIdleCPU.name: 100 * after.minus(before).total.Seconds() / time.Since(start).Seconds(),
		metricRSS.name:     float64(rss) / 1e6,
	}, nil
}
