package search

import (
	"math/big"
	"strconv"
	"strings"
)

// decimal is an exact decimal number: 0.digits times ten to the exponent. Comparing two needs no arithmetic, so neither
// a long number nor a large exponent costs anything.
type decimal struct {
	negative bool
	digits   string // without zeros at either end; "" is zero
	exponent int
}

// written is a decimal with the place of its last stated digit: 5.40 is stated to hundredths, 5.4 to tenths.
type written struct {
	decimal
	coefficient string // all digits as written, with the sign
	unit        int    // exponent of the last digit: -2 for 5.40, 2 for 1e2
}

const (
	maxDigits   = 100
	maxExponent = 10_000
)

// parseDecimal reads an optional minus, digits, an optional fraction and an optional exponent.
func parseDecimal(text string) (written, bool) {
	mantissa, power := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		n, err := strconv.Atoi(text[i+1:])
		if err != nil || n > maxExponent || n < -maxExponent {
			return written{}, false
		}
		mantissa, power = text[:i], n
	}
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, dotted := strings.Cut(mantissa, ".")
	if whole == "" || dotted && fraction == "" || len(mantissa) > maxDigits || !isDigits(whole) || !isDigits(fraction) {
		return written{}, false
	}
	w := written{coefficient: whole + fraction, unit: power - len(fraction)}
	w.decimal = scale(negative, w.coefficient, w.unit)
	if negative {
		w.coefficient = "-" + w.coefficient
	}
	return w, true
}

// scale makes a decimal of an integer's digits times ten to the unit.
func scale(negative bool, digits string, unit int) decimal {
	digits = strings.TrimLeft(digits, "0")
	exponent := len(digits) + unit
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		return decimal{}
	}
	return decimal{negative: negative, digits: digits, exponent: exponent}
}

// plus returns the number plus so many tenths of the unit of its last digit.
func (w written) plus(tenths int64) decimal {
	n, ok := new(big.Int).SetString(w.coefficient, 10)
	if !ok {
		return w.decimal
	}
	n.Mul(n, big.NewInt(10)).Add(n, big.NewInt(tenths))
	return scale(n.Sign() < 0, new(big.Int).Abs(n).String(), w.unit-1)
}

// bounds is the range of a number's significant figures: half a unit of the last stated digit either side.
func (w written) bounds() (low, high decimal) { return w.plus(-5), w.plus(5) }

// tenth is the range a tenth of the number either side.
func (w written) tenth() (low, high decimal) {
	n, ok := new(big.Int).SetString(w.coefficient, 10)
	if !ok {
		return w.decimal, w.decimal
	}
	digits := func(factor int64) decimal {
		product := new(big.Int).Mul(n, big.NewInt(factor))
		return scale(product.Sign() < 0, product.Abs(product).String(), w.unit-1)
	}
	if w.negative {
		return digits(11), digits(9)
	}
	return digits(9), digits(11)
}

// compare returns -1, 0 or 1 as a is less than, equal to or greater than b.
func (a decimal) compare(b decimal) int {
	if a.sign() != b.sign() {
		if a.sign() < b.sign() {
			return -1
		}
		return 1
	}
	if a.sign() == 0 {
		return 0
	}
	size := 0
	switch {
	case a.exponent != b.exponent && a.exponent < b.exponent:
		size = -1
	case a.exponent != b.exponent:
		size = 1
	default:
		size = strings.Compare(a.digits, b.digits) // as fractions: no zeros at the end, so a prefix is the smaller
	}
	return size * a.sign()
}

func (a decimal) sign() int {
	switch {
	case a.digits == "":
		return 0
	case a.negative:
		return -1
	default:
		return 1
	}
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}
