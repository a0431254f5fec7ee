package diff

import (
	"math/rand"
	"strconv"
	"strings"
)

// generator makes requests. Its random numbers are the run's only ones.
type generator struct {
	random   *rand.Rand
	commands []command
}

// request makes one: mostly valid, sometimes damaged.
func (g *generator) request() []string {
	m := maker{generator: g, numKeysAt: -1}
	m.command = &g.commands[g.random.Intn(len(g.commands))]
	m.words = append(m.words, m.command.words...)
	m.appendAll(m.command.args)
	if g.chance(4) {
		g.damage(&m.words)
	}
	for _, word := range m.words[1:] {
		if strings.EqualFold(word, "BLOCK") { // a damaged request may wait for ever
			return g.request()
		}
	}
	return m.words
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
	numKeysAt int // where the number of the keys that follow is to be written
}

func (m *maker) appendAll(args []argument) {
	for i := range args {
		m.append(&args[i])
	}
}

func (m *maker) append(a *argument) {
	if a.optional && m.chance(60) || a.token == "BY" {
		return // SORT BY leaves elements of one weight in any order
	}
	times := 1
	if a.multiple {
		times += m.random.Intn(3)
	}
	for i := range times {
		if a.token != "" && a.kind != "pure-token" && (i == 0 || a.multipleToken) {
			m.words = append(m.words, a.token)
		}
		m.appendOne(a)
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
		case "BYLEX": // see lexical
			token = "BYSCORE"
		}
		m.words = append(m.words, token)
	default:
		if a.name == "numkeys" {
			m.numKeysAt = len(m.words)
		}
		m.words = append(m.words, m.value(a))
	}
}
