package fhirpath_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/fhirpath/fhirpathtest"
)

// row is an expression and what it must give, as show writes it: items joined by ", ", nothing for empty, or "!kind" for an error.
type row struct{ expression, want string }

const patientJSON = `{
	"resourceType": "Patient", "id": "p1",
	"meta": {"tag": [{"system": "urn:a", "code": "x"}, {"system": "urn:a", "code": "y"}]},
	"contained": [{"resourceType": "Organization", "id": "org", "name": "Wye Trust"}],
	"extension": [{"url": "urn:ext:one", "valueString": "first"}, {"url": "urn:ext:two", "valueInteger": 2}, {"url": "urn:ext:one", "valueAge": {"value": 4, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"}}],
	"identifier": [{"use": "official", "system": "urn:s1", "value": "A1", "period": {"start": "2001-05-06"}}, {"system": "urn:s2", "value": "B2"}],
	"active": true,
	"name": [
		{"use": "official", "family": "Marlow", "given": ["Anna", "Beth"]},
		{"use": "usual", "given": ["Annie"]},
		{"use": "old", "family": "Dane", "given": [null, "Beth"], "_given": [{"extension": [{"url": "urn:absent", "valueCode": "unknown"}]}, null]}
	],
	"telecom": [{"system": "phone", "value": "01632 960001", "rank": 1}, {"system": "email", "value": "a@example.org"}],
	"gender": "female",
	"birthDate": "1970-03-28", "_birthDate": {"id": "bd", "extension": [{"url": "urn:time", "valueDateTime": "1970-03-28T04:05:00+01:00"}]},
	"deceasedBoolean": false,
	"contact": [{"name": {"family": "Roe"}, "organization": {"reference": "#org"}}],
	"managingOrganization": {"reference": "Organization/9", "display": "Nine"}
}`

const observationJSON = `{
	"resourceType": "Observation", "id": "o1", "status": "final",
	"code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}], "text": "Blood pressure"},
	"effectiveDateTime": "2020-02-03T10:20:30Z", "issued": "2020-02-03T11:00:00.123+01:00",
	"valueQuantity": {"value": 80.50, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
	"referenceRange": [{"low": {"value": 3, "unit": "units"}, "high": {"value": 7, "unit": "units"}}],
	"component": [
		{"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": {"value": 107, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}},
		{"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]}, "valueString": "sixty", "referenceRange": [{"text": "any"}]}
	]
}`

const questionnaireJSON = `{
	"resourceType": "Questionnaire", "url": "http://example.org/q", "status": "active",
	"item": [
		{"linkId": "1", "type": "group", "item": [{"linkId": "1.1", "type": "string"}, {"linkId": "1.2", "type": "group", "item": [{"linkId": "1.2.1", "type": "date"}]}]},
		{"linkId": "2", "type": "boolean", "required": true}
	]
}`

func decode(tb testing.TB, text string) map[string]any {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		tb.Fatal(err)
	}
	return m
}

func testClock() time.Time {
	return time.Date(2024, 2, 29, 13, 14, 15, 167_000_000, time.FixedZone("", 3600))
}

// show writes a result so that type and value can be seen.
func show(items fhirpath.Collection) string {
	var out []string
	for _, it := range items {
		switch it.Kind() {
		case fhirpath.KindElement:
			if it.Text() != "" || it.JSON() == "" {
				out = append(out, it.TypeName()+":"+it.Text())
			} else {
				out = append(out, it.TypeName())
			}
		case fhirpath.KindString:
			out = append(out, "'"+it.Text()+"'")
		case fhirpath.KindDecimal:
			out = append(out, it.Text()+"d")
		case fhirpath.KindLong:
			out = append(out, it.Text()+"L")
		case fhirpath.KindDate:
			out = append(out, "@"+it.Text())
		case fhirpath.KindDateTime:
			text := "@" + it.Text()
			if !strings.Contains(text, "T") {
				text += "T"
			}
			out = append(out, text)
		case fhirpath.KindTime:
			out = append(out, "@T"+it.Text())
		default:
			out = append(out, it.Text())
		}
	}
	return strings.Join(out, ", ")
}

// outcome compiles and evaluates an expression and writes the result or the kind of error.
func outcome(tb testing.TB, expression string, input fhirpath.Item, env *fhirpath.Environment, options ...fhirpath.Option) string {
	tb.Helper()
	x, err := fhirpath.Compile(expression, options...)
	if err == nil {
		var items fhirpath.Collection
		if items, err = x.Evaluate(tb.Context(), env, input); err == nil {
			agree(tb, x, env, input, items)
			return show(items)
		}
	}
	var fe *fhirpath.Error
	if !errors.As(err, &fe) {
		tb.Fatalf("%s: the error is not a *fhirpath.Error: %v", expression, err)
	}
	if fe.Line < 1 || fe.Column < 1 || fe.Expression != expression {
		tb.Errorf("%s: the error has no place: %+v", expression, fe)
	}
	return "!" + fe.Kind.String()
}

// agree holds the Boolean entry point against the general one.
func agree(tb testing.TB, x *fhirpath.Expression, env *fhirpath.Environment, input fhirpath.Item, items fhirpath.Collection) {
	tb.Helper()
	truth, err := x.Test(tb.Context(), env, input)
	want := fhirpath.True
	switch {
	case len(items) > 1:
		if err == nil {
			tb.Errorf("%s: Test must refuse %d items", x, len(items))
		}
		return
	case len(items) == 0:
		want = fhirpath.Unknown
	default:
		switch v := items[0].JSON().(type) {
		case bool:
			if !v {
				want = fhirpath.False
			}
		case nil:
			want = fhirpath.Unknown
		}
	}
	if err != nil || truth != want {
		tb.Errorf("%s: Test gives %v, %v; Evaluate gives %s", x, truth, err, show(items))
	}
}

// run checks rows against a resource with the small model.
func run(t *testing.T, resource string, rows []row, options ...fhirpath.Option) {
	t.Helper()
	types := fhirpathtest.Small()
	env := &fhirpath.Environment{Types: types, Clock: testClock}
	var input fhirpath.Item
	options = append([]fhirpath.Option{fhirpath.WithTypes(types)}, options...)
	if resource != "" {
		input = types.Resource(decode(t, resource))
		options = append(options, fhirpath.ForType(input.TypeName()))
	}
	for _, r := range rows {
		if got := outcome(t, r.expression, input, env, options...); got != r.want {
			t.Errorf("%s\n got  %s\n want %s", r.expression, got, r.want)
		}
	}
}
