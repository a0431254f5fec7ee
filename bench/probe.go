package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// probePingEvery is the pause between two PINGs of a probe. A stall shorter than it can fall between two of them.
const probePingEvery = 500 * time.Microsecond

// probe is a connection of its own that sends PING all the time and notes the round trips: what another client would
// feel while the server is busy with something.
type probe struct {
	control   *client
	end       context.CancelFunc
	done      chan error
	latencies *hdrhistogram.Histogram // in nanoseconds
}

func startProbe(ctx context.Context, address string) (*probe, error) {
	control, err := dial(address)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	ctx, end := context.WithCancel(ctx)
	p := &probe{control: control, end: end, done: make(chan error, 1), latencies: newLatencies()}
	go func() { p.done <- p.run(ctx) }()
	return p, nil
}

func (p *probe) run(ctx context.Context) error {
	for pause(ctx, probePingEvery) == nil {
		start := time.Now()
		if _, err := p.control.do("PING"); err != nil {
			return fmt.Errorf("probe: %w", err)
		}
		record(p.latencies, int64(time.Since(start)), 1)
	}
	return nil
}

// stop ends the probe and adds its figures to a sample.
func (p *probe) stop(into sample) error {
	p.end()
	err := <-p.done
	p.control.close()
	if err == nil && p.latencies.TotalCount() == 0 {
		err = fmt.Errorf("probe: no PING was answered")
	}
	into[metricPingMax.name] = float64(p.latencies.Max()) / float64(time.Millisecond)
	into[metricPingP99.name] = float64(p.latencies.ValueAtQuantile(99)) / float64(time.Millisecond)
	return err
}

// expiryRow asks how a server gets rid of many keys that expire within one second: how late the last one is gone, and
// what another client feels meanwhile.
func expiryRow(s settings) row {
	keys := s.scaled(keysExpiring)
	return row{
		name: "expiry", title: grouped(float64(keys)) + " keys", kind: kindExpiry, setup: setup{fresh: true},
		measure: func(ctx context.Context, target *server) (sample, error) { return measureExpiry(ctx, target, keys) },
	}
}

const (
	expirySpread  = time.Second
	expiryTimeout = time.Minute // after the last deadline
	// expiryPollEvery is how often DBSIZE is asked; it is the precision of the lateness.
	expiryPollEvery = 2 * time.Millisecond
	// expiryFillRate is the slowest fill, in keys per second, that is expected to end before the first key expires. On a
	// busy machine that can fail; each further attempt expects half of it.
	expiryFillRate        = 200_000
	expiryFillAttemptsMax = 4
)

func measureExpiry(ctx context.Context, target *server, keys int) (sample, error) {
	firstDue, err := fillExpiring(ctx, target.control, keys)
	if err != nil {
		return nil, err
	}
	lastDue := firstDue.Add(expirySpread)
	if err := pause(ctx, time.Until(firstDue)); err != nil {
		return nil, err
	}

	pings, err := startProbe(ctx, target.address)
	if err != nil {
		return nil, err
	}
	result := sample{}
	gone, err := awaitEmpty(ctx, target.control, lastDue.Add(expiryTimeout))
	if errProbe := pings.stop(result); err == nil {
		err = errProbe
	}
	result[metricLate.name] = float64(gone.Sub(lastDue)) / float64(time.Millisecond)
	return result, err
}

// fillExpiring writes keys that expire evenly over one second, and returns when that second begins. All keys are there
// and none has expired when it returns.
func fillExpiring(ctx context.Context, control *client, keys int) (firstDue time.Time, err error) {
	fillTime := time.Duration(keys) * time.Second / expiryFillRate
	for range expiryFillAttemptsMax {
		firstDue = time.Now().Add(time.Second + fillTime)
		err := pourWords(func(i int) []string {
			due := firstDue.Add(expirySpread * time.Duration(i+1) / time.Duration(keys))
			return []string{"SET", numbered("key", i), loadValue, "PXAT", strconv.FormatInt(due.UnixMilli(), 10)}
		})(ctx, control, keys)
		if err != nil {
			return time.Time{}, err
		}
		present, err := control.doInt("DBSIZE")
		if err != nil {
			return time.Time{}, err
		}
		if time.Now().Before(firstDue) {
			if present != int64(keys) {
				return time.Time{}, fmt.Errorf("%d of %d keys are there before they expire", present, keys)
			}
			return firstDue, nil
		}
		if _, err := control.do("FLUSHALL"); err != nil {
			return time.Time{}, err
		}
		fillTime *= 2
	}
	return time.Time{}, fmt.Errorf("filling took longer than %v, keys expired meanwhile", fillTime/2)
}

// awaitEmpty waits until the server holds no key and returns when that was.
func awaitEmpty(ctx context.Context, control *client, deadline time.Time) (time.Time, error) {
	for {
		present, err := control.doInt("DBSIZE")
		now := time.Now()
		if err != nil || present == 0 {
			return now, err
		}
		if now.After(deadline) {
			return now, fmt.Errorf("%d keys are still there %v after the last deadline", present, expiryTimeout)
		}
		if err := pause(ctx, expiryPollEvery); err != nil {
			return now, err
		}
	}
}
