package record

import (
	"math/big"
	"slices"
	"strings"

	"concord/internal/fhir"
)

// amountRule compares quantities by number and UCUM code. Trailing zeros and the words of the unit are free.
func amountRule() rule {
	return rule{name: "amount", differ: unlike, read: func(values []any, _ Names) string {
		amounts := make([]string, 0, len(values))
		for _, value := range values {
			amounts = append(amounts, amount(value))
		}
		return strings.Join(amounts, "\n")
	}}
}

// amountsRule compares the parts of an observation, each a code with a quantity, in any order.
func amountsRule() rule {
	return rule{
		name: "amounts", differ: func(expected, actual string) bool { return len(lost(expected, actual)) > 0 },
		read: func(values []any, _ Names) string {
			var parts []string
			for _, component := range values {
				// One line for each code of a part, so that an added code is as lawful as it is elsewhere.
				for _, code := range codings(fhir.Get(component, "code")) {
					parts = append(parts, code+" = "+amount(fhir.Get(component, "valueQuantity")))
				}
			}
			slices.Sort(parts)
			return strings.Join(parts, "\n")
		},
	}
}

// amount gives the canonical form of a Quantity: a decimal without trailing zeros, and the code of its unit.
func amount(quantity any) string {
	text := fhir.Text(fhir.Get(quantity, "value"))
	if number, ok := decimal(text); ok {
		text = number
	}
	return strings.TrimSpace(text + " " + fhir.Text(fhir.Get(quantity, "code")))
}

// decimal gives the shortest form of a decimal number, exactly. Numbers of absurd size are left as they are written, so
// that nobody can make us write them out.
func decimal(text string) (string, bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if len(mantissa) > 60 || len(strings.TrimLeft(exponent, "+-0")) > 2 {
		return "", false
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok {
		return "", false
	}
	digits, _ := number.FloatPrec()
	return number.FloatString(digits), true
}
