package main

import (
	"context"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMixedData counts what the first keys are: the comment of dataset.go is a promise.
func TestMixedData(t *testing.T) {
	const keys = mixKinds * mixLargeEvery * 2
	commands, elements, seen := map[string]int{}, map[string]int{}, map[string]bool{}
	for i := range keys {
		words := mixedCommand(i)
		require.Equal(t, words, mixedCommand(i), "the same everywhere")
		commands[words[0]]++
		elements[words[0]] += len(words) - 2
		seen[words[1]] = true
		if words[0] != "HSET" && words[0] != "ZADD" {
			members := slices.Clone(words[2:])
			slices.Sort(members)
			require.Len(t, slices.Compact(members), len(words)-2, "members differ")
		}
	}
	require.Len(t, seen, keys)
	of := keys / mixKinds
	require.Equal(t, map[string]int{"SET": 6 * of, "HSET": of, "SADD": of, "ZADD": of, "RPUSH": of}, commands)
	perType := (of-2)*mixElements + 2*mixElementsLarge
	require.Equal(t, perType, elements["SADD"])
	require.Equal(t, 2*perType, elements["ZADD"])
}

func TestWarm(t *testing.T) {
	folder := t.TempDir()
	_, err := warm(folder)
	require.ErrorContains(t, err, "is empty")
	_, err = warm(filepath.Join(folder, "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)

	require.NoError(t, os.WriteFile(filepath.Join(folder, "a"), make([]byte, 100), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "b"), make([]byte, 23), 0o600))
	bytes, err := warm(folder)
	require.NoError(t, err)
	require.Equal(t, int64(123), bytes)
	bytes, err = warm(filepath.Join(folder, "a"))
	require.NoError(t, err)
	require.Equal(t, int64(100), bytes)
}

// TestRowWithoutMemory is left out, says why, and fails nothing.
func TestRowWithoutMemory(t *testing.T) {
	measured := 0
	list := []row{
		{
			name: "huge", kind: kindSaving, setup: setup{fresh: true}, serverBytes: math.MaxInt64,
			measure: func(context.Context, *server) (sample, error) { measured++; return sample{}, nil },
		},
	}
	bar := &progress{out: io.Discard}
	c := newComparison([]contender{{name: "a"}, {name: "b"}}, list, settings{Rounds: 2}, bar)
	var results []rowResult
	require.NoError(t, c.run(context.Background(), func(r rowResult) { results = append(results, r) }))
	require.Zero(t, measured)
	require.Contains(t, results[0].skipped, "GB of memory")
	require.Equal(t, bar.steps, bar.stepsDone)

	r := report{Rows: []reportRow{newReportRow(results[0])}}
	require.Empty(t, r.failures())
	drawn, err := drawPicture(r, filepath.Join(t.TempDir(), "x.svg"))
	require.NoError(t, err)
	require.False(t, drawn, "there is nothing to draw")
}

// TestFilesEndToEnd saves and loads small data sets with a real server, beside one whose administrator has taken the
// commands away: it fails with the server's own words, and the other goes on.
func TestFilesEndToEnd(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: the end-to-end run of saving and loading is left out")
	}
	plan, err := planCores(nil, nil)
	require.NoError(t, err)
	starts, err := newLauncher(plan.server)
	require.NoError(t, err)
	s := settings{Seconds: 0.1, Rounds: 1, launcher: starts, clientLoops: 1}
	size := []saveSize{{"", 5000}}
	list := append(savingRows(s, size), fileRows(s, size)...)
	var folder string
	start := list[4].measure
	list[4].measure = func(ctx context.Context, target *server) (sample, error) {
		folder = target.folder
		before := target.pid
		measured, err := start(ctx, target)
		require.NotEqual(t, before, target.pid)
		return measured, err
	}

	without := []string{path}
	for _, command := range []string{"BGSAVE", "BGREWRITEAOF", "SAVE"} {
		without = append(without, "--rename-command", command, "refused-"+command)
	}
	c := newComparison([]contender{{"redis", []string{path}}, {"without", without}}, list, s, &progress{out: io.Discard})
	var results []rowResult
	require.NoError(t, c.run(context.Background(), func(r rowResult) { results = append(results, r) }))

	require.Len(t, results, 5)
	for i, result := range results {
		require.NoError(t, result.servers[0].failure, list[i].name)
		for _, m := range list[i].kind.metrics {
			require.Positive(t, result.servers[0].rounds[0][m.name], "%s: %s", list[i].name, m.name)
		}
	}
	require.ErrorContains(t, results[0].servers[1].failure, "BGSAVE: error reply: ERR unknown command")
	require.ErrorContains(t, results[1].servers[1].failure, "BGREWRITEAOF: error reply: ERR unknown command")
	require.ErrorContains(t, results[2].servers[1].failure, "SAVE: error reply: ERR unknown command")
	require.ErrorContains(t, results[3].servers[1].failure, "SAVE: error reply: ERR unknown command")
	require.NoError(t, results[4].servers[1].failure, "a journal needs no command")
	require.NoDirExists(t, folder)
}

// TestStartFindsMissingKeys: a server that loads less than it saved has no speed.
func TestStartFindsMissingKeys(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: the check for missing keys is left out")
	}
	plan, err := planCores(nil, nil)
	require.NoError(t, err)
	starts, err := newLauncher(plan.server)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	target, err := startServer(ctx, starts, contender{"redis", []string{path}}, "")
	require.NoError(t, err)
	defer target.stop()
	require.NoError(t, fillMixed(ctx, target.control, 100))
	_, err = measureSave(target, 100)
	require.NoError(t, err)
	_, err = measureStart(ctx, target, starts, target.snapshotPath(), 101)
	require.ErrorContains(t, err, "100 of 101 keys")
}
