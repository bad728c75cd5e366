package suites_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
)

// discover makes it a run about whatever people the systems hold.
func discover(c *suites.Config) { c.Discovery = &suites.Discovery{} }

func TestCleanMocksGiveNoFindingWithoutTheGoldenLedger(t *testing.T) {
	b := newFullBench(t)
	run := b.run(t.Context(), t, discover)
	passed := 0
	for _, r := range run.Results {
		if r.Status != result.Pass {
			t.Errorf("%s for %s: %s (%s) %s %+v", r.Check, r.Scope, r.Status, r.Reason, r.Message, r.Findings)
			continue
		}
		passed++
	}
	if passed < 280 {
		t.Errorf("only %d of %d results were demonstrated", passed, len(run.Results))
	}
	if run.Data.Providers+run.Data.Facts != 0 || run.Data.People < 16 || !run.Data.Found {
		t.Errorf("the run says of its data %+v", run.Data)
	}
	if len(run.Parameters) == 0 {
		t.Error("no parameter was measured")
	}
}

func TestASystemThatGivesNoListOfRolesIsAskedTheRest(t *testing.T) {
	s := newStage(t, "ohc")
	unlisted := twist{name: "no list of roles", write: func(w http.ResponseWriter, q question, status int, header http.Header, body []byte) {
		if _, narrowed := q.parameters["practitioner"]; q.resourceType == "PractitionerRole" && !narrowed {
			status, body = http.StatusBadRequest, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"too-costly"}]}`)
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}}
	s.standIns["ohc"].twist.Store(&unlisted)
	run := s.run(t.Context(), t, func(c *suites.Config) {
		discover(c)
		c.Selection.Checks = []string{"PAR-SEARCH-DIRECTORY"}
		for i := range c.Systems {
			if in := s.standIns[c.Systems[i].Name]; in != nil {
				c.Systems[i].ConnectTo = in.address
			}
		}
	})
	for _, r := range run.Results {
		want := result.Pass
		if r.Scope.System == "ohc" {
			want = result.NotRun
		}
		if r.Status != want || want == result.NotRun && (r.Reason != result.NoData || !strings.Contains(r.Message, "subjects") || !strings.Contains(r.Message, "PractitionerRole")) {
			t.Errorf("%s for %s: %s (%s) %s %+v", r.Check, r.Scope, r.Status, r.Reason, r.Message, r.Findings)
		}
	}
}

// TestFaultsShowWithoutTheGoldenLedger switches defects on in one system that nobody has told Concord the truth about.
func TestFaultsShowWithoutTheGoldenLedger(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this asks the parity suite once for each defect")
	}
	b := newBench(t)
	for defect, wanted := range map[string][]string{
		"D12": {"PAR-IGNORED-VALUE", "PAR-DECLARED-001", "PAR-SEARCH-ALLERGY"},
		"D13": {"PAR-SEARCH-OBSERVATION"},
		"D14": {"PAR-SEARCH-OBSERVATION"},
		"D15": {"PAR-META-TOKEN"},
		"D16": {"PAR-META-UNION", "PAR-SEARCH-CONDITION-SHOULD"},
		"D19": {"PAR-META-SUMMARY"},
		"D20": {"PAR-META-SORT"},
		"D22": {"PAR-POST-001"},
		"D23": {"PAR-META-SUBSETTED"},
		"D25": {"PAR-PAIR-CONDITION"},
		"D33": {"PAR-PAIR-ALLERGY"},
		"D44": {"PAR-PAIR-OBSERVATION"},
		"D46": {"PRO-REFERENCE-001"},
	} {
		t.Run(defect, func(t *testing.T) {
			if err := b.pair.CCR.Server.SetDefects(mocks.Setting{ID: defect}); err != nil {
				t.Fatal(err)
			}
			run := b.run(t.Context(), t, func(c *suites.Config) {
				discover(c)
				c.Selection.Checks = wanted
			})
			failed := map[string]bool{}
			for _, r := range run.Results {
				if r.Status != result.Fail && r.Status != result.Warning {
					continue
				}
				failed[r.Check] = true
				for _, f := range r.Findings {
					if f.Message == "" || len(f.Exchanges) == 0 {
						t.Errorf("%s: the finding lacks words or evidence: %+v", r.Check, f)
					}
				}
			}
			for _, check := range wanted {
				if !failed[check] {
					t.Errorf("%s does not catch it; caught by %v", check, failed)
				}
			}
		})
	}
	if err := b.pair.CCR.Server.SetDefects(); err != nil {
		t.Fatal(err)
	}
}

func TestOneSystemAloneIsAskedWithoutTheGoldenLedger(t *testing.T) {
	b := newBench(t)
	run := b.run(t.Context(), t, func(c *suites.Config) {
		discover(c)
		c.Systems = c.Systems[:1]
		c.Selection.Suites = []string{"parity"}
	})
	passed := 0
	for _, r := range run.Results {
		if r.Scope.Peer != "" {
			t.Errorf("%s compares %s", r.Check, r.Scope)
		}
		if r.Status == result.Pass {
			passed++
		}
	}
	if passed < 40 || slices.ContainsFunc(run.Checks, func(c result.Check) bool { return c.Scope == "pair" }) {
		t.Errorf("%d results passed, of the checks %v", passed, run.Checks)
	}
}

// TestWhoCanBeAskedAboutIsSaid holds what a run without the golden ledger says when it cannot begin.
func TestWhoCanBeAskedAboutIsSaid(t *testing.T) {
	patient := func(number string) string {
		return entryOf("Patient", "1", fmt.Sprintf(`,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}]`, number))
	}
	live := "4010232137"
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, resourceType string)
		change func(*suites.Config)
		want   string
		not    string
	}{
		"a list of people who could be living": {
			answer: func(w http.ResponseWriter, resourceType string) {
				if resourceType == "Patient" {
					_, _ = fmt.Fprint(w, searchset("", patient(live)))
					return
				}
				_, _ = fmt.Fprint(w, searchset(""))
			},
			want: "outside the test range", not: live,
		},
		"no list at all": {
			answer: func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusBadRequest) },
			want:   "name people with subjects",
		},
		"nobody on the list": {
			answer: func(w http.ResponseWriter, _ string) { _, _ = fmt.Fprint(w, searchset("")) },
			want:   "load some, or name people with subjects",
		},
		"a page to sign in on": {
			answer: func(w http.ResponseWriter, _ string) { _, _ = fmt.Fprint(w, "<!DOCTYPE html><title>Sign in</title>") },
			want:   "HTML",
		},
		"a check that needs the ledger": {
			change: func(c *suites.Config) { c.Selection.Checks = []string{"PAR-FACTS-ALLERGY"} },
			want:   "check PAR-FACTS-ALLERGY cannot be asked: it is about what the golden ledger says",
		},
		"a comparison of one system": {
			change: func(c *suites.Config) {
				c.Systems, c.Selection.Checks = c.Systems[:1], []string{"PAR-PAIR-ALLERGY"}
			},
			want: "it compares two systems",
		},
		"a person who could be living": {
			change: func(c *suites.Config) { c.Discovery.Subjects = []string{live} },
			want:   "outside the test range", not: live,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := shared()
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/fhir+json")
				if strings.HasSuffix(r.URL.Path, "/metadata") || c.answer == nil {
					_, _ = fmt.Fprint(w, `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}`)
					return
				}
				c.answer(w, strings.TrimPrefix(r.URL.Path, "/"))
			}))
			defer server.Close()
			config := suites.Config{Judge: h.judge, Discovery: &suites.Discovery{}}
			for _, name := range []string{"one", "two"} {
				config.Systems = append(config.Systems, suites.System{Name: name, BaseURL: server.URL})
			}
			if c.change != nil {
				c.change(&config)
			}
			_, err = suites.Run(t.Context(), config)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one that says %q", err, c.want)
			}
			if c.not != "" && strings.Contains(err.Error(), c.not) {
				t.Errorf("the error holds the number of somebody who could be living: %v", err)
			}
		})
	}
}
