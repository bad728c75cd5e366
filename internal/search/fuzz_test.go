package search_test

import (
	"context"
	"errors"
	"testing"

	"concord.example/concord/internal/search"
)

// FuzzParse holds that any query string is parsed or refused with a typed error, that what was parsed can be asked and
// written down, and that what was written down means the same.
func FuzzParse(f *testing.F) {
	for _, query := range []string{
		"name=x", "code=http://loinc.org|2823-3,b&date=ge2024-01-01&date=lt2025", "patient.identifier=urn:s1|a", "_has:Observation:patient:code=a",
		"value-quantity=le5.4|http://unitsofmeasure.org|mg", "code-value-quantity=a$gt5", "subject:Patient.name:exact=A%5C%2Cb", "_sort=-date,_id&_count=0",
		"_include=Observation:subject&_include:iterate=*&_revinclude=Provenance:target", "_summary=text&_elements=code,value", "x=%zz", "=", "&&", "_type=Patient,Observation",
		"date=9999-12-31T23:59:60.999999999999Z", "value-quantity=1e-9999", "subject:Group=Patient/1", "code:in=x", "_filter=x", "patient:identifier=|",
		"derived-from.derived-from.derived-from.derived-from.derived-from.derived-from.derived-from.code=a", "_lastUpdated=ap2024",
	} {
		f.Add("Observation", query, true)
		f.Add("", query, false)
	}
	f.Add("Patient", "phone=1&address=x", true)
	ix := record(f)
	f.Fuzz(func(t *testing.T, resourceType, query string, strict bool) {
		o := options()
		if o.Handling = search.Lenient; strict {
			o.Handling = search.Strict
		}
		q, err := search.Parse(resourceType, query, o)
		if err != nil {
			wantTyped(t, err)
			return
		}
		found, err := ix.Search(context.Background(), q)
		if err != nil {
			wantTyped(t, err)
			return
		}
		for _, match := range found.Matches {
			if q.Shape(match).ID() != match.ID() {
				t.Fatalf("%q loses the id of %s", query, match.Reference())
			}
		}
		again, err := search.Parse(resourceType, q.Canonical(), o)
		if err != nil {
			t.Fatalf("%q was parsed, but what it was read as, %q, is refused: %v", query, q.Canonical(), err)
		}
		if again.Canonical() != q.Canonical() || len(again.Ignored()) > 0 {
			t.Fatalf("%q was read as %q and that as %q", query, q.Canonical(), again.Canonical())
		}
		second, err := ix.Search(context.Background(), again)
		if err != nil || ids(second.Matches) != ids(found.Matches) || ids(second.Included) != ids(found.Included) {
			t.Fatalf("%q finds [%s], but %q finds [%s] (%v)", query, ids(found.Matches), q.Canonical(), ids(second.Matches), err)
		}
	})
}

func wantTyped(t *testing.T, err error) {
	t.Helper()
	var param *search.ParamError
	var limit *search.LimitError
	if !errors.As(err, &param) && !errors.As(err, &limit) {
		t.Fatalf("the error has no type: %v", err)
	}
}
