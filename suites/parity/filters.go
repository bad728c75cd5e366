package parity

import (
	"context"
	"net/url"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/result"
)

// tokenForms asks for codes in all forms of a token, and for the same code in a code system that does not hold it.
func tokenForms(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	const potassium = "2823-3"
	return judge(ctx, env, "P02", "token", []question{
		observations("code", "http://loinc.org|"+potassium),
		observations("code", potassium),
		observations("code", "http://snomed.info/sct|"+potassium),
		observations("code", "|"+potassium),
		observations("code", "http://loinc.org|"),
	})
}

// commaList asks for two values one by one and together.
func commaList(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	const sodium, potassium = "http://loinc.org|2951-2", "http://loinc.org|2823-3"
	return judge(ctx, env, "P02", "comma-list", []question{
		observations("code", sodium),
		observations("code", potassium),
		observations("code", sodium+","+potassium),
		observations("status", "final,corrected"),
		observations("status", "corrected", "code", sodium+","+potassium),
	})
}

// filters asks for what a filter leaves, for what it takes away, and for a value that nothing has. A server that ignores
// the parameter gives the same answer to all three.
func filters(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	allergies := func(name, value string) question {
		return question{fixtures.AllergyIntolerance, url.Values{name: {value}}}
	}
	return judge(ctx, env, "P27", "filter-applied", []question{
		allergies("clinical-status", "active"),
		allergies("clinical-status", "inactive"),
		allergies("clinical-status", "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical|resolved"),
		allergies("verification-status", "confirmed"),
		allergies("verification-status", "refuted"),
		allergies("criticality", "high"),
	})
}
