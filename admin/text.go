package admin

import (
	"math"
	"strconv"

	"solokv/keyspace"
)

// The text format of Prometheus, version 0.0.4: for each metric a line of help, one
// with the type, and a line per combination of labels,
//
//	# HELP solokv_command_calls_total Calls of a command.
//	# TYPE solokv_command_calls_total counter
//	solokv_command_calls_total{cmd="get"} 12

// writer makes the text of a page.
type writer struct {
	text   []byte
	metric *metric // whose values come
	begun  bool    // its head is written: one without values has none
}

// appendMetrics appends the page of one scrape.
func appendMetrics(dst []byte, f *figures) []byte {
	w := writer{text: dst}
	for i := range metrics {
		w.metric, w.begun = &metrics[i], false
		w.metric.values(f, &w)
	}
	return w.text
}

func (w *writer) head() {
	if w.begun {
		return
	}
	w.begun = true
	m := w.metric
	w.text = append(w.text, "# HELP "...)
	w.text = append(w.text, m.name...)
	w.text = append(w.text, ' ')
	w.text = append(w.text, m.help...)
	w.text = append(w.text, "\n# TYPE "...)
	w.text = append(w.text, m.name...)
	w.text = append(w.text, ' ')
	w.text = append(w.text, kindNames[m.kind]...)
	w.text = append(w.text, '\n')
}

// value writes one value, with those of the metric's labels.
func (w *writer) value(v float64, labels ...string) {
	w.head()
	w.name("", labels)
	w.end(v)
}

// durationTopUs is the greatest bound of histograms. They begin at a microsecond and
// double, so that each lies between two buckets of the engine's own histograms, and no
// count is estimated.
const durationTopUs = 1 << 23

// histogram writes the durations of a command.
func (w *writer) histogram(h *keyspace.LatencyHistogram, sumUs int64, labels ...string) {
	w.head()
	bucket := func(seconds float64, n int64) {
		w.name("_bucket", labels)
		w.text = append(w.text[:len(w.text)-1], `,le="`...)
		w.float(seconds)
		w.text = append(w.text, `"}`...)
		w.end(float64(n))
	}
	for us := int64(1); us <= durationTopUs; us *= 2 {
		bucket(float64(us)/1e6, h.Below(us-1)) // durations are cut to microseconds
	}
	bucket(math.Inf(1), h.Count)
	w.name("_sum", labels)
	w.end(float64(sumUs) / 1e6)
	w.name("_count", labels)
	w.end(float64(h.Count))
}

// name writes the name and the labels of a line.
func (w *writer) name(suffix string, labels []string) {
	w.text = append(w.text, w.metric.name...)
	w.text = append(w.text, suffix...)
	for i, label := range labels {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		w.text = append(append(w.text, separator), w.metric.labels[i]...)
		w.text = append(w.text, `="`...)
		w.text = appendEscaped(w.text, label)
		w.text = append(w.text, '"')
	}
	if len(labels) > 0 {
		w.text = append(w.text, '}')
	}
}

func (w *writer) end(v float64) {
	w.text = append(w.text, ' ')
	w.float(v)
	w.text = append(w.text, '\n')
}

func (w *writer) float(v float64) {
	switch {
	case math.IsInf(v, 1):
		w.text = append(w.text, "+Inf"...)
	case v == math.Trunc(v) && math.Abs(v) < 1<<53:
		w.text = strconv.AppendInt(w.text, int64(v), 10)
	default:
		w.text = strconv.AppendFloat(w.text, v, 'g', -1, 64)
	}
}

// appendEscaped appends the value of a label, which is valid UTF-8.
func appendEscaped(dst []byte, label string) []byte {
	for i := range len(label) {
		switch c := label[i]; c {
		case '\n':
			dst = append(dst, `\n`...)
		case '\\', '"':
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
