package transcripts

import (
	"bytes"
	"strconv"
	"strings"

	"solokv/protocol"
)

// Terminology. A node is one RESP value, or a pattern for one; both have the
// same shape, so that what a server said can be printed, and what a file says
// can be matched, by one piece of code. An expectation is a node read from a
// file; a leaf has text, an aggregate has elems.

type kind int

const (
	kindSimple kind = iota
	kindError
	kindInt
	kindBulk
	kindNil      // RESP2's null bulk string
	kindNilArray // RESP2's null array
	kindNull     // RESP3's null
	kindArray
	kindMap // elems are key, value, key, value ...
	kindSet
	kindPush
	kindBool // text is "true" or "false"
	kindDouble
	kindBig
	kindVerbatim // text is "txt:..."

	kindPattern // see pattern.go; never in what a server said
	kindClosed
	kindNothing
)

type node struct {
	kind    kind
	text    []byte
	elems   []node
	open    bool // an expectation that allows further elements
	shuffle bool // an expectation in any order
	pattern *pattern
}

// lineWidthMax is where a printed aggregate is broken into several lines.
const lineWidthMax = 110

// brackets are the opening and closing marks of the aggregates.
var brackets = map[kind][2]string{
	kindArray: {"[", "]"},
	kindMap:   {"{", "}"},
	kindSet:   {"set[", "]"},
	kindPush:  {"push[", "]"},
}

// String prints a value the way that a file states it: readers of failures and
// the rewriting use the same text.
func (n node) String() string {
	switch n.kind {
	case kindSimple, kindError:
		if sigil := "+-"[n.kind-kindSimple : n.kind-kindSimple+1]; plain(n.text) {
			return sigil + string(n.text)
		}
	}
	return n.print("")
}

// plain tells whether a simple string or an error can stand unquoted to the end
// of its line.
func plain(text []byte) bool {
	odd := bytes.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	return odd < 0 && !bytes.HasPrefix(text, []byte{'"'}) && !bytes.HasSuffix(text, []byte{' '})
}

// print is String with everything quoted, as inside an aggregate. indent is
// what the lines after the first begin with.
func (n node) print(indent string) string {
	switch n.kind {
	case kindSimple:
		return "+" + quote(n.text)
	case kindError:
		return "-" + quote(n.text)
	case kindInt:
		return ":" + string(n.text)
	case kindBulk:
		return quote(n.text)
	case kindNil:
		return "(nil)"
	case kindNilArray:
		return "(nil array)"
	case kindNull:
		return "(null)"
	case kindBool:
		return "(" + string(n.text) + ")"
	case kindDouble:
		return "," + string(n.text)
	case kindBig:
		return "(big " + string(n.text) + ")"
	case kindVerbatim:
		format, text, _ := bytes.Cut(n.text, []byte{':'})
		return "=" + string(format) + quote(text)
	case kindClosed:
		return "(closed)"
	case kindNothing:
		return "(nothing)"
	case kindPattern:
		return n.pattern.source
	}
	return n.printElems(indent)
}

func (n node) printElems(indent string) string {
	marks := brackets[n.kind]
	items := n.items(indent + "  ")
	line := marks[0] + strings.Join(items, " ") + marks[1]
	if len(indent)+len(line) <= lineWidthMax && !strings.Contains(line, "\n") {
		return line
	}
	return marks[0] + "\n" + fill(items, indent+"  ") + indent + marks[1]
}

// fill puts items side by side as long as they fit; one of several lines stands
// alone.
func fill(items []string, indent string) string {
	var b strings.Builder
	width := 0 // of the line being filled
	for _, item := range items {
		tall := strings.Contains(item, "\n")
		if width > 0 && (tall || width+1+len(item) > lineWidthMax) {
			b.WriteByte('\n')
			width = 0
		}
		if width == 0 {
			b.WriteString(indent + item)
			width = len(indent) + len(item)
		} else {
			b.WriteString(" " + item)
			width += 1 + len(item)
		}
		if tall {
			b.WriteByte('\n')
			width = 0
		}
	}
	if width > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// items prints each element, or each pair of a map.
func (n node) items(indent string) []string {
	var items []string
	for i := 0; i < len(n.elems); i++ {
		item := n.elems[i].print(indent)
		if n.kind == kindMap && i+1 < len(n.elems) {
			i++
			item += " => " + n.elems[i].print(indent)
		}
		items = append(items, item)
	}
	return items
}

// nodeOf turns what a client read into a node. Attributes are left out: no
// command sends any.
func nodeOf(v protocol.Value) node {
	n := node{kind: kinds[v.Kind], text: []byte(v.Text)}
	switch {
	case v.Null:
		n.kind = nulls[v.Kind]
	case v.Kind == protocol.KindBool:
		n.text = strconv.AppendBool(nil, v.Int != 0)
	case v.Kind == protocol.KindVerbatim:
		n.text = []byte(v.Format + ":" + v.Text)
	}
	for _, item := range v.Items {
		n.elems = append(n.elems, nodeOf(item))
	}
	return n
}

var kinds = map[protocol.Kind]kind{
	protocol.KindSimple:    kindSimple,
	protocol.KindError:     kindError,
	protocol.KindBulkError: kindError,
	protocol.KindInt:       kindInt,
	protocol.KindBulk:      kindBulk,
	protocol.KindArray:     kindArray,
	protocol.KindMap:       kindMap,
	protocol.KindSet:       kindSet,
	protocol.KindPush:      kindPush,
	protocol.KindBool:      kindBool,
	protocol.KindDouble:    kindDouble,
	protocol.KindBigNumber: kindBig,
	protocol.KindVerbatim:  kindVerbatim,
}

var nulls = map[protocol.Kind]kind{
	protocol.KindBulk:  kindNil,
	protocol.KindArray: kindNilArray,
	protocol.KindNull:  kindNull,
}
