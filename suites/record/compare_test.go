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

func ledger(t *testing.T) *fixtures.Ledger {
	t.Helper()
	l, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// facts returns the facts of a kind about the whole sample, with their resources in a style.
func facts(t *testing.T, l *fixtures.Ledger, kind fixtures.Kind, style fixtures.Style) ([]fixtures.Fact, []fhir.Resource) {
	t.Helper()
	var (
		all       []fixtures.Fact
		resources []fhir.Resource
	)
	renderers := map[string]*fixtures.Renderer{}
	for _, system := range fixtures.Systems() {
		renderers[system] = l.Renderer(system, style)
	}
	for _, person := range record.Sample(l) {
		for _, fact := range record.Facts(l, person, kind) {
			all = append(all, fact)
			resources = append(resources, renderers[l.System(fact.Source)].Fact(fact).Clone())
		}
	}
	if len(all) == 0 {
		t.Fatalf("the sample has no %s", kind)
	}
	return all, resources
}

func TestLawfulDifferencesCompareEqual(t *testing.T) {
	l := ledger(t)
	for _, kind := range record.Kinds() {
		for name, style := range map[string]fixtures.Style{"ccr": fixtures.CCRStyle(), "ohc": fixtures.OHCStyle("http://ohc.test/fhir")} {
			want, shown := facts(t, l, kind, style)
			// Another order, another narrative, one more identifier and one more coding are all lawful.
			slices.Reverse(shown)
			for _, resource := range shown {
				resource["text"] = map[string]any{"status": "generated"}
				resource["identifier"] = append(resource.List("identifier"), map[string]any{"system": "https://local.test", "value": "7"})
				if code, ok := resource.Get("code").(map[string]any); ok {
					code["coding"] = append(fhir.List(code["coding"]), map[string]any{"system": "https://local.test/codes", "code": "x"})
				}
			}
			if differences := record.NewOracle(l).Compare(fixtures.Person{}, want, shown, nil); len(differences) > 0 {
				t.Errorf("%s in the style of %s: %+v", kind, name, differences[0].Finding(nil))
			}
		}
	}
}

func TestEveryKindHasRules(t *testing.T) {
	l := ledger(t)
	for _, kind := range record.Kinds() {
		want, shown := facts(t, l, kind, fixtures.CCRStyle())
		for _, change := range []struct {
			name string
			do   func(fhir.Resource)
		}{
			{"another status", func(r fhir.Resource) {
				if _, ok := r["status"]; ok {
					r["status"] = "other"
				} else {
					r["verificationStatus"] = map[string]any{"coding": []any{map[string]any{"code": "other"}}}
				}
			}},
			{"another time", func(r fhir.Resource) {
				for _, element := range []string{"period", "onsetDateTime", "recordedDate", "authoredOn", "effectiveDateTime", "occurrenceDateTime"} {
					if _, ok := r[element]; ok {
						r[element] = "1999-09-09"
					}
				}
			}},
		} {
			resource := shown[0].Clone()
			change.do(resource)
			differences := record.NewOracle(l).Compare(fixtures.Person{}, want[:1], []fhir.Resource{resource}, nil)
			if len(differences) == 0 || differences[0].Kind != record.Altered {
				t.Errorf("%s with %s compares equal", kind, change.name)
			}
		}
	}
}

func TestWhatIsMissingExtraAndAltered(t *testing.T) {
	l := ledger(t)
	want, shown := facts(t, l, fixtures.Observation, fixtures.CCRStyle())
	i := slices.IndexFunc(want, func(f fixtures.Fact) bool { return f.Value.Value != "" })
	quantity := func(change func(map[string]any)) []fhir.Resource {
		changed := slices.Clone(shown)
		changed[i] = shown[i].Clone()
		change(changed[i].Get("valueQuantity").(map[string]any))
		return changed
	}
	for name, c := range map[string]struct {
		shown []fhir.Resource
		kind  record.Kind
		path  string
	}{
		"one left out":      {slices.Delete(slices.Clone(shown), i, i+1), record.Missing, ""},
		"one too many":      {append(slices.Clone(shown), fhir.Resource{"resourceType": "Observation", "id": "x"}), record.Extra, ""},
		"another value":     {quantity(func(q map[string]any) { q["value"] = json.Number("1e9") }), record.Altered, "Observation.value"},
		"another unit code": {quantity(func(q map[string]any) { q["code"] = "mg/dL" }), record.Altered, "Observation.value"},
		"no value":          {quantity(func(q map[string]any) { delete(q, "value") }), record.Altered, "Observation.value"},
	} {
		differences := record.NewOracle(l).Compare(fixtures.Person{}, want, c.shown, nil)
		if len(differences) != 1 || differences[0].Kind != c.kind || differences[0].Path != c.path {
			t.Errorf("%s: %+v", name, differences)
			continue
		}
		if f := differences[0].Finding([]string{"e1"}); f.Message == "" || len(f.Exchanges) != 1 || strings.Contains(f.Message, "999") && strings.Contains(f.Message, "nhs") {
			t.Errorf("%s: %+v", name, f)
		}
	}
	trailing := quantity(func(q map[string]any) { q["value"] = json.Number(want[i].Value.Value + "0"); q["unit"] = "other words" })
	if strings.Contains(want[i].Value.Value, ".") {
		if differences := record.NewOracle(l).Compare(fixtures.Person{}, want, trailing, nil); len(differences) > 0 {
			t.Errorf("a trailing zero is a difference: %+v", differences[0])
		}
	}
}

func TestTheSampleIsTheSameEveryTimeAndHasEveryStory(t *testing.T) {
	l := ledger(t)
	first, second := record.Sample(l), record.Sample(ledger(t))
	if len(first) != len(second) {
		t.Fatalf("%d and %d people", len(first), len(second))
	}
	numbers := map[string]bool{}
	for i := range first {
		if first[i].NHSNumber != second[i].NHSNumber {
			t.Errorf("person %d differs", i)
		}
		numbers[first[i].NHSNumber] = true
	}
	if len(numbers) != len(first) {
		t.Errorf("%d people with %d numbers: %v", len(first), len(numbers), slices.Sorted(maps.Keys(numbers)))
	}
	for _, story := range l.Stories() {
		if number := story.Person().NHSNumber; number != "" && !numbers[number] {
			t.Errorf("story %s is not in the sample", story.ID)
		}
	}
}
