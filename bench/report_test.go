package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// exampleReport has a row per kind of interest, with a server that failed.
func exampleReport() report {
	throughput := rowResult{
		row: row{name: "set-p16", title: "SET, pipeline 16", kind: kindThroughput},
		servers: []serverResult{
			{name: soloName, rounds: []sample{{metricRate.name: 3e6, metricCPU.name: 0.4}}},
			{name: "redis", rounds: []sample{
				{metricRate.name: 1e6, metricCPU.name: 1}, {metricRate.name: 2e6, metricCPU.name: 0.6},
			}},
			{name: "valkey", failure: errors.New("it broke")},
		},
	}
	memory := rowResult{
		row: row{name: "memory-set", title: "members of a set", kind: kindMemory},
		servers: []serverResult{
			{name: soloName, rounds: []sample{{metricRSSPerItem.name: 30}}},
			{name: "redis", rounds: []sample{{metricRSSPerItem.name: 60}}},
			{name: "valkey", rounds: []sample{{metricRSSPerItem.name: 45}}},
		},
	}
	return report{
		When: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC),
		Rows: []reportRow{newReportRow(throughput), newReportRow(memory)},
	}
}

func TestRatioIsAgainstTheBestPeer(t *testing.T) {
	r := exampleReport()
	ratios := func(at int) (list []float64) {
		for _, entry := range r.Rows[at].Servers {
			list = append(list, entry.VsPeer)
		}
		return list
	}
	require.Equal(t, []float64{2, 1, 0}, ratios(0), "more is better; a failed server has none")
	require.Equal(t, []float64{1.5, 0.75, 1}, ratios(1), "less is better")
	require.InDelta(t, 2, r.Rows[0].ratio(r.Rows[0].Servers[0], metricCPU), 1e-9)

	alone := newReportRow(rowResult{
		row:     row{kind: kindMemory},
		servers: []serverResult{{name: soloName, rounds: []sample{{metricRSSPerItem.name: 30}}}},
	})
	require.Zero(t, alone.Servers[0].VsPeer, "without a peer there is nothing to compare with")
}

func TestTable(t *testing.T) {
	var out strings.Builder
	printed := table{out: &out}
	for _, r := range exampleReport().Rows {
		printed.row(r)
	}
	want := `
Throughput (closed loop)
                   req/s    cpu us  kernel %  client %    p50 us    p99 us  p99.9 us    max us   vs peer
SET, pipeline 16  [set-p16]
  solokv       3,000,000      0.40         -         -         -         -         -         -     2.00x
  redis        1,500,000      0.80         -         -         -         -         -         -     1.00x
  valkey       failed: it broke

Memory
                RSS B/item  used B/item    RSS MB   vs peer
members of a set  [memory-set]
  solokv              30.0            -         -     1.50x
  redis               60.0            -         -     0.75x
  valkey              45.0            -         -     1.00x
`
	require.Equal(t, want, out.String())
}

// TestTableShowsBefore: a row that compares with what was before has a second line per server, in the same columns.
func TestTableShowsBefore(t *testing.T) {
	var out strings.Builder
	printed := table{out: &out}
	printed.row(newReportRow(rowResult{
		row: row{name: "snapshot-load", title: "BGSAVE", kind: kindSaving},
		servers: []serverResult{
			{name: "redis", rounds: []sample{{
				metricStartStall.name: 20.5, metricTailRatio.name: 30.2, metricP999.name: 20100, metricSaveTime.name: 4.25,
				calmPrefix + metricP999.name: 665,
			}}},
			{name: "valkey", failure: errors.New("it broke")},
		},
	}))
	printed.row(newReportRow(rowResult{
		row: row{name: "snapshot-load-large", title: "BGSAVE of more", kind: kindSaving}, skipped: "it may need more",
	}))
	want := `
Saving under load (open loop; stall: the longest latency in the first 100 ms of saving, and in 100 ms without)
                stall ms   p99.9 x    p50 us    p99 us  p99.9 us    max us   seconds  memory x   vs peer
BGSAVE  [snapshot-load]
  redis            20.50      30.2         -         -    20,100         -      4.25         -     1.00x
    no save                                                  665
  valkey       failed: it broke
BGSAVE of more  [snapshot-load-large]
  left out: it may need more
`
	require.Equal(t, want, out.String())
}

// TestTableFits checks the width of every kind's heading: the table is read in 110 columns.
func TestTableFits(t *testing.T) {
	for _, r := range rows(settings{WithRedisBenchmark: true}) {
		var out strings.Builder
		(&table{out: &out}).row(newReportRow(rowResult{row: r}))
		for line := range strings.Lines(out.String()) {
			require.LessOrEqual(t, len(strings.TrimSpace(line)), 110, line)
		}
	}
}

func TestGrouped(t *testing.T) {
	f := func(value float64, want string) {
		t.Helper()
		require.Equal(t, want, grouped(value))
	}
	f(0, "0")
	f(999, "999")
	f(1000, "1,000")
	f(1234567.4, "1,234,567")
	f(-123456, "-123,456")
}

func TestSave(t *testing.T) {
	paths, err := exampleReport().save(filepath.Join(t.TempDir(), "results"))
	require.NoError(t, err)
	require.Len(t, paths, 2)

	text, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	var read report
	require.NoError(t, json.Unmarshal(text, &read))
	require.Len(t, read.Rows[0].Servers[1].Rounds, 2)
	require.Equal(t, 1.5e6, read.Rows[0].Servers[1].Median[metricRate.name])
	require.Equal(t, "it broke", read.Rows[0].Servers[2].Failure)

	picture, err := os.ReadFile(paths[1])
	require.NoError(t, err)
	require.Contains(t, string(picture), "set-p16")
	require.Contains(t, string(picture), "memory-set")
	decoder := xml.NewDecoder(strings.NewReader(string(picture)))
	for err == nil {
		_, err = decoder.Token()
	}
	require.ErrorIs(t, err, io.EOF, "the picture is well-formed XML")
}

func TestFailures(t *testing.T) {
	require.Equal(t, []string{"set-p16: valkey: it broke"}, exampleReport().failures())
}
