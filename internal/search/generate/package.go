package main

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
)

// searchParameter is the part of a SearchParameter resource the tables need.
type searchParameter struct {
	ID         string   `json:"id"`
	URL        string   `json:"url"`
	Code       string   `json:"code"`
	Type       string   `json:"type"`
	Base       []string `json:"base"`
	Target     []string `json:"target"`
	Expression string   `json:"expression"`
	Component  []struct {
		Definition string `json:"definition"`
		Expression string `json:"expression"`
	} `json:"component"`
}

// element is the part of an ElementDefinition the tables need.
type element struct {
	Path             string `json:"path"`
	SliceName        string `json:"sliceName"`
	Min              int    `json:"min"`
	IsSummary        bool   `json:"isSummary"`
	ContentReference string `json:"contentReference"`
	Type             []struct {
		Code          string   `json:"code"`
		TargetProfile []string `json:"targetProfile"`
	} `json:"type"`
	Binding struct {
		Strength string `json:"strength"`
		ValueSet string `json:"valueSet"`
	} `json:"binding"`
}

type structureDefinition struct {
	Type       string `json:"type"`
	Kind       string `json:"kind"`
	Abstract   bool   `json:"abstract"`
	Derivation string `json:"derivation"`
	Snapshot   struct {
		Element []element `json:"element"`
	} `json:"snapshot"`
}

type valueSet struct {
	URL     string `json:"url"`
	Compose struct {
		Include []struct {
			System   string   `json:"system"`
			ValueSet []string `json:"valueSet"`
		} `json:"include"`
	} `json:"compose"`
}

// definitions is what is read from the core package.
type definitions struct {
	parameters []searchParameter
	resources  []string
	elements   map[string]element
	children   map[string][]element
	valueSets  map[string]valueSet
}

// readDefinitions reads SearchParameters, base StructureDefinitions and ValueSets from hl7.fhir.r4.core-4.0.1.tgz.
func readDefinitions(dir string) (*definitions, error) {
	defs := &definitions{elements: map[string]element{}, children: map[string][]element{}, valueSets: map[string]valueSet{}}
	name := filepath.Join(dir, "hl7.fhir.r4.core-4.0.1.tgz")
	file, err := os.Open(name) //nolint:gosec // the path is the developer's own argument
	if err != nil {
		return nil, fmt.Errorf("open core package: %w", err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	archive := tar.NewReader(unzipped)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return defs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if err := defs.add(filepath.Base(header.Name), archive); err != nil {
			return nil, fmt.Errorf("read %s in %s: %w", header.Name, name, err)
		}
	}
}

func (d *definitions) add(name string, content io.Reader) error {
	kind, _, _ := strings.Cut(name, "-")
	switch kind {
	case "SearchParameter":
		var parameter searchParameter
		if err := json.NewDecoder(content).Decode(&parameter); err != nil {
			return err
		}
		if !strings.HasPrefix(parameter.ID, "example") { // the examples of how to write one redefine real codes
			d.parameters = append(d.parameters, parameter)
		}
	case "ValueSet":
		var set valueSet
		if err := json.NewDecoder(content).Decode(&set); err != nil {
			return err
		}
		d.valueSets[set.URL] = set
	case "StructureDefinition":
		var structure structureDefinition
		if err := json.NewDecoder(content).Decode(&structure); err != nil {
			return err
		}
		d.addStructure(structure)
	}
	return nil
}

func (d *definitions) addStructure(structure structureDefinition) {
	if structure.Derivation == "constraint" {
		return
	}
	if structure.Kind == "resource" && !structure.Abstract {
		d.resources = append(d.resources, structure.Type)
	}
	for _, e := range structure.Snapshot.Element {
		if e.SliceName != "" {
			continue
		}
		d.elements[e.Path] = e
		if parent := strings.LastIndexByte(e.Path, '.'); parent > 0 {
			d.children[e.Path[:parent]] = append(d.children[e.Path[:parent]], e)
		}
	}
}

// systemOf returns the one code system a required binding draws its codes from, or "" when there is none or several:
// only then is the system of a code element implied.
func (d *definitions) systemOf(e element) string {
	if e.Binding.Strength != "required" {
		return ""
	}
	url, _, _ := strings.Cut(e.Binding.ValueSet, "|")
	systems := map[string]bool{}
	for _, include := range d.valueSets[url].Compose.Include {
		if include.System == "" || len(include.ValueSet) > 0 {
			return ""
		}
		systems[include.System] = true
	}
	if len(systems) != 1 {
		return ""
	}
	for system := range systems {
		return system
	}
	return ""
}
