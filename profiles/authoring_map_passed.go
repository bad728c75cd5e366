package profiles

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/profiles/definition"
)

// mapLead is what is known of a variable of a map: where it leads, and of which type what it has is ("" where that is not known).
type mapLead struct {
	place mapPlace
	typ   string
}

// mapGiven is an input of a group: its name and mode, and where it leads.
type mapGiven struct {
	mapLead

	name, mode string
	// untyped says that the input names no type, so that it has the type of what is passed to it.
	untyped bool
}

// inputsOf reads the inputs of the groups that are alone with their names.
func (j *judge) inputsOf(m *mapScope, obj map[string]any) map[string][]mapGiven {
	all := map[string][]mapGiven{}
	for _, g := range objectsOf(obj, "group") {
		name, _ := g["name"].(string)
		if m.groups[name] == manyInputs {
			continue
		}
		for _, in := range objectsOf(g, "input") {
			var given mapGiven
			given.name, _ = in["name"].(string)
			given.mode, _ = in["mode"].(string)
			typ, _ := in["type"].(string)
			given.untyped = typ == ""
			given.mapLead = j.placeOfInput(m.structures, typ)
			all[name] = append(all[name], given)
		}
	}
	return all
}

// longestChain bounds how far types are carried from group to group.
const longestChain = 8

// passTypes gives each input without a type the type that every call in the map passes to it (StructureMap.group.input.type and
// rule.dependent of R4), also through several groups.
func (j *judge) passTypes(m *mapScope, obj map[string]any) {
	untyped := func(g mapGiven) bool { return g.untyped }
	for range longestChain {
		some := false
		for _, inputs := range m.inputs {
			some = some || slices.ContainsFunc(inputs, untyped)
		}
		if !some {
			return
		}
		clear(m.passed)
		j.try(func() {
			for _, g := range objectsOf(obj, "group") {
				known := newVariables()
				name, _ := g["name"].(string)
				for i, in := range objectsOf(g, "input") {
					variable, _ := in["name"].(string)
					mode, _ := in["mode"].(string)
					known.set(variable, mode)
					known.lead(in, m.inputs[name], i)
				}
				j.mapRules(m, g, known, 0)
			}
		})
		before := maps.Clone(m.inputs)
		changed := false
		for name, inputs := range before {
			inputs = slices.Clone(inputs)
			for i := range inputs {
				if lead := agreed(m.passed[passedTo(name, i)]); inputs[i].untyped && lead.typ != inputs[i].typ {
					inputs[i].mapLead, changed = lead, true
				}
			}
			m.inputs[name] = inputs
		}
		if !changed {
			return
		}
	}
}

func passedTo(group string, input int) string { return fmt.Sprintf("%d %s", input, group) }

// agreed returns where all calls lead, or nothing when one of them leads elsewhere or it is not known where.
func agreed(leads []mapLead) mapLead {
	for _, l := range leads {
		if l.typ == "" || l.typ != leads[0].typ {
			return mapLead{}
		}
	}
	if len(leads) == 0 {
		return mapLead{}
	}
	return leads[0]
}

// passVariable checks a variable that a rule passes to an input of a group, and notes where it leads.
func (j *judge) passVariable(m *mapScope, known variables, variable, group string, at int) {
	if !known.sources[variable] && !known.targets[variable] {
		j.authoring(fmt.Sprintf("the variable %q is no input of the group and was not set before", variable), variable)
		return
	}
	inputs := m.inputs[group]
	if at >= len(inputs) {
		return
	}
	lead, to := known.leads[variable], inputs[at]
	key := passedTo(group, at)
	m.passed[key] = append(m.passed[key], lead)
	switch {
	case to.mode == modeTarget && !known.targets[variable]:
		j.authoring(fmt.Sprintf("%q is a source, and input %q of group %q is a target, which is written to", variable, to.name, group), variable)
	case !to.untyped && !j.mayBe(lead.typ, to.typ):
		j.authoring(fmt.Sprintf("%q is of the type %s, and input %q of group %q takes a %s", variable, lead.typ, to.name, group, to.typ), variable)
	}
}

// mayBe says whether what is of one type may be taken for another: it, or one that builds on the other. Types that are not known may
// be any.
func (j *judge) mayBe(typ, wanted string) bool {
	if typ == wanted || !j.isType(typ) || !j.isType(wanted) {
		return true
	}
	s, err := j.lookup(definition.TypeURL(typ))
	other, failed := j.lookup(definition.TypeURL(wanted))
	return err != nil || failed != nil || s == nil || other == nil || s.buildsOn(other) || other.buildsOn(s)
}

// onlyType returns the type that all values of some elements have, or "" for several, or for one that has its elements in place.
func onlyType(kids []*node, typ string) string {
	if typ != "" {
		return typ
	}
	only := ""
	for _, kid := range kids {
		if kid.content != nil || len(kid.types) != 1 || only != "" && kid.types[0].Code != only {
			return ""
		}
		only = kid.types[0].Code
	}
	if only == "BackboneElement" || only == "Element" || only == "Resource" || strings.Contains(only, ":") {
		return ""
	}
	return only
}
