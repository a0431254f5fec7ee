package syntax

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// The limits of Lua 5.1. Beyond them an error is better than what a compiler may make of it.
const (
	depthMax    = 200 // nested blocks, functions and expressions
	localsMax   = 200 // of one function
	upvaluesMax = 60  // of one function
	// chainMax bounds operators in a row, a + b + c: their tree is as deep as the chain is long.
	chainMax = 10000
)

// variable is a local of a function; one name may have several.
type variable struct {
	name   string
	unique string // what the compiler calls it
	param  bool   // KEYS and ARGV, which look like globals to the script
	used   bool   // when it is a parameter
	others int    // how often a parameter is used in other ways than Use.Read
}

// A compiled function knows its locals for the sake of error texts, and gopher-lua finds a variable by its name:
// it mistakes one for another of the same name in "local f = function() return f() end", and loses where the
// scope of one ends whose register another had before. So every local gets a name of its own, which says its
// register too; CutName makes of it what the script said. A register is the number of locals in scope before.

// uniqueName makes such a name.
func (p *parser) uniqueName(name string, register int) string {
	p.unique++
	return name + "\x00" + strconv.Itoa(register) + "\x00" + strconv.Itoa(p.unique)
}

// CutName takes the name that the compiler has for a local apart. ok is false when it is none of the script's.
func CutName(unique string) (name string, register int, ok bool) {
	name, rest, ok := strings.Cut(unique, "\x00")
	if !ok {
		return unique, 0, false
	}
	number, _, _ := strings.Cut(rest, "\x00")
	register, _ = strconv.Atoi(number)
	return name, register, true
}

// function is one that is being read.
type function struct {
	parent   *function
	line     int // 0 for the main one
	isVararg bool
	usesDots bool
	locals   []*variable // those in scope
	loops    []bool      // the blocks around: whether each is a loop
	upvalues map[*variable]bool
}

func (p *parser) openFunction(pos int) {
	p.fn = &function{parent: p.fn, line: p.lines[pos], upvalues: map[*variable]bool{}}
}

func (p *parser) closeFunction() {
	for _, v := range p.fn.locals {
		p.ends[v.unique] = endOfFunction
	}
	p.fn = p.fn.parent
}

// endScope ends that of all locals but the first few.
func (p *parser) endScope(locals int) {
	for _, v := range p.fn.locals[locals:] {
		p.ends[v.unique] = p.pos
	}
	p.fn.locals = p.fn.locals[:locals]
}

// endOfFunction is the position where a scope ends that ends with its function.
const endOfFunction = math.MaxInt

// limit reports that the function has more of something than it may.
func (p *parser) limit(fn *function, max int, what string) {
	where := "main function"
	if fn.parent != nil {
		where = fmt.Sprintf("function at line %d", fn.line)
	}
	p.lex.fail(fmt.Sprintf("%s has more than %d %s", where, max, what), 0)
}

// declare adds locals to the scope, and returns what the compiler is to call them.
func (p *parser) declare(names ...string) []string {
	unique := make([]string, len(names))
	for i, name := range names {
		register := len(p.fn.locals)
		if register >= localsMax {
			p.limit(p.fn, localsMax, "local variables")
		}
		unique[i] = name
		if !strings.HasPrefix(name, "(") && name != hiddenArg {
			unique[i] = p.uniqueName(name, register)
		}
		p.fn.locals = append(p.fn.locals, &variable{name: name, unique: unique[i]})
	}
	return unique
}

// hiddenArg is the table of a function's further arguments. The compiler declares it itself.
const hiddenArg = "arg"

// find looks a name up as a local of the function or of one around it.
func (p *parser) find(name string) *variable {
	for fn := p.fn; fn != nil; fn = fn.parent {
		for i := len(fn.locals) - 1; i >= 0; i-- {
			if v := fn.locals[i]; v.name == name {
				p.capture(v, fn)
				return v
			}
		}
	}
	return nil
}

// capture notes v as an upvalue of the functions between its own and the one that is being read.
func (p *parser) capture(v *variable, owner *function) {
	for fn := p.fn; fn != owner; fn = fn.parent {
		fn.upvalues[v] = true
		if len(fn.upvalues) > upvaluesMax {
			p.limit(fn, upvaluesMax, "upvalues")
		}
	}
}

// isGlobal tells whether a name is no local's.
func isGlobal(ident *ast.IdentExpr) bool {
	_, _, isLocal := CutName(ident.Value)
	return !isLocal && ident.Value != hiddenArg
}

// param tells whether a name is a parameter of the chunk, which is a global to the script, and what it says.
func (p *parser) param(ident *ast.IdentExpr) (name string, ok bool) {
	name, register, isLocal := CutName(ident.Value)
	if !isLocal {
		return name, false
	}
	v := p.find(name)
	return name, v != nil && v.param && v.unique == ident.Value && register < len(p.options.Params)
}

// count adds to the uses of a parameter that are not just reading, if the expression is one.
func (p *parser) count(expr ast.Expr, n int) {
	if ident, ok := expr.(*ast.IdentExpr); ok {
		for _, v := range p.params {
			if v.unique == ident.Value {
				v.used = true
				v.others += n
			}
		}
	}
}

func (p *parser) uses() []Use {
	list := make([]Use, len(p.params))
	for i, v := range p.params {
		switch {
		case v.others > 0 || p.reflects:
			list[i] = Escapes
		case v.used:
			list[i] = Read
		}
	}
	return list
}
