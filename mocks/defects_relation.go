package mocks

import (
	"hash/crc32"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// relationDefects are faults that no single answer shows: two answers of the system contradict each other, or the answer
// contradicts the question.
func relationDefects() []Defect {
	return []Defect{
		{
			ID: "D90", Family: "relation", Severity: "S2",
			Title:  "of several filters only the first is applied",
			Breaks: "a search for one test in one status shows every status, or every test, depending on how a program orders its parameters",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				filtered := ""
				return list.without(func(p param) bool {
					kind := kindOf(resourceType, p)
					if kind != search.Token && kind != search.Date || p.name != p.base() || p.name[0] == '_' || p.name == "identifier" {
						return false
					}
					if filtered == "" {
						filtered = p.name
					}
					return p.name != filtered
				})
			}},
		},
		{
			ID: "D91", Family: "relation", Severity: "S2",
			Title:  "a chained search stops half-way",
			Breaks: "a search by NHS number in one step shows half of what the search by the Patient's id shows",
			hooks: hooks{matches: func(_ *call, q *query, found []match) []match {
				for _, item := range q.claimed {
					if strings.HasPrefix(item.name, "patient.") {
						return found[:(len(found)+1)/2]
					}
				}
				return found
			}},
		},
		{
			ID: "D92", Family: "relation", Severity: "S3",
			Title:  "_include is accepted and brings nothing",
			Breaks: "a report is shown without its results, and a result without who performed it",
			hooks: hooks{page: func(_ *call, _ *query, p *page) {
				p.entries = slices.DeleteFunc(p.entries, func(e entry) bool { return e.mode == "include" })
			}},
		},
		{
			ID: "D93", Family: "relation", Severity: "S2",
			Title:  "ge leaves out the instant itself",
			Breaks: "a result of the very second that a period begins with is in no period",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				return rewriteDates(resourceType, list, func(name, prefix, date string) params {
					if prefix == "ge" {
						prefix = "gt"
					}
					return params{{name, prefix + date}}
				})
			}},
		},
		{
			ID: "D94", Family: "relation", Severity: "S2",
			Title:  "one of two servers behind the address lags",
			Breaks: "an allergy is there, and is gone when the page is opened again",
			hooks: hooks{matches: func(c *call, q *query, found []match) []match {
				if q.resourceType != "AllergyIntolerance" || len(found) < 2 || crc32.ChecksumIEEE([]byte(c.request.Header.Get("X-Request-Id")))%2 == 0 {
					return found
				}
				return found[:len(found)-1]
			}},
		},
		{
			ID: "D110", Family: "relation", Severity: "S3",
			Title:  "Prefer: handling=strict is not honoured",
			Breaks: "a program that asks to be told of filters that are not applied is not told",
			hooks:  hooks{neverStrict: true},
		},
		{
			ID: "D111", Family: "relation", Severity: "S2",
			Title:  "the self link repeats parameters that were not applied",
			Breaks: "a program believes that a filter was applied which the system does not know",
			hooks: hooks{page: func(c *call, _ *query, p *page) {
				for i, l := range p.links {
					if before, _, _ := strings.Cut(l.url, "?"); l.relation == "self" && c.request.URL.RawQuery != "" {
						p.links[i].url = before + "?" + c.request.URL.RawQuery
					}
				}
			}},
		},
		{
			ID: "D112", Family: "relation", Severity: "S2",
			Title:  "a date that does not exist is left out of the search",
			Breaks: "a mistyped date shows the whole record as if it were that day's",
			hooks:  hooks{forgivesDates: true},
		},
		{
			ID: "D190", Family: "relation", Severity: "S1",
			Title:  "a search for one patient's tasks leaves the patient out of account",
			Breaks: "somebody else's care is shown as this patient's",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				if resourceType != "Task" {
					return list
				}
				return list.without(func(p param) bool { return p.base() == "patient" })
			}},
		},
		{
			ID: "D191", Family: "relation", Severity: "S2",
			Title:  "the CapabilityStatement has no rest",
			Breaks: "a client that goes by the statement asks for nothing",
			hooks:  hooks{capability: func(statement fhir.Resource) { delete(statement, "rest") }},
		},
	}
}

// withoutBadDates leaves out the date parameters whose value is no date.
func withoutBadDates(resourceType string, list params) params {
	return list.without(func(p param) bool {
		if kindOf(resourceType, p) != search.Date || p.name != p.base() {
			return false
		}
		_, date := fhir.CutPrefix(p.value)
		_, err := fhir.ParseDate(date, nil)
		return err != nil
	})
}
