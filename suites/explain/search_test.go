package explain_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/explain"
)

// observations are what a person's record holds in these tests, by id.
func observations() []fhir.Resource {
	one := func(id, at, system, code, status string) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Observation", "id": id, "status": status, "effectiveDateTime": at, "meta": map[string]any{"lastUpdated": "2026-11-30T04:36:44.399Z"},
			"code": map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}},
		}
	}
	return []fhir.Resource{
		one("new-year", "2019-01-01T00:00:00Z", "http://loinc.org", "1", "final"),
		one("spring", "2019-03-31T01:00:00Z", "http://loinc.org", "2", "final"),
		one("before-midnight", "2019-06-30T23:30:00Z", "http://loinc.org", "1", "amended"),
		one("after-midnight", "2019-07-01T00:30:00Z", "http://snomed.info/sct", "1", "final"),
		one("winter", "2019-12-31T23:59:59Z", "http://snomed.info/sct", "3", "final"),
		one("later", "2020-05-05", "http://snomed.info/sct", "2", "final"),
		{
			"resourceType": "Observation", "id": "over-night", "status": "preliminary", "meta": map[string]any{"lastUpdated": "2026-11-30T04:36:44.399Z"},
			"effectivePeriod": map[string]any{"start": "2021-12-10T13:00:00Z", "end": "2021-12-11T13:00:00Z"},
			"code":            map[string]any{"coding": []any{map[string]any{"system": "http://loinc.org", "code": "9"}}},
		},
	}
}

// find is the reference search over the observations.
func find(parameters url.Values) ([]string, error) {
	query, err := search.Parse("Observation", parameters.Encode(), search.Options{Handling: search.Strict})
	if err != nil {
		return nil, err
	}
	var found []string
	for _, resource := range observations() {
		if query.Match(resource, nil) {
			found = append(found, resource.ID())
		}
	}
	return found, nil
}

// asked puts questions to a system that understands each as another one.
func asked(t *testing.T, understood func(url.Values) []string, questions ...url.Values) []explain.Asked {
	t.Helper()
	all := make([]explain.Asked, 0, len(questions))
	for _, q := range questions {
		expected, err := find(q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, explain.Asked{Parameters: q, Expected: expected, Actual: understood(q), Expect: find})
	}
	return all
}

// rewritten is a system that replaces values before it searches.
func rewritten(change map[string]string) func(url.Values) []string {
	return func(parameters url.Values) []string {
		other := url.Values{}
		for name, values := range parameters {
			for _, value := range values {
				if to, ok := change[value]; ok {
					value = to
				}
				if value != "-" {
					other.Add(name, value)
				}
			}
		}
		found, _ := find(other)
		return found
	}
}

// only is a system that takes one value for those of a parameter that is repeated.
func only(pick func(values []string) string) func(url.Values) []string {
	return func(parameters url.Values) []string {
		other := url.Values{}
		for name, values := range parameters {
			other.Set(name, pick(values))
		}
		found, _ := find(other)
		return found
	}
}

func q(pairs ...string) url.Values {
	parameters := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		parameters.Add(pairs[i], pairs[i+1])
	}
	return parameters
}

// noLists is a system that takes a list for one value.
func noLists(p url.Values) []string {
	for _, values := range p {
		if slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, ",") }) {
			return nil
		}
	}
	found, _ := find(p)
	return found
}

func TestACauseIsWhatPredictsEveryAnswer(t *testing.T) {
	nothing := func(url.Values) []string { return nil }
	for _, c := range []struct {
		name       string
		understood func(url.Values) []string
		questions  []url.Values
		want       []result.Cause
	}{
		{
			"all right", rewritten(nil), []url.Values{q("date", "2019"), q("status", "final")}, []result.Cause{"", ""},
		},
		{
			"a parameter is ignored", rewritten(map[string]string{"final": "-", "amended": "-"}),
			[]url.Values{q("status", "final"), q("status", "amended"), q("date", "2019")},
			[]result.Cause{result.IgnoredParameter, result.IgnoredParameter, ""},
		},
		{
			"comparisons are not looked at", rewritten(map[string]string{"ge2019-06-30": "2019-06-30", "lt2019-07-01": "2019-07-01", "gt2018": "2018", "le2020-05-05": "2020-05-05"}),
			[]url.Values{q("date", "ge2019-06-30"), q("date", "lt2019-07-01"), q("date", "le2020-05-05"), q("date", "2019"), q("status", "final")},
			[]result.Cause{result.PrefixIgnored, result.PrefixIgnored, result.PrefixIgnored, "", ""},
		},
		{
			"one comparison is read, so that the others are not passed over", rewritten(map[string]string{"ge2019-06-30": "2019-06-30"}),
			[]url.Values{q("date", "ge2019-06-30"), q("date", "lt2019-07-01"), q("date", "2019")},
			[]result.Cause{result.CauseMissing, "", ""},
		},
		{
			"ge leaves the boundary out", rewritten(map[string]string{"ge2019-03-31T01:00:00Z": "gt2019-03-31T01:00:00Z"}),
			[]url.Values{q("date", "ge2019-03-31T01:00:00Z"), q("date", "ge2018-01-01"), q("date", "le2019-06-30T23:30:00Z")},
			[]result.Cause{result.Boundary, "", ""},
		},
		{
			"an instant is its day", rewritten(map[string]string{"ge2019-07-01T00:30:01Z": "ge2019-07-01", "lt2019-06-30T23:30:00Z": "lt2019-06-30", "gt2019-12-31T23:59:58Z": "gt2019-12-31", "ge2019-07-01T00:30:00+01:00": "ge2019-07-01"}),
			[]url.Values{q("date", "ge2019-07-01T00:30:01Z"), q("date", "gt2019-12-31T23:59:58Z"), q("date", "ge2019-07-01T00:30:00+01:00"), q("date", "ge2019-07-01")},
			[]result.Cause{result.TimeIgnored, result.TimeIgnored, result.TimeIgnored, ""},
		},
		{
			"one time of day is read, so that the others are not passed over", rewritten(map[string]string{"ge2019-07-01T00:30:01Z": "ge2019-07-01"}),
			[]url.Values{q("date", "ge2019-07-01T00:30:01Z"), q("date", "lt2019-07-01T00:30:00Z"), q("date", "gt2019-12-31T23:59:58Z")},
			[]result.Cause{result.CauseExtra, "", ""},
		},
		{
			"a year is its first instant", rewritten(map[string]string{"2019": "2019-01-01T00:00:00Z", "2020": "2020-01-01T00:00:00Z"}),
			[]url.Values{q("date", "2019"), q("date", "2020"), q("date", "2019-06-30")},
			[]result.Cause{result.PartialDate, result.PartialDate, ""},
		},
		{
			"ge and le leave out what lies inside of a year or month", rewritten(map[string]string{"ge2019": "ge2019-12-31", "le2019": "le2019-01-01", "le2019-06": "le2019-06-01"}),
			[]url.Values{q("date", "ge2019"), q("date", "le2019"), q("date", "le2019-06"), q("date", "2019")},
			[]result.Cause{result.PartialDate, result.PartialDate, result.PartialDate, ""},
		},
		{
			"ge and le leave out what lies inside of a year, and the time of the last change is compared elsewhere", rewritten(map[string]string{"ge2019": "ge2019-12-31", "le2019": "le2019-01-01"}),
			[]url.Values{q("date", "ge2019"), q("date", "le2019"), q("date", "2019"), q("_lastUpdated", "ge2026"), q("_lastUpdated", "le2026-11")},
			[]result.Cause{result.PartialDate, result.PartialDate, "", "", ""},
		},
		{
			"a day finds what only overlaps it", func(p url.Values) []string {
				if p.Get("date") == "2021-12-10" {
					p = q("date", "ge2021-12-10T00:00:00Z", "date", "lt2021-12-11T00:00:00Z")
				}
				found, _ := find(p)
				return found
			},
			[]url.Values{q("date", "2021-12-10"), q("date", "2020-05-05")},
			[]result.Cause{result.Boundary, ""},
		},
		{
			"an offset is ignored", rewritten(map[string]string{"ge2019-07-01T01:00:00+01:00": "ge2019-07-01T01:00:00Z"}),
			[]url.Values{q("date", "ge2019-07-01T01:00:00+01:00"), q("date", "ge2019-07-01T00:00:00Z")},
			[]result.Cause{result.TimeZone, ""},
		},
		{
			"a code is compared without its system", rewritten(map[string]string{"http://loinc.org|1": "1", "http://snomed.info/sct|1": "1", "http://loinc.org|2": "2"}),
			[]url.Values{q("code", "http://loinc.org|1"), q("code", "http://snomed.info/sct|1"), q("code", "http://loinc.org|2"), q("code", "1")},
			[]result.Cause{result.CodeSystem, result.CodeSystem, result.CodeSystem, ""},
		},
		{
			"only the last of a repeated parameter counts", only(func(values []string) string { return values[len(values)-1] }),
			[]url.Values{q("date", "ge2019-03-01", "date", "le2019-06-30"), q("date", "ge2019-07-01", "date", "le2019-12-31"), q("date", "le2019")},
			[]result.Cause{result.RepeatedParameter, result.RepeatedParameter, ""},
		},
		{
			"only the first of a repeated parameter counts", only(func(values []string) string { return values[0] }),
			[]url.Values{q("date", "ge2019-03-01", "date", "le2019-06-30"), q("status", "final")},
			[]result.Cause{result.RepeatedParameter, ""},
		},
		{
			"any of the values of a repeated parameter is enough", only(func(values []string) string { return strings.Join(values, ",") }),
			[]url.Values{q("date", "le2019-03-31", "date", "ge2019-12-01"), q("status", "final")},
			[]result.Cause{result.RepeatedParameter, ""},
		},
		{
			"only the first of a list counts", rewritten(map[string]string{"1,3": "1", "3,2": "3"}),
			[]url.Values{q("code", "1,3"), q("code", "3,2"), q("code", "1")},
			[]result.Cause{result.ValueList, result.ValueList, ""},
		},
		{
			"a list finds nothing, and one of its values does", noLists,
			[]url.Values{q("code", "http://loinc.org|1,http://loinc.org|2"), q("code", "http://loinc.org|1"), q("status", "final,amended")},
			[]result.Cause{result.ValueList, "", result.ValueList},
		},
		{
			"a list finds nothing, and nobody has seen a value of it find anything", noLists,
			[]url.Values{q("code", "http://loinc.org|1,http://loinc.org|2"), q("code", "3")},
			[]result.Cause{result.CauseMissing, ""},
		},
		{
			"one list finds nothing, and another finds what it must", func(p url.Values) []string {
				if p.Get("code") == "1,2" {
					return nil
				}
				found, _ := find(p)
				return found
			},
			[]url.Values{q("code", "1,2"), q("code", "1"), q("code", "1,3")},
			[]result.Cause{result.CauseMissing, "", ""},
		},
		{
			"one misreading explains an answer and is contradicted by another", rewritten(map[string]string{"ge2019-03-31T01:00:00Z": "gt2019-03-31T01:00:00Z"}),
			[]url.Values{q("date", "ge2019-03-31T01:00:00Z"), q("date", "ge2019-01-01T00:00:00Z")},
			[]result.Cause{result.CauseMissing, ""},
		},
		{
			"nothing is found at all", nothing, []url.Values{q("status", "final")}, []result.Cause{result.CauseMissing},
		},
		{
			"nothing is found at all, which a partial date would explain too", nothing,
			[]url.Values{q("date", "2020"), q("date", "2019-03"), q("status", "final")},
			[]result.Cause{result.CauseMissing, result.CauseMissing, result.CauseMissing},
		},
		{
			"a year finds nothing, and a day of it does", rewritten(map[string]string{"2020": "2020-01-01T00:00:00Z"}),
			[]url.Values{q("date", "2020"), q("date", "2020-05-05")},
			[]result.Cause{result.PartialDate, ""},
		},
		{
			"the order of dates looks like a lost offset, and an answer in UTC is wrong as well",
			rewritten(map[string]string{"ge2019-07-01T01:00:00+01:00": "ge2019-07-01T01:00:00Z", "ge2019-07-01T00:00:00Z": "ge2019-07-01T01:00:00Z"}),
			[]url.Values{q("date", "ge2019-07-01T01:00:00+01:00"), q("date", "ge2019-07-01T00:00:00Z"), q("date", "ge2019-07-01T01:30:00+01:00")},
			[]result.Cause{result.CauseMissing, result.CauseMissing, ""},
		},
		{
			"something nobody knows is found", func(p url.Values) []string { found, _ := find(p); return append(found, "ghost") },
			[]url.Values{q("status", "final")},
			[]result.Cause{result.CauseExtra},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := explain.Searches(asked(t, c.understood, c.questions...)); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatDecidesWithoutAHypothesisIsKept(t *testing.T) {
	wrong := explain.Asked{Parameters: q("date", "2019"), Expected: []string{"a"}, Expect: find, Cause: result.PagingTruncation}
	if got := explain.Searches([]explain.Asked{wrong}); got[0] != result.PagingTruncation {
		t.Errorf("got %q", got)
	}
	broken := explain.Asked{Parameters: q("date", "2019"), Expected: []string{"a"}, Expect: func(url.Values) ([]string, error) { return nil, errors.New("no oracle") }}
	if got := explain.Searches([]explain.Asked{broken}); got[0] != result.CauseMissing {
		t.Errorf("without an oracle: %q", got)
	}
}

func TestReduceFindsTheSmallestQuestionThatStillShowsTheFault(t *testing.T) {
	for _, c := range []struct {
		name   string
		from   url.Values
		shows  func(url.Values) bool
		budget int
		want   string
	}{
		{"one of many", q("a", "1", "b", "2", "c", "3", "d", "4"), func(p url.Values) bool { return p.Get("c") == "3" }, 30, "c=3"},
		{"two together", q("a", "1", "b", "2", "c", "3", "d", "4"), func(p url.Values) bool { return p.Has("a") && p.Has("d") }, 30, "a=1&d=4"},
		{"one value of a list", q("code", "1,2,3,4"), func(p url.Values) bool {
			return p.Get("code") == "3" || p.Get("code") == "1,2,3,4" || p.Get("code") == "3,4"
		}, 30, "code=3"},
		{"one of two dates", q("date", "ge2019", "date", "le2020"), func(p url.Values) bool { return slices.Contains(p["date"], "le2020") }, 30, "date=le2020"},
		{"nothing can go", q("a", "1", "b", "2"), func(p url.Values) bool { return len(p) == 2 }, 30, "a=1&b=2"},
		{"no budget", q("a", "1", "b", "2"), func(url.Values) bool { return true }, 0, "a=1&b=2"},
	} {
		asked := 0
		got := explain.Reduce(t.Context(), c.from, c.budget, func(_ context.Context, p url.Values) (bool, error) {
			asked++
			return c.shows(p), nil
		})
		if got.Encode() != c.want || asked > c.budget {
			t.Errorf("%s: %s after %d of %d questions, want %s", c.name, got.Encode(), asked, c.budget, c.want)
		}
	}
	got := explain.Reduce(t.Context(), q("a", "1", "b", "2"), 9, func(context.Context, url.Values) (bool, error) { return true, errors.New("down") })
	if got.Encode() != "a=1&b=2" {
		t.Errorf("a system that does not answer made the question smaller: %s", got.Encode())
	}
}
