// Package fhirpathtest builds models of FHIR types for tests: a small one written by hand, and that of FHIR R4 from the core package.
package fhirpathtest

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/internal/fhirpath"
)

const corePackage = "data/packages/hl7.fhir.r4.core-4.0.1.tgz"

// SharedFile finds a file of the shared folder, which is beside the module or named by CONCORD_SHARED. Without it the test is skipped,
// or fails when CONCORD_REQUIRE lists "shared".
func SharedFile(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv("CONCORD_SHARED")
	if dir == "" {
		root, err := moduleRoot()
		if err != nil {
			tb.Fatal(err)
		}
		dir = filepath.Join(root, "..", "shared")
	}
	file := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(file); err != nil { //nolint:gosec // tests say where their files are
		if strings.Contains(os.Getenv("CONCORD_REQUIRE"), "shared") {
			tb.Fatalf("the shared file %s is required: %v", name, err)
		}
		tb.Skipf("the shared file %s is not at hand", name)
	}
	return file
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module root: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the module root: no go.mod above the working directory")
		}
		dir = parent
	}
}

// Core gives the types of FHIR R4 from the core package in the shared folder, or skips the test.
func Core(tb testing.TB) *fhirpath.Types {
	tb.Helper()
	model, err := Load(SharedFile(tb, corePackage))
	if err != nil {
		tb.Fatal(err)
	}
	return fhirpath.NewTypes(model)
}

// Model is a model held in a map.
type Model map[string]fhirpath.Definition

// Define finds a type by name.
func (m Model) Define(name string) (fhirpath.Definition, bool) {
	d, ok := m[name]
	return d, ok
}

// Load reads the types of a FHIR package file (.tgz) from the snapshots of its StructureDefinitions.
func Load(file string) (Model, error) {
	model := Model{}
	err := visit(file, "StructureDefinition-", func(b []byte) error {
		var sd structureDefinition
		if err := json.Unmarshal(b, &sd); err != nil {
			return fmt.Errorf("decode a StructureDefinition: %w", err)
		}
		if sd.Derivation != "constraint" && sd.Kind != "logical" {
			model.add(sd)
		}
		return nil
	})
	return model, err
}

// visit calls a function with the content of each file of a package whose name has the prefix.
func visit(file, prefix string, use func([]byte) error) error {
	f, err := os.Open(file) //nolint:gosec // a test names the file
	if err != nil {
		return fmt.Errorf("open package: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("read package %s: %w", file, err)
	}
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read package %s: %w", file, err)
		}
		if !strings.HasPrefix(filepath.Base(h.Name), prefix) || !strings.HasSuffix(h.Name, ".json") {
			continue
		}
		b, err := io.ReadAll(t)
		if err != nil {
			return fmt.Errorf("read %s: %w", h.Name, err)
		}
		if err := use(b); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

// Constraint is an invariant of a StructureDefinition.
type Constraint struct {
	Path       string // of the element it stands on
	Key        string
	Severity   string
	Expression string
}

// Constraints lists the FHIRPath constraints of the types in a FHIR package file, by the path of their element, in file order.
func Constraints(file string) (map[string][]Constraint, error) {
	out := map[string][]Constraint{}
	err := visit(file, "StructureDefinition-", func(b []byte) error {
		var sd structureDefinition
		if err := json.Unmarshal(b, &sd); err != nil {
			return fmt.Errorf("decode a StructureDefinition: %w", err)
		}
		if sd.Derivation == "constraint" || sd.Kind == "logical" {
			return nil
		}
		for _, e := range sd.Snapshot.Element {
			for _, c := range e.Constraint {
				if c.Expression != "" {
					out[e.Path] = append(out[e.Path], Constraint{e.Path, c.Key, c.Severity, c.Expression})
				}
			}
		}
		return nil
	})
	return out, err
}

// Resources calls a function with the name and content of each resource of a FHIR package file.
func Resources(file string, use func(name string, content []byte) error) error {
	return visit(file, "", func(b []byte) error { return use(file, b) })
}

type structureDefinition struct {
	Kind           string
	Type           string
	BaseDefinition string
	Derivation     string
	Snapshot       struct{ Element []elementDefinition }
}

type elementDefinition struct {
	Path             string
	ContentReference string
	Constraint       []struct{ Key, Severity, Expression string }
	Type             []struct {
		Code      string
		Extension []struct{ URL, ValueURL, ValueString string }
	}
}

// add turns the snapshot of a type into definitions of it and of its backbone elements.
func (m Model) add(sd structureDefinition) {
	elements := sd.Snapshot.Element
	parents := map[string]bool{}
	for _, e := range elements {
		if i := strings.LastIndex(e.Path, "."); i > 0 {
			parents[e.Path[:i]] = true
		}
	}
	for _, e := range elements {
		def := fhirpath.Definition{Name: e.Path, Base: e.code()}
		if e.Path == sd.Type {
			def.Base = filepath.Base(sd.BaseDefinition)
			if sd.BaseDefinition == "" {
				def.Base = ""
			}
			def.Primitive = sd.Kind == "primitive-type"
		} else if !parents[e.Path] {
			continue
		}
		for _, child := range elements {
			if rest, ok := strings.CutPrefix(child.Path, e.Path+"."); ok && !strings.Contains(rest, ".") {
				d := child.define(rest, parents[child.Path])
				if sd.Kind == "resource" && child.Path == sd.Type+".id" {
					d.Types = []string{"id"} // declared as a string in R4, but of the form of an id
				}
				def.Elements = append(def.Elements, d)
			}
		}
		if def.Primitive { // the value of a primitive is not a child in JSON
			def.Elements = def.Elements[:2]
		}
		m[e.Path] = def
	}
}

func (e elementDefinition) code() string {
	if len(e.Type) == 0 {
		return ""
	}
	for _, x := range e.Type[0].Extension {
		if strings.HasSuffix(x.URL, "/structuredefinition-fhir-type") {
			return x.ValueURL + x.ValueString
		}
	}
	return e.Type[0].Code
}

func (e elementDefinition) define(name string, backbone bool) fhirpath.ElementDefinition {
	def := fhirpath.ElementDefinition{Name: strings.TrimSuffix(name, "[x]"), Choice: strings.HasSuffix(name, "[x]")}
	switch {
	case e.ContentReference != "":
		def.Types = []string{e.ContentReference[strings.IndexByte(e.ContentReference, '#')+1:]}
	case backbone:
		def.Types = []string{e.Path}
	case def.Choice:
		for _, t := range e.Type {
			def.Types = append(def.Types, t.Code)
		}
	default:
		def.Types = []string{e.code()}
	}
	return def
}
