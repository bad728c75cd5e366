package mocks

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// searchDefects are faults in what a search returns and how it is paged.
func searchDefects() []Defect {
	return []Defect{
		{
			ID: "D12", Family: "search", Severity: "S2",
			Title:  "a search parameter is silently ignored",
			Breaks: "a search by status or clinical-status returns every status, and the self link claims it was applied",
			hooks: hooks{params: func(_ *call, _ string, list params) params {
				return list.without(func(p param) bool { return p.name == "status" || p.name == "clinical-status" })
			}},
		},
		{
			ID: "D13", Family: "search", Severity: "S2",
			Title:  "date search is off by the hour of British Summer Time",
			Breaks: "a fact in the hour before midnight on a summer day is found on the wrong day, and +01:00 is read as if it were UTC",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				return rewriteDates(resourceType, list, shiftSummerDays)
			}},
		},
		{
			ID: "D14", Family: "search", Severity: "S2",
			Title:  "a partial date in a search is read as its first instant",
			Breaks: "date=2019 finds what happened at midnight on 1 January and nothing else of that year",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				return rewriteDates(resourceType, list, firstInstant)
			}},
		},
		{
			ID: "D15", Family: "search", Severity: "S3",
			Title:  "token search ignores the code system",
			Breaks: "a search for a code of one system also finds the same code of every other system",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				return rewriteTokens(resourceType, list, func(value string) string {
					if _, code, ok := strings.Cut(value, "|"); ok && code != "" {
						return code
					}
					return value
				})
			}},
		},
		{
			ID: "D16", Family: "search", Severity: "S2",
			Title:  "a comma-separated list of codes finds nothing",
			Breaks: "asking for one code or another returns an empty result instead of both",
			hooks: hooks{matches: func(_ *call, q *query, found []match) []match {
				for _, item := range q.claimed {
					if kindOf(q.resourceType, item) == search.Token && strings.Contains(item.value, ",") && item.base() != "_id" {
						return nil
					}
				}
				return found
			}},
		},
		{
			ID: "D17", Family: "search", Severity: "S1",
			Title:  "the server cuts a long result off without a next link",
			Breaks: "everything after the first page of a long record is invisible",
			hooks:  hooks{page: func(_ *call, _ *query, p *page) { p.drop("next") }},
		},
		{
			ID: "D18", Family: "search", Severity: "S2",
			Title:  "pages shift when a record is written between them",
			Breaks: "a result is shown twice or skipped when something is filed while a clinician pages",
			hooks:  hooks{freshPages: true},
		},
		{
			ID: "D19", Family: "search", Severity: "S3",
			Title:  "Bundle.total is wrong",
			Breaks: "the number of matches stated is one more than there are",
			hooks: hooks{page: func(_ *call, _ *query, p *page) {
				if p.total != nil {
					wrong := *p.total + 1
					p.total = &wrong
				}
			}},
		},
		{
			ID: "D20", Family: "search", Severity: "S3",
			Title:  "_sort is answered in the opposite order",
			Breaks: "newest-first lists show the oldest first",
			hooks: hooks{matches: func(_ *call, q *query, found []match) []match {
				if _, sorted := q.claimed.get("_sort"); sorted {
					found = slices.Clone(found)
					slices.Reverse(found)
				}
				return found
			}},
		},
		{
			ID: "D21", Family: "search", Severity: "S2",
			Title:  "meta.lastUpdated is the time the record was loaded",
			Breaks: "a client that asks for what has changed gets everything, or misses a change",
			hooks: hooks{content: &contentHook{
				types: []string{"AllergyIntolerance", "Condition", "MedicationRequest"},
				applyIn: func(s *Server, _ *view, r fhir.Resource) bool {
					if meta, ok := r["meta"].(map[string]any); ok {
						meta["lastUpdated"] = s.instant(s.options.Ledger.Now())
					}
					return true
				},
			}},
		},
		{
			ID: "D22", Family: "search", Severity: "S3",
			Title:  "search by POST ignores what search by GET applies",
			Breaks: "the same search finds more when it is sent as a form",
			hooks: hooks{params: func(c *call, resourceType string, list params) params {
				if c.request.Method != http.MethodPost {
					return list
				}
				return list.without(func(p param) bool {
					kind := kindOf(resourceType, p)
					return kind == search.Date || kind == search.Token && p.base() != "identifier" && p.base() != "_id"
				})
			}},
		},
		{
			ID: "D23", Family: "search", Severity: "S3",
			Title:  "_elements and _summary cut resources without the SUBSETTED tag",
			Breaks: "a consumer cannot tell that a resource is incomplete and may store it as whole",
			hooks: hooks{page: func(_ *call, _ *query, p *page) {
				for i := range p.entries {
					untag(p.entries[i].resource)
				}
			}},
		},
		{
			ID: "D24", Family: "search", Severity: "S2",
			Title:  "too many matches look like none",
			Breaks: "a search for a common name says there is nobody",
			hooks: hooks{page: func(_ *call, q *query, p *page) {
				if q.resourceType != "Patient" || len(p.entries) <= 20 {
					return
				}
				p.drop("next")
				none := 0
				p.total = &none
				p.entries = []entry{{mode: "outcome", resource: operationOutcome(issue{
					severity: "information", code: "too-costly", text: "TOO_MANY_MATCHES",
				})}}
			}},
		},
	}
}

// kindOf is the type of the search parameter a request parameter names, "" for one with a chain and for result
// parameters.
func kindOf(resourceType string, item param) search.Kind {
	if strings.Contains(item.name, ".") {
		return ""
	}
	parameter, ok := search.Lookup(resourceType, item.base())
	if !ok {
		return ""
	}
	return parameter.Kind
}

func rewriteTokens(resourceType string, list params, rewrite func(string) string) params {
	rewritten := slices.Clone(list)
	for i, item := range list {
		if kindOf(resourceType, item) != search.Token || item.name != item.base() || item.name == "identifier" || item.name[0] == '_' {
			continue
		}
		values := strings.Split(item.value, ",")
		for j := range values {
			values[j] = rewrite(values[j])
		}
		rewritten[i].value = strings.Join(values, ",")
	}
	return rewritten
}

// rewriteDates replaces each date parameter without modifier, prefix and date taken apart, by what rewrite makes of it.
func rewriteDates(resourceType string, list params, rewrite func(name, prefix, date string) params) params {
	var rewritten params
	for _, item := range list {
		if kindOf(resourceType, item) != search.Date || item.name != item.base() || item.name[0] == '_' || strings.Contains(item.value, ",") {
			rewritten = append(rewritten, item)
			continue
		}
		prefix, date := "", item.value
		if len(date) > 2 && date[0] >= 'a' && date[0] <= 'z' {
			prefix, date = date[:2], date[2:]
		}
		rewritten = append(rewritten, rewrite(item.name, prefix, date)...)
	}
	return rewritten
}

// firstInstant reads a year or a month as midnight on its first day.
func firstInstant(name, prefix, date string) params {
	switch len(date) {
	case len("2019"):
		date += "-01-01T00:00:00Z"
	case len("2019-03"):
		date += "-01T00:00:00Z"
	}
	return params{{name, prefix + date}}
}

// shiftSummerDays moves the edges of a day on summer time an hour early and takes +01:00 off a time, as a server does
// that keeps local time in its database and believes it is UTC.
func shiftSummerDays(name, prefix, date string) params {
	if instant, ok := strings.CutSuffix(date, "+01:00"); ok {
		return params{{name, prefix + instant + "Z"}}
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || !summer(day) {
		return params{{name, prefix + date}}
	}
	low := day.Add(-time.Hour).Format("2006-01-02T15:04:05Z")
	high := day.Add(23 * time.Hour).Format("2006-01-02T15:04:05Z")
	switch prefix {
	case "", "eq":
		return params{{name, "ge" + low}, {name, "lt" + high}}
	case "ge", "lt":
		return params{{name, prefix + low}}
	case "le":
		return params{{name, "lt" + high}}
	case "gt":
		return params{{name, "ge" + high}}
	default:
		return params{{name, prefix + date}}
	}
}

// summer reports whether British Summer Time is in force on a day: from the last Sunday of March to the last Sunday of
// October (Summer Time Order 2002).
func summer(day time.Time) bool {
	last := func(month time.Month) time.Time {
		end := time.Date(day.Year(), month, 31, 0, 0, 0, 0, time.UTC)
		return end.AddDate(0, 0, -int(end.Weekday()))
	}
	return !day.Before(last(time.March)) && day.Before(last(time.October))
}

// untag removes the SUBSETTED tag.
func untag(resource fhir.Resource) {
	meta, ok := resource["meta"].(map[string]any)
	if !ok {
		return
	}
	tags := fhir.List(meta["tag"])
	kept := make([]any, 0, len(tags))
	for _, tag := range tags {
		if fhir.Text(fhir.Get(tag, "code")) != "SUBSETTED" {
			kept = append(kept, tag)
		}
	}
	if len(kept) == len(tags) {
		return
	}
	if len(kept) == 0 {
		delete(meta, "tag")
		return
	}
	meta["tag"] = kept
}
