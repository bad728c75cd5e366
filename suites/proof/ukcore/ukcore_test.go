package main

import (
	"bytes"
	"testing"

	"concord.example/concord/profiles"
)

// TestEveryRuleOfUKCoreIsFoundWhereItIsBrokenAndNothingElse breaks each rule that UK Core's profiles and extensions add, alone.
func TestEveryRuleOfUKCoreIsFoundWhereItIsBrokenAndNothingElse(t *testing.T) {
	for sequence, least := range map[profiles.Sequence]int{"stu2": 306, "stu3": 690} {
		outcomes, err := prove(t.Context(), sequence)
		if err != nil {
			t.Fatal(err)
		}
		breakable := 0
		for _, o := range outcomes {
			if o.rule.unbreakable != "" {
				continue
			}
			breakable++
			if o.problem != "" {
				t.Errorf("%s: %s: %s", sequence, o.rule, o.problem)
			}
		}
		if breakable < least {
			t.Errorf("%s has %d rules that can be broken, and %d could", sequence, breakable, least)
		}
	}
}

// TestARuleThatIsNotBrokenIsNotFound holds that the proof can fail: an instance that keeps a rule has no finding of it.
func TestARuleThatIsNotBrokenIsNotFound(t *testing.T) {
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.Structure("https://fhir.hl7.org.uk/StructureDefinition/UKCore-Immunization")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(map[string]any, []any) []any
		want   string
	}{
		"nothing is changed": {
			func(_ map[string]any, steps []any) []any { return steps },
			"nothing is found at Immunization.status",
		},
		"something else is broken": {
			func(o map[string]any, steps []any) []any { delete(o, "patient"); return steps },
			"found otherwise, want fhir-binding at Immunization.status: fhir-required at Immunization (error)",
		},
		"something else is broken too": {
			func(o map[string]any, steps []any) []any { o["status"] = "x"; o["nonsense"] = "x"; return steps },
			"found with others: fhir-unknown-element at Immunization.nonsense (error)",
		},
	} {
		r := rule{canonical: s.URL, element: "Immunization.status", what: "binding", findings: []string{profiles.RuleBinding}, change: c.change}
		if got := try(t.Context(), registry, s, r); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTheCommandSaysHowManyRulesAreFound(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"stu4"}, &out, &errs); code != 3 || errs.Len() == 0 {
		t.Errorf("a release that there is not: code %d, %s", code, errs.String())
	}
	if code := run([]string{"stu2"}, &out, &errs); code != 0 || !bytes.Contains(out.Bytes(), []byte("stu2: 306 of 306 rules")) {
		t.Errorf("code %d: %s", code, out.String())
	}
}
