package profiles

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// narrowing checks that an element allows no more than that of the base: not more often, no other types, no other targets,
// no other codes (section 5.1.0 of R4, Profiling FHIR: whatever meets a profile meets what it constrains).
func (j *judge) narrowing(i int, e definition.Element, base *shape) {
	n := base.byID[e.ID]
	if n == nil || e.SliceName != "" || !strings.Contains(e.Path, ".") {
		n = constrained(base, e)
	}
	if n != nil && e.SliceName == "" && strings.Contains(e.Path, ".") {
		j.frequency(i, e, n)
	}
	say := func(message, actual string) { j.inDifferential(i, func() { j.authoring(message, actual) }) }
	if b := e.Binding; b != nil {
		if problem := j.bindingProblem(b, n); problem != "" {
			j.inDifferential(i, func() {
				j.under("binding", func() { j.authoring(problem, b.ValueSet) })
			})
		}
	}
	if n == nil || len(n.types) == 0 {
		return
	}
	for _, t := range e.Types {
		allowed := func(own *typeRef) bool {
			if own.Code == "Resource" || own.special == anyResource {
				return j.resourceType(t.Code) != nil || t.Code == "DomainResource" || t.Code == "Resource" || strings.Contains(t.Code, ":")
			}
			return own.Code == t.Code || own.Code == "Element"
		}
		at := slices.IndexFunc(n.types, allowed)
		switch {
		case at < 0 && strings.HasPrefix(t.Code, "http://hl7.org/fhirpath/") && ofSystemType(e.Path):
		case at < 0:
			say(fmt.Sprintf("%s must not be a %s, which its base does not allow", e.Path, t.Code), t.Code)
		default:
			for _, target := range t.Targets {
				if !j.narrowsTarget(target, n.types[at].Targets) {
					say(fmt.Sprintf("%s must not lead to %s, which its base does not allow", e.Path, target), target)
				}
			}
		}
	}
	j.valueTypes(i, e, n)
	if e.Binding != nil && len(e.Types) == 0 && n.binding == nil && len(n.types) > 0 && !slices.ContainsFunc(n.types, mayBeBound) {
		j.inDifferential(i, func() {
			j.report(nil, note{
				rule: RuleAuthoring, severity: result.SeverityWarning, code: codeInvalid, actual: e.Binding.ValueSet,
				message: fmt.Sprintf("%s has the type %s, which has no codes, so its binding asks for nothing", e.Path, n.types[0].Code),
			})
		})
	}
	if e.Slicing != nil && n.BaseMax == 1 && n.Max == 1 && !n.choice {
		say(fmt.Sprintf("%s is sliced, but neither repeats in its base nor has a choice of types", e.Path), "")
	}
}

// mayBeBound says whether a value set can be bound to a type (invariant eld-11 of ElementDefinition, which looks at types that are
// written at the same place alone).
func mayBeBound(t *typeRef) bool {
	switch t.Code {
	case "code", "Coding", "CodeableConcept", "Quantity", "string", "uri":
		return true
	default:
		return strings.Contains(t.Code, ":") || specialised(t.Code) == "Quantity" || specialised(t.Code) == "uri" || specialised(t.Code) == "string"
	}
}

// ofSystemType says whether an element is one whose type R4 writes as one of FHIRPath: ids, URLs of extensions, and the values of
// primitives.
func ofSystemType(path string) bool {
	switch path[strings.LastIndexByte(path, '.')+1:] {
	case "id", "url", "value":
		return true
	default:
		return false
	}
}

func (j *judge) frequency(i int, e definition.Element, n *node) {
	say := func(message string, actual int) {
		j.inDifferential(i, func() { j.authoring(message, fmt.Sprint(actual)) })
	}
	if e.Max != definition.Unset && e.Max > n.Max {
		say(fmt.Sprintf("%s may be there more often than its base allows", e.Path), e.Max)
	}
	if e.Min != definition.Unset && e.Min < n.Min {
		say(fmt.Sprintf("%s may be there less often than its base asks", e.Path), e.Min)
	}
}

// constrained returns the element of the base that an element of a differential constrains, through the types between; nil
// where slices stand between, which the base may not have.
func constrained(base *shape, e definition.Element) *node {
	id := e.ID
	if id == "" {
		id = e.Path
	}
	if n := base.byID[id]; n != nil {
		return n
	}
	if e.SliceName != "" {
		id = strings.TrimSuffix(id, ":"+e.SliceName)
	}
	parts := definition.SplitID(id)
	if len(parts) < 2 {
		return nil
	}
	at := base.root
	for k, part := range parts[1:] {
		// A slice of the base is what is constrained, and where the base has none it is the element that is sliced.
		if n := base.byID[strings.Join(parts[:k+2], ".")]; n != nil {
			at = n
			continue
		}
		name, slice, sliced := strings.Cut(part, ":")
		if sliced && (strings.HasSuffix(name, "[x]") || slice == "" || base.byID[strings.Join(parts[:k+1], ".")+"."+name] == nil) {
			return nil
		}
		if at = descend(at, pathStep{name: strings.TrimSuffix(name, "[x]")}); at == nil {
			return nil
		}
	}
	return at
}

// narrowsTarget says whether what a reference may lead to is among what the base allows. What is not loaded may be.
func (j *judge) narrowsTarget(target string, allowed []string) bool {
	if len(allowed) == 0 {
		return true
	}
	s, err := j.lookup(target)
	if err != nil || s == nil {
		return true
	}
	for _, canonical := range allowed {
		of, err := j.lookup(canonical)
		if err != nil || of == nil || of.definition.Type == s.definition.Type || j.specialises(s.definition.Type, of.definition.Type) {
			return true
		}
	}
	return false
}

// bindingProblem says what is wrong with the binding of an element, or "": it is looser than a required one, or has codes that
// a required one does not have.
func (j *judge) bindingProblem(b *definition.Binding, n *node) string {
	url, _ := definition.SplitCanonical(b.ValueSet)
	if n == nil || n.binding == nil || n.binding.strength != "required" {
		return ""
	}
	if b.Strength != "" && b.Strength != "required" {
		return "the binding of the base is required, and a profile cannot loosen it"
	}
	if url == "" {
		return ""
	}
	if code, outside := j.registry.terms.Set(b.ValueSet).Beyond(j.registry.terms.Set(n.binding.valueSet), mostCompared); outside {
		return fmt.Sprintf("the value set has code %q, which that of the base (%s) does not have, and the base requires one of its own", code, n.binding.valueSet)
	}
	return ""
}

// mostCompared bounds the codes that one binding is held against another by.
const mostCompared = 5000

// valueTypes checks that values that an element is held to are of a type that it has (ElementDefinition.fixed[x] and the like).
func (j *judge) valueTypes(i int, e definition.Element, n *node) {
	j.typeInName(i, e, n)
	var codes []string
	for _, t := range e.Types {
		codes = append(codes, t.Code)
	}
	if len(codes) == 0 {
		for _, t := range n.types {
			codes = append(codes, t.Code)
		}
	}
	for _, v := range []*definition.Value{e.Fixed, e.Pattern, e.MinValue, e.MaxValue} {
		if v == nil {
			continue
		}
		fits := func(code string) bool {
			if primitiveOf(code) != notPrimitive && primitiveOf(v.Type) != notPrimitive && (v == e.Fixed || v == e.Pattern) {
				return code == v.Type // a code is held to a fixedCode, and not to a fixedString
			}
			return code == v.Type || strings.Contains(code, ":") || code == "Element" ||
				j.specialises(code, v.Type) || j.specialises(v.Type, code) || v == e.MinValue || v == e.MaxValue
		}
		if !slices.ContainsFunc(codes, fits) {
			j.inDifferential(i, func() {
				j.authoring(fmt.Sprintf("%s is held to a value of type %s, which it does not have", e.Path, v.Type), v.Type)
			})
		}
	}
}

// typeInName checks that a choice whose path has the name of a type is given that type and no other (ElementDefinition.path: the
// shortcut valueQuantity stands for value[x] as a Quantity).
func (j *judge) typeInName(i int, e definition.Element, n *node) {
	name := e.Path[strings.LastIndexByte(e.Path, '.')+1:]
	if !n.choice || strings.HasSuffix(name, "[x]") || len(e.Types) == 0 {
		return
	}
	for _, t := range e.Types {
		if !strings.EqualFold(n.name+t.Code, name) && !strings.Contains(t.Code, ":") {
			j.inDifferential(i, func() {
				j.authoring(fmt.Sprintf("%s has the type that its name ends in, and not %s", e.Path, t.Code), t.Code)
			})
			return
		}
	}
}

// sliceRules checks that a slice is one of an element that is sliced (ElementDefinition.slicing), and has a name where its id
// has one (ElementDefinition.id).
func (j *judge) sliceRules(i int, e definition.Element, differential []definition.Element, base, made *shape) {
	id := e.ID
	if id == "" {
		id = e.Path
	}
	parts := definition.SplitID(id)
	name, slice, sliced := strings.Cut(parts[len(parts)-1], ":")
	whole := strings.Join(append(slices.Clone(parts[:len(parts)-1]), name), ".")
	if strings.HasSuffix(name, "[x]") && (len(e.Types) > 0 || !strings.HasSuffix(e.Path, "[x]") || slicedIn(differential, base, whole)) || name == "extension" || name == "modifierExtension" || !sliced && e.SliceName == "" {
		return // what is not said is told by type or by URL
	}
	if e.SliceName == "" {
		j.inDifferential(i, func() {
			j.authoring(fmt.Sprintf("the id names a slice %s, and the element has no sliceName", slice), e.ID)
		})
		return
	}
	if n := made.byID[whole]; n != nil && (n.Slicing == nil || n.choice) {
		j.inDifferential(i, func() {
			j.authoring(fmt.Sprintf("%s is a slice of an element for which nothing says how it is sliced", e.SliceName), e.ID)
		})
	}
}

// slicedIn says whether a differential, or what it builds on, says how the element with an id is sliced.
func slicedIn(differential []definition.Element, base *shape, id string) bool {
	if base != nil && base.byID[id] != nil && base.byID[id].Slicing != nil {
		return true
	}
	return slices.ContainsFunc(differential, func(e definition.Element) bool { return e.Slicing != nil && (e.ID == id || e.ID == "" && e.Path == id) })
}

// modifierRules checks that an extension that changes the meaning of what it is on stands where such extensions do, and no other
// one does (section 2.4.2 of R4, modifier extensions).
func (j *judge) modifierRules(i int, e definition.Element, of *shape) {
	if of.definition.Type != extensionName || of.root == nil {
		return
	}
	modifies := of.root.IsModifier == definition.Yes
	problem := ""
	switch {
	case strings.HasSuffix(e.Path, ".modifierExtension") && !modifies:
		problem = fmt.Sprintf("extension %s modifies nothing and belongs in extension", of.url)
	case strings.HasSuffix(e.Path, ".extension") && modifies:
		problem = fmt.Sprintf("extension %s is a modifier and belongs in modifierExtension", of.url)
	default:
		return
	}
	j.inDifferential(i, func() { j.authoring(problem, of.url) })
}
