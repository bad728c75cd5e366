package proof

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
)

// generated is a defect that was drawn.
type generated struct {
	mutant result.Mutant
	alteration
	// ids are the exchanges whose answers it may alter.
	ids []string
	// before and after are the record as it was shown and as it is shown now, nil where the defect is not about one record.
	before, after fhir.Resource
	// steps lead to the element that is altered.
	steps []any
	// foreignWords says that the words that are put there are those of another record.
	foreignWords bool
	// again says that a record is shown twice, with the same identifiers; firstOnly that an entry or the pages after the first are lacking.
	// counted says that a total is another, refused that the answer is, dropped that a record is shown nowhere.
	again, firstOnly, counted, refused, dropped bool
	// lacking are the records that the one answer that is altered lacks then.
	lacking []fhir.Resource
	// asked is the question whose answer alone is altered, nil for every answer.
	asked *question
	// copies are the other Patients of the person whom the record is about, where it is a Patient.
	copies []fhir.Resource
	// led is the record of the other system to which the Reference that is altered leads, nil for one that leads to none.
	led fhir.Resource
}

// operator is one way in which answers can be wrong.
type operator struct {
	name string
	// record draws a defect of one record in every answer, answer one of a single answer; one of them is nil. Both return nil
	// where the operator does not apply.
	record func(*draw, *shown) *generated
	answer func(*draw, *question) *generated
}

// operators are all ways in which answers are made wrong.
func operators() []operator {
	return slices.Concat(valueOperators(), recordOperators(), answerOperators(), serverOperators(), quietOperators())
}

// draw is where the places of defects are drawn.
type draw struct {
	*answers
	dice *rand.Rand
}

// one draws an item of a list that is not empty.
func one[T any](d *draw, list []T) T { return list[d.dice.IntN(len(list))] }

// next draws a defect, nil where the operator that was drawn applies nowhere that was looked at.
func (d *draw) next() *generated {
	op := one(d, operators())
	systems := []string{"ccr", "ohc"}
	for range 40 {
		system := one(d, systems)
		kind := one(d, d.types(system))
		if kind == "OperationOutcome" || kind == "CapabilityStatement" {
			continue
		}
		record := d.records[system][one(d, d.kinds[system][kind])]
		var g *generated
		if op.record != nil {
			g = op.record(d, record)
		} else {
			g = op.answer(d, one(d, record.questions))
		}
		if g == nil {
			continue
		}
		g.copies, g.led = d.copies(record), d.led(g)
		g.mutant.System, g.mutant.Operator, g.mutant.Type = system, op.name, kind
		if g.mutant.Record == "" {
			g.mutant.Record = record.resource.Reference()
		}
		return g
	}
	return nil
}

// led is the record of another system to which a Reference that is altered leads then, as that system shows it.
func (d *draw) led(g *generated) fhir.Resource {
	if len(g.steps) == 0 || g.after == nil {
		return nil
	}
	altered, _ := at(g.after, g.steps)
	for system, records := range d.records {
		if below, there := strings.CutPrefix(fhir.Text(fhir.Get(altered, "reference")), mocks.DefaultBaseURL(system)+"/"); there && records[below] != nil {
			return records[below].resource
		}
	}
	return nil
}

// everywhere alters a record in every answer that shows it: change alters it in place and reports whether it could.
func everywhere(s *shown, change func(resource map[string]any) bool) *generated {
	after := s.resource.Clone()
	if !change(after) || reflect.DeepEqual(after, s.resource) {
		return nil
	}
	g := &generated{before: s.resource, after: after}
	kind, id := s.resource.Type(), s.resource.ID()
	g.mark = `"` + id + `"`
	g.change = func(a *answer) bool {
		changed := false
		for _, resource := range a.resources() {
			if resource["resourceType"] == kind && resource["id"] == id {
				changed = change(resource) || changed
			}
		}
		return changed
	}
	g.ids = idsOf(s.questions)
	return g
}

// inEntries alters the list of entries of every Bundle that shows a record.
func inEntries(s *shown, change func(entries []any, at int) []any, read func(*answer)) *generated {
	g := &generated{before: s.resource, mutant: result.Mutant{}}
	kind, id := s.resource.Type(), s.resource.ID()
	g.mark = `"` + id + `"`
	g.change = func(a *answer) bool {
		if a.body["resourceType"] != "Bundle" {
			if read != nil && a.body["resourceType"] == kind && a.body["id"] == id {
				read(a)
				return true
			}
			return false
		}
		entries := fhir.List(a.body["entry"])
		at := slices.IndexFunc(entries, func(entry any) bool {
			return fhir.Get(entry, "resource", "resourceType") == kind && fhir.Get(entry, "resource", "id") == id
		})
		if at < 0 {
			return false
		}
		a.body["entry"] = change(slices.Clone(entries), at)
		return true
	}
	g.ids = idsOf(s.questions)
	return g
}

func idsOf(questions []*question) []string {
	var ids []string
	for _, q := range questions {
		ids = append(ids, q.ids...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// clone copies decoded JSON.
func clone(value any) any {
	return fhir.Resource{"value": value}.Clone()["value"]
}

// asText is decoded JSON as text, "" for nothing.
func asText(value any) string {
	if value == nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// at is an element of an object by the steps that lead there, with what holds it; nil where there is none.
func at(resource map[string]any, steps []any) (value, parent any) {
	value = resource
	for _, step := range steps {
		parent = value
		switch step := step.(type) {
		case string:
			object, ok := value.(map[string]any)
			if !ok {
				return nil, nil
			}
			value = object[step]
		case int:
			list, ok := value.([]any)
			if !ok || step >= len(list) {
				return nil, nil
			}
			value = list[step]
		}
	}
	return value, parent
}

// put sets an element, or takes it away for nil. An object or list that is empty then goes too, as R4 has no empty ones.
func put(resource map[string]any, steps []any, value any) {
	_, parent := at(resource, steps)
	last := steps[len(steps)-1]
	switch parent := parent.(type) {
	case map[string]any:
		name, _ := last.(string)
		if value != nil {
			parent[name] = value
			return
		}
		delete(parent, name)
		delete(parent, "_"+name)
		if len(parent) == 0 && len(steps) > 1 {
			put(resource, steps[:len(steps)-1], nil)
		}
	case []any:
		index, _ := last.(int)
		if value != nil {
			parent[index] = value
			return
		}
		left := slices.Delete(slices.Clone(parent), index, index+1)
		if len(left) == 0 {
			put(resource, steps[:len(steps)-1], nil)
			return
		}
		put(resource, steps[:len(steps)-1], left)
	}
}
