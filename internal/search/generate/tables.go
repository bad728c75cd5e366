package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// tables is what is written: one line per search parameter and one line per resource type, tab-separated.
type tables struct {
	parameters, elements []byte
}

func generate(packages string) (*tables, error) {
	defs, err := readDefinitions(packages)
	if err != nil {
		return nil, err
	}
	slices.Sort(defs.resources)
	slices.SortFunc(defs.parameters, func(a, b searchParameter) int { return cmp.Compare(a.URL, b.URL) })
	parameters, err := defs.parameterTable()
	if err != nil {
		return nil, err
	}
	return &tables{parameters: parameters, elements: defs.elementTable()}, nil
}

// usable lists the element types each kind of search parameter is defined over (search.html, the tables of data types in
// each kind's section). Types an expression can reach but the kind has no rule for are left out of the table.
func usable(kind string) []string {
	switch kind {
	case "string":
		return []string{"string", "markdown", "HumanName", "Address"}
	case "token":
		return []string{"Coding", "CodeableConcept", "Identifier", "ContactPoint", "code", "boolean", "uri", "string", "id", "canonical", "oid"}
	case "date":
		return []string{"date", "dateTime", "instant", "Period", "Timing"}
	case "number":
		return []string{"integer", "positiveInt", "unsignedInt", "decimal"}
	case "quantity":
		return []string{"Quantity", "Age", "Duration", "Money", "Range", "SampledData"}
	case "uri":
		return []string{"uri", "url", "canonical", "oid", "uuid"}
	case "reference":
		return []string{"Reference", "canonical", "uri"}
	default:
		return nil
	}
}

func (d *definitions) parameterTable() ([]byte, error) {
	byURL := map[string]searchParameter{}
	for _, p := range d.parameters {
		byURL[p.URL] = p
	}
	var lines []string
	for _, p := range d.parameters {
		bases := p.Base
		if len(bases) == 1 && bases[0] == "DomainResource" {
			bases = []string{"Resource"} // only _text, which is unsupported whatever the type
		}
		for _, base := range bases {
			if base != "Resource" && !slices.Contains(d.resources, base) {
				return nil, fmt.Errorf("search parameter %s is about unknown type %s", p.URL, base)
			}
			columns := append([]string{base, p.Code, p.Type}, d.columns(base, p, byURL)...)
			lines = append(lines, strings.Join(columns, "\t"))
		}
	}
	slices.Sort(lines)
	for i := 1; i < len(lines); i++ {
		if key(lines[i]) == key(lines[i-1]) {
			return nil, fmt.Errorf("two search parameters are called %s", key(lines[i]))
		}
	}
	return []byte(strings.Join(lines, "\n") + "\n"), nil
}

// key is the type and code of a line.
func key(line string) string { return strings.Join(strings.SplitN(line, "\t", 3)[:2], ".") }

// columns are targets, paths and components of one parameter for one resource type; an unsupported one has the reason
// as its only further column, after "!".
func (d *definitions) columns(base string, p searchParameter, byURL map[string]searchParameter) []string {
	refuse := func(err error) []string { return []string{"!" + err.Error()} }
	if p.Expression == "" {
		return refuse(fmt.Errorf("it has no expression in the definitions of FHIR R4"))
	}
	if p.Type == "composite" {
		return d.composite(base, p, byURL)
	}
	if p.Type == "special" {
		return refuse(fmt.Errorf("it is of type special"))
	}
	if p.Code == "phonetic" {
		return refuse(fmt.Errorf("which phonetic algorithm it uses is left to each server"))
	}
	paths, err := d.reach(place{path: base}, p.Expression, false)
	if err != nil {
		return refuse(err)
	}
	paths = keepUsable(paths, p.Type)
	if len(paths) == 0 {
		return refuse(fmt.Errorf("its expression reaches no element a %s search is defined for", p.Type))
	}
	return []string{strings.Join(targets(p, paths), ","), joinPaths(paths)}
}

// targets are the types a reference parameter may point at: those its definition names that the elements themselves
// allow. A definition shared by many types names those of all of them.
func targets(p searchParameter, paths []reached) []string {
	if len(p.Target) >= 100 { // the definition spells out every resource type
		p.Target = []string{"*"}
	}
	allowed := map[string]bool{}
	for _, path := range paths {
		switch {
		case path.only != "":
			allowed[path.only] = true
		case path.typ != "Reference" || path.to == nil:
			return p.Target
		}
		if path.only == "" {
			for _, typ := range path.to {
				allowed[typ] = true
			}
		}
	}
	if len(p.Target) == 1 && p.Target[0] == "*" {
		var all []string
		for typ := range allowed {
			all = append(all, typ)
		}
		slices.Sort(all)
		return all
	}
	return slices.DeleteFunc(slices.Clone(p.Target), func(typ string) bool { return !allowed[typ] })
}

func (d *definitions) composite(base string, p searchParameter, byURL map[string]searchParameter) []string {
	refuse := func(err error) []string { return []string{"!" + err.Error()} }
	var roots []string
	var starts []place
	for _, root := range strings.Split(p.Expression, "|") {
		owner, rest, _ := strings.Cut(strings.TrimSpace(root), ".")
		if owner != base {
			continue
		}
		places, err := d.walk([]place{{path: base}}, rest)
		if err != nil {
			return refuse(err)
		}
		roots = append(roots, cmp.Or(rest, "."))
		for _, start := range places {
			starts = append(starts, place{path: start.path, typ: start.typ})
		}
	}
	columns := []string{"", strings.Join(roots, " ")}
	for i, component := range p.Component {
		if p.Code == "relationship" && base == "DocumentReference" {
			// R4 names the two definitions the wrong way round: code is what relation searches, target what relatesto does.
			component.Definition = p.Component[1-i].Definition
		}
		definition, ok := byURL[component.Definition]
		if !ok {
			return refuse(fmt.Errorf("component %s is not defined", component.Definition))
		}
		var paths []reached
		for _, start := range starts {
			found, err := d.reach(start, component.Expression, true)
			if err != nil {
				return refuse(err)
			}
			for _, path := range keepUsable(found, definition.Type) {
				if !slices.ContainsFunc(paths, func(r reached) bool { return r.String() == path.String() }) {
					paths = append(paths, path)
				}
			}
		}
		if len(paths) == 0 {
			return refuse(fmt.Errorf("component %s reaches no element a %s search is defined for", definition.Code, definition.Type))
		}
		columns = append(columns, definition.Code+" "+definition.Type+" "+joinPaths(paths))
	}
	return columns
}

func keepUsable(paths []reached, kind string) []reached {
	var kept []reached
	for _, path := range paths {
		if slices.Contains(usable(kind), path.typ) {
			kept = append(kept, path)
		}
	}
	return kept
}

func joinPaths(paths []reached) string {
	texts := make([]string, len(paths))
	for i, path := range paths {
		texts[i] = path.String()
	}
	return strings.Join(texts, " ")
}

// elementTable has a line per resource type: its mandatory top-level elements, its summary elements (a nested one as
// parent.child), both as JSON names, and the names of its top-level elements that have a choice of types.
func (d *definitions) elementTable() []byte {
	var out bytes.Buffer
	for _, typ := range d.resources {
		var mandatory, summary, choices []string
		var visit func(path, prefix string)
		visit = func(path, prefix string) {
			for _, e := range d.children[path] {
				stem, choice := strings.CutSuffix(lastName(e.Path), "[x]")
				if prefix == "" && choice {
					choices = append(choices, stem)
				}
				for i, name := range jsonNames(e) {
					if prefix == "" && e.Min > 0 {
						mandatory = append(mandatory, name)
					}
					if !e.IsSummary {
						continue
					}
					summary = append(summary, prefix+name)
					visit(e.Path, prefix+name+".")
					if i < len(e.Type) && slices.Contains(partlySummary(), e.Type[i].Code) {
						visit(e.Type[i].Code, prefix+name+".")
					}
				}
			}
		}
		visit(typ, "")
		fmt.Fprintf(&out, "%s\t%s\t%s\t%s\n", typ, strings.Join(mandatory, " "), strings.Join(summary, " "), strings.Join(choices, " "))
	}
	return out.Bytes()
}

// partlySummary lists the data types of which only some elements are summary elements, such as Attachment without its
// data; the others are taken whole.
func partlySummary() []string { return []string{"Attachment", "SampledData", "Signature"} }

func jsonNames(e element) []string {
	if !strings.HasSuffix(e.Path, "[x]") {
		return []string{lastName(e.Path)}
	}
	names := make([]string, len(e.Type))
	for i, t := range e.Type {
		names[i] = jsonName(e.Path, t.Code)
	}
	return names
}
