package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"sort"

	"concord.example/concord/profiles/definition"
)

// source is one package and the pack that is made of it.
type source struct {
	archive string
	pack    string
	as      definition.Package
}

// sources lists what is embedded. The packs of UK Core carry the names under which HL7 UK publishes the sequences.
func sources() []source {
	return []source{
		{"hl7.fhir.r4.core-4.0.1.tgz", "r4.pack.gz", definition.Package{Name: "hl7.fhir.r4.core", Version: "4.0.1"}},
		{
			"fhir.r4.ukcore.stu3.develop-3.0.0-develop.tgz", "ukcore-stu3.pack.gz",
			definition.Package{Name: "fhir.r4.ukcore.stu3", Version: "3d2827e3"},
		},
		{
			"fhir.r4.ukcore.stu2.branch-2.0.0-branch.tgz", "ukcore-stu2.pack.gz",
			definition.Package{Name: "fhir.r4.ukcore.stu2", Version: "2.0.0-branch"},
		},
	}
}

type file struct {
	name   string
	data   []byte
	tables int
}

func generate(folder string) ([]file, error) {
	sets := make([]*definition.Set, len(sources()))
	for i, src := range sources() {
		sets[i] = definition.NewSet()
		if err := sets[i].AddPath(filepath.Join(folder, src.archive)); err != nil {
			return nil, err
		}
	}
	core, wanted := sets[0], map[string]bool{}
	var files []file
	for i := len(sets) - 1; i >= 0; i-- {
		set, src := sets[i], sources()[i]
		var later *definition.Set
		if set == core {
			later = definition.NewSet()
			if err := later.AddPath(filepath.Join(folder, extensionsArchive)); err != nil {
				return nil, err
			}
		}
		tables, err := structures(set, core, later, wanted)
		if err != nil {
			return nil, err
		}
		terminology, err := selectTerminology(set, wanted, set != core)
		if err != nil {
			return nil, err
		}
		tables = append(tables, terminology...)
		var out bytes.Buffer
		if err := definition.WritePack(&out, src.as, tables); err != nil {
			return nil, fmt.Errorf("generate %s: %w", src.pack, err)
		}
		files = append(files, file{src.pack, out.Bytes(), len(tables)})
	}
	codes, err := catalog(folder, core)
	if err != nil {
		return nil, err
	}
	return append(files, codes), nil
}

// extensionsArchive is the release of HL7's extensions that are maintained apart from FHIR.
const extensionsArchive = "hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1.tgz"

// laterContexts returns the places that an extension may be used in by its later definition and not by the earlier one.
func laterContexts(s *definition.Structure, later *definition.Set) ([]definition.Context, error) {
	l, err := later.Structure(s.URL)
	if err != nil {
		return nil, fmt.Errorf("generate: %w", err)
	}
	if l == nil || len(s.Contexts) == 0 {
		return nil, nil
	}
	var more []definition.Context
	for _, c := range l.Contexts {
		if !slices.Contains(s.Contexts, c) && !slices.Contains(more, c) {
			more = append(more, c)
		}
	}
	return more, nil
}

// structures returns the tables of the structure definitions and notes the value sets that they bind in wanted. Where
// later is given, extensions keep the places that it lets them be used in, too.
func structures(set, core, later *definition.Set, wanted map[string]bool) ([]definition.Table, error) {
	var tables []definition.Table
	for _, sum := range sorted(set.Summaries("StructureDefinition")) {
		if sum.Kind == "logical" {
			continue
		}
		s, err := set.Structure(sum.URL)
		if err != nil {
			return nil, fmt.Errorf("generate: %w", err)
		}
		if later != nil && s.Type == "Extension" {
			if s.LaterContexts, err = laterContexts(s, later); err != nil {
				return nil, err
			}
		}
		for _, elements := range [][]definition.Element{s.Snapshot, s.Differential} {
			for i := range elements {
				slim(&elements[i], wanted, set == core)
			}
		}
		withSnapshot := len(s.Snapshot) > 0 && !regenerates(set, s)
		tables = append(tables, definition.Table{Summary: sum, JSON: s.JSON(withSnapshot, !withSnapshot)})
	}
	return tables, nil
}

// regenerates says whether the differential of a profile gives the published snapshot, which then need not be embedded.
func regenerates(set *definition.Set, s *definition.Structure) bool {
	if s.Derivation != "constraint" || len(s.Differential) == 0 {
		return false
	}
	made := *s
	var err error
	made.Snapshot, err = definition.GenerateSnapshot(s, func(canonical string) (*definition.Structure, error) {
		return set.Structure(canonical)
	})
	if err != nil {
		return false
	}
	for i := range made.Snapshot {
		slim(&made.Snapshot[i], map[string]bool{}, true)
	}
	want, err1 := json.Marshal(s.JSON(true, false))
	got, err2 := json.Marshal(made.JSON(true, false))
	return err1 == nil && err2 == nil && bytes.Equal(want, got)
}

// slim drops the prose that the tables still hold, and the two invariants that hold for every element.
func slim(e *definition.Element, wanted map[string]bool, core bool) {
	// The tables that elements point to are shared between definitions, so they are copied before they change.
	e.Constraints = slices.DeleteFunc(slices.Clone(e.Constraints), func(c definition.Constraint) bool { return c.Key == "ele-1" || c.Key == "ext-1" })
	for i := range e.Constraints {
		e.Constraints[i].Human = ""
	}
	b := e.Binding
	if b == nil {
		return
	}
	if b.MaxValueSet != "" {
		note(b.MaxValueSet, wanted)
	}
	if b.Strength == "example" {
		e.Binding = nil
		return
	}
	// What core only prefers is too long to embed (thousands of LOINC codes) for a hint.
	if !core || b.Strength != "preferred" {
		note(b.ValueSet, wanted)
	}
}

func note(canonical string, wanted map[string]bool) {
	url, _ := definition.SplitCanonical(canonical)
	wanted[url] = true
}

// selectTerminology returns the value sets that are wanted, or all value sets and code systems. What a package draws on
// from the core package is noted as wanted, so the core package must come last; its code systems are in the catalog.
func selectTerminology(set *definition.Set, wanted map[string]bool, all bool) ([]definition.Table, error) {
	var tables []definition.Table
	seen := map[string]bool{}
	var visit func(url string) error
	visit = func(url string) error {
		if seen[url] {
			return nil
		}
		seen[url] = true
		wanted[url] = true
		v, err := set.ValueSet(url)
		if err != nil {
			return fmt.Errorf("generate: %w", err)
		}
		if v == nil {
			return nil
		}
		tables = append(tables, definition.Table{
			Summary: definition.Summary{Resource: "ValueSet", URL: v.URL, Version: v.Version, Name: v.Name, Status: v.Status},
			JSON:    slimValueSet(v).JSON(),
		})
		for _, s := range slices.Concat(v.Include, v.Exclude) {
			for _, other := range s.ValueSets {
				note(other, wanted)
				u, _ := definition.SplitCanonical(other)
				if err := visit(u); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, sum := range sorted(set.Summaries("ValueSet")) {
		if all || wanted[sum.URL] {
			if err := visit(sum.URL); err != nil {
				return nil, err
			}
		}
	}
	if !all {
		return tables, nil
	}
	for _, sum := range sorted(set.Summaries("CodeSystem")) {
		c, err := set.CodeSystem(sum.URL)
		if err != nil {
			return nil, fmt.Errorf("generate: %w", err)
		}
		tables = append(tables, definition.Table{
			Summary: definition.Summary{Resource: "CodeSystem", URL: c.URL, Version: c.Version, Name: c.Name, Status: c.Status},
			JSON:    slimCodeSystem(c).JSON(),
		})
	}
	return tables, nil
}

// slimValueSet drops the displays that the code systems give.
func slimValueSet(v *definition.ValueSet) *definition.ValueSet {
	if v.HasExpansion {
		return v
	}
	for _, selections := range [][]definition.Selection{v.Include, v.Exclude} {
		for i := range selections {
			for j := range selections[i].Codes {
				selections[i].Codes[j].Designations = nil
				selections[i].Codes[j].Display = ""
			}
		}
	}
	return v
}

// slimCodeSystem drops what the code system says in other words.
func slimCodeSystem(c *definition.CodeSystem) *definition.CodeSystem {
	for i := range c.Concepts {
		c.Concepts[i].Designations = nil
	}
	return c
}

func sorted(list []definition.Summary) []definition.Summary {
	sort.SliceStable(list, func(i, j int) bool {
		if list[i].URL != list[j].URL {
			return list[i].URL < list[j].URL
		}
		return list[i].Version < list[j].Version
	})
	return list
}
