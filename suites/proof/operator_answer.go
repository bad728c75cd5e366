package proof

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// answerOperators alter the answer to one question, and no other.
func answerOperators() []operator {
	entries := func(name string, change func(*draw, *question, int) func([]any) []any) operator {
		return operator{name: name, answer: func(d *draw, q *question) *generated {
			if len(q.records) == 0 {
				return nil
			}
			at := d.dice.IntN(len(q.records))
			alter := change(d, q, at)
			if alter == nil {
				return nil
			}
			g := single(q, func(a *answer) bool {
				list := fhir.List(a.body["entry"])
				if a.body["resourceType"] != "Bundle" || len(list) == 0 {
					return false
				}
				a.body["entry"] = alter(slices.Clone(list))
				if len(fhir.List(a.body["entry"])) == 0 {
					delete(a.body, "entry")
				}
				return true
			})
			lost := map[string][]string{"entry dropped from one answer": q.records[at : at+1], "everything missing from one answer": q.records}[name]
			for _, reference := range lost {
				g.lacking = append(g.lacking, d.records[q.system][reference].resource)
			}
			// What is lost of an answer that goes on is the page.
			g.mutant.Before, g.firstOnly = q.records[at], name == "entry dropped from one answer" || name == "everything missing from one answer" && q.next
			return g
		}}
	}
	within := func(list []any, at int) int { return min(at, len(list)-1) }
	return []operator{
		entries("entry dropped from one answer", func(_ *draw, _ *question, at int) func([]any) []any {
			return func(list []any) []any { i := within(list, at); return slices.Delete(list, i, i+1) }
		}),
		entries("entry twice in one answer", func(_ *draw, _ *question, at int) func([]any) []any {
			return func(list []any) []any { i := within(list, at); return slices.Insert(list, i, clone(list[i])) }
		}),
		entries("entry of another person in one answer", func(d *draw, q *question, at int) func([]any) []any {
			mine := d.records[q.system][q.records[at]]
			other := d.foreign(mine)
			if other == nil {
				return nil
			}
			return func(list []any) []any {
				i := within(list, at)
				entry, _ := clone(list[i]).(map[string]any)
				if entry == nil {
					return list
				}
				if address := fhir.Text(entry["fullUrl"]); address != "" {
					entry["fullUrl"] = address[:strings.LastIndexByte(address, '/')+1] + other.resource.ID()
				}
				entry["resource"] = clone(map[string]any(other.resource))
				return slices.Insert(list, i, any(entry))
			}
		}),
		entries("everything missing from one answer", func(*draw, *question, int) func([]any) []any {
			return func([]any) []any { return nil }
		}),
		{name: "page dropped", answer: func(_ *draw, q *question) *generated {
			if !q.next {
				return nil
			}
			g := single(q, func(a *answer) bool {
				a.body["link"] = slices.DeleteFunc(slices.Clone(fhir.List(a.body["link"])), func(link any) bool { return fhir.Get(link, "relation") == "next" })
				return true
			})
			g.firstOnly = true
			return g
		}},
		{name: "answer about another person", answer: swappedAnswer},
		{name: "total one more", answer: func(_ *draw, q *question) *generated { return total(q, 1) }},
		{name: "total one less", answer: func(_ *draw, q *question) *generated { return total(q, -1) }},
		{name: "one answer refused", answer: func(_ *draw, q *question) *generated {
			g := single(q, func(a *answer) bool { a.refuse(http.StatusForbidden, "forbidden", "this may not be seen"); return true })
			g.refused = true
			return g
		}},
		{name: "one answer is an error", answer: func(_ *draw, q *question) *generated {
			return single(q, func(a *answer) bool {
				a.refuse(http.StatusInternalServerError, "exception", "the index is down")
				return true
			})
		}},
		{name: "element altered in one answer", answer: elsewhere},
	}
}

// single alters the answer to one question.
func single(q *question, change func(*answer) bool) *generated {
	g := &generated{ids: slices.Clone(q.ids), asked: q}
	g.question, g.change = q.text, change
	g.mutant.Record = q.text
	return g
}

func total(q *question, by int64) *generated {
	if !q.total {
		return nil
	}
	g := single(q, func(a *answer) bool {
		number, ok := a.body["total"].(json.Number)
		n, err := number.Int64()
		if !ok || err != nil || n+by < 0 {
			return false
		}
		a.body["total"] = n + by
		return true
	})
	g.counted = true
	return g
}

// foreign draws a record of the same type about another person.
func (d *draw) foreign(s *shown) *shown {
	person := d.person(s)
	if person == "" {
		return nil
	}
	for range 20 {
		other := d.records[s.system][one(d, d.kinds[s.system][s.resource.Type()])]
		if theirs := d.person(other); theirs != "" && theirs != person && !subsetted(other.resource) {
			return other
		}
	}
	return nil
}

// swappedAnswer answers a question about one person with what was to be answered about another.
func swappedAnswer(d *draw, q *question) *generated {
	var records []*shown
	for _, reference := range q.records {
		mine := d.records[q.system][reference]
		if other := d.foreign(mine); other != nil {
			records = append(records, other)
		} else {
			return nil
		}
	}
	if len(records) == 0 {
		return nil
	}
	return single(q, func(a *answer) bool {
		list := slices.Clone(fhir.List(a.body["entry"]))
		if a.body["resourceType"] != "Bundle" {
			a.body, _ = clone(map[string]any(records[0].resource)).(map[string]any)
			return true
		}
		for i := range list {
			entry, _ := clone(list[i]).(map[string]any)
			if entry == nil || i >= len(records) {
				continue
			}
			other := records[i].resource
			if address := fhir.Text(entry["fullUrl"]); address != "" {
				entry["fullUrl"] = address[:strings.LastIndexByte(address, '/')+1] + other.ID()
			}
			entry["resource"] = clone(map[string]any(other))
			list[i] = entry
		}
		a.body["entry"] = list
		return true
	})
}

// elsewhere alters an element of a record in one answer, and shows it in every other as it is.
func elsewhere(d *draw, q *question) *generated {
	if len(q.records) == 0 {
		return nil
	}
	mine := d.records[q.system][one(d, q.records)]
	operators := valueOperators()
	g := one(d, operators).record(d, mine)
	if g == nil {
		return nil
	}
	g.mutant.Record = mine.resource.Reference() + " in " + q.text
	g.question, g.ids, g.asked = q.text, slices.Clone(q.ids), q
	return g
}
