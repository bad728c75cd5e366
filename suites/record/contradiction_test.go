package record

import (
	"testing"

	"concord.example/concord/internal/fhir"
)

func TestTwoViewsOfARecordMustSayTheSame(t *testing.T) {
	const record = `{"resourceType":"Observation","id":"1","meta":{"versionId":"1","lastUpdated":"2025-01-01T00:00:00Z","tag":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","code":"RRK"}]},"status":"final",` +
		`"category":[{"text":"a"},{"text":"b"}],"subject":{"reference":"Patient/1"},"valueQuantity":{"value":5.4,"unit":"mmol/L"},` +
		`"text":{"div":"<div>a</div>"},"content":[{"attachment":{"contentType":"text/plain","url":"https://a.example.test/1?signed=1","title":"Letter"}}]}`
	for name, c := range map[string]struct {
		steps []any
		value any
		path  string
	}{
		"nothing":                         {[]any{"id"}, "1", ""},
		"a status":                        {[]any{"status"}, "amended", "Observation.status"},
		"a value":                         {[]any{"valueQuantity", "value"}, "54", "Observation.valueQuantity.value"},
		"an element that is lacking":      {[]any{"valueQuantity"}, nil, "Observation.valueQuantity"},
		"an element that is further":      {[]any{"issued"}, "2025-01-01", "Observation.issued"},
		"an item more":                    {[]any{"category"}, []any{map[string]any{"text": "a"}}, "Observation.category"},
		"a label of confidentiality":      {[]any{"meta", "security"}, []any{map[string]any{"code": "R"}}, "Observation.meta.security"},
		"whom it is about":                {[]any{"subject", "reference"}, "Patient/2", "Observation.subject.reference"},
		"the title of a document":         {[]any{"content", 0, "attachment", "title"}, "Another", "Observation.content.attachment.title"},
		"the same reference with a base":  {[]any{"subject", "reference"}, "https://a.example.test/fhir/Patient/1", ""},
		"the order of a list":             {[]any{"category"}, []any{map[string]any{"text": "b"}, map[string]any{"text": "a"}}, ""},
		"marks of the server":             {[]any{"meta", "tag"}, []any{map[string]any{"code": "A"}}, ""},
		"the label of another provider":   {[]any{"meta", "tag"}, []any{map[string]any{"system": ODSSystem, "code": "RL4"}}, "Observation.meta.tag"},
		"a further mark of the server":    {[]any{"meta", "tag"}, []any{map[string]any{"code": "A"}, map[string]any{"system": ODSSystem, "code": "RRK"}}, ""},
		"the narrative":                   {[]any{"text", "div"}, "<div>b</div>", ""},
		"where a document can be fetched": {[]any{"content", 0, "attachment", "url"}, "https://a.example.test/1?signed=2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := fhir.DecodeObject([]byte(record))
			if err != nil {
				t.Fatal(err)
			}
			after := map[string]any(fhir.Resource(before).Clone())
			var holder any = after
			for _, step := range c.steps[:len(c.steps)-1] {
				holder = fhir.Get(holder, step)
			}
			object, ok := holder.(map[string]any)
			if !ok {
				t.Fatalf("%v leads nowhere", c.steps)
			}
			element, _ := c.steps[len(c.steps)-1].(string)
			if c.value == nil {
				delete(object, element)
			} else {
				object[element] = c.value
			}
			for _, pair := range [][2]map[string]any{{before, after}, {after, before}} {
				if path, was, is, differs := (view{}).contradiction("Observation", pair[0], pair[1]); path != c.path || differs != (c.path != "") {
					t.Errorf("%q (%s, %s), want %q", path, was, is, c.path)
				}
			}
		})
	}
}

func TestAPartOfARecordMayLeaveOutAndNotSayOtherwise(t *testing.T) {
	whole := map[string]any{
		"resourceType": "Observation", "id": "1", "status": "final", "code": map[string]any{"text": "Potassium", "coding": []any{map[string]any{"code": "1"}, map[string]any{"code": "2"}}},
		"component": []any{map[string]any{"valueString": "a"}, map[string]any{"valueString": "b"}},
	}
	for name, c := range map[string]struct {
		part map[string]any
		path string
	}{
		"nothing but the status":     {map[string]any{"status": "final"}, ""},
		"another status":             {map[string]any{"status": "amended"}, "Observation.status"},
		"one of two items":           {map[string]any{"component": []any{map[string]any{"valueString": "b"}}}, ""},
		"an item of nobody's":        {map[string]any{"component": []any{map[string]any{"valueString": "c"}}}, "Observation.component"},
		"an item more":               {map[string]any{"component": []any{map[string]any{"valueString": "a"}, map[string]any{"valueString": "b"}, map[string]any{"valueString": "c"}}}, "Observation.component"},
		"a concept without its text": {map[string]any{"code": map[string]any{"coding": []any{map[string]any{"code": "2"}}}}, ""},
		"what the whole lacks":       {map[string]any{"issued": "2025-01-01"}, "Observation.issued"},
		"that it is not shown":       {map[string]any{"_status": map[string]any{"extension": []any{map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.part["resourceType"], c.part["id"] = "Observation", "1"
			if path, was, is, differs := PartContradiction(whole, c.part); path != c.path || differs != (c.path != "") {
				t.Errorf("%q (%s, %s), want %q", path, was, is, c.path)
			}
		})
	}
}

func TestWhatTwoViewsContainMustSayTheSameWhereBothSayIt(t *testing.T) {
	view := func(contained string) fhir.Resource {
		object, err := fhir.DecodeObject([]byte(`{"resourceType":"Task","id":"1","owner":{"reference":"#a"},"contained":[` + contained + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	const whole = `{"resourceType":"Practitioner","id":"a","identifier":[{"system":"urn:a","value":"1"}],"name":[{"family":"Shah","given":["Ebony"]}]}`
	for name, c := range map[string]struct{ other, path string }{
		"the same":                {whole, ""},
		"another name":            {`{"resourceType":"Practitioner","id":"a","name":[{"family":"Shah","given":["Amy"]}]}`, "Task.contained.name.given"},
		"another identifier":      {`{"resourceType":"Practitioner","id":"a","identifier":[{"system":"urn:a","value":"2"}]}`, "Task.contained.identifier.value"},
		"less of it":              {`{"resourceType":"Practitioner","id":"a","name":[{"family":"Shah"}]}`, ""},
		"one identifier more":     {`{"resourceType":"Practitioner","id":"a","identifier":[{"system":"urn:a","value":"1"},{"system":"urn:b","value":"2"}]}`, ""},
		"nobody":                  {`{"resourceType":"Practitioner","id":"a"}`, ""},
		"somebody under another":  {`{"resourceType":"Practitioner","id":"b","name":[{"family":"Ward"}]}`, ""},
		"something else under it": {`{"resourceType":"Organization","id":"a","name":"Ward"}`, ""},
	} {
		for _, pair := range [][2]string{{whole, c.other}, {c.other, whole}} {
			if path, was, is, differs := Contradiction(view(pair[0]), view(pair[1])); path != c.path || differs != (c.path != "") {
				t.Errorf("%s: %q (%s, %s), want %q", name, path, was, is, c.path)
			}
		}
	}
	if path, _, _, _ := Contradiction(view(whole), fhir.Resource{"resourceType": "Task", "id": "1", "owner": map[string]any{"reference": "#b"}}); path != "Task.owner.reference" {
		t.Errorf("a difference elsewhere comes first: %q", path)
	}
}
