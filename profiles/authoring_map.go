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
	m := mapScope{groups: map[string]int{}, aliases: map[string]bool{}}
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
	structures := objectsOf(obj, "structure")
	for _, s := range structures {
		alias, _ := s["alias"].(string)
		url, _ := s["url"].(string)
		m.aliases[alias] = true
		m.aliases[url[strings.LastIndexByte(url, '/')+1:]] = true
	}
	j.each(obj, "group", func(g map[string]any) {
		if extended, _ := g["extends"].(string); extended != "" {
			j.under("extends", func() { j.groupThere(&m, extended) })
		}
		known := newVariables()
		j.each(g, "input", func(in map[string]any) {
			name, _ := in["name"].(string)
			mode, _ := in["mode"].(string)
			if known.sources[name] || known.targets[name] {
				j.authoring(fmt.Sprintf("the group has another input with the name %q", name), name)
			}
			known.set(name, mode)
			typ, _ := in["type"].(string)
			known.places[name] = j.placeOfInput(structures, typ)
			if typ == "" || m.open || len(structures) == 0 || m.aliases[typ] || strings.Contains(typ, ":") || j.isType(typ) {
				return
			}
			j.authoring(fmt.Sprintf("no structure of the map has the alias %q, and FHIR R4 has no such type", typ), typ)
		})
		j.mapRules(&m, g, known, 0)
	})
}

// mapScope is what the rules of a map can call on.
type mapScope struct {
	// groups holds how many inputs each group has, or manyInputs where several have its name.
	groups  map[string]int
	aliases map[string]bool
	// open says that the map imports others, whose groups and structures are not known.
	open bool
}

const manyInputs = -1

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
	places           map[string]mapPlace
}

func newVariables() variables {
	return variables{map[string]bool{}, map[string]bool{}, map[string]mapPlace{}}
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
		inner := variables{maps.Clone(known.sources), maps.Clone(known.targets), maps.Clone(known.places)}
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
			for i, item := range passed {
				if v, _ := item.(string); v != "" && !inner.sources[v] && !inner.targets[v] {
					j.inList("variable", i, func() {
						j.authoring(fmt.Sprintf("the variable %q is no input of the group and was not set before", v), v)
					})
				}
			}
		})
		j.mapRules(m, rule, inner, depth+1)
	})
}
