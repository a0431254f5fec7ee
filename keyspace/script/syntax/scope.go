package syntax

import "fmt"

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
	name  string
	param bool // KEYS and ARGV, which look like globals to the script
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

func (p *parser) openFunction(line int) {
	p.fn = &function{parent: p.fn, line: line, upvalues: map[*variable]bool{}}
}

func (p *parser) closeFunction() { p.fn = p.fn.parent }

// limit reports that the function has more of something than it may.
func (p *parser) limit(fn *function, max int, what string) {
	where := "main function"
	if fn.line > 0 {
		where = fmt.Sprintf("function at line %d", fn.line)
	}
	p.lex.fail(fmt.Sprintf("%s has more than %d %s", where, max, what), 0)
}

func (p *parser) declare(names ...string) {
	for _, name := range names {
		if len(p.fn.locals) >= localsMax {
			p.limit(p.fn, localsMax, "local variables")
		}
		p.fn.locals = append(p.fn.locals, &variable{name: name})
	}
}

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

// global tells whether a name is none of the script's own locals.
func (p *parser) global(name string) bool {
	v := p.find(name)
	return v == nil || v.param
}
