package terminology_test

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// loaded is a source over definitions that are written out.
func loaded(t *testing.T, resources ...string) *terminology.Service {
	t.Helper()
	set := definition.NewSet()
	for _, text := range resources {
		m, err := fhir.DecodeObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := set.AddResource(m); err != nil || !kept {
			t.Fatalf("%s: %v, %v", text, kept, err)
		}
	}
	return terminology.NewService(set)
}

const animals = `{"resourceType":"CodeSystem","url":"http://example.org/animals","status":"active","content":"complete","concept":[
 {"code":"mammal","display":"Mammal","concept":[{"code":"dog","display":"Dog","designation":[{"value":"Hound"}]},{"code":"cat","concept":[{"code":"lion"}]}]},
 {"code":"bird","property":[{"code":"legs","valueInteger":2},{"code":"status","valueCode":"active"}]},
 {"code":"dodo","property":[{"code":"status","valueCode":"retired"}]},{"code":"auk","property":[{"code":"inactive","valueBoolean":true}]},
 {"code":"bat","property":[{"code":"subsumedBy","valueCode":"mammal"}]}]}`

func valueSet(compose string) string {
	return `{"resourceType":"ValueSet","url":"http://example.org/vs","status":"active","compose":` + compose + `}`
}

func TestMembership(t *testing.T) {
	const system = "http://example.org/animals"
	for _, c := range []struct {
		name, compose string
		in, out, dark []string
	}{
		{"whole system", `{"include":[{"system":"http://example.org/animals"}]}`, []string{"dog", "bat"}, []string{"fish"}, nil},
		{"listed codes", `{"include":[{"system":"http://example.org/animals","concept":[{"code":"dog"}]}]}`, []string{"dog"}, []string{"cat"}, nil},
		{"is-a", `{"include":[{"system":"http://example.org/animals","filter":[{"property":"concept","op":"is-a","value":"mammal"}]}]}`, []string{"mammal", "lion", "bat"}, []string{"bird"}, nil},
		{"descendent-of", `{"include":[{"system":"http://example.org/animals","filter":[{"property":"concept","op":"descendent-of","value":"mammal"}]}]}`, []string{"dog", "lion"}, []string{"mammal"}, nil},
		{"is-not-a", `{"include":[{"system":"http://example.org/animals","filter":[{"property":"concept","op":"is-not-a","value":"mammal"}]}]}`, []string{"bird"}, []string{"dog"}, nil},
		{"property", `{"include":[{"system":"http://example.org/animals","filter":[{"property":"legs","op":"=","value":"2"}]}]}`, []string{"bird"}, []string{"dog"}, nil},
		{"regex", `{"include":[{"system":"http://example.org/animals","filter":[{"property":"code","op":"regex","value":"b.*"}]}]}`, []string{"bird", "bat"}, []string{"dog"}, nil},
		{"active only", `{"inactive":false,"include":[{"system":"http://example.org/animals"}]}`, []string{"bird", "cat"}, []string{"dodo", "auk"}, nil},
		{"inactive too", `{"inactive":true,"include":[{"system":"http://example.org/animals"}]}`, []string{"dodo"}, nil, nil},
		{"inactive not said", `{"include":[{"system":"http://example.org/animals"}]}`, []string{"dodo", "auk"}, nil, nil},
		{"exclude", `{"include":[{"system":"http://example.org/animals"}],"exclude":[{"system":"http://example.org/animals","concept":[{"code":"dog"}]}]}`, []string{"cat"}, []string{"dog"}, nil},
		{"filter on a system that is not loaded", `{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"73211009"}]}]}`, nil, []string{"dog"}, nil},
		{"value set that is not loaded", `{"include":[{"valueSet":["http://example.org/other"]}]}`, nil, nil, []string{"dog"}},
		{"value set that includes itself", `{"include":[{"valueSet":["http://example.org/vs"]}]}`, nil, nil, []string{"dog"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := loaded(t, animals, valueSet(c.compose)).Set("http://example.org/vs")
			for verdict, codes := range map[terminology.Verdict][]string{terminology.In: c.in, terminology.Out: c.out, terminology.Unknown: c.dark} {
				for _, code := range codes {
					if got := set.Check(system, code); got != verdict {
						t.Errorf("%s: got %v, want %v", code, got, verdict)
					}
				}
			}
			if len(c.dark) > 0 && set.Reason == "" {
				t.Error("no reason is given for what cannot be answered")
			}
		})
	}
}

func TestWhatCannotBeExpandedIsUnknownAndSaysWhy(t *testing.T) {
	set := loaded(t, valueSet(`{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"73211009"}]}]}`)).Set("http://example.org/vs")
	if set.Check("http://snomed.info/sct", "44054006") != terminology.Unknown || set.Reason == "" {
		t.Errorf("got %v, %q", set.Check("http://snomed.info/sct", "44054006"), set.Reason)
	}
}

func TestDisplaysAndGrammars(t *testing.T) {
	s := loaded(t, animals)
	dogs := s.System("http://example.org/animals")
	for display, want := range map[string]terminology.Verdict{"Dog": terminology.In, "dog ": terminology.In, "Hound": terminology.In, "Cat": terminology.Out} {
		if got := dogs.Display("dog", display); got != want {
			t.Errorf("%q: got %v, want %v", display, got, want)
		}
	}
	for _, c := range []struct {
		system, code string
		want         terminology.Verdict
	}{
		{"urn:ietf:bcp:47", "en-GB", terminology.In},
		{"urn:ietf:bcp:47", "en-UK", terminology.Out},
		{"urn:ietf:bcp:47", "en-Latn-gb", terminology.In},
		{"urn:ietf:bcp:47", "sr-XK", terminology.In},
		{"urn:ietf:bcp:47", "en-x-uk", terminology.In},
		{"urn:ietf:bcp:47", "english", terminology.Out},
		{"urn:ietf:bcp:47", "zz", terminology.Out},
		{"urn:ietf:bcp:47", "en_GB", terminology.Out},
		{"urn:ietf:bcp:13", "text/plain; charset=utf-8", terminology.In},
		{"urn:ietf:bcp:13", "text", terminology.Out},
		{"urn:iso:std:iso:4217", "GBP", terminology.In},
		{"urn:iso:std:iso:4217", "DEM", terminology.In}, // withdrawn, and still what was paid
		{"urn:iso:std:iso:4217", "gbp", terminology.Out},
		{"urn:iso:std:iso:4217", "UKP", terminology.Out},
		{"urn:iso:std:iso:4217", "AED AFN", terminology.Out},
		{"http://unitsofmeasure.org", "mg/dL", terminology.In},
		{"http://unitsofmeasure.org", "smoots", terminology.Out},
		{"http://example.org/unknown", "x", terminology.Unknown},
	} {
		if got := s.CheckCode(c.system, c.code); got != c.want {
			t.Errorf("%s %s: got %v, want %v", c.system, c.code, got, c.want)
		}
	}
}
