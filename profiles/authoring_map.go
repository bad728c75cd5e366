package profiles

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/profiles/definition"
)

// structureMapRules checks that the rules of a StructureMap work on what is at hand: inputs of types that the map knows,
// variables that are set before they are used, elements that their contexts have, and groups that there are (StructureMap.group
// of R4).
func (j *judge) structureMapRules(obj map[string]any) {
	m := mapScope{groups: map[string]int{}, aliases: map[string]bool{}, passed: map[string][]mapLead{}}
	imports, _ := obj["import"].([]any)
	m.open = len(imports) > 0
	for _, g := range objectsOf(obj, "group") {
		name, _ := g["name"].(string)
		if _, twice := m.groups[name]; twice {
			m.groups[name] = manyInputs // which of the two is meant depends on what is given
			continue
		}
		m.groups[name] = len(objectsOf(g, "input"))
	}
	m.structures = objectsOf(obj, "structure")
	for _, s := range m.structures {
		alias, _ := s["alias"].(string)
		url, _ := s["url"].(string)
		m.aliases[alias] = true
		m.aliases[url[strings.LastIndexByte(url, '/')+1:]] = true
	}
	m.inputs = j.inputsOf(&m, obj)
	j.passTypes(&m, obj)
	j.each(obj, "group", func(g map[string]any) {
		if extended, _ := g["extends"].(string); extended != "" {
			j.under("extends", func() { j.groupThere(&m, extended) })
		}
		known := newVariables()
		name, _ := g["name"].(string)
		at := 0
		j.each(g, "input", func(in map[string]any) {
			j.mapInput(&m, in, known)
			known.lead(in, m.inputs[name], at)
			at++
		})
		j.mapRules(&m, g, known, 0)
	})
}

// mapScope is what the rules of a map can call on.
type mapScope struct {
	// groups holds how many inputs each group has, or manyInputs where several have its name.
	groups  map[string]int
	aliases map[string]bool
	// structures are those of the map.
	structures []map[string]any
	// inputs are those of each group that is alone with its name, in their order.
	inputs map[string][]mapGiven
	// passed is what the rules pass to the inputs of groups, by the group and the position of the input.
	passed map[string][]mapLead
	// open says that the map imports others, whose groups and structures are not known.
	open bool
}

const manyInputs = -1

// mapInput checks an input of a group against those before it and the structures of the map.
func (j *judge) mapInput(m *mapScope, in map[string]any, known variables) {
	name, _ := in["name"].(string)
	mode, _ := in["mode"].(string)
	if known.sources[name] || known.targets[name] {
		j.authoring(fmt.Sprintf("the group has another input with the name %q", name), name)
	}
	known.set(name, mode)
	typ, _ := in["type"].(string)
	if typ == "" || m.open || strings.Contains(typ, ":") {
		return
	}
	if !m.aliases[typ] && !j.isType(typ) {
		j.authoring(fmt.Sprintf("no structure of the map has the alias %q, and FHIR R4 has no such type", typ), typ)
		return
	}
	if mode == modeTarget && m.onlyRead(typ) {
		j.authoring(fmt.Sprintf("the structure %q is a source of data only, and the input is a target", typ), typ)
	}
}

// onlyRead says whether the structures of an alias are sources of data, all of them (StructureMap.structure.mode of R4).
func (m *mapScope) onlyRead(alias string) bool {
	found := false
	for _, s := range m.structures {
		if s["alias"] != alias {
			continue
		}
		if mode := s["mode"]; mode != modeSource && mode != "queried" {
			return false
		}
		found = true
	}
	return found
}

// groupThere reports a group that a map calls on and does not have.
func (j *judge) groupThere(m *mapScope, name string) {
	if _, there := m.groups[name]; there || m.open {
		return
	}
	j.authoring(fmt.Sprintf("the map has no group %q; its groups are %s", name, strings.Join(slices.Sorted(maps.Keys(m.groups)), ", ")), name)
}

// transform checks that what makes the value of a target gets what it works on (StructureMap.group.rule.target.transform and its
// table of parameters in R4).
func (j *judge) transform(target map[string]any) {
	parameters := objectsOf(target, "parameter")
	switch target["transform"] {
	case "translate":
		if len(parameters) < 2 {
			j.authoring("translate takes the code and the map to translate it by", fmt.Sprint(len(parameters)))
		}
	case "evaluate":
		last := len(parameters) - 1
		if last < 0 {
			return
		}
		if source, given := parameters[last]["valueString"].(string); given {
			if _, err := fhirpath.Compile(source, fhirpath.Lenient()); err != nil {
				j.inList("parameter", last, func() { j.authoring(fmt.Sprintf("the expression is not FHIRPath: %v", err), source) })
			}
		}
	}
}

// variables are the names at hand in a rule: those to read from and those that are being populated (StructureMap.group.input.mode
// of R4).
type variables struct {
	sources, targets map[string]bool
	leads            map[string]mapLead
}

func newVariables() variables {
	return variables{map[string]bool{}, map[string]bool{}, map[string]mapLead{}}
}

// lead notes where an input leads that stands at a position of its group.
func (v variables) lead(in map[string]any, inputs []mapGiven, at int) {
	if name, _ := in["name"].(string); at < len(inputs) {
		v.leads[name] = inputs[at].mapLead
	}
}

func (v variables) of(side string) map[string]bool {
	if side == modeTarget {
		return v.targets
	}
	return v.sources
}

// set notes a name. One whose mode is none counts for both, as that is a fault of its own.
func (v variables) set(name, mode string) {
	if mode != modeTarget {
		v.sources[name] = true
	}
	if mode != modeSource {
		v.targets[name] = true
	}
}

const (
	modeSource = "source"
	modeTarget = "target"
)

func (j *judge) isType(name string) bool {
	s, err := j.lookup(definition.TypeURL(name))
	return err == nil && s != nil && !s.profile
}

// mapRules checks the rules in a group or in another rule, in which the variables of those around them are known.
func (j *judge) mapRules(m *mapScope, holder map[string]any, known variables, depth int) {
	if depth > deepestQuestion {
		return
	}
	j.each(holder, "rule", func(rule map[string]any) {
		inner := variables{maps.Clone(known.sources), maps.Clone(known.targets), maps.Clone(known.leads)}
		for _, side := range []string{modeSource, modeTarget} {
			j.each(rule, side, func(o map[string]any) {
				context, given := o["context"].(string)
				if given && !inner.of(side)[context] && (side == "source" || o["contextType"] != "type") {
					j.authoring(fmt.Sprintf("the context %q is no %s of the group and no variable that a %s set before", context, side, side), context)
				}
				j.mapPath(o, side, inner)
				if v, _ := o["variable"].(string); v != "" {
					inner.set(v, side)
				}
				if side == modeTarget {
					j.transform(o)
				}
			})
		}
		j.each(rule, "dependent", func(d map[string]any) {
			passed, _ := d["variable"].([]any)
			if name, _ := d["name"].(string); name != "" {
				j.groupThere(m, name)
				if inputs, there := m.groups[name]; there && inputs != manyInputs && inputs != len(passed) && len(passed) > 0 {
					j.authoring(fmt.Sprintf("group %q has %d inputs, and %d variables are passed to it", name, inputs, len(passed)), name)
				}
			}
			name, _ := d["name"].(string)
			for i, item := range passed {
				if v, _ := item.(string); v != "" {
					j.inList("variable", i, func() { j.passVariable(m, inner, v, name, i) })
				}
			}
		})
		j.mapRules(m, rule, inner, depth+1)
	})
}
