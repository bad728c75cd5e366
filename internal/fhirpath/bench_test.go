package fhirpath_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/fhirpath/fhirpathtest"
)

// invariants are constraints of FHIR R4 on the types they stand on, with a path from the example resource to an element of that type.
func invariants() []struct{ key, resource, path, typ, expression string } {
	const (
		dom3 = "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | " +
			"%resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or " +
			"descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()"
		obs7 = "value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()"
		ref1 = "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))"
		bdl7 = "(type = 'history') or entry.where(fullUrl.exists()).select(fullUrl&resource.meta.versionId).isDistinct()"
	)
	return []struct{ key, resource, path, typ, expression string }{
		{"ele-1", patientJSON, "name.first()", "HumanName", "hasValue() or (children().count() > id.count())"},
		{"ele-1/code", patientJSON, "gender", "code", "hasValue() or (children().count() > id.count())"},
		{"ext-1", patientJSON, "extension.first()", "Extension", "extension.exists() != value.exists()"},
		{"dom-2", patientJSON, "$this", "Patient", "contained.contained.empty()"},
		{"dom-3", patientJSON, "$this", "Patient", dom3},
		{"dom-4", patientJSON, "$this", "Patient", "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()"},
		{"dom-6", patientJSON, "$this", "Patient", "text.`div`.exists()"},
		{"pat-1", patientJSON, "contact", "Patient.contact", "name.exists() or telecom.exists() or address.exists() or organization.exists()"},
		{"per-1", patientJSON, "identifier.first().period", "Period", "start.hasValue().not() or end.hasValue().not() or (start <= end)"},
		{"cpt-2", patientJSON, "telecom.first()", "ContactPoint", "value.empty() or system.exists()"},
		{"ref-1", patientJSON, "managingOrganization", "Reference", ref1},
		{"obs-3", observationJSON, "referenceRange", "Observation.referenceRange", "low.exists() or high.exists() or text.exists()"},
		{"obs-6", observationJSON, "$this", "Observation", "dataAbsentReason.empty() or value.empty()"},
		{"obs-7", observationJSON, "$this", "Observation", obs7},
		{"qty-3", observationJSON, "value", "Quantity", "code.empty() or system.exists()"},
		{"rng-2", observationJSON, "referenceRange", "Observation.referenceRange", "low.empty() or high.empty() or (low <= high)"},
		{"sqty-1", observationJSON, "value", "Quantity", "comparator.empty()"},
		{"bdl-7", bundleJSON(20), "$this", "Bundle", bdl7},
		{"que-2", questionnaireJSON, "$this", "Questionnaire", "descendants().linkId.isDistinct()"},
		{"descendants", observationJSON, "$this", "Observation", "descendants().count() > 0"},
		{"count", patientJSON, "$this", "Patient", "name.given.count() >= 1"},
		{"where", patientJSON, "$this", "Patient", "name.where(use = 'official').family.exists()"},
		{"all", patientJSON, "$this", "Patient", "telecom.all(system = 'phone' or system = 'email')"},
		{"implies-in", patientJSON, "$this", "Patient", "gender.exists() implies (gender in ('male' | 'female' | 'other' | 'unknown'))"},
	}
}

func bundleJSON(entries int) string {
	var b strings.Builder
	b.WriteString(`{"resourceType": "Bundle", "type": "searchset", "entry": [`)
	for i := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"fullUrl": "urn:uuid:%d", "resource": {"resourceType": "Organization", "id": "o%d", "meta": {"versionId": "1"}}}`, i, i)
	}
	b.WriteString("]}")
	return b.String()
}

// BenchmarkInvariants evaluates typical constraints with an evaluator that is reused, as the validator does.
func BenchmarkInvariants(b *testing.B) {
	types := fhirpathtest.Small()
	for _, inv := range invariants() {
		b.Run(inv.key, func(b *testing.B) {
			resource := types.Resource(decode(b, inv.resource))
			found, err := mustCompile(b, inv.path, fhirpath.WithTypes(types)).Evaluate(b.Context(), nil, resource)
			if err != nil || len(found) != 1 {
				b.Fatalf("%s gives %d items, %v", inv.path, len(found), err)
			}
			x := mustCompile(b, inv.expression, fhirpath.WithTypes(types), fhirpath.ForType(inv.typ), fhirpath.Lenient())
			evaluator := fhirpath.NewEvaluator(&fhirpath.Environment{Types: types})
			evaluator.SetResource(resource, resource)
			ctx := context.Background()
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				if truth, err := evaluator.Test(ctx, x, found[0]); err != nil || truth == fhirpath.Unknown {
					b.Fatal(truth, err)
				}
			}
		})
	}
}

func mustCompile(tb testing.TB, expression string, options ...fhirpath.Option) *fhirpath.Expression {
	tb.Helper()
	x, err := fhirpath.Compile(expression, options...)
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

// BenchmarkCompile compiles all of the constraints above once.
func BenchmarkCompile(b *testing.B) {
	types := fhirpathtest.Small()
	b.ReportAllocs()
	for b.Loop() {
		for _, inv := range invariants() {
			mustCompile(b, inv.expression, fhirpath.WithTypes(types), fhirpath.ForType(inv.typ), fhirpath.Lenient())
		}
	}
}
