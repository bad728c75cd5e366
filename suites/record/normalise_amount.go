package record

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/fhirpath/ucum"
)

// amountRule compares quantities by number and UCUM code. Trailing zeros and the words of the unit are free.
func amountRule() rule {
	return rule{name: "amount", differ: unlike, read: func(values []any, _ scope) string {
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
		read: func(values []any, _ scope) string {
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

// amount gives the canonical form of a Quantity: its comparator, because less than 5 is not 5, a decimal without trailing
// zeros, and the code of its unit; without a code the words of the unit. A unit that is no UCUM code is named with its
// system, and words that everybody reads as another unit than the code are named too.
func amount(quantity any) string {
	text := number(fhir.Text(fhir.Get(quantity, "value")))
	unit := plainRate(fhir.Text(fhir.Get(quantity, "code")))
	if system := fhir.Text(fhir.Get(quantity, "system")); unit != "" && system != "" && system != fixtures.UCUM {
		unit = system + "|" + unit
	}
	said := strings.TrimSpace(fhir.Text(fhir.Get(quantity, "unit")))
	if other := cmp.Or(everydayUnit(said), countedUnit(unit, said)); unit != "" && other != "" && !sameUnit(other, cmp.Or(everydayUnit(unit), unit)) {
		unit += " shown as " + said
	}
	if unit == "" {
		unit = words(said)
	}
	return strings.TrimSpace(fhir.Text(fhir.Get(quantity, "comparator")) + text + " " + unit)
}

// sameUnit reports whether two UCUM codes are one unit, in whatever way it is written: a microgram in a millilitre is a milligram in a litre.
// To UCUM a tablet is a capsule; what is counted must be the same.
func sameUnit(a, b string) bool {
	if a == b || strings.Contains(a+b, "{") {
		return a == b
	}
	one, err := ucum.Parse(a)
	if err != nil {
		return false
	}
	other, err := ucum.Parse(b)
	if err != nil {
		return false
	}
	factor, ok := one.Factor(other)
	return ok && factor.Cmp(big.NewRat(1, 1)) == 0
}

// number gives a number without the zeros at its end, and other text as it is.
func number(text string) string {
	digits := len(text) > 0 && len(text) < 18 && text[0] != '0'
	for i := range len(text) {
		digits = digits && text[i] >= '0' && text[i] <= '9'
	}
	if digits {
		return text
	}
	if shortest, ok := decimal(text); ok {
		return shortest
	}
	return text
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

// counted are the things that a UCUM annotation may count so that it matters which of them it is.
func counted() []string {
	return []string{"tablet", "capsule", "bag", "vial", "ampoule", "patch", "sachet", "suppository", "puff", "drop", "bottle", "inhaler"}
}

// countedUnit gives the annotation by which UCUM writes what is counted, of words for another thing than the code counts: "{capsule}"
// beside the code {tablet}. It is "" for a code that counts nothing by name, and for words that may be a synonym.
func countedUnit(code, said string) string {
	if !strings.HasPrefix(code, "{") || !strings.HasSuffix(code, "}") {
		return ""
	}
	thing := strings.TrimSuffix(strings.ToLower(said), "s")
	if !slices.Contains(counted(), thing) {
		return ""
	}
	return "{" + thing + "}"
}

// plainRate gives a rate without the word for what is counted, which means nothing in UCUM: {beats}/min is /min. A thing that is dispensed is
// kept.
func plainRate(code string) string {
	thing, rate, ok := strings.Cut(code, "}/")
	if thing, braced := strings.CutPrefix(thing, "{"); ok && braced && !slices.Contains(counted(), strings.TrimSuffix(strings.ToLower(thing), "s")) {
		return "/" + rate
	}
	return code
}

// everydayUnit gives the UCUM code that everybody reads words or signs for a unit as: a weight, a volume, an amount of substance, or one of
// them in another or in a time. It is "" for other words, which are free.
func everydayUnit(said string) string {
	switch said {
	case "mmol/mol", "%":
		return said
	}
	over, under, divided := strings.Cut(strings.ReplaceAll(said, " per ", "/"), "/")
	unit := measure(strings.TrimSpace(over))
	if unit == "" || !divided {
		return unit
	}
	under = strings.TrimSpace(under)
	below := measure(under)
	switch strings.ToLower(under) {
	case "h", "hr", "hour":
		below = "h"
	case "min", "minute":
		below = "min"
	case "d", "day":
		below = "d"
	}
	if below == "" {
		return ""
	}
	return unit + "/" + below
}

// measure gives the UCUM code of a weight, a volume or an amount of substance, in words or by its sign; "" for anything else.
func measure(said string) string {
	for _, base := range []struct{ sign, code string }{{"g", "g"}, {"L", "L"}, {"l", "L"}, {"mol", "mol"}} {
		prefix, is := strings.CutSuffix(said, base.sign)
		if prefix == "mc" || prefix == "\u00b5" || prefix == "\u03bc" {
			prefix = "u"
		}
		if is && (prefix == "" || len(prefix) == 1 && strings.Contains("munpkdc", prefix)) {
			return prefix + base.code
		}
	}
	word := strings.TrimSuffix(strings.ToLower(said), "s")
	for _, base := range []struct{ word, code string }{{"gram", "g"}, {"gramme", "g"}, {"litre", "L"}, {"liter", "L"}, {"mole", "mol"}} {
		prefix, is := strings.CutSuffix(word, base.word)
		if !is {
			continue
		}
		for _, known := range []struct{ word, code string }{{"", ""}, {"milli", "m"}, {"micro", "u"}, {"nano", "n"}, {"pico", "p"}, {"kilo", "k"}, {"deci", "d"}, {"centi", "c"}} {
			if prefix == known.word {
				return known.code + base.code
			}
		}
	}
	return ""
}

// saysRange reports whether the text of a reference range says no more than the bounds that stand beside it: both of them, as they
// are, and no other number; of one bound alone, not that it is the other one.
func saysRange(object map[string]any) bool {
	text := fhir.Text(object["text"])
	if object["low"] == nil && strings.ContainsAny(text, ">≥") || object["high"] == nil && strings.ContainsAny(text, "<≤") {
		return false
	}
	var bounds []string
	for _, name := range []string{"low", "high"} {
		if bound := fhir.Text(fhir.Get(object, name, "value")); bound != "" {
			bounds = append(bounds, number(bound))
		}
	}
	said := strings.FieldsFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	for i := range said {
		said[i] = number(said[i])
	}
	return len(bounds) > 0 && slices.Equal(bounds, said)
}
