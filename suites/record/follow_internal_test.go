package record

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// TestWhatIsFollowedIsWhatNothingElseNames lists what of a resource is read for what it is.
func TestWhatIsFollowedIsWhatNothingElseNames(t *testing.T) {
	to := func(reference string) map[string]any { return map[string]any{"reference": reference} }
	named := func(reference string) map[string]any {
		return map[string]any{"reference": reference, "identifier": map[string]any{"system": "s", "value": "1"}}
	}
	for name, c := range map[string]struct {
		value any
		want  []string
	}{
		"by an id":                         {to("Encounter/1"), []string{"Encounter/1"}},
		"by an id and an identifier":       {named("Encounter/1"), nil},
		"a person, by both":                {named("Patient/1"), []string{"Patient/1"}},
		"a medicine, by both":              {named("Medication/1"), []string{"Medication/1"}},
		"what is known":                    {to("Location/known"), nil},
		"what is contained":                {to("#1"), nil},
		"what has a name of its own":       {to("urn:uuid:00000000-0000-4000-8000-000000000001"), nil},
		"what is no reference":             {to("one of them"), nil},
		"by an identifier":                 {map[string]any{"identifier": map[string]any{"system": "s", "value": "1"}}, nil},
		"the same twice":                   {[]any{to("Encounter/1"), to("Encounter/1")}, []string{"Encounter/1"}},
		"two, at some depth":               {map[string]any{"a": []any{map[string]any{"b": to("Encounter/1")}, to("Encounter/2")}}, []string{"Encounter/1", "Encounter/2"}},
		"by a whole address, of any other": {to("https://a.example.test/fhir/Encounter/1"), []string{"Encounter/1"}},
	} {
		if got := (Names{"Location/known": "s|1"}).unknown(nil, nil, c.value); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestNoMoreIsFollowedThanIsBearable gives references without end.
func TestNoMoreIsFollowedThanIsBearable(t *testing.T) {
	system, asked := answering(t)
	resource := func(from, to int) fhir.Resource {
		var members []any
		for i := from; i < to; i++ {
			members = append(members, map[string]any{"reference": fmt.Sprintf("Encounter/%d", i)})
		}
		return fhir.Resource{"resourceType": "Observation", "id": "1", "hasMember": members}
	}
	if err := (Names{}).follow(t.Context(), system, []fhir.Resource{resource(0, followedAtMost-1), resource(1000, 1001), resource(2000, 2050)}); err != nil {
		t.Fatal(err)
	}
	if n := asked(); n != followedAtMost {
		t.Errorf("%d are read, want %d", n, followedAtMost)
	}
}

// TestAnIdentityIsTheSameInWhateverOrderItIsGiven compares what has two identifiers, and references to two.
func TestAnIdentityIsTheSameInWhateverOrderItIsGiven(t *testing.T) {
	one, two := map[string]any{"system": "s", "value": "1"}, map[string]any{"system": "s", "value": "2"}
	if identityOf(fhir.Resource{"identifier": []any{one, two}}) != identityOf(fhir.Resource{"identifier": []any{two, one}}) {
		t.Error("the order of identifiers makes another of it")
	}
	first, second := map[string]any{"identifier": one}, map[string]any{"identifier": two}
	if read(referenceRule(), first, second) != read(referenceRule(), second, first) {
		t.Error("the order of references makes others of them")
	}
}

// TestWhatHasNoIdentifierContradictsNone learns of a visit that nobody numbered, and refers to it with a number.
func TestWhatHasNoIdentifierContradictsNone(t *testing.T) {
	names := Names{}
	names.Learn([]fhir.Resource{{"resourceType": "Encounter", "id": "1"}})
	target := scope{names: names}.target(map[string]any{"reference": "Encounter/1", "identifier": map[string]any{"system": "s", "value": "1"}})
	if target != "s|1" {
		t.Errorf("it leads to %q", target)
	}
}

// answering is a system that has whatever visit it is asked for, and how often it was asked.
func answering(t *testing.T) (system *check.Endpoint, asked func() int64) {
	t.Helper()
	var count atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		w.Header().Set("Content-Type", "application/fhir+json")
		_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Encounter", "id": path.Base(r.URL.Path)})
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return check.NewEndpoint(client, "ccr", ""), count.Load
}
