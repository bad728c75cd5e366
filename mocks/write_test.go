package mocks_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

var asJSON = map[string]string{"Content-Type": "application/fhir+json"} //nolint:gochecknoglobals // never changed

func TestAResourceIsCreatedChangedAndDeleted(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		subject := matches(t, e, "Patient?identifier="+person("P02"))[0].Reference()
		body := `{"resourceType":"Condition","subject":{"reference":"` + subject + `"},"code":{"text":"cough"}}`
		created := do(t, http.MethodPost, e.URL+"/Condition", asJSON, body)
		if created.status != http.StatusCreated {
			t.Fatalf("%s: create gives %d %.300s", e.System, created.status, created.body)
		}
		id := created.resource.ID()
		if want := e.BaseURL + "/Condition/" + id + "/_history/1"; created.header.Get("Location") != want || created.header.Get("ETag") != `W/"1"` {
			t.Errorf("%s: Location %q, ETag %q", e.System, created.header.Get("Location"), created.header.Get("ETag"))
		}
		if found := matches(t, e, "Condition?patient="+subject+"&code:text=cough"); len(found) != 1 {
			t.Fatalf("%s: the created Condition is found %d times", e.System, len(found))
		}
		changed := strings.Replace(body, `"Condition"`, `"Condition","id":"`+id+`"`, 1)
		stale := do(t, http.MethodPut, e.URL+"/Condition/"+id, map[string]string{"Content-Type": "application/fhir+json", "If-Match": `W/"9"`}, changed)
		if stale.status != http.StatusPreconditionFailed {
			t.Errorf("%s: an update of a version that is not current gives %d", e.System, stale.status)
		}
		updated := do(t, http.MethodPut, e.URL+"/Condition/"+id, map[string]string{"Content-Type": "application/fhir+json", "If-Match": `W/"1"`}, strings.Replace(changed, "cough", "wheeze", 1))
		if updated.status != http.StatusOK || updated.header.Get("ETag") != `W/"2"` {
			t.Errorf("%s: update gives %d, ETag %q", e.System, updated.status, updated.header.Get("ETag"))
		}
		if got := get(t, e.URL+"/Condition/"+id+"/_history/1").resource.Text("code", "text"); got != "cough" {
			t.Errorf("%s: version 1 says %q", e.System, got)
		}
		if gone := do(t, http.MethodDelete, e.URL+"/Condition/"+id, nil, ""); gone.status != http.StatusNoContent {
			t.Errorf("%s: delete gives %d", e.System, gone.status)
		}
		if read := get(t, e.URL+"/Condition/"+id); read.status != http.StatusGone || read.resource.Text("issue", "code") != "deleted" {
			t.Errorf("%s: reading what was deleted gives %d", e.System, read.status)
		}
		history := get(t, e.URL+"/Condition/"+id+"/_history")
		var methods []string
		for _, entry := range history.resource.Objects("entry") {
			methods = append(methods, fhir.Text(fhir.Get(entry, "request", "method")))
		}
		if got := strings.Join(methods, " "); got != "DELETE PUT POST" {
			t.Errorf("%s: history is %q", e.System, got)
		}
	}
}

func TestWritesAreSeenFromTheOtherSystem(t *testing.T) {
	pair := start(t, "")
	subject := matches(t, pair.CCR, "Patient?identifier="+person("P02"))[0].Reference()
	body := `{"resourceType":"Condition","identifier":[{"system":"https://example.nhs.test","value":"c1"}],"subject":{"reference":"` + subject + `"},"code":{"text":"cough"}}`
	do(t, http.MethodPost, pair.CCR.URL+"/Condition", asJSON, body)
	if found := matches(t, pair.OHC, "Condition?"+patient(t, pair.OHC, person("P02"))+"&identifier=c1"); len(found) != 1 {
		t.Errorf("ohc finds %d", len(found))
	}
}

func TestEarlierVersionsOfTheLedgerCanBeRead(t *testing.T) {
	pair := start(t, "")
	fact, _ := storyOf("P02").Fact("potassium-corrected")
	current := matches(t, pair.OHC, "Observation?identifier="+fact.Identifier.Value)[0]
	if got := current.Text("meta", "versionId"); got != "2" {
		t.Fatalf("the corrected result is version %q", got)
	}
	first := get(t, pair.OHC.URL+"/Observation/"+current.ID()+"/_history/1")
	if first.status != http.StatusOK || first.resource.Text("status") != "final" || current.Text("status") != "corrected" {
		t.Errorf("version 1 gives %d %.200s", first.status, first.body)
	}
	if n := len(get(t, pair.OHC.URL+"/Observation/"+current.ID()+"/_history").resource.List("entry")); n != 2 {
		t.Errorf("history has %d entries", n)
	}
	if missing := get(t, pair.OHC.URL+"/Observation/"+current.ID()+"/_history/3"); missing.status != http.StatusNotFound {
		t.Errorf("version 3 gives %d", missing.status)
	}
}

func TestConditionalCreateMakesOneResource(t *testing.T) {
	pair := start(t, "")
	header := map[string]string{"Content-Type": "application/fhir+json", "If-None-Exist": "identifier=https://example.nhs.test|o1"}
	body := `{"resourceType":"Organization","identifier":[{"system":"https://example.nhs.test","value":"o1"}],"name":"One"}`
	first := do(t, http.MethodPost, pair.CCR.URL+"/Organization", header, body)
	second := do(t, http.MethodPost, pair.CCR.URL+"/Organization", header, body)
	if first.status != http.StatusCreated || second.status != http.StatusOK || first.resource.ID() != second.resource.ID() {
		t.Errorf("%d %s, then %d %s", first.status, first.resource.ID(), second.status, second.resource.ID())
	}
	header["If-None-Exist"] = "name=a"
	if many := do(t, http.MethodPost, pair.CCR.URL+"/Organization", header, body); many.status != http.StatusPreconditionFailed {
		t.Errorf("a condition that many satisfy gives %d", many.status)
	}
}

func TestAConditionalUpdateChangesTheOneThatItFinds(t *testing.T) {
	pair := start(t, "")
	body := func(name string) string {
		return `{"resourceType":"Organization","identifier":[{"system":"https://example.nhs.test","value":"o2"}],"name":"` + name + `"}`
	}
	at := pair.OHC.URL + "/Organization?identifier=https://example.nhs.test|o2"
	first, second := do(t, http.MethodPut, at, asJSON, body("One")), do(t, http.MethodPut, at, asJSON, body("Two"))
	if first.status != http.StatusCreated || second.status != http.StatusOK || first.resource.ID() != second.resource.ID() || second.resource.Text("name") != "Two" {
		t.Errorf("%d %s, then %d %s %s", first.status, first.resource.ID(), second.status, second.resource.ID(), second.resource.Text("name"))
	}
	for search, want := range map[string]int{"?name=a": http.StatusPreconditionFailed, "": http.StatusMethodNotAllowed} {
		got := do(t, http.MethodPut, pair.OHC.URL+"/Organization"+search, asJSON, body("Three"))
		if got.status != want {
			t.Errorf("PUT of %q gives %d, want %d", search, got.status, want)
		}
	}
	other := do(t, http.MethodPut, at, asJSON, strings.Replace(body("Four"), `{`, `{"id":"another",`, 1))
	if other.status != http.StatusBadRequest {
		t.Errorf("a body with another id gives %d", other.status)
	}
}

func TestWritesThatAreRefused(t *testing.T) {
	pair := start(t, "")
	for _, test := range []struct {
		name, method, path, body string
		header                   map[string]string
		status                   int
		code                     string
	}{
		{"not JSON", "POST", "/Condition", "{", asJSON, 400, "structure"},
		{"two values", "POST", "/Condition", `{"resourceType":"Condition"}{}`, asJSON, 400, "structure"},
		{"no resourceType", "POST", "/Condition", `{}`, asJSON, 400, "structure"},
		{"another type", "POST", "/Condition", `{"resourceType":"Patient"}`, asJSON, 400, "value"},
		{"another id", "PUT", "/Condition/a", `{"resourceType":"Condition","id":"b"}`, asJSON, 400, "value"},
		{"XML", "POST", "/Condition", "<Condition/>", map[string]string{"Content-Type": "application/fhir+xml"}, 415, "not-supported"},
		{"a number that could be a person's", "POST", "/Patient", `{"resourceType":"Patient","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9434765919"}]}`, asJSON, 422, "business-rule"},
		{"invalid UTF-8", "POST", "/Condition", "{\"resourceType\":\"Condition\",\"x\":\"\xff\xfe\"}", asJSON, 400, "structure"},
		{"50 MB", "POST", "/Condition", `{"resourceType":"Condition","x":"` + strings.Repeat("a", 50<<20) + `"}`, asJSON, 413, "too-long"},
		{"a searchset as transaction", "POST", "", `{"resourceType":"Bundle","type":"searchset"}`, asJSON, 400, "value"},
		{"a transaction entry that is a search", "POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"GET","url":"Patient"}}]}`, asJSON, 400, "value"},
	} {
		a := do(t, test.method, pair.CCR.URL+test.path, test.header, test.body)
		if a.status != test.status || a.resource.Text("issue", "code") != test.code {
			t.Errorf("%s: %d %.200s, want %d %s", test.name, a.status, a.body, test.status, test.code)
		}
	}
}

func TestATransactionIsAppliedWholeOrNotAtAll(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		bundle := func(version string) string {
			return fmt.Sprintf(`{"resourceType":"Bundle","type":"transaction","entry":[
			{"fullUrl":"urn:uuid:0a","resource":{"resourceType":"Patient","identifier":[{"system":"https://example.nhs.test","value":"t1-%s"}]},"request":{"method":"POST","url":"Patient"}},
			{"fullUrl":"urn:uuid:0b","resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:0a"}},"request":{"method":"POST","url":"Condition"}},
			{"resource":{"resourceType":"Organization","id":"t1","name":"T"},"request":{"method":"PUT","url":"Organization/t1"%s}}]}`, e.System, version)
		}
		refused := do(t, http.MethodPost, e.URL, asJSON, bundle(`,"ifMatch":"W/\"7\""`))
		if refused.status != http.StatusPreconditionFailed || len(matches(t, e, "Patient?identifier=t1-"+e.System)) != 0 {
			t.Errorf("%s: a transaction that fails gives %d and leaves something behind", e.System, refused.status)
		}
		applied := do(t, http.MethodPost, e.URL, asJSON, bundle(""))
		if applied.status != http.StatusOK || len(applied.resource.List("entry")) != 3 {
			t.Fatalf("%s: %d %.300s", e.System, applied.status, applied.body)
		}
		p := matches(t, e, "Patient?identifier=t1-"+e.System)
		if len(p) != 1 || len(matches(t, e, "Condition?patient="+p[0].ID())) != 1 {
			t.Errorf("%s: the Condition does not refer to the Patient that was created with it", e.System)
		}
	}
}

func TestEverythingAboutAPatient(t *testing.T) {
	pair := start(t, "")
	p := storyOf("P06").Person()
	for _, e := range pair.Endpoints() {
		subject := matches(t, e, "Patient?identifier="+p.NHSNumber)
		found := map[string]bool{}
		for _, s := range subject {
			a := get(t, e.URL+"/Patient/"+s.ID()+"/$everything")
			for identity := range businessIDs(mode(fhir.Entries(a.resource), "match")) {
				found[identity] = true
			}
		}
		for _, fact := range ledger().Visible(p) {
			if !found[fact.Identifier.Value] {
				t.Errorf("%s: $everything lacks %s %s", e.System, fact.Kind, fact.ID)
			}
		}
	}
}

func TestPagesStayAsTheyWereWhenSomethingIsWritten(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		about := patient(t, e, person("dates"))
		subject := strings.Split(strings.TrimPrefix(about, "patient="), ",")[0]
		first := get(t, e.URL+"/Observation?"+about+"&_sort=-date&_count=10")
		before := map[string]bool{}
		for _, entry := range fhir.Entries(first.resource) {
			before[entry.Resource.ID()] = true
		}
		do(t, http.MethodPost, e.URL+"/Observation", asJSON, `{"resourceType":"Observation","status":"final","subject":{"reference":"`+subject+`"},"effectiveDateTime":"2026-03-01T00:00:00Z"}`)
		next := get(t, strings.Replace(fhir.Link(first.resource, "next"), e.BaseURL, e.URL, 1))
		for _, entry := range fhir.Entries(next.resource) {
			if before[entry.Resource.ID()] {
				t.Errorf("%s: %s is on both pages", e.System, entry.Resource.Reference())
			}
		}
	}
}

// What somebody made and took away again leaves every answer as it was.
func TestWhatWasMadeAndDeletedLeavesSearchesAsTheyWere(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		ask := func() string { return get(t, e.URL+"/Location?name=a&_count=3").resource.ID() }
		before := ask()
		made := do(t, http.MethodPost, e.URL+"/Organization", asJSON, `{"resourceType":"Organization","name":"One"}`)
		place := e.URL + "/" + made.resource.Reference()
		do(t, http.MethodPut, place, asJSON, `{"resourceType":"Organization","id":"`+made.resource.ID()+`","name":"Two"}`)
		if during := ask(); made.status != http.StatusCreated || during == before {
			t.Errorf("%s: created with %d, and the search is the one of before: %v", e.System, made.status, during == before)
		}
		do(t, http.MethodDelete, place, nil, "")
		if after := ask(); after != before {
			t.Errorf("%s: the search is %s, and was %s", e.System, after, before)
		}
	}
}

func TestSearchesGoOnWhileRecordsAndSwitchesChange(t *testing.T) {
	pair := start(t, "")
	about := patient(t, pair.CCR, person("P02"))
	subject := strings.TrimPrefix(about, "patient=")
	addresses := []string{
		pair.CCR.URL + "/Condition?" + about, pair.CCR.URL + "/AuditEvent?_count=1", pair.CCR.URL + "/metadata",
		pair.OHC.URL + "/Condition?" + patient(t, pair.OHC, person("P02")),
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, address := range addresses {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				response, err := http.Get(address)
				if err != nil {
					t.Error(err)
					return
				}
				_ = response.Body.Close()
				if response.StatusCode != http.StatusOK {
					t.Errorf("%s gives %d", address, response.StatusCode)
					return
				}
			}
		})
	}
	for n := range 12 {
		body := fmt.Sprintf(`{"resourceType":"Condition","subject":{"reference":"%s"},"code":{"text":"cough %d"}}`, subject, n)
		if created := do(t, http.MethodPost, pair.CCR.URL+"/Condition", asJSON, body); created.status != http.StatusCreated {
			t.Errorf("create gives %d", created.status)
		}
		settings := []mocks.Setting{{ID: "D55"}}
		if err := pair.CCR.Server.SetDefects(settings[:n%2]...); err != nil {
			t.Error(err)
		}
		happen(t, pair.CCR, mocks.Event{Type: []string{"freeze", "thaw"}[n%2], Provider: "RRK"})
	}
	close(done)
	readers.Wait()
	if found := matches(t, pair.OHC, "Condition?code:text=cough&"+patient(t, pair.OHC, person("P02"))); len(found) != 12 {
		t.Errorf("ohc finds %d of 12 written Conditions", len(found))
	}
}
