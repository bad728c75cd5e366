package capability

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// validStatement holds the CapabilityStatement to R4's own definition of it.
func validStatement(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, got, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	judged, err := env.Judge.Judge(ctx, statement)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, f := range judged {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			f.Cause, f.Exchanges, f.Query = result.ProfileDifference, []string{got.ID}, env.System.CurlRead("metadata")
			findings = append(findings, f)
		}
	}
	return findings, nil
}

// fhirVersion looks at the release that the system says it speaks.
func fhirVersion(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, got, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	version := statement.Text("fhirVersion")
	if version == "4.0.1" || version == "4.0.0" || version == "4.0" { // 4.0.0 is the first publication of R4
		return nil, nil
	}
	stated := "says that it speaks FHIR " + version
	if version == "" {
		stated = "does not say which release of FHIR it speaks"
	}
	finding := wrong(env, got, "statement-fhir-version", fmt.Sprintf("%s %s, and is held to R4", env.System.Name, short(stated)), "fhirVersion 4.0.1", "fhirVersion "+orNone(version))
	finding.Path = "CapabilityStatement.fhirVersion"
	return []result.Finding{finding}, nil
}

// ofThisInstance looks at whether the statement is about this server.
func ofThisInstance(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, got, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	say := func(rule, path, message, expected, actual string) {
		f := wrong(env, got, rule, message, expected, actual)
		f.Path = path
		findings = append(findings, f)
	}
	if kind := statement.Text("kind"); kind != "instance" {
		say("statement-kind", "CapabilityStatement.kind", fmt.Sprintf("%s describes a kind of server and not itself", env.System.Name), "kind instance", "kind "+orNone(kind))
	}
	if !slices.ContainsFunc(statement.Objects("rest"), func(rest map[string]any) bool {
		return fhir.Text(rest["mode"]) == "server" && len(fhir.List(rest["resource"])) > 0
	}) {
		say("statement-rest", "CapabilityStatement.rest", fmt.Sprintf("%s names no resource that its REST interface serves", env.System.Name),
			"rest with mode server and its resources", fmt.Sprintf("%d rest", len(statement.Objects("rest"))))
	}
	if url := statement.Text("implementation", "url"); url != "" && !sameBase(url, env.System.Base()) {
		say("statement-url", "CapabilityStatement.implementation.url", fmt.Sprintf("%s gives another address as its own than the one at which it is asked: have implementation.url name the one that clients use", env.System.Name), env.System.Base(), url)
		// A server behind a gateway may not know the name that clients give it.
		findings[len(findings)-1].Severity, findings[len(findings)-1].Cause = result.SeverityWarning, result.NoCause
	}
	return findings, nil
}

// sameBase compares two base URLs, of which one may be written with a slash at its end or in other letters of the host.
func sameBase(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, "/"), strings.TrimRight(b, "/"))
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}
