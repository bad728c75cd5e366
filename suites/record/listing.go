package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// Directory is what the ledger says of organisations, sites, practitioners and roles.
//
// A system may have its own directory of real organisations, with their telephone numbers and addresses, so of those only what
// says that another one is meant, or that one is closed, is held against it. What only the ledger gives has one source, and must be
// as it was given: a role that is said to have ended, or a clinician with another one's name, is where a message goes astray.
type Directory struct {
	entries map[string]fhir.Resource
	// now tells what is over.
	now time.Time
}

// DirectoryOf returns the directory of a check's ledger. The checks of a run share it.
func DirectoryOf(env *check.Env) *Directory {
	type key struct{ ledger *fixtures.Ledger }
	directory := env.Shared.Know(key{env.Ledger}, func() any { return newDirectory(env.Ledger) })
	return directory.(*Directory) //nolint:forcetypeassert // nobody else can make the key
}

func newDirectory(ledger *fixtures.Ledger) *Directory {
	d := &Directory{map[string]fhir.Resource{}, ledger.Now()}
	for resource := range ledger.Renderer(fixtures.CCR, fixtures.CCRStyle()).Directory() {
		for _, identifier := range Identifiers(resource) {
			d.entries[resource.Type()+" "+identifier] = resource
		}
	}
	return d
}

// OfType are the ledger's entries of a type, in the order of their identifiers.
func (d *Directory) OfType(resourceType string) []fhir.Resource {
	var all []fhir.Resource
	for _, name := range slices.Sorted(maps.Keys(d.entries)) {
		if d.entries[name].Type() == resourceType {
			all = append(all, d.entries[name])
		}
	}
	return all
}

// Amiss is an element of an entry of a directory that is not what the ledger says.
type Amiss struct {
	Path, Expected, Actual string
	// Lost says that the entry does not have it at all.
	Lost bool
}

// String words it.
func (a Amiss) String() string { return fmt.Sprintf("%s is %s, want %s", a.Path, a.Actual, a.Expected) }

// Compare holds an entry against the ledger's with the same identifier. An entry that the ledger does not know is not compared, nor
// is what more it says than the ledger. What says something else comes before what was lost.
func (d *Directory) Compare(shown fhir.Resource) []Amiss {
	var known fhir.Resource
	identified := ""
	for _, identifier := range Identifiers(shown) {
		entry, ok := d.entries[shown.Type()+" "+identifier]
		switch {
		case !ok:
		case known == nil:
			known, identified = entry, identifier
		case entry.ID() != known.ID():
			// Who it is cannot be told, so nothing else about it can.
			return []Amiss{{Path: shown.Type() + ".identifier", Expected: "the identifier of one entry", Actual: identified + " and " + identifier}}
		}
	}
	if known == nil {
		return nil
	}
	amiss := compareReal(known, shown)
	if onlyOurs(identified) {
		amiss = compareEntry(known, shown)
	}
	switch over, is := d.endOf(known), d.endOf(shown); {
	case over == "" && is != "":
		amiss = append([]Amiss{{Path: shown.Type() + ".period.end", Expected: "no end", Actual: is}}, amiss...)
	case over != "" && is == "" && onlyOurs(identified):
		amiss = append(amiss, Amiss{Path: shown.Type() + ".period.end", Expected: over, Actual: "nothing", Lost: true})
	case over != is && onlyOurs(identified):
		amiss = append([]Amiss{{Path: shown.Type() + ".period.end", Expected: over, Actual: is}}, amiss...)
	}
	return amiss
}

// organizationPeriod is the extension by which R4 says from when to when an organisation exists.
const organizationPeriod = "http://hl7.org/fhir/StructureDefinition/organization-period"

// endOf is when a role ended or an organisation was closed, "" while it is not.
func (d *Directory) endOf(entry fhir.Resource) string {
	end := entry.Text("period", "end")
	for _, extension := range entry.Objects("extension") {
		if extension["url"] == organizationPeriod {
			end = fhir.Text(fhir.Get(extension, "valuePeriod", "end"))
		}
	}
	if date, err := fhir.ParseDate(end, nil); err != nil || date.High.After(d.now) {
		return ""
	}
	return end
}

// onlyOurs reports whether nobody but the ledger gives an identifier: the invented clinicians, their roles, and the invented
// providers and sites.
func onlyOurs(identifier string) bool {
	system, value, _ := strings.Cut(identifier, "|")
	return system == fixtures.PractitionerSystem || (system == fixtures.ODSSystem || system == fixtures.ODSSiteSystem) && strings.HasPrefix(value, "SYN")
}

// OnlyOurs reports whether an entry of a directory is one that only the ledger has.
func OnlyOurs(entry fhir.Resource) bool { return slices.ContainsFunc(Identifiers(entry), onlyOurs) }

// compareReal compares what a system's own directory of real organisations can tell.
func compareReal(known, shown fhir.Resource) []Amiss {
	var amiss []Amiss
	if known.Text("active") == "true" && shown.Text("active") == "false" {
		amiss = append(amiss, Amiss{Path: shown.Type() + ".active", Expected: "true", Actual: "false"})
	}
	own, theirs := nameWords(known.Text("name")), nameWords(shown.Text("name"))
	if len(own) > 0 && len(theirs) > 0 && !slices.ContainsFunc(theirs, func(word string) bool { return slices.Contains(own, word) }) {
		amiss = append(amiss, Amiss{Path: shown.Type() + ".name", Expected: known.Text("name"), Actual: shown.Text("name")})
	}
	return amiss
}

// nameWords are the words of an organisation's name that tell it from others.
func nameWords(name string) []string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '\'' || r > 127) })
	return slices.DeleteFunc(words, func(word string) bool {
		return slices.Contains([]string{"nhs", "trust", "foundation", "the", "and", "of", "integrated", "care", "board", "university", "hospital", "hospitals", "synthetic", "group"}, word)
	})
}

// said is what one element of an entry says: values that are compared as a set, as far as their systems are the ledger's.
type said struct {
	path   string
	values []string
}

// compareEntry compares all that an entry says.
func compareEntry(known, shown fhir.Resource) []Amiss {
	var amiss, lost []Amiss
	want := saidBy(known)
	for i, is := range saidBy(shown) {
		expected := want[i].values
		actual := slices.DeleteFunc(slices.Clone(is.values), func(value string) bool { return foreign(value, expected) })
		if len(expected) == 0 {
			continue
		}
		if bare := systemless(is.values, expected); bare != "" {
			amiss = append(amiss, Amiss{Path: is.path, Expected: strings.Join(expected, ", "), Actual: strings.TrimPrefix(bare, "|") + " of no system"})
		}
		if element := strings.Split(is.path, ".")[1]; shown[element] == nil && needed(element) {
			lost = append(lost, Amiss{Path: shown.Type() + "." + element, Expected: strings.Join(expected, ", "), Actual: "nothing", Lost: true})
		}
		// Which country it is in goes without saying.
		if part := strings.HasPrefix(is.path, shown.Type()+".address.") && !strings.HasSuffix(is.path, ".country"); part && len(is.values) == 0 && shown["address"] != nil {
			lost = append(lost, Amiss{Path: is.path, Expected: strings.Join(expected, ", "), Actual: "nothing", Lost: true})
		}
		if len(actual) > 0 && slices.ContainsFunc(actual, func(value string) bool { return !slices.Contains(expected, value) }) {
			amiss = append(amiss, Amiss{Path: is.path, Expected: strings.Join(expected, ", "), Actual: strings.Join(actual, ", ")})
		}
	}
	lost = slices.CompactFunc(lost, func(a, b Amiss) bool { return a.Path == b.Path })
	return append(amiss, lost...)
}

// needed reports whether an entry of the directory is of no use to whoever reads it without an element: who, what, where, and how to
// reach them.
func needed(element string) bool {
	return slices.Contains([]string{
		"name", "type", "telecom", "address", "practitioner", "organization", "location", "code", "specialty", "managingOrganization",
	}, element)
}

// foreign reports whether a value is in a system of which the ledger has none there: a system may say more.
func foreign(value string, expected []string) bool {
	system, _, qualified := strings.Cut(value, "|")
	return qualified && !slices.ContainsFunc(expected, func(own string) bool { return strings.HasPrefix(own, system+"|") })
}

// systemless is the first value without a system that is expected to have one, and that is there with it nowhere; "" for none.
func systemless(values, expected []string) string {
	for _, value := range values {
		if strings.HasPrefix(value, "|") && value != "|" && slices.ContainsFunc(expected, func(own string) bool {
			return !strings.HasPrefix(own, "|") && strings.HasSuffix(own, value) && !slices.Contains(values, own)
		}) {
			return value
		}
	}
	return ""
}

// saidBy is what an entry says, element by element, in one order for all entries of a type.
func saidBy(resource fhir.Resource) []said {
	kind := resource.Type()
	text := func(steps ...any) []string {
		if value := resource.Text(steps...); value != "" {
			return []string{value}
		}
		return nil
	}
	plain := func(words ...string) string {
		return strings.ToLower(strings.Join(strings.Fields(strings.Join(words, " ")), " "))
	}
	list := []said{
		{kind + ".active", text("active")},
		{kind + ".status", text("status")},
		{kind + ".period.start", text("period", "start")},
	}
	var names, titles, telecom, postcodes, towns, lines, countries []string
	if name, ok := resource["name"].(string); ok {
		names = append(names, plain(name))
	}
	for _, name := range resource.Objects("name") {
		given := make([]string, 0, 2)
		for _, one := range fhir.List(name["given"]) {
			given = append(given, fhir.Text(one))
		}
		names = append(names, plain(append(given, fhir.Text(name["family"]))...))
		for _, title := range fhir.List(name["prefix"]) {
			titles = append(titles, strings.TrimSuffix(plain(fhir.Text(title)), "."))
		}
	}
	for _, point := range resource.Objects("telecom") {
		telecom = append(telecom, fhir.Text(point["system"])+"|"+strings.ReplaceAll(contact(fhir.Text(point["system"]), fhir.Text(point["value"])), " ", ""))
	}
	for _, address := range resource.Objects("address") {
		if code := fhir.Text(address["postalCode"]); code != "" {
			postcodes = append(postcodes, strings.ToUpper(postcode(code)))
		}
		if city := fhir.Text(address["city"]); city != "" {
			towns = append(towns, plain(city))
		}
		if country := plain(fhir.Text(address["country"])); country != "" {
			if slices.Contains([]string{"gb", "gbr", "uk", "united kingdom", "great britain", "eng"}, country) {
				country = "england"
			}
			countries = append(countries, country)
		}
		// Where one line ends and the next begins says nothing: the number of a house may stand alone.
		var whole []string
		for _, line := range fhir.List(address["line"]) {
			whole = append(whole, strings.ReplaceAll(fhir.Text(line), ",", " "))
		}
		if len(whole) > 0 {
			lines = append(lines, plain(whole...))
		}
	}
	list = append(list, said{kind + ".name", names}, said{kind + ".name.prefix", titles}, said{kind + ".telecom", telecom}, said{kind + ".address.postalCode", postcodes},
		said{kind + ".address.city", towns}, said{kind + ".address.line", lines}, said{kind + ".address.country", countries})
	for _, element := range []string{"type", "code", "specialty"} {
		var codes []string
		for _, concept := range resource.Objects(element) {
			for _, coding := range fhir.Objects(concept["coding"]) {
				codes = append(codes, fhir.Text(coding["system"])+"|"+fhir.Text(coding["code"]))
			}
		}
		list = append(list, said{kind + "." + element, codes})
	}
	for _, element := range []string{"practitioner", "organization", "location", "managingOrganization", "partOf"} {
		var identifiers []string
		for _, reference := range resource.Objects(element) {
			if identifier, ok := reference["identifier"].(map[string]any); ok && fhir.Text(identifier["value"]) != "" {
				identifiers = append(identifiers, fhir.Text(identifier["system"])+"|"+fhir.Text(identifier["value"]))
			}
		}
		list = append(list, said{kind + "." + element, identifiers})
	}
	return list
}
