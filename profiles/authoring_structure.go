package profiles

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// structureRules checks a profile as its author needs it: that its differential can be laid over its base, narrows what the
// base allows, and names profiles and discriminators that are there (section 5.1 of R4, Profiling FHIR).
func (j *judge) structureRules(obj map[string]any) {
	s, err := definition.ReadStructure(obj)
	if err != nil {
		return
	}
	j.definitionRules(s)
	if s.Derivation != "constraint" || len(s.Differential) == 0 {
		return
	}
	if s.Differential[0].Slicing != nil && !strings.Contains(s.Differential[0].Path, ".") {
		j.inDifferential(0, func() { j.authoring("the root of a profile cannot be sliced", s.Differential[0].Path) })
		return
	}
	for i, e := range s.Differential {
		if e.Slicing == nil {
			continue
		}
		for _, d := range e.Slicing.Discriminators {
			if !discriminates(d.Type) {
				j.inDifferential(i, func() { j.authoring(fmt.Sprintf("%q is not a type of discriminator", d.Type), d.Type) })
			}
		}
	}
	j.typeProfileRules(s)
	shape := j.snapshotRules(s)
	if shape == nil {
		return
	}
	j.orderRules(s, shape)
	j.meaningRules(obj)
	j.expressionRules(s, shape)
	base, err := j.lookup(s.Base)
	if err == nil && base != nil {
		j.constraintRules(s, base)
	}
	for i, e := range s.Differential {
		if err == nil && base != nil {
			j.narrowing(i, e, base)
		}
		j.sliceRules(i, e, s.Differential, base, shape)
		j.discriminatorRules(i, e, shape)
	}
}

func discriminates(kind string) bool {
	return slices.Contains([]string{"value", "exists", "pattern", "type", "profile"}, kind)
}

// inDifferential reports at the i-th element of a differential.
func (j *judge) inDifferential(i int, report func()) {
	j.push("differential", "differential", "")
	j.push("element", "element", "")
	j.at(i)
	report()
	j.pop()
	j.pop()
}

// snapshotRules generates the snapshot of a profile. It returns nil when that is not possible, which is reported unless it is
// the base that is not loaded.
func (j *judge) snapshotRules(s *definition.Structure) *shape {
	made := *s
	var err error
	made.Snapshot, err = definition.GenerateSnapshot(s, j.registry.structure)
	switch {
	case errors.Is(err, definition.ErrNoBase):
		return nil
	case err != nil:
		j.report(nil, note{
			rule: RuleAuthoring, severity: result.SeverityError, code: codeInvalid,
			message: fmt.Sprintf("the differential cannot be laid over its base: %v", err),
		})
		return nil
	}
	made.Differential = nil
	compiled, err := j.registry.compile(&made)
	if err != nil {
		return nil
	}
	return compiled
}

// typeProfileRules checks that the profiles of a type are profiles on that type.
func (j *judge) typeProfileRules(s *definition.Structure) {
	for i, e := range s.Differential {
		for _, t := range e.Types {
			for _, canonical := range t.Profiles {
				found, err := j.lookup(canonical)
				if err != nil || found == nil {
					continue
				}
				if found.definition.Type == t.Code || j.specialises(found.definition.Type, t.Code) {
					j.modifierRules(i, e, found)
					continue
				}
				j.inDifferential(i, func() {
					j.authoring(fmt.Sprintf("profile %s is for %s, not for %s", canonical, found.definition.Type, t.Code), canonical)
				})
			}
		}
	}
}

// specialises says whether a type builds on another; a type that is not loaded may build on any.
func (j *judge) specialises(typ, base string) bool {
	s, err := j.lookup(definition.TypeURL(typ))
	if err != nil || s == nil {
		return true
	}
	return slices.Contains(s.bases, definition.TypeURL(base))
}

// discriminatorRules checks that the paths of discriminators lead to elements.
func (j *judge) discriminatorRules(i int, e definition.Element, s *shape) {
	n := s.byID[e.ID]
	if n == nil || e.Slicing == nil {
		return
	}
	for _, d := range e.Slicing.Discriminators {
		at := n
		for _, step := range parsePath(d.Path) {
			if step.resolve || step.ofType != "" || step.extension != "" {
				break // what is beyond depends on the value
			}
			if at = descend(at, step); at == nil {
				j.inDifferential(i, func() {
					j.authoring(fmt.Sprintf("the discriminator %s leads to no element of %s", d.Path, e.Path), d.Path)
				})
				break
			}
		}
	}
}
