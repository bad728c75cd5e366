package search_test

import (
	"encoding/json"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

func marshal(t testing.TB, r fhir.Resource) []byte {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestShape(t *testing.T) {
	const subsetted = `"tag":[{"code":"SUBSETTED","system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue"}]`
	whole := decode(t, `{"resourceType":"Observation","id":"b","meta":{"versionId":"1"},"text":{"status":"generated","div":"<div/>"},"status":"final",
		"_status":{"id":"s"},"code":{"text":"c"},"subject":{"reference":"Patient/p"},"valueQuantity":{"value":1.0},"note":[{"text":"n"}],
		"component":[{"code":{"text":"k"},"valueString":"v","interpretation":[{"text":"H"}]}]}`)
	for query, want := range map[string]string{
		"":               string(marshal(t, whole)),
		"_summary=false": string(marshal(t, whole)),
		"_elements=subject": `{"_status":{"id":"s"},"code":{"text":"c"},"id":"b","meta":{` + subsetted + `,"versionId":"1"},"resourceType":"Observation","status":"final",` +
			`"subject":{"reference":"Patient/p"}}`,
		"_elements=value": `{"_status":{"id":"s"},"code":{"text":"c"},"id":"b","meta":{` + subsetted + `,"versionId":"1"},"resourceType":"Observation","status":"final",` +
			`"valueQuantity":{"value":1.0}}`,
		"_elements=val": `{"_status":{"id":"s"},"code":{"text":"c"},"id":"b","meta":{` + subsetted + `,"versionId":"1"},"resourceType":"Observation","status":"final"}`,
		"_summary=text": `{"_status":{"id":"s"},"code":{"text":"c"},"id":"b","meta":{` + subsetted + `,"versionId":"1"},"resourceType":"Observation","status":"final",` +
			`"text":{"div":"\u003cdiv/\u003e","status":"generated"}}`,
		"_summary=data": `{"_status":{"id":"s"},"code":{"text":"c"},"component":[{"code":{"text":"k"},"interpretation":[{"text":"H"}],"valueString":"v"}],"id":"b","meta":{` + subsetted +
			`,"versionId":"1"},"note":[{"text":"n"}],"resourceType":"Observation","status":"final","subject":{"reference":"Patient/p"},"valueQuantity":{"value":1.0}}`,
		"_summary=true": `{"_status":{"id":"s"},"code":{"text":"c"},"component":[{"code":{"text":"k"},"valueString":"v"}],"id":"b","meta":{` + subsetted +
			`,"versionId":"1"},"resourceType":"Observation","status":"final","subject":{"reference":"Patient/p"},"valueQuantity":{"value":1.0}}`,
	} {
		q, err := search.Parse("Observation", query, options())
		if err != nil {
			t.Fatal(err)
		}
		if got := string(marshal(t, q.Shape(whole))); got != want {
			t.Errorf("%s gives\n%s, want\n%s", query, got, want)
		}
	}
}

func TestElementsDoNotApplyToWhatIsIncluded(t *testing.T) {
	patient := decode(t, `{"resourceType":"Patient","id":"p","gender":"male"}`)
	q, err := search.Parse("Observation", "_elements=code&_include=Observation:subject", options())
	if err != nil {
		t.Fatal(err)
	}
	if got := q.ShapeIncluded(patient); got.Text("gender") != "male" || got.Get("meta") != nil {
		t.Errorf("the included Patient became %s", marshal(t, got))
	}
}

func TestControlParameters(t *testing.T) {
	q, err := search.Parse("Observation", "_count=0&_total=accurate&_summary=data&_elements=code,value&_sort=-date,status&_include:iterate=Observation:subject:Patient&_revinclude=Provenance:target", options())
	if err != nil {
		t.Fatal(err)
	}
	count, counted := q.Count()
	if count != 0 || !counted || !q.OnlyCount() || q.Total() != search.TotalAccurate || q.Summary() != search.SummaryData || len(q.Elements()) != 2 {
		t.Errorf("control parameters were misread: %+v", q)
	}
	if rules := q.SortRules(); len(rules) != 2 || rules[0] != (search.SortRule{Code: "date", Descending: true}) || rules[1] != (search.SortRule{Code: "status"}) {
		t.Errorf("sort rules are %+v", rules)
	}
	want := []search.Include{{Iterate: true, Source: "Observation", Code: "subject", Target: "Patient"}, {Reverse: true, Source: "Provenance", Code: "target"}}
	if includes := q.Includes(); len(includes) != 2 || includes[0] != want[0] || includes[1] != want[1] {
		t.Errorf("includes are %+v", includes)
	}
	if got := q.Without("_sort").Without("_elements").Canonical(); got != "_count=0&_total=accurate&_summary=data&_include%3Aiterate=Observation%3Asubject%3APatient&_revinclude=Provenance%3Atarget" {
		t.Errorf("without _sort and _elements it is %s", got)
	}
}

func TestASummaryLeavesOutTheDataOfAttachments(t *testing.T) {
	document := decode(t, `{"resourceType":"DocumentReference","id":"d","status":"current","content":[{"attachment":{"contentType":"text/plain","data":"eA==","url":"http://x.test/d"}}]}`)
	q, err := search.Parse("DocumentReference", "_summary=true", options())
	if err != nil {
		t.Fatal(err)
	}
	shaped := q.Shape(document)
	if shaped.Text("content", "attachment", "url") == "" || shaped.Text("content", "attachment", "data") != "" {
		t.Errorf("the summary is %s", marshal(t, shaped))
	}
}
