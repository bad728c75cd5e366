package fhir_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/fhir"
)

// bundle is a searchset of the resources.
func bundle(resources ...string) string {
	entries := make([]string, 0, len(resources))
	for i, resource := range resources {
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"urn:%d", "resource":%s}`, i, resource))
	}
	return `{"resourceType":"Bundle","entry":[` + strings.Join(entries, ",") + `]}`
}

// same reports whether two trees are one and the same object.
func same(a, b any) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }

// entry is the resource of an entry of a Bundle.
func entry(t *testing.T, cache *fhir.Cache, text string, i int) any {
	t.Helper()
	tree, err := cache.DecodeObject(text)
	if err != nil {
		t.Fatal(err)
	}
	return fhir.Objects(tree["entry"])[i]["resource"]
}

func TestCacheSharesResourcesWithTheSameText(t *testing.T) {
	const ann, ben = `{"resourceType":"Patient","id":"a","x":"}\"{"}`, `{"resourceType":"Patient","id":"b"}`
	cache := fhir.NewCache(1 << 16)
	first := entry(t, cache, bundle(ann, ben), 0)
	if again := entry(t, cache, bundle(ben, ann), 1); !same(first, again) {
		t.Error("the same text gave another tree")
	}
	if other := entry(t, cache, bundle(ann+" ", ben), 1); same(first, other) {
		t.Error("another text gave the same tree")
	}
	// One more space is another text, though the same resource.
	if other := entry(t, cache, bundle(strings.Replace(ann, ":", ": ", 1)), 0); same(first, other) || !reflect.DeepEqual(first, other) {
		t.Errorf("%v and %v should be equal and not one", first, other)
	}
}

func TestCacheForgetsWhatWasReadLongAgo(t *testing.T) {
	cache := fhir.NewCache(4000)
	patient := func(id int) string {
		return fmt.Sprintf(`{"resourceType":"Patient","id":"%d","text":%q}`, id, strings.Repeat("x", 500))
	}
	first := entry(t, cache, bundle(patient(0)), 0)
	for id := range 6 {
		entry(t, cache, bundle(patient(id)), 0)
	}
	if again := entry(t, cache, bundle(patient(0)), 0); !same(first, again) {
		t.Error("what still has room was forgotten")
	}
	for id := range 20 {
		entry(t, cache, bundle(patient(100+id)), 0)
	}
	if again := entry(t, cache, bundle(patient(0)), 0); same(first, again) {
		t.Error("more is kept than there is room for")
	}
}

func TestCacheGivesTheErrorsOfTheDecoder(t *testing.T) {
	cache := fhir.NewCache(1 << 16)
	for _, resource := range []string{
		`{"a":1,"a":2}`, `{"a":}`, `{"a":"`, `{`, `null`, `[]`, `"{"`, `{"a":"\ud800"}`, `{"a":1}}`, strings.Repeat(`{"a":`, fhir.MaxDepth) + "1" + strings.Repeat("}", fhir.MaxDepth),
	} {
		text := bundle(`{"a":0}`, resource)
		want, wantErr := fhir.DecodeObject([]byte(text))
		for range 2 {
			got, err := cache.DecodeObject(text)
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(err, wantErr) {
				t.Errorf("%s: got %v, %v; want %v, %v", resource, got, err, want, wantErr)
			}
		}
	}
	if _, err := cache.DecodeObject(`[]`); err == nil {
		t.Error("an array was taken for an object")
	}
}

func TestCacheServesSeveralGoroutines(t *testing.T) {
	cache := fhir.NewCache(2000)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				id := fmt.Sprint((g + i) % 30)
				tree, err := cache.DecodeObject(bundle(`{"id":"` + id + `","text":"` + strings.Repeat("y", 50) + `"}`))
				if err != nil {
					t.Error(err)
					return
				}
				if got := fhir.Text(fhir.Objects(tree["entry"])[0]["resource"].(map[string]any)["id"]); got != id {
					t.Errorf("got the resource %s instead of %s", got, id)
				}
			}
		})
	}
	all.Wait()
}
