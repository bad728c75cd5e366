package record_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

// Whatever a record says beyond a code, a date and an amount is missed when it is lost, wherever it stands.
func TestWhatIsSaidBeyondTheCodeIsMissedWhenItIsLost(t *testing.T) {
	ledger := ledger(t)
	story, ok := ledger.Story("details")
	if !ok {
		t.Fatal("there is no story of details")
	}
	lost := map[string]bool{}
	for _, label := range story.Labels() {
		fact, _ := story.Fact(label)
		renderer := ledger.Renderer(ledger.System(fact.Source), fixtures.CCRStyle())
		whole := copied(t, renderer.Fact(fact))
		for _, path := range leaves(map[string]any(whole), nil) {
			less := whole.Clone()
			if remove(less, path); mayBeLost(whole, path) {
				continue
			}
			reader := record.NewReader()
			expected, shown := record.NewSet(reader), record.NewSet(reader)
			expected.Add(whole, record.Names{})
			shown.Add(less, record.Names{})
			if len(expected.Against(shown)) == 0 {
				lost[string(fact.Kind)+"."+strings.Join(path, ".")] = true
			}
		}
	}
	if len(lost) > 0 {
		t.Errorf("nobody misses %s", slices.Sorted(maps.Keys(lost)))
	}
}

// mayBeLost reports whether a record says the same without what is at a path: a server's own, or words for what a code says.
func mayBeLost(whole fhir.Resource, path []string) bool {
	switch last := path[len(path)-1]; {
	case slices.Contains([]string{"id", "meta", "identifier"}, path[0]), slices.Contains([]string{"display", "reference", "unit"}, last):
		return true
	case last == "type":
		return len(path) > 1 // of a reference
	case last == "system":
		return at(whole, append(slices.Clone(path[:len(path)-1]), "value")) != ""
	case last == "text":
		return at(whole, append(slices.Clone(path[:len(path)-1]), "coding", "display")) == at(whole, path)
	case last == "frequency":
		return at(whole, path) == "1" // what has a period is done once in it
	default:
		assumed, ok := record.Assumed(last)
		return ok && at(whole, path) == assumed
	}
}

// at is the text at a path, of the first item of each list.
func at(value any, path []string) string {
	if resource, ok := value.(fhir.Resource); ok {
		value = map[string]any(resource)
	}
	for {
		if list, ok := value.([]any); ok {
			value = list[0]
		}
		object, ok := value.(map[string]any)
		if !ok || len(path) == 0 {
			return fhir.Text(value)
		}
		value, path = object[path[0]], path[1:]
	}
}

// leaves are the paths of everything in a value that holds no further value; a list is gone through by its first item.
func leaves(value any, path []string) [][]string {
	switch value := value.(type) {
	case map[string]any:
		var all [][]string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			all = append(all, leaves(value[name], append(slices.Clone(path), name))...)
		}
		return all
	case []any:
		return leaves(value[0], path)
	default:
		return [][]string{path}
	}
}

// remove takes out what is at a path, and what is left empty by it.
func remove(in map[string]any, path []string) {
	inner := in[path[0]]
	if list, ok := inner.([]any); ok {
		inner = list[0]
	}
	object, ok := inner.(map[string]any)
	if len(path) > 1 && ok {
		if remove(object, path[1:]); len(object) > 0 {
			return
		}
	}
	delete(in, path[0])
}

// copied is the resource as it comes over the wire.
func copied(t *testing.T, resource fhir.Resource) fhir.Resource {
	t.Helper()
	text, err := json.Marshal(resource)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var other fhir.Resource
	if err := decoder.Decode(&other); err != nil {
		t.Fatal(err)
	}
	return other
}
