package profiles

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// bundleRules checks what the Bundle page of R4 says of a Bundle and its invariants do not: full URLs, links, and in
// documents that everything the Composition needs is there.
func (j *judge) bundleRules(bundle map[string]any) {
	entries, _ := bundle["entry"].([]any)
	var asked []string
	if bundle["type"] == "searchset" {
		asked = j.selfLink(bundle)
	}
	if j.entries != nil && sameMap(bundle, j.root) {
		j.take(j.entries.late) // what was found while each was at hand
	} else {
		j.each(bundle, "entry", func(e map[string]any) { j.entryRules(bundle, e, asked) })
	}
	j.bundleLinks(bundle)
	switch {
	case len(entries) == 0:
	case bundle["type"] == "document":
		j.documentRules(j.entryIndex(&j.resources[len(j.resources)-1]))
	case bundle["type"] == "message":
		j.messageRules(j.entryIndex(&j.resources[len(j.resources)-1]))
	}
}

// fullURL checks that a full URL is absolute, free of a version, and agrees with the id of the resource.
func (j *judge) fullURL(e map[string]any) {
	url, ok := e["fullUrl"].(string)
	if !ok || url == "" {
		return
	}
	problem := ""
	switch {
	case !strings.Contains(url, ":"):
		problem = fmt.Sprintf("the fullUrl must be absolute, but %q is relative", url)
	case strings.Contains(url, "/_history/"):
		problem = "the fullUrl must not name a version"
	default:
		problem = j.idDisagrees(url, e)
	}
	if problem == "" {
		return
	}
	j.report(nil, note{rule: RuleBundle, severity: result.SeverityError, code: codeInvalid, message: problem, actual: url})
}

// idDisagrees compares a full URL that ends in the type and id of a resource with the resource.
func (j *judge) idDisagrees(url string, e map[string]any) string {
	r, _ := e["resource"].(map[string]any)
	id, _ := r["id"].(string)
	parsed := parseReference(url)
	if r != nil && id == "" && parsed.typ != "" && j.resourceType(parsed.typ) != nil {
		return fmt.Sprintf("the fullUrl ends in %s/%s, but the resource has no id", parsed.typ, parsed.id)
	}
	if id == "" || parsed.typ == "" || j.resourceType(parsed.typ) == nil || parsed.typ == rootType(r) && parsed.id == id {
		return ""
	}
	return fmt.Sprintf("the fullUrl ends in %s/%s, but the resource is %s", parsed.typ, parsed.id, typeAndID(r))
}

// bundleLinks checks that links of which there can be one only are not repeated.
func (j *judge) bundleLinks(bundle map[string]any) {
	links, _ := bundle["link"].([]any)
	seen := map[string]bool{}
	for i, item := range links {
		link, _ := item.(map[string]any)
		relation, _ := link["relation"].(string)
		if seen[relation] && slices.Contains([]string{"self", "first", "last", "next", "prev", "previous"}, relation) {
			j.push("link", "link", "")
			j.at(i)
			j.report(nil, note{
				rule: RuleBundle, severity: result.SeverityError, code: codeInvalid, actual: relation,
				message: fmt.Sprintf("a Bundle has at most one link with the relation %q", relation),
			})
			j.pop()
		}
		seen[relation] = true
	}
}

// documentRules checks that what a Composition refers to is in the document, and that nothing else is.
func (j *judge) documentRules(index *bundleIndex) {
	// It must come first, which an invariant checks.
	first := slices.IndexFunc(index.entries, func(e fhir.EntryFacts) bool { return e.Type == "Composition" })
	if first < 0 {
		return
	}
	index.composition = first
	j.push("entry", "entry", "")
	j.at(first)
	j.push("resource", "resource", "")
	j.compositionLinks(index, index.resource(first))
	j.pop()
	j.pop()
	reached := index.reach(first)
	for i, e := range index.entries {
		if reached[i] || !e.Resource {
			continue
		}
		j.push("entry", "entry", "")
		j.at(i)
		j.report(nil, note{
			rule: RuleBundle, severity: orphan(e.Type), code: codeInvalid,
			message: fmt.Sprintf("nothing links this %s with the Composition of the document", e.Type),
		})
		j.pop()
	}
}

// orphan says how bad it is that a resource is in a document and nothing links it with the Composition: a document holds what
// its Composition refers to, and perhaps a style sheet, which is a Binary that nothing need refer to (Documents page of R4).
func orphan(typ string) result.Severity {
	if typ == "Binary" {
		return result.SeverityWarning
	}
	return result.SeverityError
}

// compositionLinks checks the references of a Composition or a section that must lead into the document.
func (j *judge) compositionLinks(index *bundleIndex, obj map[string]any) {
	names := []string{"subject", "encounter", "author", "custodian", "focus", "entry"}
	for _, name := range names {
		j.linkInto(index, obj, name)
	}
	j.each(obj, "attester", func(a map[string]any) { j.linkInto(index, a, "party") })
	j.each(obj, "event", func(e map[string]any) { j.linkInto(index, e, "detail") })
	j.each(obj, "section", func(s map[string]any) {
		if len(j.path) < deepestSection {
			j.compositionLinks(index, s)
		}
	})
}

const deepestSection = 100

// each calls visit for the objects of a property that repeats, with the path at each.
func (j *judge) each(obj map[string]any, name string, visit func(map[string]any)) {
	list, _ := obj[name].([]any)
	for i, item := range list {
		if o, ok := item.(map[string]any); ok {
			j.push(name, name, "")
			j.at(i)
			visit(o)
			j.pop()
		}
	}
}

// linkInto checks that the references of a property lead to exactly one entry.
func (j *judge) linkInto(index *bundleIndex, obj map[string]any, name string) {
	if one, ok := obj[name].(map[string]any); ok {
		j.push(name, name, "")
		j.oneLink(index, one)
		j.pop()
		return
	}
	j.each(obj, name, func(o map[string]any) { j.oneLink(index, o) })
}

func (j *judge) oneLink(index *bundleIndex, reference map[string]any) {
	ref, _ := reference["reference"].(string)
	if ref == "" || strings.HasPrefix(ref, "#") {
		return
	}
	found := index.find(ref, index.entries[index.composition].FullURL)
	if len(found) == 1 {
		return
	}
	message := "the reference leads to nothing in the Bundle, which must hold what its first entry refers to"
	if len(found) > 1 {
		message = fmt.Sprintf("the reference leads to %d entries of the Bundle", len(found))
	}
	j.report(nil, note{rule: RuleBundle, severity: result.SeverityError, code: codeNotFound, message: message, actual: ref})
}
