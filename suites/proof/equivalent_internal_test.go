package proof

import (
	"math/big"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// TestEachReasonForNoDefectHoldsForWhatIsLawfulAlone has, for each reason, a change that it excuses and one beside it that is
// a defect and that no reason excuses.
func TestEachReasonForNoDefectHoldsForWhatIsLawfulAlone(t *testing.T) {
	const tags = `"meta":{"tag":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","code":"RRK"},{"system":"urn:label","code":"A"}],` +
		`"source":"https://a.example.test/RRK","versionId":"1"}`
	type change struct {
		record string
		steps  []any
		after  any
		words  bool
	}
	steps := func(steps ...any) []any { return steps }
	for name, c := range map[string]struct{ lawful, wrong change }{
		"server's own": {
			change{`{` + tags + `}`, steps("meta", "versionId"), "2", false},
			change{`{"meta":{"security":[{"code":"R"}]}}`, steps("meta", "security"), nil, false},
		},
		"assumed without it": {
			change{`{"resourceType":"Patient","active":true}`, steps("active"), nil, false},
			change{`{"resourceType":"Patient","active":false}`, steps("active"), nil, false},
		},
		"label of nobody's": {
			change{`{` + tags + `}`, steps("meta", "tag", 1), nil, false},
			change{`{"meta":{"tag":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","code":"RRK"}]}}`, steps("meta", "tag", 0, "code"), "RL4", false},
		},
		"source named beside": {
			change{`{` + tags + `}`, steps("meta", "tag", 0), nil, false},
			change{`{"meta":{"source":"urn:RRK"}}`, steps("meta", "source"), "urn:RL4", false},
		},
		"name of its own beside the source": {
			change{`{"meta":{"source":"urn:RRK","tag":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","code":"RRK"}]}}`, steps("meta", "tag", 0, "code"), "RRK-2", false},
			change{`{"meta":{"source":"urn:RRK","tag":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","code":"RRK"}]}}`, steps("meta", "tag", 0, "code"), "RL4", true},
		},
		"since when is not said": {
			change{`{"resourceType":"PractitionerRole","period":{"start":"2023-03-02"}}`, steps("period"), nil, false},
			change{`{"resourceType":"PractitionerRole","period":{"start":"2023-03-02","end":"2024-03-02"}}`, steps("period"), nil, false},
		},
		"keeper not named": {
			change{`{"resourceType":"Patient","managingOrganization":{"reference":"Organization/1"}}`, steps("managingOrganization"), nil, false},
			change{`{"resourceType":"EpisodeOfCare","managingOrganization":{"reference":"Organization/1"}}`, steps("managingOrganization"), nil, false},
		},
		"order without meaning": {
			change{`{"note":[{"text":"a"},{"text":"b"}]}`, steps("note"), []any{map[string]any{"text": "b"}, map[string]any{"text": "a"}}, false},
			change{`{"name":[{"given":["A","B"]}]}`, steps("name", 0, "given"), []any{"B", "A"}, false},
		},
		"said twice": {
			change{`{"note":["a","b"]}`, steps("note"), []any{"a", "b", "a"}, false},
			change{`{"note":["a","b"]}`, steps("note"), []any{"a", "b", "c"}, false},
		},
		"further identifier": {
			change{`{"identifier":[{"value":"1"},{"value":"2"}]}`, steps("identifier", 1), nil, false},
			change{`{"identifier":[{"value":"1"},{"value":"2"}]}`, steps("identifier", 1, "value"), "3", false},
		},
		"found by what it says": {
			change{`{"identifier":[{"value":"1"}]}`, steps("identifier"), nil, false},
			change{`{"resourceType":"Patient","identifier":[{"value":"1"}]}`, steps("identifier"), nil, false},
		},
		"words of a code": {
			change{`{"code":{"coding":[{"code":"1","display":"a"}]}}`, steps("code", "coding", 0, "display"), "b", false},
			change{`{"code":{"coding":[{"code":"1","display":"a"}]}}`, steps("code", "coding", 0, "display"), "b", true},
		},
		"words of a concept": {
			change{`{"code":{"coding":[{"code":"1"}],"text":"a"}}`, steps("code", "text"), nil, false},
			change{`{"code":{"text":"a"}}`, steps("code", "text"), nil, false},
		},
		"words of a unit": {
			change{`{"valueQuantity":{"code":"mg","unit":"milligram"}}`, steps("valueQuantity", "unit"), "milligrams", false},
			change{`{"valueQuantity":{"code":"mg","unit":"mg"}}`, steps("valueQuantity", "unit"), "g", true},
		},
		"same instant": {
			change{`{"issued":"2025-06-01T10:00:00Z"}`, steps("issued"), "2025-06-01T11:00:00+01:00", false},
			change{`{"issued":"2025-06-01T10:00:00Z"}`, steps("issued"), "2025-06-01T10:00:00+01:00", false},
		},
		"directory of its own": {
			change{
				`{"resourceType":"Organization","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RRK"}],"telecom":[{"value":"1"}]}`,
				steps("telecom", 0, "value"), "2", false,
			},
			change{
				`{"resourceType":"Organization","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"SYNGP0001"}],"telecom":[{"value":"1"}]}`,
				steps("telecom", 0, "value"), "2", false,
			},
		},
		"type from the reference": {
			change{`{"subject":{"reference":"Patient/1","type":"Patient"}}`, steps("subject", "type"), nil, false},
			change{`{"subject":{"type":"Patient","display":"a"}}`, steps("subject", "type"), nil, false},
		},
		"reference in another form": {
			change{
				`{"subject":{"reference":"Patient/1","identifier":{"system":"urn:ods","value":"a"}}}`, steps("subject", "reference"), nil, false,
			},
			change{
				`{"subject":{"reference":"Patient/1","identifier":{"system":"urn:ods","value":"a"}}}`, steps("subject", "identifier", "value"), "b", false,
			},
		},
		"contained in part": {
			change{`{"contained":[{"id":"a","identifier":[{"value":"1"}],"telecom":[{"value":"1"}]}]}`, steps("contained", 0, "telecom"), nil, false},
			change{`{"contained":[{"id":"a","identifier":[{"value":"1"}],"telecom":[{"value":"1"}]}]}`, steps("contained", 0, "telecom", 0, "value"), "2", false},
		},
		"written down earlier": {
			change{`{"resourceType":"Provenance","recorded":"2026-03-01T02:15:00Z"}`, steps("recorded"), "2026-01-03T02:15:00Z", false},
			change{`{"resourceType":"Provenance","meta":{"lastUpdated":"2026-03-01T02:15:00Z"},"recorded":"2026-03-01T02:15:00Z"}`, steps("recorded"), "2026-03-01T03:15:00Z", false},
		},
		"what was done is not said": {
			change{`{"resourceType":"Provenance","activity":{"coding":[{"system":"urn:a","code":"CREATE"}]}}`, steps("activity"), nil, false},
			change{`{"resourceType":"Provenance","activity":{"coding":[{"system":"urn:a","code":"CREATE"}]}}`, steps("activity", "coding", 0, "code"), "DELETE", false},
		},
		"named where it is referred to": {
			change{
				`{"contained":[{"id":"a","name":[{"family":"Shah"}]}],"author":{"reference":"#a","display":"Dr Shah"}}`, steps("contained", 0, "name"), nil, false,
			},
			change{
				`{"contained":[{"id":"a","name":[{"family":"Shah"}]}],"author":{"reference":"#a","display":"Dr Shah"},"performer":{"reference":"#a"}}`,
				steps("contained", 0, "name"), nil, false,
			},
		},
		"title left out": {
			change{`{"resourceType":"Task","contained":[{"id":"a","name":[{"family":"A","prefix":["Dr"]}]}]}`, steps("contained", 0, "name", 0, "prefix", 0), nil, false},
			change{`{"resourceType":"Task","contained":[{"id":"a","name":[{"family":"A","prefix":["Dr"]}]}]}`, steps("contained", 0, "name", 0, "family"), nil, false},
		},
		"sorted by R4 too": {
			change{`{"resourceType":"MedicationRequest","category":[` + primaryCare + `]}`, steps("category"), listed(t, primaryCare, r4("outpatient")), false},
			change{`{"resourceType":"MedicationRequest","category":[` + primaryCare + `]}`, steps("category"), listed(t, primaryCare, r4("inpatient")), false},
		},
		"title said twice": {
			change{`{"resourceType":"Practitioner","name":[{"family":"A","prefix":["Dr"]}]}`, steps("name", 0, "prefix"), []any{"Dr", "Dr"}, false},
			change{`{"resourceType":"Practitioner","name":[{"family":"A","given":["B"]}]}`, steps("name", 0, "given"), []any{"B", "B"}, false},
		},
		"use of a name left out": {
			change{`{"resourceType":"Practitioner","name":[{"family":"A","use":"official"}]}`, steps("name", 0, "use"), nil, false},
			change{`{"resourceType":"Practitioner","name":[{"family":"A","use":"old"}]}`, steps("name", 0, "use"), nil, false},
		},
		"origin of an entry of a directory": {
			change{`{"resourceType":"Practitioner","meta":{"source":"urn:RRK"}}`, steps("meta", "source"), "urn:RL4", false},
			change{`{"resourceType":"Practitioner","meta":{"security":[{"code":"R"}]}}`, steps("meta", "security"), nil, false},
		},
		"named in words alone": {
			change{`{"resourceType":"Provenance","agent":[{"who":{"display":"A Record"}}]}`, steps("agent", 0, "who", "display"), "The A Record", false},
			change{`{"resourceType":"Provenance","agent":[{"who":{"display":"A Record"}}]}`, steps("agent", 0, "who", "display"), "B Record", true},
		},
		"name beside a reference": {
			change{`{"subject":{"reference":"Patient/1","display":"a"}}`, steps("subject", "display"), nil, false},
			change{`{"subject":{"reference":"Patient/1","display":"a"}}`, steps("subject", "display"), "b", true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := equivalent(changed(t, c.lawful.record, c.lawful.steps, c.lawful.after, c.lawful.words)); got != name {
				t.Errorf("%s: %q", name, got)
			}
			if got := equivalent(changed(t, c.wrong.record, c.wrong.steps, c.wrong.after, c.wrong.words)); got != "" {
				t.Errorf("a defect beside %s is excused by %q", name, got)
			}
		})
	}
	if len(reasons()) != 31 { // one more has a test of its own
		t.Errorf("%d reasons, and 31 are tried", len(reasons()))
	}
	for name, c := range map[string]change{
		"said twice":         {`{"resourceType":"Location","address":{"line":["1 High Street"]}}`, steps("address", "line"), []any{"1 High Street", "1 High Street"}, false},
		"further identifier": {`{"identifier":[{"value":"1"},{"value":"2"}]}`, steps("identifier", 1, "value"), nil, false},
		"what was done is not said": {
			`{"resourceType":"Provenance","activity":{"coding":[{"system":"urn:a","code":"CREATE"}]}}`, steps("activity", "coding", 0, "system"), "urn:a-2", false,
		},
		"written down earlier": {
			`{"resourceType":"Provenance","meta":{"lastUpdated":"2026-03-01T02:15:00Z"},"recorded":"2026-03-01T02:15:00Z"}`, steps("recorded"), "2026-03-01T02:16:00Z", false,
		},
		"origin of an entry of a directory": {`{"resourceType":"Organization","meta":{"source":"urn:RRK"}}`, steps("meta"), map[string]any{"source": "urn:RL4"}, false},
		"found by what it says":             {`{"resourceType":"Flag","identifier":[{"system":"urn:a","value":"1"}]}`, steps("identifier", 0, "value"), nil, false},
		"reference in another form":         {`{"partOf":{"reference":"Organization/1","identifier":{"system":"urn:ods","value":"a"}}}`, steps("partOf", "identifier", "system"), "urn:ods-2", false},
	} {
		if got := equivalent(changed(t, c.record, c.steps, c.after, c.words)); got != name {
			t.Errorf("%v of %s: %q, want %q", c.steps, c.record, got, name)
		}
	}
	for _, c := range []change{
		{`{"resourceType":"Patient","address":[{"line":["1 High Street"]}]}`, steps("address", 0, "line"), []any{"1 High Street", "1 High Street"}, false},
		{`{"resourceType":"Composition","identifier":{"system":"urn:a","value":"1"}}`, steps("identifier", "value"), "2", false},
		{`{"resourceType":"Patient","identifier":[{"system":"urn:a","value":"1"}]}`, steps("identifier", 0, "value"), nil, false},
		{`{"partOf":{"reference":"Organization/1","identifier":{"system":"urn:ods","value":"a"}}}`, steps("partOf", "identifier", "system"), "urn:site", true},
		{`{"resourceType":"Organization","meta":{"source":"urn:RRK","security":[{"code":"R"}]}}`, steps("meta"), map[string]any{"source": "urn:RL4"}, false},
		{`{"resourceType":"Condition","meta":{"source":"urn:RRK"}}`, steps("meta"), map[string]any{"source": "urn:RL4"}, false},
		{`{"contained":[{"id":"a","name":[{"family":"Shah"}]}],"author":{"reference":"#a","display":"Dr Ward"}}`, steps("contained", 0, "name"), nil, false},
		{`{"contained":[{"id":"a","name":[{"family":"Shah","given":["A"]}]}],"author":{"reference":"#a","display":"Dr Shah"}}`, steps("contained", 0, "name", 0, "family"), nil, false},
	} {
		if got := equivalent(changed(t, c.record, c.steps, c.after, c.words)); got != "" {
			t.Errorf("%v of %s is excused by %q", c.steps, c.record, got)
		}
	}
	lost := changed(t, `{"resourceType":"Patient","extension":[{"url":"a","valueCode":"x"}]}`, steps("extension"), nil, false)
	if got := equivalent(lost); got != "" {
		t.Errorf("what nobody else says is excused by %q", got)
	}
	lost.copies = []fhir.Resource{{"resourceType": "Patient", "extension": []any{map[string]any{"url": "a", "valueCode": "y"}}}}
	if got := equivalent(lost); got != "" {
		t.Errorf("what a copy says otherwise is excused by %q", got)
	}
	lost.copies = append(lost.copies, lost.before)
	if got := equivalent(lost); got != "said by another copy" {
		t.Errorf("what a copy says: %q", got)
	}
	begun := fhir.Resource{"resourceType": "EpisodeOfCare", "id": "1", "period": map[string]any{"start": "2025-10-13"}}
	stay := fhir.Resource{"resourceType": "Encounter", "id": "2", "period": map[string]any{"start": "2025-10-13T09:00:00Z", "end": "2025-10-13T10:00:00Z"}}
	dated := func(text string) *question { return &question{text: text} }
	list, person := &question{text: "PractitionerRole?_count=40"}, &question{text: "Condition?patient=1"}
	for name, c := range map[string]struct{ lawful, wrong *generated }{
		"several Patients": {&generated{again: true, before: fhir.Resource{"resourceType": "Patient"}}, &generated{again: true, before: fhir.Resource{"resourceType": "Condition"}}},
		"several statements": {
			&generated{again: true, before: fhir.Resource{"resourceType": "Provenance"}}, &generated{again: true, before: fhir.Resource{"resourceType": "Consent"}},
		},
		"entry that nothing refers to": {
			&generated{dropped: true, before: fhir.Resource{"resourceType": "PractitionerRole"}}, &generated{dropped: true, before: fhir.Resource{"resourceType": "Practitioner"}},
		},
		"several entries": {
			&generated{again: true, before: fhir.Resource{"resourceType": "Practitioner"}}, &generated{again: true, before: fhir.Resource{"resourceType": "Observation"}},
		},
		"total of an operation": {
			&generated{counted: true, asked: &question{text: "Patient/1/$everything"}}, &generated{firstOnly: true, asked: &question{text: "Patient/1/$everything"}},
		},
		"size of a directory":          {&generated{counted: true, asked: list}, &generated{counted: true, asked: person}},
		"directory that is not listed": {&generated{refused: true, asked: list}, &generated{refused: true, asked: person}},
		"dates left open": {
			&generated{lacking: []fhir.Resource{begun}, asked: dated("EpisodeOfCare?date=ge2025-10-13&date=le2025-10-13&patient=1")},
			&generated{lacking: []fhir.Resource{begun}, asked: dated("EpisodeOfCare?date=ge2025-10-13&date=le2025-11&patient=1")},
		},
		"beginning of a list": {&generated{firstOnly: true, asked: list}, &generated{firstOnly: true, asked: person}},
	} {
		if got := equivalent(c.lawful); got != name {
			t.Errorf("%s: %q", name, got)
		}
		if got := equivalent(c.wrong); got != "" {
			t.Errorf("a defect beside %s is excused by %q", name, got)
		}
	}
	for _, c := range []*generated{
		{refused: true, asked: dated("Organization?identifier=1")},
		{counted: true, asked: dated("Organization/1")},
		{lacking: []fhir.Resource{stay}, asked: dated("Encounter?date=ge2025-10-13&date=le2025-10-13")},
		{lacking: []fhir.Resource{begun, stay}, asked: dated("EpisodeOfCare?date=le2025-10-13")},
		{lacking: []fhir.Resource{begun}, asked: dated("EpisodeOfCare/_search patient=1&status=active")},
		{asked: dated("EpisodeOfCare?date=le2025-10-13")},
	} {
		if got := equivalent(c); got != "" {
			t.Errorf("%s without %d records is excused by %q", c.asked.text, len(c.lacking), got)
		}
	}
	if got := equivalent(&generated{lacking: []fhir.Resource{begun}, asked: dated("EpisodeOfCare/_search date=le2025-10-13&patient=1")}); got != "dates left open" {
		t.Errorf("a search by POST: %q", got)
	}
	if equivalent(&generated{asked: list}) != "" {
		t.Error("whatever becomes of a list is excused")
	}
}

// primaryCare is UK Core's category of a prescription of primary care, r4 one of R4's.
const primaryCare = `{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-MedicationRequestCategory","code":"primarycare"}]}`

func r4(code string) string {
	return `{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/medicationrequest-category","code":"` + code + `"}]}`
}

// listed is a list of what some JSON says.
func listed(t *testing.T, items ...string) []any {
	t.Helper()
	var list []any
	for _, item := range items {
		value, err := fhir.Decode([]byte(item))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, value)
	}
	return list
}

func TestAReferenceMayLeadToWhereARecordComesFromAndNotToAnotherThere(t *testing.T) {
	const record = `{"reason":{"reference":"Flag/1","identifier":{"system":"urn:n","value":"a"}}}`
	numbered := func(value string) fhir.Resource {
		return fhir.Resource{"resourceType": "Flag", "id": "9", "identifier": []any{map[string]any{"system": "urn:n", "value": value}}}
	}
	d := &draw{answers: &answers{records: map[string]map[string]*shown{"ohc": {"Flag/9": {resource: numbered("a")}, "Flag/8": {resource: numbered("b")}}}}}
	for text, want := range map[string]string{
		`{"reference":"http://ohc.mock.test/fhir/Flag/9","identifier":{"system":"urn:n","value":"a"}}`:  "reference to its source's",
		`{"reference":"http://ohc.mock.test/fhir/Flag/8","identifier":{"system":"urn:n","value":"a"}}`:  "",
		`{"reference":"http://ohc.mock.test/fhir/Flag/7","identifier":{"system":"urn:n","value":"a"}}`:  "",
		`{"reference":"http://ohc.mock.test/fhir/Flag/8","identifier":{"system":"urn:n","value":"b"}}`:  "",
		`{"reference":"http://else.mock.test/fhir/Flag/9","identifier":{"system":"urn:n","value":"a"}}`: "",
	} {
		g := changed(t, record, []any{"reason"}, listed(t, text)[0], false)
		g.led = d.led(g)
		if got := equivalent(g); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestAPrescriptionOfR4sListMayBeUKCoresOfPrimaryCareUnlessItIsAHospitals(t *testing.T) {
	for code, want := range map[string]string{"community": "sorted by R4 too", "outpatient": "sorted by R4 too", "inpatient": "", "discharge": ""} {
		record := `{"resourceType":"MedicationRequest","category":[` + r4(code) + `]}`
		if got := equivalent(changed(t, record, []any{"category"}, listed(t, r4(code), primaryCare), false)); got != want {
			t.Errorf("primary care beside %s: %q, want %q", code, got, want)
		}
	}
	record := `{"resourceType":"MedicationRequest","category":[` + primaryCare + `]}`
	if got := equivalent(changed(t, record, []any{"category"}, listed(t, primaryCare, `{"coding":[{"system":"urn:own","code":"community"}]}`), false)); got != "" {
		t.Errorf("a list of its own is excused by %q", got)
	}
}

// changed is a change of one element of a record.
func changed(t *testing.T, record string, steps []any, after any, words bool) *generated {
	t.Helper()
	object, err := fhir.DecodeObject([]byte(record))
	if err != nil {
		t.Fatal(err)
	}
	g := &generated{before: fhir.Resource(object), after: fhir.Resource(object).Clone(), steps: steps, foreignWords: words}
	put(g.after, steps, after)
	was, _ := at(g.before, steps)
	place := g.before.Type()
	for _, step := range steps {
		if name, is := step.(string); is {
			place += "." + name
		}
	}
	g.mutant = result.Mutant{Place: place, Before: asText(was), After: asText(after)}
	return g
}

func TestAnElementThatIsTakenAwayLeavesNothingEmpty(t *testing.T) {
	object, err := fhir.DecodeObject([]byte(`{"resourceType":"Patient","name":[{"given":["A"]}],"_active":{"id":"x"},"active":true}`))
	if err != nil {
		t.Fatal(err)
	}
	put(object, []any{"name", 0, "given", 0}, nil)
	put(object, []any{"active"}, nil)
	if got := asText(object); got != `{"resourceType":"Patient"}` {
		t.Error(got)
	}
}

func TestValuesAreAlteredInTheirOwnForm(t *testing.T) {
	number := func(text string) place { return place{path: "Observation.valueQuantity.value", value: decoded(text)} }
	for _, c := range []struct{ got, want any }{
		{asText(moved("2025-03", 24*3600*1e9)), `"2026-03"`},
		{asText(moved("2025-03-31", 24*3600*1e9)), `"2025-04-01"`},
		{asText(moved("2025-03-31T10:00:00+01:00", 60*1e9)), `"2025-03-31T10:01:00+01:00"`},
		{asText(dayAndMonth("2025-03-11")), `"2025-11-03"`},
		{dayAndMonth("2025-03-13"), nil},
		{dayAndMonth("2025-03-03"), nil},
		{asText(zoned("2025-03-11T10:00:00Z", "+05:30")), `"2025-03-11T10:00:00+05:30"`},
		{zoned("2025-03-11", "+05:30"), nil},
		{asText(truncated("2025-03-11", 7)), `"2025-03"`},
		{asText(calculated(number("1.50"), tenth)), `"0.15"`},
		{asText(calculated(number("10"), tenth)), `"1"`},
		{asText(withComparator(decoded(`{"value":1}`), "<")), `{"comparator":"\u003c","value":1}`},
		{asText(otherUnit(decoded(`{"value":1,"code":"mg","unit":"mg"}`))), `{"code":"g","unit":"g","value":1}`},
		{otherUnit(decoded(`{"value":1}`)), nil},
	} {
		if got := c.got; got != c.want && got != unquotedNumber(c.want) {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}

func tenth(n *big.Rat) { n.Mul(n, big.NewRat(1, 10)) }

// unquotedNumber is the text of a number as JSON has it.
func unquotedNumber(text any) any {
	quoted, is := text.(string)
	if !is {
		return nil
	}
	return unquoted(quoted)
}
