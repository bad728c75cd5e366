package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
)

// variable says in the environment which change is in force.
const variable = "CONCORD_MUTANT"

// mutant is one change.
type mutant struct {
	number int
	file   string
	line   int
	what   string
}

// switches is the file that is added to a package: who asks it whether a change is in force.
const switches = `package %s

import (
	"os"
	"strconv"
)

var mutantInForce, _ = strconv.Atoi(os.Getenv("` + variable + `"))

func mutantIs(number int) bool { return mutantInForce == number }

func mutantOr[T any](number int, as, changed T) T {
	if mutantInForce == number {
		return changed
	}
	return as
}

func mutantLazy(number int, as, changed func() bool) bool {
	if mutantInForce == number {
		return changed()
	}
	return as()
}
`

// mutate writes the files with all changes in them, and returns which file stands for which.
func mutate(files []string, work string) ([]mutant, map[string]string, error) {
	r := &rewriter{files: token.NewFileSet()}
	replaced := map[string]string{}
	name, folder := "", ""
	for i, file := range files {
		parsed, err := parser.ParseFile(r.files, file, nil, 0)
		if err != nil {
			return nil, nil, err
		}
		name, folder = parsed.Name.Name, filepath.Dir(file)
		before := len(r.mutants)
		r.file = file
		for _, declaration := range parsed.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Body != nil {
				r.node(reflect.ValueOf(function.Body))
			}
		}
		if len(r.mutants) == before {
			continue
		}
		var text bytes.Buffer
		if err := format.Node(&text, r.files, parsed); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		path := filepath.Join(work, strconv.Itoa(i)+".go")
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			return nil, nil, err
		}
		replaced[absolute(file)] = path
	}
	path := filepath.Join(work, "switches.go")
	if err := os.WriteFile(path, fmt.Appendf(nil, switches, name), 0o600); err != nil {
		return nil, nil, err
	}
	replaced[absolute(filepath.Join(folder, "mutant_switches.go"))] = path
	return r.mutants, replaced, nil
}

func absolute(file string) string {
	path, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	return path
}

// rewriter changes the nodes of a file in place, each so that it asks whether its change is in force.
type rewriter struct {
	files   *token.FileSet
	file    string
	mutants []mutant
}

// mutant notes a change, and returns its number as an expression.
func (r *rewriter) mutant(at token.Pos, what string, arguments ...any) *ast.BasicLit {
	number := len(r.mutants) + 1
	r.mutants = append(r.mutants, mutant{number, r.file, r.files.Position(at).Line, fmt.Sprintf(what, arguments...)})
	return &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(number)}
}

var (
	expressionType = reflect.TypeFor[ast.Expr]() //nolint:gochecknoglobals // a constant but for the language
	statementType  = reflect.TypeFor[ast.Stmt]() //nolint:gochecknoglobals // a constant but for the language
)

// node goes through everything below a node, the innermost first.
func (r *rewriter) node(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		switch v.Interface().(type) {
		case *ast.Object, *ast.Scope, *ast.FuncType, *ast.ArrayType, *ast.GenDecl, *ast.BasicLit, *ast.Ident: //nolint:staticcheck // the parser still fills them in, and they lead back up
			return
		}
		r.node(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Field(i)
			r.node(field)
			r.replace(v.Type(), v.Type().Field(i).Name, field)
		}
	case reflect.Slice:
		for i := range v.Len() {
			r.node(v.Index(i))
			r.replace(nil, "", v.Index(i))
		}
	default:
	}
}

// replace puts a node that can be changed in the place of one that cannot.
func (r *rewriter) replace(holder reflect.Type, field string, v reflect.Value) {
	if !v.CanSet() || v.Kind() != reflect.Interface || v.IsNil() {
		return
	}
	switch v.Type() {
	case expressionType:
		if holder != nil && (field == "Type" || field == "Fun") {
			return
		}
		expression, _ := v.Interface().(ast.Expr)
		if changed := r.expression(expression); changed != nil {
			v.Set(reflect.ValueOf(changed))
		}
		if field == "Cond" && holder == reflect.TypeFor[ast.IfStmt]() {
			condition, _ := v.Interface().(ast.Expr)
			if _, is := condition.(*ast.CallExpr); is {
				v.Set(reflect.ValueOf(r.negated(condition)))
			}
		}
	case statementType:
		statement, _ := v.Interface().(ast.Stmt)
		if holder == nil && removable(statement) {
			number := r.mutant(statement.Pos(), "a statement is left out")
			v.Set(reflect.ValueOf(ast.Stmt(&ast.IfStmt{
				Cond: &ast.UnaryExpr{Op: token.NOT, X: call("mutantIs", number)},
				Body: &ast.BlockStmt{List: []ast.Stmt{statement}},
			})))
		}
	}
}

// removable reports whether a program without a statement compiles.
func removable(statement ast.Stmt) bool {
	switch statement := statement.(type) {
	case *ast.ExprStmt, *ast.IncDecStmt:
		return true
	case *ast.AssignStmt:
		return statement.Tok != token.DEFINE
	default:
		return false
	}
}

// expression returns what stands for an expression, nil where it is not changed.
func (r *rewriter) expression(expression ast.Expr) ast.Expr {
	switch e := expression.(type) {
	case *ast.BinaryExpr:
		return r.binary(e)
	case *ast.Ident:
		if e.Name == "true" || e.Name == "false" {
			other := map[string]string{"true": "false", "false": "true"}[e.Name]
			number := r.mutant(e.Pos(), "%s for %s", other, e.Name)
			return call("mutantOr", number, e, ast.NewIdent(other))
		}
	}
	return nil
}

// binary changes an expression with an operator.
func (r *rewriter) binary(e *ast.BinaryExpr) ast.Expr {
	other, known := map[token.Token]token.Token{
		token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR, token.EQL: token.NEQ, token.NEQ: token.EQL,
		token.LAND: token.LOR, token.LOR: token.LAND,
	}[e.Op]
	if known {
		number := r.mutant(e.OpPos, "%s for %s", other, e.Op)
		return call("mutantLazy", number, truth(e), truth(&ast.BinaryExpr{X: e.X, Op: other, Y: e.Y}))
	}
	other, known = map[token.Token]token.Token{token.ADD: token.SUB, token.SUB: token.ADD}[e.Op]
	if known && (isNumber(e.X) != isNumber(e.Y)) {
		number := r.mutant(e.OpPos, "%s for %s", other, e.Op)
		return call("mutantOr", number, e, &ast.BinaryExpr{X: e.X, Op: other, Y: e.Y})
	}
	return nil
}

// negated is a condition that can be the other.
func (r *rewriter) negated(condition ast.Expr) ast.Expr {
	if c, _ := condition.(*ast.CallExpr); c != nil {
		if name, ok := c.Fun.(*ast.Ident); ok && slices.Contains([]string{"mutantLazy", "mutantOr"}, name.Name) {
			return condition // it is changed already
		}
	}
	number := r.mutant(condition.Pos(), "a condition is the other")
	return call("mutantLazy", number, truth(condition), truth(&ast.UnaryExpr{Op: token.NOT, X: condition}))
}

func isNumber(e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	return ok && literal.Kind == token.INT
}

func call(name string, arguments ...ast.Expr) *ast.CallExpr {
	return &ast.CallExpr{Fun: ast.NewIdent(name), Args: arguments}
}

// truth is a function that returns a condition.
func truth(condition ast.Expr) ast.Expr {
	return &ast.FuncLit{
		Type: &ast.FuncType{Params: &ast.FieldList{}, Results: &ast.FieldList{List: []*ast.Field{{Type: ast.NewIdent("bool")}}}},
		Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ReturnStmt{Results: []ast.Expr{condition}}}},
	}
}
