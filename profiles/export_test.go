package profiles

import (
	"context"
	"slices"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// WholeBelow returns a registry that judges the entries of Bundles one by one from a length of their text on.
func (r *Registry) WholeBelow(length int) *Registry {
	other := newRegistry(r, definition.NewSet())
	other.wholeBelow = length
	return other
}

// PlainNarrative says whether a narrative is passed as plain.
func PlainNarrative(text string) bool { return plainNarrative(text) }

// ReadNarrative returns what the reader of XML finds wrong with a narrative, and what is to be looked up for it.
func ReadNarrative(text string) (problem string, links []string) {
	x := xhtml{text: text}
	_, problem = x.check()
	return problem, x.links
}

// TakesEntries says whether the entries of a Bundle are judged one by one when it is long enough.
func (r *Registry) TakesEntries(text string, opts Options) bool {
	j := r.idleJudge()
	defer r.done(j)
	_, ok, err := j.judgeEntries(context.Background(), text, opts)
	return ok && err == nil
}

// JudgedAndAsked says whether a resource meets its type: once by what judging it finds, and once by asking only.
func JudgedAndAsked(ctx context.Context, r *Registry, resource map[string]any) (judged, asked bool) {
	ready := func() (*judge, *node) {
		j := r.newJudge()
		j.ctx, j.root = ctx, resource
		j.resources = append(j.resources, resourceFrame{obj: resource})
		return j, j.resourceType(rootType(resource)).root
	}
	j, root := ready()
	j.against(root, resource)
	judged = !slices.ContainsFunc(j.faults, func(f fault) bool { return f.finding.Severity.Rank() >= result.SeverityError.Rank() })
	j, root = ready()
	return judged, j.try(func() { j.against(root, resource) })
}

// FoundByURL says whether the slices of the root's extensions in a profile are found by their URL, without a look at each.
func (r *Registry) FoundByURL(canonical string) (bool, error) {
	s, err := r.shapeOf(canonical)
	if err != nil || s == nil {
		return false, err
	}
	for _, child := range s.root.children {
		if child.name == "extension" {
			child.prepare()
			return child.byURL != nil, nil
		}
	}
	return false, nil
}
