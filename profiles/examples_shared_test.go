package profiles_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles"
)

// sharedData returns a path below the folder of official material, or skips the test when it is not at hand.
func sharedData(t testing.TB, parts ...string) string {
	t.Helper()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	name := filepath.Join(append([]string{shared, "data"}, parts...)...)
	if _, err := os.Stat(name); err != nil {
		if strings.Contains(os.Getenv("CONCORD_REQUIRE"), "shared") {
			t.Fatalf("official material is required but not at hand: %v", err)
		}
		t.Skipf("official material is not at hand (%v); name its folder with CONCORD_SHARED", err)
	}
	return name
}

// ukCoreProfile returns the UK Core profile that an example is of: the longest profile id that its file name starts with,
// else that of its type.
func ukCoreProfile(r *profiles.Registry, file, resourceType string) []string {
	best := ""
	for _, p := range r.Profiles() {
		id := p.Canonical[strings.LastIndexByte(p.Canonical, '/')+1:]
		if p.Type == resourceType && strings.HasPrefix(file, id) && strings.Contains(p.Canonical, "hl7.org.uk") && len(p.Canonical) > len(best) {
			best = p.Canonical
		}
	}
	if best == "" {
		best, _ = r.DefaultProfile(resourceType)
	}
	if best == "" {
		return nil
	}
	return []string{best}
}

// The examples of UK Core that do break its rules, and how.
func faultyUKCoreExamples() map[string][]string {
	return map[string][]string{
		// It gives a code where the extension asks for a CodeableConcept.
		"Extension-UKCore-ConditionEpisode-Example.json": {"fhir-choice Condition.extension[0].value"},
		"UKCore-Bundle-NEWS2Observations-Example.json":   relativeFullURLs(),
		// Its reference is a type with the URL of a profile in place of an id.
		"UKCore-Provenance-RARecordConsent-Example.json": {"fhir-reference Provenance.agent[0].onBehalfOf.reference"},
	}
}

// relativeFullURLs is what UKCore-Bundle-NEWS2Observations-Example breaks: each of its full URLs is relative.
func relativeFullURLs() []string {
	const entries = 8
	var list []string
	for i := range entries {
		list = append(list, fmt.Sprintf("fhir-bundle Bundle.entry[%d]", i))
	}
	return list
}

func TestUKCoreExamplesPass(t *testing.T) {
	dir := sharedData(t, "ukcore", "examples")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, faulty := registry(t), faultyUKCoreExamples()
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		resource, err := fhir.DecodeObject(data)
		if err != nil {
			t.Fatal(err)
		}
		resourceType, _ := resource["resourceType"].(string)
		findings, err := r.Validate(context.Background(), data, profiles.Options{Profiles: ukCoreProfile(r, f.Name(), resourceType)})
		if err != nil {
			t.Fatal(err)
		}
		if got := errorsOf(findings); !slices.Equal(got, faulty[f.Name()]) {
			t.Errorf("%s: got %v, want %v", f.Name(), got, faulty[f.Name()])
		}
	}
}

// The examples of FHIR R4 that do break its rules: the first finding, and why it is right.
func faultyR4Examples() map[string]string {
	return map[string]string{
		"ActivityDefinition-blood-tubes-supply.json":        "txt-2 ActivityDefinition.text.div",                                  // the div is empty
		"ActivityDefinition-heart-valve-replacement.json":   "txt-2 ActivityDefinition.text.div",                                  // the div is empty
		"EventDefinition-example.json":                      "txt-2 EventDefinition.text.div",                                     // the div is empty
		"Questionnaire-zika-virus-exposure-assessment.json": "txt-2 Questionnaire.text.div",                                       // the div is empty
		"DeviceMetric-example.json":                         "fhir-reference-target DeviceMetric.parent",                          // leads to a DeviceDefinition
		"DeviceUseStatement-example.json":                   "fhir-reference-target DeviceUseStatement.reasonReference[0]",        // leads to a Procedure
		"MedicationRequest-medrx0301.json":                  "fhir-reference-target MedicationRequest.dispenseRequest.performer",  // leads to a Practitioner
		"Observation-clinical-gender.json":                  "fhir-reference-target Observation.performer[0]",                     // leads to an Encounter
		"Library-zika-virus-intervention-logic.json":        "fhir-format Library.dataRequirement[0].codeFilter[0].valueSet",      // urn:oid:X.Y.Z
		"PlanDefinition-example-cardiology-os.json":         "fhir-reference PlanDefinition.contained[11].item[0].answerValueSet", // nothing has the id
		"TerminologyCapabilities-example.json":              "fhir-format TerminologyCapabilities.url",                            // a UUID in upper case
		"Bundle-lri-example.json":                           "fhir-bundle Bundle.entry[1]",                                        // the ids of the full URLs are not those of the resources
		"Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json":  "fhir-bundle Bundle.entry[2]",                                        // fullUrl of another Patient
		"Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json":  "fhir-bundle Bundle.entry[3]",                                        // fullUrl of another Patient
		"Questionnaire-qs1.json":                            "fhir-required Questionnaire.item[0].item[0]",                        // no linkId
	}
}

// definitional are the types whose examples are definitions; they are judged as data elsewhere.
func definitional(name string) bool {
	resourceType, _, _ := strings.Cut(name, "-")
	return slices.Contains([]string{
		"StructureDefinition", "ValueSet", "CodeSystem", "ConceptMap", "SearchParameter", "OperationDefinition",
		"CapabilityStatement", "CompartmentDefinition", "StructureMap", "NamingSystem", "ImplementationGuide",
	}, resourceType)
}

// r4Examples calls visit for each example of the official package that is not a definition and not over 300 kB.
func r4Examples(t testing.TB, visit func(name string, data []byte)) {
	t.Helper()
	file, err := os.Open(sharedData(t, "packages", "hl7.fhir.r4.examples-4.0.1.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(zip)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		name := path.Base(head.Name)
		if !strings.HasSuffix(name, ".json") || strings.HasPrefix(name, ".") || name == "package.json" || definitional(name) || head.Size > 300_000 {
			continue
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		visit(name, data)
	}
}

func TestR4ExamplesPass(t *testing.T) {
	r, err := profiles.Embedded(profiles.BaseOnly)
	if err != nil {
		t.Fatal(err)
	}
	faulty := faultyR4Examples()
	total := 0
	r4Examples(t, func(name string, data []byte) {
		total++
		findings, err := r.Validate(context.Background(), data, profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if list := errorsOf(findings); len(list) > 0 {
			got = list[0]
		}
		if got != faulty[name] {
			t.Errorf("%s: got %q, want %q", name, got, faulty[name])
		}
	})
	const least = 700
	if total < least {
		t.Errorf("only %d examples were found, want at least %d", total, least)
	}
}
