package fhirpath_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/fhirpath/fhirpathtest"
)

// FuzzFHIRPath compiles any text and evaluates it on any JSON object: no panic, no hang, errors with a place, and results within the
// limits. What Evaluate and Test say must agree.
func FuzzFHIRPath(f *testing.F) {
	resources := []string{patientJSON, observationJSON, questionnaireJSON, bundleJSON(3), "{}", `{"resourceType":"Patient","name":5}`}
	for i, expression := range []string{
		"name.given.where($this.startsWith('A')).select($this & '!').join(',')", "value > 80 'kg' and component.value.ofType(Quantity).exists()",
		"repeat(item).linkId.isDistinct()", "entry.resource.descendants().as(uri)", "@2014-01-25T14:30:14.559+01:00 + 1 month", "1.0 'cm' * 2 'm' / 3",
		"'11/30/1972'.replaceMatches('(?<m>\\\\d+)/', '${m}-')", "(1 | 2.0 | 3L).aggregate($total + $this, 0)", "iif(true, {}, 1 div 0)",
		"defineVariable('a', 1).select(%a | %`vs-x` | %resource)", "name.sort(family desc, -given.first())", "1.587.lowBoundary(2) ~ -1 mod 2",
		"descendants().distinct().count() >= children().count()", "%'x' is FHIR.Patient implies $index = $total", "'\\u00e9\\n'.escape('json').encode('hex')",
		"now() - 3 days < today().toDateTime()", "extension('urn:a').value.hasValue().not()", "`a`.`b`[0]", "/* c */ a // d", "1 'wk'.toQuantity('days').comparable(1 year)",
		"2.power(0.5).round(3).sqrt().ln().exp().log(10)", "birthDate.difference(today(), 'year')", "contained.resolve().conformsTo('x')", "trace('a', b).checkModifiers('c')",
	} {
		f.Add(expression, resources[i%len(resources)])
	}
	types := fhirpathtest.Small()
	limits := fhirpath.Limits{Steps: 100_000, Items: 20_000, Text: 1 << 20}
	h := hooks{types: types}
	env := &fhirpath.Environment{
		Types: types, Clock: testClock, Limits: limits, Resolver: h, Terminology: h, Conformance: h,
		Trace: func(string, fhirpath.Collection) {},
	}
	evaluator := fhirpath.NewEvaluator(env)
	options := [][]fhirpath.Option{
		{fhirpath.WithTypes(types)},
		{fhirpath.WithTypes(types), fhirpath.ForType("Patient")},
		{fhirpath.WithTypes(types), fhirpath.ForType("Observation"), fhirpath.Lenient()},
		{fhirpath.WithTypes(types), fhirpath.ForType("Questionnaire"), fhirpath.Strict()},
		{fhirpath.Lenient()},
	}
	f.Fuzz(func(t *testing.T, expression, resource string) {
		d := json.NewDecoder(strings.NewReader(resource))
		d.UseNumber()
		var m map[string]any
		if len(resource) > 20_000 || d.Decode(&m) != nil {
			m = map[string]any{"resourceType": "Patient"}
		}
		start := time.Now()
		for _, o := range options {
			x, err := fhirpath.Compile(expression, o...)
			if err != nil {
				mustBeOurs(t, expression, err)
				continue
			}
			item := types.Resource(m)
			evaluator.SetResource(item, item)
			items, err := evaluator.Evaluate(context.Background(), x, item)
			if err != nil {
				mustBeOurs(t, expression, err)
			}
			if len(items) > limits.Items {
				t.Fatalf("%q gives %d items", expression, len(items))
			}
			for _, it := range items {
				_ = it.Text()
			}
			truth, testErr := evaluator.Test(context.Background(), x, item)
			if err == nil && len(items) == 0 && (testErr != nil || truth != fhirpath.Unknown) {
				t.Fatalf("%q is empty, and Test gives %v, %v", expression, truth, testErr)
			}
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Fatalf("%q took %v", expression, took)
		}
	})
}

func mustBeOurs(t *testing.T, expression string, err error) {
	t.Helper()
	var fe *fhirpath.Error
	if !errors.As(err, &fe) || fe.Line < 1 || fe.Column < 1 {
		t.Fatalf("%q: %v has no place", expression, err)
	}
}
