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
		// A slip in the URL of the extension: RcordingSetting.
		"Extension-UKCore-RecordingSetting-Example.json": {"fhir-extension Observation.extension[0]"},
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
		"ActivityDefinition-blood-tubes-supply.json":        "txt-2 ActivityDefinition.text.div",                                            // the div is empty
		"ActivityDefinition-heart-valve-replacement.json":   "txt-2 ActivityDefinition.text.div",                                            // the div is empty
		"EventDefinition-example.json":                      "txt-2 EventDefinition.text.div",                                               // the div is empty
		"Questionnaire-zika-virus-exposure-assessment.json": "txt-2 Questionnaire.text.div",                                                 // the div is empty
		"DeviceMetric-example.json":                         "fhir-reference-target DeviceMetric.parent",                                    // leads to a DeviceDefinition
		"DeviceUseStatement-example.json":                   "fhir-reference-target DeviceUseStatement.reasonReference[0]",                  // leads to a Procedure
		"MedicationRequest-medrx0301.json":                  "fhir-reference-target MedicationRequest.dispenseRequest.performer",            // leads to a Practitioner
		"Observation-clinical-gender.json":                  "fhir-reference-target Observation.performer[0]",                               // leads to an Encounter
		"Library-zika-virus-intervention-logic.json":        "fhir-reference Library.relatedArtifact[0].resource",                           // a canonical that is relative
		"PlanDefinition-example-cardiology-os.json":         "fhir-reference PlanDefinition.contained[11].item[0].answerValueSet",           // nothing has the id
		"TerminologyCapabilities-example.json":              "fhir-format TerminologyCapabilities.url",                                      // a UUID in upper case
		"Bundle-lri-example.json":                           "fhir-bundle Bundle.entry[1]",                                                  // the ids of the full URLs are not those of the resources
		"Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json":  "fhir-bundle Bundle.entry[2]",                                                  // fullUrl of another Patient
		"Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json":  "fhir-bundle Bundle.entry[3]",                                                  // fullUrl of another Patient
		"Questionnaire-qs1.json":                            "fhir-required Questionnaire.item[0].item[0]",                                  // no linkId
		"Bundle-conceptmaps.json":                           "fhir-concept-map Bundle.entry[7].resource.group[0].element[3].target[0].code", // a code that the system it maps to does not have
		"Bundle-hla-1.json":                                 "fhir-extension Bundle.entry[0].resource.extension[1].extension[1]",            // a part that the extension does not have
		"DiagnosticReport-example-pgx.json":                 "fhir-attachment DiagnosticReport.presentedForm[0]",                            // a hash that is not that of the data
		"Organization-2.16.840.1.113883.19.5.json":          "fhir-system Organization.identifier[0].value",                                 // no full URI
		// A code that R4's code system of drug forms does not have (Vial, Tab and the like), or of URIs that is none.
		"Contract-C-123.json":                        "fhir-code Contract.term[0].asset[0].type[0].coding[0].code",
		"Contract-INS-101.json":                      "fhir-code Contract.term[0].asset[0].type[0].coding[0].code",
		"Medication-med0304.json":                    "fhir-code Medication.ingredient[0].strength.denominator.code",
		"Medication-med0309.json":                    "fhir-code Medication.ingredient[0].strength.denominator.code",
		"MedicationAdministration-medadmin0312.json": "fhir-code MedicationAdministration.dosage.dose.code",
		"MedicationDispense-meddisp0301.json":        "fhir-code MedicationDispense.quantity.code",
		"MedicationDispense-meddisp0325.json":        "fhir-code MedicationDispense.dosageInstruction[0].doseAndRate[0].dose.ofType(Quantity).code",
		"MedicationRequest-medrx0313.json":           "fhir-code MedicationRequest.dispenseRequest.quantity.code",
		"MedicationRequest-medrx0314.json":           "fhir-code MedicationRequest.dispenseRequest.quantity.code",
		"MedicationRequest-medrx0327.json":           "fhir-code MedicationRequest.dosageInstruction[0].doseAndRate[0].dose.ofType(Quantity).code",
		"MedicationStatement-example001.json":        "fhir-code MedicationStatement.contained[0].ingredient[0].strength.denominator.code",
		"MedicationStatement-example002.json":        "fhir-code MedicationStatement.contained[0].ingredient[0].strength.denominator.code",
		"MedicationStatement-example003.json":        "fhir-code MedicationStatement.dosage[0].doseAndRate[0].dose.ofType(Quantity).code",
		// Canonicals that are relative: R4 wants canonical URLs to be absolute.
		"ActivityDefinition-administer-zika-virus-exposure-assessment.json": "fhir-reference ActivityDefinition.relatedArtifact[1].resource",
		"ActivityDefinition-provide-mosquito-prevention-advice.json":        "fhir-reference ActivityDefinition.library[0]",
		"ActivityDefinition-referralPrimaryCareMentalHealth-initial.json":   "fhir-reference ActivityDefinition.relatedArtifact[1].resource",
		"ActivityDefinition-referralPrimaryCareMentalHealth.json":           "fhir-reference ActivityDefinition.relatedArtifact[1].resource",
		"ActivityDefinition-serum-zika-dengue-virus-igm.json":               "fhir-reference ActivityDefinition.relatedArtifact[1].resource",
		"Library-composition-example.json":                                  "fhir-reference Library.relatedArtifact[0].resource",
		"Library-example.json":                                              "fhir-reference Library.relatedArtifact[0].resource",
		"Library-library-cms146-example.json":                               "fhir-reference Library.relatedArtifact[0].resource",
		"Library-library-exclusive-breastfeeding-cds-logic.json":            "fhir-reference Library.relatedArtifact[0].resource",
		"Library-library-exclusive-breastfeeding-cqm-logic.json":            "fhir-reference Library.relatedArtifact[0].resource",
		"Library-library-fhir-helpers-predecessor.json":                     "fhir-reference Library.relatedArtifact[0].resource",
		"Library-library-fhir-helpers.json":                                 "fhir-reference Library.relatedArtifact[0].resource",
		"Library-omtk-logic.json":                                           "fhir-reference Library.relatedArtifact[0].resource",
		"Library-opioidcds-common.json":                                     "fhir-reference Library.relatedArtifact[1].resource",
		"Library-opioidcds-recommendation-04.json":                          "fhir-reference Library.relatedArtifact[1].resource",
		"Library-opioidcds-recommendation-05.json":                          "fhir-reference Library.relatedArtifact[1].resource",
		"Library-opioidcds-recommendation-07.json":                          "fhir-reference Library.relatedArtifact[1].resource",
		"Library-opioidcds-recommendation-08.json":                          "fhir-reference Library.relatedArtifact[1].resource",
		"Library-opioidcds-recommendation-10.json":                          "fhir-reference Library.relatedArtifact[1].resource",
		"Library-opioidcds-recommendation-11.json":                          "fhir-reference Library.relatedArtifact[1].resource",
		"Library-suiciderisk-orderset-logic.json":                           "fhir-reference Library.relatedArtifact[1].resource",
		"Measure-composite-example.json":                                    "fhir-reference Measure.relatedArtifact[0].resource",
		"Measure-measure-cms146-example.json":                               "fhir-reference Measure.library[0]",
		"Measure-measure-exclusive-breastfeeding.json":                      "fhir-reference Measure.relatedArtifact[12].resource",
		"Measure-measure-predecessor-example.json":                          "fhir-reference Measure.relatedArtifact[12].resource",
		"MeasureReport-measurereport-cms146-cat1-example.json":              "fhir-reference MeasureReport.measure",
		"MeasureReport-measurereport-cms146-cat2-example.json":              "fhir-reference MeasureReport.measure",
		"MeasureReport-measurereport-cms146-cat3-example.json":              "fhir-reference MeasureReport.measure",
		"MessageDefinition-patient-link-notification.json":                  "fhir-reference MessageDefinition.base",
		"MessageDefinition-patient-link-response.json":                      "fhir-reference MessageDefinition.base",
		"PlanDefinition-chlamydia-screening-intervention.json":              "fhir-reference PlanDefinition.library[0]",
		"PlanDefinition-exclusive-breastfeeding-intervention-01.json":       "fhir-reference PlanDefinition.relatedArtifact[0].resource",
		"PlanDefinition-exclusive-breastfeeding-intervention-02.json":       "fhir-reference PlanDefinition.relatedArtifact[0].resource",
		"PlanDefinition-exclusive-breastfeeding-intervention-03.json":       "fhir-reference PlanDefinition.relatedArtifact[0].resource",
		"PlanDefinition-exclusive-breastfeeding-intervention-04.json":       "fhir-reference PlanDefinition.relatedArtifact[0].resource",
		"PlanDefinition-low-suicide-risk-order-set.json":                    "fhir-reference PlanDefinition.relatedArtifact[1].resource",
		"PlanDefinition-opioidcds-04.json":                                  "fhir-reference PlanDefinition.library[0]",
		"PlanDefinition-opioidcds-05.json":                                  "fhir-reference PlanDefinition.library[0]",
		"PlanDefinition-opioidcds-07.json":                                  "fhir-reference PlanDefinition.library[0]",
		"PlanDefinition-opioidcds-08.json":                                  "fhir-reference PlanDefinition.library[0]",
		"PlanDefinition-opioidcds-10.json":                                  "fhir-reference PlanDefinition.library[0]",
		"PlanDefinition-opioidcds-11.json":                                  "fhir-reference PlanDefinition.library[0]",
		"PlanDefinition-zika-virus-intervention-initial.json":               "fhir-reference PlanDefinition.relatedArtifact[1].resource",
		"PlanDefinition-zika-virus-intervention.json":                       "fhir-reference PlanDefinition.relatedArtifact[1].resource",
		"Procedure-f201.json":                                               "fhir-reference Procedure.instantiatesCanonical[0]",
		"Questionnaire-phq-9-questionnaire.json":                            "fhir-reference Questionnaire.extension[0].value.ofType(canonical)",
		"QuestionnaireResponse-gcs.json":                                    "fhir-reference QuestionnaireResponse.questionnaire",
		"QuestionnaireResponse-ussg-fht-answers.json":                       "fhir-reference QuestionnaireResponse.questionnaire",
		"RequestGroup-kdn5-example.json":                                    "fhir-reference RequestGroup.instantiatesCanonical[0]",
		"TestScript-testscript-example-history.json":                        "fhir-reference TestScript.metadata.capability[0].capabilities",
		"TestScript-testscript-example-multisystem.json":                    "fhir-reference TestScript.metadata.capability[0].capabilities",
		"TestScript-testscript-example-readtest.json":                       "fhir-reference TestScript.metadata.capability[0].capabilities",
		"TestScript-testscript-example-search.json":                         "fhir-reference TestScript.metadata.capability[0].capabilities",
		"TestScript-testscript-example-update.json":                         "fhir-reference TestScript.metadata.capability[0].capabilities",
		"TestScript-testscript-example.json":                                "fhir-reference TestScript.metadata.capability[0].capabilities",
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
