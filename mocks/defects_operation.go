package mocks

import (
	"fmt"
	"net/http"
	"slices"

	"concord.example/concord/internal/fhir"
)

// operationDefects are faults in how a system runs, fails and describes itself.
func operationDefects() []Defect {
	return []Defect{
		{
			ID: "D65", Family: "operation", Severity: "S1",
			Title:  "an outage gives a silent partial answer",
			Breaks: "records of a provider that could not be asked are missing and nothing says so",
			hooks: hooks{neighbour: func(_ *call, answer *neighbourAnswer) error {
				answer.err, answer.outcomes = nil, slices.DeleteFunc(answer.outcomes, incomplete)
				return nil
			}},
		},
		{
			ID: "D66", Family: "operation", Severity: "S2",
			Title:  "an outage of one part fails the whole query",
			Breaks: "nothing at all is shown because one provider could not be asked",
			hooks: hooks{neighbour: func(c *call, answer *neighbourAnswer) error {
				if answer.err != nil || slices.ContainsFunc(answer.outcomes, incomplete) {
					return fail(http.StatusBadGateway, "transient", "%s could not be asked", titleOf(c.server.peer.name))
				}
				return nil
			}},
		},
		{
			ID: "D67", Family: "operation", Severity: "S2",
			Title:  "old data is shown without its age",
			Breaks: "a record whose feed has stopped looks as if it were up to date",
			hooks:  hooks{hidesAge: true},
		},
		{
			ID: "D68", Family: "operation", Severity: "S2",
			Title:  "one request in a hundred is slow",
			Breaks: "a clinician now and then waits longer than three seconds",
			hooks:  hooks{slowTail: true},
		},
		{
			ID: "D69", Family: "operation", Severity: "S3",
			Title:  "errors are HTML pages",
			Breaks: "a program cannot read why a request was refused",
			hooks: hooks{reply: func(_ *call, a *reply) {
				if a.status < http.StatusBadRequest {
					return
				}
				a.header.Set("Content-Type", "text/html; charset=utf-8")
				a.body = fmt.Appendf(nil, "<html><body><h1>%d %s</h1></body></html>", a.status, http.StatusText(a.status))
			}},
		},
		{
			ID: "D70", Family: "operation", Severity: "S2",
			Title:  "the CapabilityStatement declares a search parameter that is not supported",
			Breaks: "a client relies on a filter that does nothing",
			hooks: hooks{capability: func(statement fhir.Resource) {
				for _, rest := range statement.Objects("rest") {
					for _, resource := range fhir.Objects(rest["resource"]) {
						if resource["type"] == "Observation" {
							resource["searchParam"] = append(slices.Clone(fhir.List(resource["searchParam"])),
								map[string]any{"name": "body-site", "type": "token"})
						}
					}
				}
			}},
		},
		{
			ID: "D71", Family: "operation", Severity: "S2",
			Title:  "a provider is listed in the directory but returns nothing",
			Breaks: "everything one organisation recorded is missing from both systems",
			hooks:  hooks{content: &contentHook{types: clinicalTypes(), byProvider: true, everywhere: true, apply: withhold}},
		},
		{
			ID: "D72", Family: "operation", Severity: "S2",
			Title:  "a provider is missing from the directory",
			Breaks: "an organisation cannot be found by its ODS code, although its records are there and lead to it",
			hooks:  hooks{unlisted: true},
		},
		{
			ID: "D120", Family: "operation", Severity: "S2",
			Title:  "a source that does not answer is waited for as long as it takes",
			Breaks: "one slow hospital, or a neighbour that says nothing, keeps a clinician from everybody else's records",
			hooks:  hooks{waitsForever: true},
		},
		{
			ID: "D121", Family: "operation", Severity: "S1",
			Title:  "what the neighbour last answered is shown when it cannot be reached",
			Breaks: "a clinician acts on a copy of the neighbour's record as if it were today's",
			hooks:  hooks{keepsCopies: true},
		},
		{
			ID: "D122", Family: "operation", Severity: "S1",
			Title:  "what the neighbour says of its answer is not passed on",
			Breaks: "the records of a hospital across the border are missing or old, and nothing on this side says so",
			hooks: hooks{neighbour: func(_ *call, answer *neighbourAnswer) error {
				answer.outcomes = nil
				return nil
			}},
		},
	}
}

// incomplete reports whether an OperationOutcome says that a source could not be reached.
func incomplete(outcome fhir.Resource) bool {
	return slices.ContainsFunc(outcome.Objects("issue"), func(it map[string]any) bool { return it["code"] == "incomplete" })
}
