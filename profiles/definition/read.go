package definition

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	fhirTypeExtension       = CoreURL + "structuredefinition-fhir-type"
	mustHaveValueExtension  = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.mustHaveValue"
	alternativesExtension   = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.valueAlternatives"
	regexExtension          = CoreURL + "regex"
	minLengthExtension      = CoreURL + "minLength"
	maxDecimalsExtension    = CoreURL + "maxDecimalPlaces"
	maxSizeExtension        = CoreURL + "maxSize"
	imposeProfileExtension  = CoreURL + "structuredefinition-imposeProfile"
	additionalExtension     = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding"
	additionalExtensionOfR5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.binding.additional"
	maxValueSetExtension    = CoreURL + "elementdefinition-maxValueSet"
	bestPracticeExtension   = CoreURL + "elementdefinition-bestpractice"
	profileElementExtension = CoreURL + "elementdefinition-profile-element"
	systemTypes             = "http://hl7.org/fhirpath/System."
	translatableDesignation = "value"
)

func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func boolean(m map[string]any, name string) bool {
	b, _ := m[name].(bool)
	return b
}

func objects(m map[string]any, name string) []map[string]any {
	items, _ := m[name].([]any)
	list := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			list = append(list, o)
		}
	}
	return list
}

func object(m map[string]any, name string) map[string]any {
	o, _ := m[name].(map[string]any)
	return o
}

func texts(m map[string]any, name string) []string {
	items, _ := m[name].([]any)
	var list []string
	for _, item := range items {
		if s, ok := item.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

func number(m map[string]any, name string, otherwise int) int {
	n, ok := m[name].(json.Number)
	if !ok {
		return otherwise
	}
	i, err := strconv.Atoi(n.String())
	if err != nil {
		return otherwise
	}
	return i
}

// extension returns the text of the value of the first extension with the URL.
func extension(m map[string]any, url string) string {
	for _, e := range objects(m, "extension") {
		if text(e, "url") != url {
			continue
		}
		for _, name := range []string{"valueUrl", "valueUri", "valueString", "valueCanonical", "valueCode"} {
			if s := text(e, name); s != "" {
				return s
			}
		}
		if boolean(e, "valueBoolean") {
			return "true"
		}
		for _, name := range []string{"valueInteger", "valueDecimal"} {
			if n, ok := e[name].(json.Number); ok {
				return n.String()
			}
		}
	}
	return ""
}

// laterContext is where tables keep the contexts of later versions. It is no property of FHIR.
const laterContext = "_laterContext"

func readContexts(m map[string]any, name string) []Context {
	var contexts []Context
	for _, c := range objects(m, name) {
		contexts = append(contexts, Context{Type: text(c, "type"), Expression: text(c, "expression")})
	}
	return contexts
}

// ReadStructure reads a StructureDefinition from decoded FHIR JSON.
func ReadStructure(m map[string]any) (*Structure, error) {
	s := &Structure{
		URL: text(m, "url"), Version: text(m, "version"), Name: text(m, "name"), Status: text(m, "status"),
		Kind: text(m, "kind"), Abstract: boolean(m, "abstract"), Type: text(m, "type"),
		Base: text(m, "baseDefinition"), Derivation: text(m, "derivation"),
		ContextInvariants: texts(m, "contextInvariant"),
	}
	if s.URL == "" {
		return nil, fmt.Errorf("read StructureDefinition %q: it has no url", text(m, "id"))
	}
	if s.Type == "" {
		return nil, fmt.Errorf("read StructureDefinition %s: it has no type", s.URL)
	}
	// The type of a logical model is a URL; the last part names its root element.
	if i := strings.LastIndexByte(s.Type, '/'); i >= 0 && s.Kind != "logical" {
		s.Type = s.Type[i+1:]
	}
	s.Contexts, s.LaterContexts = readContexts(m, "context"), readContexts(m, laterContext)
	for _, x := range objects(m, "extension") {
		if canonical := text(x, "valueCanonical"); text(x, "url") == imposeProfileExtension && canonical != "" {
			s.Imposed = append(s.Imposed, canonical)
		}
	}
	var err error
	if s.Snapshot, err = readElements(s.URL, object(m, "snapshot")); err != nil {
		return nil, err
	}
	for i := range s.Snapshot {
		s.Snapshot[i].complete()
	}
	if s.Differential, err = readElements(s.URL, object(m, "differential")); err != nil {
		return nil, err
	}
	return s, nil
}

// complete fills in what a snapshot may leave out: an optional element that does not repeat, as its type defines it.
func (e *Element) complete() {
	if e.Min == Unset {
		e.Min = 0
	}
	if e.Max == Unset {
		e.Max = 1
	}
	if e.BaseMax == Unset {
		e.BaseMax = e.Max
	}
}

func readElements(url string, view map[string]any) ([]Element, error) {
	list := objects(view, "element")
	elements := make([]Element, 0, len(list))
	for i, m := range list {
		e := readElement(m)
		if e.Path == "" {
			return nil, fmt.Errorf("read StructureDefinition %s: element %d has no path", url, i)
		}
		elements = append(elements, e)
	}
	return elements, nil
}

func readElement(m map[string]any) Element {
	e := Element{
		ID: text(m, "id"), Path: text(m, "path"), SliceName: text(m, "sliceName"),
		Min: number(m, "min", Unset), Max: readMax(text(m, "max")), BaseMax: Unset,
		ContentReference: strings.TrimSpace(text(m, "contentReference")), MaxLength: number(m, "maxLength", 0),
		Representation: texts(m, "representation"), Regex: extension(m, regexExtension),
		MustSupport: flag(m, "mustSupport"), IsModifier: flag(m, "isModifier"),
	}
	e.MustHaveValue = extension(m, mustHaveValueExtension) == "true"
	e.MinLength, _ = strconv.Atoi(extension(m, minLengthExtension))
	if most, err := strconv.Atoi(extension(m, maxDecimalsExtension)); err == nil {
		e.MaxDecimals = &most
	}
	if most, err := strconv.ParseFloat(extension(m, maxSizeExtension), 64); err == nil {
		e.MaxSize = &most
	}
	for _, x := range objects(m, "extension") {
		if text(x, "url") == alternativesExtension {
			e.Alternatives = append(e.Alternatives, text(x, "valueCanonical"))
		}
	}
	if e.Path == "" {
		e.Path = pathOf(e.ID)
	}
	if base := object(m, "base"); base != nil {
		e.BaseMax, e.BasePath = readMax(text(base, "max")), text(base, "path")
	}
	e.Types = readTypes(&e, m)
	if b := object(m, "binding"); b != nil {
		e.Binding = &Binding{Strength: text(b, "strength"), ValueSet: text(b, "valueSet"), MaxValueSet: extension(b, maxValueSetExtension), Additional: readAdditional(b)}
	}
	if s := object(m, "slicing"); s != nil {
		e.Slicing = &Slicing{Ordered: boolean(s, "ordered"), Rules: text(s, "rules")}
		for _, d := range objects(s, "discriminator") {
			e.Slicing.Discriminators = append(e.Slicing.Discriminators, Discriminator{Type: text(d, "type"), Path: text(d, "path")})
		}
	}
	for _, c := range objects(m, "constraint") {
		e.Constraints = append(e.Constraints, Constraint{
			Key: text(c, "key"), Severity: text(c, "severity"), Human: text(c, "human"), Expression: text(c, "expression"),
			Source: text(c, "source"), BestPractice: extension(c, bestPracticeExtension) == "true",
		})
	}
	readValues(&e, m)
	return e
}

func readTypes(e *Element, m map[string]any) []Type {
	var types []Type
	for _, t := range objects(m, "type") {
		code := text(t, "code")
		if strings.HasPrefix(code, systemTypes) {
			if fhirType := extension(t, fhirTypeExtension); fhirType != "" {
				code = fhirType
			}
			// R4 declares Resource.id as a string, but its text says that it is an id.
			if e.BasePath == "Resource.id" || e.Path == "Resource.id" {
				code = "id"
			}
		}
		types = append(types, Type{
			Code: code, Profiles: texts(t, "profile"), Targets: texts(t, "targetProfile"), Elements: profileElements(t),
			Aggregation: texts(t, "aggregation"), Versioning: text(t, "versioning"),
		})
	}
	return types
}

// readAdditional reads the bindings that hold besides, as far as they ask something of all data.
func readAdditional(b map[string]any) []AdditionalBinding {
	var list []AdditionalBinding
	for _, x := range objects(b, "extension") {
		if url := text(x, "url"); url != additionalExtension && url != additionalExtensionOfR5 {
			continue
		}
		var one AdditionalBinding
		everywhere := true
		for _, part := range objects(x, "extension") {
			switch text(part, "url") {
			case "purpose":
				one.Purpose = text(part, "valueCode")
			case "valueSet":
				one.ValueSet = text(part, "valueCanonical")
			case "usage", "any":
				everywhere = false
			default:
			}
		}
		if everywhere && one.ValueSet != "" && slices.Contains([]string{"required", "maximum", "extensible"}, one.Purpose) {
			list = append(list, one)
		}
	}
	return list
}

// profileElements reads the elements that the profiles of a type stand for.
func profileElements(t map[string]any) []string {
	siblings, _ := t["_profile"].([]any)
	if siblings == nil {
		return nil
	}
	list := make([]string, len(siblings))
	for i, item := range siblings {
		if o, ok := item.(map[string]any); ok {
			list[i] = extension(o, profileElementExtension)
		}
	}
	return list
}

// readValues reads the properties whose name ends in the name of a type.
func readValues(e *Element, m map[string]any) {
	for _, kind := range []struct {
		prefix string
		into   **Value
	}{{"fixed", &e.Fixed}, {"pattern", &e.Pattern}, {"minValue", &e.MinValue}, {"maxValue", &e.MaxValue}} {
		for name, value := range m {
			suffix, ok := strings.CutPrefix(name, kind.prefix)
			if !ok || suffix == "" || suffix[0] < 'A' || suffix[0] > 'Z' {
				continue
			}
			beside, _ := m["_"+name].(map[string]any)
			extensions, _ := beside["extension"].([]any)
			*kind.into = &Value{Type: typeOfSuffix(suffix), JSON: value, Extensions: extensions}
		}
	}
}

// typeOfSuffix turns the end of a choice property ("Uri", "CodeableConcept") into the name of its type.
func typeOfSuffix(suffix string) string {
	lower := strings.ToLower(suffix[:1]) + suffix[1:]
	if slices.Contains(PrimitiveTypes(), lower) {
		return lower
	}
	return suffix
}

// PrimitiveTypes lists the primitive types of FHIR R4.
func PrimitiveTypes() []string {
	return []string{
		"base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer",
		"markdown", "oid", "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "xhtml",
	}
}

func readMax(s string) int {
	if s == "*" {
		return Unbounded
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return Unset
	}
	return n
}

func flag(m map[string]any, name string) Flag {
	b, ok := m[name].(bool)
	switch {
	case !ok:
		return NotSaid
	case b:
		return Yes
	default:
		return No
	}
}

// pathOf turns an element id into its path by leaving out slice names.
func pathOf(id string) string {
	if !strings.Contains(id, ":") {
		return id
	}
	parts := SplitID(id)
	for i, part := range parts {
		parts[i], _, _ = strings.Cut(part, ":")
	}
	return strings.Join(parts, ".")
}

// SplitID splits an element id at the dots between its elements; slice names may hold dots of their own only in ways
// that the specification forbids, so a plain split serves.
func SplitID(id string) []string { return strings.Split(id, ".") }
