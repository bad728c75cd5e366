package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// named are people, organisations and places by what they are called, to tell whose name stands beside a reference.
type named map[string][]nameOf

// nameOf is how one resource is called: words that are all in a text that names it, and words of which none is in a text that
// certainly names somebody else.
type nameOf struct {
	reference string
	all, any  []string
	// entry is the organisation or place that is called so; listed says that the ledger alone is known to call it so.
	entry  fhir.Resource
	listed bool
}

// namesOf are the names of a Patient, practitioner, relative, organisation or place; none for another resource, or one without a
// name that tells it from others.
func namesOf(resource fhir.Resource) []nameOf {
	reference := resource.Reference()
	switch resource.Type() {
	case "Patient", "Practitioner", "RelatedPerson", "Person":
		var names []nameOf
		for _, name := range resource.Objects("name") {
			family := wordsOf(fhir.Text(name["family"]))
			given := wordsOf(fhir.Text(fhir.Get(name, "given", 0)))
			if len(family) > 0 && len(given) > 0 {
				names = append(names, nameOf{reference: reference, all: slices.Concat(given, family), any: family})
			}
		}
		return names
	case "Organization", "Location", "HealthcareService":
		words := wordsOf(resource.Text("name"))
		if len(words) > 1 {
			return []nameOf{{reference: reference, all: words, any: words, entry: resource}}
		}
	}
	return nil
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' || r == '.' || r == '(' || r == ')' })
}

// learn takes in how resources are called.
func (n named) learn(resources ...fhir.Resource) {
	for _, resource := range resources {
		n[resource.Type()] = append(n[resource.Type()], namesOf(resource)...)
	}
}

// learnList takes in how the ledger calls organisations and places, whose whole names alone tell whose they are: there are many of them.
func (n named) learnList(resources ...fhir.Resource) {
	for _, resource := range resources {
		for _, name := range namesOf(resource) {
			name.listed = true
			n[resource.Type()] = append(n[resource.Type()], name)
		}
	}
}

// another returns whose name a display is, where it names another resource of the type than the one that is meant. A display that
// shares a word with a name of that one, or names nobody who is known, is free: people are called in many ways.
func (n named) another(display string, meant fhir.Resource) string {
	words, own := wordsOf(display), namesOf(meant)
	if len(words) == 0 || len(own) == 0 {
		return ""
	}
	for _, name := range own {
		if slices.ContainsFunc(name.any, func(word string) bool { return slices.Contains(words, word) && !common(word) }) {
			return n.wholeName(words, own, meant)
		}
	}
	for _, name := range n[meant.Type()] {
		if name.listed {
			continue
		}
		// All words of a name in a display of hardly more words.
		if len(words) <= len(name.all)+1 && !slices.ContainsFunc(name.all, func(word string) bool { return !slices.Contains(words, word) }) {
			return name.reference
		}
	}
	return ""
}

// wholeName returns which other organisation or place is called by the very words, although the one that is meant shares some of them:
// trusts of one city do. Words that are all in its own name are its own, and so are those of another entry of the same one, of one that it is
// a part of or that is a part of it, and of one that is closed, which it may have taken over.
func (n named) wholeName(words []string, own []nameOf, meant fhir.Resource) string {
	within := func(some, all []string) bool {
		return !slices.ContainsFunc(some, func(word string) bool { return !slices.Contains(all, word) })
	}
	for _, name := range own {
		if name.entry == nil || within(words, name.all) || within(name.all, words) {
			return ""
		}
	}
	identifiers := record.Identifiers(meant)
	for _, name := range n[meant.Type()] {
		if !within(words, name.all) || !within(name.all, words) || !slices.ContainsFunc(words, func(word string) bool { return !common(word) }) {
			continue
		}
		theirs := record.Identifiers(name.entry)
		same := slices.ContainsFunc(theirs, func(identifier string) bool { return slices.Contains(identifiers, identifier) })
		if same || len(theirs) == 0 || name.reference == meant.Reference() || partOf(meant, name.entry) || partOf(name.entry, meant) || closed(name.entry) {
			return ""
		}
		return name.reference
	}
	return ""
}

// partOf reports whether an organisation or place says that it is a part of another, or its code does: that of a site begins with the
// trust's.
func partOf(one, other fhir.Resource) bool {
	reference, ok := fhir.ParseReference(one.Text("partOf", "reference"))
	whole := fhir.Text(one.Get("partOf", "identifier", "system")) + "|" + fhir.Text(one.Get("partOf", "identifier", "value"))
	return ok && reference.Relative() == other.Reference() || slices.ContainsFunc(record.Identifiers(other), func(theirs string) bool {
		return theirs == whole || slices.ContainsFunc(record.Identifiers(one), func(own string) bool {
			return strings.HasPrefix(own[strings.LastIndexByte(own, '|')+1:], theirs[strings.LastIndexByte(theirs, '|')+1:])
		})
	})
}

// closed reports whether an organisation or place says that it is no more.
func closed(entry fhir.Resource) bool {
	return entry.Text("active") == "false" || entry.Text("status") == "inactive" ||
		slices.ContainsFunc(entry.Objects("extension"), func(extension map[string]any) bool { return fhir.Get(extension, "valuePeriod", "end") != nil })
}

// common reports whether a word is in the names of many organisations and tells nothing.
func common(word string) bool {
	return slices.Contains([]string{
		"nhs", "trust", "foundation", "the", "and", "of", "surgery", "practice", "medical", "centre", "hospital", "hospitals", "care", "home", "health",
		"university", "community", "service", "services", "group", "house", "synthetic", "road", "street", "pharmacy", "council", "social", "adult",
	}, word)
}

// wrongName words what is wrong with a display beside a reference; "" when nothing is known to be.
func (n named) wrongName(display string, meant fhir.Resource) string {
	if meant == nil {
		return ""
	}
	if other := n.another(display, meant); other != "" {
		return fmt.Sprintf("it leads to %s, and the name beside it is that of %s", meant.Reference(), other)
	}
	return ""
}

// sortNames puts the names in an order that does not depend on who was read first.
func (n named) sortNames() {
	for _, kind := range slices.Sorted(maps.Keys(n)) {
		slices.SortStableFunc(n[kind], func(a, b nameOf) int { return strings.Compare(a.reference, b.reference) })
	}
}

// listing holds what references lead to against the directory of the ledger. It tells each resource once.
type listing struct {
	directory *record.Directory
	told      map[string]bool
}

func newListing(env *check.Env) *listing {
	if env.Found {
		return &listing{}
	}
	return &listing{record.DirectoryOf(env), map[string]bool{}}
}

// amiss words what of a resource is not what the ledger says, or is lost; "" for nothing, or where that was said.
func (l *listing) amiss(resource fhir.Resource, lost bool) string {
	if l.directory == nil || resource == nil {
		return ""
	}
	amiss := slices.DeleteFunc(l.directory.Compare(resource), func(a record.Amiss) bool { return a.Lost != lost })
	if len(amiss) == 0 || l.told[resource.Reference()+amiss[0].String()] {
		return ""
	}
	l.told[resource.Reference()+amiss[0].String()] = true
	return amiss[0].String()
}
