package syntax

import (
	"github.com/yuin/gopher-lua/ast"
)

// assignment makes a statement that assigns all values at once. gopher-lua evaluates the value for a local right
// into it, which goes wrong in two ways. It is done before the next value is evaluated: a, b = b, a would make
// both the same. And where an and or an or ends early, nothing is written: x = t.y and 1 would leave x as it is.
// In these cases the values go through locals of their own.
func (p *parser) assignment(targets, values []ast.Expr, pos int) ast.Stmt {
	if !collides(targets, values) && !endsEarly(targets, values) {
		return at(&ast.AssignStmt{Lhs: targets, Rhs: values}, pos)
	}
	names := make([]string, len(targets))
	copies := make([]ast.Expr, len(targets))
	for i := range targets {
		names[i] = p.uniqueName("(value)", len(p.fn.locals)+i)
		p.ends[names[i]] = pos
		copies[i] = at(&ast.IdentExpr{Value: names[i]}, pos)
	}
	if len(p.fn.locals)+len(names) > localsMax {
		p.limit(p.fn, localsMax, "local variables")
	}
	return at(&ast.DoBlockStmt{Stmts: []ast.Stmt{
		at(&ast.LocalAssignStmt{Names: names, Exprs: values}, pos),
		at(&ast.AssignStmt{Lhs: targets, Rhs: copies}, pos),
	}}, pos)
}

// collides tells whether a value may read a variable that is assigned to before it is evaluated. A function or
// a call may read any.
func collides(targets, values []ast.Expr) bool {
	if len(targets) == 1 {
		return false
	}
	assigned := map[string]bool{}
	for i, value := range values {
		if len(assigned) > 0 && reads(value, assigned) {
			return true
		}
		if i < len(targets) {
			if local, ok := targets[i].(*ast.IdentExpr); ok {
				assigned[local.Value] = true
			}
		}
	}
	return false
}

// endsEarly tells whether a local gets the value of an and or an or.
func endsEarly(targets, values []ast.Expr) bool {
	for i, value := range values {
		if _, isLogical := value.(*ast.LogicalOpExpr); isLogical && i < len(targets) {
			if local, ok := targets[i].(*ast.IdentExpr); ok && !isGlobal(local) {
				return true
			}
		}
	}
	return false
}

// reads tells whether an expression reads one of the names.
func reads(expr ast.Expr, names map[string]bool) bool {
	switch e := expr.(type) {
	case *ast.NilExpr, *ast.TrueExpr, *ast.FalseExpr, *ast.NumberExpr, *ast.StringExpr, *ast.Comma3Expr:
		return false
	case *ast.IdentExpr:
		return names[e.Value]
	case *ast.AttrGetExpr:
		return reads(e.Object, names) || reads(e.Key, names)
	case *ast.ArithmeticOpExpr:
		return reads(e.Lhs, names) || reads(e.Rhs, names)
	case *ast.RelationalOpExpr:
		return reads(e.Lhs, names) || reads(e.Rhs, names)
	case *ast.LogicalOpExpr:
		return reads(e.Lhs, names) || reads(e.Rhs, names)
	case *ast.UnaryMinusOpExpr:
		return reads(e.Expr, names)
	case *ast.UnaryNotOpExpr:
		return reads(e.Expr, names)
	case *ast.UnaryLenOpExpr:
		return reads(e.Expr, names)
	}
	return true
}
