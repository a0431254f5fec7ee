package syntax

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// assignment makes a statement that assigns all values at once. gopher-lua evaluates the value for a local right
// into it, before it evaluates the next: a, b = b, a would make both the same. Where a value names a local that
// was a target before, all values go through locals of their own.
func (p *parser) assignment(targets, values []ast.Expr, line int) ast.Stmt {
	if !collides(targets, values) {
		return at(&ast.AssignStmt{Lhs: targets, Rhs: values}, line)
	}
	names := make([]string, len(targets))
	copies := make([]ast.Expr, len(targets))
	for i := range targets {
		names[i] = "(value " + strconv.Itoa(i+1) + ")"
		copies[i] = at(&ast.IdentExpr{Value: names[i]}, line)
	}
	if len(p.fn.locals)+len(names) > localsMax {
		p.limit(p.fn, localsMax, "local variables")
	}
	return at(&ast.DoBlockStmt{Stmts: []ast.Stmt{
		at(&ast.LocalAssignStmt{Names: names, Exprs: values}, line),
		at(&ast.AssignStmt{Lhs: targets, Rhs: copies}, line),
	}}, line)
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
