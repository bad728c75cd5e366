package parity

import (
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// probe is one value of one parameter that is worth asking for.
type probe struct {
	// terms are the parameter with the value, more than one where they are combined by AND.
	terms []Term
	// why says what the value tries out.
	why string
}

// token is a system and a code, or an identifier.
type token struct{ system, code string }

// text writes the token as a search value.
func (t token) text() string {
	if t.system == "" {
		return escapeValue(t.code)
	}
	return t.system + "|" + escapeValue(t.code)
}

// escapeValue escapes what would end a value (FHIR R4 section 3.1.1.4.0.1).
func escapeValue(text string) string {
	if !strings.ContainsAny(text, `\,|$`) {
		return text
	}
	return strings.NewReplacer(`\`, `\\`, ",", `\,`, "|", `\|`, "$", `\$`).Replace(text)
}

// tokens returns the tokens that a parameter finds a record by. Bare codes have no system, because their elements have
// none and few servers accept one.
func tokens(parameter *search.Parameter, resource fhir.Resource) []token {
	var found []token
	for _, element := range parameter.Elements(resource) {
		object, _ := element.Value.(map[string]any)
		switch element.Type {
		case "CodeableConcept":
			for _, coding := range fhir.Objects(object["coding"]) {
				found = append(found, token{fhir.Text(coding["system"]), fhir.Text(coding["code"])})
			}
		case "Coding":
			found = append(found, token{fhir.Text(object["system"]), fhir.Text(object["code"])})
		case "Identifier":
			found = append(found, token{fhir.Text(object["system"]), fhir.Text(object["value"])})
		case "ContactPoint":
			found = append(found, token{"", fhir.Text(object["value"])})
		default:
			found = append(found, token{"", fhir.Text(element.Value)})
		}
	}
	return slices.DeleteFunc(found, func(t token) bool { return t.code == "" })
}

// texts returns the values of a parameter in a record as text, for all kinds, to see which records differ in it.
func texts(parameter *search.Parameter, resource fhir.Resource) []string {
	var found []string
	switch parameter.Kind {
	case search.Token:
		for _, t := range tokens(parameter, resource) {
			found = append(found, t.text())
		}
	case search.Date:
		if text := dateText(parameter, resource); text != "" {
			found = append(found, text)
		}
	case search.Reference:
		for _, element := range parameter.Elements(resource) {
			if text := fhir.Text(fhir.Get(element.Value, "reference")); text != "" && !strings.HasPrefix(text, "#") {
				found = append(found, text)
			}
		}
	case search.String:
		found = words(parameter, resource)
	case search.Number, search.Quantity:
		found = numbers(parameter, resource)
	case search.URI:
		for _, element := range parameter.Elements(resource) {
			if text := fhir.Text(element.Value); text != "" {
				found = append(found, text)
			}
		}
	case search.Composite:
		if code, value, ok := parts(resource.Type(), parameter); ok {
			first, second := texts(code, resource), texts(value, resource)
			if len(first) > 0 && len(second) > 0 {
				found = append(found, first[0]+"$"+second[0])
			}
		}
	case search.Special:
	}
	return found
}

// dateText is the date that a record is found by: that of a date, or the start of a Period.
func dateText(parameter *search.Parameter, resource fhir.Resource) string {
	for _, element := range parameter.Elements(resource) {
		text := fhir.Text(element.Value)
		if element.Type == "Period" {
			text = fhir.Text(fhir.Get(element.Value, "start"))
		}
		if _, err := fhir.ParseDate(text, nil); err == nil {
			return text
		}
	}
	return ""
}

// words are the texts that a string parameter finds a record by: of a name the family name, of an address the postcode.
func words(parameter *search.Parameter, resource fhir.Resource) []string {
	var found []string
	for _, element := range parameter.Elements(resource) {
		text := fhir.Text(element.Value)
		if object, ok := element.Value.(map[string]any); ok {
			if text = fhir.Text(object["family"]); text == "" {
				text = fhir.Text(object["postalCode"])
			}
		}
		if text != "" {
			found = append(found, text)
		}
	}
	return found
}

// matching returns the simplest value by which a search finds the record.
func matching(parameter *search.Parameter, resource fhir.Resource) (string, bool) {
	found := texts(parameter, resource)
	if len(found) == 0 {
		return "", false
	}
	value := found[0]
	switch parameter.Kind {
	case search.String:
		value = escapeValue(value)
	case search.Date:
		if day, _, ok := strings.Cut(value, "T"); ok {
			value = day
		}
	default:
	}
	return value, true
}

func one(parameter *search.Parameter, value, why string) probe {
	return probe{terms: []Term{{Name: parameter.Code, Code: parameter.Code, Value: value}}, why: why}
}

// tokenProbes are the forms of a token, the same code in another system, and another record's token in a list with it.
func tokenProbes(parameter *search.Parameter, own, others []token) []probe {
	t := own[0]
	probes := []probe{one(parameter, t.text(), "a value that is there")}
	if t.system != "" {
		probes = append(probes,
			one(parameter, escapeValue(t.code), "the code in any system"),
			one(parameter, "https://concord.test/CodeSystem/none|"+escapeValue(t.code), "the code in another system"))
	}
	if i := slices.IndexFunc(others, func(o token) bool { return !slices.Contains(own, o) }); i >= 0 {
		other := others[i].text()
		probes = append(probes, one(parameter, other, "another record's value"), one(parameter, t.text()+","+other, "either of two values"))
	} else if value := absent(parameter, t); value != "" {
		probes = append(probes, one(parameter, value, "a value that no record has"))
	}
	return probes
}

// modified are the values that a modifier is asked with: some that the record matches, and some that it must not.
func (p *planner) modified(parameter *search.Parameter, modifier string, best holder) []probe {
	var probes []probe
	ask := func(value, why string) {
		if value != "" {
			probes = append(probes, probe{
				terms: []Term{{Name: parameter.Code + ":" + modifier, Code: parameter.Code, Value: value}}, why: "the modifier :" + modifier + why,
			})
		}
	}
	switch {
	case modifier == "missing":
		ask("true", "")
		ask("false", ", the other way")
	case modifier == "not" && parameter.Kind == search.Token:
		ask(tokens(parameter, best.record)[0].text(), "")
	case modifier == "exact" && parameter.Kind == search.String:
		text := words(parameter, best.record)[0]
		ask(escapeValue(text), "")
		if capitals := strings.ToUpper(text); capitals != text {
			ask(escapeValue(capitals), ", in capitals")
		}
	case modifier == "contains" && parameter.Kind == search.String:
		if runes := []rune(words(parameter, best.record)[0]); len(runes) > 3 {
			ask(escapeValue(string(runes[1:])), ", all but the first letter")
		}
	case modifier == "identifier" && parameter.Kind == search.Reference:
		for _, text := range texts(parameter, best.record) {
			if target, ok := p.values.Store().Resolve(text); ok {
				ask(p.values.Key(target), "")
				break
			}
		}
	}
	return probes
}

// absent is a token that nobody's record here has, and that a system may be asked for: a status that every list of
// statuses has, or a code that no code system has; "" when there is none.
func absent(parameter *search.Parameter, own token) string {
	switch {
	case own.system != "" && own.system != fhir.NHSNumberSystem:
		return own.system + "|concord-no-such-code"
	case parameter.Code == "status" && own.code != "entered-in-error":
		return "entered-in-error"
	default:
		return ""
	}
}

// stringProbes are a text as it stands, in capitals, and its beginning.
func stringProbes(parameter *search.Parameter, text string) []probe {
	probes := []probe{
		one(parameter, escapeValue(text), "a value that is there"),
		one(parameter, escapeValue(strings.ToUpper(text)), "in capitals"),
	}
	if runes := []rune(text); len(runes) > 4 {
		probes = append(probes, one(parameter, escapeValue(string(runes[:len(runes)-1])), "all but the last letter"))
	}
	return probes
}

// dateProbes are the dates at and around a date, in every precision and with the comparators that apply. A range stays
// short where there is no person to narrow the search.
func dateProbes(parameter *search.Parameter, text string, comparators []string, narrow bool) []probe {
	date, err := fhir.ParseDate(text, nil)
	if err != nil {
		return nil
	}
	day := date.Low.UTC().Format(time.DateOnly)
	can := func(prefix string) bool { return slices.Contains(comparators, prefix) }
	var probes []probe
	ask := func(why, prefix, value string) {
		if prefix == "" || can(prefix) && narrow {
			probes = append(probes, one(parameter, prefix+value, why))
		}
	}
	if date.Precision >= fhir.Day {
		ask("the day", "", day)
		ask("the month", "", day[:7])
	}
	ask("the year", "", day[:4])
	if date.Precision < fhir.Second {
		for _, prefix := range []string{"ge", "le", "gt", "lt"} {
			ask("from or to the date as it is recorded", prefix, text[:min(len(text), 10)])
		}
	} else {
		at := date.Low.UTC()
		utc := func(t time.Time) string { return t.Format("2006-01-02T15:04:05Z") }
		summer := at.In(time.FixedZone("BST", int(time.Hour/time.Second))).Format("2006-01-02T15:04:05Z07:00")
		ask("from the very second", "ge", utc(at))
		ask("to the very second, in summer time", "le", summer)
		ask("after the very second", "gt", utc(at))
		ask("before the very second, in summer time", "lt", summer)
		ask("from one second later", "ge", utc(at.Add(time.Second)))
		ask("to one second earlier", "le", utc(at.Add(-time.Second)))
		ask("from the day", "ge", day)
		ask("to the day", "le", day)
	}
	ask("after the day", "sa", day)
	ask("before the day", "eb", day)
	ask("any day but this", "ne", day)
	if can("ge") && can("le") && date.Precision >= fhir.Day {
		probes = append(probes, probe{
			terms: []Term{{Name: parameter.Code, Code: parameter.Code, Value: "ge" + day}, {Name: parameter.Code, Code: parameter.Code, Value: "le" + day}},
			why:   "the parameter twice, from and to the day",
		})
	}
	return probes
}
