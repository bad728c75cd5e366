package profiles

import (
	"encoding/json"
	"fmt"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// authoringRules checks what the pages of R4 say of definitions, and their invariants do not.
func (j *judge) authoringRules(obj map[string]any) {
	switch obj["resourceType"] {
	case "CodeSystem":
		j.codeSystemRules(obj)
	case "ValueSet":
		compose, _ := obj["compose"].(map[string]any)
		j.push("compose", "compose", "")
		j.each(compose, "include", j.selectionRules)
		j.each(compose, "exclude", j.selectionRules)
		j.pop()
	case "Questionnaire":
		j.formRules(obj)
	case "SearchParameter":
		j.derivedParameter(obj)
		j.searchParameterRules(obj)
	case "CapabilityStatement":
		j.capabilityRules(obj)
	case "StructureMap":
		j.structureMapRules(obj)
	case "OperationDefinition":
		j.operationRules(obj)
	}
}

func (j *judge) authoring(message, actual string) {
	j.report(nil, note{rule: RuleAuthoring, severity: result.SeverityError, code: codeInvalid, message: message, actual: actual})
}

// conceptProperties is the start of the URIs of the properties that FHIR defines for all code systems.
const conceptProperties = "http://hl7.org/fhir/concept-properties#"

// conceptPropertyType returns the type of a property that FHIR defines (the code system concept-properties, in R4 or a later
// release, as code systems for several releases use those too), or "".
func conceptPropertyType(name string) string {
	switch name {
	case "inactive", "notSelectable":
		return "boolean"
	case "deprecated", "deprecationDate", "retirementDate", "effectiveDate":
		return "dateTime"
	case "parent", "child", "partOf", "synonym", "status":
		return "code"
	case "comment":
		return "string"
	case "itemWeight":
		return "decimal"
	default:
		return ""
	}
}

// conceptCode marks a property whose values are codes of the code system itself.
const conceptCode = "code of a concept"

// conceptProperty says whether the code system of FHIR's properties, as loaded, has one by a name.
func (j *judge) conceptProperty(name string) bool {
	table := j.registry.terms.System(strings.TrimSuffix(conceptProperties, "#"))
	return table != nil && table.Check(name) == terminology.In
}

// codeSystemRules checks the properties and the count of a CodeSystem.
func (j *judge) codeSystemRules(obj map[string]any) {
	types := map[string]string{}
	uris := map[string]bool{}
	j.each(obj, "property", func(p map[string]any) {
		code, _ := p["code"].(string)
		uri, _ := p["uri"].(string)
		typ, _ := p["type"].(string)
		if _, again := types[code]; again {
			j.authoring(fmt.Sprintf("property %q is defined more than once", code), code)
		} else {
			types[code] = typ
		}
		if uri != "" && !isAbsolute(uri) {
			j.authoring("the URI of a property must be absolute, as others tell what it means by that", uri)
		}
		if uri != "" && uris[uri] {
			j.authoring(fmt.Sprintf("property URI %s is defined more than once", uri), uri)
		}
		uris[uri] = true
		name, standard := strings.CutPrefix(uri, conceptProperties)
		want := conceptPropertyType(name)
		switch {
		case standard && want == "" && !j.conceptProperty(name):
			j.authoring(fmt.Sprintf("FHIR defines no property %s, and a property of one's own has a URI of one's own", uri), uri)
		case standard && want != "" && typ != want:
			j.authoring(fmt.Sprintf("property URI %s stands for a property of type %s", uri, want), typ)
		}
		if standard && (want == "code" && name != "status") {
			types[code] = conceptCode
		}
	})
	j.contentRules(obj)
	j.allCodesRules(obj)
	concepts := 0
	seen := map[string]bool{}
	j.conceptRules(obj, types, &concepts, seen, 0)
	if obj["content"] == "complete" {
		j.relatedConcepts(obj, types, seen, 0)
	}
	count, ok := obj["count"].(json.Number)
	if ok && obj["content"] == "complete" && count.String() != fmt.Sprint(concepts) {
		j.push("count", "count", "")
		j.authoring(fmt.Sprintf("the code system is complete and has %d concepts, which is not its count", concepts), count.String())
		j.pop()
	}
}

// allCodesRules checks the value set of all codes of a code system, if it is loaded: it has all of them, and no others
// (CodeSystem.valueSet of R4). That of a supplement is the one of what it supplements.
func (j *judge) allCodesRules(obj map[string]any) {
	canonical, _ := obj["valueSet"].(string)
	system, _ := obj["url"].(string)
	if obj["content"] == "supplement" {
		system, _ = obj["supplements"].(string)
		system, _ = definition.SplitCanonical(system)
	}
	if canonical == "" || system == "" {
		return
	}
	problem := ""
	// Another release may have given the value set another system; one that fits is enough.
	for at := j.registry; at != nil; at = at.parent {
		set, err := at.set.ValueSet(canonical)
		if err != nil || set == nil {
			continue
		}
		if problem = selectsAll(set, system); problem == "" {
			return
		}
	}
	if problem == "" {
		return
	}
	j.under("valueSet", func() {
		j.authoring(fmt.Sprintf("value set %s must have all codes of the code system and no others, and %s", canonical, problem), canonical)
	})
}

// selectsAll says why a value set does not have all codes of a code system and no others, or "".
func selectsAll(set *definition.ValueSet, system string) string {
	switch {
	case len(set.Include)+len(set.Exclude) == 0:
		return "" // an expansion, which is made from what is not known
	case len(set.Include) != 1 || len(set.Exclude) > 0:
		return "it selects in more than one step"
	case set.Include[0].System != system:
		return "it is of another code system"
	case len(set.Include[0].Codes)+len(set.Include[0].Filters)+len(set.Include[0].ValueSets) > 0:
		return "it selects some of the codes"
	default:
		return ""
	}
}

// supplement returns the code system that the one with the URL supplements, or "".
func (j *judge) supplement(url string) string {
	if table, err := j.registry.CodeSystem(url); err == nil && table != nil && table.Content == "supplement" {
		return table.Supplements
	}
	return ""
}

// contentRules checks what a CodeSystem says of its content against what it holds (CodeSystem.content of R4).
func (j *judge) contentRules(obj map[string]any) {
	concepts, _ := obj["concept"].([]any)
	supplemented, _ := obj["supplements"].(string)
	content, _ := obj["content"].(string)
	switch {
	case content == "supplement" && !there(obj, "supplements"):
		j.authoring("a supplement must say in supplements which code system it adds to", "")
	case content != "supplement" && content != "" && supplemented != "":
		j.push("content", "content", "")
		j.authoring("a code system that supplements another has the content supplement", content)
		j.pop()
	case content == "not-present" && len(concepts) > 0:
		j.push("content", "content", "")
		j.authoring("the code system says that its concepts are not present, but has some", content)
		j.pop()
	}
	if content != "supplement" || supplemented == "" {
		return
	}
	url, _ := definition.SplitCanonical(supplemented)
	table := j.registry.terms.System(url)
	j.supplementCount(obj, url, len(concepts))
	j.each(obj, "concept", func(c map[string]any) {
		if code, _ := c["code"].(string); code != "" && table.Check(code) == terminology.Out {
			j.authoring(fmt.Sprintf("code system %s, which this one supplements, has no code %q", url, code), code)
		}
	})
}

// supplementCount checks the count of a supplement. It adds designations and properties and no concepts (CodeSystem.content of R4,
// supplement), so what it counts are the concepts of what it supplements, or those that it lists.
func (j *judge) supplementCount(obj map[string]any, url string, listed int) {
	count, said := obj["count"].(json.Number)
	base, err := j.registry.CodeSystem(url)
	if !said || err != nil || base == nil || base.Content != "complete" {
		return
	}
	total := len(base.Concepts)
	if stated := count.String(); stated != fmt.Sprint(total) && stated != fmt.Sprint(listed) {
		j.under("count", func() {
			j.authoring(fmt.Sprintf("code system %s, which this one supplements, has %d concepts, which is not its count", url, total), stated)
		})
	}
}

// conceptRules checks that codes are unique and that properties have the types that they are defined with.
func (j *judge) conceptRules(holder map[string]any, types map[string]string, count *int, seen map[string]bool, depth int) {
	if depth > deepestQuestion {
		return
	}
	j.each(holder, "concept", func(c map[string]any) {
		*count++
		if code, ok := c["code"].(string); ok {
			if seen[code] {
				j.authoring(fmt.Sprintf("code %q is defined more than once", code), code)
			}
			seen[code] = true
		}
		j.each(c, "property", func(p map[string]any) {
			code, _ := p["code"].(string)
			want, defined := types[code]
			if want == conceptCode {
				want = "code"
			}
			_, typ, _ := answerOf(p)
			if defined && want != "" && typ != "" && typ != want {
				j.authoring(fmt.Sprintf("property %q is defined with type %s", code, want), typ)
			}
		})
		j.conceptRules(c, types, count, seen, depth+1)
	})
}

// relatedConcepts checks that the concepts that others are related to by FHIR's properties (parent, child and the like) are
// there, where the code system is complete.
func (j *judge) relatedConcepts(holder map[string]any, types map[string]string, codes map[string]bool, depth int) {
	if depth > deepestQuestion {
		return
	}
	j.each(holder, "concept", func(c map[string]any) {
		j.each(c, "property", func(p map[string]any) {
			code, _ := p["code"].(string)
			other, given := p["valueCode"].(string)
			if types[code] == conceptCode && given && !codes[other] {
				j.authoring(fmt.Sprintf("the code system has no concept %q, which property %q names", other, code), other)
			}
		})
		j.relatedConcepts(c, types, codes, depth+1)
	})
}

// selectionRules checks one include or exclude of a ValueSet.
func (j *judge) selectionRules(s map[string]any) {
	system, _ := s["system"].(string)
	table := j.registry.terms.System(system)
	switch {
	case system != "" && !strings.Contains(system, ":"):
		j.authoring("the system of a value set must be absolute", system)
	case strings.Contains(system, "|"):
		j.authoring("the version of a code system belongs in version, and not in system", system)
	case table == nil && j.systemOfOID(system) != "":
		j.authoring(fmt.Sprintf("the code system is known by %s in FHIR, and not by an object identifier", j.systemOfOID(system)), system)
	case table == nil && j.supplement(system) != "":
		j.authoring(fmt.Sprintf("the code system is a supplement of %s, which is what has the codes", j.supplement(system)), system)
	case table == nil && j.registry.hasValueSet(system):
		j.authoring("what is named as a code system is a value set; include it as valueSet, or name the system that its codes come from", system)
	}
	version, _ := s["version"].(string)
	if table != nil && version != "" && version != table.Version() {
		// Another version may have other codes (ValueSet.compose.include.version of R4).
		j.report(nil, note{
			rule: RuleNotCheckable, severity: result.Information, code: codeNotSupported, actual: version,
			message: fmt.Sprintf("version %s of code system %s is not loaded, so its codes were not checked; version %s is", version, system, table.Version()),
		})
		table = nil
	}
	j.each(s, "concept", func(c map[string]any) {
		if code, _ := c["code"].(string); code != "" && system != snomed && table.Check(code) == terminology.Out {
			j.authoring(fmt.Sprintf("code system %s has no code %q", system, code), code)
		}
	})
	j.each(s, "filter", func(f map[string]any) { j.filterRules(system, table, f) })
}

// canonicalURL checks that the url of a definition is absolute (CodeSystem.url and its like: "an absolute URI").
func (j *judge) canonicalURL(obj map[string]any) {
	url, given := obj["url"].(string)
	if !given || isAbsolute(url) {
		return
	}
	name, _ := obj["resourceType"].(string)
	s, err := j.lookup(definition.TypeURL(name))
	if err != nil || s == nil {
		return
	}
	status := s.root.kid("status")
	if status == nil || status.binding == nil || !strings.HasPrefix(status.binding.valueSet, publicationStatus) {
		return
	}
	j.under("url", func() { j.authoring("the url of a definition must be absolute, as others refer to it by that", url) })
}

// publicationStatus is the value set of the status of what is published to be referred to.
const publicationStatus = "http://hl7.org/fhir/ValueSet/publication-status"

// operationRules checks that the profiles of what goes in and comes out are profiles on Parameters (OperationDefinition.inputProfile
// and outputProfile).
func (j *judge) operationRules(obj map[string]any) {
	for _, name := range []string{"inputProfile", "outputProfile"} {
		canonical, _ := obj[name].(string)
		s, err := j.lookup(canonical)
		if err != nil || s == nil || s.definition.Type == "Parameters" {
			continue
		}
		j.under(name, func() {
			j.authoring(fmt.Sprintf("%s is a profile on %s, and not on Parameters", canonical, s.definition.Type), canonical)
		})
	}
}

// formRules checks the conditions of the items of a Questionnaire.
func (j *judge) formRules(obj map[string]any) {
	form := newQuestionnaire(obj)
	j.formLevel(form, obj, 0)
	j.derivedRules(obj, form)
}

func (j *judge) formLevel(form *questionnaire, holder map[string]any, depth int) {
	if depth > deepestQuestion {
		return
	}
	j.each(holder, "item", func(item map[string]any) {
		linkID, _ := item["linkId"].(string)
		conditions, _ := item["enableWhen"].([]any)
		if _, said := item["enableBehavior"]; len(conditions) > 1 && !said {
			j.authoring("an item with more than one condition must say whether all or any of them enable it", linkID)
		}
		for _, c := range conditions {
			condition, _ := c.(map[string]any)
			asked, _ := condition["question"].(string)
			q := form.items[asked]
			switch {
			case asked == "":
			case q == nil:
				j.authoring(fmt.Sprintf("a condition asks about %q, which no item has as its linkId", asked), asked)
			case q.within(linkID):
				j.authoring("a condition must not ask about the item itself or one inside it", asked)
			}
		}
		j.formLevel(form, item, depth+1)
	})
}

// within says whether the question is the one with the linkId or inside it.
func (q *question) within(linkID string) bool {
	for at := q; at != nil; at = at.parent {
		if at.linkID == linkID {
			return true
		}
	}
	return false
}
