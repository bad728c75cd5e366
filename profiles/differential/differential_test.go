package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"concord.example/concord/profiles"
)

func newGenerator(t *testing.T, seed uint64) *generator {
	t.Helper()
	registry, err := profiles.Embedded(profiles.BaseOnly)
	if err != nil {
		t.Fatal(err)
	}
	types, err := readTypes(registry)
	if err != nil {
		t.Fatal(err)
	}
	return &generator{types: types, random: rand.New(rand.NewPCG(seed, seed)), codes: map[string][]coded{}}
}

func TestTheSameSeedMakesTheSameInputs(t *testing.T) {
	inputs := func() []pair {
		g := newGenerator(t, 7)
		valid := g.instances("Patient")
		return append(valid, g.mutants("Patient", valid, 4)...)
	}
	first, second := inputs(), inputs()
	if !slices.EqualFunc(first, second, func(a, b pair) bool { return a.id == b.id && bytes.Equal(a.text, b.text) }) {
		t.Error("two generators with the same seed made different inputs")
	}
	kinds := map[string]bool{}
	for _, p := range first {
		kinds[p.about] = true
	}
	for _, m := range mutations() {
		if !kinds[m.name] {
			t.Errorf("no Patient is mutated by %q", m.name)
		}
	}
}

func TestWhatIsMadeByTheRulesIsClean(t *testing.T) {
	g := newGenerator(t, 1)
	ours := ours{base: g.types.registry, with: map[string]*profiles.Registry{}}
	for _, typ := range []string{"document", "message", "transaction", "batch-response", "history", "searchset", "collection"} {
		findings, err := ours.judge(context.Background(), pair{text: encode(g.bundle(typ))})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if f.Severity.Rank() > 2 {
				t.Errorf("%s: %s %s", typ, f.Path, f.Message)
			}
		}
	}
}

func TestPlacesAreNearWithinALevel(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Patient.name", "Patient.name", true},
		{"Patient.name", "Patient", true},
		{"Patient.name.given", "Patient", false},
		{"Patient.name", "Patient.names", false},
		{"Patient.name", "Patient.link", false},
	} {
		if near(c.a, c.b) != c.want || near(c.b, c.a) != c.want {
			t.Errorf("%s and %s: near is %v", c.a, c.b, !c.want)
		}
	}
}

func TestAPlaceHasTheNamesOfElementsOnly(t *testing.T) {
	b := &bench{names: map[string]string{"valueQuantity": "value"}}
	for expression, want := range map[string]string{
		"Observation.component[0].value.ofType(Quantity).code": "Observation.component.value.code",
		"Bundle.entry[2].resource/*Patient/p*/.name[0]":        "Bundle.entry.resource.name",
		"Observation.valueQuantity":                            "Observation.value",
	} {
		if got := b.place(expression); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
}

func TestEachPartOfAnInputCanBeCutOff(t *testing.T) {
	tree := map[string]any{"resourceType": "Patient", "active": true, "name": []any{map[string]any{"text": "x"}, map[string]any{"text": "y"}}}
	var got []string
	for _, smaller := range parts(tree) {
		got = append(got, string(encode(smaller)))
	}
	for _, want := range []string{
		`{"active":true,"resourceType":"Patient"}`,
		`{"name":[{"text":"x"},{"text":"y"}],"resourceType":"Patient"}`,
		`{"active":true,"name":[{"text":"y"}],"resourceType":"Patient"}`,
		`{"active":true,"name":[{},{"text":"y"}],"resourceType":"Patient"}`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not among %v", want, got)
		}
	}
}
