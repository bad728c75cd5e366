package proof

import (
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/parity"
	"concord.example/concord/suites/record"
)

// reason says why a generated defect that no check complains of is none. It is held only against such defects: whoever reports
// what is lawful raises a false alarm.
type reason struct {
	name, text string
	// holds looks at the record before and after and at the element that is altered.
	holds func(*generated) bool
}

// reasons are all reasons for which a change is no defect.
func reasons() []reason {
	return []reason{
		{"server's own", "versions, times of update, claims of profiles and addresses of origin are a server's own to give", func(g *generated) bool {
			return g.in("meta", "versionId") || g.in("meta", "lastUpdated") || g.in("meta", "profile")
		}},
		{"assumed without it", "R4 says what is meant where nothing is said, and nothing else was said", func(g *generated) bool {
			name, _ := g.last()
			assumed, ok := record.Assumed(name)
			return ok && unquoted(g.mutant.Before) == assumed && g.mutant.After == ""
		}},
		{"label of nobody's", "the label is in a code system of Concord's own mocks, to which no rule holds anybody", func(g *generated) bool {
			return g.in("meta", "tag") && slices.Equal(labels(g.before, record.ODSSystem), labels(g.after, record.ODSSystem))
		}},
		{"source named beside", "the provider that recorded it is named by another label", func(g *generated) bool {
			return (g.in("meta", "tag") || g.in("meta", "source")) && len(record.Sources(g.after)) > 0 && sameSet(record.Sources(g.before), record.Sources(g.after))
		}},
		{"name of its own beside the source", "the provider that recorded it is named by another label, and this one is no provider's", func(g *generated) bool {
			before, after := record.Sources(g.before), record.Sources(g.after)
			return g.in("meta", "tag") && len(before) > 0 && len(after) == len(before)+1 && subset(before, after) && !g.foreignWords && g.mutant.After != ""
		}},
		{"since when is not said", "who has a role and says neither since when nor until when has it now, as before", func(g *generated) bool {
			return directory(g.before) && g.in("period") && g.before.Text("period", "end") == "" && g.mutant.After == ""
		}},
		{"keeper not named", "which organisation keeps a copy of a Patient is each system's own to say", func(g *generated) bool {
			return g.before.Type() == "Patient" && len(g.steps) == 1 && g.in("managingOrganization") && g.mutant.After == ""
		}},
		{"order without meaning", "the items are the same, and the order of the list says nothing", func(g *generated) bool {
			before, after := g.list()
			return before != nil && !ordered(g.mutant.Place) && sameItems(before, after)
		}},
		{"said twice", "an item stands twice in its list and says the same as once", func(g *generated) bool {
			before, after := g.list()
			// A line that stands twice in the address of a place leads there as well.
			place := directory(g.before) && strings.HasSuffix(g.mutant.Place, ".address.line")
			return before != nil && len(after) == len(before)+1 && (place || !ordered(g.mutant.Place)) && sameSet(texts(before), texts(after))
		}},
		{"further identifier", "more identifiers are lawful, and one that others stand beside may be left out", func(g *generated) bool {
			if !g.in("identifier") {
				return false
			}
			before, after := valued(g.before), valued(g.after)
			return len(after) > 0 && (subset(before, after) || subset(after, before))
		}},
		{"found by what it says", "a record without an identifier in a system that is known is the same record by what it says", func(g *generated) bool {
			name, holder := g.last()
			// A Composition has one identifier, everything else a list.
			return g.in("identifier") && g.before.Type() != "Patient" && len(fhir.Objects(g.before["identifier"])) == 1 &&
				(len(valued(g.after)) == 0 || holder["value"] != nil && len(g.steps) <= 3 && name == "system" && !g.foreignWords)
		}},
		{"words of a code", "the code is given, the words beside it are free, and these belong to no other code", func(g *generated) bool {
			name, holder := g.last()
			return (name == "display" || name == "version" || name == "userSelected") && holder["code"] != nil && !g.foreignWords
		}},
		{"words of a concept", "the concept has a code, and its text is free", func(g *generated) bool {
			name, holder := g.last()
			return name == "text" && holder["coding"] != nil && g.mutant.After == ""
		}},
		{"words of a unit", "the code of the unit is given, and the words are no unit's", func(g *generated) bool {
			name, holder := g.last()
			return name == "unit" && holder["code"] != nil && !g.foreignWords
		}},
		{"same instant", "both times are the same instant", func(g *generated) bool {
			before, errBefore := fhir.ParseDate(unquoted(g.mutant.Before), nil)
			after, errAfter := fhir.ParseDate(unquoted(g.mutant.After), nil)
			return errBefore == nil && errAfter == nil && before.Precision == after.Precision && before.Compare(after.Interval) == 0
		}},
		{"directory of its own", "a system may know a real organisation's type, number, address and place in the NHS otherwise than the ledger", func(g *generated) bool {
			return (g.before.Type() == "Organization" || g.before.Type() == "Location") && !record.OnlyOurs(g.before) && !g.in("meta") && !g.in("name") && !g.in("active") && !g.in("identifier")
		}},
		{"type from the reference", "the type of what is referred to follows from the reference", func(g *generated) bool {
			name, holder := g.last()
			return name == "type" && holder["reference"] != nil && g.mutant.After == ""
		}},
		{"reference in another form", "who or what is meant is named by the reference as before, or by the identifier as before", func(g *generated) bool {
			before, after := g.reference()
			if before == nil || after == nil {
				return false
			}
			literal, identifier := fhir.Text(after["reference"]), fhir.Objects(after["identifier"])
			if fhir.Text(before["reference"]) == "" || len(fhir.Objects(before["identifier"])) == 0 {
				return false
			}
			if literal == "" {
				return reflect.DeepEqual(before["identifier"], after["identifier"])
			}
			// An identifier of which nobody knows the system says nothing.
			return literal == before["reference"] && (len(identifier) == 0 || identifier[0]["system"] == nil || identifier[0]["value"] == nil ||
				!g.foreignWords && identifier[0]["system"] != fhir.Objects(before["identifier"])[0]["system"])
		}},
		{"reference to its source's", "the reference leads to the record where it comes from, which has the identifier that stands beside it, as before", func(g *generated) bool {
			before, _ := at(g.before, g.steps)
			after, _ := at(g.after, g.steps)
			named := fhir.Get(after, "identifier")
			return g.led != nil && named != nil && reflect.DeepEqual(fhir.Get(before, "identifier"), named) &&
				slices.Contains(record.Identifiers(g.led), fhir.Text(fhir.Get(named, "system"))+"|"+fhir.Text(fhir.Get(named, "value")))
		}},
		{"said by another copy", "another Patient whom the system shows for the same person says it", func(g *generated) bool {
			element, _ := g.steps[0].(string)
			return g.before.Type() == "Patient" && less(g.after[element], g.before[element]) &&
				slices.ContainsFunc(g.copies, func(other fhir.Resource) bool { return reflect.DeepEqual(other[element], g.before[element]) })
		}},
		{"contained in part", "what is contained is there to be named, and how much of it is shown is the server's own", func(g *generated) bool {
			return g.in("contained") && !g.in("contained", "identifier") && !g.in("contained", "name") && !g.in("contained", "resourceType") && !g.in("contained", "id") &&
				len(g.steps) > 2 && g.mutant.After == ""
		}},
		{"written down earlier", "when a system wrote down where a record comes from nobody else knows, but that it was not after it last changed that", func(g *generated) bool {
			before, errBefore := fhir.ParseDate(g.before.Text("recorded"), nil)
			after, errAfter := fhir.ParseDate(g.after.Text("recorded"), nil)
			if g.before.Type() != "Provenance" || !g.in("recorded") || errBefore != nil || errAfter != nil || after.Precision != before.Precision {
				return false
			}
			kept, err := fhir.ParseDate(g.after.Text("meta", "lastUpdated"), nil)
			return after.Low.Before(before.Low) || err == nil && !after.Low.After(kept.High.Add(record.ClocksDiffer))
		}},
		{"what was done is not said", "what was done when a record came about is optional, and a code of a system that nobody knows says nothing", func(g *generated) bool {
			name, _ := g.last()
			return g.before.Type() == "Provenance" && g.in("activity") && !g.foreignWords && (g.mutant.After == "" || name == "system")
		}},
		{"title left out", "a practitioner is named by given name and family name, and a title may be left out", func(g *generated) bool {
			return strings.HasSuffix(g.mutant.Place, ".name.prefix") && g.mutant.After == "" && (g.before.Type() == "Practitioner" || g.in("contained"))
		}},
		{"sorted by R4 too", "a prescription of primary care, by UK Core's list, may be one of the community or of an outpatient by R4's, and the other way round", func(g *generated) bool {
			before, after := g.list()
			if g.before.Type() != "MedicationRequest" || !g.in("category") || len(after) != len(before)+1 || !subset(texts(before), texts(after)) {
				return false
			}
			gained := after[slices.IndexFunc(after, func(item any) bool { return !slices.Contains(texts(before), asText(item)) })]
			return fromPrimaryCare(gained) && every(before, outOfHospital) || outOfHospital(gained) && every(before, fromPrimaryCare)
		}},
		{"title said twice", "who has a title once and who has it twice is the same person with the same title", func(g *generated) bool {
			before, after := g.list()
			return strings.HasSuffix(g.mutant.Place, ".name.prefix") && before != nil && len(after) == len(before)+1 && sameSet(texts(before), texts(after))
		}},
		{"use of a name left out", "a name that is used is somebody's name, whether it says so or not; one that was used says so", func(g *generated) bool {
			used := []string{`"official"`, `"usual"`}
			return strings.HasSuffix(g.mutant.Place, ".name.use") && slices.Contains(used, g.mutant.Before) && (g.mutant.After == "" || slices.Contains(used, g.mutant.After))
		}},
		{"origin of an entry of a directory", "no rule says who gives an entry of the directory", func(g *generated) bool {
			// All of its marks at once are no more than each of them, where its labels of confidentiality are the same.
			whole := len(g.steps) == 1 && g.in("meta") && reflect.DeepEqual(g.before.Get("meta", "security"), g.after.Get("meta", "security"))
			return directory(g.before) && (g.in("meta", "source") || g.in("meta", "tag") || whole)
		}},
		{"named where it is referred to", "what is contained is left without a name, and each reference that leads to it says the name", func(g *generated) bool {
			if !g.in("contained", "name") || len(g.steps) < 2 {
				return false
			}
			was, _ := at(g.before, g.steps[:2])
			is, _ := at(g.after, g.steps[:2])
			name, id := names(was), fhir.Text(fhir.Get(is, "id"))
			words := displaysOf(map[string]any(g.after), "#"+id)
			return fhir.Get(is, "name") == nil && len(words) > 0 && !slices.ContainsFunc(words, func(display string) bool { return !saysName(display, name) })
		}},
		{"named in words alone", "who put a record together is named in words alone, which are nobody else's and which nobody can follow", func(g *generated) bool {
			name, holder := g.last()
			return g.before.Type() == "Provenance" && g.in("agent") && name == "display" && holder["reference"] == nil && holder["identifier"] == nil &&
				!g.foreignWords && g.mutant.After != ""
		}},
		{"name beside a reference", "the reference leads to who is meant, and the words beside it are nobody else's name", func(g *generated) bool {
			name, holder := g.last()
			return name == "display" && holder["reference"] != nil && !g.foreignWords
		}},
	}
}

// fromPrimaryCare reports whether a category is UK Core's of what primary care prescribes.
func fromPrimaryCare(category any) bool {
	coding := fhir.Get(category, "coding", 0)
	return fhir.Get(coding, "system") == "https://fhir.hl7.org.uk/CodeSystem/UKCore-MedicationRequestCategory" && fhir.Get(coding, "code") == "primarycare"
}

// outOfHospital reports whether a category is one of R4's of what is taken by somebody who is in no hospital.
func outOfHospital(category any) bool {
	coding := fhir.Get(category, "coding", 0)
	return fhir.Get(coding, "system") == "http://terminology.hl7.org/CodeSystem/medicationrequest-category" &&
		slices.Contains([]string{"community", "outpatient"}, fhir.Text(fhir.Get(coding, "code")))
}

func every(list []any, are func(any) bool) bool {
	return !slices.ContainsFunc(list, func(item any) bool { return !are(item) })
}

// names are the family names, or the name, of what is contained.
func names(contained any) []string {
	if name, ok := fhir.Get(contained, "name").(string); ok {
		return []string{name}
	}
	var families []string
	for _, name := range fhir.Objects(fhir.Get(contained, "name")) {
		families = append(families, fhir.Text(name["family"]))
	}
	return families
}

// saysName reports whether words say one of some names.
func saysName(words string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return name != "" && strings.Contains(words, name) })
}

// displaysOf are the words beside all references to a target, "" for one without.
func displaysOf(value any, target string) []string {
	var words []string
	switch value := value.(type) {
	case map[string]any:
		if value["reference"] == target {
			words = append(words, fhir.Text(value["display"]))
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			words = append(words, displaysOf(value[name], target)...)
		}
	case []any:
		for _, item := range value {
			words = append(words, displaysOf(item, target)...)
		}
	}
	return words
}

// beginning is a question that asks for some entries of a directory, whichever they are.
var beginning = regexp.MustCompile(`^(Organization|Location|Practitioner|PractitionerRole|HealthcareService)\?_count=\d+$`)

// entryRead is the reading of one entry of a directory.
var entryRead = regexp.MustCompile(`^(Organization|Location|Practitioner|PractitionerRole|HealthcareService)/[^/?]+$`)

// equivalent names the reason for which a change is no defect, "" for none.
func equivalent(g *generated) string {
	if g.again && g.before.Type() == "Patient" {
		return "several Patients" // one person may have several in one system
	}
	if g.again && g.before.Type() == "Provenance" {
		return "several statements" // of where a record comes from each who had it may have said the same
	}
	if g.dropped && (g.before.Type() == "PractitionerRole" || g.before.Type() == "HealthcareService") {
		return "entry that nothing refers to" // which of these a directory has, beyond some, is its own
	}
	if g.again && directory(g.before) {
		return "several entries" // each of the systems that a directory is put together from may have one of its own
	}
	if g.asked != nil && g.counted && strings.HasSuffix(g.asked.text, "/$everything") {
		return "total of an operation" // what counts as a match of an operation R4 does not say
	}
	if g.asked != nil && len(g.lacking) > 0 && !slices.ContainsFunc(g.lacking, func(r fhir.Resource) bool { return !g.asked.open(r) }) {
		return "dates left open" // R4 does not say whether the dates of the question find these records
	}
	if g.asked != nil && g.refused && entryRead.MatchString(g.asked.text) {
		return "entry that may not be read" // who may not read an entry of the directory is told so, and the reference names it
	}
	if g.asked != nil && beginning.MatchString(g.asked.text) {
		switch {
		case g.firstOnly:
			return "beginning of a list" // which entries of a directory come first, and how many on a page, is the server's own
		case g.counted:
			return "size of a directory" // how many entries there are beyond those that are read is the server's own
		case g.refused:
			return "directory that is not listed" // who may not list it is told of each entry that a record refers to
		}
	}
	if g.before == nil || g.after == nil || len(g.steps) == 0 {
		return ""
	}
	for _, r := range reasons() {
		if r.holds(g) {
			return r.name
		}
	}
	return ""
}

// open reports whether it is left open by R4 whether a question about dates finds a record.
func (q *question) open(resource fhir.Resource) bool {
	below, form, _ := strings.Cut(q.text, " ")
	path, text, _ := strings.Cut(below, "?")
	values, err := url.ParseQuery(strings.Trim(text+"&"+form, "&"))
	return err == nil && strings.TrimSuffix(path, "/_search") == resource.Type() && parity.Open(resource.Type(), values, resource)
}

// valued are the identifiers of a resource that have a value, as texts: one without says nothing.
func valued(resource fhir.Resource) []string {
	var all []string
	for _, identifier := range fhir.Objects(resource["identifier"]) { // a Composition has one, everything else a list
		if identifier["value"] != nil {
			all = append(all, asText(identifier))
		}
	}
	return all
}

// directory reports whether a resource is an entry of a directory.
func directory(resource fhir.Resource) bool {
	return slices.Contains([]string{"HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole"}, resource.Type())
}

// less reports whether an element says nothing, or some of the items that it said.
func less(after, before any) bool {
	list, is := before.([]any)
	return after == nil || is && subset(texts(fhir.List(after)), texts(list))
}

// reference is the Reference that is altered, or of which the identifier is, before and after; nil where it is none.
func (g *generated) reference() (before, after map[string]any) {
	for n := len(g.steps) - 1; n > 0; n-- {
		was, _ := at(g.before, g.steps[:n])
		is, _ := at(g.after, g.steps[:n])
		before, _ := was.(map[string]any)
		after, _ := is.(map[string]any)
		if before != nil && before["reference"] != nil {
			return before, after
		}
	}
	return nil, nil
}

// in reports whether the element that is altered is the one at the path, or below it.
func (g *generated) in(path ...string) bool {
	var names []string
	for _, step := range g.steps {
		if name, is := step.(string); is {
			names = append(names, name)
		}
	}
	return len(names) >= len(path) && slices.Equal(names[:len(path)], path)
}

// last is the name of the element that is altered and the object that holds it, as it was.
func (g *generated) last() (string, map[string]any) {
	name, _ := g.steps[len(g.steps)-1].(string)
	_, parent := at(g.before, g.steps)
	holder, _ := parent.(map[string]any)
	return name, holder
}

// list is the list that is altered, before and after; nil where it is none.
func (g *generated) list() (before, after []any) {
	steps := g.steps
	if _, item := steps[len(steps)-1].(int); item {
		steps = steps[:len(steps)-1]
	}
	was, _ := at(g.before, steps)
	is, _ := at(g.after, steps)
	before, _ = was.([]any)
	after, _ = is.([]any)
	return before, after
}

// ordered reports whether the order of a list says something: which name comes first, what is done after what.
func ordered(path string) bool {
	for _, name := range []string{".line", ".given", ".prefix", ".suffix", ".dosageInstruction", ".dosage", ".section", ".content", ".event", ".data"} {
		if strings.HasSuffix(path, name) {
			return true
		}
	}
	return false
}

func texts(list []any) []string {
	var all []string
	for _, item := range list {
		all = append(all, asText(item))
	}
	return all
}

func sameItems(before, after []any) bool {
	a, b := texts(before), texts(after)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(text string) bool { return !slices.Contains(all, text) })
}

func sameSet(a, b []string) bool { return subset(a, b) && subset(b, a) }

// labels are the codes of the labels in a system, sorted.
func labels(resource fhir.Resource, system string) []string {
	var codes []string
	for _, tag := range resource.Objects("meta", "tag") {
		if tag["system"] == system {
			codes = append(codes, fhir.Text(tag["code"]))
		}
	}
	slices.Sort(codes)
	return codes
}

func unquoted(text string) string { return strings.Trim(text, `"`) }
