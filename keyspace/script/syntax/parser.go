package syntax

import (
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// Names that no script can spell, and that the interpreter has to provide as globals.
const (
	ReadOnly = "(readonly)" // a table whose fields cannot be set
	Concat   = "(concat)"   // a function that joins its arguments as .. does
	Loop     = "(loop)"     // a function that makes numbers of a loop's initial value, limit and step
)

// Options say how to read a chunk.
type Options struct {
	// Chunk is the name that errors begin with.
	Chunk string
	// Params are names that are arguments of the chunk, if it has any: Chunk.Stmts then return one function
	// that takes them.
	Params []string
	// Field tells whether library.field is a constant, to be had as a global of the name "library.field".
	Field func(library, field string) bool
	// Statement tells whether the constant library.field, a function, has a variant of the name
	// "library.field;" for calls whose results nobody takes.
	Statement func(field string) bool
}

// Chunk is what was read.
type Chunk struct {
	Stmts []ast.Stmt
	// Reflects is set when the script can reach globals by other ways than their names, as _G and loadstring
	// can: then Params have to be globals too.
	Reflects bool
	// Params tells how each of the parameters is used.
	Params []Use
	// Ends has the position where the scope of each local ends, by the name that the compiler has for it.
	Ends map[string]int
	// Lines has the line of each position. Ends, and what the compiler takes for lines, are positions.
	Lines []int
}

// Use is how a chunk uses a parameter that is a table.
type Use int

const (
	Unused  Use = iota
	Read        // only in ways that neither change the table nor keep it: t[i], #t, unpack(t)
	Escapes     // in any other way
)

// reflective are the names that lead to Chunk.Reflects.
var reflective = map[string]bool{"_G": true, "load": true, "loadstring": true}

type parser struct {
	lex      lexer
	token    token
	ahead    token // when hasAhead
	hasAhead bool
	pos      int   // of token: it is the one of that number
	lastPos  int   // of the one before
	lines    []int // by position
	depth    int
	ifChain  int // elseifs read so far
	fn       *function
	options  Options
	unique   int
	params   []*variable
	ends     map[string]int
	reflects bool
	// parenthesized is the last expression that stood in parentheses, which makes a value of it.
	parenthesized ast.Expr
}

// Parse reads a chunk. The error is an *Error.
func Parse(source string, options Options) (chunk Chunk, err error) {
	p := &parser{lex: lexer{source: source, chunk: options.Chunk, line: 1}, options: options, ends: map[string]int{}, lines: []int{1}}
	defer func() {
		if failure := recover(); failure != nil {
			text, ok := failure.(*Error)
			if !ok {
				panic(failure)
			}
			err = text
		}
	}()
	p.openFunction(0)
	p.fn.isVararg = true
	params := p.declare(options.Params...)
	for _, v := range p.fn.locals {
		v.param = true
	}
	p.params = p.fn.locals[:len(params):len(params)]
	p.advance()
	stmts := p.block()
	p.check(tokenEOF)
	if options.Params != nil {
		stmts = p.wrap(stmts, params)
	}
	p.closeFunction()
	return Chunk{Stmts: stmts, Reflects: p.reflects, Params: p.uses(), Ends: p.ends, Lines: p.lines}, nil
}

// wrap makes a chunk of parameters the body of a function that takes them.
func (p *parser) wrap(body []ast.Stmt, params []string) []ast.Stmt {
	fn := &ast.FunctionExpr{ParList: &ast.ParList{HasVargs: p.fn.usesDots, Names: params}, Stmts: body}
	fn.SetLine(0)
	fn.SetLastLine(p.pos)
	result := at(&ast.ReturnStmt{Exprs: []ast.Expr{fn}}, p.pos)
	return []ast.Stmt{result}
}

// at sets the position of a node, which is where an error in it is reported. The compiler takes it for a line; but a
// position also tells apart what is on one line, which matters for scopes. Chunk.Lines has the lines.
func at[N ast.PositionHolder](node N, pos int) N {
	node.SetLine(pos)
	node.SetLastLine(pos)
	return node
}

func (p *parser) advance() {
	p.lastPos = p.pos
	if p.hasAhead {
		p.token, p.pos, p.hasAhead = p.ahead, p.pos+1, false
		return
	}
	p.token = p.read()
	p.pos++
}

// read gets a token and notes its line.
func (p *parser) read() token {
	t := p.lex.next()
	p.lines = append(p.lines, p.lex.line)
	return t
}

func (p *parser) lookAhead() kind {
	if !p.hasAhead {
		p.ahead, p.hasAhead = p.read(), true
	}
	return p.ahead.kind
}

func (p *parser) fail(text string) {
	if p.hasAhead {
		p.lex.buf = append(p.lex.buf[:0], p.token.text...)
	}
	p.lex.fail(text, p.token.kind)
}

func (p *parser) check(k kind) {
	if p.token.kind != k {
		p.fail("'" + k.String() + "' expected")
	}
}

func (p *parser) expect(k kind) { p.check(k); p.advance() }

// accept steps over a token of the kind, if there is one.
func (p *parser) accept(k kind) bool {
	if p.token.kind != k {
		return false
	}
	p.advance()
	return true
}

// expectClosing steps over the token that closes what opened at a line.
func (p *parser) expectClosing(closing, opening kind, pos int) {
	if p.token.kind == closing {
		p.advance()
		return
	}
	if p.lines[pos] == p.lines[p.pos] {
		p.check(closing)
	}
	p.fail("'" + closing.String() + "' expected (to close '" + opening.String() + "' at pos " +
		strconv.Itoa(p.lines[pos]) + ")")
}

func (p *parser) name() string {
	p.check(tokenName)
	text := p.token.text
	p.advance()
	return text
}

// enter goes one level deeper; leave comes back.
func (p *parser) enter() {
	p.depth++
	if p.depth > depthMax {
		p.lex.fail("chunk has too many syntax levels", 0)
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) blockEnds() bool {
	switch p.token.kind {
	case wordElse, wordElseif, wordEnd, wordUntil, tokenEOF:
		return true
	}
	return false
}

// scoped reads a block of its own.
func (p *parser) scoped(isLoop bool) []ast.Stmt {
	locals := len(p.fn.locals)
	p.fn.loops = append(p.fn.loops, isLoop)
	stmts := p.block()
	p.fn.loops = p.fn.loops[:len(p.fn.loops)-1]
	p.endScope(locals)
	return stmts
}

func (p *parser) block() []ast.Stmt {
	var stmts []ast.Stmt
	p.enter()
	for last := false; !last && !p.blockEnds(); {
		var stmt ast.Stmt
		stmt, last = p.statement()
		stmts = append(stmts, stmt)
		p.accept(';')
	}
	p.leave()
	return stmts
}

// statement reads one; last says that a block ends with it.
func (p *parser) statement() (stmt ast.Stmt, last bool) {
	pos := p.pos
	switch p.token.kind {
	case wordIf:
		return p.ifStatement(pos), false
	case wordWhile:
		return p.whileStatement(pos), false
	case wordDo:
		p.advance()
		body := at(&ast.DoBlockStmt{Stmts: p.scoped(false)}, pos)
		p.expectClosing(wordEnd, wordDo, pos)
		return body, false
	case wordFor:
		return p.forStatement(pos), false
	case wordRepeat:
		return p.repeatStatement(pos), false
	case wordFunction:
		return p.functionStatement(pos), false
	case wordLocal:
		p.advance()
		if p.accept(wordFunction) {
			return p.localFunction(pos), false
		}
		return p.localStatement(pos), false
	case wordReturn:
		p.advance()
		return p.returnStatement(pos), true
	case wordBreak:
		p.advance()
		p.breakStatement()
		return at(&ast.BreakStmt{}, pos), true
	}
	return p.expressionStatement(pos), false
}

func (p *parser) breakStatement() {
	for _, isLoop := range p.fn.loops {
		if isLoop {
			return
		}
	}
	p.fail("no loop to break")
}

func (p *parser) ifStatement(pos int) ast.Stmt {
	first := p.condition(pos)
	last := first
	for {
		switch {
		case p.token.kind == wordElseif:
			next := p.condition(p.pos)
			last.Else = []ast.Stmt{next}
			last = next
			continue
		case p.accept(wordElse):
			last.Else = p.scoped(false)
		}
		break
	}
	p.expectClosing(wordEnd, wordIf, pos)
	return first
}

// condition reads "if a then b" and "elseif a then b". A chain of the latter is as deep as it is long.
func (p *parser) condition(pos int) *ast.IfStmt {
	if p.ifChain++; p.ifChain > chainMax {
		p.lex.fail("control structure too long", p.token.kind)
	}
	p.advance()
	stmt := at(&ast.IfStmt{Condition: p.expression()}, pos)
	p.expect(wordThen)
	stmt.Then = p.scoped(false)
	return stmt
}

func (p *parser) whileStatement(pos int) ast.Stmt {
	p.advance()
	stmt := at(&ast.WhileStmt{Condition: p.expression()}, pos)
	p.expect(wordDo)
	stmt.Stmts = p.scoped(true)
	p.expectClosing(wordEnd, wordWhile, pos)
	return stmt
}

// repeatStatement: the condition sees the locals of the block.
func (p *parser) repeatStatement(pos int) ast.Stmt {
	p.advance()
	locals := len(p.fn.locals)
	p.fn.loops = append(p.fn.loops, true)
	stmt := at(&ast.RepeatStmt{Stmts: p.block()}, pos)
	p.expectClosing(wordUntil, wordRepeat, pos)
	stmt.Condition = p.expression()
	p.fn.loops = p.fn.loops[:len(p.fn.loops)-1]
	p.endScope(locals)
	return stmt
}

func (p *parser) forStatement(pos int) ast.Stmt {
	p.advance()
	first := p.name()
	locals := len(p.fn.locals)
	var stmt ast.Stmt
	switch p.token.kind {
	case '=':
		stmt = p.forNumbers(first, pos)
	case ',', wordIn:
		stmt = p.forEach(first, pos)
	default:
		p.fail("'=' or 'in' expected")
	}
	p.endScope(locals)
	return stmt
}

func (p *parser) forNumbers(name string, pos int) ast.Stmt {
	p.advance()
	parts := []ast.Expr{p.expression()}
	p.expect(',')
	parts = append(parts, p.expression())
	if p.accept(',') {
		parts = append(parts, p.expression())
	} else {
		parts = append(parts, at(&ast.NumberExpr{Value: "1"}, p.pos))
	}
	parts, before := p.loopNumbers(parts, pos)
	stmt := at(&ast.NumberForStmt{Init: parts[0], Limit: parts[1], Step: parts[2]}, pos)
	p.declare("(for index)", "(for limit)", "(for step)")
	stmt.Name = p.declare(name)[0]
	stmt.Stmts = p.forBody(pos)
	if before == nil {
		return stmt
	}
	return at(&ast.DoBlockStmt{Stmts: []ast.Stmt{before, stmt}}, pos)
}

// loopNumbers makes numbers of the parts of a numerical loop: they may be strings that are numbers, which the
// interpreter would not take. Where there is doubt, a statement before the loop sees to it.
func (p *parser) loopNumbers(parts []ast.Expr, pos int) (numbers []ast.Expr, before ast.Stmt) {
	certain := true
	for _, part := range parts {
		switch part.(type) {
		case *ast.NumberExpr, *ast.UnaryLenOpExpr:
		default:
			certain = false
		}
	}
	if certain {
		return parts, nil
	}
	for i, part := range parts {
		parts[i] = single(part)
	}
	names := p.declare("value", "value", "value")
	for i, name := range names {
		names[i] = strings.Replace(name, "value", "(value)", 1)
		p.fn.locals[len(p.fn.locals)-len(names)+i] = &variable{name: "(value)", unique: names[i]}
		numbers = append(numbers, at(&ast.IdentExpr{Value: names[i]}, pos))
	}
	call := at(&ast.FuncCallExpr{Func: at(&ast.IdentExpr{Value: Loop}, pos), Args: parts}, pos)
	return numbers, at(&ast.LocalAssignStmt{Names: names, Exprs: []ast.Expr{call}}, pos)
}

func (p *parser) forEach(first string, pos int) ast.Stmt {
	names := []string{first}
	for p.accept(',') {
		names = append(names, p.name())
	}
	p.expect(wordIn)
	exprPos := p.pos
	stmt := at(&ast.GenericForStmt{Exprs: threeValues(p.expressions())}, exprPos)
	p.declare("(for generator)", "(for state)", "(for control)")
	stmt.Names = p.declare(names...)
	stmt.Stmts = p.forBody(pos)
	return stmt
}

// threeValues adds the values that a loop's list leaves out, which gopher-lua would not set to nil.
func threeValues(list []ast.Expr) []ast.Expr {
	last := list[len(list)-1]
	switch last := last.(type) {
	case *ast.FuncCallExpr:
		if !last.AdjustRet {
			return list
		}
	case *ast.Comma3Expr:
		if !last.AdjustRet {
			return list
		}
	}
	for len(list) < 3 {
		list = append(list, at(&ast.NilExpr{}, last.Line()))
	}
	return list
}

func (p *parser) forBody(pos int) []ast.Stmt {
	p.expect(wordDo)
	body := p.scoped(true)
	p.expectClosing(wordEnd, wordFor, pos)
	return body
}

func (p *parser) localFunction(pos int) ast.Stmt {
	names := p.declare(p.name())
	fn := p.functionBody(nil, pos)
	// gopher-lua declares the name of a function before it compiles its body, as this statement needs it.
	return at(&ast.LocalAssignStmt{Names: names, Exprs: []ast.Expr{fn}}, pos)
}

func (p *parser) localStatement(pos int) ast.Stmt {
	names := []string{p.name()}
	for p.accept(',') {
		names = append(names, p.name())
	}
	stmt := at(&ast.LocalAssignStmt{Exprs: []ast.Expr{}}, pos)
	if p.accept('=') {
		stmt.Exprs = p.expressions()
	}
	stmt.Names = p.declare(names...)
	return stmt
}

func (p *parser) returnStatement(pos int) ast.Stmt {
	stmt := at(&ast.ReturnStmt{}, pos)
	if !p.blockEnds() && p.token.kind != ';' {
		stmt.Exprs = p.expressions()
	}
	return stmt
}

// functionStatement reads "function a.b:c() end", which assigns.
func (p *parser) functionStatement(pos int) ast.Stmt {
	p.advance()
	namePos := p.pos
	target := p.variable(p.name(), namePos)
	var self []string
	for p.token.kind == '.' || p.token.kind == ':' {
		isMethod := p.token.kind == ':'
		p.advance()
		key := at(&ast.StringExpr{Value: p.name()}, p.lastPos)
		target = at(&ast.AttrGetExpr{Object: target, Key: key}, p.lastPos)
		if isMethod {
			self = []string{"self"}
			break
		}
	}
	fn := p.functionBody(self, pos)
	return at(&ast.AssignStmt{Lhs: []ast.Expr{p.target(target)}, Rhs: []ast.Expr{fn}}, pos)
}

// expressionStatement reads a call or an assignment.
func (p *parser) expressionStatement(pos int) ast.Stmt {
	first := p.primary()
	if call, ok := first.(*ast.FuncCallExpr); ok && first != p.parenthesized {
		if fn, ok := call.Func.(*ast.IdentExpr); ok && p.options.Statement != nil && p.options.Statement(fn.Value) {
			fn.Value += ";"
		}
		return at(&ast.FuncCallStmt{Expr: call}, pos)
	}
	targets := []ast.Expr{p.target(first)}
	for p.accept(',') {
		if len(targets) > localsMax {
			p.limit(p.fn, localsMax, "variables in assignment")
		}
		targets = append(targets, p.target(p.primary()))
	}
	p.expect('=')
	return p.assignment(targets, p.expressions(), pos)
}

// target makes of an expression what can be assigned to.
func (p *parser) target(expr ast.Expr) ast.Expr {
	if expr == p.parenthesized {
		p.fail("syntax error")
	}
	switch to := expr.(type) {
	case *ast.AttrGetExpr:
		p.count(to.Object, 1)
		return to
	case *ast.IdentExpr:
		if library, field, ok := p.constantField(to); ok {
			return at(&ast.AttrGetExpr{Object: library, Key: field}, to.Line())
		}
		name, isParam := p.param(to)
		if !isGlobal(to) && !isParam {
			return to
		}
		table := at(&ast.IdentExpr{Value: ReadOnly}, to.Line())
		key := at(&ast.StringExpr{Value: name}, to.Line())
		return at(&ast.AttrGetExpr{Object: table, Key: key}, to.Line())
	}
	p.fail("syntax error")
	return nil
}
