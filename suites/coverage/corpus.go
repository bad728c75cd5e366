package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
)

// Kind is what a row of a report counts.
type Kind string

const (
	// MustSupport counts an element that a profile marks as mustSupport.
	MustSupport Kind = "must-support"
	// SearchParameter counts a search parameter of R4.
	SearchParameter Kind = "search-parameter"
)

// Row says how often an element or a search parameter was seen with data.
type Row struct {
	Kind Kind
	// Type is the type of resource. Profile is the canonical of the profile, empty for search parameters.
	Type, Profile string
	// Name is the id of the element in the profile, or the code of the search parameter.
	Name string
	// Resources counts the resources that could have had it, Seen those that have.
	Resources, Seen int
	// Person is who it could be added to: the reference or id of somebody that the corpus has, or "".
	Person string
}

// Advice says what to add where nothing was seen, and "" where something was.
func (r Row) Advice() string {
	if r.Seen > 0 {
		return ""
	}
	name := strings.TrimPrefix(r.Name, r.Type+".")
	if r.Kind == SearchParameter {
		name = "data for search parameter " + r.Name
	}
	switch {
	case r.Resources == 0:
		return fmt.Sprintf("no %s: add one", r.Type)
	case r.Person == "":
		return fmt.Sprintf("no %s with %s: add one", r.Type, name)
	default:
		return fmt.Sprintf("no %s with %s: add one to %s", r.Type, name, r.Person)
	}
}

// Corpus counts resources. It is not safe for concurrent use.
type Corpus struct {
	registry *profiles.Registry
	rows     map[string]*Row
	plans    map[string]*plan
	seen     map[string]bool
	// Resources counts what was added, each resource once, whatever holds it.
	Resources int
}

// plan is what is looked for in the resources of a profile.
type plan struct {
	structure *definition.Structure
	elements  []profiles.MustSupportElement
}

// New returns an empty corpus that is counted against the profiles of a registry.
func New(registry *profiles.Registry) *Corpus {
	return &Corpus{registry: registry, rows: map[string]*Row{}, plans: map[string]*plan{}, seen: map[string]bool{}}
}

// deepest bounds how deep resources in resources are looked for.
const deepest = 20

// Add counts a resource, the entries of a Bundle, the parameters of Parameters and what is contained. A resource with an id
// that was added before in the same version is counted once.
func (c *Corpus) Add(resource fhir.Resource) error { return c.add(resource, 0) }

func (c *Corpus) add(resource fhir.Resource, depth int) error {
	if depth > deepest || resource.Type() == "" {
		return nil
	}
	if id := resource.ID(); id != "" && depth < 2 {
		key := resource.Reference() + "|" + resource.Text("meta", "versionId") + "|" + resource.Text("meta", "lastUpdated")
		if c.seen[key] {
			return nil
		}
		c.seen[key] = true
	}
	for _, inner := range slices.Concat(resource.Objects("contained"), inside(resource.Objects("entry")), inside(resource.Objects("parameter"))) {
		if err := c.add(inner, depth+1); err != nil {
			return err
		}
	}
	if resource.Type() == "Bundle" || resource.Type() == "Parameters" {
		return nil
	}
	c.Resources++
	for _, canonical := range c.profilesOf(resource) {
		if err := c.count(canonical, resource); err != nil {
			return err
		}
	}
	for _, p := range search.Parameters(resource.Type()) {
		if p.Unsupported != "" || strings.HasPrefix(p.Code, "_") {
			continue
		}
		c.note(Row{Kind: SearchParameter, Type: resource.Type(), Name: p.Code}, resource, len(p.Elements(resource)) > 0)
	}
	return nil
}

// inside returns the resources of entries or parameters.
func inside(list []map[string]any) []map[string]any {
	var found []map[string]any
	for _, o := range list {
		if r, ok := o["resource"].(map[string]any); ok {
			found = append(found, r)
		}
	}
	return found
}

// profilesOf lists the profiles that a resource is counted for: those that it claims and that are loaded, and the UK Core
// profile of its type.
func (c *Corpus) profilesOf(resource fhir.Resource) []string {
	var list []string
	for _, claim := range resource.List("meta", "profile") {
		canonical, _ := claim.(string)
		url, _ := definition.SplitCanonical(canonical)
		if s, err := c.registry.Structure(url); err == nil && s != nil && s.Type == resource.Type() {
			list = append(list, url)
		}
	}
	if canonical, loaded := c.registry.DefaultProfile(resource.Type()); loaded {
		list = append(list, canonical)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (c *Corpus) planOf(canonical string) (*plan, error) {
	if p, known := c.plans[canonical]; known {
		return p, nil
	}
	elements, err := c.registry.MustSupport(canonical)
	if err != nil {
		return nil, fmt.Errorf("count against %s: %w", canonical, err)
	}
	structure, err := c.registry.Structure(canonical)
	if err != nil {
		return nil, fmt.Errorf("count against %s: %w", canonical, err)
	}
	p := &plan{structure, elements}
	c.plans[canonical] = p
	return p, nil
}

func (c *Corpus) count(canonical string, resource fhir.Resource) error {
	p, err := c.planOf(canonical)
	if err != nil {
		return err
	}
	for _, e := range p.elements {
		c.note(Row{Kind: MustSupport, Type: resource.Type(), Profile: canonical, Name: e.ID}, resource, p.has(resource, e.ID))
	}
	return nil
}

func (c *Corpus) note(row Row, resource fhir.Resource, has bool) {
	key := string(row.Kind) + "|" + row.Type + "|" + row.Profile + "|" + row.Name
	r, known := c.rows[key]
	if !known {
		r = &row
		c.rows[key] = r
	}
	r.Resources++
	if has {
		r.Seen++
	}
	if person := personOf(resource); person != "" && (r.Person == "" || person < r.Person) {
		r.Person = person
	}
}

// personOf names whom a resource is about.
func personOf(resource fhir.Resource) string {
	if resource.Type() == "Patient" {
		if resource.ID() == "" {
			return ""
		}
		return resource.Reference()
	}
	for _, element := range []string{"subject", "patient", "beneficiary"} {
		if reference := resource.Text(element, "reference"); strings.Contains(reference, "Patient/") {
			return reference[strings.LastIndex(reference, "Patient/"):]
		}
	}
	return ""
}

// Rows returns what was counted, by type, kind, profile and name. The UK Core profiles of types that the corpus has nothing of
// are not in it.
func (c *Corpus) Rows() []Row {
	list := make([]Row, 0, len(c.rows))
	for _, r := range c.rows {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.Name, b.Name))
	})
	return list
}
