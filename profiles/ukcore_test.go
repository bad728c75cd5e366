package profiles_test

import (
	"context"
	"slices"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

func TestAsUKCoreJudgesWhatClaimsNoProfile(t *testing.T) {
	plain := registry(t)
	strict, err := plain.AsUKCore()
	if err != nil {
		t.Fatal(err)
	}
	// UK Core says that an allergy must have a code; R4 alone does not.
	const allergy = `{"resourceType":"AllergyIntolerance","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
	 "clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},
	 "patient":{"reference":"Patient/1"}}`
	for name, text := range map[string]string{
		"root":  allergy,
		"entry": `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"https://example.test/AllergyIntolerance/1","resource":` + allergy + `}]}`,
	} {
		for _, c := range []struct {
			registry *profiles.Registry
			want     bool
		}{{plain, false}, {strict, true}} {
			findings, err := c.registry.Validate(context.Background(), []byte(text), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := slices.ContainsFunc(findings, func(f result.Finding) bool {
				return f.Rule == profiles.RuleRequired && f.Element == "AllergyIntolerance.code"
			})
			if got != c.want {
				t.Errorf("%s: the missing code is found: %v, want %v: %v", name, got, c.want, findings)
			}
		}
	}
}
