package waiver

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// Waiver excuses the findings of one rule where everything that it names is so. What it leaves empty does not matter.
type Waiver struct {
	// ID is stable for ever and is what a waived finding carries.
	ID string `yaml:"id"`
	// Package is the name of the package that has the defect, or the beginning of its name up to a dot; the waiver counts
	// only while it is loaded. Versions are those that have the defect, none for any.
	Package  string   `yaml:"package"`
	Versions []string `yaml:"versions"`
	// Rule is the rule of the findings, for example "fhir-required" or an invariant's key.
	Rule string `yaml:"rule"`
	// Profiles are the profiles that a finding may come from, Element the id of the element in them.
	Profiles []string `yaml:"profiles"`
	Element  string   `yaml:"element"`
	// Path is where the finding is, without positions: "Bundle.entry".
	Path string `yaml:"path"`
	// Resources are resources as Type or Type/id: the one that the finding is in, which may be inside another.
	Resources []string `yaml:"resources"`
	// When is a FHIRPath expression that holds of that resource. It names elements as in JSON ("valueQuantity").
	When string `yaml:"when"`
	// Actual are the values that the finding may have seen.
	Actual []string `yaml:"actual"`
	// Why says what is wrong with the published material, or why the finding was accepted; Source where that can be seen.
	Why    string `yaml:"why"`
	Source string `yaml:"source"`
	// Approver is who accepted it; nobody need accept what is published.
	Approver string `yaml:"approver"`
	// Expires is the day after which the waiver counts no more (2006-01-02); Until says in words what will end it. One of
	// them must be there.
	Expires string `yaml:"expires"`
	Until   string `yaml:"until"`

	// when is When, compiled.
	when *fhirpath.Expression
}

// List is a list of waivers. It does not change once it is made and is safe for concurrent use.
type List struct{ waivers []Waiver }

// All returns the waivers in the order of the list.
func (l *List) All() []Waiver { return slices.Clone(l.waivers) }

// Find returns the waiver with the id.
func (l *List) Find(id string) (Waiver, bool) {
	i := slices.IndexFunc(l.waivers, func(w Waiver) bool { return strings.EqualFold(w.ID, id) })
	if i < 0 {
		return Waiver{}, false
	}
	return l.waivers[i], true
}

// With returns a list of the waivers of both. An id that both have is an error, because nobody could tell which of the two
// excused a finding.
func (l *List) With(other *List) (*List, error) {
	for _, w := range other.waivers {
		if _, taken := l.Find(w.ID); taken {
			return nil, fmt.Errorf("waiver %s is there twice; give yours another id", w.ID)
		}
	}
	return &List{slices.Concat(l.waivers, other.waivers)}, nil
}

// InForce returns the waivers that count on a day with the packages that are loaded.
func (l *List) InForce(loaded []definition.Package, day time.Time) *List {
	today := day.UTC().Format(time.DateOnly)
	kept := &List{}
	for _, w := range l.waivers {
		if (w.Expires == "" || today <= w.Expires) && w.loaded(loaded) {
			kept.waivers = append(kept.waivers, w)
		}
	}
	return kept
}

// loaded says whether a package that the waiver is about is among those that are loaded.
func (w Waiver) loaded(packages []definition.Package) bool {
	if w.Package == "" {
		return true
	}
	return slices.ContainsFunc(packages, func(p definition.Package) bool {
		named := p.Name == w.Package || strings.HasPrefix(p.Name, w.Package+".")
		return named && (len(w.Versions) == 0 || slices.Contains(w.Versions, p.Version))
	})
}

// Mark gives each finding on a resource the id of the first waiver that excuses it. A nil list excuses nothing.
func (l *List) Mark(ctx context.Context, resource map[string]any, findings []result.Finding) {
	if l == nil {
		return
	}
	for i := range findings {
		for _, w := range l.waivers {
			if w.excuses(ctx, resource, findings[i]) {
				findings[i].Waiver = w.ID
				break
			}
		}
	}
}

// LooksInto says whether what Mark says of a finding may depend on the resource that it is in.
func (l *List) LooksInto(f result.Finding) bool {
	return l != nil && slices.ContainsFunc(l.waivers, func(w Waiver) bool {
		return (len(w.Resources) > 0 || w.when != nil) && w.matches(f)
	})
}

// excuses says whether a finding is one that the waiver is about.
func (w Waiver) excuses(ctx context.Context, resource map[string]any, f result.Finding) bool {
	return w.matches(f) &&
		(len(w.Resources) == 0 || w.about(nearest(resource, f.Path))) &&
		(w.when == nil || w.holds(ctx, nearest(resource, f.Path)))
}

// matches says whether a finding is one that the waiver is about, as far as the finding itself tells.
func (w Waiver) matches(f result.Finding) bool {
	return w.Rule == f.Rule &&
		(len(w.Profiles) == 0 || slices.Contains(w.Profiles, f.Profile)) &&
		(w.Element == "" || w.Element == f.Element) &&
		(w.Path == "" || w.Path == withoutPositions(f.Path)) &&
		(len(w.Actual) == 0 || slices.Contains(w.Actual, f.Actual))
}

// holds asks the condition of the waiver of a resource. A condition that cannot be decided does not hold.
func (w Waiver) holds(ctx context.Context, resource map[string]any) bool {
	item := fhirpath.Element(resource, nil, nil)
	evaluator := fhirpath.NewEvaluator(&fhirpath.Environment{})
	evaluator.SetResource(item, item)
	truth, err := evaluator.Test(ctx, w.when, item)
	return err == nil && truth == fhirpath.True
}

// nearest returns the resource that a path leads into: the root, or the last one on the way.
func nearest(root map[string]any, path string) map[string]any {
	found := root
	var at any = root
	for i, part := range strings.Split(path, ".") {
		if i == 0 {
			continue
		}
		name, position, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		o, _ := at.(map[string]any)
		at = o[name]
		if index, err := strconv.Atoi(position); indexed && err == nil {
			list, _ := at.([]any)
			if index < 0 || index >= len(list) {
				return found
			}
			at = list[index]
		}
		resource, ok := at.(map[string]any)
		if !ok {
			return found
		}
		if resource["resourceType"] != nil {
			found = resource
		}
	}
	return found
}

// about says whether a resource is one of those that the waiver names.
func (w Waiver) about(resource map[string]any) bool {
	name, _ := resource["resourceType"].(string)
	id, _ := resource["id"].(string)
	return slices.Contains(w.Resources, name) || id != "" && slices.Contains(w.Resources, name+"/"+id)
}

// withoutPositions leaves the positions in arrays out of a FHIRPath expression.
func withoutPositions(path string) string {
	for {
		open := strings.IndexByte(path, '[')
		end := strings.IndexByte(path, ']')
		if open < 0 || end < open {
			return path
		}
		path = path[:open] + path[end+1:]
	}
}
