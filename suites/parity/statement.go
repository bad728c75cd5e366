package parity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// statementCheck asks whether the CapabilityStatement is one that a client can go by. What it leaves out is asked all the
// same, so that a system gains nothing by declaring little.
func statementCheck() check.Check {
	return check.Check{
		ID: "PAR-DECLARED-002", Suite: "parity", Area: result.AreaCapability, AnyData: true, Level: result.Must, Scope: check.PerSystem,
		Title: "the CapabilityStatement is about this server, in FHIR R4, and says what can be searched",
		Requirement: []result.Ref{
			{ID: "CapabilityStatement.rest", Source: "HL7 FHIR R4 CapabilityStatement, invariants cpb-1 and cpb-14"},
			{ID: "CapabilityStatement.fhirVersion", Source: "HL7 FHIR R4 CapabilityStatement"},
		},
		Cause:  result.CauseNotOffered,
		Hazard: "A viewer that goes by the statement asks for nothing, and shows an empty record as if there were none.",
		Fix:    "State kind instance, fhirVersion 4.0.1, and under rest every resource type that can be searched with its search parameters.",
		Run:    statementOfItself,
	}
}

func statementOfItself(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, got, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	say := func(path, message, expected, actual string) {
		findings = append(findings, result.Finding{
			Rule: "capability-statement", Severity: result.SeverityError, Path: "CapabilityStatement" + path, Message: "the CapabilityStatement of " + env.System.Name + " " + message,
			Expected: expected, Actual: actual, Query: env.System.CurlRead("metadata"), Exchanges: []string{got.ID},
		})
	}
	if kind := statement.Text("kind"); kind != "instance" {
		say(".kind", "does not say that it is about a server that runs", "kind instance", stated("kind", kind))
	}
	if version := statement.Text("fhirVersion"); version != "4.0.0" && version != "4.0.1" {
		say(".fhirVersion", "is not of a server of FHIR R4", "fhirVersion 4.0.1", stated("fhirVersion", version))
	}
	servers := slices.DeleteFunc(statement.Objects("rest"), func(rest map[string]any) bool { return fhir.Text(rest["mode"]) != "server" })
	searched := 0
	for _, rest := range servers {
		for _, resource := range fhir.Objects(rest["resource"]) {
			if slices.ContainsFunc(fhir.Objects(resource["interaction"]), func(interaction map[string]any) bool {
				return fhir.Text(interaction["code"]) == "search-type"
			}) {
				searched++
			}
		}
	}
	switch {
	case len(servers) == 0:
		say(".rest", "says nothing about what the server does", "rest with mode server", fmt.Sprintf("%d rest, none with mode server", len(statement.Objects("rest"))))
	case searched == 0:
		say(".rest.resource", "declares no resource type that can be searched", "interaction search-type for every type that can be searched", "none")
	}
	return findings, nil
}

// stated quotes an element as it was sent; an element that was not sent has no value to quote.
func stated(name, value string) string {
	if value == "" {
		return "no " + name
	}
	return strings.TrimSpace(name + " " + value)
}
