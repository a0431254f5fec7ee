package command

import (
	"bytes"
	"strconv"

	"solokv/keyspace"
)

func infoCommand() *keyspace.Command {
	return &keyspace.Command{
		Name: "info", Arity: -1, Flags: serverAnyTime, Categories: []string{"dangerous"},
		Summary: "Returns information about the server and its statistics.", Since: "1.0.0", Complexity: "O(1)",
		Syntax: "[section ...]", Hints: hintsShardReport,
		History: []string{"7.0.0 Added support for taking multiple section arguments."}, Handler: info,
	}
}

// infoSection is a part of INFO. Sections come in the order of the table,
// whatever the order in which they are asked for.
type infoSection struct {
	name      string // as clients ask for it, in capitals
	title     string
	onRequest bool // not a part of INFO without arguments
	write     func(*keyspace.Ctx, *infoText)
}

func infoSections() []infoSection {
	return []infoSection{
		{"SERVER", "Server", false, infoServer},
		{"CLIENTS", "Clients", false, infoClients},
		{"MEMORY", "Memory", false, infoMemory},
		{"PERSISTENCE", "Persistence", false, infoPersistence},
		{"STATS", "Stats", false, infoStats},
		{"REPLICATION", "Replication", false, infoReplication},
		{"CPU", "CPU", false, infoCPU},
		{"MODULES", "Modules", false, func(*keyspace.Ctx, *infoText) {}},
		{"COMMANDSTATS", "Commandstats", true, infoCommandStats},
		{"ERRORSTATS", "Errorstats", false, infoErrorStats},
		{"LATENCYSTATS", "Latencystats", true, infoLatencyStats},
		{"CLUSTER", "Cluster", false, infoCluster},
		{"KEYSPACE", "Keyspace", false, infoKeyspace},
	}
}

func info(c *keyspace.Ctx) error {
	var t infoText
	for _, section := range infoSections() {
		if !infoWants(c.Args()[1:], &section) {
			continue
		}
		if len(t.text) > 0 {
			t.text = append(t.text, "\r\n"...)
		}
		t.text = append(t.text, "# "+section.title+"\r\n"...)
		section.write(c, &t)
	}
	return c.ReplyVerbatim(string(t.text))
}

// infoWants tells whether a section is among those asked for.
func infoWants(names [][]byte, section *infoSection) bool {
	for _, name := range names {
		switch {
		case keyspace.EqualFold(name, "ALL"), keyspace.EqualFold(name, "EVERYTHING"),
			keyspace.EqualFold(name, section.name),
			keyspace.EqualFold(name, "DEFAULT") && !section.onRequest:
			return true
		}
	}
	return len(names) == 0 && !section.onRequest
}

// infoText is the text of INFO: lines of "name:value".
type infoText struct{ text []byte }

// field begins a line.
func (t *infoText) field(name string) *infoText {
	t.text = append(t.text, name...)
	t.text = append(t.text, ':')
	return t
}

func (t *infoText) end() { t.text = append(t.text, '\r', '\n') }

func (t *infoText) string(name, value string) {
	t.field(name).text = append(t.text, value...)
	t.end()
}

func (t *infoText) int(name string, value int64) {
	t.field(name).text = strconv.AppendInt(t.text, value, 10)
	t.end()
}

func (t *infoText) flag(name string, yes bool) {
	t.int(name, infoDigit(yes))
}

func infoDigit(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// status writes "ok" or "err".
func (t *infoText) status(name string, ok bool) {
	if ok {
		t.string(name, "ok")
	} else {
		t.string(name, "err")
	}
}

func (t *infoText) float(name string, value float64, decimals int, unit string) {
	t.field(name).text = append(strconv.AppendFloat(t.text, value, 'f', decimals, 64), unit...)
	t.end()
}

// zeros writes fields that are zero as long as the part of the server that they
// tell about does nothing of the kind.
func (t *infoText) zeros(names ...string) {
	for _, name := range names {
		t.int(name, 0)
	}
}

// bytes writes a size twice: in bytes, and for people.
func (t *infoText) bytes(name string, size int64) {
	t.int(name, size)
	t.string(name+"_human", humanBytes(size))
}

// humanBytes is a size as people read it: 1.50M.
func humanBytes(size int64) string {
	const units = "KMGTP"
	if size < 1024 {
		return strconv.FormatInt(size, 10) + "B"
	}
	value, unit := float64(size)/1024, 0
	for value >= 1024 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	return strconv.FormatFloat(value, 'f', 2, 64) + units[unit:unit+1]
}

// infoName makes a name that a client has chosen safe for a line of INFO.
func infoName(name string) string {
	return string(bytes.Map(func(r rune) rune {
		switch r {
		case '#', ':', '\r', '\n':
			return '_'
		}
		return r
	}, []byte(name)))
}
