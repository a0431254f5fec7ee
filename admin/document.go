package admin

import (
	"fmt"
	"strings"
)

const documentHead = `# Metrics

What ` + "`/metrics`" + ` of the admin port tells, for Prometheus (see the README for the port). This page is generated from the
list of metrics by ` + "`make docs`" + `. One that has nothing to tell, such as the append-only file's where there is none, is left out.

| metric | type | labels | what it tells |
|---|---|---|---|
`

// Document is docs/METRICS.md.
func Document() string {
	var b strings.Builder
	b.WriteString(documentHead)
	for _, m := range metrics {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, kindNames[m.kind], strings.Join(m.labels, ", "), m.help)
	}
	return b.String()
}
