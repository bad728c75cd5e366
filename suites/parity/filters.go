package parity

import (
	"context"
	"fmt"
	"net/url"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// tokenForms asks for codes in all forms of a token, and for the same code in a code system that does not hold it.
func tokenForms(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	potassium, err := testCode(env, "potassium-corrected")
	if err != nil {
		return nil, err
	}
	const elsewhere = "http://loinc.org"
	return judge(ctx, env, "P02", "token", []question{
		observations("code", potassium.System+"|"+potassium.Code),
		observations("code", potassium.Code),
		observations("code", elsewhere+"|"+potassium.Code),
		observations("code", "|"+potassium.Code),
		observations("code", potassium.System+"|"),
	})
}

// commaList asks for two values one by one and together.
func commaList(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	a, err := testCode(env, "potassium-corrected")
	if err != nil {
		return nil, err
	}
	b, err := testCode(env, "fbc")
	if err != nil {
		return nil, err
	}
	first, second := a.System+"|"+a.Code, b.System+"|"+b.Code
	return judge(ctx, env, "P02", "comma-list", []question{
		observations("code", first),
		observations("code", second),
		observations("code", first+","+second),
		observations("status", "final,corrected"),
		observations("status", "corrected", "code", first+","+second),
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

// testCode returns the first code of a fact of the story about blood tests.
func testCode(env *check.Env, label string) (fixtures.Coding, error) {
	story, _ := env.Ledger.Story("P02")
	fact, ok := story.Fact(label)
	if !ok || len(fact.Code.Coding) == 0 {
		return fixtures.Coding{}, fmt.Errorf("story P02 has no coded fact %q", label)
	}
	return fact.Code.Coding[0], nil
}
