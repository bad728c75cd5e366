package fhirpath

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Bounds of decimal arithmetic. The specification asks for at least 28 digits with 8 of them after the point.
const (
	maxDecimalDigits = 1000 // digits of a number that is read
	maxResultDigits  = 200  // digits of a number that is computed; more is an overflow
	maxResultScale   = 40   // digits after the point of a number that is computed
	quotientScale    = 16   // digits after the point of a quotient that does not terminate earlier
)

// Decimal is an exact decimal number that remembers how many digits it was written with after the point.
// The zero Decimal is 0.
type Decimal struct {
	coef  int64    // the digits, when wide is nil
	wide  *big.Int // the digits, when they do not fit an int64
	scale int32    // digits after the point, never negative
}

func decimalFromInt(n int64) Decimal { return Decimal{coef: n} }

// ParseDecimal reads a decimal in plain or exponent notation, such as "-0.10" or "1.5e-3"; false when the text is not a number
// or would need more than 1,000 digits.
func ParseDecimal(s string) (Decimal, bool) {
	i, neg := 0, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	start := i
	var coef int64
	digits, scale, seenPoint := 0, 0, false
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && !seenPoint && i > start {
			seenPoint = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		digits++
		if digits <= 18 {
			coef = coef*10 + int64(c-'0')
		}
		if seenPoint {
			scale++
		}
	}
	if digits == 0 || digits > maxDecimalDigits || s[i-1] == '.' {
		return Decimal{}, false
	}
	if i == len(s) && digits <= 18 {
		if neg {
			coef = -coef
		}
		return Decimal{coef: coef, scale: int32(scale)}, true
	}
	exponent := 0
	mantissa := s[start:i]
	if i < len(s) {
		if s[i] != 'e' && s[i] != 'E' {
			return Decimal{}, false
		}
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > maxDecimalDigits || n < -maxDecimalDigits {
			return Decimal{}, false
		}
		exponent = n
	}
	wide, ok := new(big.Int).SetString(strings.Replace(mantissa, ".", "", 1), 10)
	if !ok {
		return Decimal{}, false
	}
	if neg {
		wide.Neg(wide)
	}
	return makeDecimal(wide, scale-exponent), true
}

// makeDecimal builds a decimal from digits and a scale that may be negative.
func makeDecimal(wide *big.Int, scale int) Decimal {
	if scale < 0 {
		wide = new(big.Int).Mul(wide, powerOfTen(-scale))
		scale = 0
	}
	if wide.IsInt64() {
		return Decimal{coef: wide.Int64(), scale: int32(scale)}
	}
	return Decimal{wide: wide, scale: int32(scale)}
}

func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

func (d Decimal) big() *big.Int {
	if d.wide != nil {
		return d.wide
	}
	return big.NewInt(d.coef)
}

// Rat returns the exact value.
func (d Decimal) Rat() *big.Rat {
	return new(big.Rat).SetFrac(d.big(), powerOfTen(int(d.scale)))
}

// Scale returns the number of digits after the point, as written or computed.
func (d Decimal) Scale() int { return int(d.scale) }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.wide != nil:
		return d.wide.Sign()
	case d.coef < 0:
		return -1
	case d.coef > 0:
		return 1
	}
	return 0
}

// String writes the number in plain notation with all its digits after the point.
func (d Decimal) String() string {
	var digits string
	neg := d.Sign() < 0
	if d.wide != nil {
		digits = new(big.Int).Abs(d.wide).String()
	} else {
		digits = strconv.FormatInt(d.coef, 10)
		if neg {
			digits = digits[1:]
		}
	}
	if scale := int(d.scale); scale > 0 {
		if len(digits) <= scale {
			digits = strings.Repeat("0", scale-len(digits)+1) + digits
		}
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if neg {
		return "-" + digits
	}
	return digits
}

// scaleUp multiplies by a power of ten, reporting false when the product does not fit.
func scaleUp(n int64, by int32) (int64, bool) {
	for ; by > 0; by-- {
		if n > math.MaxInt64/10 || n < math.MinInt64/10 {
			return 0, false
		}
		n *= 10
	}
	return n, true
}

// align brings two numbers to one scale as int64, if they fit.
func align(a, b Decimal) (x, y int64, scale int32, ok bool) {
	if a.wide != nil || b.wide != nil {
		return 0, 0, 0, false
	}
	x, y, scale = a.coef, b.coef, a.scale
	switch {
	case a.scale < b.scale:
		scale = b.scale
		x, ok = scaleUp(x, b.scale-a.scale)
	case b.scale < a.scale:
		y, ok = scaleUp(y, a.scale-b.scale)
	default:
		ok = true
	}
	return x, y, scale, ok
}

func alignBig(a, b Decimal) (x, y *big.Int, scale int) {
	x, y = a.big(), b.big()
	switch {
	case a.scale < b.scale:
		x = new(big.Int).Mul(x, powerOfTen(int(b.scale-a.scale)))
		return x, y, int(b.scale)
	case b.scale < a.scale:
		y = new(big.Int).Mul(y, powerOfTen(int(a.scale-b.scale)))
	}
	return x, y, int(a.scale)
}

// Cmp compares by value: trailing zeros do not matter.
func (d Decimal) Cmp(o Decimal) int {
	if x, y, _, ok := align(d, o); ok {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	x, y, _ := alignBig(d, o)
	return x.Cmp(y)
}

func (d Decimal) neg() Decimal {
	if d.wide == nil && d.coef != math.MinInt64 {
		return Decimal{coef: -d.coef, scale: d.scale}
	}
	return makeDecimal(new(big.Int).Neg(d.big()), int(d.scale))
}

func (d Decimal) abs() Decimal {
	if d.Sign() < 0 {
		return d.neg()
	}
	return d
}

func (d Decimal) add(o Decimal) (Decimal, bool) {
	if x, y, scale, ok := align(d, o); ok {
		if s := x + y; (s > x) == (y > 0) {
			return Decimal{coef: s, scale: scale}, true
		}
	}
	x, y, scale := alignBig(d, o)
	return makeDecimal(new(big.Int).Add(x, y), scale).bounded()
}

func (d Decimal) sub(o Decimal) (Decimal, bool) { return d.add(o.neg()) }

func (d Decimal) mul(o Decimal) (Decimal, bool) {
	if d.wide == nil && o.wide == nil {
		hi, lo := bits.Mul64(uint64(abs64(d.coef)), uint64(abs64(o.coef))) //nolint:gosec // magnitudes
		if hi == 0 && lo <= math.MaxInt64 {
			p := int64(lo)
			if (d.coef < 0) != (o.coef < 0) {
				p = -p
			}
			return Decimal{coef: p, scale: d.scale + o.scale}.bounded()
		}
	}
	return makeDecimal(new(big.Int).Mul(d.big(), o.big()), int(d.scale+o.scale)).bounded()
}

func abs64(n int64) int64 {
	if n < 0 {
		return -n // the most negative value stays negative and is caught as an overflow when read as unsigned
	}
	return n
}

// quo divides; the quotient has at least 16 digits after the point and 16 significant ones unless it terminates earlier.
// False when the divisor is zero or the result overflows.
func (d Decimal) quo(o Decimal) (Decimal, bool) {
	if o.Sign() == 0 {
		return Decimal{}, false
	}
	return decimalFromRat(new(big.Rat).Quo(d.Rat(), o.Rat())).bounded()
}

// decimalFromRat writes a rational as a decimal, rounding half to even where it does not terminate.
func decimalFromRat(r *big.Rat) Decimal {
	if r.IsInt() {
		return makeDecimal(new(big.Int).Set(r.Num()), 0)
	}
	scale := quotientScale
	if lead := (r.Denom().BitLen() - r.Num().BitLen()) * 3 / 10; lead > 0 {
		scale += lead
	}
	scale = min(scale, maxDecimalDigits)
	num := new(big.Int).Mul(r.Num(), powerOfTen(scale))
	q, rem := new(big.Int).QuoRem(num, r.Denom(), new(big.Int))
	rem.Abs(rem).Lsh(rem, 1)
	if c := rem.Cmp(r.Denom()); c > 0 || (c == 0 && q.Bit(0) == 1) {
		q.Add(q, big.NewInt(int64(r.Sign())))
	}
	return makeDecimal(q, scale).trim()
}

// trim drops zeros after the point.
func (d Decimal) trim() Decimal {
	if d.wide == nil {
		for d.scale > 0 && d.coef%10 == 0 {
			d.coef /= 10
			d.scale--
		}
		return d
	}
	ten, q, rem := big.NewInt(10), new(big.Int).Set(d.wide), new(big.Int)
	scale := int(d.scale)
	for scale > 0 {
		next, r := new(big.Int).QuoRem(q, ten, rem)
		if r.Sign() != 0 {
			break
		}
		q = next
		scale--
	}
	return makeDecimal(q, scale)
}

// bounded rounds a result to the greatest scale kept and reports false when it has too many digits.
func (d Decimal) bounded() (Decimal, bool) {
	if d.scale > maxResultScale {
		d = d.round(maxResultScale)
	}
	if d.wide != nil && d.wide.BitLen() > maxResultDigits*10/3 {
		return Decimal{}, false
	}
	return d, true
}

// rounding says which way a digit that is dropped pushes the rest.
type rounding uint8

const (
	halfAwayFromZero rounding = iota
	towardZero
	down // to the lesser number
	up   // to the greater number
)

// round returns the number with the given digits after the point, half rounding away from zero.
func (d Decimal) round(scale int) Decimal { return d.roundTo(scale, halfAwayFromZero) }

func (d Decimal) roundTo(scale int, mode rounding) Decimal {
	if int(d.scale) <= scale {
		return makeDecimal(new(big.Int).Mul(d.big(), powerOfTen(scale-int(d.scale))), scale)
	}
	unit := powerOfTen(int(d.scale) - scale)
	q, rem := new(big.Int).QuoRem(d.big(), unit, new(big.Int))
	if sign := rem.Sign(); sign != 0 {
		away := false
		switch mode {
		case halfAwayFromZero:
			away = new(big.Int).Lsh(rem.Abs(rem), 1).Cmp(unit) >= 0
		case down:
			away = sign < 0
		case up:
			away = sign > 0
		case towardZero:
		}
		if away {
			q.Add(q, big.NewInt(int64(sign)))
		}
	}
	return makeDecimal(q, scale)
}

// int64 returns a whole number, if the value is one that fits.
func (d Decimal) int64() (int64, bool) {
	t := d.trim()
	if t.scale != 0 || t.wide != nil {
		return 0, false
	}
	return t.coef, true
}

// quoInt is truncated division; mod is its remainder. False when the divisor is zero.
func (d Decimal) quoInt(o Decimal) (quotient, mod Decimal, ok bool) {
	if o.Sign() == 0 {
		return Decimal{}, Decimal{}, false
	}
	x, y, scale := alignBig(d, o)
	q, r := new(big.Int).QuoRem(x, y, new(big.Int))
	return makeDecimal(q, 0), makeDecimal(r, scale), true
}

func (d Decimal) float() float64 {
	f, _ := d.Rat().Float64()
	return f
}

// decimalFromFloat keeps the 15 digits a float64 is sure of; false for infinities and not-a-number.
func decimalFromFloat(f float64) (Decimal, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Decimal{}, false
	}
	d, ok := ParseDecimal(strconv.FormatFloat(f, 'g', 15, 64))
	if !ok {
		return Decimal{}, false
	}
	return d.trim().bounded()
}
