package main

import (
	"bytes"
	"fmt"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// panel is one chart of the picture: a metric over the rows of a kind, a group of bars per row, a bar per server.
type panel struct {
	title  string
	kind   *kind
	metric metric
	// relative panels show each server's ratio to the best peer: rows whose values are far apart stay comparable.
	relative bool
}

var panels = []panel{
	{"Throughput, best peer = 1 (more is better)", kindThroughput, metricRate, true},
	{"Requests per server CPU second, best peer = 1 (more is better)", kindThroughput, metricCPU, true},
	{"p99.9 latency in us, open loop (less is better)", kindTail, metricP999, false},
	{"Resident bytes per item (less is better)", kindMemory, metricRSSPerItem, false},
	{"Last key late, ms (less is better)", kindExpiry, metricLate, false},
	{"Longest stall in the first 100 ms of saving, ms (less is better)", kindSaving, metricStartStall, false},
	{"p99.9 latency while saving, without = 1 (less is better)", kindSaving, metricTailRatio, false},
	{"Peak memory while saving, before = 1 (less is better)", kindSaving, metricPeakRatio, false},
	{"Keys/s saved by an idle server, best peer = 1 (more is better)", kindSave, metricKeyRate, true},
	{"Keys/s loaded at start, best peer = 1 (more is better)", kindLoad, metricKeyRate, true},
}

// barColors are told apart with impaired colour vision too (after Okabe and Ito); SoloKV comes first.
var barColors = []color.Color{
	color.RGBA{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
	color.RGBA{R: 0x56, G: 0xb4, B: 0xe9, A: 0xff},
	color.RGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff},
	color.RGBA{R: 0x00, G: 0x9e, B: 0x73, A: 0xff},
	color.RGBA{R: 0xcc, G: 0x79, B: 0xa7, A: 0xff},
	color.RGBA{R: 0x99, G: 0x99, B: 0x99, A: 0xff},
}

const (
	panelHeight   = 7.5 * vg.Centimeter
	groupWidth    = 1.6 * vg.Centimeter // one row's bars and the space around them
	panelWidthMin = 16 * vg.Centimeter
	panelMargin   = 3 * vg.Centimeter // axis and legend
)

// drawPicture writes the charts for which there are rows, one below the other. It reports whether there were any.
func drawPicture(r report, path string) (bool, error) {
	plot.DefaultFont.Variant = "Sans"
	var plots []*plot.Plot
	width := panelWidthMin
	for _, p := range panels {
		var chosen []reportRow
		for _, row := range r.Rows {
			if row.kind == p.kind && row.Skipped == "" {
				chosen = append(chosen, row)
			}
		}
		if len(chosen) == 0 {
			continue
		}
		chart, err := p.draw(chosen)
		if err != nil {
			return false, fmt.Errorf("picture: %w", err)
		}
		plots = append(plots, chart)
		width = max(width, vg.Length(len(chosen))*groupWidth+panelMargin)
	}
	if len(plots) == 0 {
		return false, nil
	}

	canvas := vgsvg.New(width, panelHeight*vg.Length(len(plots)))
	area := draw.New(canvas)
	for i, chart := range plots {
		above, below := panelHeight*vg.Length(i), panelHeight*vg.Length(len(plots)-1-i)
		chart.Draw(draw.Crop(area, 0, 0, below, -above))
	}
	var text bytes.Buffer
	if _, err := canvas.WriteTo(&text); err != nil {
		return false, fmt.Errorf("picture: %w", err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return false, fmt.Errorf("picture: %w", err)
	}
	return true, nil
}

// draw makes the chart of a panel from the rows of its kind, all of which have the same servers in the same order.
func (p panel) draw(rows []reportRow) (*plot.Plot, error) {
	chart := plot.New()
	chart.Title.Text = p.title
	chart.BackgroundColor = color.White
	chart.Y.Min = 0
	chart.Legend.Top = true
	chart.Add(plotter.NewGrid())

	servers := rows[0].Servers
	barWidth := groupWidth * 0.8 / vg.Length(len(servers))
	yMax := 0.0
	for at, server := range servers {
		values := make(plotter.Values, len(rows))
		for i, row := range rows {
			values[i] = p.value(row, row.Servers[at])
			yMax = max(yMax, values[i])
		}
		bars, err := plotter.NewBarChart(values, barWidth)
		if err != nil {
			return nil, err
		}
		bars.Color = barColors[at%len(barColors)]
		bars.LineStyle.Width = 0
		bars.Offset = barWidth * (vg.Length(at) - vg.Length(len(servers)-1)/2)
		chart.Add(bars)
		chart.Legend.Add(server.Name, bars)
	}
	const roomForLegend = 1.35
	chart.Y.Max = yMax * roomForLegend
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.Name
	}
	chart.NominalX(names...)
	chart.X.Min, chart.X.Max = -0.5, float64(len(rows))-0.5
	if p.relative {
		bestPeer, err := plotter.NewLine(plotter.XYs{{X: chart.X.Min, Y: 1}, {X: chart.X.Max, Y: 1}})
		if err != nil {
			return nil, err
		}
		chart.Add(bestPeer)
	}
	const tilt = 0.35 // radians; names of neighbouring rows must not overlap
	chart.X.Tick.Label.Rotation = tilt
	chart.X.Tick.Label.XAlign = draw.XRight
	chart.X.Tick.Label.YAlign = draw.YCenter
	return chart, nil
}

// value is the height of a bar; a server that failed has none.
func (p panel) value(row reportRow, entry reportEntry) float64 {
	if p.relative {
		return row.ratio(entry, p.metric)
	}
	return max(0, entry.Median[p.metric.name])
}
