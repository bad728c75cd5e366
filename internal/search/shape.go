package search

import (
	_ "embed" // for the table
	"slices"
	"strings"
	"sync"

	"concord.example/concord/internal/fhir"
)

//go:embed elements.tsv
var elementTable string

// elementSet is what the definition of one resource type says of its elements, as JSON names.
type elementSet struct {
	mandatory []string
	summary   *elementTree
	// choices are the top-level elements with a choice of types, without the type: value for valueQuantity.
	choices []string
}

// elementTree is a set of elements and of the elements within them. A leaf stands for all there is within it.
type elementTree struct {
	children map[string]*elementTree
}

//nolint:gochecknoglobals // the embedded table never changes and is parsed once
var elements = sync.OnceValue(func() map[string]elementSet {
	sets := map[string]elementSet{}
	for line := range strings.Lines(elementTable) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		tree := &elementTree{}
		for _, name := range strings.Fields(columns[2]) {
			tree.add(strings.Split(name, "."))
		}
		sets[columns[0]] = elementSet{mandatory: strings.Fields(columns[1]), summary: tree, choices: strings.Fields(columns[3])}
	}
	return sets
})

func (t *elementTree) add(names []string) {
	if t.children == nil {
		t.children = map[string]*elementTree{}
	}
	child := t.children[names[0]]
	if child == nil {
		child = &elementTree{}
		t.children[names[0]] = child
	}
	if len(names) > 1 {
		child.add(names[1:])
	}
}

// keep returns a copy of the object with the elements of the tree only. The property _name goes with name.
func (t *elementTree) keep(from map[string]any) map[string]any {
	if t.children == nil {
		return from
	}
	kept := map[string]any{}
	for name, value := range from {
		child := t.children[strings.TrimPrefix(name, "_")]
		if child == nil {
			continue
		}
		kept[name] = child.keepIn(value)
	}
	return kept
}

func (t *elementTree) keepIn(value any) any {
	switch value := value.(type) {
	case map[string]any:
		return t.keep(value)
	case []any:
		kept := make([]any, len(value))
		for i, item := range value {
			kept[i] = t.keepIn(item)
		}
		return kept
	default:
		return value
	}
}

// Shape returns a match in the form _summary or _elements asks for, marked with the tag SUBSETTED when anything may have
// been left out, or the resource itself when neither asks for less. _summary goes before _elements.
func (q *Query) Shape(match fhir.Resource) fhir.Resource {
	if q.elements != nil && (q.summary == SummaryUnstated || q.summary == SummaryFalse) {
		return subset(match, q.elements)
	}
	return q.ShapeIncluded(match)
}

// ShapeIncluded is Shape for an included resource, to which _elements does not apply (R4 section 3.1.1.5.9).
func (q *Query) ShapeIncluded(included fhir.Resource) fhir.Resource {
	switch q.summary {
	case SummaryTrue:
		kept := fhir.Resource(elements()[included.Type()].summary.keep(included))
		kept["resourceType"] = included.Type()
		return subsetted(kept)
	case SummaryText:
		return subset(included, []string{"text"})
	case SummaryData:
		kept := make(fhir.Resource, len(included))
		for name, value := range included {
			if name != "text" {
				kept[name] = value
			}
		}
		return subsetted(kept)
	default:
		return included
	}
}

// subset keeps the named top-level elements, those every resource must have, id and meta. A choice of types is named
// without its type: value keeps valueQuantity.
func subset(resource fhir.Resource, names []string) fhir.Resource {
	set := elements()[resource.Type()]
	kept := fhir.Resource{}
	for name, value := range resource {
		plain := strings.TrimPrefix(name, "_")
		if plain == "resourceType" || plain == "id" || plain == "meta" || slices.Contains(set.mandatory, plain) || set.named(plain, names) {
			kept[name] = value
		}
	}
	return subsetted(kept)
}

func (s elementSet) named(property string, names []string) bool {
	for _, name := range names {
		rest, ok := strings.CutPrefix(property, name)
		if ok && (rest == "" || rest[0] >= 'A' && rest[0] <= 'Z' && slices.Contains(s.choices, name)) {
			return true
		}
	}
	return false
}

// subsetted adds the tag that says a resource is not whole. It copies meta, because the rest is shared with the original.
func subsetted(resource fhir.Resource) fhir.Resource {
	meta := map[string]any{}
	old, _ := object(resource["meta"])
	for name, value := range old {
		meta[name] = value
	}
	tags, _ := meta["tag"].([]any)
	meta["tag"] = append(slices.Clone(tags), map[string]any{
		"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
		"code":   "SUBSETTED",
	})
	resource["meta"] = meta
	return resource
}
