package fhirpath_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/fhirpath/fhirpathtest"
)

// hooks answers for a tiny world.
type hooks struct {
	types *fhirpath.Types
	fail  error
}

func (h hooks) Resolve(_ context.Context, reference string, _ fhirpath.Item) (fhirpath.Item, bool, error) {
	if h.fail != nil {
		return fhirpath.Item{}, false, h.fail
	}
	if reference != "Organization/9" {
		return fhirpath.Item{}, false, nil
	}
	return h.types.Resource(map[string]any{"resourceType": "Organization", "name": "Nine"}), true, nil
}

func (h hooks) MemberOf(_ context.Context, coded fhirpath.Item, valueSet string) (fhirpath.Truth, error) {
	switch {
	case h.fail != nil:
		return fhirpath.Unknown, h.fail
	case valueSet == "urn:unknown":
		return fhirpath.Unknown, nil
	case coded.Text() == "female":
		return fhirpath.True, nil
	}
	return fhirpath.False, nil
}

func (h hooks) Subsumes(_ context.Context, ancestor, descendant fhirpath.Item) (fhirpath.Truth, error) {
	if strings.HasPrefix(descendant.Text(), ancestor.Text()) {
		return fhirpath.True, h.fail
	}
	return fhirpath.False, h.fail
}

func (h hooks) ConformsTo(_ context.Context, item fhirpath.Item, profile string) (fhirpath.Truth, error) {
	if profile == "urn:none" {
		return fhirpath.Unknown, errors.New("no such profile")
	}
	if item.TypeName() == "Patient" {
		return fhirpath.True, nil
	}
	return fhirpath.False, nil
}

func TestHooksAnswerFHIRFunctions(t *testing.T) {
	types := fhirpathtest.Small()
	h := hooks{types: types}
	env := &fhirpath.Environment{Types: types, Resolver: h, Terminology: h, Conformance: h}
	input := types.Resource(decode(t, patientJSON))
	for _, r := range []row{
		{"managingOrganization.resolve().name", "string:Nine"},
		{"managingOrganization.resolve() is Organization", "true"},
		{"('Organization/9' | 'Organization/8').resolve().name", "string:Nine"},
		{"contact.organization.resolve().name", "string:Wye Trust"},
		{"gender.memberOf('urn:vs')", "true"},
		{"id.memberOf('urn:vs')", "false"},
		{"gender.memberOf('urn:unknown')", ""},
		{"gender.memberOf({})", ""},
		{"'fe'.subsumes(gender)", "true"},
		{"gender.subsumes('fe')", "false"},
		{"gender.subsumedBy('fe')", "true"},
		{"conformsTo('urn:p')", "true"},
		{"gender.conformsTo('urn:p')", "false"},
		{"conformsTo('urn:none')", "!execution"},
	} {
		if got := outcome(t, r.expression, input, env, fhirpath.WithTypes(types)); got != r.want {
			t.Errorf("%s: got %s, want %s", r.expression, got, r.want)
		}
	}
}

func TestErrorsOfHooksAreWrapped(t *testing.T) {
	types := fhirpathtest.Small()
	broken := errors.New("broken")
	h := hooks{types: types, fail: broken}
	env := &fhirpath.Environment{Types: types, Resolver: h, Terminology: h}
	for _, expression := range []string{"managingOrganization.resolve()", "gender.memberOf('urn:vs')", "gender.subsumes('x')"} {
		_, err := mustCompile(t, expression).Evaluate(t.Context(), env, types.Resource(decode(t, patientJSON)))
		if !errors.Is(err, broken) {
			t.Errorf("%s: got %v", expression, err)
		}
	}
}

func TestTraceReportsItemsAndProjections(t *testing.T) {
	types := fhirpathtest.Small()
	var got []string
	env := &fhirpath.Environment{Types: types, Trace: func(name string, items fhirpath.Collection) {
		got = append(got, name+" "+show(items))
	}}
	x := mustCompile(t, "name.trace('families', family).given.trace('given').count() = 5 and {}.trace('none').empty()", fhirpath.WithTypes(types))
	truth, err := x.Test(t.Context(), env, types.Resource(decode(t, patientJSON)))
	if err != nil || truth != fhirpath.True {
		t.Fatal(truth, err)
	}
	want := []string{"families string:Marlow, string:Dane", "given string:Anna, string:Beth, string:Annie, string, string:Beth", "none "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

func TestVariablesOfTheEnvironment(t *testing.T) {
	types := fhirpathtest.Small()
	env := &fhirpath.Environment{Types: types, Variables: map[string]fhirpath.Collection{
		"one": {fhirpath.Integer(1)}, "two": {fhirpath.Integer(1), fhirpath.String("b")}, "none": nil, "a b": {fhirpath.Boolean(true)},
	}}
	for _, r := range []row{
		{"%one + 1", "2"},
		{"%two.count()", "2"},
		{"%two + 1", "!execution"},
		{"%none.empty()", "true"},
		{"%`a b`", "true"},
		{"defineVariable('one', 2)", "!execution"},
	} {
		if got := outcome(t, r.expression, fhirpath.Item{}, env); got != r.want {
			t.Errorf("%s: got %s, want %s", r.expression, got, r.want)
		}
	}
}

func TestResourceVariablesOfContainedResources(t *testing.T) {
	types := fhirpathtest.Small()
	root := types.Resource(decode(t, patientJSON))
	evaluator := fhirpath.NewEvaluator(&fhirpath.Environment{Types: types})
	inner, err := evaluator.Evaluate(t.Context(), mustCompile(t, "contained", fhirpath.WithTypes(types)), root)
	if err != nil {
		t.Fatal(err)
	}
	evaluator.SetResource(inner[0], root)
	x := mustCompile(t, "%resource.id | %rootResource.id | %context.name", fhirpath.WithTypes(types))
	got, err := evaluator.Evaluate(t.Context(), x, inner[0])
	if err != nil || show(got) != "id:org, id:p1, string:Wye Trust" {
		t.Fatalf("got %s, %v", show(got), err)
	}
}

func TestClockIsReadOnceAndMayBeMissing(t *testing.T) {
	x := mustCompile(t, "now() = now() and today() = today()")
	if _, err := x.Test(t.Context(), nil, fhirpath.Item{}); err == nil {
		t.Error("an environment without a clock must make now() fail")
	}
	reads := 0
	env := &fhirpath.Environment{Clock: func() time.Time { reads++; return testClock() }}
	if truth, err := x.Test(t.Context(), env, fhirpath.Item{}); err != nil || truth != fhirpath.True || reads != 1 {
		t.Errorf("got %v, %v after %d readings", truth, err, reads)
	}
}

func TestExpressionsAreSafeForConcurrentUse(t *testing.T) {
	types := fhirpathtest.Small()
	x := mustCompile(t, "name.where(use = 'official').given.select($this & '!').join(',') = 'Anna!,Beth!' and descendants().count() > 10",
		fhirpath.WithTypes(types), fhirpath.ForType("Patient"))
	resource := types.Resource(decode(t, patientJSON))
	env := &fhirpath.Environment{Types: types}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			evaluator := fhirpath.NewEvaluator(env)
			for range 200 {
				if truth, err := evaluator.Test(context.Background(), x, resource); err != nil || truth != fhirpath.True {
					t.Errorf("got %v, %v", truth, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// An evaluator must give the same after an error as before it.
func TestEvaluatorRecoversFromErrors(t *testing.T) {
	types := fhirpathtest.Small()
	resource := types.Resource(decode(t, patientJSON))
	evaluator := fhirpath.NewEvaluator(&fhirpath.Environment{Types: types})
	good := mustCompile(t, "name.given.count() = 5", fhirpath.WithTypes(types))
	for _, expression := range []string{"name.where(given)", "name.select(given.single())", "iif(name, 1)", "name.given.aggregate($total + 1 + 'a', 1)", "name.sort(given)"} {
		if _, err := evaluator.Evaluate(t.Context(), mustCompile(t, expression, fhirpath.WithTypes(types)), resource); err == nil {
			t.Errorf("%s must fail", expression)
		}
		if truth, err := evaluator.Test(t.Context(), good, resource); err != nil || truth != fhirpath.True {
			t.Errorf("after %s: got %v, %v", expression, truth, err)
		}
	}
}

func TestNarrativeRules(t *testing.T) {
	const open = `<div xmlns="http://www.w3.org/1999/xhtml">`
	for _, div := range []string{
		open + "text</div>",
		open + "<p>a <b>b</b><br/></p></div>",
		open + `<img src="x.png" alt=""/></div>`,
		open + `<table class="grid"><tr><td colspan="2">x &amp; &#160;</td></tr></table></div>`,
		open + `<a href="#x" name="y">z</a><!-- note --></div>`,
		`<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>x</h:p></h:div>`,
	} {
		if err := fhirpath.CheckNarrative(div); err != nil {
			t.Errorf("%s: %v", div, err)
		}
	}
	for div, part := range map[string]string{
		"":                                  "single div",
		"text":                              "single div",
		"<div>x</div>":                      "namespace",
		open + "</div>":                     "some text",
		open + " \n </div>":                 "some text",
		open + "<p>x</div>":                 "well-formed",
		open + "x":                          "well-formed",
		open + "&nbsp;</div>":               "well-formed",
		open + "<script>x</script></div>":   `"script"`,
		open + "<form>x</form></div>":       `"form"`,
		open + `<p onclick="x">x</p></div>`: `"onclick"`,
		open + `<a href=" javascript:x">x</a></div>`:    "script",
		open + `<p xmlns="urn:x">x</p></div>`:           `"p"`,
		"<!DOCTYPE div>" + open + "x</div>":             "document type",
		open + "x</div>" + open + "y</div>":             "single div",
		`<p xmlns="http://www.w3.org/1999/xhtml">x</p>`: "must be a div",
		open + "x</div><?php x ?>":                      "processing instructions",
	} {
		if err := fhirpath.CheckNarrative(div); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: got %v, want %s", div, err, part)
		}
	}
	run(t, strings.Replace(patientJSON, `"id": "p1",`, `"id": "p1", "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},`, 1), []row{
		{"text.`div`.htmlChecks()", "true"},
		{"text.htmlChecks()", "true"},
		{"gender.htmlChecks()", "false"},
		{"{}.htmlChecks()", ""},
	})
}
