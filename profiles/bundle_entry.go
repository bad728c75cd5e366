package profiles

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// entryRules checks what the Bundle page of R4 asks of the i-th entry, beyond the invariants, by the type of the Bundle.
func (j *judge) entryRules(bundle, entry map[string]any, asked []string) {
	j.fullURL(entry)
	resource, _ := entry["resource"].(map[string]any)
	if resource == nil {
		return
	}
	typ, _ := bundle["type"].(string)
	if !there(entry, "fullUrl") && rootType(resource) != "OperationOutcome" { // the outcome of an operation is no resource of the server's
		j.unidentified(typ, entry, resource)
	}
	if typ == "searchset" {
		j.resultRules(entry, resource, asked)
	}
}

// unidentified judges an entry without a fullUrl, which all have but what is to be created: that has no identity yet
// (Bundle.entry.fullUrl of R4). Where an update refers to nothing else, no reader needs its fullUrl.
func (j *judge) unidentified(typ string, entry, resource map[string]any) {
	request, _ := entry["request"].(map[string]any)
	method, _ := request["method"].(string)
	if method == "POST" {
		return
	}
	found := note{rule: RuleBundle, severity: result.SeverityError, code: codeInvalid}
	switch typ {
	case "document", "message", "searchset", "history", "collection":
		found.message = fmt.Sprintf("an entry of a Bundle of type %s must have a fullUrl, which is the identity of its resource", typ)
	case "transaction", "batch":
		if method != "PUT" && method != "PATCH" {
			return
		}
		found.message = fmt.Sprintf("an entry for %s must have a fullUrl, which is the identity of its resource and what its references lead from", method)
		if !refersOut(resource) {
			found.severity = result.SeverityWarning
			found.message = fmt.Sprintf("an entry for %s should have a fullUrl, which is the identity of its resource", method)
		}
	default:
		return
	}
	j.report(nil, found)
}

// refersOut says whether something in a value refers to what is not contained in it.
func refersOut(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		if ref, ok := v["reference"].(string); ok && !strings.HasPrefix(ref, "#") {
			return true
		}
		for _, item := range v {
			if refersOut(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, refersOut)
	}
	return false
}

// resultRules checks an entry of a searchset against its mode (Bundle.entry.search of R4).
func (j *judge) resultRules(entry, resource map[string]any, asked []string) {
	search, _ := entry["search"].(map[string]any)
	mode, _ := search["mode"].(string)
	typ := rootType(resource)
	problem := ""
	switch {
	case mode == "match" && typ == "OperationOutcome" && !slices.Contains(asked, typ):
		problem = "an OperationOutcome about a search is not a match; its mode is outcome"
	case mode == "outcome" && typ != "OperationOutcome":
		problem = fmt.Sprintf("an entry with the mode outcome holds an OperationOutcome, not a %s", typ)
	case mode == "match" && len(asked) > 0 && typ != "" && !slices.Contains(asked, typ):
		problem = fmt.Sprintf("the search was for %s, so a %s is not a match", strings.Join(asked, " and "), typ)
	}
	j.push("resource", "resource", "")
	defer j.pop()
	if problem != "" {
		j.report(nil, note{rule: RuleBundle, severity: result.SeverityError, code: codeInvalid, message: problem, actual: typ})
	}
	if id, _ := resource["id"].(string); id == "" && typ != "OperationOutcome" {
		j.report(nil, note{
			rule: RuleBundle, severity: result.SeverityError, code: codeInvalid,
			message: "what a search finds has an id",
		})
	}
}

// selfLink checks that a searchset says what was searched for, and returns the types of resource that were asked for, none
// where the link does not tell.
func (j *judge) selfLink(bundle map[string]any) (asked []string) {
	links, _ := bundle["link"].([]any)
	for _, item := range links {
		link, _ := item.(map[string]any)
		if link["relation"] != "self" {
			continue
		}
		text, _ := link["url"].(string)
		path, query, _ := strings.Cut(text, "?")
		path = strings.TrimSuffix(strings.TrimSuffix(path, "/"), "/_search")
		last := path[strings.LastIndexByte(path, '/')+1:]
		switch {
		case j.resourceType(last) != nil:
			return []string{last}
		case strings.HasPrefix(last, "$"):
			return nil // what an operation answers, its definition says
		default:
			return j.typesSearched(query)
		}
	}
	j.report(nil, note{
		rule: RuleBundle, severity: result.SeverityWarning, code: codeInvalid,
		message: "a searchset says in a self link what the server searched for, and this one has none",
	})
	return nil
}

// typesSearched returns the types that a search over all of them names in _type (R4 Search page), none where it names none.
func (j *judge) typesSearched(query string) []string {
	values, err := url.ParseQuery(query)
	if err != nil || len(values["_type"]) != 1 {
		return nil
	}
	types := strings.Split(values.Get("_type"), ",")
	for _, name := range types {
		if j.resourceType(name) == nil {
			return nil
		}
	}
	return types
}

// messageRules checks that what a message is about is in it (MessageHeader.focus of R4).
func (j *judge) messageRules(index *bundleIndex) {
	for i, e := range index.entries {
		if e.Type != "MessageHeader" {
			continue
		}
		index.composition = i
		j.push("entry", "entry", "")
		j.at(i)
		j.push("resource", "resource", "")
		j.linkInto(index, index.resource(i), "focus")
		j.pop()
		j.pop()
		return // the first is that of the message
	}
}

// acrossBases warns of a reference that leads to nothing by the rules for Bundles while an entry under another base has its
// type and id (section "Resolving references in Bundles" of the Bundle page).
func (j *judge) acrossBases(n *node, ref string) {
	bundle, own := j.bundle()
	if bundle == nil || strings.Contains(ref, ":") || own == "" || bundle.obj["type"] == "document" {
		return
	}
	local, _, _ := strings.Cut(ref, "/_history/")
	index := j.entryIndex(bundle)
	for i := range index.byID.all(typedIDOf(local)) {
		full := index.entries[i].FullURL
		if full == "" || j.failing(result.SeverityWarning) {
			continue
		}
		j.push("reference", "reference", "")
		j.report(n, note{
			rule: RuleBundle, severity: result.SeverityWarning, code: codeInvalid, actual: ref,
			message: fmt.Sprintf("the reference does not lead to the entry with this type and id, whose fullUrl %s does not go with %s", full, own),
		})
		j.pop()
		return
	}
}
