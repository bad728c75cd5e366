package parity

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// cells are the places of the grid for a parameter that a record has a value of. full is every place, otherwise those that a
// system gets wrong for one parameter and not for the next.
func cells(parameter *search.Parameter, best holder, base string, full bool) []probe {
	switch parameter.Kind {
	case search.Date:
		return dateCells(parameter, best, full)
	case search.Token:
		return tokenCells(parameter, best, full)
	case search.String:
		return stringCells(parameter, best, full)
	case search.Reference:
		return referenceCells(parameter, best, base, full)
	case search.Quantity:
		return quantityCells(parameter, best)
	case search.Number:
		return numberCells(parameter, best)
	case search.URI:
		return uriCells(parameter, best)
	case search.Composite:
		return compositeCells(parameter, best)
	case search.Special:
		return nil // what a special parameter means is in its own definition
	default:
		return nil
	}
}

// ends are the first and the last date that a parameter finds a record by, and whether it lasts beyond the first: it has an end, or
// is a period without one.
func ends(parameter *search.Parameter, resource fhir.Resource) (start, end string, lasts bool) {
	start = dateText(parameter, resource)
	for _, element := range parameter.Elements(resource) {
		if element.Type != "Period" {
			continue
		}
		if text := fhir.Text(fhir.Get(element.Value, "end")); text != "" {
			return start, text, text != start
		}
		lasts = true
	}
	return start, start, lasts
}

// dateCells are the prefixes with every precision, at the date itself and beside it.
func dateCells(parameter *search.Parameter, best holder, full bool) []probe {
	first, last, lasts := ends(parameter, best.record)
	start, err := fhir.ParseDate(first, nil)
	if err != nil {
		return nil
	}
	end, err := fhir.ParseDate(last, nil)
	if err != nil {
		end = start
	}
	// Who reads a period wrongly is told from who reads a time zone wrongly by all of the questions only.
	full = full || lasts
	var probes []probe
	ask := func(always bool, why string, values ...string) {
		if !always && !full {
			return
		}
		var terms []Term
		for _, value := range values {
			terms = append(terms, Term{Name: parameter.Code, Code: parameter.Code, Value: value})
		}
		probes = append(probes, probe{terms: terms, why: why})
	}
	day := start.Low.UTC().Format(time.DateOnly)
	parts := map[string]string{"year": day[:4], "month": day[:7], "day": day}
	for _, precision := range []string{"year", "month", "day"} {
		value := parts[precision]
		if precision != "year" && start.Precision < fhir.Month || precision == "day" && start.Precision < fhir.Day {
			continue
		}
		ask(precision == "day", "the "+precision, value)
		ask(true, "ge with a "+precision+" that it lies in", "ge"+value)
		ask(true, "le with a "+precision+" that it lies in", "le"+value)
		ask(precision != "month", "from and to one "+precision, "ge"+value, "le"+value)
		// Whoever takes one of several dates finds it by one of these or the other.
		ask(precision == "day", "from one "+precision+" on and until before it", "ge"+value, "lt"+value)
		ask(precision == "day", "until before one "+precision+" and from it on", "lt"+value, "ge"+value)
		ask(precision == "day", "gt with a "+precision+" that it lies in", "gt"+value)
		ask(false, "lt with a "+precision+" that it lies in", "lt"+value)
		ask(false, "sa with a "+precision+" that it lies in", "sa"+value)
		ask(false, "eb with a "+precision+" that it lies in", "eb"+value)
		ask(false, "eq with a "+precision, "eq"+value)
		ask(false, "ne with a "+precision, "ne"+value)
	}
	const layout = "2006-01-02T15:04:05"
	utc := func(t time.Time) string { return t.UTC().Format(layout) + "Z" }
	summer := func(t time.Time) string {
		return t.In(time.FixedZone("BST", int(time.Hour/time.Second))).Format(layout + "Z07:00")
	}
	if start.Precision < fhir.Minute {
		noon := start.Low.UTC().Add(12 * time.Hour)
		if start.Precision == fhir.Day {
			ask(full, "ge with an instant of the day that is recorded", "ge"+summer(noon))
			ask(false, "gt with an instant of the day that is recorded", "gt"+utc(noon))
			ask(false, "lt with an instant of the day that is recorded", "lt"+utc(noon))
		}
		return probes
	}
	from, to := start.Low, end.Low
	ask(true, "gt with the instant at which it starts", "gt"+utc(from))
	ask(true, "ge with the instant at which it ends, in summer time", "ge"+summer(to))
	ask(true, "lt with one second later, in summer time", "lt"+summer(from.Add(time.Second)))
	ask(false, "le with the instant at which it starts", "le"+utc(from))
	ask(false, "lt with the instant at which it ends", "lt"+utc(to))
	ask(false, "sa with the instant at which it starts", "sa"+utc(from))
	ask(false, "sa with one second earlier", "sa"+utc(from.Add(-time.Second)))
	ask(false, "eb with one second after its end", "eb"+utc(to.Add(time.Second)))
	ask(false, "ge with one second after its end", "ge"+utc(to.Add(time.Second)))
	ask(false, "le with one second before its start", "le"+utc(from.Add(-time.Second)))
	ask(false, "a minute, without seconds", "ge"+from.UTC().Format("2006-01-02T15:04")+"Z")
	if first == last {
		ask(false, "the instant", utc(from))
		ask(false, "the instant, in summer time", summer(from))
	}
	return probes
}

// tokenCells are the forms of a token: with and without its code system, the system alone, no system, another one.
func tokenCells(parameter *search.Parameter, best holder, full bool) []probe {
	own := tokens(parameter, best.record)
	if len(own) == 0 {
		return nil
	}
	t := own[0]
	for _, other := range own {
		if t.system == "" && other.system != "" {
			t = other
		}
	}
	var probes []probe
	ask := func(modifier, value, why string) {
		name := parameter.Code
		if modifier != "" {
			name += ":" + modifier
		}
		probes = append(probes, probe{terms: []Term{{Name: name, Code: parameter.Code, Value: value}}, why: why})
	}
	ask("", t.text(), "a value that is there")
	if forms(parameter) == "ContactPoint" {
		// Who has one contact is found by it whether it is looked at or not.
		nobodys := "07700 900998"
		if strings.Contains(t.code, "@") {
			nobodys = "nobody@concord.test"
		}
		ask("", nobodys, "a value that nothing has")
	}
	// The code system of a code is implied, and of a boolean or a contact there is none, so servers differ about those.
	if coded := slices.ContainsFunc([]string{"Coding", "CodeableConcept", "Identifier"}, func(form string) bool { return strings.Contains(forms(parameter), form) }); coded {
		ask("", "|"+escapeValue(t.code), "a code that has no system")
		if t.system != "" {
			ask("", "https://concord.test/CodeSystem/none|"+escapeValue(t.code), "the code in another system")
			if full {
				ask("", escapeValue(t.code), "the code in any system")
				ask("", t.system+"|", "any code of the system")
				ask("", t.system+"|concord-no-such-code", "another code of the system")
			}
		}
	}
	if !full {
		return probes
	}
	var other string
	for _, resource := range best.among {
		for _, o := range tokens(parameter, resource) {
			if other == "" && !slices.Contains(own, o) {
				other = o.text()
			}
		}
	}
	if other != "" {
		ask("", other, "another record's value")
		ask("", t.text()+","+other, "either of two values")
		ask("not", other, "the modifier :not with another record's value")
	}
	ask("not", t.text(), "the modifier :not")
	ask("missing", "true", "the modifier :missing")
	ask("missing", "false", "the modifier :missing, the other way")
	return probes
}

// stringCells are a text as it stands, in capitals, its beginning, and the modifiers.
func stringCells(parameter *search.Parameter, best holder, full bool) []probe {
	found := words(parameter, best.record)
	if len(found) == 0 || len([]rune(found[0])) < 3 {
		return nil
	}
	runes := []rune(found[0])
	probes := stringProbes(parameter, found[0])
	bare := withoutAccents(found[0])
	if !full {
		probes = probes[:min(2, len(probes))]
	}
	if bare != found[0] {
		probes = append(probes, one(parameter, escapeValue(bare), "without its accents"))
	}
	if !full {
		return probes
	}
	ask := func(modifier, value, why string) {
		probes = append(probes, probe{terms: []Term{{Name: parameter.Code + ":" + modifier, Code: parameter.Code, Value: escapeValue(value)}}, why: why})
	}
	ask("exact", found[0], "the modifier :exact")
	if capitals := strings.ToUpper(found[0]); capitals != found[0] {
		ask("exact", capitals, "the modifier :exact, in capitals")
	}
	ask("contains", string(runes[1:len(runes)-1]), "the modifier :contains, without the first letter and the last")
	if len(runes) > 3 && unicode.IsLetter(runes[0]) && unicode.IsLetter(runes[1]) {
		// Neither the text nor a word in it begins so: that is for :contains. After an apostrophe or a hyphen a word may begin.
		probes = append(probes, one(parameter, escapeValue(string(runes[1:])), "a text without its first letter"))
	}
	return append(probes, one(parameter, escapeValue(found[0]+"concord"), "a text that goes on"))
}

// withoutAccents leaves out what stands above and below letters, as those write a name who have no such keys.
func withoutAccents(text string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text)))
}

// referenceCells are the forms of a reference: relative, absolute, to another server, with its type, and to something else.
func referenceCells(parameter *search.Parameter, best holder, base string, full bool) []probe {
	for _, text := range texts(parameter, best.record) {
		reference, ok := fhir.ParseReference(text)
		if !ok || reference.Type == "" || reference.ID == "" || reference.Base != "" && strings.TrimSuffix(reference.Base, "/") != base || parameter.Code == "patient" {
			continue
		}
		relative := reference.Relative()
		probes := []probe{
			one(parameter, relative, "the reference by type and id"),
			one(parameter, base+"/"+relative, "the reference by its URL"),
			one(parameter, otherBase+"/"+relative, "the same id at another server"),
		}
		if full {
			probes = append(probes,
				one(parameter, reference.Type+"/concord-no-such-id", "a reference to nothing"),
				probe{terms: []Term{{Name: parameter.Code + ":" + reference.Type, Code: parameter.Code, Value: reference.ID}}, why: "the id, and the type as a modifier"},
				probe{terms: []Term{{Name: parameter.Code + ":missing", Code: parameter.Code, Value: "true"}}, why: "the modifier :missing"})
		}
		return probes
	}
	return nil
}

// otherBase is the base URL of a server that does not exist.
const otherBase = "https://other.concord.test/fhir"
