package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"concord.example/concord/profiles/definition"
)

// terminologyArchive is the release of HL7's code systems that are maintained apart from FHIR.
const terminologyArchive = "hl7.terminology.r4-7.0.1.tgz"

// catalog returns the code systems of the core package and of HL7's terminology, and the URLs of their value sets. A
// code system that both have is that of the terminology, which is the later, with what only the core package has.
func catalog(folder string, core *definition.Set) (file, error) {
	later := definition.NewSet()
	if err := later.AddPath(filepath.Join(folder, terminologyArchive)); err != nil {
		return file{}, err
	}
	byURL := map[string]*definition.CodeSystem{}
	var sets []string
	for _, set := range []*definition.Set{core, later} {
		for _, sum := range set.Summaries("ValueSet") {
			sets = append(sets, sum.URL)
		}
		for _, sum := range sorted(set.Summaries("CodeSystem")) {
			c, err := set.CodeSystem(sum.URL)
			if err != nil {
				return file{}, fmt.Errorf("generate: %w", err)
			}
			if c == nil {
				continue // its URL has a fragment, so that nothing can name it
			}
			if !ownedByHL7(c.URL) && c.Content == "complete" {
				// The owner may have added codes since HL7 took its copy.
				c.Content = "fragment"
			}
			for i := range c.Concepts {
				c.Concepts[i].Designations = nil
			}
			if earlier := byURL[c.URL]; earlier != nil {
				c = c.Union(earlier)
			}
			byURL[c.URL] = c
		}
	}
	list := make([]*definition.CodeSystem, 0, len(byURL))
	for _, c := range byURL {
		list = append(list, c)
	}
	var out bytes.Buffer
	if err := definition.WriteCatalog(&out, list, sets); err != nil {
		return file{}, fmt.Errorf("generate: %w", err)
	}
	return file{"hl7.catalog", out.Bytes(), len(list)}, nil
}

func ownedByHL7(url string) bool {
	host := strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://")
	host, _, _ = strings.Cut(host, "/")
	return host == "hl7.org" || strings.HasSuffix(host, ".hl7.org")
}
