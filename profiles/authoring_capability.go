package profiles

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/search"
	"concord.example/concord/profiles/definition"
)

// capabilityRules checks the search parameters of a CapabilityStatement against their definitions
// (CapabilityStatement.rest.resource.searchParam.type of R4, which shall be the same).
func (j *judge) capabilityRules(obj map[string]any) {
	j.each(obj, "rest", func(rest map[string]any) {
		j.each(rest, "searchParam", func(p map[string]any) { j.offeredParameter("Resource", p) })
		j.each(rest, "resource", func(resource map[string]any) {
			typ, _ := resource["type"].(string)
			j.each(resource, "searchParam", func(p map[string]any) { j.offeredParameter(typ, p) })
		})
	})
}

func (j *judge) offeredParameter(resourceType string, p map[string]any) {
	canonical, _ := p["definition"].(string)
	typ, _ := p["type"].(string)
	if defined := j.searchParameter(canonical); defined.typ != "" && typ != "" && typ != defined.typ {
		j.under("type", func() {
			j.authoring(fmt.Sprintf("search parameter %s of %s is defined with type %s", canonical, resourceType, defined.typ), typ)
		})
	}
}

// derivedParameter checks a SearchParameter against the one that it is derived from: it must be consistent with that
// (SearchParameter.derivedFrom of R4).
func (j *judge) derivedParameter(obj map[string]any) {
	canonical, _ := obj["derivedFrom"].(string)
	defined := j.searchParameter(canonical)
	if typ, _ := obj["type"].(string); defined.typ != "" && typ != "" && typ != defined.typ {
		j.under("type", func() {
			j.authoring(fmt.Sprintf("search parameter %s, from which this one is derived, has type %s", canonical, defined.typ), typ)
		})
	}
	bases, _ := obj["base"].([]any)
	for i, item := range bases {
		base, _ := item.(string)
		if len(defined.bases) == 0 || base == "" || slices.Contains(defined.bases, base) || slices.Contains(defined.bases, "Resource") || slices.Contains(defined.bases, "DomainResource") {
			continue
		}
		j.inList("base", i, func() {
			j.authoring(fmt.Sprintf("search parameter %s, from which this one is derived, is not for %s", canonical, base), base)
		})
	}
}

// definedParameter is what is known of a search parameter.
type definedParameter struct {
	typ   string
	bases []string
}

// searchParameter returns what is known of a search parameter of R4, or of one that is loaded.
func (j *judge) searchParameter(canonical string) definedParameter {
	url, _ := definition.SplitCanonical(canonical)
	if resource := j.resource("SearchParameter", canonical); resource != nil {
		made := definedParameter{}
		made.typ, _ = resource["type"].(string)
		bases, _ := resource["base"].([]any)
		for _, item := range bases {
			base, _ := item.(string)
			made.bases = append(made.bases, base)
		}
		return made
	}
	// The ids of R4's own are the type, or what several types are called together, and the code.
	id, own := strings.CutPrefix(url, "http://hl7.org/fhir/SearchParameter/")
	owner, code, several := strings.Cut(id, "-")
	if !own || !several {
		return definedParameter{}
	}
	if owner == "Resource" || owner == "DomainResource" {
		found, _ := search.Lookup("Resource", "_"+code)
		return definedOf(found, owner)
	}
	if found, is := search.Lookup(owner, code); is {
		return definedOf(found, owner)
	}
	if owner == "" || owner[0] < 'a' || owner == "example" {
		return definedParameter{}
	}
	made := definedParameter{}
	for _, name := range search.Types() {
		found, is := search.Lookup(name, code)
		if !is {
			continue
		}
		if made.typ != "" && made.typ != string(found.Kind) {
			return definedParameter{} // others have the code for something else
		}
		made.typ, made.bases = string(found.Kind), append(made.bases, name)
	}
	return made
}

func definedOf(p *search.Parameter, base string) definedParameter {
	if p == nil {
		return definedParameter{}
	}
	return definedParameter{typ: string(p.Kind), bases: []string{base}}
}
