package syntax

import (
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// precedence of an operator to its left and to its right: 5.1's table. Those that bind more to their left than
// to their right, .. and ^, group from the right.
var precedence = map[kind][2]int{
	'+': {6, 6}, '-': {6, 6}, '*': {7, 7}, '/': {7, 7}, '%': {7, 7},
	'^': {10, 9}, tokenConcat: {5, 4},
	tokenUnequal: {3, 3}, tokenEqual: {3, 3}, '<': {3, 3}, tokenLessEqual: {3, 3}, '>': {3, 3}, tokenGreaterEqual: {3, 3},
	wordAnd: {2, 2}, wordOr: {1, 1},
}

const unaryPrecedence = 8

func (p *parser) expression() ast.Expr { return p.operators(0) }

func (p *parser) expressions() []ast.Expr {
	list := []ast.Expr{p.expression()}
	for p.accept(',') {
		list = append(list, p.expression())
	}
	return list
}

// operators reads operands and the operators between them that bind more than limit.
func (p *parser) operators(limit int) ast.Expr {
	p.enter()
	var left ast.Expr
	pos := p.pos
	switch p.token.kind {
	case wordNot:
		p.advance()
		left = at(&ast.UnaryNotOpExpr{Expr: p.operators(unaryPrecedence)}, pos)
	case '-':
		p.advance()
		left = negative(p.operators(unaryPrecedence), pos)
	case '#':
		p.advance()
		operand := p.operators(unaryPrecedence)
		p.count(operand, -1)
		left = at(&ast.UnaryLenOpExpr{Expr: operand}, pos)
	default:
		left = p.simple()
	}
	for chain := 0; ; chain++ {
		op := p.token.kind
		power, ok := precedence[op]
		if !ok || power[0] <= limit {
			break
		}
		if chain == chainMax {
			p.lex.fail("function or expression too complex", op)
		}
		pos := p.pos
		p.advance()
		left = binary(op, left, p.operators(power[1]), pos)
	}
	p.leave()
	return left
}

// negative folds the sign into a number, so that the compiler sees a constant.
func negative(operand ast.Expr, pos int) ast.Expr {
	if number, ok := operand.(*ast.NumberExpr); ok {
		text, wasNegative := strings.CutPrefix(number.Value, "-")
		if !wasNegative {
			text = "-" + text
		}
		return at(&ast.NumberExpr{Value: text}, pos)
	}
	return at(&ast.UnaryMinusOpExpr{Expr: operand}, pos)
}

func binary(op kind, left, right ast.Expr, pos int) ast.Expr {
	switch op {
	case wordAnd, wordOr:
		if decided(op, left) {
			return single(right)
		}
		return at(&ast.LogicalOpExpr{Operator: op.String(), Lhs: left, Rhs: right}, pos)
	case tokenEqual, tokenUnequal, '<', '>', tokenLessEqual, tokenGreaterEqual:
		return at(&ast.RelationalOpExpr{Operator: op.String(), Lhs: left, Rhs: right}, pos)
	case tokenConcat:
		return concat(left, right, pos)
	case '%':
		// gopher-lua's remainder may be -0, which is 0 in Lua.
		remainder := at(&ast.ArithmeticOpExpr{Operator: "%", Lhs: left, Rhs: right}, pos)
		return at(&ast.ArithmeticOpExpr{Operator: "+", Lhs: remainder, Rhs: at(&ast.NumberExpr{Value: "0"}, pos)}, pos)
	}
	return at(&ast.ArithmeticOpExpr{Operator: op.String(), Lhs: left, Rhs: right}, pos)
}

// decided tells whether the left side of and, or or, is a constant that leaves it to the right one.
func decided(op kind, left ast.Expr) bool {
	switch left.(type) {
	case *ast.NilExpr, *ast.FalseExpr:
		return op == wordOr
	case *ast.TrueExpr, *ast.NumberExpr, *ast.StringExpr:
		return op == wordAnd
	}
	return false
}

// concat makes one call of a chain: a .. (b .. c) joins three values at once.
func concat(left, right ast.Expr, pos int) ast.Expr {
	args := []ast.Expr{single(left)}
	if call, ok := right.(*ast.FuncCallExpr); ok && isConcat(call) {
		args = append(args, call.Args...)
	} else {
		args = append(args, single(right))
	}
	return at(&ast.FuncCallExpr{Func: at(&ast.IdentExpr{Value: Concat}, pos), Args: args, AdjustRet: true}, pos)
}

func isConcat(call *ast.FuncCallExpr) bool {
	fn, ok := call.Func.(*ast.IdentExpr)
	return ok && fn.Value == Concat
}

// single cuts an expression of many values down to its first.
func single(expr ast.Expr) ast.Expr {
	switch e := expr.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
	return expr
}

func (p *parser) simple() ast.Expr {
	pos := p.pos
	var expr ast.Expr
	switch p.token.kind {
	case tokenNumber:
		expr = at(&ast.NumberExpr{Value: literal(p.token.num)}, pos)
	case tokenString:
		expr = at(&ast.StringExpr{Value: p.token.text}, pos)
	case wordNil:
		expr = at(&ast.NilExpr{}, pos)
	case wordTrue:
		expr = at(&ast.TrueExpr{}, pos)
	case wordFalse:
		expr = at(&ast.FalseExpr{}, pos)
	case tokenDots:
		if !p.fn.isVararg {
			p.fail("cannot use '...' outside a vararg function")
		}
		p.fn.usesDots = true
		expr = at(&ast.Comma3Expr{}, pos)
	case '{':
		return p.table()
	case wordFunction:
		p.advance()
		return p.functionBody(nil, pos)
	default:
		return p.primary()
	}
	p.advance()
	return expr
}

// primary reads a variable or a parenthesis, and the fields, indices and calls behind it.
func (p *parser) primary() ast.Expr {
	expr := p.prefix()
	for chain := 0; ; chain++ {
		pos := p.pos
		if chain == chainMax {
			p.lex.fail("function or expression too complex", p.token.kind)
		}
		switch p.token.kind {
		case '.':
			p.advance()
			expr = p.field(expr, p.name(), pos)
		case '[':
			p.advance()
			p.count(expr, -1)
			key := p.expression()
			p.expect(']')
			expr = at(&ast.AttrGetExpr{Object: expr, Key: single(key)}, pos)
		case ':':
			p.advance()
			method := p.name()
			call := &ast.FuncCallExpr{Receiver: single(expr), Method: method}
			expr = p.arguments(call)
		case '(', tokenString, '{':
			expr = p.arguments(&ast.FuncCallExpr{Func: single(expr)})
		default:
			return expr
		}
	}
}

func (p *parser) prefix() ast.Expr {
	pos := p.pos
	switch p.token.kind {
	case '(':
		p.advance()
		expr := p.expression()
		p.expectClosing(')', '(', pos)
		p.parenthesized = expr
		return single(expr)
	case tokenName:
		return p.variable(p.name(), pos)
	}
	p.fail("unexpected symbol")
	return nil
}

func (p *parser) variable(name string, pos int) ast.Expr {
	if v := p.find(name); v != nil {
		ident := at(&ast.IdentExpr{Value: v.unique}, pos)
		p.count(ident, 1)
		return ident
	}
	if reflective[name] {
		p.reflects = true
	}
	return at(&ast.IdentExpr{Value: name}, pos)
}

// field reads library.field as one constant, and any other as an index.
func (p *parser) field(object ast.Expr, name string, pos int) ast.Expr {
	if library, ok := object.(*ast.IdentExpr); ok && p.options.Field != nil && isGlobal(library) &&
		p.options.Field(library.Value, name) {
		return at(&ast.IdentExpr{Value: library.Value + "." + name}, pos)
	}
	p.count(object, -1)
	return at(&ast.AttrGetExpr{Object: single(object), Key: at(&ast.StringExpr{Value: name}, pos)}, pos)
}

// constantField takes such a constant apart again.
func (p *parser) constantField(ident *ast.IdentExpr) (library *ast.IdentExpr, field *ast.StringExpr, ok bool) {
	if !isGlobal(ident) {
		return nil, nil, false
	}
	name, key, ok := strings.Cut(ident.Value, ".")
	library = at(&ast.IdentExpr{Value: name}, ident.Line())
	return library, at(&ast.StringExpr{Value: key}, ident.Line()), ok
}

// arguments reads those of a call. A line end before the parenthesis could as well begin a statement.
func (p *parser) arguments(call *ast.FuncCallExpr) ast.Expr {
	pos := p.pos
	call.Args = []ast.Expr{}
	switch p.token.kind {
	case '(':
		if p.lines[pos] != p.lines[p.lastPos] {
			p.fail("ambiguous syntax (function call x new statement)")
		}
		p.advance()
		if p.token.kind != ')' {
			call.Args = p.expressions()
			if fn, ok := call.Func.(*ast.IdentExpr); ok && fn.Value == "unpack" {
				p.count(call.Args[0], -1)
			}
		}
		p.expectClosing(')', '(', pos)
	case '{':
		call.Args = append(call.Args, p.table())
	case tokenString:
		call.Args = append(call.Args, at(&ast.StringExpr{Value: p.token.text}, pos))
		p.advance()
	default:
		p.fail("function arguments expected")
	}
	return at(call, pos)
}

func (p *parser) table() ast.Expr {
	pos := p.pos
	table := at(&ast.TableExpr{}, pos)
	p.expect('{')
	for p.token.kind != '}' {
		table.Fields = append(table.Fields, p.tableField())
		if !p.accept(',') && !p.accept(';') {
			break
		}
	}
	p.expectClosing('}', '{', pos)
	return table
}

func (p *parser) tableField() *ast.Field {
	pos := p.pos
	switch {
	case p.token.kind == '[':
		p.advance()
		key := p.expression()
		p.expect(']')
		p.expect('=')
		return &ast.Field{Key: single(key), Value: single(p.expression())}
	case p.token.kind == tokenName && p.lookAhead() == '=':
		key := at(&ast.StringExpr{Value: p.name()}, pos)
		p.expect('=')
		return &ast.Field{Key: key, Value: single(p.expression())}
	}
	return &ast.Field{Value: p.expression()}
}

// functionBody reads parameters and body; the word function is behind.
func (p *parser) functionBody(names []string, pos int) *ast.FunctionExpr {
	p.openFunction(pos)
	fn := at(&ast.FunctionExpr{ParList: &ast.ParList{Names: append([]string{}, names...)}}, pos)
	p.expect('(')
	for p.token.kind != ')' {
		switch p.token.kind {
		case tokenName:
			fn.ParList.Names = append(fn.ParList.Names, p.name())
		case tokenDots:
			p.advance()
			fn.ParList.HasVargs, p.fn.isVararg = true, true
		default:
			p.fail("<name> or '...' expected")
		}
		if p.fn.isVararg || !p.accept(',') {
			break
		}
		if p.token.kind == ')' {
			p.fail("<name> or '...' expected")
		}
	}
	fn.ParList.Names = p.declare(fn.ParList.Names...)
	if fn.ParList.HasVargs {
		p.declare(hiddenArg)
	}
	p.expect(')')
	fn.Stmts = p.block()
	fn.SetLastLine(p.pos)
	p.expectClosing(wordEnd, wordFunction, pos)
	p.closeFunction()
	return fn
}
