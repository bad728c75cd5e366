package profile

import (
	"context"
	"errors"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// conformance judges every sampled resource of a type against its base type and the profiles it claims.
func conformance(resourceType string) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		var (
			sample []sampled
			err    error
		)
		switch resourceType {
		case "Patient":
			sample, err = patients(ctx, env)
		case "Organization":
			sample, err = organizations(ctx, env)
		default:
			sample, err = clinical(ctx, env, resourceType)
		}
		if err != nil {
			return nil, err
		}
		return judged(ctx, env, sample)
	}
}

// judged judges resources against their base types and the profiles that they claim.
func judged(ctx context.Context, env *check.Env, sample []sampled) ([]result.Finding, error) {
	var (
		findings []result.Finding
		open     unchecked
	)
	for _, s := range sample {
		found, err := env.Judge.Judge(ctx, s.resource)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if f.Rule == profiles.RuleNotCheckable {
				open.add(f, s.exchanges)
			}
			// Information and advice are for the author of a resource (concord validate prints them); a verdict on a
			// system rests on rules.
			if f.Severity.Rank() < result.SeverityError.Rank() {
				continue
			}
			f.Message = s.resource.Reference() + ": " + f.Message
			f.Exchanges = s.exchanges
			// Line and column are those of our own rendering, not of the answer.
			f.Line, f.Column = 0, 0
			findings = append(findings, f)
		}
	}
	broken := len(findings) > 0
	findings = append(findings, open.findings()...)
	if broken {
		return findings, nil
	}
	return findings, open.verdict()
}

// further judges the records of all types that have no check of their own, and those that records refer to and are nobody's:
// practitioners and their roles, organisations, sites.
func further(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	sample, targets, err := followed(ctx, env)
	if err != nil {
		return nil, err
	}
	// Those of the other types have checks of their own, and so has the directory's entry of each sampled provider.
	ours := slices.DeleteFunc(sample, func(s sampled) bool {
		return s.resource.Type() == "Patient" || slices.Contains(clinicalTypes(), s.resource.Type())
	})
	ours = append(ours, entries(targets)...)
	if len(ours) == 0 {
		return nil, check.NoData("%s shows no records of further types about the %d people sampled, and nothing that records refer to can be read. %s",
			env.System.Name, len(record.Sample(env.Ledger)), env.Remedy())
	}
	return judged(ctx, env, ours)
}

// directoryTypes are the types of what records refer to and is about nobody.
func directoryTypes() []string {
	return []string{"HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole"}
}

// claims finds resources that claim no UK Core profile, one of another type, or one that Concord does not know.
func claims(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	sample, err := everything(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, s := range sample {
		problem := env.Judge.Claim(s.resource)
		if problem == "" {
			continue
		}
		findings = append(findings, result.Finding{
			Rule: "profile-claim", Severity: result.SeverityError, Path: s.resource.Type() + ".meta.profile",
			Message: s.resource.Reference() + ": " + problem, Expected: "a UK Core profile for " + s.resource.Type(),
			Actual: claimed(s.resource), Exchanges: s.exchanges,
		})
	}
	return findings, nil
}

func claimed(resource fhir.Resource) string {
	text := ""
	for _, profile := range resource.List("meta", "profile") {
		if text != "" {
			text += ", "
		}
		text += fhir.Text(profile)
	}
	if text == "" {
		return "no profile"
	}
	return text
}

func isNoData(err error) bool {
	var inconclusive *check.Inconclusive
	return errors.As(err, &inconclusive) && inconclusive.Reason == result.NoData
}
