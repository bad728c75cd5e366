package proof

import (
	"encoding/json"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// valueOperators alter one element of one record, wherever the record is shown.
func valueOperators() []operator {
	element := func(name string, fits func(place) bool, other func(*draw, place) any) operator {
		return operator{name: name, record: func(d *draw, s *shown) *generated {
			places := slices.DeleteFunc(placesOf(s.resource), func(p place) bool { return !fits(p) })
			return d.element(s, places, other)
		}}
	}
	return []operator{
		element("element left out", func(p place) bool { return p.name() != "reference" || !p.item() }, func(*draw, place) any { return gone{} }),
		element("value of another record", func(place) bool { return true }, func(d *draw, p place) any { return d.another(p) }),
		element("concept of another record", isConcept, func(d *draw, p place) any { return d.another(p) }),
		element("code of another record", isCode, func(d *draw, p place) any { return d.another(p) }),
		element("words altered", isWords, func(_ *draw, p place) any { return fhir.Text(p.value) + ", or not" }),
		element("words of another record", isWords, func(d *draw, p place) any { return d.another(p) }),
		element("code altered", isCode, func(_ *draw, p place) any { return otherCode(fhir.Text(p.value)) }),
		element("system of a code lost", func(p place) bool { return p.name() == "system" && !p.item() }, func(*draw, place) any { return gone{} }),
		element("system of a code altered", func(p place) bool { return p.name() == "system" && !p.item() }, func(_ *draw, p place) any { return fhir.Text(p.value) + "-2" }),
		element("boolean the other", func(p place) bool { _, is := p.value.(bool); return is }, func(_ *draw, p place) any { return p.value != true }),
		element("number one more", isNumber, func(_ *draw, p place) any { return calculated(p, func(n *big.Rat) { n.Add(n, big.NewRat(1, 1)) }) }),
		element("number tenfold", isNumber, func(_ *draw, p place) any { return calculated(p, func(n *big.Rat) { n.Mul(n, big.NewRat(10, 1)) }) }),
		element("number a little more", isNumber, func(_ *draw, p place) any { return calculated(p, func(n *big.Rat) { n.Add(n, big.NewRat(1, 10)) }) }),
		element("number a tenth", isNumber, func(_ *draw, p place) any { return calculated(p, func(n *big.Rat) { n.Mul(n, big.NewRat(1, 10)) }) }),
		element("unit changed", isQuantity, func(_ *draw, p place) any { return otherUnit(p.value) }),
		element("comparator lost", func(p place) bool { return p.name() == "comparator" }, func(*draw, place) any { return gone{} }),
		element("comparator the other way", func(p place) bool { return p.name() == "comparator" }, func(_ *draw, p place) any {
			return map[string]any{"<": ">", ">": "<", "<=": ">=", ">=": "<="}[fhir.Text(p.value)]
		}),
		element("comparator gained", isQuantity, func(d *draw, p place) any { return withComparator(p.value, one(d, []string{"<", ">", "<=", ">="})) }),
		element("time moved", isDate, func(d *draw, p place) any {
			return moved(fhir.Text(p.value), one(d, []time.Duration{time.Minute, time.Hour, 24 * time.Hour, -24 * time.Hour, 365 * 24 * time.Hour}))
		}),
		element("day and month exchanged", isDate, func(_ *draw, p place) any { return dayAndMonth(fhir.Text(p.value)) }),
		element("zone shifted", isDate, func(d *draw, p place) any {
			return zoned(fhir.Text(p.value), one(d, []string{"+05:30", "-01:00", "+02:00"}))
		}),
		element("precision lost", isDate, func(d *draw, p place) any { return truncated(fhir.Text(p.value), one(d, []int{4, 7, 10})) }),
		element("reference to another", isReference, func(d *draw, p place) any { return d.another(p) }),
		element("reference to nothing", func(p place) bool { return p.name() == "reference" && !p.item() && isText(p.value) }, func(_ *draw, p place) any {
			return fhir.Text(p.value) + "0"
		}),
		element("items of a list exchanged", isLongList, func(d *draw, p place) any { return exchanged(d, p.value) }),
		element("item of a list lost", place.item, func(*draw, place) any { return gone{} }),
		element("item of a list twice", isList, func(d *draw, p place) any {
			list := fhir.List(p.value)
			return append(slices.Clone(list), clone(one(d, list)))
		}),
		element("item gained from another record", isList, func(d *draw, p place) any { return d.gained(p) }),
		element("entered in error", isStatus, func(_ *draw, p place) any { return inError(p) }),
		{name: "element gained from another record", record: borrowed},
	}
}

// gone is the value of an element that is left out.
type gone struct{}

// element draws one of the places and gives it another value. Every path is as likely as any other, however long its list is.
func (d *draw) element(s *shown, places []place, other func(*draw, place) any) *generated {
	if len(places) == 0 {
		return nil
	}
	var paths []string
	for _, p := range places {
		if !slices.Contains(paths, p.path) {
			paths = append(paths, p.path)
		}
	}
	path := one(d, paths)
	p := one(d, slices.DeleteFunc(places, func(p place) bool { return p.path != path }))
	value := other(d, p)
	if value == nil || reflect.DeepEqual(value, p.value) {
		return nil
	}
	after := value
	if (value == gone{}) {
		after = nil
	}
	g := everywhere(s, func(resource map[string]any) bool {
		if now, _ := at(resource, p.steps); now == nil || !reflect.DeepEqual(now, p.value) {
			return false
		}
		put(resource, p.steps, clone(after))
		return true
	})
	if g == nil {
		return nil
	}
	g.steps, g.foreignWords = p.steps, slices.Contains(d.values[p.path], asText(after))
	g.mutant = result.Mutant{Place: p.path, Before: asText(p.value), After: asText(after)}
	return g
}

// another is a value that the element has in another record, nil where there is none.
func (d *draw) another(p place) any {
	list := d.values[p.path]
	for range 8 {
		value := decoded(one(d, list))
		if reflect.TypeOf(value) == reflect.TypeOf(p.value) && !reflect.DeepEqual(value, p.value) {
			return value
		}
	}
	return nil
}

// gained is a list with an item more, which stands in such a list of another record.
func (d *draw) gained(p place) any {
	list := fhir.List(p.value)
	other, ok := d.another(p).([]any)
	if !ok {
		return nil
	}
	for _, item := range other {
		if !slices.ContainsFunc(list, func(known any) bool { return reflect.DeepEqual(known, item) }) {
			return append(slices.Clone(list), item)
		}
	}
	return nil
}

// borrowed gives a record an element that it lacks and another record of its type has.
func borrowed(d *draw, s *shown) *generated {
	prefix := s.resource.Type() + "."
	var names []string
	for path := range d.values {
		name, below := strings.CutPrefix(path, prefix)
		if below && !strings.Contains(name, ".") && s.resource[name] == nil && !strings.HasPrefix(name, "_") && !d.choiceTaken(s.resource, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	name := one(d, names)
	value := decoded(one(d, d.values[prefix+name]))
	for range 20 {
		// An item of a list has the path of the list.
		if _, list := value.([]any); list || !d.isListed(prefix+name) {
			break
		}
		value = decoded(one(d, d.values[prefix+name]))
	}
	g := everywhere(s, func(resource map[string]any) bool {
		if subsetted(resource) {
			return false
		}
		resource[name] = clone(value)
		return true
	})
	if g == nil {
		return nil
	}
	g.steps = []any{name}
	g.mutant = result.Mutant{Place: prefix + name, After: asText(value)}
	return g
}

// isListed reports whether a path is that of a list.
func (d *draw) isListed(path string) bool {
	return slices.ContainsFunc(d.values[path], func(text string) bool { return text[0] == '[' })
}

// choiceTaken reports whether a record has an element of the same choice in another type, "valueString" beside "valueQuantity".
func (d *draw) choiceTaken(resource fhir.Resource, name string) bool {
	for _, stem := range []string{"value", "effective", "onset", "abatement", "performed", "occurrence", "medication", "deceased", "multipleBirth"} {
		if strings.HasPrefix(name, stem) {
			for known := range resource {
				if strings.HasPrefix(known, stem) {
					return true
				}
			}
		}
	}
	return false
}

// subsetted reports whether a resource is shown in part.
func subsetted(resource map[string]any) bool {
	return slices.ContainsFunc(fhir.Objects(fhir.Get(resource, "meta", "tag")), func(tag map[string]any) bool { return tag["code"] == "SUBSETTED" })
}

func decoded(text string) any {
	value, err := fhir.Decode([]byte(text))
	if err != nil {
		return nil
	}
	return value
}

func isText(value any) bool { _, is := value.(string); return is }

func isList(p place) bool { list, is := p.value.([]any); return is && len(list) > 0 }

func isLongList(p place) bool { list, is := p.value.([]any); return is && len(list) > 1 }

func isNumber(p place) bool { _, is := p.value.(json.Number); return is }

func isConcept(p place) bool {
	object, is := p.value.(map[string]any)
	return is && (object["coding"] != nil || object["code"] != nil && object["system"] != nil && object["value"] == nil)
}

func isQuantity(p place) bool {
	object, is := p.value.(map[string]any)
	_, number := fhir.Get(object, "value").(json.Number)
	return is && number
}

func isReference(p place) bool {
	object, is := p.value.(map[string]any)
	return is && (object["reference"] != nil || object["identifier"] != nil && object["type"] != nil)
}

var codeForm = regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)

func isCode(p place) bool {
	text, is := p.value.(string)
	return is && codeForm.MatchString(text) && !isDate(p) && !slices.Contains([]string{"value", "id", "reference", "versionId", "data", "hash"}, p.name())
}

func isWords(p place) bool {
	return isText(p.value) && slices.Contains([]string{
		"text", "display", "title", "description", "comment", "patientInstruction", "family", "given", "prefix", "name", "lotNumber", "note", "line", "city",
		"postalCode", "value", "valueString", "unit", "conclusion", "instructions", "div", "detail", "label", "district",
	}, p.name()) && !isDate(p)
}

func isStatus(p place) bool {
	return slices.Contains([]string{"status", "verificationStatus"}, p.name()) && len(p.steps) == 1
}

var dateForm = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d(T.+)?)?)?$`)

func isDate(p place) bool {
	text, is := p.value.(string)
	if !is || !dateForm.MatchString(text) || slices.Contains([]string{"value", "code", "version", "versionId", "lotNumber"}, p.name()) {
		return false
	}
	_, err := fhir.ParseDate(text, nil)
	return err == nil
}

func otherCode(code string) string {
	last := code[len(code)-1]
	if last >= '0' && last <= '9' {
		return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
	}
	return code + "-2"
}

// calculated is another number with as many decimal places, or one more where it needs it.
func calculated(p place, change func(*big.Rat)) any {
	number, ok := new(big.Rat).SetString(fhir.Text(p.value))
	if !ok {
		return nil
	}
	change(number)
	_, fraction, _ := strings.Cut(fhir.Text(p.value), ".")
	text := number.FloatString(len(fraction))
	if same, _ := new(big.Rat).SetString(text); same.Cmp(number) != 0 {
		if fraction == "" && isInteger(p) {
			return nil
		}
		text = number.FloatString(len(fraction) + 1)
	}
	return json.Number(text)
}

// isInteger reports whether an element can have no fraction.
func isInteger(p place) bool {
	return !slices.Contains([]string{"value", "frequency", "factor", "percent", "latitude", "longitude", "altitude"}, p.name()) || p.name() == "frequency"
}

func otherUnit(value any) any {
	quantity, _ := clone(value).(map[string]any)
	units := map[string][2]string{
		"mg": {"g", "g"}, "g": {"mg", "mg"}, "ug": {"mg", "mg"}, "mmol/L": {"mg/dL", "mg/dL"}, "kg": {"[lb_av]", "lb"}, "cm": {"m", "m"}, "Cel": {"[degF]", "F"},
		"mm[Hg]": {"kPa", "kPa"}, "/min": {"/s", "per second"}, "g/L": {"g/dL", "g/dL"}, "%": {"1", "ratio"}, "d": {"h", "h"}, "h": {"d", "d"}, "mL": {"L", "L"},
	}
	unit, known := units[fhir.Text(quantity["code"])]
	if !known {
		unit = [2]string{"kg", "kg"}
	}
	changed := false
	for name, to := range map[string]string{"code": unit[0], "unit": unit[1]} {
		if quantity[name] != nil {
			quantity[name], changed = to, true
		}
	}
	if !changed {
		return nil
	}
	return quantity
}

func withComparator(value any, comparator string) any {
	quantity, _ := clone(value).(map[string]any)
	if quantity["comparator"] != nil {
		return nil
	}
	quantity["comparator"] = comparator
	return quantity
}

// moved is a date or a time as much later, in its own form; nil where that says no other.
func moved(text string, by time.Duration) any {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01", "2006"} {
		if at, err := time.Parse(layout, text); err == nil {
			if later := at.Add(by).Format(layout); later != text {
				return later
			}
			return at.AddDate(1, 0, 0).Format(layout)
		}
	}
	return nil
}

func dayAndMonth(text string) any {
	if len(text) < 10 || text[5:7] == text[8:10] || text[8:10] > "12" {
		return nil
	}
	return text[:5] + text[8:10] + "-" + text[5:7] + text[10:]
}

// zoned is a time with the same clock in another zone.
func zoned(text, zone string) any {
	if !strings.Contains(text, "T") {
		return nil
	}
	if before, is := strings.CutSuffix(text, "Z"); is {
		return before + zone
	}
	if len(text) < 6 || text[len(text)-6:] == zone {
		return nil
	}
	return text[:len(text)-6] + zone
}

func truncated(text string, to int) any {
	if len(text) <= to {
		return nil
	}
	return text[:to]
}

func exchanged(d *draw, value any) any {
	list := slices.Clone(fhir.List(value))
	i, j := d.dice.IntN(len(list)), d.dice.IntN(len(list))
	list[i], list[j] = list[j], list[i]
	return list
}

// inError is a status that says that a record is an error.
func inError(p place) any {
	if _, code := p.value.(string); code {
		return "entered-in-error"
	}
	concept, _ := clone(p.value).(map[string]any)
	for _, coding := range fhir.Objects(concept["coding"]) {
		coding["code"] = "entered-in-error"
		delete(coding, "display")
	}
	return concept
}
