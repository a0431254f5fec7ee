package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// report is everything that is known after a run.
type report struct {
	When     time.Time      `json:"when"`
	Machine  machine        `json:"machine"`
	Settings settings       `json:"settings"`
	Servers  []reportServer `json:"servers"`
	Rows     []reportRow    `json:"rows"`
}

type reportServer struct {
	Name    string `json:"name"`
	Command string `json:"command"`
	Version string `json:"version"`
}

type reportRow struct {
	Name    string        `json:"name"`
	Title   string        `json:"title"`
	Kind    string        `json:"kind"`
	Servers []reportEntry `json:"servers"`
	Skipped string        `json:"skipped,omitempty"` // why the row was left out
	kind    *kind
}

// reportEntry is one server's part of a row.
type reportEntry struct {
	Name    string   `json:"name"`
	Failure string   `json:"failure,omitempty"`
	Median  sample   `json:"median,omitempty"` // nil after a failure
	VsPeer  float64  `json:"vs_peer,omitempty"`
	Rounds  []sample `json:"rounds,omitempty"`
}

// newReportRow takes medians and compares each server with the best peer.
func newReportRow(result rowResult) reportRow {
	r := reportRow{
		Name: result.row.name, Title: result.row.title, Kind: result.row.kind.title, kind: result.row.kind,
		Skipped: result.skipped,
	}
	for _, from := range result.servers {
		entry := reportEntry{Name: from.name, Rounds: from.rounds}
		if from.failure != nil {
			entry.Failure = from.failure.Error()
		} else {
			entry.Median = medianSample(from.rounds)
		}
		r.Servers = append(r.Servers, entry)
	}
	r.compare()
	return r
}

// compare sets each server's ratio to the best peer in the row's first metric, turned so that more than 1 is better
// than that peer.
func (r *reportRow) compare() {
	for i := range r.Servers {
		if r.Servers[i].Median != nil {
			r.Servers[i].VsPeer = r.ratio(r.Servers[i], r.kind.metrics[0])
		}
	}
}

// ratio compares one server with the best peer in a metric. It returns 0 if there is nothing to compare with.
func (r *reportRow) ratio(entry reportEntry, by metric) float64 {
	best := 0.0
	for _, other := range r.Servers {
		value := other.Median[by.name]
		if other.Name == soloName || value <= 0 {
			continue
		}
		if best == 0 || (value > best) == (by.better == moreIsBetter) {
			best = value
		}
	}
	value := entry.Median[by.name]
	if best == 0 || value <= 0 {
		return 0
	}
	if by.better == lessIsBetter {
		return best / value
	}
	return value / best
}

const (
	nameWidth   = 14
	columnWidth = 9 // without the blank before it
	ratioTitle  = "vs peer"
)

// table writes the tables as text. Column titles are repeated where the kind of row changes.
type table struct {
	out  io.Writer
	kind *kind
}

// heading writes what the reader needs before the first row.
func (t *table) heading(r report) {
	m := r.Machine
	fmt.Fprintf(t.out, "%s, %d cores, %.0f GB, Linux %s, %s; servers on cores %v, client on %v\n",
		m.CPU, m.CoresUsable, float64(m.MemoryBytes)/1e9, m.Kernel, m.Go, m.ServerCores, m.ClientCores)
	fmt.Fprintf(t.out, "medians of %d alternating rounds of %v s; ", r.Settings.Rounds, r.Settings.Seconds)
	fmt.Fprintln(t.out, "vs peer: a row's first column against the best peer, more is better")
}

func (t *table) row(r reportRow) {
	if r.kind != t.kind {
		t.kind = r.kind
		fmt.Fprintf(t.out, "\n%s\n%-*s", r.kind.title, nameWidth, "")
		for _, m := range r.kind.metrics {
			fmt.Fprintf(t.out, " %*s", widthOf(m), m.title)
		}
		fmt.Fprintf(t.out, " %*s\n", columnWidth, ratioTitle)
	}
	fmt.Fprintf(t.out, "%s  [%s]\n", r.Title, r.Name)
	if r.Skipped != "" {
		fmt.Fprintf(t.out, "  left out: %s\n", r.Skipped)
	}
	for _, entry := range r.Servers {
		fmt.Fprintf(t.out, "  %-*s", nameWidth-2, entry.Name)
		if entry.Median == nil {
			fmt.Fprintf(t.out, " failed: %s\n", entry.Failure)
			continue
		}
		for _, m := range r.kind.metrics {
			fmt.Fprintf(t.out, " %*s", widthOf(m), formatValue(entry.Median, m))
		}
		fmt.Fprintf(t.out, " %*s\n", columnWidth, formatRatio(entry.VsPeer))
		if r.kind.beforePrefix != "" {
			t.before(entry, r.kind)
		}
	}
}

// before writes a server's second line.
func (t *table) before(entry reportEntry, k *kind) {
	line := fmt.Sprintf("    %-*s", nameWidth-4, k.beforeLabel)
	for _, m := range k.metrics {
		text := ""
		earlier := m
		earlier.name = k.beforePrefix + m.name
		if _, known := entry.Median[earlier.name]; known {
			text = formatValue(entry.Median, earlier)
		}
		line += fmt.Sprintf(" %*s", widthOf(m), text)
	}
	fmt.Fprintln(t.out, strings.TrimRight(line, " "))
}

func widthOf(m metric) int { return max(columnWidth, len(m.title)+1) }

func formatValue(from sample, m metric) string {
	value, known := from[m.name]
	switch {
	case !known:
		return "-"
	case m.digits == 0:
		return grouped(value)
	default:
		return strconv.FormatFloat(value, 'f', m.digits, 64)
	}
}

func formatRatio(ratio float64) string {
	if ratio == 0 {
		return "-"
	}
	return strconv.FormatFloat(ratio, 'f', 2, 64) + "x"
}

// save writes the report as JSON and as a picture into a folder, under a name with the time, and returns the paths.
func (r report) save(folder string) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	stem := filepath.Join(folder, "bench-"+r.When.UTC().Format("20060102-150405"))
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if err := os.WriteFile(stem+".json", append(text, '\n'), 0o644); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	paths := []string{stem + ".json"}
	drawn, err := drawPicture(r, stem+".svg")
	if drawn {
		paths = append(paths, stem+".svg")
	}
	return paths, err
}

// failures lists what did not work, for the exit status.
func (r report) failures() []string {
	var list []string
	for _, row := range r.Rows {
		for _, entry := range row.Servers {
			if entry.Failure != "" {
				list = append(list, strings.Join([]string{row.Name, entry.Name, entry.Failure}, ": "))
			}
		}
	}
	return list
}
