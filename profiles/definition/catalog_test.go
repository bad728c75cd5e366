package definition_test

import (
	"bytes"
	"reflect"
	"testing"

	"concord.example/concord/profiles/definition"
)

func TestACatalogGivesBackWhatWasWritten(t *testing.T) {
	animals := &definition.CodeSystem{
		URL: "https://example.org/animals", Version: "2", Name: "Animals", Status: "retired", Content: "complete", CaseInsensitive: true,
		OIDs: []string{"2.16.840.1.113883.5.1", "1.2.3"},
		Concepts: []definition.Concept{
			{Code: "mammal", Display: "Mammal", Properties: []definition.Property{{Code: "notSelectable", Value: "true"}}},
			{Code: "dog", Display: "dog", Designations: []string{"Hound"}, Parents: []int{0}},
			{Code: "dodo", Parents: []int{0}, Properties: []definition.Property{{Code: "status", Value: "deprecated"}}},
		},
	}
	more := &definition.CodeSystem{
		URL: "https://example.org/more", Content: "supplement", Supplements: animals.URL, OIDs: []string{"1.2.4", "2.16.840.1.113883.5.1"},
	}
	var data bytes.Buffer
	if err := definition.WriteCatalog(&data, []*definition.CodeSystem{more, animals}, []string{"https://example.org/vs"}); err != nil {
		t.Fatal(err)
	}
	catalog, err := definition.OpenCatalog(data.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []*definition.CodeSystem{animals, more} {
		got, err := catalog.CodeSystem(want.URL)
		if err != nil {
			t.Fatal(err)
		}
		if len(want.Concepts) == 0 {
			got.Concepts = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	for oid, want := range map[string]string{"1.2.3": animals.URL, "1.2.4": more.URL, "2.16.840.1.113883.5.1": "", "5.1": "", "1.2": "", "": ""} {
		if got := catalog.SystemOfOID(oid); got != want {
			t.Errorf("object identifier %q: got %q, want %q", oid, got, want)
		}
	}
	if !catalog.HasValueSet("https://example.org/vs") || catalog.HasValueSet(animals.URL) {
		t.Error("the catalog mixes up what is a value set")
	}
}

func TestADamagedCatalogIsRefused(t *testing.T) {
	var data bytes.Buffer
	if err := definition.WriteCatalog(&data, []*definition.CodeSystem{{URL: "a", Concepts: []definition.Concept{{Code: "x"}}}}, nil); err != nil {
		t.Fatal(err)
	}
	for n := range data.Len() {
		catalog, err := definition.OpenCatalog(data.Bytes()[:n])
		if err != nil {
			continue
		}
		if _, err := catalog.CodeSystem("a"); err == nil {
			t.Errorf("a catalog that is cut after %d of %d bytes is read", n, data.Len())
		}
	}
}

func TestUnionKeepsWhatEitherReleaseHas(t *testing.T) {
	older := &definition.CodeSystem{URL: "a", Content: "example", Concepts: []definition.Concept{{Code: "x", Display: "old"}, {Code: "y"}}}
	newer := &definition.CodeSystem{URL: "a", Content: "complete", Concepts: []definition.Concept{{Code: "x", Display: "new"}}}
	both := older.Union(newer)
	want := []definition.Concept{{Code: "x", Display: "old", Designations: []string{"new"}}, {Code: "y"}}
	if both.Content != "complete" || !reflect.DeepEqual(both.Concepts, want) {
		t.Errorf("got %s %+v, want %+v", both.Content, both.Concepts, want)
	}
	if len(older.Concepts[0].Designations) > 0 {
		t.Error("the union changed what it was made of")
	}
}
