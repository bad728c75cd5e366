package parity

import (
	"encoding/json"
	"math/big"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/fhirpath/ucum"
	"concord.example/concord/internal/search"
)

// A search for an amount of a UCUM unit may find what was measured in another unit: "the search processor may choose to perform
// a search based on canonical units" (FHIR R4 3.1.1.4.11), so that 126 umol/L is less than 11.9 mmol/L, or not looked at.

// significant is how many decimal places a converted amount has at most.
const significant = 18

// unitsOf are the UCUM units that a query names amounts in, by their codes.
func (q Query) unitsOf() map[string]ucum.Unit {
	units := map[string]ucum.Unit{}
	for _, term := range q.Terms {
		parameter, ok := search.Lookup(q.Resource, term.Code)
		if !ok || parameter.Kind != search.Quantity && parameter.Kind != search.Composite {
			continue
		}
		for _, value := range strings.FieldsFunc(term.Value, func(r rune) bool { return r == ',' || r == '$' }) {
			_, code, ok := strings.Cut(value, "|"+fixtures.UCUM+"|")
			if !ok {
				continue
			}
			if unit, err := ucum.Parse(code); err == nil {
				units[code] = unit
			}
		}
	}
	return units
}

// inUnits are copies of a record, one for each unit in which some of its amounts can be told that are told in another one; none
// where there are no such amounts.
func inUnits(resource fhir.Resource, units map[string]ucum.Unit) []fhir.Resource {
	var copies []fhir.Resource
	for code, unit := range units {
		converted := resource.Clone()
		if convert(map[string]any(converted), code, unit) {
			copies = append(copies, converted)
		}
	}
	return copies
}

// convert tells the amounts of a value in a unit, as far as they can be, and reports whether any was told in another one.
func convert(value any, code string, unit ucum.Unit) bool {
	changed := false
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			changed = convert(item, code, unit) || changed
		}
	case map[string]any:
		own := fhir.Text(value["code"])
		if fhir.Text(value["system"]) != fixtures.UCUM || own == "" {
			for _, item := range value {
				changed = convert(item, code, unit) || changed
			}
			return changed
		}
		number, isNumber := new(big.Rat).SetString(fhir.Text(value["value"]))
		given, err := ucum.Parse(own)
		if own == code || !isNumber || err != nil {
			return false
		}
		factor, ok := given.Factor(unit)
		if !ok {
			return false
		}
		value["value"], value["code"] = json.Number(strings.TrimRight(strings.TrimRight(number.Mul(number, factor).FloatString(significant), "0"), ".")), code
		changed = true
	}
	return changed
}
