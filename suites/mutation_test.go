package suites_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

// A mutation is one change to one record, made from the record itself: an element of it left out or given another value.
// Nobody picks them by hand, so they are not only what somebody thought of.
type mutation struct {
	kind fixtures.Kind
	// path is the element without indexes, "Observation.valueQuantity.value"; op says what is done to it.
	path, op string
	// person and fact say whose record is changed; key is its business identifier.
	person fixtures.Person
	fact   fixtures.Fact
	key    string
	// steps lead to the value: member names and indexes.
	steps []any
}

func (m mutation) String() string { return m.path + " " + m.op }

// mutations are all changes that can be made to what the ledger holds of the 22 kinds about the sample: each element path
// that is ever filled, with each way in which it can be wrong, in the first record that has it.
func mutations(t *testing.T, l *fixtures.Ledger) []mutation {
	t.Helper()
	all := map[string]mutation{}
	renderers := map[string]*fixtures.Renderer{}
	for _, system := range fixtures.Systems() {
		renderers[system] = l.Renderer(system, fixtures.CCRStyle())
	}
	for _, person := range record.Sample(l) {
		for _, fact := range l.Visible(person) {
			resource := renderers[l.System(fact.Source)].Fact(fact).Clone()
			visit(map[string]any(resource), string(fact.Kind), nil, func(path string, steps []any, value any) {
				for _, op := range operations(path, value) {
					m := mutation{
						kind: fact.Kind, path: path, op: op, person: person, fact: fact, steps: slices.Clone(steps),
						key: fact.Identifier.Token(),
					}
					if _, known := all[m.String()]; !known {
						all[m.String()] = m
					}
				}
			})
		}
	}
	var sorted []mutation
	for _, name := range slices.Sorted(maps.Keys(all)) {
		sorted = append(sorted, all[name])
	}
	return sorted
}

// visit calls see for every value below value, with where it is.
func visit(value any, path string, steps []any, see func(path string, steps []any, value any)) {
	if len(steps) > 0 {
		see(path, steps, value)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			visit(value[name], path+"."+name, append(steps, name), see)
		}
	case []any:
		for i, item := range value {
			visit(item, path, append(steps, i), see)
		}
	}
}

// operations are the ways in which the value of an element can be wrong.
func operations(path string, value any) []string {
	if owned(path) {
		return nil
	}
	switch value := value.(type) {
	case map[string]any:
		return []string{"left out"}
	case []any:
		if text, err := json.Marshal(value[0]); err == nil {
			if _, done := otherText(text); !done {
				return []string{"left out"} // an item without text cannot be another by it
			}
		}
		return []string{"left out", "with an item twice as another"}
	case bool:
		return []string{"left out", "the other"}
	case json.Number:
		return []string{"left out", "one more", "ten times as much"}
	case string:
		if at, err := fhir.ParseDate(value, nil); err == nil && len(value) >= 4 {
			if at.Precision < fhir.Second {
				return []string{"left out", "a day later", "a year earlier"}
			}
			return []string{"left out", "a minute later", "a day later", "a year earlier", "an hour later by its offset"}
		}
		return []string{"left out", "another"}
	}
	return nil
}

// owned reports whether an element of a resource is the server's own, so that any value of it is lawful.
func owned(path string) bool {
	_, rest, _ := strings.Cut(path, ".")
	element, _, _ := strings.Cut(rest, ".")
	return slices.Contains([]string{"resourceType", "id", "meta", "contained", "identifier"}, element)
}

// lawful reports whether two records that differ by the mutation may say the same: the element is exempt from comparison, or
// what it says is said beside it.
func (m mutation) lawful(resource map[string]any) bool {
	parent, _ := m.parent(resource).(map[string]any)
	name, _ := m.steps[len(m.steps)-1].(string)
	switch {
	case parent == nil:
		return false
	case record.Exempt(parent, name):
		return true
	case m.op != "left out":
		return false
	case name == "use" && parent["family"] != nil:
		return parent["use"] == "official"
	case assumed(name, parent[name]):
		return true
	case name == "text":
		// The words are those of a code.
		return slices.ContainsFunc(fhir.Objects(parent["coding"]), func(coding map[string]any) bool { return coding["display"] == parent["text"] })
	case name == "identifier":
		return parent["reference"] != nil && strings.Contains(" Appointment CarePlan Condition Encounter EpisodeOfCare Flag MedicationRequest ServiceRequest ",
			" "+fhir.Text(parent["type"])+" ")
	default:
		return false
	}
}

// assumed reports whether everybody takes an element for its value where it is left out.
func assumed(name string, value any) bool {
	text, ok := record.Assumed(name)
	return ok && fhir.Text(value) == text
}

// parent is the object or list that holds the value.
func (m mutation) parent(resource map[string]any) any {
	var parent any = resource
	for _, step := range m.steps[:len(m.steps)-1] {
		parent = fhir.Get(parent, step)
	}
	return parent
}

var isCode = regexp.MustCompile(`^[A-Za-z0-9._:/-]+$`)

// apply makes the change in the resource, and reports false where it cannot be made.
func (m mutation) apply(resource map[string]any) bool {
	parent := m.parent(resource)
	last := m.steps[len(m.steps)-1]
	value := fhir.Get(parent, last)
	if value == nil {
		return false
	}
	set := func(value any) {
		switch parent := parent.(type) {
		case map[string]any:
			parent[last.(string)] = value
		case []any:
			parent[last.(int)] = value
		}
	}
	switch m.op {
	case "left out":
		switch parent := parent.(type) {
		case map[string]any:
			delete(parent, last.(string))
		case []any:
			parent[last.(int)] = nil
		}
		return true
	case "with an item twice as another":
		list, _ := value.([]any)
		text, _ := json.Marshal(list[0])
		changed, done := otherText(text)
		if !done {
			return false
		}
		var item any
		if json.Unmarshal(changed, &item) != nil {
			return false
		}
		set(append(slices.Clone(list), item))
		return true
	}
	switch value := value.(type) {
	case bool:
		set(!value)
	case json.Number:
		n, err := value.Float64()
		if err != nil {
			return false
		}
		if m.op == "one more" {
			set(json.Number(fmt.Sprint(n + 1)))
		} else {
			set(json.Number(fmt.Sprint(n * 10)))
		}
	case string:
		set(other(m.op, m.path, value))
	default:
		return false
	}
	return true
}

// otherText changes the first code, text or reference in the JSON of a list's item, so that it says something else.
func otherText(item []byte) ([]byte, bool) {
	for _, name := range []string{"reference", "value", "code", "text", "title", "description", "given", "family", "uri", "city"} {
		place := regexp.MustCompile(`"` + name + `":"([^"]+)"`)
		if place.Match(item) {
			return place.ReplaceAll(item, []byte(`"`+name+`":"another-$1"`)), true
		}
	}
	if item[0] == '"' {
		return []byte(`"another"`), true
	}
	return nil, false
}

// other is another value of the same form.
func other(op, path, value string) string {
	shift := map[string]time.Duration{"a minute later": time.Minute, "a day later": 24 * time.Hour, "a year earlier": -365 * 24 * time.Hour}[op]
	switch {
	case op == "an hour later by its offset":
		return strings.NewReplacer("Z", "-01:00", "+00:00", "-01:00", "+01:00", "+00:00").Replace(value)
	case shift != 0:
		for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
			if at, err := time.Parse(layout, value); err == nil {
				if moved := at.Add(shift).Format(layout); moved != value {
					return moved
				}
				return at.AddDate(-1, 0, 0).Format(layout)
			}
		}
	case strings.HasSuffix(path, ".data"):
		return base64.StdEncoding.EncodeToString([]byte("another document"))
	case strings.HasSuffix(path, ".hash"):
		return base64.StdEncoding.EncodeToString([]byte("another hash 1234567"))
	case strings.HasSuffix(path, ".reference"):
		reference, _ := fhir.ParseReference(value)
		return reference.Type + "/another"
	case isCode.MatchString(value):
		return "another-" + value
	}
	return value + ", or not"
}
