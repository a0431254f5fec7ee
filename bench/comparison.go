package main

import (
	"context"
	"fmt"
)

// comparison puts the rows to the contenders, round by round.
type comparison struct {
	contenders []contender
	rows       []row
	settings   settings
	progress   *progress
	fleet      fleet
	versions   map[string]string // by contender
}

// rowResult is what a row gave, in the order of the contenders.
type rowResult struct {
	row     row
	servers []serverResult
	skipped string // why the row was left out, "" if it was not
}

// serverResult is what one contender showed in one row. After a failure it has the rounds measured before it.
type serverResult struct {
	name    string
	rounds  []sample
	failure error
}

func newComparison(contenders []contender, list []row, s settings, p *progress) *comparison {
	return &comparison{
		contenders: contenders, rows: list, settings: s, progress: p,
		fleet:    fleet{launcher: s.launcher, running: map[string]*server{}},
		versions: map[string]string{},
	}
}

// run measures everything and hands over each row's result as soon as it is complete. When interrupted it stops
// between two rows, and the incomplete row is dropped. No server is left when it returns.
func (c *comparison) run(ctx context.Context, done func(rowResult)) error {
	defer c.fleet.stopAll()
	steps := 0
	for _, r := range c.rows {
		steps += c.rounds(r) * len(c.contenders)
	}
	c.progress.plan(steps)
	for _, r := range c.rows {
		result := c.measureRow(ctx, r)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done(result)
	}
	return nil
}

func (c *comparison) rounds(r row) int {
	if r.once {
		return 1
	}
	return c.settings.Rounds
}

// measureRow alternates the contenders (A B C A B C ...). A contender that fails once is not asked again in this row.
func (c *comparison) measureRow(ctx context.Context, r row) rowResult {
	if why := c.shortOfMemory(r); why != "" {
		c.progress.skip(c.rounds(r) * len(c.contenders))
		return rowResult{row: r, skipped: why}
	}
	result := rowResult{row: r, servers: make([]serverResult, len(c.contenders))}
	for i := range result.servers {
		result.servers[i].name = c.contenders[i].name
	}
	for round := range c.rounds(r) {
		for i, contender := range c.contenders {
			at := &result.servers[i]
			c.progress.step(fmt.Sprintf("%s, round %d of %d, %s", r.name, round+1, c.rounds(r), contender.name))
			if at.failure != nil || ctx.Err() != nil {
				continue
			}
			measured, err := c.measureOnce(ctx, r, contender)
			if err != nil {
				at.failure = err
				continue
			}
			at.rounds = append(at.rounds, measured)
		}
	}
	return result
}

// shortOfMemory says so if a row needs more memory than the machine has. Servers of an earlier setup are ended first.
func (c *comparison) shortOfMemory(r row) string {
	c.fleet.change(r.setup)
	if r.serverBytes == 0 || len(c.fleet.running) > 0 {
		return ""
	}
	available, err := readMemoryAvailable()
	if err != nil {
		return err.Error()
	}
	needed := r.serverBytes
	if !r.setup.fresh {
		needed *= int64(len(c.contenders)) // all of them are up
	}
	if needed <= available {
		return ""
	}
	return fmt.Sprintf("it may need %.1f GB of memory, and %.1f GB are free", float64(needed)/1e9, float64(available)/1e9)
}

func (c *comparison) measureOnce(ctx context.Context, r row, from contender) (sample, error) {
	target, err := c.fleet.ready(ctx, from, r.setup)
	if err != nil {
		return nil, err
	}
	c.versions[from.name] = target.version
	measured, err := r.measure(ctx, target)
	if err != nil || r.setup.fresh {
		if err != nil && !target.alive() {
			err = fmt.Errorf("%w; the server is gone, its log ends with: %s", err, target.logTail())
		}
		c.fleet.stop(from.name)
	}
	return measured, err
}

// fleet holds the servers that are up. All of them are in the same setup.
type fleet struct {
	launcher *launcher
	setup    setup
	running  map[string]*server // by contender
}

// ready returns a server in the given state: one that is up, or a new one.
func (f *fleet) ready(ctx context.Context, c contender, needs setup) (*server, error) {
	f.change(needs)
	if target := f.running[c.name]; target != nil {
		if target.alive() {
			return target, nil
		}
		f.stop(c.name)
	}
	target, err := startServer(ctx, f.launcher, c, needs.fsync)
	if err != nil {
		return nil, err
	}
	f.running[c.name] = target
	if err := fill(ctx, target, needs); err != nil {
		f.stop(c.name)
		return nil, err
	}
	return target, nil
}

// change ends the servers if they are in another state than the given one.
func (f *fleet) change(needs setup) {
	if needs != f.setup {
		f.stopAll()
		f.setup = needs
	}
}

func (f *fleet) stop(name string) {
	if target := f.running[name]; target != nil {
		target.stop()
		delete(f.running, name)
	}
}

func (f *fleet) stopAll() {
	for name := range f.running {
		f.stop(name)
	}
}
