package profiles

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// definitionRules checks what a StructureDefinition says of itself: how it builds on its base, and, for an extension, what its
// URL is and where it may stand (sections 5.3, StructureDefinition, and 2.4, Extensibility, of R4).
func (j *judge) definitionRules(s *definition.Structure) {
	base, err := j.lookup(s.Base)
	if err != nil {
		base = nil
	}
	if s.Base != "" && s.Derivation == "" {
		j.authoring("a definition with a base must say in derivation whether it constrains or specialises it", s.Base)
	}
	if s.Derivation == "constraint" && base != nil && s.Kind != "" && s.Kind != base.definition.Kind {
		j.under("kind", func() {
			j.authoring(fmt.Sprintf("a profile has the kind of what it constrains, which is %s", base.definition.Kind), s.Kind)
		})
	}
	if s.Derivation == "constraint" && base != nil && s.Type != "" && s.Type != base.definition.Type {
		j.under("type", func() {
			j.authoring(fmt.Sprintf("a profile has the type of what it constrains, which is %s", base.definition.Type), s.Type)
		})
	}
	if s.Base != "" && s.Base == s.URL {
		j.authoring("the definition builds on itself", s.Base)
	}
	if s.Derivation == "specialization" && s.Type != "" {
		own, err := j.lookup(definition.TypeURL(s.Type))
		if err == nil && own != nil && own.url != s.URL {
			j.under("type", func() {
				j.authoring(fmt.Sprintf("%s is a type of FHIR already; only a profile, which constrains it, has its name", s.Type), s.Type)
			})
		}
	}
	if s.Type == extensionName {
		j.extensionURL(s)
	}
	for i, c := range s.Contexts {
		problem := ""
		switch {
		case s.Type != extensionName:
			problem = "only extensions have a context"
		case c.Type == "element":
			problem = j.contextProblem(c.Expression)
		}
		if problem != "" {
			j.inList("context", i, func() { j.authoring(problem, c.Expression) })
		}
	}
	for i, expression := range s.ContextInvariants {
		if _, err := j.registry.expressions.compile(expression, ""); err != nil {
			j.inList("contextInvariant", i, func() {
				j.authoring(fmt.Sprintf("the condition is not FHIRPath: %v", err), expression)
			})
		}
	}
}

// extensionName is the type that extensions constrain.
const extensionName = "Extension"

// under reports at a child of the element that is judged.
func (j *judge) under(name string, report func()) {
	j.push(name, name, "")
	report()
	j.pop()
}

// inList reports at an occurrence of a child of the element that is judged.
func (j *judge) inList(name string, i int, report func()) {
	j.push(name, name, "")
	j.at(i)
	report()
	j.pop()
}

// extensionURL checks that an extension fixes its url to its own canonical, which is what stands in data. A profile on an
// extension keeps the url of that.
func (j *judge) extensionURL(s *definition.Structure) {
	if s.Derivation != "constraint" || s.Abstract || s.Base != definition.TypeURL(extensionName) {
		return
	}
	for _, e := range slices.Concat(s.Differential, s.Snapshot) {
		if e.Path != "Extension.url" {
			continue
		}
		for _, v := range []*definition.Value{e.Fixed, e.Pattern} {
			if v == nil {
				continue
			}
			if url, _ := v.JSON.(string); url != s.URL {
				j.authoring(fmt.Sprintf("the url of the extension is fixed to %s, which is not the canonical URL of its definition", url), url)
			}
			return
		}
	}
	j.authoring("the url of the extension is not fixed to the canonical URL of its definition", s.URL)
}

// contextProblem says what is wrong with the id of an element that an extension may be used on, or "". Ids with the URL of the
// profile that has them, and types that are not R4's, are left alone.
func (j *judge) contextProblem(id string) string {
	name, rest, _ := strings.Cut(id, ".")
	switch {
	case strings.Contains(id, "#"), isAbsolute(id) && (strings.Contains(id, "/") || strings.HasPrefix(id, "urn:")) && !strings.HasPrefix(id, definition.CoreURL):
		return ""
	case strings.Contains(id, "/"):
		return "the context is the URL of a type and must be its name"
	case strings.Contains(id, ":"):
		return "the context names a slice, which belongs to a profile: its URL and # come before the id"
	case slices.Contains(laterTypes(), name):
		return ""
	}
	s, err := j.lookup(definition.TypeURL(name))
	if err != nil || s == nil || s.profile {
		return fmt.Sprintf("FHIR R4 has no type %s", name)
	}
	at := s.root
	for _, step := range parsePath(rest) {
		next := descend(at, step)
		if next == nil || next.name != step.name {
			return fmt.Sprintf("no element of FHIR R4 has the id %s", id)
		}
		at = next
	}
	return ""
}

// laterTypes lists the abstract types of later releases, by which extensions for several releases name groups of types.
func laterTypes() []string {
	return []string{"Base", "BackboneType", "CanonicalResource", "DataType", "MetadataResource", "PrimitiveType"}
}

// constraintRules checks that no element of a profile gives the key of a constraint of its base another meaning: what meets the
// profile would not meet the base (section 5.1.0 of R4), and a key names one constraint (ElementDefinition.constraint.key).
func (j *judge) constraintRules(s *definition.Structure, base *shape) {
	known := map[string]string{}
	for _, n := range base.byID {
		for _, c := range n.Constraints {
			known[c.Key] = c.Expression
		}
	}
	own := map[string]string{}
	for i, e := range s.Differential {
		for k, c := range e.Constraints {
			expression, inherited := known[c.Key]
			if first, again := own[c.Key]; !inherited && again && first != "" && c.Expression != "" && !sameExpression(c.Expression, first) {
				j.inDifferential(i, func() {
					j.inList("constraint", k, func() {
						j.authoring(fmt.Sprintf("another element of the profile has a constraint %s with another expression, so a finding does not tell which", c.Key), c.Key)
					})
				})
				continue
			}
			own[c.Key] = c.Expression
			if !inherited || c.Expression == "" || expression == "" || sameExpression(c.Expression, expression) {
				continue
			}
			j.inDifferential(i, func() {
				j.inList("constraint", k, func() {
					j.authoring(fmt.Sprintf("constraint %s is one of the base, which has another expression for it", c.Key), c.Key)
				})
			})
		}
	}
}

// expressionRules checks that the constraints of a profile can be evaluated: their expressions are FHIRPath, which nobody can meet or
// break otherwise (ElementDefinition.constraint.expression), and what they name is there.
func (j *judge) expressionRules(s *definition.Structure, made *shape) {
	for i, e := range s.Differential {
		n := made.byID[e.ID]
		for k, c := range e.Constraints {
			if c.Expression == "" {
				continue
			}
			severity, problem := result.SeverityError, "the constraint is not FHIRPath"
			_, err := fhirpath.Compile(c.Expression, fhirpath.Lenient())
			typ := s.Type
			if n != nil && n != made.root {
				typ = ""
				if len(n.types) == 1 {
					typ = n.typeNameOf(n.types[0])
				}
			}
			if err == nil && n != nil && typ != "" {
				severity, problem = result.SeverityWarning, "the constraint leads nowhere"
				_, err = fhirpath.Compile(c.Expression, fhirpath.Lenient(), fhirpath.Strict(),
					fhirpath.WithTypes(j.registry.expressions.types), fhirpath.ForType(typ))
			}
			if err == nil {
				continue
			}
			j.inDifferential(i, func() {
				j.inList("constraint", k, func() {
					j.report(nil, note{
						rule: RuleAuthoring, severity: severity, code: codeInvalid, actual: c.Expression,
						message: fmt.Sprintf("%s: %v", problem, err),
					})
				})
			})
		}
	}
}

// sameExpression says whether two FHIRPath expressions differ by white space at most.
func sameExpression(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// meaningRules checks that a profile does not say what is meant where an element is missing: only the definition of the type
// does (ElementDefinition page, which lists what a constraint may say of an element).
func (j *judge) meaningRules(obj map[string]any) {
	differential, _ := obj["differential"].(map[string]any)
	for i, e := range objectsOf(differential, "element") {
		if meaning, given := e["meaningWhenMissing"].(string); given {
			j.inDifferential(i, func() {
				j.authoring("a profile cannot say what is meant where an element is missing, as only the definition of a type does", meaning)
			})
		}
	}
}

// orderRules checks that the elements of a differential come in the order of those that they constrain, as what lays one over
// the other takes them one after another.
func (j *judge) orderRules(s *definition.Structure, made *shape) {
	var before []string
	for i, e := range s.Differential {
		id := e.ID
		if id == "" {
			id = e.Path
		}
		parts := definition.SplitID(id)
		if late := misplaced(made.root, before, parts); late {
			j.inDifferential(i, func() {
				j.authoring("the element stands after one that it precedes in its base", id)
			})
		}
		before = parts
	}
}

// misplaced says whether an element follows one that comes after it under their common parent.
func misplaced(at *node, before, parts []string) bool {
	for k := 1; k < len(parts) && k < len(before); k++ {
		name, _, _ := strings.Cut(parts[k], ":")
		if parts[k] == before[k] {
			if at = descend(at, pathStep{name: strings.TrimSuffix(name, "[x]")}); at == nil {
				return false
			}
			continue
		}
		earlier, _, _ := strings.Cut(before[k], ":")
		a, b := place(at, earlier), place(at, name)
		return a >= 0 && b >= 0 && b < a
	}
	return len(parts) < len(before) && len(parts) > 0 && slices.Equal(parts, before[:len(parts)])
}

// place returns the place of a child among the children of an element, or -1 where they are not known.
func place(of *node, name string) int {
	child := descend(of, pathStep{name: strings.TrimSuffix(name, "[x]")})
	if child == nil {
		return -1
	}
	siblings := of.children
	if len(siblings) == 0 && child.shape != nil {
		siblings = child.shape.root.children
	}
	return slices.Index(siblings, child)
}
