package suites_test

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// A system may write which medicine it is into a Medication (FHIR R4, medication[x]). Its records say the same, and a search by the code
// of a medicine, which looks into the record alone, rightly does not find them.
func TestAMedicineInAMedicationIsTheSameAndNotFoundByItsCode(t *testing.T) {
	s := newStage(t, "ohc")
	contain := func(_ question, answer map[string]any) {
		resources(answer, func(resource map[string]any) {
			code, ok := resource["medicationCodeableConcept"]
			if !ok {
				return
			}
			delete(resource, "medicationCodeableConcept")
			resource["medicationReference"] = map[string]any{"reference": "#medicine"}
			resource["contained"] = append(fhir.List(resource["contained"]), map[string]any{"resourceType": "Medication", "id": "medicine", "code": code})
		})
	}
	strict := twist{answer: contain, ask: func(resourceType string, parameters url.Values, _ bool) {
		if strings.HasPrefix(resourceType, "Medication") && parameters.Has("code") {
			parameters.Set("code", "in-a-medication")
		}
	}}
	checks := []string{"PAR-FACTS-MEDREQ", "PAR-FACTS-STATEMENT", "PAR-FACTS-MEDADMIN", "PAR-SEARCH-MEDREQ-SHOULD", "SCN-P01", "SCN-P28"}
	for name, act := range map[string]twist{"found by its code all the same": {answer: contain}, "not found by its code": strict} {
		for _, r := range s.play(t, act, checks...).Results {
			if r.Status != result.Pass {
				t.Errorf("%s: %s for %s is %s: %s %+v", name, r.Check, r.Scope, r.Status, r.Message, r.Findings)
			}
		}
	}
	other := twist{answer: func(q question, answer map[string]any) {
		contain(q, answer)
		resources(answer, func(resource map[string]any) {
			for _, contained := range fhir.Objects(resource["contained"]) {
				if contained["id"] == "medicine" {
					contained["code"] = map[string]any{"coding": []any{map[string]any{"system": "https://dmd.nhs.uk", "code": "39687811000001107"}}}
				}
			}
		})
	}}
	for _, r := range s.play(t, other, "PAR-FACTS-MEDREQ").Results {
		if fails := r.Status == result.Fail; fails != (r.Scope.System == "ohc") {
			t.Errorf("another medicine: %s for %s is %s: %s", r.Check, r.Scope, r.Status, r.Message)
		}
	}
}

// TestAMedicationThatCannotBeReadIsNoWrongMedicine has a system that refers to Medications and does not let anybody read them. Its neighbour,
// which is compared with it, is charged with nothing.
func TestAMedicationThatCannotBeReadIsNoWrongMedicine(t *testing.T) {
	s := newStage(t, "ohc")
	for _, c := range []struct {
		status int
		want   result.Status
	}{{http.StatusNotFound, result.Fail}, {http.StatusGone, result.Fail}, {http.StatusInternalServerError, result.Fail}, {http.StatusForbidden, result.NotRun}} {
		act := twist{
			answer: func(_ question, answer map[string]any) {
				resources(answer, func(resource map[string]any) {
					if code, ok := resource["medicationCodeableConcept"].(map[string]any); ok {
						delete(resource, "medicationCodeableConcept")
						resource["medicationReference"] = map[string]any{"reference": "Medication/" + fhir.Text(fhir.Get(code, "coding", "code")), "display": "a medicine"}
					}
				})
			},
			write: func(w http.ResponseWriter, q question, status int, header http.Header, body []byte) {
				if strings.Contains(q.request.URL.Path, "/Medication/") {
					status, body = c.status, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing"}]}`)
				}
				maps.Copy(w.Header(), header)
				w.Header().Set("Content-Length", strconv.Itoa(len(body)))
				w.WriteHeader(status)
				_, _ = w.Write(body)
			},
		}
		for _, r := range s.play(t, act, "PAR-FACTS-MEDREQ", "PAR-PAIR-MEDREQ", "SCN-P28").Results {
			want := c.want
			if r.Scope.System != "ohc" {
				want = result.Pass // the ledger knows that it is right, whatever its neighbour lets anybody read
			}
			if r.Status != want {
				t.Errorf("%d: %s for %s is %s: %s %.300v", c.status, r.Check, r.Scope, r.Status, r.Message, r.Findings)
			}
			if want == result.NotRun && !strings.Contains(r.Message, "/Medication/") {
				t.Errorf("%d: %s does not say what was refused: %s", c.status, r.Check, r.Message)
			}
			for _, f := range r.Findings {
				if f.Rule != "medication-unread" || f.Cause != result.ReferenceBroken || !strings.Contains(f.Query, "/Medication/") || !strings.Contains(f.Message, strconv.Itoa(c.status)) {
					t.Errorf("%d: %s says %s (%s), and asks %s: %s", c.status, r.Check, f.Rule, f.Cause, f.Query, f.Message)
				}
			}
		}
	}
}

// TestAMedicationThatMayNotBeReadHidesNoOtherFault has a system that lets nobody read a Medication, and shows one record less of each person.
func TestAMedicationThatMayNotBeReadHidesNoOtherFault(t *testing.T) {
	s := newStage(t, "ohc")
	act := twist{
		answer: func(q question, answer map[string]any) {
			resources(answer, func(resource map[string]any) {
				if _, ok := resource["medicationCodeableConcept"]; ok {
					delete(resource, "medicationCodeableConcept")
					resource["medicationReference"] = map[string]any{"reference": "Medication/secret"}
				}
			})
			if entries := fhir.List(answer["entry"]); q.resourceType == "MedicationRequest" && len(entries) > 1 {
				answer["entry"] = entries[1:]
				delete(answer, "total")
			}
		},
		write: func(w http.ResponseWriter, q question, status int, header http.Header, body []byte) {
			if strings.HasSuffix(q.request.URL.Path, "/Medication/secret") {
				status, body = http.StatusForbidden, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden"}]}`)
			}
			maps.Copy(w.Header(), header)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.WriteHeader(status)
			_, _ = w.Write(body)
		},
	}
	for _, r := range s.play(t, act, "PAR-FACTS-MEDREQ", "PAR-SOURCE-001").Results {
		lost := r.Scope.System == "ohc" && r.Check == "PAR-FACTS-MEDREQ"
		if lost != (r.Status == result.Fail) || !lost && r.Status != result.Pass {
			t.Errorf("%s for %s is %s: %s", r.Check, r.Scope, r.Status, r.Message)
		}
		for _, f := range r.Findings {
			if f.Rule != "parity-missing" {
				t.Errorf("%s for %s says %s: %s", r.Check, r.Scope, f.Rule, f.Message)
			}
		}
	}
}
