package suites_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
)

// unasked is a run of two systems that could not begin for the reasons.
func unasked(t *testing.T, refusals ...suites.Refusal) result.Run {
	t.Helper()
	ledger, err := fixtures.New(fixtures.Options{PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	run, err := suites.Unasked(suites.Config{
		Systems: []suites.System{{Name: "one", BaseURL: "http://one.test/fhir"}, {Name: "two", BaseURL: "http://two.test/fhir"}},
		Ledger:  ledger, Clock: func() time.Time { return at },
	}, refusals)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestSecurityThatNobodyPutInScopeIsSaidNotToBeClaimed holds what the other tests here leave out.
func TestSecurityThatNobodyPutInScopeIsSaidNotToBeClaimed(t *testing.T) {
	run := unasked(t, suites.Refusal{System: "two", Err: errors.New("no route")})
	if !slices.ContainsFunc(run.Unclaimed, func(u result.Unclaimed) bool { return u.Area == result.AreaSecurity && !u.Partly }) {
		t.Errorf("not claimed: %+v", run.Unclaimed)
	}
	seen := 0
	for _, r := range run.Results {
		if r.Suite != "security" {
			continue
		}
		if seen++; r.Status != result.NotApplicable || r.Reason != result.NotClaimedReason {
			t.Errorf("%s for %s is %s (%s)", r.Check, r.Scope, r.Status, r.Reason)
		}
	}
	if seen == 0 {
		t.Error("nothing is said of security")
	}
	for _, a := range run.Verdict.Areas {
		if a.Area == result.AreaSecurity && a.Outcome != result.NotClaimed {
			t.Errorf("security is %s", a.Outcome)
		}
	}
}

func TestARunThatCannotBeginHasAResultForEverythingAndPassesNothing(t *testing.T) {
	silent := &exchange.Error{Kind: exchange.Unreachable, System: "two", Method: http.MethodGet, URL: "http://two.test/fhir/metadata", Err: errors.New("no route")}
	refused := errors.New("two answered /metadata with 401")
	for name, c := range map[string]struct {
		err error
		own result.Reason
	}{"a system that cannot be reached": {silent, result.Unreachable}, "a system that lets nobody in": {refused, result.Interrupted}} {
		t.Run(name, func(t *testing.T) {
			run := claimed(unasked(t, suites.Refusal{System: "two", Err: c.err}))
			if run.Verdict.Outcome != result.Undetermined {
				t.Errorf("the verdict is %s", run.Verdict.Outcome)
			}
			asked := map[string]bool{}
			for _, r := range run.Results {
				asked[r.Check] = true
				if r.Status != result.NotRun || !r.NeverAsked() || !strings.Contains(r.Message, c.err.Error()) {
					t.Fatalf("%s of %s is %s (%s): %s", r.Check, r.Scope, r.Status, r.Reason, r.Message)
				}
				want := result.Interrupted
				if r.Scope.System == "two" {
					want = c.own
				} else if !strings.Contains(r.Message, "because two could not be") {
					t.Fatalf("%s of %s does not say whose doing it is: %s", r.Check, r.Scope, r.Message)
				}
				if r.Reason != want {
					t.Fatalf("%s of %s is not run because %s, want %s", r.Check, r.Scope, r.Reason, want)
				}
			}
			for _, row := range run.Checks {
				if !asked[row.ID] {
					t.Errorf("%s has no result", row.ID)
				}
			}
		})
	}
}

func TestEachOfTwoThatCannotBeReachedIsToldItsOwnReason(t *testing.T) {
	run := claimed(unasked(t, suites.Refusal{System: "one", Err: errors.New("the first reason")}, suites.Refusal{System: "two", Err: errors.New("the second reason")}))
	for _, r := range run.Results {
		if r.Scope.System == "two" && !strings.Contains(r.Message, "the second reason") {
			t.Fatalf("%s of %s: %s", r.Check, r.Scope, r.Message)
		}
	}
}

// disguised is a mock that has nothing on it which says that it is one.
func disguised() twist {
	return twist{
		name: "disguised",
		answer: func(_ question, answer map[string]any) {
			if software, ok := answer["software"].(map[string]any); ok {
				software["name"] = "A supplier's product"
			}
		},
		text: func(_ question, header http.Header, body []byte) []byte { header.Del(mocks.MockHeader); return body },
	}
}

func TestWhatAnswersDecidesWhetherItIsAMockAndNeverWhoStartedIt(t *testing.T) {
	s := newStage(t, "ohc")
	nameless := disguised()
	nameless.text = nil
	broken := twist{name: "no statement", text: func(q question, _ http.Header, body []byte) []byte {
		if strings.HasSuffix(q.request.URL.Path, "/metadata") {
			return []byte("{")
		}
		return body
	}}
	for _, c := range []struct {
		name          string
		act           twist
		started, mock bool
	}{
		{"a mock that somebody else started", twist{}, false, true},
		{"a mock that Concord started", twist{}, true, true},
		{"another product at the address of a mock", disguised(), true, false},
		{"a mock under another name", nameless, false, true},
		{"a mock whose statement cannot be read", broken, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.standIns["ohc"].twist.Store(&c.act)
			defer s.standIns["ohc"].twist.Store(&twist{})
			run := s.run(t.Context(), t, func(conf *suites.Config) {
				conf.Selection.Checks = []string{"CAP-STATEMENT-001"}
				for i := range conf.Systems {
					conf.Systems[i].Mock = c.started
					if in := s.standIns[conf.Systems[i].Name]; in != nil {
						conf.Systems[i].ConnectTo = in.address
					}
				}
			})
			for _, system := range run.Systems {
				if want := system.Name == "ccr" || c.mock; system.Mock != want {
					t.Errorf("%s is taken for a mock: %v, want %v", system.Name, system.Mock, want)
				}
			}
			if said := strings.Contains(run.Data.Description, "What else the endpoints hold"); said == c.mock {
				t.Errorf("the data is described as %q", run.Data.Description)
			}
		})
	}
}

func TestATotalThatIsNotThereIsNotQuotedAsANumber(t *testing.T) {
	s := newStage(t, "ohc")
	run := s.play(t, twist{name: "no totals", answer: func(_ question, answer map[string]any) {
		if isSearchset(answer) {
			delete(answer, "total")
		}
	}}, "PAR-META-SUMMARY", "PAR-TOTAL-001")
	told := 0
	for _, r := range run.Results {
		for _, f := range r.Findings {
			if strings.Contains(f.Actual+f.Message, "total -1") {
				t.Errorf("%s quotes what was not sent: %s; %s", r.Check, f.Message, f.Actual)
			}
			if strings.HasPrefix(f.Actual, "no total") {
				told++
			}
		}
	}
	if told < 2 {
		t.Errorf("%d findings say that there is no total", told)
	}
}
