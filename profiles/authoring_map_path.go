package profiles

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/profiles/definition"
)

// mapPlace is where a variable of a map is: the elements whose children it has. It is empty where that is not known, as with data of
// a model that is not loaded or with any resource.
type mapPlace []*node

// placeOfInput finds where an input of a group begins: at the root of the type that a structure of the map, or R4, has under
// the name that the input gives (StructureMap.group.input.type of R4).
func (j *judge) placeOfInput(structures []map[string]any, typ string) mapLead {
	url := ""
	for _, s := range structures {
		alias, _ := s["alias"].(string)
		of, _ := s["url"].(string)
		of, _, _ = strings.Cut(of, "|")
		if alias == typ || alias == "" && of[strings.LastIndexByte(of, '/')+1:] == typ {
			url = of
			break
		}
	}
	if typ == "" {
		return mapLead{}
	}
	if url == "" {
		url = definition.TypeURL(typ)
	}
	s, err := j.lookup(url)
	if err != nil || s == nil {
		return mapLead{}
	}
	return mapLead{j.placeOfType(s.definition.Type), s.definition.Type}
}

// placeOfType is the root of a type of R4.
func (j *judge) placeOfType(name string) mapPlace {
	if specialOf(name) == anyResource || !j.isType(name) {
		return nil
	}
	if s, err := j.lookup(definition.TypeURL(name)); err == nil && s != nil {
		return mapPlace{s.root}
	}
	return nil
}

// field finds the element of a name below a place. found is false when the place is known and has none.
func (p mapPlace) field(name string) (kids []*node, found bool) {
	for _, holder := range p {
		for _, kid := range holder.children {
			if kid.name == name {
				kids = append(kids, kid)
			}
		}
	}
	return kids, len(kids) > 0 || len(p) == 0
}

// below is where the values of some elements are, of one type where it is named.
func below(kids []*node, typ string) mapPlace {
	var p mapPlace
	for _, kid := range kids {
		if kid.content != nil || len(kid.types) == 0 {
			if holder := kid.childrenOf(nil); holder != nil {
				p = append(p, holder)
			}
			continue
		}
		for _, t := range kid.types {
			if typ != "" && t.Code != typ {
				continue
			}
			holder := kid.childrenOf(t)
			if t.special == anyResource || holder == nil {
				return nil
			}
			p = append(p, holder)
		}
	}
	return p
}

// mapPath checks that the element of a source or a target is one of what its context has, by the name that it has there
// (StructureMap.group.rule.source.element and target.element of R4), and notes where its variable leads.
func (j *judge) mapPath(o map[string]any, side string, known variables) {
	context, _ := o["context"].(string)
	element, _ := o["element"].(string)
	typ, _ := o["type"].(string)
	typ = strings.TrimPrefix(typ, definition.TypeURL(""))
	from := known.leads[context]
	if side == modeTarget && o["contextType"] == "type" {
		from = mapLead{}
	}
	leads, is := from.place, from.typ
	if element != "" {
		kids, found := from.place.field(element)
		if !found {
			j.under("element", func() { j.authoring(from.place.lacks(element), element) })
		}
		if typ != "" && len(kids) > 0 && !slices.ContainsFunc(kids, func(n *node) bool { return j.mayHaveType(n, typ) }) {
			j.under("type", func() { j.authoring(fmt.Sprintf("%s is never of the type %s", kids[0].ID, typ), typ) })
		}
		if leads = below(kids, typ); leads == nil && typ != "" {
			leads = j.placeOfType(typ)
		}
		is = onlyType(kids, typ)
	}
	if side == modeTarget && o["transform"] == "create" {
		created := ""
		if parameters := objectsOf(o, "parameter"); len(parameters) > 0 {
			created, _ = parameters[0]["valueString"].(string)
		}
		if created != "" {
			leads, is = j.placeOfType(created), created
		} else if element == "" {
			leads, is = nil, ""
		}
	}
	if v, _ := o["variable"].(string); v != "" {
		known.leads[v] = mapLead{leads, is}
	}
}

// lacks says that a place has no element of a name, and which one may be meant.
func (p mapPlace) lacks(name string) string {
	message := fmt.Sprintf("%s has no element %q", p[0].ID, name)
	for _, holder := range p {
		if kid := holder.kid(strings.TrimSuffix(name, "[x]")); kid != nil {
			return message + fmt.Sprintf("; a choice is named without its type: %s", kid.name)
		}
	}
	if first, rest, dotted := strings.Cut(name, "."); dotted {
		return message + fmt.Sprintf("; %s of %s is for a rule inside this one, from a variable", rest, first)
	}
	return message
}

// mayHaveType says whether an element may have a value of a type, or of one that it builds on or that builds on it.
func (j *judge) mayHaveType(n *node, typ string) bool {
	if len(n.types) == 0 {
		return true
	}
	s, err := j.lookup(definition.TypeURL(typ))
	if s == nil && err == nil {
		return strings.Contains(typ, ":") // it may be of a model that is not loaded
	}
	if err != nil || s.profile {
		return true
	}
	for _, t := range n.types {
		other := t.shapeIn(n.shape.registry)
		if t.Code == typ || t.special == anyResource || other == nil || other.buildsOn(s) || s.buildsOn(other) {
			return true
		}
	}
	return false
}
