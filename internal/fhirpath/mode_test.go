package fhirpath_test

import (
	"errors"
	"strings"
	"testing"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/fhirpath/fhirpathtest"
)

func TestStrictRefusesWhatTheTypesRuleOut(t *testing.T) {
	run(t, patientJSON, []row{
		{"name.given1", "!semantic"},
		{"Patient.name.given1", "!semantic"},
		{"name.where(used = 'x')", "!semantic"},
		{"name.select(givens)", "!semantic"},
		{"name.exists(nope.exists())", "!semantic"},
		{"name.all(nope)", "!semantic"},
		{"name.family.nope", "!semantic"},
		{"contact.nope", "!semantic"},
		{"contact.organization.nope", "!semantic"},
		{"deceasedBoolean", "!semantic"},
		{"Observation.code", "!semantic"},
		{"(1 + 1).nope", ""},
		{"'a'.nope", "!semantic"},
		{"name.first().nope", "!semantic"},
		{"name.ofType(HumanName).nope", "!semantic"},
		{"(gender as code).nope", "!semantic"},
		{"extension('urn:ext:one').nope", "!semantic"},
		{"iif(true, name, telecom).nope", "!semantic"},
		{"(name | telecom).nope", "!semantic"},
		{"(name | telecom).rank", "positiveInt:1"},
		{"(name | telecom).use", "code:official, code:usual, code:old"},
		{"name.period.start", ""},
		{"name.given.value", "'Anna', 'Beth', 'Annie', 'Beth'"},
		{"repeat(nope)", "!semantic"},
		{"children().first()", "!semantic"},
		{"children().skip(1)", "!semantic"},
		{"descendants().last()", "!semantic"},
		{"descendants()[0]", "!semantic"},
		{"children().where(true).tail()", "!semantic"},
		{"children().take(1)", "!semantic"},
		{"children().count() > 0", "true"},
		{"children().sort(id).first().exists()", "true"},
		{"contained.name", "string:Wye Trust"}, // a Resource may be of any type
		{"contained.anything", ""},
		{"DomainResource.id", "id:p1"},
		{"Patient.active", "boolean:true"},
		{"type().name", "'Patient'"},
		{"type().nope", "!semantic"},
		{"%resource.anything", ""},
		{"{}.anything", ""},
		{"active.extension.url", ""},
	}, fhirpath.Strict())
	run(t, observationJSON, []row{
		{"value.unit", "string:kg"},
		{"(value as Period).unit", "!semantic"},
		{"(value as Quantity).unit", "string:kg"},
		{"valueQuantity.unit", "!semantic"},
		{"component.referenceRange.low.value", ""},
		{"component.referenceRange.nope", "!semantic"},
	}, fhirpath.Strict())
}

func TestDefaultModeGivesNothingForUnknownElements(t *testing.T) {
	run(t, patientJSON, []row{
		{"name.given1", ""},
		{"Observation.code", ""},
		{"children().first().exists()", "true"},
		{"'a'.nope", ""},
	})
}

func TestLenientAcceptsWhatPublishedConstraintsRelyOn(t *testing.T) {
	run(t, patientJSON, []row{
		{"name.as(HumanName).count()", "3"},
		{"(name as HumanName).count()", "3"},
		{"descendants().as(uri).count() > 1", "true"},
		{"deceasedBoolean", "boolean:false"},
		{"active is Boolean", "true"},
		{"active is System.Boolean", "true"},
		{"gender is String", "true"},
		{"active is String", "false"},
		{"name is HumanName", "!execution"},
		{"name.first() is Nothing", "false"},
		{"name.as(Nothing)", ""},
		{"name.first() is Other.Thing", "false"},
	}, fhirpath.Lenient())
	run(t, observationJSON, []row{
		{"valueQuantity.unit", "string:kg"},
		{"component.valueString", "string:sixty"},
		{"component.value.as(string)", "string:sixty"},
	}, fhirpath.Lenient())
}

// Without a model, JSON names are all there is.
func TestWithoutTypes(t *testing.T) {
	check := func(resource string, rows []row) {
		var types *fhirpath.Types
		input := types.Resource(decode(t, resource))
		for _, r := range rows {
			if got := outcome(t, r.expression, input, &fhirpath.Environment{Clock: testClock}); got != r.want {
				t.Errorf("%s\n got  %s\n want %s", r.expression, got, r.want)
			}
		}
	}
	check(patientJSON, []row{
		{"Patient.name.family", ":Marlow, :Dane"},
		{"Resource.id", ":p1"},
		{"Observation.id", ""},
		{"name.given.count()", "5"},
		{"name.given.extension.value", "code:unknown"},
		{"deceased", "boolean:false"},
		{"deceased is boolean", "true"},
		{"extension.value.ofType(Age).unit", ":years"},
		{"extension.value.ofType(integer)", "integer:2"},
		{"gender = 'female'", "true"},
		{"birthDate = @1970-03-28", "true"},
		{"birthDate < today()", "true"},
		{"birthDate.yearOf()", "1970"},
		{"birthDate.lowBoundary(17).precision()", "17"},
		{"telecom.rank + 1", "2"},
		{"active and true", "true"},
		{"contained.is(Organization)", "true"},
		{"contact.organization.resolve().name", ":Wye Trust"},
		{"name.is(HumanName)", "!execution"},
		{"extension('urn:ext:two').value = 2", "true"},
		{"birthDate.extension('urn:time').exists()", "true"},
		{"identifier.where(system = 'urn:s1').value", ":A1"},
		{"descendants().where($this = 'Annie').count()", "1"},
		{"(name.given | identifier.value | telecom.value | name.family | gender | id | name.use).count()", "15"},
	})
	check(observationJSON, []row{
		{"value.unit", ":kg"},
		{"value > 80 'kg'", "true"},
		{"value.is(Quantity)", "true"},
		{"value.ofType(Quantity).value", ":80.50"},
		{"component.value.count()", "2"},
		{"effective > issued", "true"},
	})
}

func TestErrorsNameLineAndColumn(t *testing.T) {
	types := fhirpathtest.Small()
	tests := []struct {
		expression   string
		line, column int
		part         string
	}{
		{"name..given", 1, 6, `expected an element or function name, found "."`},
		{"name.\n  where(use = )", 2, 15, "expected an expression"},
		{"'é' &\n#", 2, 1, "unexpected character '#'"},
		{"'漢字' nope", 1, 6, "expected an operator or the end"},
		{"name.first(1)", 1, 6, "first() takes no argument, found 1"},
		{"active and\n\n  nothing()", 3, 3, "there is no function nothing()"},
		{"name.is(Nothing)", 1, 9, "there is no type Nothing"},
		{"'abc", 1, 1, "this string is not closed"},
		{"@2014-13-01", 1, 1, "is not a date or time"},
		{"(1 + 2", 1, 7, `expected ")", found the end of the expression`},
		{"name.given1", 1, 6, `"given1" is not an element of HumanName`},
	}
	for _, tt := range tests {
		_, err := fhirpath.Compile(tt.expression, fhirpath.WithTypes(types), fhirpath.ForType("Patient"), fhirpath.Strict())
		var fe *fhirpath.Error
		if !errors.As(err, &fe) {
			t.Errorf("%q: got %v", tt.expression, err)
			continue
		}
		if fe.Line != tt.line || fe.Column != tt.column || !strings.Contains(fe.Error(), tt.part) {
			t.Errorf("%q: got %v; want %d:%d and %q", tt.expression, fe, tt.line, tt.column, tt.part)
		}
	}
}

func TestUnknownInputTypeIsRefused(t *testing.T) {
	_, err := fhirpath.Compile("id", fhirpath.WithTypes(fhirpathtest.Small()), fhirpath.ForType("Nothing"))
	var fe *fhirpath.Error
	if !errors.As(err, &fe) || fe.Kind != fhirpath.Semantic {
		t.Fatalf("got %v", err)
	}
}

// An expression compiled for one type must still work on inputs of another.
func TestCompiledTypeIsOnlyAHint(t *testing.T) {
	types := fhirpathtest.Small()
	x := mustCompile(t, "identifier.value", fhirpath.WithTypes(types), fhirpath.ForType("Observation"))
	got, err := x.Evaluate(t.Context(), nil, types.Resource(decode(t, patientJSON)))
	if err != nil || show(got) != "string:A1, string:B2" {
		t.Fatalf("got %s, %v", show(got), err)
	}
}

// A model with a cycle of bases, a dangling type and an element twice must not trouble the engine.
func TestBrokenModels(t *testing.T) {
	types := fhirpath.NewTypes(fhirpathtest.Model{
		"A": {Name: "A", Base: "B", Elements: []fhirpath.ElementDefinition{
			{Name: "x", Types: []string{"Missing"}}, {Name: "x", Types: []string{"A"}}, {Name: "y"}, {Name: "v", Choice: true, Types: []string{"", "A"}},
		}},
		"B": {Name: "B", Base: "A"},
	})
	input := types.Resource(map[string]any{"resourceType": "A", "x": map[string]any{"z": "q"}, "y": "r", "vA": map[string]any{"y": "s"}})
	for expression, want := range map[string]string{
		"x.z": ":q", "y": ":r", "v.y": ":s", "$this is B": "true", "$this is A": "true", "descendants().count()": "5", "A.type().name": "'A'",
	} {
		if got := outcome(t, expression, input, nil, fhirpath.WithTypes(types), fhirpath.ForType("A")); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
}

// Data that does not have the shape its type says must give nothing or an error, never a panic.
func TestMisshapenData(t *testing.T) {
	run(t, `{"resourceType": "Patient", "name": "text", "active": "yes", "birthDate": {"a": 1}, "gender": ["a", ["b"]], "telecom": [[{"rank": "x"}]],
		"identifier": [], "_gender": "x", "_birthDate": [1], "contact": {"name": null}, "deceasedBoolean": null, "id": 5}`, []row{
		{"name.given", ""},
		{"name.family.empty()", "true"},
		{"active.not()", ""},
		{"active = true", "false"},
		{"birthDate > @2012", ""},
		{"birthDate = @2012", "false"},
		{"gender.count()", "2"},
		{"telecom.rank", ""},
		{"identifier.empty()", "true"},
		{"contact.name.empty()", "true"},
		{"deceased.empty()", "true"},
		{"id = '5'", "false"},
		{"id.length()", "!execution"},
		{"descendants().count() > 3", "true"},
		{"descendants().distinct().count() > 3", "true"},
		{"birthDate + 1 day", ""},
		{"-id", "!execution"},
		{"name.extension", ""},
	})
}
