package profiles

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// link checks that a canonical is absolute, or leads to a resource that is contained (R4 2.1.0.5, canonical URLs).
func (j *judge) link(n *node, t *typeRef, v any) {
	s, _ := v.(string)
	id, local := strings.CutPrefix(s, "#")
	if !local && !isAbsolute(s) && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RuleReference, severity: result.SeverityError, code: codeValue, actual: s,
			message: fmt.Sprintf("%s is a canonical, which must be absolute or lead to something contained", n.label()),
		})
	}
	if !local {
		j.linkTarget(n, t, s)
	}
	if !local || id == "" {
		return
	}
	c := j.container()
	if c == nil {
		return
	}
	found := c.containing(id)
	if found == nil {
		j.report(n, note{
			rule: RuleReference, severity: result.SeverityError, code: codeNotFound,
			message: fmt.Sprintf("%s leads to %s, but no contained resource has this id", n.label(), s), actual: s,
		})
		return
	}
	if t == nil || len(t.Targets) == 0 {
		return
	}
	if targets, typ := j.targetsOf(t), rootType(found); typ != "" && !targets.allows(typ) && !j.failing(result.SeverityError) {
		j.wrongTarget(n, targets, typ, s)
	}
}

// linkTarget checks that a canonical leads to a type of definition that the element allows, where what it leads to is loaded (the
// canonical type of R4, and the targets that an element gives it).
func (j *judge) linkTarget(n *node, t *typeRef, canonical string) {
	if t == nil || len(t.Targets) == 0 {
		return
	}
	targets := j.targetsOf(t)
	if targets.any {
		return
	}
	url, _ := definition.SplitCanonical(canonical)
	found := ""
	for _, typ := range []string{"StructureDefinition", "ValueSet", "CodeSystem"} {
		if !j.holdsDefinition(typ, url) {
			continue
		}
		if targets.allows(typ) {
			return
		}
		found = typ
	}
	if found == "" {
		return
	}
	j.wrongTarget(n, targets, found, canonical)
}

// wrongTarget reports a canonical that leads to a type of resource that the element does not allow.
func (j *judge) wrongTarget(n *node, targets *targetSet, found, canonical string) {
	j.report(n, note{
		rule: RuleReferenceTarget, severity: result.SeverityError, code: codeStructure,
		message:  fmt.Sprintf("%s must not lead to a %s", n.label(), found),
		expected: strings.Join(targets.types, ", "), actual: canonical,
	})
}

// holdsDefinition says whether a definition of a type is loaded.
func (j *judge) holdsDefinition(typ, url string) bool {
	switch typ {
	case "ValueSet":
		return j.registry.hasValueSet(url)
	case "CodeSystem":
		system, err := j.registry.CodeSystem(url)
		return err == nil && system != nil
	default:
		s, err := j.lookup(url)
		return err == nil && s != nil
	}
}
