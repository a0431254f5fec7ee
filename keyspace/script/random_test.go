package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
	"solokv/tests/harness"
)

// writer of random scripts: expressions over values of all types, statements around them. Most end in an error,
// whose text is compared, too.
type author struct {
	*rand.Rand
	locals int
}

func (a *author) pick(list ...string) string { return list[a.IntN(len(list))] }

func (a *author) value(depth int) string {
	if depth == 0 || a.IntN(4) == 0 {
		return a.pick("1", "2", "0.5", "-3", "(2^40)", "'x'", "'10'", "' 7 '", "'a%d'", "nil", "true", "false", "''", "{}",
			"{1,2,3}", "{x=5}", "KEYS", "ARGV[1]", "KEYS[1]", "#ARGV", "l1", "l2", "t.a", "t.b.c", "t[1]", "t.f", "s", "n")
	}
	e := func() string { return a.value(depth - 1) }
	switch a.IntN(16) {
	case 0, 1:
		return e() + a.pick("+", "-", "*", "/", "%", "^") + " " + e()
	case 2:
		return e() + " .. " + e()
	case 3:
		return e() + a.pick("<", ">", "<=", ">=", "==", "~=") + " " + e()
	case 4:
		return e() + a.pick(" and ", " or ") + e()
	case 5:
		return a.pick("not ", "-", "#") + e()
	case 6:
		return "(" + e() + ")"
	case 7:
		return "{" + e() + ", " + a.pick("x=", "[1]=", "['k']=", "") + e() + "}"
	case 8:
		return "(" + e() + ")[" + e() + "]"
	case 9:
		return "(" + e() + ")." + a.pick("a", "b", "x")
	case 10:
		return a.pick("tostring", "tonumber", "type", "unpack", "select", "rawlen", "next", "rawget", "pairs", "ipairs",
			"getmetatable", "assert", "rawequal") + "(" + e() + a.pick("", ", "+e()) + ")"
	case 11:
		return "string." + a.pick("len", "sub", "upper", "rep", "byte", "format", "find", "match", "reverse", "gsub") + "(" +
			a.pick("s, ", "", "'hello', ") + e() + a.pick("", ", "+e()) + ")"
	case 12:
		return "math." + a.pick("floor", "max", "abs", "sqrt", "min", "fmod", "modf") + "(" + e() + a.pick("", ", "+e()) + ")"
	case 13:
		return "table." + a.pick("concat", "getn", "remove", "maxn") + "(" + e() + a.pick("", ", "+e()) + ")"
	case 14:
		return "(" + a.pick("t.f", "l1", "id", e()) + ")(" + e() + ")"
	}
	return "s:" + a.pick("len", "sub", "rep", "upper", "nope") + "(" + e() + ")"
}

func (a *author) statement(depth int) string {
	v := func() string { return a.value(2) }
	switch a.IntN(9) {
	case 0:
		return a.pick("l1", "l2", "t.a", "t[1]", "t.b.c", "n") + " = " + v()
	case 1:
		return "l1, l2 = " + v() + ", " + v()
	case 2:
		if depth > 0 {
			return "if " + v() + " then " + a.statement(depth-1) + " else " + a.statement(depth-1) + " end"
		}
	case 3:
		if depth > 0 {
			return "do local c = 0 for i = " + v() + ", " + v() + " do c = c + 1 if c > 3 then break end " +
				a.statement(depth-1) + " end end"
		}
	case 4:
		if depth > 0 {
			return "for k, v in " + a.pick("pairs", "ipairs") + "(" + v() + ") do l1 = v " + a.statement(depth-1) + " end"
		}
	case 5:
		return "local l1 = " + v()
	case 6:
		if depth > 0 {
			return "local ok, e = pcall(function() " + a.statement(depth-1) + " end) r[#r+1] = tostring(ok) .. tostring(e)"
		}
	case 7:
		// It must not call itself.
		return "t.f = function(x) " + a.pick("l1 = l2 ", "") + "return " + strings.ReplaceAll(v(), "t.f", "l2") + " end"
	}
	return "r[#r+1] = tostring(" + v() + ")"
}

func (a *author) script() string {
	var b strings.Builder
	b.WriteString("local t, s, n, r = {a=1, b={c='c'}, 'one'}, 'str', 7, {} local l1, l2 = 1 local function id(...) return ... end ")
	for range 1 + a.IntN(4) {
		b.WriteString(a.statement(2) + " ")
	}
	b.WriteString("return {" + a.value(2) + ", " + a.value(2) + ", table.concat(r, ' ')}")
	return b.String()
}

// unlike are replies that tell of what differs on purpose: the sign of what is not a number, and that a key to
// next is not checked.
func unlike(reply string) bool {
	return strings.Contains(reply, "nan") || strings.Contains(reply, "invalid key to 'next'")
}

// TestRandomScripts runs scripts of a seeded author here and in the real server.
func TestRandomScripts(t *testing.T) {
	client := harness.Start(t, harness.Redis(t, "")).Dial()
	scripts := NewScripts(newStore(), Version{"7.0.15", 0x07000f})
	const seeds, wrongMax = 3000, 5
	wrong := 0
	for seed := range uint64(seeds) {
		a := &author{Rand: rand.New(rand.NewPCG(seed, 1))}
		body := a.script()
		args := append([]string{"EVAL", body, "2"}, append(corpusKeys, corpusArgs...)...)
		v, err := client.Do(args...)
		require.NoError(t, err, body)
		theirs, ours := shown(v), shown(eval(t, scripts, body, protocol.V2))
		if theirs == ours || unlike(theirs) {
			continue
		}
		t.Error(fmt.Sprintf("seed %d: %s\n  Redis %s  here  %s", seed, body, theirs, ours))
		if wrong++; wrong == wrongMax {
			t.FailNow()
		}
	}
}
