package search_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

func TestLimitsRefuseWhatIsTooMuch(t *testing.T) {
	for what, query := range map[string]string{
		"length":     "code=" + strings.Repeat("a", 70_000),
		"parameters": strings.Repeat("code=a&", 201),
		"values":     "code=" + strings.Repeat("a,", 1_001) + "a",
		"chain":      strings.Repeat("derived-from:Observation.", 7) + "code=a",
		"has":        strings.Repeat("_has:Observation:derived-from:", 7) + "code=a",
	} {
		_, err := search.Parse("Observation", query, options())
		var limit *search.LimitError
		if !errors.As(err, &limit) {
			t.Errorf("%s: got %v, want a LimitError", what, err)
		}
	}
	if _, err := search.Parse("Observation", strings.Repeat("derived-from:Observation.", 6)+"code=a", options()); err != nil {
		t.Errorf("six links: %v", err)
	}
}

func TestIncludeStopsAtItsLimit(t *testing.T) {
	o := options()
	o.Limits.Included = 10
	ix := search.NewIndex(o)
	for i := range 20 {
		put(t, ix, fmt.Sprintf(`{"resourceType":"Organization","id":"o%d","partOf":{"reference":"Organization/o%d"}}`, i, (i+1)%20))
	}
	q, err := search.Parse("Organization", "_id=o0&_include:iterate=Organization:partof", o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ix.Search(context.Background(), q)
	var limit *search.LimitError
	if !errors.As(err, &limit) || limit.Limit != 10 {
		t.Errorf("got %v, want a LimitError of 10", err)
	}
}

func put(t testing.TB, ix *search.Index, text string) {
	t.Helper()
	if err := ix.Put(decode(t, text)); err != nil {
		t.Fatal(err)
	}
}

func TestAnIncludeCycleEnds(t *testing.T) {
	ix := index(t,
		`{"resourceType":"Organization","id":"a","partOf":{"reference":"Organization/b"}}`,
		`{"resourceType":"Organization","id":"b","partOf":{"reference":"Organization/a"}}`)
	if got := ids(find(t, ix, "Organization?_id=a&_include:iterate=Organization:partof&_revinclude:iterate=Organization:partof").Included); got != "b" {
		t.Errorf("included %s", got)
	}
}

func TestAReferenceByIDAloneMustNotBeAmbiguous(t *testing.T) {
	ix := index(t, `{"resourceType":"Patient","id":"1"}`, `{"resourceType":"Group","id":"1"}`, `{"resourceType":"Observation","id":"b","subject":{"reference":"Patient/1"}}`)
	q, err := search.Parse("Observation", "subject=1", options())
	if err != nil {
		t.Fatal(err)
	}
	var param *search.ParamError
	if _, err := ix.Matches(context.Background(), q); !errors.As(err, &param) || !strings.Contains(err.Error(), "Group/1") {
		t.Errorf("got %v", err)
	}
	if got := ids(find(t, ix, "Observation?patient=1").Matches); got != "b" {
		t.Errorf("patient=1 found [%s]", got)
	}
}

func TestASearchStopsWhenItsContextIsDone(t *testing.T) {
	ix := search.NewIndex(options())
	for i := range 5_000 {
		put(t, ix, fmt.Sprintf(`{"resourceType":"Basic","id":"%d"}`, i))
	}
	q, err := search.Parse("Basic", "", options())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ix.Matches(ctx, q); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestMalformedResourcesMatchNothingAndHarmNothing(t *testing.T) {
	ix := index(t, `{"resourceType":"Observation","id":"b","meta":"x","status":[["final"]],"code":"2823-3","subject":"Patient/1","effectiveDateTime":{"a":1},"effectivePeriod":"x",
		"effectiveTiming":{"event":"x","repeat":[]},"category":[{"coding":"x"},null,7],"identifier":[[{"value":"1"}]],"valueQuantity":{"value":"5","comparator":3},
		"component":{"code":{"coding":[null,"x",{"code":7}]}},"performer":[{"reference":7},{"reference":null,"identifier":"x"}],"contained":"x","derivedFrom":[{"reference":"#x"}]}`)
	for _, query := range []string{
		"code=2823-3", "code:text=x", "category=x", "subject=1", "patient.name=x", "performer:identifier=1", "performer.name=x", "derived-from.code=x", "date=2024", "date=ne2024",
		"value-quantity=5", "value-quantity=ne7", "combo-code-value-quantity=x$5", "identifier=1", "_tag=x", "_lastUpdated=2024", "_profile=x", "_source=x",
	} {
		if got := ids(find(t, ix, "Observation?"+query).Matches); got != "" {
			t.Errorf("%s found %s", query, got)
		}
	}
	if got := ids(find(t, ix, "Observation?_sort=date,code,subject,value-quantity&_include=*").Matches); got != "b" {
		t.Errorf("found %s", got)
	}
	q, err := search.Parse("Observation", "_summary=true", options())
	if err != nil {
		t.Fatal(err)
	}
	for r := range ix.All("Observation") {
		q.Shape(r)
	}
	for _, text := range []string{`{"resourceType":"Nothing","id":"1"}`, `{"resourceType":"Patient"}`, `{}`} {
		if err := search.NewIndex(options()).Put(decode(t, text)); err == nil {
			t.Errorf("%s was put", text)
		}
	}
}

func TestReadersAndWritersMayMeet(t *testing.T) {
	ix := search.NewIndex(options())
	for i := range 200 {
		put(t, ix, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","identifier":[{"value":"%d"}]}`, i, i))
	}
	queries := []string{"Patient?identifier=7", "Observation?patient.identifier=7&_include=Observation:patient", "Patient?_has:Observation:patient:code=a&_sort=_id", "Observation?code=a&_revinclude=Provenance:target"}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 200 {
				id := fmt.Sprintf("b%d", (i*7+worker)%50)
				if i%5 == 4 {
					ix.Remove("Observation", id)
					continue
				}
				resource := fhir.Resource{
					"resourceType": "Observation", "id": id, "subject": map[string]any{"reference": fmt.Sprintf("Patient/p%d", i%20)},
					"code": map[string]any{"coding": []any{map[string]any{"code": "a"}}},
				}
				if err := ix.Put(resource); err != nil {
					t.Error(err)
				}
			}
		})
		group.Go(func() {
			for i := range 100 {
				find(t, ix, queries[i%len(queries)])
				ix.Resolve("Patient/p1")
				ix.Referring("Observation", "patient", "Patient/p1")
				for range ix.All("Observation") {
					break
				}
			}
		})
	}
	group.Wait()
}

func TestRemovedResourcesAreForgotten(t *testing.T) {
	ix := search.NewIndex(options())
	for i := range 4_000 {
		put(t, ix, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","identifier":[{"value":"%d"}]}`, i, i%10))
		if i == 2_000 {
			find(t, ix, "Patient?identifier=7") // builds a posting, which removals must keep right
		}
	}
	clone := ix.Clone()
	for i := range 3_500 {
		if !ix.Remove("Patient", fmt.Sprintf("p%d", i)) {
			t.Fatalf("p%d was not there", i)
		}
	}
	if ix.Remove("Patient", "p0") || ix.Len("Patient") != 500 || clone.Len("Patient") != 4_000 {
		t.Errorf("%d are left, %d in the clone", ix.Len("Patient"), clone.Len("Patient"))
	}
	matches := find(t, ix, "Patient?identifier=7").Matches
	if len(matches) != 50 || matches[0].ID() != "p3507" {
		t.Errorf("%d found, the first %s", len(matches), matches[0].ID())
	}
	put(t, ix, `{"resourceType":"Patient","id":"p3507","identifier":[{"value":"8"}]}`)
	if got := len(find(t, ix, "Patient?identifier=7").Matches); got != 49 {
		t.Errorf("%d found after a change", got)
	}
}

// dense returns an index in which each of 60 Observations is derived from all of them: 60 to the power of six ways lead
// along a chain of six links.
func dense(t testing.TB) *search.Index {
	t.Helper()
	ix := search.NewIndex(options())
	var all []any
	for i := range 60 {
		all = append(all, map[string]any{"reference": fmt.Sprintf("Observation/b%d", i)})
	}
	for i := range 60 {
		if err := ix.Put(fhir.Resource{"resourceType": "Observation", "id": fmt.Sprintf("b%d", i), "status": "final", "derivedFrom": all}); err != nil {
			t.Fatal(err)
		}
	}
	return ix
}

func TestJoinsAskEachResourceOnce(t *testing.T) {
	ix := dense(t)
	for _, query := range []string{
		strings.Repeat("derived-from:Observation.", 6) + "status:not=final",
		strings.Repeat("_has:Observation:derived-from:", 6) + "status:not=final",
		strings.Repeat("derived-from:Observation._has:Observation:derived-from:", 3) + "status:not=final",
	} {
		if got := ids(find(t, ix, "Observation?"+query).Matches); got != "" {
			t.Errorf("%s found %s", query, got)
		}
	}
}

func TestJoinsStopWhenTheContextIsDone(t *testing.T) {
	ix := dense(t)
	q, err := search.Parse("Observation", strings.Repeat("derived-from:Observation.", 6)+"_has:Observation:derived-from:status:not=final", search.Options{Limits: search.Limits{Chain: 20}, Base: options().Base})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	many := search.NewIndex(options())
	for i := range 3_000 {
		put(t, many, fmt.Sprintf(`{"resourceType":"Observation","id":"b%d","derivedFrom":[{"reference":"Observation/b%d"}]}`, i, i+1))
	}
	if _, err := many.Matches(ctx, q); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := ix.Matches(context.Background(), q); err != nil {
		t.Errorf("got %v", err)
	}
}
