package hostile

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// dates are the search parameters of kind date that servers go wrong with.
func dates() []string {
	return []string{
		"date", "recorded-date", "onset-date", "authoredon", "authored", "effective", "effective-time", "whenprepared", "whenhandedover", "_lastUpdated",
		"period", "birthdate", "death-date", "last-date", "authored-on", "modified", "created", "collected",
	}
}

// cutPrefix parts the prefix of a date from the date; "eq" is written out.
func cutPrefix(value string) (prefix, date string) {
	if len(value) > 2 && value[0] >= 'a' && value[0] <= 'z' {
		return value[:2], value[2:]
	}
	return "eq", value
}

// eachDate changes the dates of a search. Only the names that are given count; none are all.
func eachDate(change func(prefix, date string) string, names ...string) func(url.Values) {
	if len(names) == 0 {
		names = dates()
	}
	return func(parameters url.Values) {
		for name, values := range parameters {
			if base, _, _ := strings.Cut(name, ":"); !slices.Contains(names, base) || strings.HasSuffix(name, ":missing") {
				continue
			}
			for i := range values {
				values[i] = change(cutPrefix(values[i]))
			}
		}
	}
}

// askedDate reports whether a search has a date of which a condition holds.
func askedDate(x *Exchange, when func(prefix, date string) bool) bool {
	return slices.ContainsFunc(dates(), func(name string) bool {
		return slices.ContainsFunc(x.Parameters[name], func(value string) bool { return when(cutPrefix(value)) })
	})
}

// partial reports whether a date is a year or a month.
func partial(date string) bool { return len(date) == len("2019") || len(date) == len("2019-03") }

// dateBehaviours are what servers do with dates.
func dateBehaviours() []Behaviour {
	fault := func(name, title, check string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Search, Kind: Fault, Title: title, Check: check, hooks: hooks}
	}
	swap := func(when func(date string) bool, pairs ...string) func() hooks {
		return asking(eachDate(func(prefix, date string) string {
			if when(date) {
				for i := 0; i+1 < len(pairs); i += 2 {
					if pairs[i] == prefix {
						return pairs[i+1] + date
					}
				}
			}
			return prefix + date
		}))
	}
	day := func(date string) bool { return len(date) == len("2019-03-02") }
	always := func(string) bool { return true }
	return []Behaviour{
		fault("partial-date-leaves-out-inside", "ge and le of a year or month leave out what lies inside it", "PAR-DATE-002", swap(partial, "ge", "gt", "le", "lt")),
		fault("birth-year-finds-nobody", "birthdate=ge1950 with birthdate=le1950 finds nobody", "PAR-GRID-DATE", asking(eachDate(func(prefix, date string) string {
			if partial(date) && (prefix == "ge" || prefix == "le") {
				return map[string]string{"ge": "gt", "le": "lt"}[prefix] + date
			}
			return prefix + date
		}, "birthdate"))),
		fault("dates-as-text", "dates are compared as text: ge of a day loses instants of that day, and lt finds them", "PAR-GRID-DATE", swap(day, "ge", "gt", "lt", "le", "gt", "gt", "le", "lt")),
		fault("day-as-its-first-instant", "a day means its first instant, so that what was recorded later that day is not found", "PAR-GRID-DATE", asking(eachDate(func(prefix, date string) string {
			if day(date) && prefix == "eq" {
				return prefix + date + "T00:00:00Z"
			}
			return prefix + date
		}))),
		fault("boundary-left-out", "ge and le leave out the instant itself", "PAR-DATE-001", swap(always, "ge", "gt", "le", "lt")),
		fault("offset-ignored", "the offset of an instant is ignored", "PAR-DATE-001", asking(eachDate(func(prefix, date string) string {
			if cut, ok := strings.CutSuffix(date, "+01:00"); ok {
				return prefix + cut + "Z"
			}
			return prefix + date
		}))),
		fault("period-start-only", "of a period only the start is looked at", "PAR-GRID-DATE", func() hooks {
			return hooks{ask: func(x *Exchange, parameters url.Values) {
				if x.Type() == "Encounter" || x.Type() == "CarePlan" || x.Type() == "EpisodeOfCare" {
					eachDate(func(prefix, date string) string {
						if prefix == "gt" || prefix == "ge" {
							prefix = "sa"
						}
						return prefix + date
					})(parameters)
				}
			}}
		}),
		{
			Name: "partial-date-refused", Theme: Search, Kind: Fault, Title: "a year or month is refused as a date", Check: "PAR-DATE-002", Rule: "not-offered",
			hooks: refusing("dates must be whole", func(x *Exchange) bool {
				return askedDate(x, func(_, date string) bool { return partial(date) })
			}),
		},
		{
			Name: "rare-prefixes-refused", Theme: Search, Kind: Legal, Title: "the prefixes ap, sa and eb are refused",
			hooks: func() hooks {
				return hooks{answer: func(x *Exchange) {
					if x.search() && askedDate(x, func(prefix, _ string) bool { return slices.Contains([]string{"ap", "sa", "eb"}, prefix) }) {
						x.set(http.StatusBadRequest, fhirJSON, outcome("not-supported", "prefix not supported"))
					}
				}}
			},
		},
	}
}
