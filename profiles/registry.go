package profiles

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"concord.example/concord/internal/suggest"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

//go:embed definitions/r4.pack.gz
var packR4 []byte

//go:embed definitions/hl7.catalog
var catalogHL7 []byte

//go:embed definitions/ukcore-stu3.pack.gz
var packSTU3 []byte

//go:embed definitions/ukcore-stu2.pack.gz
var packSTU2 []byte

// Sequence names one of the releases of UK Core whose definitions are embedded.
type Sequence string

const (
	// STU3 is the third sequence of UK Core, the default.
	STU3 Sequence = "stu3"
	// STU2 is the second sequence of UK Core.
	STU2 Sequence = "stu2"
	// BaseOnly leaves UK Core out: base R4 alone.
	BaseOnly Sequence = "r4"
)

// ParseSequence reads the name of a sequence. An empty name is the default.
func ParseSequence(name string) (Sequence, error) {
	switch s := Sequence(strings.ToLower(name)); s {
	case "":
		return STU3, nil
	case STU3, STU2, BaseOnly:
		return s, nil
	default:
		return "", fmt.Errorf("UK Core sequence %q is not embedded; choose %s, %s or %s", name, STU3, STU2, BaseOnly)
	}
}

// Package is the name and version of a loaded package of definitions.
type Package = definition.Package

// Registry is a set of loaded definitions. It does not change once it is made and is safe for concurrent use.
type Registry struct {
	parent *Registry
	set    *definition.Set
	terms  *terminology.Service
	// structures, shapes and expressions hold what was worked out, so that it is worked out once.
	structures sync.Map // canonical -> *structureEntry
	shapes     sync.Map // canonical -> *shape
	judges     chan *judge
	globals    func() map[string][]string
	// extensions lists the URLs of the extensions that are defined.
	extensions func() []string
	// outside are sources of terminology besides the definitions.
	outside []terminology.Outside
	// remote is asked about value sets that nothing else can work out; it may be nil.
	remote Remote
	// wholeBelow is the length in bytes from which the entries of a Bundle are judged one by one.
	wholeBelow int
	// vitalSigns is the default for Options.VitalSigns.
	vitalSigns VitalSigns
	// expressions are shared with the registries that build on this one, as profiles add no types.
	expressions *expressions
}

// idleJudges bounds how many judges a registry keeps for the next resources.
const idleJudges = 16

func newRegistry(parent *Registry, set *definition.Set) *Registry {
	r := &Registry{parent: parent, set: set, judges: make(chan *judge, idleJudges), wholeBelow: wholeBelow}
	if parent != nil {
		r.outside, r.remote = parent.outside, parent.remote
	}
	r.terms = terminology.NewService(r).WithOutside(r.outside...)
	r.globals = sync.OnceValue(r.readGlobals)
	r.extensions = sync.OnceValue(func() []string {
		var urls []string
		for _, p := range r.Profiles() {
			if p.Extension {
				urls = append(urls, p.Canonical)
			}
		}
		return urls
	})
	if parent != nil {
		r.expressions, r.vitalSigns = parent.expressions, parent.vitalSigns
	} else {
		r.expressions = newExpressions(r)
	}
	return r
}

// Embedded returns the registry of the definitions that the binary carries: all of base R4, and the chosen sequence of UK
// Core.
func Embedded(sequence Sequence) (*Registry, error) {
	base, err := embeddedR4()
	if err != nil {
		return nil, err
	}
	var pack []byte
	switch sequence {
	case STU3, "":
		pack = packSTU3
	case STU2:
		pack = packSTU2
	case BaseOnly:
		return base, nil
	default:
		return nil, fmt.Errorf("UK Core sequence %q is not embedded; choose %s, %s or %s", sequence, STU3, STU2, BaseOnly)
	}
	set := definition.NewSet()
	if err := set.AddPack(pack); err != nil {
		return nil, fmt.Errorf("load embedded UK Core %s: %w", sequence, err)
	}
	return newRegistry(base, set), nil
}

func embeddedR4() (*Registry, error) {
	set := definition.NewSet()
	if err := set.AddPack(packR4); err != nil {
		return nil, fmt.Errorf("load embedded FHIR R4: %w", err)
	}
	var err error
	if set.Catalog, err = definition.OpenCatalog(catalogHL7); err != nil {
		return nil, fmt.Errorf("load embedded code systems of HL7: %w", err)
	}
	return newRegistry(nil, set), nil
}

// With returns a registry that holds the definitions of the paths (JSON or XML files, folders, .tgz packages) besides those of
// r. Where both define the same canonical, the added one counts. The work done for r is shared.
func (r *Registry) With(paths ...string) (*Registry, error) {
	if len(paths) == 0 {
		return r, nil
	}
	set := definition.NewSet()
	set.XML = r.DecodeXML
	for _, p := range paths {
		if err := set.AddPath(p); err != nil {
			return nil, err
		}
	}
	return newRegistry(r, set), nil
}

// WithTerminology returns a registry that asks the sources about their code systems.
func (r *Registry) WithTerminology(sources ...terminology.Outside) *Registry {
	with := newRegistry(r, definition.NewSet())
	with.outside = append(slices.Clone(r.outside), sources...)
	with.terms.WithOutside(with.outside...)
	return with
}

// Remote is asked whether a value set holds a code where nothing that is loaded can tell. It answers at once, from what it
// knows; see profiles/terminology/server.
type Remote interface {
	Verdict(valueSet, system, code string) terminology.Verdict
}

// WithRemote returns a registry that asks a remote about what nothing that is loaded can tell.
func (r *Registry) WithRemote(remote Remote) *Registry {
	with := newRegistry(r, definition.NewSet())
	with.remote = remote
	return with
}

// CheckedSet is a value set that codes were held against.
type CheckedSet struct {
	// URL is its canonical; By are the sources besides the loaded definitions that answered, and Reason why some codes
	// could not be checked.
	URL    string
	By     []string
	Reason string
}

// CheckedSets lists the value sets that codes were held against since the registry was made, by URL.
func (r *Registry) CheckedSets() []CheckedSet {
	var list []CheckedSet
	for _, set := range r.terms.Asked() {
		list = append(list, CheckedSet{URL: set.URL, By: set.By, Reason: set.Reason})
	}
	slices.SortFunc(list, func(a, b CheckedSet) int { return strings.Compare(a.URL, b.URL) })
	return list
}

// WithCached is With for packages of a FHIR package cache (usually ~/.fhir/packages), named "name#version".
func (r *Registry) WithCached(cache string, names ...string) (*Registry, error) {
	set := definition.NewSet()
	set.XML = r.DecodeXML
	for _, n := range names {
		if err := set.AddCached(cache, n); err != nil {
			return nil, err
		}
	}
	return newRegistry(r, set), nil
}

// Packages lists the packages that are loaded, base first.
func (r *Registry) Packages() []Package {
	var list []Package
	if r.parent != nil {
		list = r.parent.Packages()
	}
	return append(list, r.set.Packages...)
}

// Profile describes a profile that a resource can be judged against.
type Profile struct {
	// Canonical is the URL without version.
	Canonical, Version, Name string
	// Type is the type of resource or data that it constrains; Status is draft, active, retired or unknown.
	Type, Status string
	// Extension says that it defines an extension.
	Extension bool
}

// Profiles lists the profiles that are loaded, by canonical and version.
func (r *Registry) Profiles() []Profile {
	seen := map[string]bool{}
	var list []Profile
	for at := r; at != nil; at = at.parent {
		for _, s := range at.set.Summaries("StructureDefinition") {
			key := s.URL + "|" + s.Version
			if s.Derivation != "constraint" || seen[key] {
				continue
			}
			seen[key] = true
			list = append(list, Profile{
				Canonical: s.URL, Version: s.Version, Name: s.Name, Type: s.Type, Status: s.Status, Extension: s.Type == "Extension",
			})
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Canonical != list[j].Canonical {
			return list[i].Canonical < list[j].Canonical
		}
		return list[i].Version < list[j].Version
	})
	return list
}

// ukCore is the start of the canonicals of UK Core's profiles.
const ukCore = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"

// DefaultProfile returns the canonical of the UK Core profile that judges a type of resource when nothing more specific
// is asked for, UKCore-<Type>, and whether it is loaded.
func (r *Registry) DefaultProfile(resourceType string) (string, bool) {
	canonical := ukCore + resourceType
	for at := r; at != nil; at = at.parent {
		if at.set.Has("StructureDefinition", canonical) {
			return canonical, true
		}
	}
	return "", false
}

// UnknownProfileError says that a resource was to be judged against a profile that is not loaded.
type UnknownProfileError struct {
	// Canonical is the profile that was asked for; Near lists loaded profiles with similar names.
	Canonical string
	Near      []string
}

// Error names the profile, and those that may have been meant.
func (e *UnknownProfileError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("profile %s is not loaded; load the package that defines it", e.Canonical)
	}
	return fmt.Sprintf("profile %s is not loaded; did you mean %s?", e.Canonical, strings.Join(e.Near, " or "))
}

// near lists up to three loaded profiles whose last path part is most like that of the canonical.
func (r *Registry) near(canonical string) []string {
	named := map[string][]string{}
	var names []string
	for _, p := range r.Profiles() {
		name := lastPart(p.Canonical)
		for _, known := range []string{name, strings.TrimPrefix(name, "UKCore-")} {
			names = append(names, known)
			named[known] = append(named[known], p.Canonical)
		}
	}
	var urls []string
	for _, name := range suggest.Nearest(lastPart(canonical), names, len(names)) {
		for _, url := range named[name] {
			if !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	return urls[:min(len(urls), 3)]
}

func lastPart(canonical string) string {
	url, _ := definition.SplitCanonical(canonical)
	return url[strings.LastIndexByte(url, '/')+1:]
}

// ValueSet returns the value set with the canonical, or nil.
func (r *Registry) ValueSet(canonical string) (*definition.ValueSet, error) {
	return find(r, canonical, (*definition.Set).ValueSet)
}

// CodeSystem returns the code system with the canonical, or nil. HL7's terminology only grows: where several releases of
// one of its systems are loaded, what any of them has counts, so that an older package takes nothing away.
func (r *Registry) CodeSystem(canonical string) (*definition.CodeSystem, error) {
	found, err := find(r, canonical, (*definition.Set).CodeSystem)
	if found == nil || err != nil || !strings.HasPrefix(canonical, hl7Terminology) || strings.Contains(canonical, "|") {
		return found, err
	}
	for at := r; at != nil; at = at.parent {
		tables, err := at.set.CodeSystems(canonical)
		if err != nil {
			return nil, err
		}
		for _, other := range tables {
			found = found.Union(other)
		}
	}
	return found, nil
}

// hl7Terminology is the start of the URLs of the code systems that HL7 maintains apart from FHIR.
const hl7Terminology = "http://terminology.hl7.org/"

// hasValueSet says whether there is a value set with the URL.
func (r *Registry) hasValueSet(url string) bool {
	for at := r; at != nil; at = at.parent {
		if at.set.HasValueSet(url) {
			return true
		}
	}
	return false
}

// systemOfOID returns the URL of the code system of HL7's that has an object identifier, or "".
func (r *Registry) systemOfOID(oid string) string {
	for at := r; at != nil; at = at.parent {
		if url := at.set.Catalog.SystemOfOID(oid); url != "" {
			return url
		}
	}
	return ""
}

// find asks the sets from the last added to the first. Where no version fits, the latest of any version does.
func find[T any](r *Registry, canonical string, in func(*definition.Set, string) (*T, error)) (*T, error) {
	for at := r; at != nil; at = at.parent {
		if found, err := in(at.set, canonical); found != nil || err != nil {
			return found, err
		}
	}
	if url, version := definition.SplitCanonical(canonical); version != "" {
		return find(r, url, in)
	}
	return nil, nil //nolint:nilnil // a definition that is not loaded is not an error
}

// global lists the profiles that loaded implementation guides say all resources of a type must meet.
func (r *Registry) global(resourceType string) []string {
	var list []string
	for at := r; at != nil; at = at.parent {
		list = append(list, at.globals()[resourceType]...)
	}
	return list
}

// readGlobals collects ImplementationGuide.global.
func (r *Registry) readGlobals() map[string][]string {
	var byType map[string][]string
	for _, sum := range r.set.Summaries("ImplementationGuide") {
		guide, err := r.set.Resource("ImplementationGuide", sum.URL)
		if err != nil {
			continue
		}
		list, _ := guide["global"].([]any)
		for _, item := range list {
			entry, _ := item.(map[string]any)
			typ, _ := entry["type"].(string)
			profile, _ := entry["profile"].(string)
			if typ == "" || profile == "" {
				continue
			}
			if byType == nil {
				byType = map[string][]string{}
			}
			byType[typ] = append(byType[typ], profile)
		}
	}
	return byType
}

type structureEntry struct {
	once      sync.Once
	structure *definition.Structure
	err       error
}

// structure returns the definition with the canonical and its snapshot, or nil if it is not loaded.
func (r *Registry) structure(canonical string) (*definition.Structure, error) {
	return r.structureWithin(canonical, nil)
}

var errCycle = errors.New("the definitions build on each other in a circle")

func (r *Registry) structureWithin(canonical string, path []string) (*definition.Structure, error) {
	found, err := r.set.Structure(canonical)
	if err != nil {
		return nil, err
	}
	if found == nil {
		if r.parent != nil {
			return r.parent.structureWithin(canonical, path)
		}
		return nil, nil //nolint:nilnil // a definition that is not loaded is not an error
	}
	if len(found.Snapshot) > 0 {
		return found, nil
	}
	for _, outer := range path {
		if outer == found.URL {
			return nil, fmt.Errorf("generate snapshot of %s: %w", found.URL, errCycle)
		}
	}
	path = append(path[:len(path):len(path)], found.URL)
	key := found.URL + "|" + found.Version
	entry, _ := r.structures.LoadOrStore(key, &structureEntry{})
	e := entry.(*structureEntry) //nolint:forcetypeassert // the map holds nothing else
	if len(path) > 1 {
		// Within another generation the entry may be waiting for this one, so it is not waited for.
		return r.generate(found, path)
	}
	e.once.Do(func() { e.structure, e.err = r.generate(found, path) })
	return e.structure, e.err
}

func (r *Registry) generate(s *definition.Structure, path []string) (*definition.Structure, error) {
	made := *s
	var err error
	made.Snapshot, err = definition.GenerateSnapshot(s, func(canonical string) (*definition.Structure, error) {
		return r.structureWithin(canonical, path)
	})
	if err != nil {
		return nil, err
	}
	return &made, nil
}
