package transcripts

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// script is one parsed file: what it needs, and its steps in order. The lines
// are kept because rewriting replaces some and leaves the rest as written.
type script struct {
	name  string
	lines []string
	steps []step

	fresh  bool     // a server of its own, started with args
	args   []string // of !config
	resp   int      // 2 or 3
	only   string   // the one server that it is meant for, or ""
	reason string   // why
	guards []guard
	needs  []string // commands, as COMMAND INFO takes them
}

// guard is a condition on the server: its name, or its version compared.
type guard struct {
	on      string  // "solokv" or "redis" when the name decides
	op      string  // ">=" or "<" when the version decides
	version version // compared with redis_version
	negate  bool    // the !else half
}

type version struct{ major, minor int }

type stepKind int

const (
	stepSend    stepKind = iota // words as one command
	stepRaw                     // pieces as they are
	stepReceive                 // replies that no send of this step asked for
	stepAdvance
	stepClose
)

// step is one item of the conversation. replies are expectations as written;
// each knows its lines.
type step struct {
	kind       stepKind
	line       int // 1-based
	conn       int
	text       string
	replies    []reply
	wait       time.Duration // of stepAdvance
	guards     []guard       // of the !if around it
	eventually bool
}

// reply is the text of one expectation and the lines [from, to) it stands on,
// 0-based.
type reply struct {
	text     string
	from, to int
}

var (
	sendLine    = regexp.MustCompile(`^(?:\[(\d+)\])?(raw)?> (.*)$`)
	receiveLine = regexp.MustCompile(`^\[(\d+)\]< (.*)$`)
	guardWords  = regexp.MustCompile(`^(?:on (solokv|redis)|redis (>=|<) (\d+)\.(\d+))$`)
	onlyWords   = regexp.MustCompile(`^(solokv|redis): (.+)$`)
	changesConf = regexp.MustCompile(`(?im)^(\[\d+\])?> CONFIG (SET|RESETSTAT|REWRITE)\b`)
)

// parser walks the lines of one file.
type parser struct {
	*script
	at         int // the line being read, 0-based
	scope      []guard
	eventually bool
}

// parse reads a file of the format that doc.go describes.
func parse(name, content string) (*script, error) {
	p := &parser{script: &script{name: name, resp: 2}}
	p.lines = strings.Split(strings.TrimRight(content, "\n"), "\n")
	for p.at = 0; p.at < len(p.lines); {
		start := p.at
		if err := p.item(p.lines[start]); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, start+1, err)
		}
	}
	if len(p.scope) > 0 {
		return nil, fmt.Errorf("%s: !if without !end", name)
	}
	if !p.fresh && changesConf.MatchString(content) {
		return nil, fmt.Errorf("%s: changes the configuration of a shared server; add !config", name)
	}
	return p.script, nil
}

// item reads one item and moves past it.
func (p *parser) item(line string) error {
	if line == "" || line[0] == '#' {
		p.at++
		return nil
	}
	if line[0] == '!' {
		word, rest, _ := strings.Cut(line[1:], " ")
		err := p.directive(word, strings.TrimSpace(rest))
		p.at++
		return err
	}
	if m := sendLine.FindStringSubmatch(line); m != nil {
		kind := stepSend
		if m[2] != "" {
			kind = stepRaw
		}
		if _, err := splitWords(m[3]); err != nil {
			return err
		}
		p.addStep(step{kind: kind, conn: connNumber(m[1]), text: m[3]})
		p.at++
		return p.replies()
	}
	if m := receiveLine.FindStringSubmatch(line); m != nil {
		p.addStep(step{kind: stepReceive, conn: connNumber(m[1])})
		r, err := p.reply(m[2])
		if err != nil {
			return err
		}
		last := &p.steps[len(p.steps)-1]
		last.replies = append(last.replies, r)
		return nil
	}
	return fmt.Errorf("neither a command, a reply nor a directive: %q", line)
}

func (p *parser) addStep(s step) {
	s.line = p.at + 1
	s.guards = append([]guard{}, p.scope...)
	s.eventually, p.eventually = p.eventually, false
	p.steps = append(p.steps, s)
}

// replies reads the expectations below a send.
func (p *parser) replies() error {
	last := &p.steps[len(p.steps)-1]
	for p.at < len(p.lines) {
		line := p.lines[p.at]
		if line == "" || line[0] == '#' || line[0] == '!' ||
			sendLine.MatchString(line) || receiveLine.MatchString(line) {
			return nil
		}
		r, err := p.reply(line)
		if err != nil {
			return err
		}
		last.replies = append(last.replies, r)
	}
	return nil
}

// reply takes the expectation that begins with text on the present line; its
// brackets may close some lines further down.
func (p *parser) reply(text string) (reply, error) {
	from := p.at
	for {
		p.at++
		open, err := openBrackets(text)
		if err != nil {
			return reply{}, err
		}
		if open == 0 {
			return reply{text: text, from: from, to: p.at}, nil
		}
		if p.at == len(p.lines) {
			return reply{}, fmt.Errorf("a bracket is never closed")
		}
		text += "\n" + p.lines[p.at]
	}
}

func (p *parser) directive(word, rest string) error {
	switch word {
	case "if":
		g, err := parseGuard(rest)
		p.scope = append(p.scope, g)
		return err
	case "else", "end":
		return p.closeScope(word)
	case "advance":
		wait, err := time.ParseDuration(rest)
		p.addStep(step{kind: stepAdvance, wait: wait})
		return err
	case "eventually":
		p.eventually = true
		return nil
	case "close":
		p.addStep(step{kind: stepClose, conn: connNumber(rest)})
		return nil
	}
	if len(p.steps) > 0 {
		return fmt.Errorf("!%s is unknown or belongs to the head of the file", word)
	}
	return p.headDirective(word, rest)
}

func (p *parser) closeScope(word string) error {
	top := len(p.scope) - 1
	switch {
	case top < 0:
		return fmt.Errorf("!%s without !if", word)
	case word == "end":
		p.scope = p.scope[:top]
	case p.scope[top].negate:
		return fmt.Errorf("a second !else")
	default:
		p.scope[top].negate = true
	}
	return nil
}

func (p *parser) headDirective(word, rest string) error {
	switch word {
	case "config":
		words, err := splitWords(rest)
		p.fresh = true
		for _, w := range words {
			p.args = append(p.args, string(w))
		}
		return err
	case "resp":
		if rest != "2" && rest != "3" {
			return fmt.Errorf("!resp takes 2 or 3")
		}
		p.resp = int(rest[0] - '0')
	case "only":
		m := onlyWords.FindStringSubmatch(rest)
		if m == nil {
			return fmt.Errorf("write !only solokv: reason")
		}
		p.only, p.reason = m[1], m[2]
	case "redis":
		g, err := parseGuard("redis " + rest)
		p.guards = append(p.guards, g)
		return err
	case "needs":
		p.needs = append(p.needs, strings.Fields(rest)...)
	default:
		return fmt.Errorf("unknown directive !%s", word)
	}
	return nil
}

func parseGuard(text string) (guard, error) {
	m := guardWords.FindStringSubmatch(text)
	if m == nil {
		return guard{}, fmt.Errorf("bad condition %q", text)
	}
	if m[1] != "" {
		return guard{on: m[1]}, nil
	}
	major, _ := strconv.Atoi(m[3])
	minor, _ := strconv.Atoi(m[4])
	return guard{op: m[2], version: version{major, minor}}, nil
}

// holds tells whether the condition is true of a server.
func (g guard) holds(name string, v version) bool {
	result := g.on == name
	if g.op != "" {
		atLeast := v.major > g.version.major ||
			v.major == g.version.major && v.minor >= g.version.minor
		result = atLeast == (g.op == ">=")
	}
	return result != g.negate
}

func connNumber(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 1
	}
	return n
}
