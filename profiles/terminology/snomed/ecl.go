package snomed

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// constraint is a node of an expression.
type constraint struct {
	// op is "" for the concepts of focus, one of the hierarchy operators (<, <<, <!, <<!, >, >>, >!, >>!), "^" for the
	// members of a refset, AND, OR, MINUS, or ":" for a refinement.
	op     string
	any    bool   // the focus is "*"
	id     uint64 // the focus, where there are no operands
	inside []*constraint
	// attributes are those of a refinement; every one, or with or one of them, must be there.
	attributes []attributeConstraint
	or         bool
}

type attributeConstraint struct {
	name, value *constraint
	not         bool
}

// deepest bounds how deep an expression may be nested.
const deepest = 100

// parse reads an expression constraint: concept ids with or without terms, *, the hierarchy operators and ^ in their short
// and long forms, AND, OR, MINUS, brackets, and refinements of attributes without groups and cardinalities. Anything else
// is an error, so that nothing is judged by half an expression.
func parse(text string) (*constraint, error) {
	p := &parser{rest: text}
	e, err := p.expression(0)
	if err != nil {
		return nil, fmt.Errorf("read expression %q: %w", clip([]byte(text)), err)
	}
	if p.space(); p.rest != "" {
		return nil, fmt.Errorf("read expression %q: cannot read on at %q", clip([]byte(text)), clip([]byte(p.rest)))
	}
	return e, nil
}

type parser struct{ rest string }

var (
	errMixed  = errors.New("AND, OR and MINUS are mixed without brackets")
	errNested = errors.New("it is nested too deeply")
	errFocus  = errors.New("a concept, * or a bracket is missing")
)

func (p *parser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// sign takes a text from the start.
func (p *parser) sign(s string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, s)
	if ok {
		p.rest = rest
	}
	return ok
}

// word takes a word from the start, whatever its case.
func (p *parser) word(s string) bool {
	p.space()
	if len(p.rest) < len(s) || !strings.EqualFold(p.rest[:len(s)], s) {
		return false
	}
	if after := p.rest[len(s):]; after != "" && (after[0] >= 'a' && after[0] <= 'z' || after[0] >= 'A' && after[0] <= 'Z') {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}

func (p *parser) expression(depth int) (*constraint, error) {
	if depth > deepest {
		return nil, errNested
	}
	first, err := p.refined(depth)
	if err != nil {
		return nil, err
	}
	joined := &constraint{inside: []*constraint{first}}
	for {
		op := p.conjunction()
		if op == "" {
			break
		}
		if joined.op != "" && (joined.op != op || op == "MINUS") {
			return nil, errMixed
		}
		joined.op = op
		next, err := p.refined(depth)
		if err != nil {
			return nil, err
		}
		joined.inside = append(joined.inside, next)
	}
	if joined.op == "" {
		return first, nil
	}
	return joined, nil
}

func (p *parser) conjunction() string {
	for _, op := range []string{"AND", "OR", "MINUS"} {
		if p.word(op) {
			return op
		}
	}
	return ""
}

func (p *parser) refined(depth int) (*constraint, error) {
	e, err := p.simple(depth)
	if err != nil || !p.sign(":") {
		return e, err
	}
	refined := &constraint{op: ":", inside: []*constraint{e}}
	joint := ""
	for {
		a, err := p.attribute(depth)
		if err != nil {
			return nil, err
		}
		refined.attributes = append(refined.attributes, a)
		op := ""
		switch {
		case p.sign(","), p.word("AND"):
			op = "AND"
		case p.word("OR"):
			op = "OR"
		default:
			return refined, nil
		}
		if joint != "" && joint != op {
			return nil, errMixed
		}
		joint = op
		refined.or = op == "OR"
	}
}

func (p *parser) attribute(depth int) (attributeConstraint, error) {
	name, err := p.simple(depth + 1)
	if err != nil {
		return attributeConstraint{}, err
	}
	a := attributeConstraint{name: name}
	switch {
	case p.sign("!="):
		a.not = true
	case p.sign("="):
	default:
		return a, errors.New("an attribute is compared with neither = nor !=")
	}
	a.value, err = p.simple(depth + 1)
	return a, err
}

// operators are the hierarchy operators in their short and long forms, longer ones first.
func operators() []struct{ short, long string } {
	return []struct{ short, long string }{
		{"<<!", "childOrSelfOf"},
		{">>!", "parentOrSelfOf"},
		{"<<", "descendantOrSelfOf"},
		{">>", "ancestorOrSelfOf"},
		{"<!", "childOf"},
		{">!", "parentOf"},
		{"<", "descendantOf"},
		{">", "ancestorOf"},
		{"^", "memberOf"},
	}
}

func (p *parser) simple(depth int) (*constraint, error) {
	if depth > deepest {
		return nil, errNested
	}
	for _, o := range operators() {
		if !p.sign(o.short) && !p.word(o.long) {
			continue
		}
		focus, err := p.simple(depth + 1)
		return &constraint{op: o.short, inside: []*constraint{focus}}, err
	}
	if p.sign("(") {
		e, err := p.expression(depth + 1)
		if err == nil && !p.sign(")") {
			err = errors.New("a bracket is not closed")
		}
		return e, err
	}
	if p.sign("*") {
		return &constraint{any: true}, nil
	}
	p.space()
	end := 0
	for end < len(p.rest) && p.rest[end] >= '0' && p.rest[end] <= '9' {
		end++
	}
	id, err := strconv.ParseUint(p.rest[:end], 10, 64)
	if err != nil {
		return nil, errFocus
	}
	p.rest = p.rest[end:]
	if p.sign("|") {
		_, rest, closed := strings.Cut(p.rest, "|")
		if !closed {
			return nil, errors.New("a term is not closed")
		}
		p.rest = rest
	}
	return &constraint{id: id}, nil
}

// evaluate works out what a constraint selects.
func (x *Index) evaluate(e *constraint) (*Set, error) {
	switch e.op {
	case "AND", "OR", "MINUS":
		return x.combine(e)
	case ":":
		return x.refine(e)
	case "^":
		return x.members(e.inside[0])
	case "":
		s := x.newSet()
		if e.any {
			for i := range x.Meta.Concepts {
				if x.parts[activeSection][i/8]&(1<<(i%8)) != 0 {
					s.add(i)
				}
			}
			return s, nil
		}
		if i, known := x.at(e.id); known {
			s.add(i)
		}
		return s, nil
	}
	focus, err := x.evaluate(e.inside[0])
	if err != nil {
		return nil, err
	}
	starts, edges := childStarts, childSection
	if e.op[0] == '>' {
		starts, edges = parentStarts, parentSection
	}
	return x.walk(focus, starts, edges, strings.HasPrefix(e.op[1:], e.op[:1]), strings.HasSuffix(e.op, "!")), nil
}

// walk follows edges from the concepts of a set.
func (x *Index) walk(focus *Set, starts, edges int, self, once bool) *Set {
	s := x.newSet()
	var next []int
	step := func(i int) {
		from, end := x.span(starts, edges, i, 1)
		for k := from; k < end; k++ {
			if to := x.number(edges, k); s.add(to) && !once {
				next = append(next, to)
			}
		}
	}
	focus.each(step)
	for len(next) > 0 {
		i := next[len(next)-1]
		next = next[:len(next)-1]
		step(i)
	}
	if self {
		focus.each(func(i int) { s.add(i) })
	}
	return s
}

func (x *Index) combine(e *constraint) (*Set, error) {
	s := x.newSet()
	for n, inner := range e.inside {
		other, err := x.evaluate(inner)
		if err != nil {
			return nil, err
		}
		for i, w := range other.bits {
			switch {
			case n == 0 || e.op == "OR":
				s.bits[i] |= w
			case e.op == "AND":
				s.bits[i] &= w
			default:
				s.bits[i] &^= w
			}
		}
	}
	return s, nil
}

// members selects the members of the refsets that a constraint selects. A refset that the release lacks is an error: its
// members are unknown, not none.
func (x *Index) members(e *constraint) (*Set, error) {
	if e.op != "" || e.any {
		return nil, errors.New("^ is read before the id of one reference set only")
	}
	s := x.newSet()
	for r := range x.Meta.Refsets {
		if x.long(refsetSection, r) != e.id {
			continue
		}
		from, end := x.span(memberStarts, memberSection, r, 1)
		for k := from; k < end; k++ {
			s.add(x.number(memberSection, k))
		}
		return s, nil
	}
	return nil, fmt.Errorf("reference set %d is not in the release", e.id)
}

// refine selects the concepts that have attributes as asked.
func (x *Index) refine(e *constraint) (*Set, error) {
	focus, err := x.evaluate(e.inside[0])
	if err != nil {
		return nil, err
	}
	type asked struct {
		name, value *Set
		not         bool
	}
	var list []asked
	for _, a := range e.attributes {
		name, err := x.evaluate(a.name)
		if err != nil {
			return nil, err
		}
		value, err := x.evaluate(a.value)
		if err != nil {
			return nil, err
		}
		list = append(list, asked{name, value, a.not})
	}
	s := x.newSet()
	focus.each(func(i int) {
		met := 0
		from, end := x.span(attributeStarts, attributeSection, i, 2)
		for _, a := range list {
			for k := from; k < end; k++ {
				typ, destination := x.number(attributeSection, 2*k), x.number(attributeSection, 2*k+1)
				if a.name.holds(typ) && a.value.holds(destination) != a.not {
					met++
					break
				}
			}
		}
		if met == len(list) || e.or && met > 0 {
			s.add(i)
		}
	})
	return s, nil
}
