package profiles_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/profiles/waiver"
)

// entrywise compares what is found in a Bundle entry by entry with what is found in it as a whole, and says whether it could
// be judged entry by entry.
func entrywise(t *testing.T, r *profiles.Registry, name, text string, opts profiles.Options) bool {
	t.Helper()
	want, err := r.WholeBelow(math.MaxInt).ValidateText(context.Background(), text, opts)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	got, err := r.WholeBelow(0).ValidateText(context.Background(), text, opts)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i := range max(len(got), len(want)) {
		var one, all result.Finding
		if i < len(got) {
			one = got[i]
		}
		if i < len(want) {
			all = want[i]
		}
		if !reflect.DeepEqual(one, all) {
			t.Fatalf("%s: finding %d of %d is, entry by entry,\n%+v\nand as a whole, of %d,\n%+v\n%.2000s", name, i, len(got), one, len(want), all, text)
		}
	}
	return r.WholeBelow(0).TakesEntries(text, opts)
}

// judgingAll are options that ask for everything that looks at a whole Bundle.
func judgingAll(t *testing.T) profiles.Options {
	t.Helper()
	file := filepath.Join(t.TempDir(), "waivers.yaml")
	err := os.WriteFile(file, []byte(`schema: concord/waivers/v1
waivers:
  - id: OWN-PATIENT
    rule: dom-6
    resources: [Patient, Observation/o1]
    why: a test
    approver: A. Person
    expires: "2999-01-01"
  - id: OWN-ACTIVE
    rule: fhir-required
    when: active = true or status = 'final'
    why: a test
    approver: A. Person
    expires: "2999-01-01"
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	waivers, err := waiver.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return profiles.Options{Rules: ukrules.New(ukrules.Options{Synthetic: true}), Waivers: waivers}
}

func TestEntryByEntryTheFindingsAreThoseOfTheWhole(t *testing.T) {
	r, opts := registry(t), judgingAll(t)
	const patient = `{"resourceType":"Patient","id":"p","active":true}`
	const seen = `{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"},"valueString":"x"}`
	bundle := func(typ, rest string) string { return `{"resourceType":"Bundle","type":"` + typ + `",` + rest + `}` }
	for name, c := range map[string]struct {
		text  string
		whole bool // it cannot be judged entry by entry
	}{
		"references":            {text: bundle("collection", `"entry":[{"fullUrl":"http://a.test/Observation/o1","resource":`+seen+`},{"fullUrl":"http://a.test/Patient/p","resource":`+patient+`}]`)},
		"other bases":           {text: bundle("collection", `"entry":[{"fullUrl":"http://a.test/Observation/o1","resource":`+seen+`},{"fullUrl":"http://b.test/Patient/p","resource":`+patient+`}]`)},
		"a wrong target":        {text: bundle("collection", `"entry":[{"fullUrl":"urn:uuid:1","resource":`+strings.ReplaceAll(seen, "Patient/p", "urn:uuid:1")+`}]`)},
		"one fullUrl twice":     {text: bundle("collection", `"entry":[{"fullUrl":"http://a.test/Patient/p","resource":`+patient+`},{"fullUrl":"http://a.test/Patient/p","resource":`+patient+`}]`)},
		"versions":              {text: bundle("history", `"entry":[{"fullUrl":"http://a.test/Patient/p","resource":{"resourceType":"Patient","id":"p","meta":{"versionId":"2"}},"request":{"method":"GET","url":"Patient/p"},"response":{"status":"200"}}]`)},
		"no self link":          {text: bundle("searchset", `"entry":[{"fullUrl":"http://a.test/Patient/p","resource":`+patient+`,"search":{"mode":"outcome"}}]`)},
		"a search in a batch":   {text: bundle("batch", `"entry":[{"search":{"mode":"match"},"resource":`+patient+`}]`)},
		"a total":               {text: bundle("document", `"total":3,"entry":[{"resource":`+patient+`}]`)},
		"a document":            {text: bundle("document", `"entry":[{"fullUrl":"http://a.test/Composition/c","resource":{"resourceType":"Composition","id":"c","subject":{"reference":"Patient/p"},"section":[{"entry":[{"reference":"Patient/q"}]}]}},{"fullUrl":"http://a.test/Patient/p","resource":`+patient+`},{"fullUrl":"http://a.test/Observation/o1","resource":`+strings.ReplaceAll(seen, "Patient/p", "Patient/z")+`}]`)},
		"a message":             {text: bundle("message", `"entry":[{"fullUrl":"http://a.test/MessageHeader/m","resource":{"resourceType":"MessageHeader","id":"m","focus":[{"reference":"Patient/q"}]}},{"fullUrl":"http://a.test/Patient/p","resource":`+patient+`}]`)},
		"a property twice":      {text: bundle("collection", `"entry":[{"fullUrl":"http://a.test/Patient/p","resource":{"resourceType":"Patient","id":"p","active":true,"gender":"male","gender":"x"}}]`)},
		"a Bundle in a Bundle":  {text: bundle("collection", `"entry":[{"fullUrl":"urn:uuid:2","resource":`+bundle("searchset", `"entry":[{"resource":`+seen+`},{"resource":`+patient+`}]`)+`}]`)},
		"a claim":               {text: bundle("collection", `"meta":{"profile":["http://a.test/unknown"]},"entry":[{"resource":`+patient+`}]`)},
		"what no Bundle has":    {text: bundle("collection", `"entry":[{"resource":`+patient+`,"nothing":1}],"strange":{"a":1}`)},
		"a container by #":      {text: bundle("collection", `"entry":[{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","partOf":{"reference":"#"}}],"managingOrganization":{"reference":"#o"},"link":[{"other":{"reference":"#"},"type":"seealso"}]}}]`)},
		"ids twice":             {text: bundle("collection", `"entry":[{"resource":{"resourceType":"Patient","name":[{"id":"a","text":"x"},{"id":"a","text":"y"}]}},{"resource":{"resourceType":"Patient","name":[{"id":"a","text":"x"}]}}]`)},
		"an entry with an id":   {text: bundle("collection", `"entry":[{"id":"a","resource":`+patient+`}]`), whole: true},
		"a request with an id":  {text: bundle("transaction", `"entry":[{"request":{"id":"a","method":"POST","url":"Patient"},"resource":`+patient+`}]`), whole: true},
		"entries twice":         {text: bundle("collection", `"entry":[{"resource":`+patient+`}],"entry":[{"resource":`+seen+`}]`), whole: true},
		"an entry that is null": {text: bundle("collection", `"entry":[null,{"resource":`+patient+`}]`), whole: true},
		"a resource of no type": {text: bundle("collection", `"entry":[{"resource":{"id":"x"}}]`), whole: true},
		"an empty resource":     {text: bundle("collection", `"entry":[{"resource":{}}]`), whole: true},
		"not JSON at its end":   {text: bundle("collection", `"entry":[{"resource":`+patient+`},{"resource":{"resourceType":"Patient","active":tru}}]`), whole: true},
		"a name that is early":  {text: `{"another":1,"resourceType":"Bundle","type":"collection","entry":[{"resource":` + patient + `}]}`, whole: true},
		"no Bundle":             {text: patient, whole: true},
	} {
		if took := entrywise(t, r, name, c.text, opts); took == c.whole {
			t.Errorf("%s: judged entry by entry is %v", name, took)
		}
	}
}

func TestEntryByEntryALimitCutsTheSameFindingsOff(t *testing.T) {
	r, opts := registry(t), judgingAll(t)
	for name, entry := range map[string]string{
		"of profiles":          `{"resource":{"resourceType":"Patient","id":"p%d","gender":"x","birthDate":"x","deceasedBoolean":1,"aa":1,"zz":1}}`,
		"of rules for England": `{"fullUrl":"http://a.test/Patient/p%[1]d","resource":{"resourceType":"Patient","id":"p%[1]d","text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"1234567890"},{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"1234567891"}]}}`,
		"of entries":           `{"fullUrl":"a/_history/%[1]d","resource":{"resourceType":"Patient","id":"p%[1]d"}}`,
	} {
		var b strings.Builder
		b.WriteString(`{"resourceType":"Bundle","type":"collection","entry":[`)
		const many = 6000
		for i := range many {
			if i > 0 {
				b.WriteByte(',')
			}
			_, _ = fmt.Fprintf(&b, entry, i)
		}
		b.WriteString(`]}`)
		if !entrywise(t, r, name, b.String(), opts) {
			t.Errorf("%s: it was judged as a whole", name)
		}
	}
}

// TestEntryByEntryAgreesOnRandomBundles draws Bundles of all types from resources that are right and wrong, with references
// among them.
func TestEntryByEntryAgreesOnRandomBundles(t *testing.T) {
	r, opts := registry(t), judgingAll(t)
	const seed = 20
	random := rand.New(rand.NewPCG(seed, seed))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	const rounds = 300
	taken := 0
	for n := range rounds {
		var entries []string
		for i := range 1 + random.IntN(6) {
			id := pick("a", "b", fmt.Sprint(i))
			to := pick("Patient/a", "Patient/b", "http://a.test/Patient/a", "urn:uuid:1", "#c", "#", "Observation/a", "Patient/a/_history/1", "nobody")
			resource := pick(
				`{"resourceType":"Patient","id":"`+id+`","meta":{"versionId":"`+pick("1", "2")+`"},"active":true}`,
				`{"resourceType":"Observation","id":"`+id+`","status":"`+pick("final", "wrong")+`","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"`+to+`"}}`,
				`{"resourceType":"Observation","id":"`+id+`","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation"]},"status":"final","code":{"text":"x"},"hasMember":[{"reference":"`+to+`"}]}`,
				`{"resourceType":"Composition","id":"`+id+`","status":"final","subject":{"reference":"`+to+`"}}`,
				`{"resourceType":"MessageHeader","id":"`+id+`","focus":[{"reference":"`+to+`"}]}`,
				`{"resourceType":"QuestionnaireResponse","id":"`+id+`","status":"completed","questionnaire":"http://a.test/q","item":[{"linkId":"1","answer":[{"valueReference":{"reference":"`+to+`"}}]}]}`,
				`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid"}]}`,
				string(patient(t)),
			)
			entry := pick("", `"fullUrl":"http://a.test/Patient/`+id+`",`, `"fullUrl":"urn:uuid:`+id+`",`, `"fullUrl":"http://b.test/Observation/`+id+`",`) +
				pick("", "", `"search":{"mode":"match"},`, `"request":{"method":"POST","url":"Patient"},`, `"response":{"status":"200"},`, `"link":[{"relation":"self","url":"http://a.test"}],`) +
				`"resource":` + resource
			entries = append(entries, "{"+entry+"}")
		}
		text := `{"resourceType":"Bundle","type":"` + pick("document", "message", "transaction", "batch", "batch-response", "history", "searchset", "collection") + `",` +
			pick("", `"total":1,`, `"link":[{"relation":"self","url":"http://a.test/Patient?x=1"}],`, `"timestamp":"2020-01-01T00:00:00Z",`) +
			`"entry":[` + strings.Join(entries, ",\n") + `]` + pick("", `,"language":"en"`, `,"signature":{"who":{"reference":"Patient/a"}}`) + `}`
		if entrywise(t, r, fmt.Sprint("Bundle ", n), text, opts) {
			taken++
		}
	}
	if taken < rounds*9/10 {
		t.Errorf("%d of %d Bundles were judged entry by entry", taken, rounds)
	}
}

func TestEntryByEntryAgreesOnTheExamples(t *testing.T) {
	r, opts := registry(t), judgingAll(t)
	strict, err := r.AsUKCore()
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	var all []string
	add := func(name string, data []byte) {
		tree, err := fhir.DecodeObject(data)
		if err != nil {
			return
		}
		if tree["resourceType"] == "Bundle" {
			for _, r := range []*profiles.Registry{r, strict} {
				if entrywise(t, r, name, string(data), opts) {
					taken++
				}
			}
			return
		}
		if one, err := json.Marshal(tree); err == nil {
			all = append(all, `{"fullUrl":"http://a.test/`+fhir.Text(tree["resourceType"])+`/`+fhir.Text(tree["id"])+`","resource":`+string(one)+`}`)
		}
	}
	r4Examples(t, add)
	// All others together are one Bundle, whose resources refer to each other.
	for _, typ := range []string{"collection", "document"} {
		if !entrywise(t, r, "all examples", `{"resourceType":"Bundle","type":"`+typ+`","entry":[`+strings.Join(all, ",")+`]}`, opts) {
			t.Errorf("a %s of all examples was judged as a whole", typ)
		}
	}
	if taken == 0 {
		t.Error("no example was judged entry by entry")
	}
}
