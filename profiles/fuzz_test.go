package profiles_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
)

// FuzzValidate looks for a document that panics, hangs, or gets two different judgements.
func FuzzValidate(f *testing.F) {
	f.Add(patient(f))
	for _, seed := range []string{
		`{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","contained":[{"id":"a"}],"subject":{"reference":"#a"}}}]}`,
		`{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"1"}]},"valueQuantity":{"value":1e999999999,"code":"mg"},"component":[null,[],{}]}`,
		`{"resourceType":"QuestionnaireResponse","questionnaire":"#q","contained":[{"resourceType":"Questionnaire","id":"q","item":[{"linkId":"1","type":"group","item":[]}]}],"item":[{"linkId":"1","answer":[{}]}]}`,
		`{"resourceType":"CodeSystem","concept":[{"code":"a","concept":[{"code":"a"}]}]}`,
	} {
		f.Add([]byte(seed))
	}
	r := registry(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := r.Validate(context.Background(), data, profiles.Options{})
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		second, err := r.Validate(context.Background(), data, profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		agreesWithTree(t, r, data, first)
		one, err1 := json.Marshal(first)
		two, err2 := json.Marshal(second)
		if err1 != nil || err2 != nil || string(one) != string(two) {
			t.Fatalf("%q: two judgements:\n%s\n%s", data, one, two)
		}
	})
}

// agreesWithTree checks that a document that was read by itself is judged as it was in the memory of those before.
func agreesWithTree(t *testing.T, r *profiles.Registry, data []byte, findings []result.Finding) {
	t.Helper()
	tree, err := fhir.Decode(data)
	if err != nil || bytes.HasPrefix(data, []byte(fhir.ByteOrderMark)) {
		return
	}
	alone, err := r.ValidateTree(context.Background(), tree, profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := unplaced(findings), unplaced(alone); !slices.Equal(got, want) {
		t.Fatalf("%q: judged as\n%q\nand by itself as\n%q", data, got, want)
	}
}

func unplaced(findings []result.Finding) []string {
	list := make([]string, len(findings))
	for i, f := range findings {
		list[i] = strings.Join([]string{f.Path, f.Rule, string(f.Severity), f.Message, f.Actual}, "\t")
	}
	slices.Sort(list)
	return list
}

// FuzzSnapshot looks for a definition that panics or hangs the snapshot generator or the judge.
func FuzzSnapshot(f *testing.F) {
	f.Add([]byte(named))
	f.Add([]byte(observation(sliceBy("value", "code", "closed", true) + "," + sliceA + "," + sliceB)))
	f.Add([]byte(observation(`{"id":"Observation.component:x/y","path":"Observation.component","sliceName":"x/y"},{"path":"Observation.valueQuantity.code","min":1}`)))
	r := registry(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := fhir.DecodeObject(data)
		if err != nil || m["resourceType"] != "StructureDefinition" {
			return
		}
		if s, err := definition.ReadStructure(m); err != nil || len(s.Snapshot) > 200 || len(s.Differential) > 200 {
			return
		}
		name := filepath.Join(t.TempDir(), "a.json")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		child, err := r.With(name)
		if err != nil {
			return
		}
		url, _ := m["url"].(string)
		for _, resource := range []string{
			`{"resourceType":"Patient","name":[{"family":"x"}],"contained":[{"resourceType":"Patient","id":"a"}]}`,
			observed(component("a", `,"valueQuantity":{"value":1}`) + "," + component("b", "")),
		} {
			// What is asked for may be unusable; it must only say so.
			_, _ = child.Validate(context.Background(), []byte(resource), profiles.Options{Profiles: []string{url}})
		}
	})
}
