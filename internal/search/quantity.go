package search

import (
	"encoding/json"
	"slices"

	"concord.example/concord/internal/fhir"
)

// numberValue is one value of a number parameter, or the number of a quantity.
type numberValue struct {
	prefix    fhir.Prefix
	value     decimal
	low, high decimal // for eq, ne and ap: the range around the value
}

func parseNumber(text string) (numberValue, string) {
	prefix, rest := fhir.CutPrefix(text)
	w, ok := parseDecimal(rest)
	if !ok {
		return numberValue{}, "is not an optional prefix and a number, such as ge5.4 or 1e-2"
	}
	value := numberValue{prefix: prefix, value: w.decimal}
	if prefix == fhir.Approximately {
		value.low, value.high = w.tenth()
	} else {
		value.low, value.high = w.bounds()
	}
	return value, ""
}

func (v numberValue) match(_ *matching, _ *path, element any) bool {
	number, ok := numberOf(element)
	return ok && v.matches(amount{low: number, high: number})
}

func numberOf(element any) (decimal, bool) {
	number, ok := element.(json.Number)
	if !ok {
		return decimal{}, false
	}
	w, ok := parseDecimal(number.String())
	return w.decimal, ok
}

// amount is the range of numbers an element stands for: a point, unless it has a comparator or is a Range.
type amount struct {
	low, high         decimal
	noLow, noHigh     bool
	aboveLow, belowHi bool // the bound itself is not in the range
}

// Comparisons of an amount with an exact number: whether some of it, or all of it, lies on one side.

func (a amount) someAbove(n decimal) bool { return a.noHigh || a.high.compare(n) > 0 }

func (a amount) someBelow(n decimal) bool { return a.noLow || a.low.compare(n) < 0 }

func (a amount) allAbove(n decimal) bool {
	return !a.noLow && (a.low.compare(n) > 0 || a.aboveLow && a.low.compare(n) == 0)
}

func (a amount) allBelow(n decimal) bool {
	return !a.noHigh && (a.high.compare(n) < 0 || a.belowHi && a.high.compare(n) == 0)
}

// matches applies the prefix. The precision of the search value counts for eq and ne only, that of the resource never
// (R4 section 3.1.1.4.6).
func (v numberValue) matches(a amount) bool {
	switch v.prefix {
	case fhir.Equal:
		return !a.someBelow(v.low) && a.allBelow(v.high)
	case fhir.NotEqual:
		return a.someBelow(v.low) || !a.allBelow(v.high)
	case fhir.GreaterThan:
		return a.someAbove(v.value)
	case fhir.LessThan:
		return a.someBelow(v.value)
	case fhir.GreaterOrEqual:
		return !a.allBelow(v.value)
	case fhir.LessOrEqual:
		return !a.allAbove(v.value)
	case fhir.StartsAfter:
		return a.allAbove(v.value)
	case fhir.EndsBefore:
		return a.allBelow(v.value)
	case fhir.Approximately:
		return !a.allBelow(v.low) && !a.allAbove(v.high)
	default:
		return false
	}
}

// quantityValue is one value of a quantity parameter: number, number|system|code or number||unit.
type quantityValue struct {
	numberValue
	system, code string
}

func parseQuantity(part string) (quantityValue, string) {
	pieces := split(part, '|')
	for i := range pieces {
		plain, err := unescape(pieces[i])
		if err != nil {
			return quantityValue{}, err.Error()
		}
		pieces[i] = plain
	}
	if n := len(pieces); n != 1 && n != 3 || n == 3 && pieces[1] == "" && pieces[2] == "" {
		return quantityValue{}, "is not a number, number|system|code or number||unit"
	}
	number, problem := parseNumber(pieces[0])
	if problem != "" {
		return quantityValue{}, problem
	}
	value := quantityValue{numberValue: number}
	if len(pieces) == 3 {
		value.system, value.code = pieces[1], pieces[2]
	}
	return value, ""
}

func (v quantityValue) match(_ *matching, p *path, element any) bool {
	quantity, ok := object(element)
	if !ok {
		return false
	}
	var a amount
	switch p.typ {
	case "SampledData":
		return false // a series of values, not a value
	case "Range":
		low, hasLow := object(quantity["low"])
		high, hasHigh := object(quantity["high"])
		if !hasLow && !hasHigh || hasLow && !v.unit(low) || hasHigh && !v.unit(high) {
			return false
		}
		a, ok = rangeOf(low, high)
	case "Money":
		if v.system != "" && v.system != "urn:iso:std:iso:4217" || v.code != "" && v.code != fhir.Text(quantity["currency"]) {
			return false
		}
		a, ok = quantityOf(quantity)
	default:
		if !v.unit(quantity) {
			return false
		}
		a, ok = quantityOf(quantity)
	}
	return ok && v.matches(a)
}

// unit compares the unit of a quantity: its coded unit, or without a system the code or the human unit.
func (v quantityValue) unit(quantity map[string]any) bool {
	switch {
	case v.system == "" && v.code == "":
		return true
	case v.system == "":
		return slices.Contains([]string{fhir.Text(quantity["code"]), fhir.Text(quantity["unit"])}, v.code)
	default:
		return fhir.Text(quantity["system"]) == v.system && (v.code == "" || fhir.Text(quantity["code"]) == v.code)
	}
}

func quantityOf(quantity map[string]any) (amount, bool) {
	number, ok := numberOf(quantity["value"])
	if !ok {
		return amount{}, false
	}
	a := amount{low: number, high: number}
	switch fhir.Text(quantity["comparator"]) {
	case "<":
		a.noLow, a.belowHi = true, true
	case "<=":
		a.noLow = true
	case ">":
		a.noHigh, a.aboveLow = true, true
	case ">=":
		a.noHigh = true
	}
	return a, true
}

func rangeOf(low, high map[string]any) (amount, bool) {
	a := amount{noLow: low == nil, noHigh: high == nil}
	var ok bool
	if low != nil {
		if a.low, ok = numberOf(low["value"]); !ok {
			return a, false
		}
	}
	if high != nil {
		if a.high, ok = numberOf(high["value"]); !ok {
			return a, false
		}
	}
	return a, a.noLow || a.noHigh || a.low.compare(a.high) <= 0
}
