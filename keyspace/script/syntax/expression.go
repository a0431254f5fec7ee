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
	line := p.line
	switch p.token.kind {
	case wordNot:
		p.advance()
		left = at(&ast.UnaryNotOpExpr{Expr: p.operators(unaryPrecedence)}, line)
	case '-':
		p.advance()
		left = negative(p.operators(unaryPrecedence), line)
	case '#':
		p.advance()
		left = at(&ast.UnaryLenOpExpr{Expr: p.operators(unaryPrecedence)}, line)
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
		line := p.line
		p.advance()
		left = binary(op, left, p.operators(power[1]), line)
	}
	p.leave()
	return left
}

// negative folds the sign into a number, so that the compiler sees a constant.
func negative(operand ast.Expr, line int) ast.Expr {
	if number, ok := operand.(*ast.NumberExpr); ok {
		text, wasNegative := strings.CutPrefix(number.Value, "-")
		if !wasNegative {
			text = "-" + text
		}
		return at(&ast.NumberExpr{Value: text}, line)
	}
	return at(&ast.UnaryMinusOpExpr{Expr: operand}, line)
}

func binary(op kind, left, right ast.Expr, line int) ast.Expr {
	switch op {
	case wordAnd, wordOr:
		return at(&ast.LogicalOpExpr{Operator: op.String(), Lhs: left, Rhs: right}, line)
	case tokenEqual, tokenUnequal, '<', '>', tokenLessEqual, tokenGreaterEqual:
		return at(&ast.RelationalOpExpr{Operator: op.String(), Lhs: left, Rhs: right}, line)
	case tokenConcat:
		return concat(left, right, line)
	}
	return at(&ast.ArithmeticOpExpr{Operator: op.String(), Lhs: left, Rhs: right}, line)
}

// concat makes one call of a chain: a .. (b .. c) joins three values at once.
func concat(left, right ast.Expr, line int) ast.Expr {
	args := []ast.Expr{single(left)}
	if call, ok := right.(*ast.FuncCallExpr); ok && isConcat(call) {
		args = append(args, call.Args...)
	} else {
		args = append(args, single(right))
	}
	return at(&ast.FuncCallExpr{Func: at(&ast.IdentExpr{Value: Concat}, line), Args: args, AdjustRet: true}, line)
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
	line := p.line
	var expr ast.Expr
	switch p.token.kind {
	case tokenNumber:
		expr = at(&ast.NumberExpr{Value: literal(p.token.num)}, line)
	case tokenString:
		expr = at(&ast.StringExpr{Value: p.token.text}, line)
	case wordNil:
		expr = at(&ast.NilExpr{}, line)
	case wordTrue:
		expr = at(&ast.TrueExpr{}, line)
	case wordFalse:
		expr = at(&ast.FalseExpr{}, line)
	case tokenDots:
		if !p.fn.isVararg {
			p.fail("cannot use '...' outside a vararg function")
		}
		p.fn.usesDots = true
		expr = at(&ast.Comma3Expr{}, line)
	case '{':
		return p.table()
	case wordFunction:
		p.advance()
		return p.functionBody(nil, line)
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
		line := p.line
		if chain == chainMax {
			p.lex.fail("function or expression too complex", p.token.kind)
		}
		switch p.token.kind {
		case '.':
			p.advance()
			expr = p.field(expr, p.name(), line)
		case '[':
			p.advance()
			key := p.expression()
			p.expect(']')
			expr = at(&ast.AttrGetExpr{Object: expr, Key: single(key)}, line)
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
	line := p.line
	switch p.token.kind {
	case '(':
		p.advance()
		expr := p.expression()
		p.expectClosing(')', '(', line)
		p.parenthesized = expr
		return single(expr)
	case tokenName:
		return p.variable(p.name(), line)
	}
	p.fail("unexpected symbol")
	return nil
}

func (p *parser) variable(name string, line int) ast.Expr {
	if p.find(name) == nil && reflective[name] {
		p.reflects = true
	}
	return at(&ast.IdentExpr{Value: name}, line)
}

// field reads library.field as one constant, and any other as an index.
func (p *parser) field(object ast.Expr, name string, line int) ast.Expr {
	if library, ok := object.(*ast.IdentExpr); ok && p.options.Field != nil && p.global(library.Value) &&
		p.options.Field(library.Value, name) {
		return at(&ast.IdentExpr{Value: library.Value + "." + name}, line)
	}
	return at(&ast.AttrGetExpr{Object: single(object), Key: at(&ast.StringExpr{Value: name}, line)}, line)
}

// constantField takes such a constant apart again.
func (p *parser) constantField(ident *ast.IdentExpr) (library *ast.IdentExpr, field *ast.StringExpr, ok bool) {
	name, key, ok := strings.Cut(ident.Value, ".")
	library = at(&ast.IdentExpr{Value: name}, ident.Line())
	return library, at(&ast.StringExpr{Value: key}, ident.Line()), ok
}

// arguments reads those of a call. A line end before the parenthesis could as well begin a statement.
func (p *parser) arguments(call *ast.FuncCallExpr) ast.Expr {
	line := p.line
	call.Args = []ast.Expr{}
	switch p.token.kind {
	case '(':
		if line != p.lastLine {
			p.fail("ambiguous syntax (function call x new statement)")
		}
		p.advance()
		if p.token.kind != ')' {
			call.Args = p.expressions()
		}
		p.expectClosing(')', '(', line)
	case '{':
		call.Args = append(call.Args, p.table())
	case tokenString:
		call.Args = append(call.Args, at(&ast.StringExpr{Value: p.token.text}, line))
		p.advance()
	default:
		p.fail("function arguments expected")
	}
	return at(call, line)
}

func (p *parser) table() ast.Expr {
	line := p.line
	table := at(&ast.TableExpr{}, line)
	p.expect('{')
	for p.token.kind != '}' {
		table.Fields = append(table.Fields, p.tableField())
		if !p.accept(',') && !p.accept(';') {
			break
		}
	}
	p.expectClosing('}', '{', line)
	return table
}

func (p *parser) tableField() *ast.Field {
	line := p.line
	switch {
	case p.token.kind == '[':
		p.advance()
		key := p.expression()
		p.expect(']')
		p.expect('=')
		return &ast.Field{Key: single(key), Value: single(p.expression())}
	case p.token.kind == tokenName && p.lookAhead() == '=':
		key := at(&ast.StringExpr{Value: p.name()}, line)
		p.expect('=')
		return &ast.Field{Key: key, Value: single(p.expression())}
	}
	return &ast.Field{Value: p.expression()}
}

// functionBody reads parameters and body; the word function is behind.
func (p *parser) functionBody(names []string, line int) *ast.FunctionExpr {
	p.openFunction(line)
	fn := at(&ast.FunctionExpr{ParList: &ast.ParList{Names: append([]string{}, names...)}}, line)
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
	p.declare(fn.ParList.Names...)
	if fn.ParList.HasVargs {
		p.declare("arg")
	}
	p.expect(')')
	fn.Stmts = p.block()
	fn.SetLastLine(p.line)
	p.expectClosing(wordEnd, wordFunction, line)
	p.closeFunction()
	return fn
}
