package fhirpath_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/fhirpath/fhirpathtest"
)

func deep(levels int) map[string]any {
	m := map[string]any{"linkId": "x"}
	for range levels {
		m = map[string]any{"item": []any{m}}
	}
	m["resourceType"] = "Questionnaire"
	return m
}

func TestLimitsStopExpressions(t *testing.T) {
	types := fhirpathtest.Small()
	resource := types.Resource(decode(t, patientJSON))
	limits := fhirpath.Limits{Steps: 20_000, Items: 1000, Text: 10_000}
	env := &fhirpath.Environment{Types: types, Limits: limits}
	for _, expression := range []string{
		"1.repeat($this + 1)",
		"1.repeatAll($this)",
		"repeatAll($this)",
		"1.repeatAll($this | 2)",
		"(1|2|3|4|5|6|7|8|9|10).select((1|2|3|4|5|6|7|8|9|10).select((1|2|3|4|5|6|7|8|9|10).select((1|2|3|4|5|6|7|8|9|10))))",
		"(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20).aggregate($total & $total & 'x', 'x')",
		"(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20).aggregate($total.combine($total), 1 | 2)",
		"'x'.repeat($this & $this)",
		"(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15).aggregate($total.replace('x', 'xx'), 'x').replace('', '" + strings.Repeat("y", 2000) + "')",
		"'" + strings.Repeat("y", 5000) + "'.replaceMatches('y', 'zzzz')",
		"'" + strings.Repeat("y", 2000) + "'.toChars()",
		"'" + strings.Repeat("y", 9000) + "'.encode('hex')",
		"'" + strings.Repeat("y", 2000) + "'.split('').join('-----------')",
	} {
		x := mustCompile(t, expression, fhirpath.WithTypes(types))
		got, err := x.Evaluate(t.Context(), env, resource)
		var fe *fhirpath.Error
		if !errors.As(err, &fe) || fe.Kind != fhirpath.LimitExceeded {
			t.Errorf("%.80s: got %d items, %v", expression, len(got), err)
		}
	}
}

func TestLimitsOfDepth(t *testing.T) {
	types := fhirpathtest.Small()
	limits := fhirpath.Limits{Depth: 20}
	env := &fhirpath.Environment{Types: types, Limits: limits}
	for _, expression := range []string{"descendants().count()", "$this = %other", "$this ~ %other", "combine(%other).combine(1|2|3|4|5|6|7|8|9|10|11|12|13).isDistinct()"} {
		x := mustCompile(t, expression, fhirpath.WithTypes(types))
		env.Variables = map[string]fhirpath.Collection{"other": {types.Resource(deep(5000))}}
		_, err := x.Evaluate(t.Context(), env, types.Resource(deep(5000)))
		var fe *fhirpath.Error
		if !errors.As(err, &fe) || fe.Kind != fhirpath.LimitExceeded {
			t.Errorf("%s: got %v", expression, err)
		}
	}
	for _, expression := range []string{
		strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300), strings.Repeat("-", 300) + "1", strings.Repeat("not(", 300), strings.Repeat("a[", 300),
		strings.Repeat("iif(true, ", 300), strings.Repeat("{} = (", 300),
	} {
		_, err := fhirpath.Compile(expression)
		var fe *fhirpath.Error
		if !errors.As(err, &fe) || (fe.Kind != fhirpath.LimitExceeded && fe.Kind != fhirpath.Syntax) {
			t.Errorf("%.20s: got %v", expression, err)
		}
	}
	if _, err := fhirpath.Compile(strings.Repeat(" ", 70_000) + "1"); err == nil {
		t.Error("an expression longer than the limit must be refused")
	}
	if _, err := fhirpath.Compile("((1))", fhirpath.WithLimits(fhirpath.Limits{Depth: 2})); err == nil {
		t.Error("the limit of nesting must be adjustable")
	}
}

// Long chains and lists are not nesting.
func TestLongFlatExpressionsAreAllowed(t *testing.T) {
	for _, expression := range []string{
		"a" + strings.Repeat(".a", 5000), "1" + strings.Repeat(" | 1", 3000), "true" + strings.Repeat(" and true", 3000), "'a'" + strings.Repeat(".upper()", 3000),
	} {
		if _, err := mustCompile(t, expression).Evaluate(t.Context(), nil, fhirpath.Item{}); err != nil {
			t.Errorf("%.20s: %v", expression, err)
		}
	}
}

func TestCancelledContextStopsEvaluation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x := mustCompile(t, "1.repeat($this + 1)")
	if _, err := x.Evaluate(ctx, nil, fhirpath.Item{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func TestHugeNumbersAreHandled(t *testing.T) {
	types := fhirpathtest.Small()
	for _, number := range []string{"1e400", "1e-400", "1e999999999", "-1e999999999", strings.Repeat("9", 5000), "1." + strings.Repeat("0", 5000), "0e1000", "1E+2"} {
		resource := decode(t, `{"resourceType": "Observation", "valueQuantity": {"value": `+number+`, "unit": "kg"}}`)
		for _, expression := range []string{
			"value.value > 1", "value.value + 1", "value > 1 'kg'", "value.value = value.value", "value.value.round(2)", "value.value / 3", "value * value",
			"value.value.toString().length() > 0", "value.value.sqrt()", "value.value.exp()", "value.value.power(9)", "value.value.lowBoundary()", "value.value.floor()",
			"(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20).aggregate($total * $total, %resource.value.value)", "value ~ value", "value.value ~ 1",
		} {
			_, err := mustCompile(t, expression, fhirpath.WithTypes(types)).Evaluate(t.Context(), nil, types.Resource(resource))
			var fe *fhirpath.Error
			if err != nil && !errors.As(err, &fe) {
				t.Errorf("%.20s, %s: %v", number, expression, err)
			}
		}
	}
}
