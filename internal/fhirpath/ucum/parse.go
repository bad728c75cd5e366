package ucum

import (
	"math/big"
	"strconv"
)

// parser reads one unit expression by recursive descent over the grammar of UCUM section 2.2.
type parser struct {
	text  string
	pos   int
	depth int // of unit definitions, to refuse a table that refers to itself
}

func parse(code string, depth int) (Unit, error) {
	p := &parser{text: code, depth: depth}
	switch {
	case code == "":
		return Unit{}, p.fail(0, "a unit is needed; use 1 for a number without one")
	case len(code) > maxLength:
		return Unit{}, p.fail(maxLength, "the expression is longer than 256 characters")
	case depth > 12:
		return Unit{}, p.fail(0, "units defined by one another")
	}
	for i := range len(code) {
		if c := code[i]; c < 33 || c > 126 {
			return Unit{}, p.fail(i, "only printable ASCII characters are allowed, and no space")
		}
	}
	u := one()
	if p.peek() == '/' {
		p.pos++
		v, err := p.component()
		if err != nil {
			return Unit{}, err
		}
		u = u.Divide(v)
	} else {
		v, err := p.component()
		if err != nil {
			return Unit{}, err
		}
		u = v
	}
	u, err := p.rest(u)
	if err != nil {
		return Unit{}, err
	}
	if p.pos < len(p.text) {
		return Unit{}, p.fail(p.pos, "unexpected "+strconv.QuoteRune(rune(p.text[p.pos])))
	}
	return u, nil
}

func one() Unit { return Unit{factor: big.NewRat(1, 1), number: big.NewRat(1, 1)} }

func (p *parser) fail(offset int, reason string) error {
	return &SyntaxError{Unit: p.text, Offset: offset, Reason: reason}
}

func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// rest reads the operators and components that follow a first component.
func (p *parser) rest(u Unit) (Unit, error) {
	for {
		op := p.peek()
		if op != '.' && op != '/' {
			return u, nil
		}
		p.pos++
		v, err := p.component()
		if err != nil {
			return Unit{}, err
		}
		if op == '.' {
			u = u.Multiply(v)
		} else {
			u = u.Divide(v)
		}
	}
}

// component reads a bracketed term, an annotation, an integer factor or a unit with its exponent and annotation.
func (p *parser) component() (Unit, error) {
	switch p.peek() {
	case 0:
		return Unit{}, p.fail(p.pos, "a unit is needed here")
	case '(':
		p.pos++
		u, err := p.group()
		if err != nil {
			return Unit{}, err
		}
		return u, p.annotation()
	case '{':
		return one(), p.annotation()
	}
	start := p.pos
	if u, ok, err := p.factor(); ok || err != nil {
		if err != nil {
			return Unit{}, err
		}
		return u, p.annotation()
	}
	symbol, err := p.symbol()
	if err != nil {
		return Unit{}, err
	}
	exponent, err := p.exponent()
	if err != nil {
		return Unit{}, err
	}
	u, err := p.resolve(symbol, start, exponent)
	if err != nil {
		return Unit{}, err
	}
	return u, p.annotation()
}

func (p *parser) group() (Unit, error) {
	open := p.pos - 1
	var u Unit
	v, err := p.leading()
	if err != nil {
		return Unit{}, err
	}
	u, err = p.rest(v)
	if err != nil {
		return Unit{}, err
	}
	if p.peek() != ')' {
		return Unit{}, p.fail(open, "this bracket is not closed")
	}
	p.pos++
	return u, nil
}

// leading reads the first component of a bracketed term, which may begin with a division.
func (p *parser) leading() (Unit, error) {
	if p.peek() != '/' {
		return p.component()
	}
	p.pos++
	v, err := p.component()
	if err != nil {
		return Unit{}, err
	}
	return one().Divide(v), nil
}

// annotation skips text in braces; it has no meaning for conversion.
func (p *parser) annotation() error {
	if p.peek() != '{' {
		return nil
	}
	open := p.pos
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch p.text[p.pos] {
		case '{':
			return p.fail(p.pos, "an annotation cannot hold another one")
		case '}':
			p.pos++
			return nil
		}
	}
	return p.fail(open, "this annotation is not closed")
}

// factor reads a positive integer that is not the start of the symbols 10* and 10^.
func (p *parser) factor() (Unit, bool, error) {
	start, end := p.pos, p.pos
	for end < len(p.text) && isDigit(p.text[end]) {
		end++
	}
	if end == start || (end < len(p.text) && (p.text[end] == '*' || p.text[end] == '^')) {
		return Unit{}, false, nil
	}
	n, ok := new(big.Rat).SetString(p.text[start:end])
	if !ok || n.Sign() == 0 {
		return Unit{}, false, p.fail(start, "a factor must be a positive whole number")
	}
	p.pos = end
	u := one()
	u.factor.Set(n)
	u.number.Set(n)
	return u, true, nil
}

// symbol reads the characters of a unit symbol with its prefix: everything up to an operator, a sign or a digit outside square brackets.
func (p *parser) symbol() (string, error) {
	start := p.pos
	if hasPowerOfTen(p.text[start:]) {
		p.pos += 3
		return p.text[start:p.pos], nil
	}
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '[':
			open := p.pos
			for p.pos < len(p.text) && p.text[p.pos] != ']' {
				p.pos++
			}
			if p.pos == len(p.text) {
				return "", p.fail(open, "this square bracket is not closed")
			}
			p.pos++
			continue
		case c == '.' || c == '/' || c == '(' || c == ')' || c == '{' || c == '}' || c == '+' || c == '-' || isDigit(c):
			if p.pos == start {
				return "", p.fail(p.pos, "a unit is needed before "+strconv.QuoteRune(rune(c)))
			}
			return p.text[start:p.pos], nil
		}
		p.pos++
	}
	return p.text[start:p.pos], nil
}

func hasPowerOfTen(s string) bool {
	return len(s) >= 3 && s[0] == '1' && s[1] == '0' && (s[2] == '*' || s[2] == '^')
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *parser) exponent() (int, error) {
	start := p.pos
	if c := p.peek(); c == '+' || c == '-' {
		p.pos++
	}
	digits := p.pos
	for isDigit(p.peek()) {
		p.pos++
	}
	if p.pos == digits {
		if digits > start {
			return 0, p.fail(start, "a sign must be followed by an exponent")
		}
		return 1, nil
	}
	n, err := strconv.Atoi(p.text[start:p.pos])
	if err != nil || n > maxExponent || n < -maxExponent {
		return 0, p.fail(start, "the exponent is out of range")
	}
	return n, nil
}

// resolve turns a symbol into a unit: the whole symbol if it is an atom, else a prefix and an atom that takes one.
func (p *parser) resolve(symbol string, offset, exponent int) (Unit, error) {
	scale := "1"
	code := symbol
	a, ok := lookup(symbol)
	for n := 1; !ok && n <= 2 && n < len(symbol); n++ {
		s, known := prefix(symbol[:n])
		if !known {
			continue
		}
		if b, found := lookup(symbol[n:]); found && b.class.takesPrefix() {
			a, ok, scale, code = b, true, s, symbol[n:]
		}
	}
	if !ok {
		return Unit{}, p.fail(offset, strconv.Quote(shorten(symbol))+" is not a UCUM unit")
	}
	u, err := p.define(code, a)
	if err != nil {
		return Unit{}, err
	}
	s, _ := new(big.Rat).SetString(scale)
	factor := ratPower(new(big.Rat).Mul(u.factor, s), exponent)
	dims := make([]power, 0, len(u.dims))
	for _, d := range u.dims {
		if exponent != 0 {
			dims = append(dims, power{d.symbol, d.exponent * exponent})
		}
	}
	out := Unit{factor: factor, number: big.NewRat(1, 1), dims: dims, special: u.special}
	if exponent != 0 {
		out.terms = []power{{symbol, exponent}}
	}
	return out, nil
}

// define reduces an atom to base units.
func (p *parser) define(code string, a atom) (Unit, error) {
	switch a.class {
	case baseUnit, arbitrary, metricArbitrary:
		u := one()
		u.dims = []power{{code, 1}}
		return u, nil
	case dimensionlessPi:
		u := one()
		u.factor.SetString("3.1415926535897932384626433832795028841971693993751058209749445923")
		return u, nil
	case nonMetric, metric, special, metricSpecial:
	}
	u, err := parse(a.unit, p.depth+1)
	if err != nil {
		return Unit{}, err
	}
	v, _ := new(big.Rat).SetString(a.value)
	u.factor = new(big.Rat).Mul(u.factor, v)
	u.special = u.special || a.class == special || a.class == metricSpecial
	return u, nil
}
