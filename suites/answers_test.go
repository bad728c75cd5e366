package suites_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/contract"
)

// asked is a twist of the questions: every search of the types is asked otherwise. No types are all types.
func asked(name string, change func(parameters url.Values), types ...string) twist {
	return twist{name: name, ask: func(resourceType string, parameters url.Values, _ bool) {
		if len(types) == 0 || slices.Contains(types, resourceType) {
			change(parameters)
		}
	}}
}

// eachValue changes the values of the parameters whose name is one of the names, modifiers aside.
func eachValue(change func(value string) string, names ...string) func(url.Values) {
	return func(parameters url.Values) {
		for name, values := range parameters {
			code, _, _ := strings.Cut(name, ":")
			if slices.Contains(names, code) {
				for i := range values {
					values[i] = change(values[i])
				}
			}
		}
	}
}

// renamed asks for another parameter.
func renamed(from, to string) func(url.Values) {
	return func(parameters url.Values) {
		if values, ok := parameters[from]; ok {
			delete(parameters, from)
			parameters[to] = append(parameters[to], values...)
		}
	}
}

func dateNames() []string {
	return []string{
		"date", "recorded-date", "onset-date", "authoredon", "effective", "effective-time", "whenprepared", "whenhandedover", "_lastUpdated", "period", "birthdate",
		"last-date", "authored-on", "modified", "created", "collected",
	}
}

func tokenNames() []string {
	return []string{"code", "status", "clinical-status", "verification-status", "category", "identifier", "type", "class", "vaccine-code", "criticality", "intent", "gender"}
}

// prefixed swaps the prefixes of dates.
func prefixed(name string, pairs ...string) twist {
	return asked(name, eachValue(func(value string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if rest, ok := strings.CutPrefix(value, pairs[i]); ok {
				return pairs[i+1] + rest
			}
		}
		return value
	}, dateNames()...))
}

// wrongTwists are systems that answer searches wrongly. Each must fail a check.
func wrongTwists(t *testing.T) []twist {
	t.Helper()
	agreed, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var all []twist
	known := map[string]bool{}
	for _, row := range agreed.Rows {
		for _, code := range row.Parameters {
			if name := row.Resource + "." + code + " is ignored"; !known[name] && row.Resource != "" {
				known[name] = true
				all = append(all, asked(name, func(parameters url.Values) {
					for name := range parameters {
						if base, _, _ := strings.Cut(name, ":"); base == code {
							delete(parameters, name)
						}
					}
				}, row.Resource))
			}
		}
	}
	some := func(choose func(list []string) []string) func(string) string {
		return func(value string) string { return strings.Join(choose(strings.Split(value, ",")), ",") }
	}
	entries := func(name string, change func(q question, entries []any) []any) twist {
		return everyPage(name, func(q question, page map[string]any) {
			if list := fhir.List(page["entry"]); len(list) > 0 {
				page["entry"] = change(q, list)
			}
		})
	}
	cut := func(name string, next bool) twist {
		return everyPage(name, func(_ question, page map[string]any) {
			list := fhir.List(page["entry"])
			if len(list) <= 20 {
				return
			}
			page["entry"] = list[:20]
			if !next {
				page["link"] = slices.DeleteFunc(fhir.List(page["link"]), func(link any) bool { return fhir.Text(fhir.Get(link, "relation")) == "next" })
			}
		})
	}
	total := func(name string, change func(int) int) twist {
		return everyPage(name, func(_ question, page map[string]any) {
			if number, ok := page["total"].(json.Number); ok {
				n, _ := number.Int64()
				page["total"] = change(int(n))
			}
		})
	}
	all = append(all,
		prefixed("ge as gt", "ge", "gt"), prefixed("gt as ge", "gt", "ge"), prefixed("le as lt", "le", "lt"), prefixed("lt as le", "lt", "le"),
		prefixed("prefixes ignored", "ge", "", "gt", "", "le", "", "lt", ""), prefixed("ge and le exchanged", "ge", "le", "le", "ge"),
		prefixed("sa for gt, eb for lt", "gt", "sa", "lt", "eb"),
		asked("offsets of dates ignored", eachValue(func(value string) string {
			if before, ok := strings.CutSuffix(value, "+01:00"); ok {
				return before + "Z"
			}
			return value
		}, dateNames()...)),
		asked("times of dates ignored", eachValue(func(value string) string { day, _, _ := strings.Cut(value, "T"); return day }, dateNames()...)),
		asked("partial dates as their first instant", eachValue(func(value string) string {
			prefix, rest := "", value
			if len(value) > 2 && value[0] >= 'a' {
				prefix, rest = value[:2], value[2:]
			}
			switch len(rest) {
			case 4:
				rest += "-01-01T00:00:00Z"
			case 7:
				rest += "-01T00:00:00Z"
			case 10:
				rest += "T00:00:00Z"
			}
			return prefix + rest
		}, dateNames()...)),
		asked("of a comma list the first", eachValue(some(func(list []string) []string { return list[:1] }), append(tokenNames(), "_id", "patient", "subject")...)),
		asked("of a comma list the last", eachValue(some(func(list []string) []string { return list[len(list)-1:] }), append(tokenNames(), "_id", "patient", "subject")...)),
		asked("of a repeated parameter the first", func(parameters url.Values) {
			for name, values := range parameters {
				parameters[name] = values[:1]
			}
		}),
		asked("of a repeated parameter the last", func(parameters url.Values) {
			for name, values := range parameters {
				parameters[name] = values[len(values)-1:]
			}
		}),
		asked("a repeated parameter as a comma list", func(parameters url.Values) {
			for name, values := range parameters {
				if !slices.Contains(dateNames(), name) && len(values) > 1 {
					parameters[name] = []string{strings.Join(values, ",")}
				}
			}
		}),
		asked(":not ignored", func(parameters url.Values) {
			for name, values := range parameters {
				if base, modifier, _ := strings.Cut(name, ":"); modifier == "not" {
					delete(parameters, name)
					parameters[base] = append(parameters[base], values...)
				}
			}
		}),
		asked("parameters with :not left out", func(parameters url.Values) {
			for name := range parameters {
				if strings.HasSuffix(name, ":not") {
					delete(parameters, name)
				}
			}
		}),
		asked("every modifier ignored", func(parameters url.Values) {
			for name, values := range parameters {
				if base, _, modified := strings.Cut(name, ":"); modified {
					delete(parameters, name)
					parameters[base] = append(parameters[base], values...)
				}
			}
		}),
		asked("the system of a token ignored", eachValue(func(value string) string { return value[strings.LastIndex(value, "|")+1:] }, "code", "category", "clinical-status", "type", "vaccine-code")),
		asked("the system of an identifier ignored", eachValue(func(value string) string { return value[strings.LastIndex(value, "|")+1:] }, "identifier")),
		asked("|code as code", eachValue(func(value string) string { return strings.TrimPrefix(value, "|") }, tokenNames()...)),
		asked("the code of a token ignored", eachValue(func(value string) string {
			if system, _, ok := strings.Cut(value, "|"); ok && system != "" {
				return system + "|"
			}
			return value
		}, "code", "category", "type")),
		asked("tokens folded to lower case", eachValue(strings.ToLower, "code", "clinical-status", "status", "category")),
		asked("chains ignored", func(parameters url.Values) {
			for name := range parameters {
				if strings.Contains(name, ".") {
					delete(parameters, name)
				}
			}
		}),
		asked("_include ignored", func(parameters url.Values) { delete(parameters, "_include") }),
		asked("_sort ignored", func(parameters url.Values) { delete(parameters, "_sort") }),
		asked("_sort the other way", eachValue(func(value string) string {
			if rest, ok := strings.CutPrefix(value, "-"); ok {
				return rest
			}
			return "-" + value
		}, "_sort")),
		asked("_sort by the time of update", eachValue(func(value string) string {
			if strings.HasPrefix(value, "-") {
				return "-_lastUpdated"
			}
			return "_lastUpdated"
		}, "_sort")),
		asked("_count ignored", func(parameters url.Values) { delete(parameters, "_count") }),
		asked("_summary ignored", func(parameters url.Values) { delete(parameters, "_summary") }),
		asked("_lastUpdated ignored", func(parameters url.Values) { delete(parameters, "_lastUpdated") }),
		asked("_id ignored", func(parameters url.Values) { delete(parameters, "_id") }),
		twist{name: "the body of POST ignored", ask: func(_ string, parameters url.Values, post bool) {
			if post {
				for name := range parameters {
					if name != "patient" {
						delete(parameters, name)
					}
				}
			}
		}},
		asked("Observation.date on the time of update", renamed("date", "_lastUpdated"), "Observation"),
		asked("Observation.code on the category", renamed("code", "category"), "Observation"),
		asked("Observation.category on the code", renamed("category", "code"), "Observation"),
		asked("Condition.onset-date on the time of recording", renamed("onset-date", "recorded-date"), "Condition"),
		asked("Condition.recorded-date on the onset", renamed("recorded-date", "onset-date"), "Condition"),
		asked("Condition.clinical-status on the verification", renamed("clinical-status", "verification-status"), "Condition", "AllergyIntolerance"),
		asked("Encounter.date on the time of update", renamed("date", "_lastUpdated"), "Encounter"),
		asked("Patient.family on all names", renamed("family", "name"), "Patient"),
		asked("Patient.given on the family name", renamed("given", "family"), "Patient"),
		entries("the first entry of every page left out", func(_ question, list []any) []any { return list[1:] }),
		entries("the last entry of every long page left out", func(_ question, list []any) []any {
			if len(list) < 5 {
				return list
			}
			return list[:len(list)-1]
		}),
		entries("an entry twice", func(_ question, list []any) []any { return append(slices.Clone(list), list[0]) }),
		entries("an entry again under another id", func(_ question, list []any) []any {
			text, _ := json.Marshal(list[0])
			again, err := fhir.DecodeObject(text)
			if err != nil {
				return list
			}
			if resource, ok := again["resource"].(map[string]any); ok {
				resource["id"] = "again-" + fhir.Text(resource["id"])
			}
			delete(again, "fullUrl")
			return append(slices.Clone(list), again)
		}),
		entries("matches said to be included", func(_ question, list []any) []any {
			if search, ok := fhir.Get(list[len(list)-1], "search").(map[string]any); ok && len(list) > 2 {
				search["mode"] = "include"
			}
			return list
		}),
		entries("an entry without its resource", func(_ question, list []any) []any {
			if entry, ok := list[len(list)-1].(map[string]any); ok && len(list) > 2 {
				delete(entry, "resource")
			}
			return list
		}),
		entries("a fullUrl of another", func(_ question, list []any) []any {
			if entry, ok := list[0].(map[string]any); ok && len(list) > 1 {
				entry["fullUrl"] = fhir.Get(list[1], "fullUrl")
			}
			return list
		}),
		cut("cut at 20, without next", false), cut("cut at 20, with next", true),
		everyPage("no next link", func(_ question, page map[string]any) {
			page["link"] = slices.DeleteFunc(fhir.List(page["link"]), func(link any) bool { return fhir.Text(fhir.Get(link, "relation")) == "next" })
		}),
		everyPage("no self link", func(_ question, page map[string]any) {
			page["link"] = slices.DeleteFunc(fhir.List(page["link"]), func(link any) bool { return fhir.Text(fhir.Get(link, "relation")) == "self" })
		}),
		total("the total one more", func(n int) int { return n + 1 }), total("the total one less", func(n int) int { return max(n-1, 0) }),
		stale(),
		fresh(),
		oftenStatus("204 for every fifth question", http.StatusNoContent), oftenStatus("304 for every fifth question", http.StatusNotModified),
		oftenStatus("500 for every fifth question", http.StatusInternalServerError),
	)
	return all
}

// stale is a cache that forgets what the question was: it answers with what it answered to the same parameters of another patient.
func stale() twist {
	var mu sync.Mutex
	var last []byte
	return twist{name: "a cache that answers the question before", text: func(q question, _ http.Header, body []byte) []byte {
		if q.resourceType == "" || q.resourceType == "Patient" {
			return body
		}
		mu.Lock()
		defer mu.Unlock()
		before := last
		last = body
		if before != nil && len(body)%3 == 0 {
			return before
		}
		return body
	}}
}

// fresh sorts equal results otherwise each time.
func fresh() twist {
	var mu sync.Mutex
	turn := 0
	return everyPage("another order every time", func(q question, page map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		if turn++; turn%2 == 0 && q.parameters.Has("_sort") {
			list := fhir.List(page["entry"])
			for i := 0; i+1 < len(list); i += 2 {
				list[i], list[i+1] = list[i+1], list[i]
			}
		}
	})
}

// oftenStatus answers every fifth search with a status and no body.
func oftenStatus(name string, status int) twist {
	var mu sync.Mutex
	turn := 0
	return twist{name: name, write: func(w http.ResponseWriter, q question, was int, header http.Header, body []byte) {
		mu.Lock()
		turn++
		now := turn%5 == 0 && q.resourceType != ""
		mu.Unlock()
		w.Header().Set("Content-Type", header.Get("Content-Type"))
		if now {
			w.WriteHeader(status)
			return
		}
		w.WriteHeader(was)
		_, _ = w.Write(body)
	}}
}

// TestASystemThatSearchesWronglyIsCaught shows ccr through a stand-in that answers searches wrongly. Every 27th fault is
// tried; with CONCORD_MUTANTS=all all are, which takes some minutes.
func TestASystemThatSearchesWronglyIsCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this asks the search checks once for each fault")
	}
	s := newStage(t, "ccr")
	s.alone = true
	var checks []string
	for _, c := range suites.Catalogue() {
		for _, prefix := range []string{"PAR-SEARCH", "PAR-META", "PAR-IGNORED", "PAR-DATE", "PAR-TOKEN", "PAR-OR", "PAR-FILTER", "PAR-PAGE", "PAR-TOTAL", "PAR-SORT", "PAR-POST", "PAR-IDENTITY", "PAR-DECLARED"} {
			if strings.HasPrefix(c.ID, prefix) && !c.Exclusive {
				checks = append(checks, c.ID)
			}
		}
	}
	for i, act := range wrongTwists(t) {
		if os.Getenv("CONCORD_MUTANTS") != "all" && i%27 != 13 {
			continue
		}
		t.Run(act.name, func(t *testing.T) {
			run := s.play(t, act, checks...)
			var caught []string
			for _, r := range run.Results {
				if r.Status == result.Fail || r.Status == result.Warning {
					caught = append(caught, fmt.Sprintf("%s (%s)", r.Check, r.Findings[0].Cause))
				}
			}
			if len(caught) == 0 {
				t.Errorf("not caught: %s", run.Verdict.Sentence)
			}
			t.Logf("%d: %v", len(caught), caught[:min(3, len(caught))])
		})
	}
}

// TestValuesOfTwoRecordsExchangedAreSeen shows ccr through a stand-in that gives the values of two results of one page to each
// other: every record is found by every search, and two of them are wrong.
func TestValuesOfTwoRecordsExchangedAreSeen(t *testing.T) {
	s := newStage(t, "ccr")
	run := s.play(t, everyPage("", func(q question, page map[string]any) {
		if q.resourceType != "Observation" {
			return
		}
		var withValue []map[string]any
		for _, entry := range fhir.List(page["entry"]) {
			if resource, ok := fhir.Get(entry, "resource").(map[string]any); ok && resource["valueQuantity"] != nil {
				withValue = append(withValue, resource)
			}
		}
		if len(withValue) > 1 {
			withValue[0]["valueQuantity"], withValue[1]["valueQuantity"] = withValue[1]["valueQuantity"], withValue[0]["valueQuantity"]
		}
	}), "PAR-FACTS-OBSERVATION", "PAR-PAIR-OBSERVATION")
	failed := map[string]bool{}
	for _, r := range run.Results {
		if r.Status == result.Fail {
			failed[r.Check+" "+r.Scope.System] = true
		}
	}
	if !failed["PAR-FACTS-OBSERVATION ccr"] || failed["PAR-FACTS-OBSERVATION ohc"] || !failed["PAR-PAIR-OBSERVATION ccr"] {
		t.Errorf("failed: %v", failed)
	}
}
