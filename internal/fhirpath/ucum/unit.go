// Package ucum parses unit expressions of the Unified Code for Units of Measure (case-sensitive form) and converts between
// commensurable units with exact rational factors.
//
// It promises: a string is accepted if and only if it follows the UCUM grammar and every symbol in it is a known unit, with a
// prefix only where the unit takes one; a refused string gets an error that names the offset and the reason; no input makes it
// panic, loop or use more than a bounded amount of memory. Units on non-ratio scales (degree Celsius, pH, bel) are recognised
// but never converted, and arbitrary units ([iU], [CFU]) are commensurable with themselves alone.
package ucum

import (
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

const (
	maxLength   = 256 // bytes of a unit expression
	maxExponent = 99  // magnitude of an exponent
)

// Unit is a parsed unit expression: a factor, and a product of powers of base and arbitrary units.
// The zero Unit is not valid; get one from Parse.
type Unit struct {
	factor  *big.Rat
	dims    []power // sorted by symbol, no zero exponents
	terms   []power // the symbols as written, prefix included, in order of first appearance
	number  *big.Rat
	special bool
}

// power is a unit symbol raised to an exponent.
type power struct {
	symbol   string
	exponent int
}

// SyntaxError says where and why a string is not a UCUM unit expression.
type SyntaxError struct {
	Unit   string // the expression as given
	Offset int    // byte offset of the fault, 0-based
	Reason string // what is wrong there
}

// Error names the unit, the place and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("ucum unit %q: at character %d: %s", shorten(e.Unit), e.Offset+1, e.Reason)
}

func shorten(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}

// Validate reports why a string is not a valid case-sensitive UCUM unit expression, or nil. The error is a *SyntaxError.
func Validate(code string) error {
	_, err := Parse(code)
	return err
}

// Parse reads a case-sensitive UCUM unit expression such as "mg/dL", "mm[Hg]" or "10*3/uL". The error is a *SyntaxError.
func Parse(code string) (Unit, error) {
	return parse(code, 0)
}

// Special reports whether the expression holds a unit on a non-ratio scale, such as Cel or [pH], which no factor converts.
func (u Unit) Special() bool { return u.special }

// Dimensionless reports whether the unit is a pure number, such as "1", "%" or "{score}".
func (u Unit) Dimensionless() bool { return len(u.dims) == 0 && !u.special }

// Commensurable reports whether a value in one unit can be converted to the other. Special units are commensurable with nothing.
func (u Unit) Commensurable(other Unit) bool {
	if u.special || other.special || len(u.dims) != len(other.dims) {
		return false
	}
	for i := range u.dims {
		if u.dims[i] != other.dims[i] {
			return false
		}
	}
	return true
}

// Factor returns the number of other units that make one u, exactly; false when they are not commensurable.
func (u Unit) Factor(other Unit) (*big.Rat, bool) {
	if !u.Commensurable(other) {
		return nil, false
	}
	return new(big.Rat).Quo(u.factor, other.factor), true
}

// Multiply returns the product of two units; the symbols of both are kept and merged, so that cm times cm is cm2.
func (u Unit) Multiply(other Unit) Unit { return u.combine(other, 1) }

// Divide returns the quotient of two units; the symbols of both are kept and merged, so that cm2 by cm is cm.
func (u Unit) Divide(other Unit) Unit { return u.combine(other, -1) }

func (u Unit) combine(other Unit, sign int) Unit {
	return Unit{
		factor:  new(big.Rat).Mul(u.factor, ratPower(other.factor, sign)),
		number:  new(big.Rat).Mul(u.number, ratPower(other.number, sign)),
		dims:    merge(u.dims, other.dims, sign, true),
		terms:   merge(u.terms, other.terms, sign, false),
		special: u.special || other.special,
	}
}

// String writes the unit as a UCUM expression: factors joined by ".", then each divisor after "/"; "1" when nothing remains.
func (u Unit) String() string {
	var b strings.Builder
	if num := u.number.Num(); num.Cmp(big.NewInt(1)) != 0 {
		b.WriteString(num.String())
	}
	for _, t := range u.terms {
		if t.exponent > 0 {
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			writePower(&b, t.symbol, t.exponent)
		}
	}
	for _, t := range u.terms {
		if t.exponent < 0 {
			b.WriteByte('/')
			writePower(&b, t.symbol, -t.exponent)
		}
	}
	if den := u.number.Denom(); den.Cmp(big.NewInt(1)) != 0 {
		b.WriteByte('/')
		b.WriteString(den.String())
	}
	if b.Len() == 0 {
		return "1"
	}
	return b.String()
}

func writePower(b *strings.Builder, symbol string, exponent int) {
	b.WriteString(symbol)
	if exponent != 1 {
		b.WriteString(strconv.Itoa(exponent))
	}
}

// merge adds (sign 1) or subtracts (sign -1) the exponents of b to those of a and drops what cancels.
func merge(a, b []power, sign int, sorted bool) []power {
	out := make([]power, 0, len(a)+len(b))
	out = append(out, a...)
next:
	for _, p := range b {
		for i := range out {
			if out[i].symbol == p.symbol {
				out[i].exponent += sign * p.exponent
				continue next
			}
		}
		out = append(out, power{p.symbol, sign * p.exponent})
	}
	kept := out[:0]
	for _, p := range out {
		if p.exponent != 0 {
			kept = append(kept, p)
		}
	}
	if sorted {
		sort.Slice(kept, func(i, j int) bool { return kept[i].symbol < kept[j].symbol })
	}
	return kept
}

func ratPower(r *big.Rat, exponent int) *big.Rat {
	n := exponent
	if n < 0 {
		n = -n
	}
	e := big.NewInt(int64(n))
	num := new(big.Int).Exp(r.Num(), e, nil)
	den := new(big.Int).Exp(r.Denom(), e, nil)
	if exponent < 0 {
		num, den = den, num
	}
	return new(big.Rat).SetFrac(num, den)
}
