package record_test

import (
	"encoding/json"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

// says reads one element of an Observation, or of another type that has the row.
func says(t *testing.T, resourceType, row string, element map[string]any, names record.Names) string {
	t.Helper()
	resource := fhir.Resource{"resourceType": resourceType, "id": "1"}
	for name, value := range element {
		resource[name] = value
	}
	statement, ok := record.NewReader().Read(resource, names)
	if !ok {
		t.Fatalf("%s is not read", resourceType)
	}
	return statement.Value(row)
}

type object = map[string]any

func concept(codings ...object) object {
	list := make([]any, 0, len(codings))
	for _, coding := range codings {
		list = append(list, coding)
	}
	return object{"coding": list}
}

// rule is one pair of elements, and whether they are the same under the rule.
type pair struct {
	name         string
	a, b         object
	same         bool
	resourceType string
	row          string
	names        record.Names
}

// compared compares the two elements as the two systems would show them: same both ways round.
func (p pair) compared(t *testing.T) {
	t.Helper()
	resource := func(element object) fhir.Resource {
		r := fhir.Resource{"resourceType": p.resourceType, "id": "1", "identifier": []any{object{"system": "s", "value": "1"}}}
		for name, value := range element {
			r[name] = value
		}
		return r
	}
	reader := record.NewReader()
	left, right := record.NewSet(reader), record.NewSet(reader)
	left.Add(resource(p.a), p.names)
	right.Add(resource(p.b), p.names)
	different := len(left.Against(right)) > 0 || len(right.Against(left)) > 0
	if different == p.same {
		t.Errorf("%s: different %v (%q and %q)", p.name, different, says(t, p.resourceType, p.row, p.a, p.names), says(t, p.resourceType, p.row, p.b, p.names))
	}
}

func TestMoments(t *testing.T) {
	at := func(text string) object { return object{"effectiveDateTime": text} }
	for _, p := range []pair{
		{name: "Z and +00:00", a: at("2026-01-01T09:00:00Z"), b: at("2026-01-01T09:00:00+00:00"), same: true},
		{name: "an offset", a: at("2026-07-01T09:00:00Z"), b: at("2026-07-01T10:00:00+01:00"), same: true},
		{name: "zeros after the second", a: at("2026-07-01T09:00:00Z"), b: at("2026-07-01T09:00:00.000Z"), same: true},
		{name: "one second", a: at("2026-07-01T09:00:00Z"), b: at("2026-07-01T09:00:01Z")},
		{name: "no offset", a: at("2026-07-01T09:00:00Z"), b: at("2026-07-01T09:00:00")},
		{name: "a year and its first day", a: at("2026"), b: at("2026-01-01")},
		{name: "a day and its first instant", a: at("2026-01-01"), b: at("2026-01-01T00:00:00Z")},
		{name: "the same month", a: at("2026-01"), b: at("2026-01"), same: true},
	} {
		p.resourceType, p.row = "Observation", "effective"
		p.compared(t)
	}
}

func TestConcepts(t *testing.T) {
	sct, read, local := object{"system": "http://snomed.info/sct", "code": "1"}, object{"system": "http://read.info/readv2", "code": "X"}, object{"system": "urn:local", "code": "7"}
	code := func(c object) object { return object{"code": c} }
	for _, p := range []pair{
		{name: "another order", a: code(concept(sct, read)), b: code(concept(read, sct)), same: true},
		{name: "another display", a: code(concept(sct)), b: code(concept(object{"system": "http://snomed.info/sct", "code": "1", "display": "One"})), same: true},
		{name: "another system", a: code(concept(sct)), b: code(concept(local))},
		{name: "words only", a: code(concept(sct)), b: code(object{"text": "one"})},
		{name: "the same words", a: code(object{"text": "Chest  pain"}), b: code(object{"text": "chest pain"}), same: true},
		{name: "other words", a: code(object{"text": "chest pain"}), b: code(object{"text": "back pain"})},
		{
			name: "dm+d with a slash", a: code(concept(object{"system": "https://dmd.nhs.uk", "code": "3"})),
			b: code(concept(object{"system": "https://dmd.nhs.uk/", "code": "3"})), same: true,
		},
	} {
		p.resourceType, p.row = "Observation", "code"
		p.compared(t)
	}
	// An added coding is lawful for the one that has it, and a lost one is not for the one that lost it.
	reader := record.NewReader()
	both, one := record.NewSet(reader), record.NewSet(reader)
	identity := []any{object{"system": "s", "value": "1"}}
	both.Add(fhir.Resource{"resourceType": "Observation", "id": "1", "identifier": identity, "code": concept(sct, local)}, nil)
	one.Add(fhir.Resource{"resourceType": "Observation", "id": "1", "identifier": identity, "code": concept(sct)}, nil)
	if differences := one.Against(both); len(differences) > 0 {
		t.Errorf("an added coding is a difference: %+v", differences)
	}
	if differences := both.Against(one); len(differences) != 1 {
		t.Errorf("a lost coding is no difference: %+v", differences)
	}
}

func TestTheMomentOfAResultIsTheSameHoweverItsElementIsCalled(t *testing.T) {
	const at = "2026-01-01T08:00:00Z"
	for _, p := range []pair{
		{name: "an instant", a: object{"effectiveDateTime": at}, b: object{"effectiveInstant": at}, same: true},
		{name: "another instant", a: object{"effectiveDateTime": at}, b: object{"effectiveInstant": "2026-01-01T08:01:00Z"}},
		{name: "the beginning of a period", a: object{"effectiveDateTime": at}, b: object{"effectivePeriod": object{"start": at}}, same: true},
	} {
		p.resourceType, p.row = "Observation", "effective"
		p.compared(t)
	}
}

func TestAmounts(t *testing.T) {
	value := func(number, unit, code string) object {
		return object{"valueQuantity": object{"value": json.Number(number), "unit": unit, "code": code}}
	}
	component := func(code, number string) object {
		return object{"code": concept(object{"system": "http://loinc.org", "code": code}), "valueQuantity": object{"value": json.Number(number), "code": "mm[Hg]"}}
	}
	for _, p := range []pair{
		{name: "a trailing zero", a: value("4.0", "x", "mmol/L"), b: value("4", "x", "mmol/L"), same: true},
		{name: "an exponent", a: value("400", "x", "mmol/L"), b: value("4e2", "x", "mmol/L"), same: true},
		{name: "other words for the unit", a: value("4", "mmol per litre", "mmol/L"), b: value("4", "mmol/L", "mmol/L"), same: true},
		{name: "another unit", a: value("4", "x", "mmol/L"), b: value("4", "x", "mg/dL")},
		{name: "less than", a: value("4", "x", "mmol/L"), b: object{"valueQuantity": object{"value": json.Number("4"), "comparator": "<", "code": "mmol/L"}}},
		{name: "words that are another unit", a: value("4", "milligram", "mg"), b: value("4", "microgram", "mg")},
		{name: "no code, other words", a: object{"valueQuantity": object{"value": json.Number("4"), "unit": "tablet"}}, b: object{"valueQuantity": object{"value": json.Number("4"), "unit": "bottle"}}},
		{name: "another number", a: value("4.0", "x", "mmol/L"), b: value("4.1", "x", "mmol/L")},
		{name: "an absurd number is not written out", a: value("1e999999999", "x", "mmol/L"), b: value("1e999999999", "x", "mmol/L"), same: true},
		{
			name: "parts in another order", a: object{"component": []any{component("1", "120"), component("2", "80.0")}},
			b: object{"component": []any{component("2", "80"), component("1", "120")}}, same: true,
		},
		{
			name: "parts exchanged", a: object{"component": []any{component("1", "120"), component("2", "80")}},
			b: object{"component": []any{component("1", "80"), component("2", "120")}},
		},
	} {
		p.resourceType, p.row = "Observation", "value"
		p.compared(t)
	}
}

func TestReferences(t *testing.T) {
	names := record.Names{"Encounter/1": "s|visit", "Encounter/2": "s|other", "Encounter/900": "s|visit"}
	to := func(reference string) object { return object{"encounter": object{"reference": reference}} }
	identifier := object{"encounter": object{"identifier": object{"system": "s", "value": "visit"}}}
	for _, p := range []pair{
		{name: "relative and absolute", a: to("Encounter/1"), b: to("https://ohc.test/fhir/Encounter/1"), same: true},
		{name: "a version", a: to("Encounter/1"), b: to("Encounter/1/_history/2"), same: true},
		{name: "another id of the same record", a: to("Encounter/1"), b: to("Encounter/900"), same: true},
		{name: "by identifier", a: to("Encounter/1"), b: identifier, same: true},
		{name: "another record", a: to("Encounter/1"), b: to("Encounter/2")},
		{name: "nowhere", a: to("Encounter/1"), b: to("Encounter/3")},
		{name: "none", a: to("Encounter/1"), b: object{}},
		{name: "nowhere on both sides", a: to("Encounter/3"), b: to("Encounter/4"), same: true},
	} {
		p.resourceType, p.row, p.names = "Observation", "encounter", names
		p.compared(t)
	}
}

func TestWordsAndAttachments(t *testing.T) {
	attachment := func(members object) object { return object{"content": []any{object{"attachment": members}}} }
	for _, p := range []pair{
		{name: "white space and case", a: object{"description": "Discharge  Summary"}, b: object{"description": "discharge summary\n"}, same: true},
		{name: "other words", a: object{"description": "Discharge summary"}, b: object{"description": "Letter"}},
		{name: "the narrative", a: object{"text": object{"div": "<div>a</div>"}}, b: object{"text": object{"div": "<div>b</div>"}}, same: true},
		{name: "the same bytes", a: attachment(object{"data": "YQ=="}), b: attachment(object{"data": "YQ==", "size": json.Number("1")}), same: true},
		{name: "a title lost", a: attachment(object{"data": "YQ==", "title": "A"}), b: attachment(object{"data": "YQ=="})},
		{name: "a hash of other bytes", a: attachment(object{"data": "YQ=="}), b: attachment(object{"data": "YQ==", "hash": "hvfkN/qlp/zhXR3cuerq6jd2Z7k="})},
		{name: "a size of other bytes", a: attachment(object{"data": "YQ=="}), b: attachment(object{"data": "YQ==", "size": json.Number("2")})},
		{name: "a hash and no bytes anywhere", a: attachment(object{"data": "YQ=="}), b: attachment(object{"hash": "hvfkN/qlp/zhXR3cuerq6jd2Z7g="})},
		{name: "other bytes", a: attachment(object{"data": "YQ=="}), b: attachment(object{"data": "Yg=="})},
		{name: "bytes here and their hash there", a: attachment(object{"data": "YQ=="}), b: attachment(object{"url": "Binary/1", "hash": "hvfkN/qlp/zhXR3cuerq6jd2Z7g="}), same: true},
		{name: "not base64", a: attachment(object{"data": "YQ=="}), b: attachment(object{"data": "?"})},
	} {
		p.resourceType, p.row = "DocumentReference", "description"
		p.compared(t)
	}
}

func TestIdentityIsTheBusinessIdentifierElseWhatWhenAndHowMuch(t *testing.T) {
	observation := func(id, identifier, code, at string) fhir.Resource {
		r := fhir.Resource{
			"resourceType": "Observation", "id": id, "effectiveDateTime": at, "code": concept(object{"system": "http://loinc.org", "code": code}),
			"meta": object{"tag": []any{object{"system": record.ODSSystem, "code": "RXK"}}},
		}
		if identifier != "" {
			r["identifier"] = []any{object{"system": "s", "value": identifier}}
		}
		return r
	}
	for _, c := range []struct {
		name           string
		expected, show []fhir.Resource
		want           []record.Kind
	}{
		{"another id", []fhir.Resource{observation("1", "a", "1", "2026")}, []fhir.Resource{observation("2", "a", "1", "2026")}, nil},
		{"no identifier there", []fhir.Resource{observation("1", "a", "1", "2026")}, []fhir.Resource{observation("2", "", "1", "2026")}, nil},
		{"another identifier", []fhir.Resource{observation("1", "a", "1", "2026")}, []fhir.Resource{observation("2", "b", "1", "2026")}, []record.Kind{record.Missing, record.Extra}},
		{"two of one day", []fhir.Resource{observation("1", "a", "1", "2026"), observation("2", "b", "1", "2026")}, []fhir.Resource{observation("3", "b", "1", "2026"), observation("4", "a", "1", "2026")}, nil},
		{"shown twice", []fhir.Resource{observation("1", "a", "1", "2026")}, []fhir.Resource{observation("2", "a", "1", "2026"), observation("3", "", "1", "2026")}, []record.Kind{record.Extra}},
		{"nothing", nil, nil, nil},
	} {
		reader := record.NewReader()
		expected, shown := record.NewSet(reader), record.NewSet(reader)
		for _, r := range c.expected {
			expected.Add(r, nil)
		}
		for _, r := range c.show {
			shown.Add(r, nil)
		}
		differences := expected.Against(shown)
		if len(differences) != len(c.want) {
			t.Errorf("%s: %+v, want %v", c.name, differences, c.want)
			continue
		}
		for i, d := range differences {
			if d.Kind != c.want[i] {
				t.Errorf("%s: %s, want %s", c.name, d.Kind, c.want[i])
			}
		}
	}
}

func TestARequestHereIsAStatementThereWhenTheyAreLinked(t *testing.T) {
	medicine := concept(object{"system": "https://dmd.nhs.uk", "code": "3"})
	request := fhir.Resource{"resourceType": "MedicationRequest", "id": "1", "identifier": []any{object{"system": "s", "value": "a"}}, "status": "active", "medicationCodeableConcept": medicine}
	statement := func(members object) fhir.Resource {
		r := fhir.Resource{"resourceType": "MedicationStatement", "id": "2", "status": "active", "medicationCodeableConcept": medicine}
		for name, value := range members {
			r[name] = value
		}
		return r
	}
	link := object{"identifier": object{"system": "s", "value": "a"}}
	for _, c := range []struct {
		name  string
		shown fhir.Resource
		want  int
	}{
		{"the same identifier", statement(object{"identifier": []any{object{"system": "s", "value": "a"}}}), 0},
		{"based on it", statement(object{"identifier": []any{object{"system": "s", "value": "b"}}, "basedOn": []any{link}}), 0},
		{"derived from it", statement(object{"derivedFrom": []any{link}}), 0},
		{"linked, and another medicine", statement(object{"basedOn": []any{link}, "medicationCodeableConcept": concept(object{"system": "https://dmd.nhs.uk", "code": "4"})}), 1},
		{"not linked", statement(object{"identifier": []any{object{"system": "s", "value": "b"}}}), 2},
	} {
		reader := record.NewReader()
		here, there := record.NewSet(reader), record.NewSet(reader)
		here.Add(request, record.Names{})
		there.Add(c.shown, record.Names{})
		if differences := here.Against(there); len(differences) != c.want {
			t.Errorf("%s: %+v", c.name, differences)
		}
	}
}

func TestADisplayOfAnotherCodeIsWrongAndASynonymIsNot(t *testing.T) {
	terms := record.Terms{}
	terms.Learn([]record.Term{{"s", "1", "asthma"}, {"s", "2", "hypertension"}, {"s", "2", "high blood pressure"}})
	for term, wrong := range map[record.Term]bool{
		{"s", "1", "asthma"}: false, {"s", "2", "high blood pressure"}: false, {"s", "1", "hypertension"}: true, {"s", "1", "wheezing"}: false,
		{"other", "1", "hypertension"}: false,
	} {
		if _, got := terms.Wrong(term); got != wrong {
			t.Errorf("%v: %v", term, got)
		}
	}
}

// FuzzRead reads whatever an endpoint may send, and compares it with itself.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		`{"resourceType":"Observation","code":{"coding":[{"system":"urn:x=1","code":"a=b|c","display":"x=y"}]},"valueQuantity":{"value":1e999999999}}`,
		`{"resourceType":"Condition","identifier":[{}],"code":{"coding":{"code":1}},"encounter":{"reference":"#a"},"onsetDateTime":"T"}`,
		`{"resourceType":"DocumentReference","content":[{"attachment":{"data":"?","hash":7}}],"context":{"related":[null,[],{"identifier":3}]}}`,
		`{"resourceType":"MedicationStatement","basedOn":[{"reference":"MedicationRequest/1"}],"meta":{"tag":[{"system":"x"}],"source":"/"}}`,
	} {
		f.Add([]byte(text))
	}
	reader := record.NewReader()
	f.Fuzz(func(t *testing.T, text []byte) {
		object, err := fhir.DecodeObject(text)
		if err != nil {
			return
		}
		set := record.NewSet(reader)
		reader.Referred(fhir.Resource(object))
		set.Add(fhir.Resource(object), record.Names{})
		for _, d := range set.Against(set) {
			t.Errorf("a resource differs from itself: %+v", d)
		}
		for _, s := range set.Statements() {
			_ = s.Describe()
		}
	})
}
