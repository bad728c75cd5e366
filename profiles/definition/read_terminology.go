package definition

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// ReadValueSet reads a ValueSet from decoded FHIR JSON.
func ReadValueSet(m map[string]any) (*ValueSet, error) {
	v := &ValueSet{URL: text(m, "url"), Version: text(m, "version"), Name: text(m, "name"), Status: text(m, "status")}
	if v.URL == "" {
		return nil, fmt.Errorf("read ValueSet %q: it has no url", text(m, "id"))
	}
	if compose := object(m, "compose"); compose != nil {
		v.Include = readSelections(compose, "include")
		v.Exclude = readSelections(compose, "exclude")
		inactive, said := compose["inactive"].(bool)
		v.ActiveOnly = said && !inactive
	}
	if expansion := object(m, "expansion"); expansion != nil && len(v.Include) == 0 {
		v.HasExpansion = true
		v.Expansion = readExpansion(nil, expansion, 0)
	}
	return v, nil
}

func readSelections(compose map[string]any, name string) []Selection {
	var list []Selection
	for _, m := range objects(compose, name) {
		s := Selection{System: text(m, "system"), Version: text(m, "version"), ValueSets: texts(m, "valueSet")}
		for _, c := range objects(m, "concept") {
			s.Codes = append(s.Codes, Concept{Code: text(c, "code"), Display: text(c, "display"), Designations: designations(c)})
		}
		for _, f := range objects(m, "filter") {
			s.Filters = append(s.Filters, Filter{Property: text(f, "property"), Op: text(f, "op"), Value: text(f, "value")})
		}
		list = append(list, s)
	}
	return list
}

// maxNesting bounds how deep concepts may be nested; the decoder bounds it too.
const maxNesting = 100

func readExpansion(list []ExpandedCode, m map[string]any, depth int) []ExpandedCode {
	if depth > maxNesting {
		return list
	}
	for _, c := range objects(m, "contains") {
		if code := text(c, "code"); code != "" {
			list = append(list, ExpandedCode{
				System: text(c, "system"), Code: code, Display: text(c, "display"), Abstract: boolean(c, "abstract"),
			})
		}
		list = readExpansion(list, c, depth+1)
	}
	return list
}

// ReadCodeSystem reads a CodeSystem from decoded FHIR JSON.
func ReadCodeSystem(m map[string]any) (*CodeSystem, error) {
	c := &CodeSystem{
		URL: text(m, "url"), Version: text(m, "version"), Name: text(m, "name"), Status: text(m, "status"),
		Content: text(m, "content"), Supplements: text(m, "supplements"), ValueSet: text(m, "valueSet"),
	}
	if sensitive, said := m["caseSensitive"].(bool); said {
		c.CaseInsensitive = !sensitive
	}
	if c.URL == "" {
		return nil, fmt.Errorf("read CodeSystem %q: it has no url", text(m, "id"))
	}
	for _, i := range objects(m, "identifier") {
		if oid, is := strings.CutPrefix(text(i, "value"), "urn:oid:"); is && text(i, "system") == "urn:ietf:rfc:3986" {
			c.OIDs = append(c.OIDs, oid)
		}
	}
	for _, p := range objects(m, "property") {
		if c.PropertyTypes == nil {
			c.PropertyTypes = map[string]string{}
		}
		c.PropertyTypes[text(p, "code")] = text(p, "type")
	}
	c.readConcepts(m, -1, 0)
	c.linkParents()
	return c, nil
}

func (c *CodeSystem) readConcepts(m map[string]any, parent, depth int) {
	if depth > maxNesting {
		return
	}
	for _, o := range objects(m, "concept") {
		concept := Concept{Code: text(o, "code"), Display: text(o, "display"), Designations: designations(o)}
		if parent >= 0 {
			concept.Parents = []int{parent}
		}
		for _, p := range objects(o, "property") {
			concept.Properties = append(concept.Properties, Property{Code: text(p, "code"), Value: propertyValue(p)})
		}
		c.Concepts = append(c.Concepts, concept)
		c.readConcepts(o, len(c.Concepts)-1, depth+1)
	}
}

// linkParents adds the hierarchy that properties express ("parent", "subsumedBy", "child") to that of nesting.
func (c *CodeSystem) linkParents() {
	var index map[string]int
	find := func(code string) (int, bool) {
		if index == nil {
			index = make(map[string]int, len(c.Concepts))
			for i := range c.Concepts {
				index[c.Concepts[i].Code] = i
			}
		}
		i, ok := index[code]
		return i, ok
	}
	for i := range c.Concepts {
		for _, p := range c.Concepts[i].Properties {
			switch p.Code {
			case "parent", "subsumedBy":
				if parent, ok := find(p.Value); ok {
					c.Concepts[i].Parents = append(c.Concepts[i].Parents, parent)
				}
			case "child":
				if child, ok := find(p.Value); ok {
					c.Concepts[child].Parents = append(c.Concepts[child].Parents, i)
				}
			}
		}
	}
}

func propertyValue(p map[string]any) string {
	for _, name := range []string{"valueCode", "valueString", "valueBoolean", "valueInteger", "valueDecimal", "valueDateTime"} {
		switch v := p[name].(type) {
		case string:
			return v
		case bool:
			return strconv.FormatBool(v)
		case json.Number:
			return v.String()
		}
	}
	return text(object(p, "valueCoding"), "code")
}

func designations(m map[string]any) []string {
	var list []string
	for _, d := range objects(m, "designation") {
		if s := text(d, translatableDesignation); s != "" {
			list = append(list, s)
		}
	}
	return list
}
