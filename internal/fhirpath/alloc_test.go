package fhirpath_test

import (
	"context"
	"slices"
	"testing"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/fhirpath/fhirpathtest"
)

// The validator evaluates constraints by the dozen for every resource, so those that build no text and compare no large collections
// must not allocate once the evaluator's buffers have grown.
func TestTypicalInvariantsDoNotAllocate(t *testing.T) {
	types := fhirpathtest.Small()
	for _, inv := range invariants() {
		if slices.Contains([]string{"dom-3", "obs-7", "bdl-7"}, inv.key) { // text, sets
			continue
		}
		resource := types.Resource(decode(t, inv.resource))
		found, err := mustCompile(t, inv.path, fhirpath.WithTypes(types)).Evaluate(t.Context(), nil, resource)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %s gives %d items, %v", inv.key, inv.path, len(found), err)
		}
		x := mustCompile(t, inv.expression, fhirpath.WithTypes(types), fhirpath.ForType(inv.typ), fhirpath.Lenient())
		evaluator := fhirpath.NewEvaluator(&fhirpath.Environment{Types: types})
		evaluator.SetResource(resource, resource)
		ctx := context.Background()
		if n := testing.AllocsPerRun(50, func() {
			if _, err := evaluator.Test(ctx, x, found[0]); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s allocates %v times", inv.key, n)
		}
	}
}
