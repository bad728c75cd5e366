package suites_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/record"
)

// moody stands before a system and changes the status of alerts in the answers that it gives first, or in all of them.
func moody(t *testing.T, address string, always bool) string {
	t.Helper()
	return before(t, address, func(r *http.Request, body []byte, again bool) []byte {
		if strings.Contains(r.URL.Path, "/Flag") && (always || !again) {
			return bytes.ReplaceAll(body, []byte(`"status":"active"`), []byte(`"status":"inactive"`))
		}
		return body
	})
}

// before stands before a system and changes its answers. again says that the same was asked before.
func before(t *testing.T, address string, change func(r *http.Request, body []byte, again bool) []byte) string {
	t.Helper()
	var (
		mu    sync.Mutex
		asked = map[string]bool{}
	)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+address+r.URL.RequestURI(), r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		request.Host, request.Header = r.Host, r.Header.Clone()
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer response.Body.Close() //nolint:errcheck // it is read to its end
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		again := asked[r.URL.RequestURI()]
		asked[r.URL.RequestURI()] = true
		mu.Unlock()
		body = change(r, body, again)
		w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
		w.WriteHeader(response.StatusCode)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestWhatDiffersFromItselfIsAFaultOfThatSystemAlone(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name   string
		always bool
		status result.Status
		rule   string
	}{
		{"another answer the second time", false, result.Fail, result.NoiseRule},
		{"the same wrong answer twice", true, result.Fail, "parity-altered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := moody(t, b.pair.CCR.Address, c.always)
			run := b.run(t.Context(), t, func(config *suites.Config) {
				config.Selection.Checks = []string{"PAR-FACTS-FLAG", "PAR-PAIR-FLAG"}
				for i := range config.Systems {
					if config.Systems[i].Name == "ccr" {
						config.Systems[i].ConnectTo = address
					}
				}
			})
			for _, r := range run.Results {
				if r.Scope.System == "ohc" && r.Check == "PAR-FACTS-FLAG" {
					if r.Status != result.Pass {
						t.Errorf("the other system is %s: %+v", r.Status, r.Findings)
					}
					continue
				}
				if r.Scope.System == "ohc" {
					// What it is compared with differs, and the ledger says that it is not the one at fault.
					if r.Status == result.Fail {
						t.Errorf("%s blames %s", r.Check, r.Scope)
					}
					continue
				}
				if r.Status != c.status {
					t.Errorf("%s for %s is %s: %s %+v", r.Check, r.Scope, r.Status, r.Message, r.Findings)
				}
				for _, f := range r.Findings {
					if f.Rule == result.NoiseRule && !strings.HasPrefix(f.Message, "ccr ") {
						t.Errorf("%s for %s: %s", r.Check, r.Scope, f.Message)
					}
					if f.Rule != c.rule {
						t.Errorf("%s for %s: %s: %s", r.Check, r.Scope, f.Rule, f.Message)
					}
				}
			}
		})
	}
}

func TestAFaultThatIsGoneWhenTheSameIsAskedAgainIsToldAsThat(t *testing.T) {
	b := newBench(t)
	const nothing = `{"resourceType":"Bundle","type":"searchset","total":0}`
	for name, c := range map[string]struct {
		checks []string
		hides  func(r *http.Request, again bool) bool
		cause  result.Cause
	}{
		"nobody, and then somebody": {
			[]string{"PAR-IDENTITY-001", "PAR-FACTS-ALLERGY", "SCN-P08-VISIBLE"}, func(r *http.Request, again bool) bool {
				return !again && strings.HasSuffix(r.URL.Path, "/Patient") && r.URL.Query().Has("identifier")
			}, result.Unsteady,
		},
		"no match, and then some": {
			[]string{"PAR-DATE-001", "SCN-P08-SEARCH"}, func(r *http.Request, again bool) bool { return !again && r.URL.Query().Has("date") }, result.Unsteady,
		},
		"no match, ever": {
			[]string{"PAR-DATE-001"}, func(r *http.Request, _ bool) bool { return r.URL.Query().Has("date") }, result.CauseMissing,
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := before(t, b.pair.CCR.Address, func(r *http.Request, body []byte, again bool) []byte {
				if c.hides(r, again) {
					return []byte(nothing)
				}
				return body
			})
			run := b.run(t.Context(), t, func(config *suites.Config) {
				config.Selection.Checks, config.Selection.Providers = c.checks, []string{"RRK", "SYNGP0001"}
				for i := range config.Systems {
					if config.Systems[i].Name == "ccr" {
						config.Systems[i].ConnectTo = address
					}
				}
			})
			failed := map[string]bool{}
			for _, r := range run.Results {
				if r.Scope.System != "ccr" {
					continue
				}
				if r.Status != result.Fail {
					t.Errorf("%s for %s is %s: %s %+v", r.Check, r.Scope, r.Status, r.Message, r.Findings)
				}
				failed[r.Check] = true
				for _, f := range r.Findings {
					if f.Cause != c.cause {
						t.Errorf("%s for %s: cause %q: %s", r.Check, r.Scope, f.Cause, f.Message)
					}
				}
			}
			if len(failed) != len(c.checks) {
				t.Errorf("of %v there are %v", c.checks, failed)
			}
		})
	}
}

// TestAFaultOfAllAnswersIsToldAsThat holds what a gateway does to every answer against what each check makes of its own.
func TestAFaultOfAllAnswersIsToldAsThat(t *testing.T) {
	b := newBench(t)
	var (
		mu    sync.Mutex
		first = map[string][]byte{}
	)
	searched := func(body []byte, change func(bundle map[string]any)) []byte {
		var bundle map[string]any
		if json.Unmarshal(body, &bundle) != nil || bundle["type"] != "searchset" {
			return body
		}
		change(bundle)
		changed, err := json.Marshal(bundle)
		if err != nil {
			t.Error(err)
		}
		return changed
	}
	leaving := func(out func(resource map[string]any) bool) func(bundle map[string]any) {
		return func(bundle map[string]any) {
			entries, _ := bundle["entry"].([]any)
			entries = slices.DeleteFunc(entries, func(entry any) bool {
				of, _ := entry.(map[string]any)
				resource, _ := of["resource"].(map[string]any)
				return out(resource)
			})
			if bundle["entry"] = entries; len(entries) == 0 {
				delete(bundle, "entry")
			}
		}
	}
	for name, c := range map[string]struct {
		checks []string
		change func(r *http.Request, body []byte, again bool) []byte
		cause  result.Cause
	}{
		"kept by the path alone": {
			[]string{"PAR-IDENTITY-001"}, func(r *http.Request, body []byte, _ bool) []byte {
				if !strings.HasSuffix(r.URL.Path, "/Patient") || r.URL.RawQuery == "" {
					return body
				}
				mu.Lock()
				defer mu.Unlock()
				if first[r.URL.Path] == nil && bytes.Contains(body, []byte(`"entry"`)) {
					first[r.URL.Path] = body
				}
				if kept := first[r.URL.Path]; kept != nil {
					return kept
				}
				return body
			}, result.QueryIgnored,
		},
		"ended after ten entries": {
			[]string{"PAR-DATE-001", "PAR-FACTS-ENCOUNTER", "PAR-META-SUBSET"}, func(_ *http.Request, body []byte, _ bool) []byte {
				return searched(body, func(bundle map[string]any) {
					if entries, _ := bundle["entry"].([]any); len(entries) > 10 {
						bundle["entry"], bundle["total"] = entries[:10], 10
					}
					delete(bundle, "link")
				})
			}, result.PagingTruncation,
		},
		"a first page that lacks something once": {
			[]string{"PAR-PAGE-001"}, func(r *http.Request, body []byte, again bool) []byte {
				if again || !strings.HasSuffix(r.URL.Path, "/Observation") {
					return body
				}
				return searched(body, func(bundle map[string]any) {
					if entries, _ := bundle["entry"].([]any); len(entries) > 20 {
						bundle["entry"] = entries[1:]
					}
				})
			}, result.Unsteady,
		},
		"older records left out": {
			[]string{"PAR-FACTS-CONDITION"}, func(_ *http.Request, body []byte, _ bool) []byte {
				return searched(body, leaving(func(resource map[string]any) bool {
					when, _ := resource["onsetDateTime"].(string)
					return when != "" && when < "2024"
				}))
			}, result.HistoryCut,
		},
		"finished records left out": {
			[]string{"PAR-FACTS-MEDREQ"}, func(_ *http.Request, body []byte, _ bool) []byte {
				return searched(body, leaving(func(resource map[string]any) bool {
					return resource["resourceType"] == "MedicationRequest" && resource["status"] == "completed"
				}))
			}, result.StatusFilter,
		},
		"lists of one written as the one": {
			[]string{"PRO-PATIENT-001"}, func(_ *http.Request, body []byte, _ bool) []byte {
				return searched(body, func(bundle map[string]any) {
					entries, _ := bundle["entry"].([]any)
					for _, entry := range entries {
						of, _ := entry.(map[string]any)
						resource, _ := of["resource"].(map[string]any)
						if list, _ := resource["address"].([]any); resource["resourceType"] == "Patient" && len(list) == 1 {
							resource["address"] = list[0]
						}
					}
				})
			}, result.JSONShape,
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := before(t, b.pair.CCR.Address, c.change)
			run := b.run(t.Context(), t, func(config *suites.Config) {
				config.Selection.Checks = c.checks
				for i := range config.Systems {
					if config.Systems[i].Name == "ccr" {
						config.Systems[i].ConnectTo = address
					}
				}
			})
			failed := map[string]bool{}
			for _, r := range run.Results {
				if r.Scope.System != "ccr" || r.Status == result.Pass {
					continue
				}
				failed[r.Check] = true
				for _, f := range r.Findings {
					if f.Severity == result.SeverityError && f.Cause != c.cause {
						t.Errorf("%s for %s: cause %q: %s", r.Check, r.Scope, f.Cause, f.Message)
					}
				}
			}
			if len(failed) != len(c.checks) {
				t.Errorf("of %v there are %v", c.checks, failed)
			}
		})
	}
}

// TestNobodyIsBlamedForWhatTheNeighbourShows plays the scenarios that change something in both systems while one of them shows it wrongly.
func TestNobodyIsBlamedForWhatTheNeighbourShows(t *testing.T) {
	b := newBench(t)
	address := before(t, b.pair.CCR.Address, func(_ *http.Request, body []byte, _ bool) []byte {
		var bundle map[string]any
		if json.Unmarshal(body, &bundle) != nil || bundle["type"] != "searchset" {
			return body
		}
		entries, _ := bundle["entry"].([]any)
		entries = slices.DeleteFunc(entries, func(entry any) bool {
			of, _ := entry.(map[string]any)
			resource, _ := of["resource"].(map[string]any)
			if resource["resourceType"] == "Observation" && resource["status"] == "entered-in-error" {
				resource["status"] = "final"
			}
			return resource["resourceType"] == "OperationOutcome"
		})
		if bundle["entry"] = entries; len(entries) == 0 {
			delete(bundle, "entry")
		}
		changed, err := json.Marshal(bundle)
		if err != nil {
			t.Error(err)
		}
		return changed
	})
	run := b.run(t.Context(), t, func(config *suites.Config) {
		config.Selection.Checks = []string{"SCN-P10-STALE", "SCN-P14", "SCN-P19", "SCN-P33", "SCN-P34-WARNING"}
		for i := range config.Systems {
			if config.Systems[i].Name == "ccr" {
				config.Systems[i].ConnectTo = address
			}
		}
	})
	blamed := map[string]bool{}
	for _, r := range run.Results {
		if r.Status == result.Pass {
			continue
		}
		blamed[r.Check] = true
		if r.Scope.System == "ohc" {
			t.Errorf("%s for %s: %s %s %+v", r.Check, r.Scope, r.Status, r.Message, r.Findings)
		}
	}
	for _, id := range []string{"SCN-P10-STALE", "SCN-P33", "SCN-P34-WARNING"} {
		if !blamed[id] {
			t.Errorf("%s finds nothing wrong with the system that shows it", id)
		}
	}
}

// TestNobodysRecordsButThoseOfThePeopleNamedAreAskedForToExplainAFault has a fault that would be explained by asking for all of a type.
func TestNobodysRecordsButThoseOfThePeopleNamedAreAskedForToExplainAFault(t *testing.T) {
	b := newBench(t)
	var (
		mu    sync.Mutex
		broad []string
	)
	address := before(t, b.pair.CCR.Address, func(r *http.Request, body []byte, _ bool) []byte {
		if strings.HasPrefix(r.URL.Path, "/fhir/") && r.URL.Path != "/fhir/metadata" && strings.Count(r.URL.Path, "/") == 2 && r.URL.RawQuery == "" {
			mu.Lock()
			broad = append(broad, r.URL.Path)
			mu.Unlock()
		}
		var bundle map[string]any
		if json.Unmarshal(body, &bundle) == nil && bundle["type"] == "searchset" {
			if entries, _ := bundle["entry"].([]any); len(entries) > 2 {
				bundle["entry"], bundle["total"] = entries[:2], 2
			}
			delete(bundle, "link")
			if changed, err := json.Marshal(bundle); err == nil {
				return changed
			}
		}
		return body
	})
	sample := record.Sample(b.ledger)
	run := b.run(t.Context(), t, func(config *suites.Config) {
		config.Selection.Checks = []string{"PAR-SEARCH-PATIENT", "PAR-META-DATE", "PAR-META-SUBSET", "PAR-META-UNION"}
		config.Discovery = &suites.Discovery{}
		for _, person := range sample {
			if len(b.ledger.Visible(person)) > 5 && len(config.Discovery.Subjects) < 4 {
				config.Discovery.Subjects = append(config.Discovery.Subjects, person.NHSNumber)
			}
		}
		for i := range config.Systems {
			if config.Systems[i].Name == "ccr" {
				config.Systems[i].ConnectTo = address
			}
		}
	})
	if !slices.ContainsFunc(run.Results, func(r result.Result) bool { return r.Scope.System == "ccr" && r.Status == result.Fail }) {
		t.Errorf("the fault is not seen: %+v", run.Results)
	}
	if len(broad) > 0 {
		t.Errorf("all of a type was asked for: %v", broad)
	}
}
