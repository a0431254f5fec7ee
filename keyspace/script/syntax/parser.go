package syntax

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// Names that no script can spell, and that the interpreter has to provide as globals.
const (
	ReadOnly = "(readonly)" // a table whose fields cannot be set
	Concat   = "(concat)"   // a function that joins its arguments as .. does
)

// ForNumber is the name of such a function that makes a number of a part of a numerical loop: its "initial
// value", its "limit" or its "step".
func ForNumber(part string) string { return "(loop " + part + ")" }

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
}

// reflective are the names that lead to Chunk.Reflects.
var reflective = map[string]bool{"_G": true, "load": true, "loadstring": true}

type parser struct {
	lex      lexer
	token    token
	ahead    token // when hasAhead
	hasAhead bool
	line     int // where token begins
	lastLine int // where the one before began
	aheadAt  int
	depth    int
	ifChain  int // elseifs read so far
	fn       *function
	options  Options
	reflects bool
	// parenthesized is the last expression that stood in parentheses, which makes a value of it.
	parenthesized ast.Expr
}

// Parse reads a chunk. The error is an *Error.
func Parse(source string, options Options) (chunk Chunk, err error) {
	p := &parser{lex: lexer{source: source, chunk: options.Chunk, line: 1}, options: options}
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
	for _, name := range options.Params {
		p.fn.locals = append(p.fn.locals, &variable{name: name, param: true})
	}
	p.advance()
	stmts := p.block()
	p.check(tokenEOF)
	if options.Params != nil {
		stmts = p.wrap(stmts)
	}
	return Chunk{Stmts: stmts, Reflects: p.reflects}, nil
}

// wrap makes a chunk of parameters the body of a function that takes them.
func (p *parser) wrap(body []ast.Stmt) []ast.Stmt {
	fn := &ast.FunctionExpr{ParList: &ast.ParList{HasVargs: p.fn.usesDots, Names: p.options.Params}, Stmts: body}
	fn.SetLine(0)
	fn.SetLastLine(p.line)
	result := at(&ast.ReturnStmt{Exprs: []ast.Expr{fn}}, p.line)
	return []ast.Stmt{result}
}

// at sets the line of a node, which is where an error in it is reported.
func at[N ast.PositionHolder](node N, line int) N {
	node.SetLine(line)
	node.SetLastLine(line)
	return node
}

func (p *parser) advance() {
	p.lastLine = p.line
	if p.hasAhead {
		p.token, p.line, p.hasAhead = p.ahead, p.aheadAt, false
		return
	}
	p.token = p.lex.next()
	p.line = p.lex.line
}

func (p *parser) lookAhead() kind {
	if !p.hasAhead {
		p.ahead = p.lex.next()
		p.aheadAt, p.hasAhead = p.lex.line, true
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
func (p *parser) expectClosing(closing, opening kind, line int) {
	if p.token.kind == closing {
		p.advance()
		return
	}
	if line == p.line {
		p.check(closing)
	}
	p.fail("'" + closing.String() + "' expected (to close '" + opening.String() + "' at line " +
		strconv.Itoa(line) + ")")
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
	p.fn.locals = p.fn.locals[:locals]
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
	line := p.line
	switch p.token.kind {
	case wordIf:
		return p.ifStatement(line), false
	case wordWhile:
		return p.whileStatement(line), false
	case wordDo:
		p.advance()
		body := at(&ast.DoBlockStmt{Stmts: p.scoped(false)}, line)
		p.expectClosing(wordEnd, wordDo, line)
		return body, false
	case wordFor:
		return p.forStatement(line), false
	case wordRepeat:
		return p.repeatStatement(line), false
	case wordFunction:
		return p.functionStatement(line), false
	case wordLocal:
		p.advance()
		if p.accept(wordFunction) {
			return p.localFunction(line), false
		}
		return p.localStatement(line), false
	case wordReturn:
		p.advance()
		return p.returnStatement(line), true
	case wordBreak:
		p.advance()
		p.breakStatement()
		return at(&ast.BreakStmt{}, line), true
	}
	return p.expressionStatement(line), false
}

func (p *parser) breakStatement() {
	for _, isLoop := range p.fn.loops {
		if isLoop {
			return
		}
	}
	p.fail("no loop to break")
}

func (p *parser) ifStatement(line int) ast.Stmt {
	first := p.condition(line)
	last := first
	for {
		switch {
		case p.token.kind == wordElseif:
			next := p.condition(p.line)
			last.Else = []ast.Stmt{next}
			last = next
			continue
		case p.accept(wordElse):
			last.Else = p.scoped(false)
		}
		break
	}
	p.expectClosing(wordEnd, wordIf, line)
	return first
}

// condition reads "if a then b" and "elseif a then b". A chain of the latter is as deep as it is long.
func (p *parser) condition(line int) *ast.IfStmt {
	if p.ifChain++; p.ifChain > chainMax {
		p.lex.fail("control structure too long", p.token.kind)
	}
	p.advance()
	stmt := at(&ast.IfStmt{Condition: p.expression()}, line)
	p.expect(wordThen)
	stmt.Then = p.scoped(false)
	return stmt
}

func (p *parser) whileStatement(line int) ast.Stmt {
	p.advance()
	stmt := at(&ast.WhileStmt{Condition: p.expression()}, line)
	p.expect(wordDo)
	stmt.Stmts = p.scoped(true)
	p.expectClosing(wordEnd, wordWhile, line)
	return stmt
}

// repeatStatement: the condition sees the locals of the block.
func (p *parser) repeatStatement(line int) ast.Stmt {
	p.advance()
	locals := len(p.fn.locals)
	p.fn.loops = append(p.fn.loops, true)
	stmt := at(&ast.RepeatStmt{Stmts: p.block()}, line)
	p.expectClosing(wordUntil, wordRepeat, line)
	stmt.Condition = p.expression()
	p.fn.loops = p.fn.loops[:len(p.fn.loops)-1]
	p.fn.locals = p.fn.locals[:locals]
	return stmt
}

func (p *parser) forStatement(line int) ast.Stmt {
	p.advance()
	first := p.name()
	locals := len(p.fn.locals)
	defer func() { p.fn.locals = p.fn.locals[:locals] }()
	switch p.token.kind {
	case '=':
		return p.forNumbers(first, line)
	case ',', wordIn:
		return p.forEach(first, line)
	}
	p.fail("'=' or 'in' expected")
	return nil
}

func (p *parser) forNumbers(name string, line int) ast.Stmt {
	p.advance()
	stmt := at(&ast.NumberForStmt{Name: name, Init: p.loopNumber("initial value")}, line)
	p.expect(',')
	stmt.Limit = p.loopNumber("limit")
	if p.accept(',') {
		stmt.Step = p.loopNumber("step")
	} else {
		stmt.Step = at(&ast.NumberExpr{Value: "1"}, p.line)
	}
	p.declare("(for index)", "(for limit)", "(for step)", name)
	stmt.Stmts = p.forBody(line)
	return stmt
}

// loopNumber reads a part of a numerical loop. It may be a string that is a number, which the interpreter would
// not take.
func (p *parser) loopNumber(part string) ast.Expr {
	expr := p.expression()
	switch expr.(type) {
	case *ast.NumberExpr, *ast.UnaryLenOpExpr, *ast.ArithmeticOpExpr:
		return expr
	}
	fn := at(&ast.IdentExpr{Value: ForNumber(part)}, p.lastLine)
	return at(&ast.FuncCallExpr{Func: fn, Args: []ast.Expr{single(expr)}, AdjustRet: true}, p.lastLine)
}

func (p *parser) forEach(first string, line int) ast.Stmt {
	names := []string{first}
	for p.accept(',') {
		names = append(names, p.name())
	}
	p.expect(wordIn)
	exprLine := p.line
	stmt := at(&ast.GenericForStmt{Names: names, Exprs: threeValues(p.expressions())}, exprLine)
	p.declare("(for generator)", "(for state)", "(for control)")
	p.declare(names...)
	stmt.Stmts = p.forBody(line)
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

func (p *parser) forBody(line int) []ast.Stmt {
	p.expect(wordDo)
	body := p.scoped(true)
	p.expectClosing(wordEnd, wordFor, line)
	return body
}

func (p *parser) localFunction(line int) ast.Stmt {
	name := p.name()
	p.declare(name)
	fn := p.functionBody(nil, line)
	// gopher-lua declares the name of a function before it compiles its body, as this statement needs it.
	return at(&ast.LocalAssignStmt{Names: []string{name}, Exprs: []ast.Expr{fn}}, line)
}

func (p *parser) localStatement(line int) ast.Stmt {
	names := []string{p.name()}
	for p.accept(',') {
		names = append(names, p.name())
	}
	stmt := at(&ast.LocalAssignStmt{Names: names, Exprs: []ast.Expr{}}, line)
	if p.accept('=') {
		stmt.Exprs = p.expressions()
	}
	p.declare(names...)
	return stmt
}

func (p *parser) returnStatement(line int) ast.Stmt {
	stmt := at(&ast.ReturnStmt{}, line)
	if !p.blockEnds() && p.token.kind != ';' {
		stmt.Exprs = p.expressions()
	}
	return stmt
}

// functionStatement reads "function a.b:c() end", which assigns.
func (p *parser) functionStatement(line int) ast.Stmt {
	p.advance()
	nameLine := p.line
	target := p.variable(p.name(), nameLine)
	var self []string
	for p.token.kind == '.' || p.token.kind == ':' {
		isMethod := p.token.kind == ':'
		p.advance()
		key := at(&ast.StringExpr{Value: p.name()}, p.lastLine)
		target = at(&ast.AttrGetExpr{Object: target, Key: key}, p.lastLine)
		if isMethod {
			self = []string{"self"}
			break
		}
	}
	fn := p.functionBody(self, line)
	return at(&ast.AssignStmt{Lhs: []ast.Expr{p.target(target)}, Rhs: []ast.Expr{fn}}, line)
}

// expressionStatement reads a call or an assignment.
func (p *parser) expressionStatement(line int) ast.Stmt {
	first := p.primary()
	if call, ok := first.(*ast.FuncCallExpr); ok && first != p.parenthesized {
		if fn, ok := call.Func.(*ast.IdentExpr); ok && p.options.Statement != nil && p.options.Statement(fn.Value) {
			fn.Value += ";"
		}
		return at(&ast.FuncCallStmt{Expr: call}, line)
	}
	targets := []ast.Expr{p.target(first)}
	for p.accept(',') {
		if len(targets) > localsMax {
			p.limit(p.fn, localsMax, "variables in assignment")
		}
		targets = append(targets, p.target(p.primary()))
	}
	p.expect('=')
	return p.assignment(targets, p.expressions(), line)
}

// target makes of an expression what can be assigned to.
func (p *parser) target(expr ast.Expr) ast.Expr {
	if expr == p.parenthesized {
		p.fail("syntax error")
	}
	switch to := expr.(type) {
	case *ast.AttrGetExpr:
		return to
	case *ast.IdentExpr:
		if library, field, ok := p.constantField(to); ok {
			return at(&ast.AttrGetExpr{Object: library, Key: field}, to.Line())
		}
		if !p.global(to.Value) {
			return to
		}
		table := at(&ast.IdentExpr{Value: ReadOnly}, to.Line())
		key := at(&ast.StringExpr{Value: to.Value}, to.Line())
		return at(&ast.AttrGetExpr{Object: table, Key: key}, to.Line())
	}
	p.fail("syntax error")
	return nil
}
