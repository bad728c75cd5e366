package capability

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// searchset reads a search to its end and says what is wrong with its form.
func searchset(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, resourceType := range pagedTypes() {
		if !searchable(offer(statement, resourceType), "patient") {
			continue
		}
		answer, err := env.System.Search(ctx, resourceType, url.Values{"patient": {patient.ID()}})
		if err != nil {
			return findings, err
		}
		for _, remark := range answer.Remarks {
			if !slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Rule == remark.Rule }) && remark.Severity.Rank() > result.Information.Rank() {
				findings = append(findings, remark)
			}
		}
	}
	return findings, nil
}

// searchMode asks for includes that are declared and looks at how their entries are marked.
func searchMode(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	asked := false
	for _, resourceType := range pagedTypes() {
		resource := offer(statement, resourceType)
		include := ""
		for _, declared := range fhir.List(resource["searchInclude"]) {
			if text := fhir.Text(declared); text == resourceType+":patient" || text == resourceType+":subject" {
				include = text
			}
		}
		if include == "" || !searchable(resource, "patient") {
			continue
		}
		query := url.Values{"patient": {patient.ID()}, "_include": {include}, "_count": {"5"}}
		got, err := get(ctx, env, resourceType+"?"+query.Encode())
		if err != nil {
			return nil, err
		}
		if err := unavailable(env, got); err != nil {
			return nil, err
		}
		entries := fhir.Objects(resourceOf(got)["entry"])
		if len(entries) == 0 {
			continue
		}
		asked = true
		for _, entry := range entries {
			mode, kind := fhir.Text(fhir.Get(entry, "search", "mode")), fhir.Text(fhir.Get(entry, "resource", "resourceType"))
			switch {
			case mode == "":
				return []result.Finding{wrong(env, got, "search-mode-missing", fmt.Sprintf("%s does not say which entries of a search with _include=%s match and which were sent along", env.System.Name, include),
					"search.mode on every entry", kind+" without one")}, nil
			case mode == "match" && kind != resourceType:
				return []result.Finding{wrong(env, got, "search-mode-wrong", fmt.Sprintf("%s marks a %s as a match of a search for %s", env.System.Name, kind, resourceType), "mode include", "mode match")}, nil
			}
		}
	}
	if !asked {
		return nil, notOffered(env, "an _include of the patient that brings anything")
	}
	return nil, nil
}

// everything compares $everything with searches for the same Patient.
func everything(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	declared := slices.ContainsFunc(fhir.Objects(offer(statement, "Patient")["operation"]), func(operation map[string]any) bool {
		return strings.TrimPrefix(fhir.Text(operation["name"]), "$") == "everything" || strings.Contains(fhir.Text(operation["definition"]), "Patient-everything")
	})
	if !declared {
		return nil, notOffered(env, "$everything of Patient")
	}
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	whole, err := env.System.SearchAs(ctx, patient.Reference()+"/$everything")
	observed := result.CapabilityWorks
	if refusedOrWrong(err) {
		observed = result.CapabilityRefused
	}
	env.Observe(result.Capability{System: env.System.Name, Resource: "Patient", Kind: "operation", Name: "everything", Declared: true, Observed: observed})
	if err != nil {
		return nil, err
	}
	held := map[string]bool{}
	for _, entry := range slices.Concat(whole.Matches, whole.Includes) {
		held[entry.Resource.Reference()] = true
	}
	if !held[patient.Reference()] {
		return []result.Finding{lacking(env, whole, patient.Reference(), 1, patient.Reference())}, nil
	}
	for _, resourceType := range []string{"Encounter", "Condition", "AllergyIntolerance", "Observation", "MedicationRequest", "Immunization", "Procedure"} {
		if !searchable(offer(statement, resourceType), "patient") {
			continue
		}
		answer, err := env.System.Search(ctx, resourceType, url.Values{"patient": {patient.ID()}})
		if err != nil {
			return nil, err
		}
		var lacks []string
		for _, resource := range answer.Resources() {
			if !held[resource.Reference()] {
				lacks = append(lacks, resource.Reference())
			}
		}
		if len(lacks) > 0 {
			return []result.Finding{lacking(env, whole, strings.Join(lacks[:min(3, len(lacks))], ", "), len(lacks), resourceType)}, nil
		}
	}
	return nil, nil
}

// lacking says what $everything leaves out.
func lacking(env *check.Env, whole *check.Answer, names string, n int, what string) result.Finding {
	return result.Finding{
		Rule: "everything-lacks", Severity: result.SeverityError, Cause: result.CauseMissing, Query: whole.Curl(), Exchanges: whole.Exchanges,
		Message:  fmt.Sprintf("%s leaves %d of %s out of $everything that a search shows", env.System.Name, n, what),
		Expected: names, Actual: fmt.Sprintf("%d entries without them", len(whole.Matches)+len(whole.Includes)),
	}
}
