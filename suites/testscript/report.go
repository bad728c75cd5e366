package testscript

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// report is a TestReport in the making.
type report struct {
	script                  *Script
	system                  *check.Endpoint
	issued                  time.Time
	setup, teardown         []any
	tests                   []any
	passed, judged          int
	failed, errors, skipped bool
}

func newReport(s *Script, env *check.Env) *report {
	return &report{script: s, system: env.System, issued: env.Now}
}

func (r *report) begin(t test) {
	made := map[string]any{"name": t.name}
	if t.description != "" {
		made["description"] = t.description
	}
	r.tests = append(r.tests, made)
}

func (r *report) inSetup(a action, o outcome) { r.setup = append(r.setup, r.action(a, o)) }

func (r *report) inTest(a action, o outcome) {
	last, ok := r.tests[len(r.tests)-1].(map[string]any)
	if ok {
		last["action"] = append(fhir.List(last["action"]), r.action(a, o))
	}
}

// inTeardown notes operations; R4 has no place for an assert there, and its TestScript none either.
func (r *report) inTeardown(a action, o outcome) {
	if a.operation != nil {
		r.teardown = append(r.teardown, r.action(a, o))
	}
}

func (r *report) action(a action, o outcome) any {
	said := map[string]any{"result": o.result}
	if o.message != "" {
		said["message"] = o.message
	}
	r.failed = r.failed || o.result == "fail"
	r.errors = r.errors || o.result == "error"
	r.skipped = r.skipped || o.result == "skip"
	kind := "operation"
	if a.assert != nil {
		kind = "assert"
		r.judged++
		if o.result == "pass" || o.result == "warning" {
			r.passed++
		}
	}
	return map[string]any{kind: said}
}

// resource is the TestReport (http://hl7.org/fhir/R4/testreport.html). Its result is fail when an assertion does not hold,
// pending when something could not be asked, and pass otherwise.
func (r *report) resource() fhir.Resource {
	outcome := "pass"
	switch {
	case r.failed:
		outcome = "fail"
	case r.errors || r.skipped || r.judged == 0:
		outcome = "pending"
	}
	made := fhir.Resource{
		"resourceType": "TestReport", "name": r.script.Name, "status": "completed", "result": outcome, "tester": "Concord",
		"testScript": map[string]any{"reference": r.script.URL, "display": r.script.Title},
		"issued":     r.issued.UTC().Format(time.RFC3339),
		"participant": []any{
			map[string]any{"type": "test-engine", "uri": "urn:concord", "display": "Concord"},
			map[string]any{"type": "server", "uri": "urn:concord:system:" + r.system.Name, "display": r.system.Title},
		},
	}
	if r.judged > 0 {
		score := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.1f", 100*float64(r.passed)/float64(r.judged)), "0"), ".")
		made["score"] = json.Number(score)
	}
	if len(r.setup) > 0 {
		made["setup"] = map[string]any{"action": r.setup}
	}
	var tests []any
	for _, one := range r.tests {
		if len(fhir.List(fhir.Get(one, "action"))) > 0 {
			tests = append(tests, one)
		}
	}
	if len(tests) > 0 {
		made["test"] = tests
	}
	if len(r.teardown) > 0 {
		made["teardown"] = map[string]any{"action": r.teardown}
	}
	return made
}
