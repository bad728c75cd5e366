package profiles_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

const (
	entryPatient     = `{"fullUrl":"http://example.org/Patient/p","resource":{"resourceType":"Patient","id":"p","active":true}`
	entryObservation = `{"fullUrl":"http://example.org/Observation/o","resource":{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"},"valueString":"x"}`
	selfLink         = `"link":[{"relation":"self","url":"http://example.org/Observation?subject=Patient/p"}],`
)

func bundleOf(typ, more string, entries ...string) string {
	return `{"resourceType":"Bundle","type":"` + typ + `",` + more + `"entry":[` + strings.Join(entries, ",") + `]}`
}

func without(s, part string) string { return strings.Replace(s, part, "", 1) }

func TestAnEntryIsJudgedByTheTypeOfItsBundle(t *testing.T) {
	const (
		id       = `"fullUrl":"http://example.org/Patient/p",`
		observed = `"fullUrl":"http://example.org/Observation/o",`
		update   = `,"request":{"method":"PUT","url":"Observation/o"}}`
		match    = `,"search":{"mode":"match"}}`
		include  = `,"search":{"mode":"include"}}`
		create   = `,"request":{"method":"POST","url":"Patient"}}`
		outcome  = `"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"incomplete"}]}`
	)
	for _, c := range []struct {
		name, bundle string
		want         []string
	}{
		{"collection", bundleOf("collection", "", entryPatient+"}", entryObservation+"}"), nil},
		{"collection without an identity", bundleOf("collection", "", without(entryPatient, id)+"}"), []string{"fhir-bundle Bundle.entry[0]"}},
		{"transaction that creates", bundleOf("transaction", "", without(entryPatient, id)+create), nil},
		{"transaction that creates what refers to others", bundleOf("transaction", "", without(entryObservation, observed)+`,"request":{"method":"POST","url":"Observation"}}`), nil},
		{"update without an identity", bundleOf("transaction", "", without(entryObservation, observed)+update), []string{"fhir-bundle Bundle.entry[0]"}},
		{"update in a batch without an identity", bundleOf("batch", "", without(entryObservation, observed)+update), []string{"fhir-bundle Bundle.entry[0]"}},
		{"update with an identity", bundleOf("transaction", "", entryObservation+update), nil},
		{"update without an identity that refers to what it contains", bundleOf("transaction", "", strings.Replace(without(entryObservation, observed), `"subject":{"reference":"Patient/p"}`, `"contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"}`, 1)+update), nil},
		{"history of a creation", bundleOf("history", "", without(entryPatient, id)+create[:len(create)-1]+`,"response":{"status":"201"}}`), nil},
		{"search results", bundleOf("searchset", selfLink, entryObservation+match, entryPatient+include), nil},
		{"search result without an identity", bundleOf("searchset", selfLink, entryObservation+match, without(entryPatient, id)+include), []string{"fhir-bundle Bundle.entry[1]"}},
		{"search result without an id", bundleOf("searchset", selfLink, without(entryPatient, `"id":"p",`)+include), []string{"fhir-bundle Bundle.entry[0]", "fhir-bundle Bundle.entry[0].resource"}},
		{"match of another type", bundleOf("searchset", selfLink, entryPatient+match), []string{"fhir-bundle Bundle.entry[0].resource"}},
		{"match of a search over all types", bundleOf("searchset", `"link":[{"relation":"self","url":"http://example.org/fhir?_type=Patient"}],`, entryPatient+match), nil},
		{"match of another type than a search over several", bundleOf("searchset", `"link":[{"relation":"self","url":"http://example.org/fhir?_type=Observation,Person"}],`, entryPatient+match), []string{"fhir-bundle Bundle.entry[0].resource"}},
		{"match of one of the types searched", bundleOf("searchset", `"link":[{"relation":"self","url":"http://example.org/fhir/?_type=Observation,Patient"}],`, entryPatient+match), nil},
		{"what an operation answers", bundleOf("searchset", `"link":[{"relation":"self","url":"http://example.org/fhir/Patient/1/$everything?_type=Observation"}],`, entryPatient+match), nil},
		{"search by POST", bundleOf("searchset", `"link":[{"relation":"self","url":"http://example.org/Patient/_search?active=true"}],`, entryPatient+match), nil},
		{"outcome", bundleOf("searchset", selfLink, `{`+outcome+`,"search":{"mode":"outcome"}}`), nil},
		{"outcome as a match", bundleOf("searchset", selfLink, `{`+outcome+match), []string{"fhir-bundle Bundle.entry[0].resource"}},
		{"patient as an outcome", bundleOf("searchset", selfLink, entryPatient+`,"search":{"mode":"outcome"}}`), []string{"fhir-bundle Bundle.entry[0].resource"}},
		{"bare id as a reference", bundleOf("collection", "", entryPatient+"}", strings.Replace(entryObservation, "Patient/p", "p", 1)+"}"), []string{"fhir-reference Bundle.entry[1].resource.subject.reference"}},
		{"message without what it is about", bundleOf("message", "", `{"fullUrl":"http://example.org/MessageHeader/m","resource":{"resourceType":"MessageHeader","id":"m",
  "eventUri":"http://example.org/e","source":{"endpoint":"http://example.org"},"focus":[{"reference":"Patient/q"}]}}`, entryPatient+"}"), []string{"fhir-bundle Bundle.entry[0].resource.focus[0]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := judge(t, registry(t), c.bundle); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestABundleWarnsOfWhatItDoesNotSay(t *testing.T) {
	for _, c := range []struct{ name, bundle, want string }{
		{"no self link", bundleOf("searchset", "", entryPatient+"}"), "self link"},
		{"update without an identity", bundleOf("transaction", "", `{"resource":{"resourceType":"Patient","id":"p","active":true},"request":{"method":"PUT","url":"Patient/p"}}`), "should have a fullUrl"},
		{"reference across bases", bundleOf("collection", "", strings.Replace(entryPatient, "example.org", "example.com", 1)+"}", entryObservation+"}"), "does not go with"},
	} {
		findings, err := registry(t).Validate(context.Background(), []byte(c.bundle), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(findings, func(f result.Finding) bool {
			return f.Severity == result.SeverityWarning && strings.Contains(f.Message, c.want)
		})
		if !found || len(errorsOf(findings)) > 0 {
			t.Errorf("%s: got %v", c.name, findings)
		}
	}
}

func TestTheTypeOfAReferenceIsTheNameOfAType(t *testing.T) {
	for typ, want := range map[string][]string{
		"Organization": nil,
		"http://hl7.org/fhir/StructureDefinition/Organization": {"fhir-reference Patient.managingOrganization.type"},
		"http://example.org/Organization":                      {"fhir-reference Patient.managingOrganization.type"},
		"Patient":                                              {"fhir-reference-target Patient.managingOrganization"},
	} {
		got := judge(t, registry(t), `{"resourceType":"Patient","managingOrganization":{"display":"x","type":"`+typ+`"}}`)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", typ, got, want)
		}
	}
}
