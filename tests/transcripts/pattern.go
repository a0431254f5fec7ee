package transcripts

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// pattern is what stands between parentheses: "(int 1..10 as id)".
type pattern struct {
	source  string
	role    string // int, double, string, text, error or any
	ranged  bool
	low     float64
	high    float64
	expr    *regexp.Regexp
	capture string // the name that the value is kept under, or ""
}

var (
	patternParts = regexp.MustCompile(`(?s)^(int|double|string|text|error|any)(?: (.+))?$`)
	captureName  = regexp.MustCompile(`^(.*) as (\w+)$`)
	bounds       = regexp.MustCompile(`^(-?[0-9.]+)\.\.(-?[0-9.]+)$`)
)

// words that stand for themselves between parentheses.
var marks = map[string]kind{
	"nil":       kindNil,
	"nil array": kindNilArray,
	"null":      kindNull,
	"closed":    kindClosed,
	"nothing":   kindNothing,
}

// openers are the texts that begin an aggregate expectation.
var openers = []struct {
	text    string
	closer  byte
	kind    kind
	shuffle bool
}{
	{"[", ']', kindArray, false},
	{"unordered[", ']', kindArray, true},
	{"set[", ']', kindSet, true},
	{"push[", ']', kindPush, false},
	{"{", '}', kindMap, true},
}

// parseExpectation reads the text of one expectation.
func parseExpectation(text string) (node, error) {
	if text != "" && strings.IndexByte("+-", text[0]) >= 0 && !strings.HasPrefix(text[1:], `"`) {
		k := kindSimple
		if text[0] == '-' {
			k = kindError
		}
		return node{kind: k, text: []byte(text[1:])}, nil
	}
	r := &reader{rest: text}
	n, err := r.node()
	if err == nil && strings.TrimSpace(r.rest) != "" {
		err = fmt.Errorf("%q follows a whole reply", r.rest)
	}
	return n, err
}

// reader consumes an expectation from its start.
type reader struct{ rest string }

var errUnfinished = errors.New("the reply ends too early")

func (r *reader) skip(text string) bool {
	if !strings.HasPrefix(r.rest, text) {
		return false
	}
	r.rest = r.rest[len(text):]
	return true
}

func (r *reader) node() (node, error) {
	r.rest = strings.TrimLeft(r.rest, " \t\n")
	if r.rest == "" {
		return node{}, errUnfinished
	}
	for _, o := range openers {
		if r.skip(o.text) {
			n := node{kind: o.kind, shuffle: o.shuffle}
			return n, r.elems(&n, o.closer)
		}
	}
	sigil := r.rest[0]
	if sigil == '"' {
		return r.quoted(kindBulk)
	}
	r.rest = r.rest[1:]
	switch sigil {
	case '+':
		return r.quoted(kindSimple)
	case '-':
		return r.quoted(kindError)
	case ':':
		return node{kind: kindInt, text: []byte(r.token())}, nil
	case ',':
		return node{kind: kindDouble, text: []byte(r.token())}, nil
	case '=':
		return r.verbatim()
	case '(':
		return r.parenthesis()
	}
	return node{}, fmt.Errorf("%q begins no reply", string(sigil)+r.rest)
}

func (r *reader) quoted(k kind) (node, error) {
	if !strings.HasPrefix(r.rest, `"`) {
		return node{}, fmt.Errorf("%q: a quote is missing", r.rest)
	}
	text, rest, err := quotedRepeat(r.rest)
	r.rest = rest
	return node{kind: k, text: text}, err
}

// token takes what reaches to the next blank or bracket.
func (r *reader) token() string {
	end := strings.IndexAny(r.rest, " \t\n]}")
	if end < 0 {
		end = len(r.rest)
	}
	token := r.rest[:end]
	r.rest = r.rest[end:]
	return token
}

func (r *reader) verbatim() (node, error) {
	if len(r.rest) < 3 {
		return node{}, errUnfinished
	}
	format := r.rest[:3]
	r.rest = r.rest[3:]
	n, err := r.quoted(kindVerbatim)
	n.text = append([]byte(format+":"), n.text...)
	return n, err
}

func (r *reader) elems(n *node, closer byte) error {
	for {
		r.rest = strings.TrimLeft(r.rest, " \t\n")
		switch {
		case r.rest == "":
			return errUnfinished
		case r.rest[0] == closer:
			r.rest = r.rest[1:]
			return nil
		case r.skip("..."):
			n.open = true
			continue
		}
		if n.kind == kindMap && len(n.elems)%2 == 1 && !r.skip("=>") {
			return fmt.Errorf("%q: => is missing", r.rest)
		}
		elem, err := r.node()
		if err != nil {
			return err
		}
		n.elems = append(n.elems, elem)
	}
}

// parenthesis reads what follows a '('.
func (r *reader) parenthesis() (node, error) {
	end := closingParenthesis(r.rest)
	if end < 0 {
		return node{}, fmt.Errorf("(%s: a parenthesis is never closed", r.rest)
	}
	inner := r.rest[:end]
	r.rest = r.rest[end+1:]
	if k, ok := marks[inner]; ok {
		return node{kind: k}, nil
	}
	if inner == "true" || inner == "false" {
		return node{kind: kindBool, text: []byte(inner)}, nil
	}
	if digits, ok := strings.CutPrefix(inner, "big "); ok {
		return node{kind: kindBig, text: []byte(digits)}, nil
	}
	p, err := parsePattern(inner)
	return node{kind: kindPattern, pattern: p}, err
}

// closingParenthesis finds the ')' that ends a pattern. An expression may hold
// any, up to the last slash before a ')' or before " as name)".
func closingParenthesis(text string) int {
	paren, slash := strings.IndexByte(text, ')'), strings.IndexByte(text, '/')
	if slash < 0 || paren >= 0 && paren < slash {
		return paren
	}
	if m := endOfExpression.FindStringIndex(text); m != nil {
		return m[1] - 1
	}
	return -1
}

var endOfExpression = regexp.MustCompile(`/( as \w+)?\)`)

func parsePattern(inner string) (*pattern, error) {
	p := &pattern{source: "(" + inner + ")"}
	if m := captureName.FindStringSubmatch(inner); m != nil {
		inner, p.capture = m[1], m[2]
	}
	m := patternParts.FindStringSubmatch(inner)
	if m == nil {
		return nil, fmt.Errorf("unknown pattern (%s)", inner)
	}
	p.role = m[1]
	detail := m[2]
	var err error
	switch {
	case detail == "":
	case len(detail) > 1 && detail[0] == '/' && detail[len(detail)-1] == '/':
		p.expr, err = regexp.Compile(detail[1 : len(detail)-1])
	default:
		b := bounds.FindStringSubmatch(detail)
		if b == nil {
			return nil, fmt.Errorf("(%s): neither a range nor an expression", inner)
		}
		p.ranged = true
		p.low, _ = strconv.ParseFloat(b[1], 64)
		p.high, err = strconv.ParseFloat(b[2], 64)
	}
	return p, err
}

// openBrackets counts the brackets that the text opens and does not close, so
// that the parser of files knows whether an expectation goes on.
func openBrackets(text string) (int, error) {
	aggregate := false
	for _, o := range openers {
		aggregate = aggregate || strings.HasPrefix(text, o.text)
	}
	if !aggregate {
		return 0, nil
	}
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '"':
			_, rest, err := doubleQuoted(text[i:])
			if err != nil {
				return 0, err
			}
			i = len(text) - len(rest) - 1
		case '(':
			end := closingParenthesis(text[i+1:])
			if end < 0 {
				return 0, fmt.Errorf("%q: a parenthesis is never closed", text[i:])
			}
			i += end + 1
		case '$': // ${name} inside :${id}
			if end := strings.IndexByte(text[i:], '}'); end > 0 && strings.HasPrefix(text[i:], "${") {
				i += end
			}
		}
	}
	return depth, nil
}
