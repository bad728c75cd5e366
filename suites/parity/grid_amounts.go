package parity

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// amount is a quantity that a record is found by: its number as it is written, and its unit in words and as a code.
type amount struct {
	number, unit, system, code string
}

// amounts are the quantities that a parameter finds a record by. One with a comparator or without a number is no value that
// can be asked for.
func amounts(parameter *search.Parameter, resource fhir.Resource) []amount {
	var found []amount
	for _, element := range parameter.Elements(resource) {
		object, ok := element.Value.(map[string]any)
		if !ok || element.Type != "Quantity" || object["comparator"] != nil || object["value"] == nil {
			continue
		}
		found = append(found, amount{fhir.Text(object["value"]), fhir.Text(object["unit"]), fhir.Text(object["system"]), fhir.Text(object["code"])})
	}
	return found
}

// numbers are the numbers that a parameter finds a record by, as they are written.
func numbers(parameter *search.Parameter, resource fhir.Resource) []string {
	var found []string
	for _, element := range parameter.Elements(resource) {
		if text := fhir.Text(element.Value); text != "" {
			found = append(found, text)
		}
	}
	if parameter.Kind == search.Quantity {
		for _, a := range amounts(parameter, resource) {
			found = append(found, a.number)
		}
	}
	return slices.DeleteFunc(found, func(text string) bool { _, err := strconv.ParseFloat(text, 64); return err != nil })
}

// between returns two numbers of which one is clearly above the number and the other clearly below it, with no number of the
// other records near, because how exact a recorded number is is read in more ways than one.
func between(number string, among []string) (above, below string) {
	n, _ := strconv.ParseFloat(number, 64)
	high, low := n+math.Abs(n)+1, n-math.Abs(n)-1
	for _, text := range among {
		other, _ := strconv.ParseFloat(text, 64)
		if other > n {
			high = min(high, other)
		}
		if other < n {
			low = max(low, other)
		}
	}
	write := func(value float64) string { return strconv.FormatFloat(math.Round(value*1e4)/1e4, 'f', -1, 64) }
	return write((n + high) / 2), write((n + low) / 2)
}

// prefixCells are the comparators at a number, written as value is by write.
func prefixCells(parameter *search.Parameter, number string, best holder, write func(string) string) []probe {
	var among []string
	for _, resource := range best.among {
		among = append(among, numbers(parameter, resource)...)
	}
	above, below := between(number, among)
	return []probe{
		one(parameter, "gt"+write(below), "gt with less than it"),
		one(parameter, "ge"+write(below), "ge with less than it"),
		one(parameter, "lt"+write(above), "lt with more than it"),
		one(parameter, "le"+write(above), "le with more than it"),
		one(parameter, "gt"+write(above), "gt with more than it"),
		one(parameter, "lt"+write(below), "lt with less than it"),
	}
}

// quantityCells are a quantity with its unit as a code, by the code alone, in words, and without one; and the comparators.
func quantityCells(parameter *search.Parameter, best holder) []probe {
	found := amounts(parameter, best.record)
	if len(found) == 0 {
		return nil
	}
	a := found[0]
	coded := func(number string) string { return number + "|" + a.system + "|" + escapeValue(a.code) }
	probes := []probe{one(parameter, a.number, "the number alone"), one(parameter, a.number+"||concord-no-such-unit", "the number with another unit")}
	if whole, decimals, ok := strings.Cut(a.number, "."); ok && strings.Trim(decimals, "0123456789") == "" {
		if n, err := strconv.ParseFloat(a.number, 64); err == nil && decimals != "5" && whole != "" {
			probes = append(probes, one(parameter, strconv.FormatFloat(math.Round(n), 'f', -1, 64), "the number with fewer digits, which names a range"))
		}
	}
	if a.unit != "" && a.unit != a.code {
		probes = append(probes, one(parameter, a.number+"||"+escapeValue(a.unit), "the number with its unit in words"))
	}
	if a.code == "" {
		return append(probes, prefixCells(parameter, a.number, best, func(number string) string { return number })...)
	}
	probes = append(probes, one(parameter, a.number+"||"+escapeValue(a.code), "the number with the code of its unit"))
	if a.system == "" {
		return probes
	}
	return slices.Concat(probes, []probe{
		one(parameter, coded(a.number), "the number with its coded unit"),
		one(parameter, a.number+"|https://concord.test/CodeSystem/none|"+escapeValue(a.code), "the number with a unit of another system"),
	}, prefixCells(parameter, a.number, best, coded))
}

// numberCells are a number, and the comparators.
func numberCells(parameter *search.Parameter, best holder) []probe {
	found := numbers(parameter, best.record)
	if len(found) == 0 {
		return nil
	}
	return append(prefixCells(parameter, found[0], best, func(number string) string { return number }), one(parameter, found[0], "the number"))
}

// uriCells are a URI as it stands, and others that begin with it or end before it: it is compared whole.
func uriCells(parameter *search.Parameter, best holder) []probe {
	for _, element := range parameter.Elements(best.record) {
		text := fhir.Text(element.Value)
		if text == "" {
			continue
		}
		if strings.Contains(text, "#") {
			// HAPI FHIR writes the id of the request behind the # of meta.source, and finds the source without it.
			return []probe{one(parameter, escapeValue(text), "the URI")}
		}
		return []probe{
			one(parameter, escapeValue(text), "the URI"),
			one(parameter, escapeValue(text+"/concord"), "a URI that goes on"),
			one(parameter, escapeValue(text[:len(text)-1]), "a URI that ends before"),
		}
	}
	return nil
}

// parts are the parameters that a composite one joins, by their names: code-value-quantity is code and value-quantity.
func parts(resourceType string, composite *search.Parameter) (code, value *search.Parameter, ok bool) {
	left, right, ok := strings.Cut(composite.Code, "-value-")
	if !ok {
		return nil, nil, false
	}
	prefix := strings.TrimSuffix(left, "code")
	code, known := search.Lookup(resourceType, left)
	value, also := search.Lookup(resourceType, prefix+"value-"+right)
	return code, value, known && also && prefix != "combo-"
}

// compositeCells are a pair that one record holds, and the same code with a value that it does not have.
func compositeCells(parameter *search.Parameter, best holder) []probe {
	code, value, ok := parts(best.record.Type(), parameter)
	if !ok {
		return nil
	}
	first, own := matching(code, best.record)
	second, has := pairValue(value, best.record)
	if !own || !has {
		return nil
	}
	probes := []probe{one(parameter, first+"$"+second, "a code and a value that one record holds")}
	for _, resource := range best.among {
		other, ok := pairValue(value, resource)
		if ok && other != second {
			return append(probes, one(parameter, first+"$"+other, "a code and another record's value"))
		}
	}
	return probes
}

// pairValue is the value of a part of a composite parameter.
func pairValue(parameter *search.Parameter, resource fhir.Resource) (string, bool) {
	if parameter.Kind != search.Quantity {
		return matching(parameter, resource)
	}
	found := amounts(parameter, resource)
	if len(found) == 0 {
		return "", false
	}
	return found[0].number, true
}
