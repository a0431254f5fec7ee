package aof

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
)

var (
	powerSeed  = flag.Uint64("seed", 1, "TestPowerCuts: the first load")
	powerLoads = flag.Int("loads", 0, "TestPowerCuts: how many loads; 0 for a few")
)

// TestPowerCuts runs seeded loads with rotations and rewrites, and cuts the power at every call that changes
// something on disk: at the first, then in another run at the second, and so on until the load comes to its end. A
// second cut comes while the machine starts again or soon after. Now and then only the process is killed, and what it
// left in the kernel meets the second cut. What must hold after each is what TestCrashes says,
// and under everysec, that what was flushed a second ago is there.
func TestPowerCuts(t *testing.T) {
	loads := *powerLoads
	switch {
	case loads == 0 && testing.Short():
		loads = 2
	case loads == 0:
		loads = 6
	}
	cuts, rewritten := 0, 0
	for seed := *powerSeed; seed < *powerSeed+uint64(loads); seed++ {
		for cutAt, off := 1, true; off && !t.Failed(); cutAt++ {
			synctest.Test(t, func(t *testing.T) {
				p := newPowerLoad(t, seed, cutAt)
				off = p.live(cutAt, 80)
				if off {
					cuts++
					p.live(1+p.random.IntN(60), 20)
					cuts++
				}
				p.live(0, 10)
				rewritten += p.rewritten
			})
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d loads, %d cuts, %d rewrites that succeeded: nothing that was safe is gone", loads, cuts, rewritten)
	require.Greater(t, cuts, 100*loads)
	require.Greater(t, rewritten, cuts/4)
}

// powerLoad is a history with rewrites.
type powerLoad struct {
	*history
	mode      fs.CrashMode // of the next cut
	what      string
	policy    Policy
	j         *Journal
	flushedAt []time.Time // of each record; zero: not yet
	killed    bool        // the last life ended with the process only
	loaded    int         // records that this life began with
	floor     int         // records that a power cut has to leave, although nothing was done since the process was killed
	running   sync.WaitGroup
	cancel    context.CancelFunc
	mu        sync.Mutex
	rewritten int
}

// newPowerLoad returns the same load for each place of the cut; only the mode of the crash differs.
func newPowerLoad(t *testing.T, seed uint64, cutAt int) *powerLoad {
	p := &powerLoad{history: newHistory(t, seed)}
	p.mode = fs.CrashMode(uint64(cutAt)+seed) % fs.CrashScatter
	p.what = fmt.Sprintf("load %d, cut at change %d: %s", seed, cutAt, p.mode)
	for _, op := range []fs.Op{fs.OpOpen, fs.OpWrite, fs.OpSync, fs.OpRename, fs.OpSyncDir} {
		p.failing.Inject(fs.Fault{Op: op, Delay: time.Duration(p.random.IntN(2000)) * time.Microsecond})
	}
	return p
}

// live runs a server for some steps, or until the change that finds the power gone, and checks what a start then
// loads. It tells whether the power was cut.
func (p *powerLoad) live(cutAt, steps int) (off bool) {
	p.failing.PowerOffAt(cutAt)
	kept := int64(0)
	if p.open() {
		for ; steps > 0 && !p.failing.IsOff(); steps-- {
			p.step()
		}
		if !p.failing.IsOff() {
			p.finish()
		}
		off = p.failing.IsOff()
		kept = p.die()
	} else {
		off = true
		p.crash.Crash(p.mode)
		p.expose()
		p.killed = false
	}
	p.failing.PowerOffAt(0)
	p.check(kept)
	p.mode = fs.CrashMode(p.random.IntN(int(fs.CrashScatter)))
	return off
}

// open continues the AOF or, now and then, starts another one beside it. It fails only where the power is cut.
func (p *powerLoad) open() bool {
	p.policy = Policy(p.random.IntN(3))
	p.what += fmt.Sprintf(" | %s", p.policy)
	o := Options{FS: p.failing, Dir: testDir, Name: testName, Policy: p.policy, Checksum: p.random.IntN(4) > 0,
		ChunkBytes: 1 << (5 + p.random.IntN(9))}
	begin := Open
	if p.random.IntN(3) == 0 {
		begin = Start
		p.what += ", provisional"
	}
	var err error
	if p.j, err = begin(o); err != nil {
		require.ErrorIs(p.t, err, fs.ErrPowerOff, p.what)
		return false
	}
	p.loaded = len(p.records)
	if p.j.InForce() {
		p.floor = p.loaded
	}
	return true
}

// expose lets those records be lost that a killed process had not synced, and nobody since.
func (p *powerLoad) expose() {
	for i := p.floor; i < p.loaded; i++ {
		p.records[i].end = 1
	}
}

func (p *powerLoad) step() {
	switch p.random.IntN(10) {
	case 0, 1, 2:
		p.append(p.j, 1)
	case 3:
		p.append(p.j, 2+p.random.IntN(3))
	case 4, 5:
		p.flush()
	case 6:
		time.Sleep(time.Duration(p.random.IntN(3000)) * time.Microsecond)
	case 7:
		p.flush()
		for range p.random.IntN(20) { // in parts, so that a cut is seen soon
			time.Sleep(50 * time.Millisecond)
			if p.failing.IsOff() {
				return
			}
		}
	case 8:
		p.rewrite()
	case 9:
		if p.cancel != nil && p.random.IntN(4) == 0 {
			p.cancel()
		}
	}
	synctest.Wait()
}

func (p *powerLoad) flush() {
	p.j.Flush()
	for len(p.flushedAt) < len(p.records) {
		p.flushedAt = append(p.flushedAt, time.Now())
	}
}

// rewrite begins a rewrite, which goes on beside. Its base is written in two parts, some time apart.
func (p *powerLoad) rewrite() {
	format := []BaseFormat{BaseRDB, BaseAOF}[p.random.IntN(2)]
	pause := time.Duration(p.random.IntN(30)) * time.Millisecond
	r, err := p.j.Rewrite(format)
	if err != nil {
		require.ErrorIs(p.t, err, ErrRewriting)
		return
	}
	var memory []string
	for _, record := range p.records {
		memory = append(memory, record.text)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	p.running.Add(1)
	go func() {
		defer p.running.Done()
		defer cancel()
		err := r.Run(ctx, func(w io.Writer) error {
			time.Sleep(pause)
			err := writeHistory(format, memory)(w)
			time.Sleep(pause)
			return err
		})
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case err == nil:
			p.rewritten++
		case !errors.Is(err, fs.ErrPowerOff) && !errors.Is(err, context.Canceled):
			p.t.Errorf("%s: %s", p.what, err)
		}
	}()
}

// finish ends a load that met no cut.
func (p *powerLoad) finish() {
	p.running.Wait()
	p.flush()
	if err := p.j.Close(); err != nil {
		require.ErrorIs(p.t, err, fs.ErrPowerOff, p.what)
	}
}

// die makes the cut complete, and returns the offset up to which records were safe.
func (p *powerLoad) die() int64 {
	cut := time.Now()
	if p.cancel != nil {
		p.cancel()
	}
	p.running.Wait()
	time.Sleep(time.Second) // calls that are on their way find the power gone
	synctest.Wait()

	kept := p.j.Synced()
	if p.j.InForce() && p.policy == Always {
		kept = max(kept, p.j.Durable())
	}
	if p.j.InForce() {
		p.floor = p.loaded
	}
	if p.j.InForce() && p.policy == EverySec {
		const slack = 100 * time.Millisecond // steps, and the delays of the disk
		for i, at := range p.flushedAt {
			if p.records[i].end > kept {
				require.Less(p.t, cut.Sub(at), syncIntervalDefault+slack, "%s: more than the last second is lost", p.what)
			}
		}
	}
	if p.killed = p.mode == fs.CrashKeep; !p.killed {
		p.crash.Crash(p.mode)
		p.expose()
	} else if p.j.InForce() {
		for p.floor < len(p.records) && p.records[p.floor].end <= kept {
			p.floor++
		}
		kept = max(kept, p.j.Durable())
	}
	p.failing.PowerOffAt(1) // it has nothing to write to
	p.j.Close()
	return kept
}

// check loads, with another cut on the way, and compares.
func (p *powerLoad) check(kept int64) {
	p.failing.PowerOffAt(0)
	if !p.killed {
		p.failing.PowerOffAt(1 + p.random.IntN(3))
	}
	got, _, err := load(p.failing, nil)
	if p.failing.IsOff() {
		require.ErrorIs(p.t, err, fs.ErrPowerOff, p.what)
		p.crash.Crash(fs.CrashMode(p.random.IntN(int(fs.CrashScatter))))
		p.failing.PowerOffAt(0)
		got, _, err = load(p.failing, nil)
	}
	p.failing.PowerOffAt(0)
	require.NoError(p.t, err, p.what)
	p.compare(got, kept, p.what)
	if p.loaded = len(p.records); !p.killed {
		p.floor = p.loaded
	}
	p.flushedAt = make([]time.Time, len(p.records))
}
