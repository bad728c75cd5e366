package definition

import (
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/internal/fhir"
)

// Package names a package of definitions.
type Package struct {
	Name, Version string
	// Hash is the SHA-256 of the definitions that were read of it, in hexadecimal: the same for a package and its folder unpacked.
	Hash string
}

// Summary is what is known of a definition without reading it.
type Summary struct {
	// Resource is StructureDefinition, ValueSet or CodeSystem, or another resource type with a canonical URL.
	Resource         string
	URL, Version     string
	Name, Status     string
	Type, Kind       string
	Derivation, Base string
}

// Set is a collection of definitions by canonical URL. It may be added to by one goroutine; once that is done, any
// number may look things up. Definitions are read when they are first asked for.
type Set struct {
	Packages []Package
	// XML reads FHIR XML into the tree of the same resource in JSON; nil leaves XML out.
	XML func(data []byte) (map[string]any, error)
	// Catalog holds further code systems, which count where the set has none with the URL; it may be nil.
	Catalog *Catalog
	entries map[string][]*entry // by resource type and URL
	order   []*entry
	// read is the hash of the files that are being read, nil between two paths.
	read hash.Hash
}

type entry struct {
	summary Summary
	raw     string
	phrases *unfolder // for raw, which is folded
	once    sync.Once
	table   any
	err     error
}

// NewSet returns an empty set.
func NewSet() *Set { return &Set{entries: map[string][]*entry{}} }

func entryKey(resource, url string) string { return resource + " " + url }

func (s *Set) add(e *entry) {
	key := entryKey(e.summary.Resource, e.summary.URL)
	s.entries[key] = append(s.entries[key], e)
	s.order = append(s.order, e)
}

// AddResource adds a conformance resource given as decoded FHIR JSON. Resources of other types are kept if they have a
// canonical URL, and left out if not; kept says which.
func (s *Set) AddResource(m map[string]any) (kept bool, err error) {
	sum := Summary{
		Resource: text(m, "resourceType"), URL: text(m, "url"), Version: text(m, "version"), Name: text(m, "name"),
		Status: text(m, "status"), Type: text(m, "type"), Kind: text(m, "kind"),
		Derivation: text(m, "derivation"), Base: text(m, "baseDefinition"),
	}
	var table any
	switch sum.Resource {
	case "StructureDefinition":
		table, err = ReadStructure(m)
	case "ValueSet":
		table, err = ReadValueSet(m)
	case "CodeSystem":
		table, err = ReadCodeSystem(m)
	case "Questionnaire", "Measure", "Library", "ImplementationGuide", "SearchParameter":
		if sum.URL == "" || strings.HasPrefix(sum.URL, "http://hl7.org/fhir/SearchParameter/") {
			return false, nil
		}
		table = m
	default:
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if structure, ok := table.(*Structure); ok {
		sum.Type = structure.Type
	}
	e := &entry{summary: sum, table: table}
	e.once.Do(func() {})
	s.add(e)
	return true, nil
}

// Summaries lists what the set holds of one resource type, in the order in which it was added.
func (s *Set) Summaries(resource string) []Summary {
	var list []Summary
	for _, e := range s.order {
		if e.summary.Resource == resource {
			list = append(list, e.summary)
		}
	}
	return list
}

// SplitCanonical splits a canonical into its URL and its version, which may be empty.
func SplitCanonical(canonical string) (url, version string) {
	canonical, _, _ = strings.Cut(canonical, "#")
	url, version, _ = strings.Cut(canonical, "|")
	return url, version
}

// find returns the entry for a canonical. Without a version, the latest version wins. With one, an entry whose version
// is equal or starts with it ("4.0" for "4.0.1") is found, and nothing else.
func (s *Set) find(resource, canonical string) *entry {
	url, version := SplitCanonical(canonical)
	var best *entry
	for _, e := range s.entries[entryKey(resource, url)] {
		if version != "" && e.summary.Version != version && !strings.HasPrefix(e.summary.Version, version+".") {
			continue
		}
		if best == nil || CompareVersions(e.summary.Version, best.summary.Version) >= 0 {
			best = e
		}
	}
	return best
}

// Has reports whether the set holds a definition of the resource type with the URL, in any version.
func (s *Set) Has(resource, url string) bool { return len(s.entries[entryKey(resource, url)]) > 0 }

// Structure returns the StructureDefinition with the canonical, or nil if the set has none.
func (s *Set) Structure(canonical string) (*Structure, error) {
	return read[*Structure](s.find("StructureDefinition", canonical))
}

// ValueSet returns the ValueSet with the canonical, or nil if the set has none.
func (s *Set) ValueSet(canonical string) (*ValueSet, error) {
	return read[*ValueSet](s.find("ValueSet", canonical))
}

// CodeSystem returns the CodeSystem with the canonical, or nil if the set has none.
func (s *Set) CodeSystem(canonical string) (*CodeSystem, error) {
	if found := s.find("CodeSystem", canonical); found != nil {
		return read[*CodeSystem](found)
	}
	url, version := SplitCanonical(canonical)
	table, err := s.Catalog.CodeSystem(url)
	if table == nil || err != nil || version != "" && table.Version != version && !strings.HasPrefix(table.Version, version+".") {
		return nil, err
	}
	return table, nil
}

// CodeSystems returns every release of a code system that the set has.
func (s *Set) CodeSystems(url string) ([]*CodeSystem, error) {
	var list []*CodeSystem
	for _, e := range s.entries[entryKey("CodeSystem", url)] {
		c, err := read[*CodeSystem](e)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	c, err := s.Catalog.CodeSystem(url)
	if c != nil {
		list = append(list, c)
	}
	return list, err
}

// HasValueSet reports whether the set, or its catalog, knows a value set with the URL.
func (s *Set) HasValueSet(url string) bool {
	return s.Catalog.HasValueSet(url) || s.Has("ValueSet", url)
}

// Resource returns another resource with a canonical URL as decoded FHIR JSON, or nil if the set has none.
func (s *Set) Resource(resource, canonical string) (map[string]any, error) {
	return read[map[string]any](s.find(resource, canonical))
}

func read[T any](e *entry) (T, error) {
	var none T
	if e == nil {
		return none, nil
	}
	e.once.Do(func() {
		m, err := fhir.DecodeObject([]byte(e.phrases.text(e.raw)))
		if err != nil {
			e.err = fmt.Errorf("read definition %s: %w", e.summary.URL, err)
			return
		}
		e.summary.complete(m)
		switch e.summary.Resource {
		case "StructureDefinition":
			e.table, e.err = ReadStructure(m)
		case "ValueSet":
			e.table, e.err = ReadValueSet(m)
		case "CodeSystem":
			e.table, e.err = ReadCodeSystem(m)
		default:
			e.table = m
		}
		e.raw, e.phrases = "", nil
	})
	table, _ := e.table.(T)
	return table, e.err
}

// CompareVersions orders versions: by their numeric parts, then by text. An empty version comes first.
func CompareVersions(a, b string) int {
	x, y := strings.FieldsFunc(a, versionPart), strings.FieldsFunc(b, versionPart)
	for i := range min(len(x), len(y)) {
		if c := comparePart(x[i], y[i]); c != 0 {
			return c
		}
	}
	return len(x) - len(y)
}

func versionPart(r rune) bool { return r == '.' || r == '-' || r == '+' }

func comparePart(a, b string) int {
	if isDigits(a) && isDigits(b) {
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		if len(a) != len(b) {
			return len(a) - len(b)
		}
	}
	return strings.Compare(a, b)
}

func isDigits(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < '0' || c > '9' })
}
