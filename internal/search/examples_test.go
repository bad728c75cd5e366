package search

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
)

// examples indexes the example resources of FHIR R4, or skips the test when they are not at hand.
func examples(t *testing.T) *Index {
	t.Helper()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	file, err := os.Open(filepath.Join(shared, "data", "packages", "hl7.fhir.r4.examples-4.0.1.tgz"))
	if err != nil {
		if strings.Contains(os.Getenv("CONCORD_REQUIRE"), "shared") {
			t.Fatalf("the FHIR R4 examples are required: %v", err)
		}
		t.Skipf("the FHIR R4 examples are not at hand: %v", err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	ix := NewIndex(Options{})
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return ix
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Size > 500_000 || !strings.HasSuffix(header.Name, ".json") {
			continue // the definitions of FHIR itself are among the examples
		}
		decoder := json.NewDecoder(archive)
		decoder.UseNumber()
		var resource fhir.Resource
		if decoder.Decode(&resource) == nil && isType(resource.Type()) && resource.ID() != "" {
			if err := ix.Put(resource); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// valueOf makes a search value of an element; "" when the element has none a search could be for.
func valueOf(kind Kind, p *path, element any) string {
	literal := strings.NewReplacer(`\`, `\\`, ",", `\,`, "|", `\|`, "$", `\$`).Replace
	value, _ := object(element)
	text := func(steps ...any) string { return literal(fhir.Text(fhir.Get(value, steps...))) }
	token := func(system, code string) string {
		switch {
		case code == "":
			return ""
		case system == "":
			return code
		}
		return system + "|" + code
	}
	switch {
	case kind == Token && p.typ == "Coding":
		return token(text("system"), text("code"))
	case kind == Token && p.typ == "CodeableConcept":
		return token(text("coding", 0, "system"), text("coding", 0, "code"))
	case kind == Token && p.typ == "Identifier":
		return token(text("system"), text("value"))
	case kind == Token && p.typ == "ContactPoint":
		return text("value")
	case kind == Token && p.typ == "code" && p.system != "":
		return token(p.system, literal(fhir.Text(element)))
	case kind == Date && p.typ == "Period":
		if start := text("start"); start != "" {
			return "ge" + start
		}
		return ""
	case kind == Date && p.typ == "Timing":
		if event := text("event", 0); event != "" {
			return "ge" + event
		}
		return ""
	case kind == Quantity && (p.typ == "Range" || p.typ == "SampledData" || text("comparator") != ""):
		return ""
	case kind == Quantity && text("code") != "" && text("system") != "":
		return text("value") + "|" + text("system") + "|" + text("code")
	case kind == Quantity:
		return text("value")
	case kind == String && p.typ == "HumanName":
		return text("family")
	case kind == String && p.typ == "Address":
		return text("city")
	case kind == Reference && p.typ == "Reference":
		ref, ok := fhir.ParseReference(fhir.Text(value["reference"]))
		if !ok || ref.Fragment != "" || p.only != "" && ref.Type != p.only {
			return ""
		}
		return text("reference")
	}
	return literal(fhir.Text(element))
}

// TestEveryExampleIsFoundByItsOwnValues searches for what the examples say, by every parameter they have a value for.
func TestEveryExampleIsFoundByItsOwnValues(t *testing.T) {
	ix := examples(t)
	asked, used, resources := 0, 0, 0
	for _, typ := range Types() {
		resources += ix.Len(typ)
		for _, parameter := range Parameters(typ) {
			before := asked
			for resource := range ix.All(typ) {
				if asked-before >= 5 {
					break // enough of one parameter
				}
				for i := range parameter.paths {
					p := &parameter.paths[i]
					p.find(resource, func(element any) bool {
						value := valueOf(parameter.Kind, p, element)
						if value == "" || parameter.Kind == Composite || parameter.Kind == String && normalize(value) == "" {
							return false
						}
						query := parameter.Code + "=" + url.QueryEscape(value)
						q, err := Parse(typ, query, Options{Handling: Strict})
						if err != nil {
							t.Errorf("%s?%s: %v", typ, query, err)
							return true
						}
						if asked++; !q.Match(resource, ix) {
							t.Errorf("%s?%s does not find %s", typ, query, resource.ID())
						}
						matches, err := ix.Matches(context.Background(), q)
						found := false
						for _, match := range matches {
							found = found || match.ID() == resource.ID()
						}
						if err != nil || !found {
							t.Errorf("%s?%s does not find %s among %d (%v)", typ, query, resource.ID(), len(matches), err)
						}
						return true // one value of each path is enough
					})
				}
			}
			if asked > before {
				used++
			}
		}
	}
	t.Logf("%d searches by %d parameters over %d examples", asked, used, resources)
	if asked < 3_500 || used < 1_000 {
		t.Errorf("only %d searches by %d parameters over %d examples", asked, used, resources)
	}
}
