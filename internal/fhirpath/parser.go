package fhirpath

import "strconv"

// parser builds the syntax tree by precedence climbing.
type parser struct {
	source string
	tokens []token
	next   int
	depth  int
	limits Limits
}

// parse reads a whole expression.
func parse(source string, limits Limits) (*syntax, error) {
	limits = limits.withDefaults()
	if len(source) > limits.Source {
		return nil, newError(LimitExceeded, source, limits.Source, "the expression is longer than "+strconv.Itoa(limits.Source)+" bytes")
	}
	tokens, err := tokenize(source)
	if err != nil {
		return nil, err
	}
	p := &parser{source: source, tokens: tokens, limits: limits}
	n, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.fail(t, "expected an operator or the end of the expression, found "+t.describe())
	}
	return n, nil
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

func (p *parser) symbol(text string) bool {
	if t := p.peek(); t.kind == tokenSymbol && t.text == text {
		p.next++
		return true
	}
	return false
}

func (p *parser) fail(t token, message string) error {
	return newError(Syntax, p.source, t.pos, message)
}

func (p *parser) expect(text string) error {
	if p.symbol(text) {
		return nil
	}
	t := p.peek()
	return p.fail(t, "expected "+strconv.Quote(text)+", found "+t.describe())
}

// Precedences from the specification's table, the loosest first.
const (
	precedenceImplies = iota + 1
	precedenceOr
	precedenceAnd
	precedenceMembership
	precedenceEquality
	precedenceInequality
	precedenceUnion
	precedenceType
	precedenceAdditive
	precedenceMultiplicative
)

// binary gives the precedence of a token as a binary operator; zero when it is none.
func binary(t token) int {
	if t.kind != tokenSymbol && t.kind != tokenIdentifier {
		return 0
	}
	switch t.text {
	case "implies":
		return precedenceImplies
	case "or", "xor":
		return precedenceOr
	case "and":
		return precedenceAnd
	case "in", "contains":
		return precedenceMembership
	case "=", "~", "!=", "!~":
		return precedenceEquality
	case "<", ">", "<=", ">=":
		return precedenceInequality
	case "|":
		return precedenceUnion
	case "is", "as":
		return precedenceType
	case "+", "-", "&":
		return precedenceAdditive
	case "*", "/", "div", "mod":
		return precedenceMultiplicative
	}
	return 0
}

// expression reads operators that bind tighter than the given precedence; all are left associative.
func (p *parser) expression(above int) (*syntax, error) {
	if p.depth++; p.depth > p.limits.Depth {
		return nil, newError(LimitExceeded, p.source, p.peek().pos, "the expression is nested deeper than "+strconv.Itoa(p.limits.Depth)+" levels")
	}
	defer func() { p.depth-- }()
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		op := p.peek()
		prec := binary(op)
		if prec <= above {
			return left, nil
		}
		p.next++
		if prec == precedenceType {
			spec, err := p.typeSpecifier()
			if err != nil {
				return nil, err
			}
			left = &syntax{kind: nodeType, pos: op.pos, name: op.text, input: left, spec: spec}
			continue
		}
		right, err := p.expression(prec)
		if err != nil {
			return nil, err
		}
		left = &syntax{kind: nodeBinary, pos: op.pos, name: op.text, args: []*syntax{left, right}}
	}
}

// unary reads a polarity sign, which binds looser than invocation and tighter than every operator.
func (p *parser) unary() (*syntax, error) {
	t := p.peek()
	if t.kind != tokenSymbol || (t.text != "+" && t.text != "-") {
		return p.postfix()
	}
	if p.depth++; p.depth > p.limits.Depth {
		return nil, newError(LimitExceeded, p.source, t.pos, "the expression is nested deeper than "+strconv.Itoa(p.limits.Depth)+" levels")
	}
	defer func() { p.depth-- }()
	p.next++
	arg, err := p.unary()
	if err != nil {
		return nil, err
	}
	return &syntax{kind: nodeUnary, pos: t.pos, name: t.text, args: []*syntax{arg}}, nil
}

// postfix reads a term and the invocations and indexers that follow it.
func (p *parser) postfix() (*syntax, error) {
	n, err := p.term()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		switch {
		case p.symbol("."):
			n, err = p.invocation(n)
			if err != nil {
				return nil, err
			}
		case p.symbol("["):
			index, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			if err := p.expect("]"); err != nil {
				return nil, err
			}
			n = &syntax{kind: nodeIndexer, pos: t.pos, input: n, args: []*syntax{index}}
		default:
			return n, nil
		}
	}
}

// reserved words cannot start a path.
func reserved(word string) bool {
	switch word {
	case "and", "or", "xor", "implies", "div", "mod", "true", "false":
		return true
	}
	return false
}

func (p *parser) term() (*syntax, error) {
	t := p.take()
	switch t.kind {
	case tokenString:
		return &syntax{kind: nodeLiteral, pos: t.pos, item: String(t.text)}, nil
	case tokenTemporal:
		return &syntax{kind: nodeLiteral, pos: t.pos, item: t.item}, nil
	case tokenNumber:
		return p.numberOrQuantity(t), nil
	case tokenIdentifier:
		if t.text == "true" || t.text == "false" {
			return &syntax{kind: nodeLiteral, pos: t.pos, item: Boolean(t.text == "true")}, nil
		}
		if reserved(t.text) {
			return nil, p.fail(t, "expected an expression, found the operator "+t.describe())
		}
		p.next--
		return p.invocation(nil)
	case tokenDelimited:
		p.next--
		return p.invocation(nil)
	case tokenSymbol:
		return p.symbolTerm(t)
	case tokenEnd:
	}
	return nil, p.fail(t, "expected an expression, found "+t.describe())
}

func (p *parser) symbolTerm(t token) (*syntax, error) {
	switch t.text {
	case "(":
		n, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	case "{":
		return &syntax{kind: nodeEmpty, pos: t.pos}, p.expect("}")
	case "$this":
		return &syntax{kind: nodeThis, pos: t.pos}, nil
	case "$index":
		return &syntax{kind: nodeIndex, pos: t.pos}, nil
	case "$total":
		return &syntax{kind: nodeTotal, pos: t.pos}, nil
	case "%":
		name := p.take()
		if name.kind != tokenIdentifier && name.kind != tokenDelimited && name.kind != tokenString {
			return nil, p.fail(name, "expected the name of a variable, found "+name.describe())
		}
		return &syntax{kind: nodeVariable, pos: t.pos, name: name.text}, nil
	}
	return nil, p.fail(t, "expected an expression, found "+t.describe())
}

// numberOrQuantity makes a quantity of a number followed by a unit.
func (p *parser) numberOrQuantity(t token) *syntax {
	n := &syntax{kind: nodeLiteral, pos: t.pos, item: t.item}
	unit := p.peek()
	if unit.kind != tokenString && (unit.kind != tokenIdentifier || calendarKeyword(unit.text) == notCalendar) {
		return n
	}
	p.next++
	q := quantityUnit(unit.text)
	q.Value, _ = t.item.decimal()
	n.item = quantityItem(q)
	return n
}

// invocation reads a member or function after an input, or at the start of a path (input nil).
func (p *parser) invocation(input *syntax) (*syntax, error) {
	t := p.take()
	if t.kind == tokenSymbol && input != nil {
		switch t.text {
		case "$this":
			return &syntax{kind: nodeThis, pos: t.pos, input: input}, nil
		case "$index":
			return &syntax{kind: nodeIndex, pos: t.pos, input: input}, nil
		case "$total":
			return &syntax{kind: nodeTotal, pos: t.pos, input: input}, nil
		}
	}
	if t.kind != tokenIdentifier && t.kind != tokenDelimited {
		return nil, p.fail(t, "expected an element or function name, found "+t.describe())
	}
	n := &syntax{kind: nodeMember, pos: t.pos, name: t.text, delimited: t.kind == tokenDelimited, input: input}
	if !p.symbol("(") {
		return n, nil
	}
	n.kind = nodeCall
	if p.symbol(")") {
		return n, nil
	}
	for {
		arg, err := p.argument(n.name)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, arg)
		if p.symbol(",") {
			continue
		}
		return n, p.expect(")")
	}
}

// argument reads a function argument; those of sort may end in asc or desc.
func (p *parser) argument(function string) (*syntax, error) {
	arg, err := p.expression(0)
	if err != nil || function != "sort" {
		return arg, err
	}
	if t := p.peek(); t.kind == tokenIdentifier && (t.text == "asc" || t.text == "desc") {
		p.next++
		key := *arg
		key.descending = t.text == "desc"
		return &key, nil
	}
	if arg.kind == nodeUnary && arg.name == "-" { // a leading minus reverses the order, whatever the type of the key
		key := *arg.args[0]
		key.descending = true
		return &key, nil
	}
	return arg, nil
}

// typeSpecifier reads an identifier or a qualified one.
func (p *parser) typeSpecifier() (typeSpecifier, error) {
	t := p.take()
	if t.kind != tokenIdentifier && t.kind != tokenDelimited {
		return typeSpecifier{}, p.fail(t, "expected a type name, found "+t.describe())
	}
	spec := typeSpecifier{pos: t.pos, name: t.text}
	if p.peek().text == "." && p.peek().kind == tokenSymbol {
		p.next++
		name := p.take()
		if name.kind != tokenIdentifier && name.kind != tokenDelimited {
			return typeSpecifier{}, p.fail(name, "expected a type name, found "+name.describe())
		}
		spec.namespace, spec.name = t.text, name.text
	}
	return spec, nil
}
