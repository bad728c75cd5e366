package definition

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// JSON returns the table as a StructureDefinition of FHIR JSON that holds facts only. withSnapshot and withDifferential
// choose the views that are written.
func (s *Structure) JSON(withSnapshot, withDifferential bool) map[string]any {
	m := map[string]any{"resourceType": "StructureDefinition", "url": s.URL, "type": s.Type}
	set(m, "version", s.Version)
	set(m, "name", s.Name)
	set(m, "status", s.Status)
	set(m, "kind", s.Kind)
	set(m, "baseDefinition", s.Base)
	set(m, "derivation", s.Derivation)
	if s.Abstract {
		m["abstract"] = true
	}
	setContexts(m, "context", s.Contexts)
	setContexts(m, laterContext, s.LaterContexts)
	setTexts(m, "contextInvariant", s.ContextInvariants)
	var imposed []any
	for _, canonical := range s.Imposed {
		imposed = append(imposed, map[string]any{"url": imposeProfileExtension, "valueCanonical": canonical})
	}
	if imposed != nil {
		m["extension"] = imposed
	}
	if withSnapshot && len(s.Snapshot) > 0 {
		m["snapshot"] = map[string]any{"element": elementsJSON(s.Snapshot, true)}
	}
	if withDifferential && len(s.Differential) > 0 {
		m["differential"] = map[string]any{"element": elementsJSON(s.Differential, false)}
	}
	return m
}

func setContexts(m map[string]any, name string, contexts []Context) {
	list := make([]any, len(contexts))
	for i, c := range contexts {
		list[i] = map[string]any{"type": c.Type, "expression": c.Expression}
	}
	if len(list) > 0 {
		m[name] = list
	}
}

func set(m map[string]any, name, value string) {
	if value != "" {
		m[name] = value
	}
}

func setTexts(m map[string]any, name string, values []string) {
	if len(values) == 0 {
		return
	}
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	m[name] = list
}

func elementsJSON(elements []Element, snapshot bool) []any {
	list := make([]any, len(elements))
	for i := range elements {
		list[i] = elements[i].json(snapshot)
	}
	return list
}

// json writes an element. In a snapshot, what has its default value is left out.
func (e *Element) json(snapshot bool) map[string]any {
	m := map[string]any{}
	set(m, "id", e.ID)
	if e.ID == "" || pathOf(e.ID) != e.Path {
		m["path"] = e.Path
	}
	set(m, "sliceName", e.SliceName)
	if e.Min != Unset && (!snapshot || e.Min != 0) {
		m["min"] = e.Min
	}
	if e.Max != Unset && (!snapshot || e.Max != 1) {
		m["max"] = maxText(e.Max)
	}
	if e.BaseMax != Unset && (e.BaseMax != e.Max || e.BasePath == "Resource.id") {
		base := map[string]any{"max": maxText(e.BaseMax)}
		if e.BasePath == "Resource.id" {
			base["path"] = e.BasePath
		}
		m["base"] = base
	}
	if len(e.Types) > 0 {
		m["type"] = typesJSON(e.Types)
	}
	set(m, "contentReference", e.ContentReference)
	for prefix, v := range map[string]*Value{"fixed": e.Fixed, "pattern": e.Pattern, "minValue": e.MinValue, "maxValue": e.MaxValue} {
		if v == nil {
			continue
		}
		name := prefix + strings.ToUpper(v.Type[:1]) + v.Type[1:]
		m[name] = v.JSON
		if len(v.Extensions) > 0 {
			m["_"+name] = map[string]any{"extension": v.Extensions}
		}
	}
	if e.MaxLength > 0 {
		m["maxLength"] = e.MaxLength
	}
	if list := e.extensionsJSON(); len(list) > 0 {
		m["extension"] = list
	}
	if e.Binding != nil {
		b := map[string]any{}
		set(b, "strength", e.Binding.Strength)
		set(b, "valueSet", e.Binding.ValueSet)
		if list := e.Binding.extensionsJSON(); list != nil {
			b["extension"] = list
		}
		m["binding"] = b
	}
	if e.Slicing != nil {
		m["slicing"] = e.Slicing.json()
	}
	if !snapshot || e.MustSupport == Yes {
		setFlag(m, "mustSupport", e.MustSupport)
	}
	if !snapshot || e.IsModifier == Yes {
		setFlag(m, "isModifier", e.IsModifier)
	}
	if list := constraintsJSON(e.Constraints); len(list) > 0 {
		m["constraint"] = list
	}
	setTexts(m, "representation", e.Representation)
	return m
}

// extensionsJSON writes what a binding says in extensions.
func (b *Binding) extensionsJSON() []any {
	var list []any
	if b.MaxValueSet != "" {
		list = append(list, map[string]any{"url": maxValueSetExtension, "valueCanonical": b.MaxValueSet})
	}
	for _, one := range b.Additional {
		list = append(list, map[string]any{"url": additionalExtension, "extension": []any{
			map[string]any{"url": "purpose", "valueCode": one.Purpose},
			map[string]any{"url": "valueSet", "valueCanonical": one.ValueSet},
		}})
	}
	return list
}

// extensionsJSON writes what an element says in extensions.
func (e *Element) extensionsJSON() []any {
	var list []any
	if e.Regex != "" {
		list = append(list, map[string]any{"url": regexExtension, "valueString": e.Regex})
	}
	if e.MinLength > 0 {
		list = append(list, map[string]any{"url": minLengthExtension, "valueInteger": e.MinLength})
	}
	if e.MaxDecimals != nil {
		list = append(list, map[string]any{"url": maxDecimalsExtension, "valueInteger": *e.MaxDecimals})
	}
	if e.MaxSize != nil {
		list = append(list, map[string]any{"url": maxSizeExtension, "valueDecimal": json.Number(strconv.FormatFloat(*e.MaxSize, 'f', -1, 64))})
	}
	for _, url := range e.Alternatives {
		list = append(list, map[string]any{"url": alternativesExtension, "valueCanonical": url})
	}
	if e.MustHaveValue {
		list = append(list, map[string]any{"url": mustHaveValueExtension, "valueBoolean": true})
	}
	return list
}

func typesJSON(types []Type) []any {
	list := make([]any, len(types))
	for i, t := range types {
		m := map[string]any{"code": t.Code}
		setTexts(m, "profile", t.Profiles)
		setTexts(m, "targetProfile", t.Targets)
		if len(t.Elements) > 0 {
			var siblings []any
			for _, id := range t.Elements {
				siblings = append(siblings, map[string]any{"extension": []any{map[string]any{"url": profileElementExtension, "valueString": id}}})
			}
			m["_profile"] = siblings
		}
		setTexts(m, "aggregation", t.Aggregation)
		set(m, "versioning", t.Versioning)
		list[i] = m
	}
	return list
}

func (s *Slicing) json() map[string]any {
	m := map[string]any{}
	set(m, "rules", s.Rules)
	if s.Ordered {
		m["ordered"] = true
	}
	var list []any
	for _, d := range s.Discriminators {
		list = append(list, map[string]any{"type": d.Type, "path": d.Path})
	}
	if list != nil {
		m["discriminator"] = list
	}
	return m
}

func constraintsJSON(constraints []Constraint) []any {
	var list []any
	for _, c := range constraints {
		m := map[string]any{}
		set(m, "key", c.Key)
		set(m, "severity", c.Severity)
		set(m, "human", c.Human)
		set(m, "expression", c.Expression)
		if c.BestPractice {
			m["extension"] = []any{map[string]any{"url": bestPracticeExtension, "valueBoolean": true}}
		}
		list = append(list, m)
	}
	return list
}

func setFlag(m map[string]any, name string, f Flag) {
	if f != NotSaid {
		m[name] = f == Yes
	}
}

func maxText(n int) string {
	if n == Unbounded {
		return "*"
	}
	return strconv.Itoa(n)
}

// JSON returns the value set as FHIR JSON that holds facts only.
func (v *ValueSet) JSON() map[string]any {
	m := map[string]any{"resourceType": "ValueSet", "url": v.URL}
	set(m, "version", v.Version)
	set(m, "name", v.Name)
	set(m, "status", v.Status)
	compose := map[string]any{}
	for name, selections := range map[string][]Selection{"include": v.Include, "exclude": v.Exclude} {
		if len(selections) > 0 {
			compose[name] = selectionsJSON(selections)
		}
	}
	if v.ActiveOnly {
		compose["inactive"] = false
	}
	if len(compose) > 0 {
		m["compose"] = compose
	}
	if v.HasExpansion {
		var list []any
		for _, c := range v.Expansion {
			o := map[string]any{"code": c.Code}
			set(o, "system", c.System)
			set(o, "display", c.Display)
			if c.Abstract {
				o["abstract"] = true
			}
			list = append(list, o)
		}
		m["expansion"] = map[string]any{"contains": list}
	}
	return m
}

func selectionsJSON(selections []Selection) []any {
	list := make([]any, len(selections))
	for i, s := range selections {
		m := map[string]any{}
		set(m, "system", s.System)
		set(m, "version", s.Version)
		setTexts(m, "valueSet", s.ValueSets)
		var codes []any
		for _, c := range s.Codes {
			o := map[string]any{"code": c.Code}
			set(o, "display", c.Display)
			setDesignations(o, c.Designations)
			codes = append(codes, o)
		}
		if codes != nil {
			m["concept"] = codes
		}
		var filters []any
		for _, f := range s.Filters {
			filters = append(filters, map[string]any{"property": f.Property, "op": f.Op, "value": f.Value})
		}
		if filters != nil {
			m["filter"] = filters
		}
		list[i] = m
	}
	return list
}

// JSON returns the code system as FHIR JSON that holds facts only. Nesting is written as "subsumedBy" properties.
func (c *CodeSystem) JSON() map[string]any {
	m := map[string]any{"resourceType": "CodeSystem", "url": c.URL}
	set(m, "version", c.Version)
	set(m, "name", c.Name)
	set(m, "status", c.Status)
	set(m, "content", c.Content)
	set(m, "supplements", c.Supplements)
	set(m, "valueSet", c.ValueSet)
	if c.CaseInsensitive {
		m["caseSensitive"] = false
	}
	var properties []any
	for _, code := range slices.Sorted(maps.Keys(c.PropertyTypes)) {
		properties = append(properties, map[string]any{"code": code, "type": c.PropertyTypes[code]})
	}
	if properties != nil {
		m["property"] = properties
	}
	var list []any
	for i := range c.Concepts {
		o := map[string]any{"code": c.Concepts[i].Code}
		set(o, "display", c.Concepts[i].Display)
		setDesignations(o, c.Concepts[i].Designations)
		properties := c.propertiesJSON(i)
		if properties != nil {
			o["property"] = properties
		}
		list = append(list, o)
	}
	if list != nil {
		m["concept"] = list
	}
	return m
}

func setDesignations(m map[string]any, texts []string) {
	if len(texts) == 0 {
		return
	}
	list := make([]any, len(texts))
	for i, s := range texts {
		list[i] = map[string]any{translatableDesignation: s}
	}
	m["designation"] = list
}

func (c *CodeSystem) propertiesJSON(i int) []any {
	var list []any
	for _, parent := range c.Concepts[i].Parents {
		list = append(list, map[string]any{"code": "subsumedBy", "valueCode": c.Concepts[parent].Code})
	}
	for _, p := range c.Concepts[i].Properties {
		switch p.Code {
		case "parent", "subsumedBy", "child":
		default:
			list = append(list, map[string]any{"code": p.Code, "valueString": p.Value})
		}
	}
	return list
}
