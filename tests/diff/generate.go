package diff

import (
	"math/rand"
	"slices"
	"strconv"
	"strings"
)

// generator makes requests. Its random numbers are the run's only ones.
type generator struct {
	random   *rand.Rand
	commands []command
	real     version
	waits    bool // requests of this round may wait
}

// request makes one: mostly valid, sometimes damaged. One that may wait has a
// connection of its own, and is not damaged: it may wait until a time passes.
func (g *generator) request() request {
	for {
		m := maker{generator: g, numKeysAt: -1}
		m.command = &g.commands[g.random.Intn(len(g.commands))]
		m.lexical = slices.Contains(lexical, m.command.words[0]) ||
			slices.Contains(maybeLexical, m.command.words[0]) && g.chance(25)
		m.words = append(m.words, m.command.words...)
		m.appendAll(m.command.args)
		waits := waiting[m.words[0]] || slices.Contains(m.words, "BLOCK")
		switch {
		case waits && g.waits:
			return request{conn: 1 + g.random.Intn(changer-1), words: m.words}
		case waits || isUndefined(m.words):
			continue
		}
		if g.chance(4) {
			g.damage(&m.words)
		}
		if g.real.goesAnotherWay(m.words) {
			continue
		}
		if !slices.ContainsFunc(m.words[1:], func(w string) bool { return strings.EqualFold(w, "BLOCK") }) {
			return request{words: m.words}
		}
	}
}

// isUndefined tells whether a request leaves it to the server what it replies: SORT
// by nothing of a part, and by texts that may be equal. It also is what a server
// stores of the nearest places, of which several may be as near.
func isUndefined(words []string) bool {
	if isNearest(words) && (slices.Contains(words, "STORE") || slices.Contains(words, "STOREDIST") ||
		words[0] == "geosearchstore") {
		return true
	}
	by := slices.Index(words, "BY")
	if words[0] != "sort" && words[0] != "sort_ro" || by < 0 {
		return false
	}
	if strings.Contains(words[by+1], "*") {
		return slices.Contains(words, "ALPHA")
	}
	return slices.Contains(words, "LIMIT")
}

// chance is true in so many cases of a hundred.
func (g *generator) chance(percent int) bool { return g.random.Intn(100) < percent }

func (g *generator) pick(words []string) string { return words[g.random.Intn(len(words))] }

// damage drops, doubles or replaces an argument.
func (g *generator) damage(words *[]string) {
	w := *words
	if len(w) < 2 {
		return
	}
	i := 1 + g.random.Intn(len(w)-1)
	switch g.random.Intn(3) {
	case 0:
		*words = append(w[:i:i], w[i+1:]...)
	case 1:
		*words = append(w, w[i])
	default:
		w[i] = g.pick(oddWords)
	}
}

// maker is one request in the making.
type maker struct {
	*generator
	command   *command
	words     []string
	numKeysAt int  // where the number of the keys that follow is to be written
	lexical   bool // about a range of members, not of scores
	keys      int  // how many the last list of keys had
}

func (m *maker) appendAll(args []argument) {
	for i := range args {
		m.append(&args[i])
	}
}

func (m *maker) append(a *argument) {
	if a.optional && m.chance(60) && !(m.lexical && a.name == "sortby") {
		return
	}
	times := 1
	if a.multiple {
		times += m.random.Intn(3)
	}
	if a.name == "id" && m.keys > 0 && m.chance(95) {
		times = m.keys // XREAD wants as many IDs as keys
	}
	for i := range times {
		if a.token != "" && a.kind != "pure-token" && (i == 0 || a.multipleToken) {
			m.words = append(m.words, a.token)
		}
		m.appendOne(a)
	}
	if a.kind == "key" && a.multiple {
		m.keys = times
	}
	if a.kind == "key" && m.numKeysAt >= 0 {
		if m.chance(95) {
			m.words[m.numKeysAt] = strconv.Itoa(times)
		}
		m.numKeysAt = -1
	}
}

func (m *maker) appendOne(a *argument) {
	switch a.kind {
	case "oneof":
		m.append(&a.args[m.random.Intn(len(a.args))])
	case "block":
		m.appendAll(a.args)
	case "pure-token":
		token := a.token
		switch token {
		case "*": // an ID that the time decides
			token = m.pick(ids)
		case "BYLEX", "BYSCORE":
			token = "BYSCORE"
			if m.lexical {
				token = "BYLEX"
			}
		}
		m.words = append(m.words, token)
	default:
		if a.name == "numkeys" {
			m.numKeysAt = len(m.words)
		}
		m.words = append(m.words, m.value(a))
	}
}
