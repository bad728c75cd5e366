package mocks

import (
	"net/http"
	"slices"
	"strings"

	"concord.example/concord/internal/search"
)

// queryDefects are faults in how a question is read, as real servers have them.
func queryDefects() []Defect {
	return []Defect{
		{
			ID: "D129", Family: "search", Severity: "S2",
			Title:  "ge and le of a year or a month leave out what lies in it",
			Breaks: "a record of March 2019 is not among those from 2019 on",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				return rewriteDates(resourceType, list, func(name, prefix, date string) params {
					if len(date) <= len("2019-03") {
						prefix = strings.NewReplacer("ge", "gt", "le", "lt").Replace(prefix)
					}
					return params{{name, prefix + date}}
				})
			}},
		},
		{
			ID: "D130", Family: "search", Severity: "S2",
			Title:  "of a period only its start is looked at",
			Breaks: "a visit that goes on at the time asked for is not found",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				if resourceType != "Encounter" {
					return list
				}
				return rewriteDates(resourceType, list, func(name, prefix, date string) params {
					if len(date) > len("2019-03-02") {
						prefix = strings.NewReplacer("gt", "sa").Replace(prefix)
					}
					return params{{name, prefix + date}}
				})
			}},
		},
		{
			ID: "D131", Family: "search", Severity: "S3",
			Title:  "a token without a system finds that code in any system",
			Breaks: "a search for a number that has no system finds the same number of another",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				rewritten := slices.Clone(list)
				for i, item := range list {
					if kindOf(resourceType, item) == search.Token {
						rewritten[i].value = strings.TrimPrefix(item.value, "|")
					}
				}
				return rewritten
			}},
		},
		{
			ID: "D132", Family: "search", Severity: "S3",
			Title:  "a text is found only when it is asked for as it stands",
			Breaks: "a person is not found by the beginning of their name",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				rewritten := slices.Clone(list)
				for i, item := range list {
					if kindOf(resourceType, item) == search.String && !strings.Contains(item.name, ":") {
						rewritten[i].name += ":exact"
					}
				}
				return rewritten
			}},
		},
		{
			ID: "D133", Family: "search", Severity: "S1",
			Title:  "a reference to another server is taken for one to this",
			Breaks: "the records of one patient are shown for another who has the same id elsewhere",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				return rewriteReferences(resourceType, list, func(_, relative string) string { return relative })
			}},
		},
		{
			ID: "D134", Family: "search", Severity: "S2",
			Title:  "a reference by the server's own URL finds nothing",
			Breaks: "a program that asks by the address it was given sees an empty record",
			hooks: hooks{params: func(c *call, resourceType string, list params) params {
				return rewriteReferences(resourceType, list, func(base, relative string) string {
					if base == c.server.base {
						return relative + "-elsewhere"
					}
					return base + "/" + relative
				})
			}},
		},
		{
			ID: "D135", Family: "search", Severity: "S3",
			Title:  "a unit in words is not found",
			Breaks: "a search for a result in its unit finds nothing",
			hooks: hooks{params: func(_ *call, resourceType string, list params) params {
				rewritten := slices.Clone(list)
				for i, item := range list {
					if number, unit, ok := strings.Cut(item.value, "||"); ok && kindOf(resourceType, item) == search.Quantity {
						rewritten[i].value = number + "|http://unitsofmeasure.org|" + unit
					}
				}
				return rewritten
			}},
		},
		{
			ID: "D136", Family: "search", Severity: "S2",
			Title:  "a parameter with a modifier that is not known is left out in silence",
			Breaks: "a question that was not understood is answered with everything",
			hooks:  hooks{asked: forgive(func(p param) bool { return strings.Contains(p.name, ":") })},
		},
		{
			ID: "D137", Family: "search", Severity: "S1",
			Title:  "a parameter without a value is left out in silence",
			Breaks: "a search whose value got lost shows everybody",
			hooks: hooks{asked: func(_ *call, _ string, list params) params {
				return list.without(func(p param) bool { return p.value == "" })
			}},
		},
		{
			ID: "D138", Family: "search", Severity: "S4",
			Title:  "a _count or _summary that is none is left out in silence",
			Breaks: "a mistyped question looks as if it had been answered",
			hooks:  hooks{asked: forgive(func(p param) bool { return p.name == "_count" || p.name == "_summary" })},
		},
		{
			ID: "D139", Family: "search", Severity: "S4",
			Title:  "an unknown parameter is refused although lenient handling is asked for",
			Breaks: "a program that would do with less gets nothing",
			hooks:  hooks{alwaysStrict: true},
		},
		{
			ID: "D140", Family: "search", Severity: "S3",
			Title:  "a search parameter that is declared is switched off",
			Breaks: "a program relies on a filter that is refused",
			hooks:  hooks{switchedOff: "combo-code"},
		},
		{
			ID: "D141", Family: "search", Severity: "S1",
			Title:  "a search by POST drops the parameters of its URL",
			Breaks: "a search about one patient shows the records of others",
			hooks:  hooks{formOnly: true},
		},
		{
			ID: "D142", Family: "search", Severity: "S4",
			Title:  "the self link of a search by POST names no parameters, and that of a count is not there",
			Breaks: "a program cannot tell that a filter was ignored",
			hooks: hooks{page: func(c *call, q *query, p *page) {
				if q.size == 0 || q.parsed.OnlyCount() {
					p.drop("self")
				}
				for i, l := range p.links {
					if l.relation == "self" && c.request.Method == http.MethodPost {
						p.links[i].url, _, _ = strings.Cut(l.url, "?")
					}
				}
			}},
		},
		{
			ID: "D143", Family: "search", Severity: "S3",
			Title:  "_count=0 is answered with the whole record",
			Breaks: "a program that asks for a number loads everything",
			hooks: hooks{asked: func(_ *call, _ string, list params) params {
				return list.without(func(p param) bool { return p.name == "_count" && p.value == "0" })
			}},
		},
		{
			ID: "D144", Family: "search", Severity: "S1",
			Title:  "answers are kept for a minute, and by the id of a patient whatever server it is at",
			Breaks: "the records of one patient are shown for another, or as they were before",
			hooks:  hooks{keepsAnswers: true},
		},
	}
}

// forgive leaves out those parameters among some that cannot be read.
func forgive(some func(param) bool) func(*call, string, params) params {
	return func(c *call, resourceType string, list params) params {
		return list.without(func(p param) bool {
			if !some(p) {
				return false
			}
			_, err := c.server.parse(resourceType, params{p}, search.Strict)
			return err != nil
		})
	}
}

// rewriteReferences replaces each absolute reference among the values of a search by what rewrite makes of its base and its
// relative part.
func rewriteReferences(resourceType string, list params, rewrite func(base, relative string) string) params {
	rewritten := slices.Clone(list)
	for i, item := range list {
		parts := strings.Split(item.value, "/")
		if kindOf(resourceType, item) == search.Reference && strings.Contains(item.value, "://") && len(parts) > 4 {
			relative := strings.Join(parts[len(parts)-2:], "/")
			rewritten[i].value = rewrite(strings.TrimSuffix(item.value, "/"+relative), relative)
		}
	}
	return rewritten
}
