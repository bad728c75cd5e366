package profiles_test

import (
	"slices"
	"testing"
)

// TestSearchParametersAreWhatTheirDefinitionsSay holds what a server offers, and what is derived from a search parameter, to the definition
// that it names.
func TestSearchParametersAreWhatTheirDefinitionsSay(t *testing.T) {
	r := with(t, `{"resourceType":"SearchParameter","url":"http://example.org/SearchParameter/colour","name":"colour","status":"active","description":"x","code":"colour","base":["Device"],"type":"token","expression":"Device.id"}`)
	offers := func(resource, name, typ, defined string) string {
		return `{"resourceType":"CapabilityStatement","status":"active","date":"2020-01-01","kind":"requirements","description":"x","fhirVersion":"4.0.1","format":["json"],"rest":[{"mode":"server",` +
			`"resource":[{"type":"` + resource + `","searchParam":[{"name":"` + name + `","type":"` + typ + `","definition":"` + defined + `"}]}]}]}`
	}
	derived := func(base, typ, from string) string {
		return `{"resourceType":"SearchParameter","url":"http://example.org/SearchParameter/own","name":"own","status":"active","description":"x","code":"own",` +
			`"base":["` + base + `"],"type":"` + typ + `","derivedFrom":"` + from + `"}`
	}
	const core = "http://hl7.org/fhir/SearchParameter/"
	offered := []string{"fhir-authoring CapabilityStatement.rest[0].resource[0].searchParam[0].type"}
	for resource, want := range map[string][]string{
		offers("Patient", "gender", "token", core+"individual-gender"):                    nil,
		offers("Patient", "gender", "string", core+"individual-gender|4.0.1"):             offered,
		offers("Patient", "active", "string", core+"Patient-active"):                      offered,
		offers("Patient", "_id", "string", core+"Resource-id"):                            offered,
		offers("Patient", "_lastUpdated", "date", core+"Resource-lastUpdated"):            nil,
		offers("Patient", "own", "string", "http://example.org/SearchParameter/unknown"):  nil,
		offers("Device", "colour", "string", "http://example.org/SearchParameter/colour"): offered,
		offers("Observation", "code", "token", core+"clinical-code"):                      nil,
		derived("Patient", "token", core+"individual-gender"):                             nil,
		derived("Patient", "string", core+"individual-gender"):                            {"fhir-authoring SearchParameter.type"},
		derived("Observation", "token", core+"individual-gender"):                         {"fhir-authoring SearchParameter.base[0]"},
		derived("Patient", "token", "http://example.org/SearchParameter/colour"):          {"fhir-authoring SearchParameter.base[0]"},
		derived("Patient", "date", core+"Resource-lastUpdated"):                           nil,
		derived("Patient", "token", core+"nothing-like-it"):                               nil,
	} {
		if got := judge(t, r, resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}
