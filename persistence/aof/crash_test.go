package aof

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

// TestCrashes lives through seeded histories: records, transactions, flushes, time, rotations, rewrites, disks that
// refuse, and power cuts at any moment. After each cut the journal is loaded and continued. What must hold:
//
//   - what is loaded is a prefix of what was appended, transactions whole
//   - it holds everything that Durable covered under always, and that Synced covered under any policy
//   - when only the process dies it holds everything that Durable covered, under every policy
func TestCrashes(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		inBubble(t, fmt.Sprint(seed), func(t *testing.T) { newHistory(t, seed).run() })
	}
}

// history is one run of TestCrashes, and its model: the records, and the offset at which each was complete.
type history struct {
	t       *testing.T
	random  *rand.Rand
	crash   *fs.Crashable
	failing *fs.Failing
	records []record
	next    int
}

// record is one appended record; unit numbers the transaction or single command it belongs to.
type record struct {
	text string
	unit int
	end  int64 // offset behind its unit in the journal of this life; 0 if it was there before
}

func newHistory(t *testing.T, seed uint64) *history {
	c := fs.NewCrashable(seed)
	require.NoError(t, c.MkdirAll(path.Dir(testDir)))
	return &history{t: t, random: rand.New(rand.NewPCG(seed, 1)), crash: c, failing: fs.NewFailing(c)}
}

func (h *history) run() {
	for range 6 {
		h.live()
	}
}

// live opens the journal, works for a while, cuts the power and compares what is loaded.
func (h *history) live() {
	t := h.t
	policy := Policy(h.random.IntN(3))
	j := openJournal(t, h.failing, func(o *Options) {
		o.Policy = policy
		o.Checksum = h.random.IntN(4) > 0
		o.ChunkBytes = 1 << (5 + h.random.IntN(9))
	})
	h.failing.Inject(fs.Fault{Op: fs.OpSync, Delay: time.Duration(h.random.IntN(3)) * time.Millisecond})
	for range h.random.IntN(200) {
		h.step(j)
	}

	mode := fs.CrashModes()[h.random.IntN(len(fs.CrashModes()))]
	if mode == fs.CrashScatter {
		mode = fs.CrashTear // TestScatteredWrites is about that one
	}
	kept := j.Synced()
	if policy == Always || mode == fs.CrashKeep {
		kept = max(kept, j.Durable())
	}
	h.failing.PowerOffAt(1) // first, and all at rest: nothing must go on in what the crash has left
	synctest.Wait()
	h.crash.Crash(mode)
	j.Close()
	h.failing.PowerOffAt(0)
	h.failing.Heal()

	got, result, err := load(h.failing, nil)
	require.NoError(t, err, "%s %s", policy, mode)
	h.compare(got, kept, fmt.Sprintf("%s %s %+v", policy, mode, result))
}

func (h *history) step(j *Journal) {
	switch h.random.IntN(14) {
	case 0, 1, 2, 3:
		h.append(j, 1)
	case 4:
		h.append(j, 2+h.random.IntN(4))
	case 5, 6, 7:
		j.Flush()
	case 8:
		time.Sleep(time.Duration(h.random.IntN(3000)) * time.Microsecond)
	case 9:
		time.Sleep(time.Duration(h.random.IntN(1200)) * time.Millisecond)
	case 10:
		synctest.Wait()
	case 11:
		h.failing.Heal()
		if h.random.IntN(3) == 0 {
			op := []fs.Op{fs.OpWrite, fs.OpSync}[h.random.IntN(2)]
			h.failing.Inject(fs.Fault{Op: op, Err: unix.EIO, Forget: true,
				ShortBytes: h.random.IntN(50), Skip: h.random.IntN(2), Times: h.random.IntN(4)})
		}
	case 12:
		j.Rotate()
	case 13:
		h.rewrite(j)
	}
}

// rewrite makes a base of all records; it may fail, as the disk may.
func (h *history) rewrite(j *Journal) {
	if h.random.IntN(4) > 0 {
		return
	}
	var memory []string
	for _, record := range h.records {
		memory = append(memory, record.text)
	}
	if err := rewrite(h.t, j, []BaseFormat{BaseRDB, BaseAOF}[h.random.IntN(2)], memory); err != nil {
		require.ErrorIs(h.t, err, unix.EIO)
	}
}

// append appends a unit: one command, or a transaction around several.
func (h *history) append(j *Journal, size int) {
	unit := len(h.records)
	first := len(h.records)
	add := func(words ...string) {
		j.Append([]byte(command(words...)))
		h.records = append(h.records, record{text: strings.Join(words, " "), unit: unit})
	}
	if size > 1 {
		add("MULTI")
	}
	for range size {
		h.next++
		add("SET", fmt.Sprint(h.next), strings.Repeat("v", h.random.IntN(300)))
	}
	if size > 1 {
		add("EXEC")
	}
	for i := first; i < len(h.records); i++ {
		h.records[i].end = j.Offset()
	}
}

// compare checks what was loaded, and forgets what was lost.
func (h *history) compare(got []string, kept int64, what string) {
	t := h.t
	require.LessOrEqual(t, len(got), len(h.records), what)
	for i, text := range got {
		require.Equal(t, h.records[i].text, text, what)
	}
	if n := len(got); n < len(h.records) {
		require.Greater(t, h.records[n].end, kept, "%s: a record that was safe is gone", what)
		if n > 0 {
			require.NotEqual(t, h.records[n].unit, h.records[n-1].unit, "%s: half a transaction", what)
		}
	}
	h.records = slices.Clone(h.records[:len(got)])
	for i := range h.records {
		h.records[i].end = 0
	}
}

// TestScatteredWrites: when the disk wrote later sectors and lost earlier ones, the hole is found. It is
// either a torn tail, and what is loaded is a prefix, or it is reported as damage; never is anything else
// loaded.
func TestScatteredWrites(t *testing.T) {
	outcomes := map[bool]int{}
	for seed := range uint64(100) {
		inBubble(t, fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, seed)
			j := openJournal(t, h.failing, func(o *Options) { o.ChunkBytes = 1 << 12; o.Policy = No })
			for range 100 {
				h.append(j, 1)
				j.Flush()
			}
			synctest.Wait()
			time.Sleep(time.Second)
			h.crash.Crash(fs.CrashScatter)
			j.Close()
			got, _, err := load(h.failing, nil)
			outcomes[err == nil]++
			if err != nil {
				var damage *DamageError
				require.ErrorAs(t, err, &damage)
				return
			}
			h.compare(got, 0, "scattered")
		})
	}
	require.NotZero(t, outcomes[false])
}
