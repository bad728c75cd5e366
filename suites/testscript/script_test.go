package testscript_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/profiles"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/testscript"
)

type house struct {
	registry *profiles.Registry
	ledger   *fixtures.Ledger
	judge    *suites.UKCore
}

var shared = sync.OnceValues(func() (house, error) { //nolint:gochecknoglobals // immutable, and slow to make
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		return house{}, err
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		return house{}, err
	}
	return house{registry, ledger, suites.NewUKCore(registry, ledger, nil)}, nil
})

func home(t testing.TB) house {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func reader(t testing.TB) testscript.Reader {
	t.Helper()
	h := home(t)
	return testscript.Reader{DecodeXML: h.registry.DecodeXML, Compile: h.judge.Compile}
}

// stage is a system as a check sees it: a mock, or what the handler makes of it.
func stage(t *testing.T, handler http.Handler) *check.Env {
	t.Helper()
	target := exchange.Target{Name: "ccr"}
	if handler == nil {
		pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: home(t).ledger}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pair.Stop)
		target.BaseURL, target.ConnectTo = pair.CCR.BaseURL, pair.CCR.Address
	} else {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		target.BaseURL = server.URL
	}
	client, err := exchange.NewClient([]exchange.Target{target}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &check.Env{
		System: check.NewEndpoint(client, "ccr", "Collaborative Care Record"), Ledger: home(t).ledger, Judge: home(t).judge,
		Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
}

func golden(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/patient.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func run(t *testing.T, env *check.Env, text string) (fhir.Resource, []result.Finding, error) {
	t.Helper()
	script, err := reader(t).Parse("x.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	report, findings, err := script.Run(t.Context(), env, home(t).registry.DecodeXML)
	tree, decodeErr := fhir.Decode([]byte(marshal(t, report)))
	if decodeErr != nil {
		t.Fatal(decodeErr)
	}
	judged, judgeErr := home(t).registry.ValidateTree(t.Context(), tree, profiles.Options{})
	if judgeErr != nil {
		t.Fatal(judgeErr)
	}
	for _, f := range judged {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			t.Errorf("the TestReport does not conform to R4: %s %s", f.Path, f.Message)
		}
	}
	return report, findings, err
}

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAScriptThatHoldsPassesAndReportsEveryAction(t *testing.T) {
	report, findings, err := run(t, stage(t, nil), golden(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) != 1 || findings[0].Severity != result.SeverityWarning || len(findings[0].Exchanges) != 1 {
		t.Errorf("got %+v, want the one warning", findings)
	}
	text := marshal(t, report)
	if report.Text("result") != "pass" || report.Text("score") != "100" || strings.Count(text, `"operation"`) != 5 || strings.Count(text, `"assert"`) != 17 {
		t.Errorf("%s", text)
	}
}

func TestAnXMLScriptIsReadAsTheJSONItStandsFor(t *testing.T) {
	script, err := reader(t).Parse("x.xml", []byte(`<TestScript xmlns="http://hl7.org/fhir"><url value="https://concord.test/TestScript/x"/><name value="Metadata"/><status value="draft"/>
<test><action><operation><type><code value="capabilities"/></type><encodeRequestUrl value="true"/></operation></action>
<action><assert><resource value="CapabilityStatement"/><warningOnly value="false"/></assert></action></test></TestScript>`))
	if err != nil {
		t.Fatal(err)
	}
	report, findings, err := script.Run(t.Context(), stage(t, nil), nil)
	if err != nil || len(findings) > 0 || report.Text("result") != "pass" {
		t.Errorf("%v %+v %v", report, findings, err)
	}
}

// Each assertion of the script is turned into one that is not so.
func TestEachAssertionCanFail(t *testing.T) {
	env := stage(t, nil)
	for name, c := range map[string]struct{ old, changed, rule string }{
		"response":            {`{"response": "okay"}`, `{"response": "notFound"}`, "testscript-response"},
		"response code":       {`"200,201", "operator": "in"`, `"200,201", "operator": "notIn"`, "testscript-responseCode"},
		"content type":        {`{"contentType": "json"}`, `{"contentType": "xml"}`, "testscript-contentType"},
		"resource":            {`{"resource": "Bundle"}`, `{"resource": "Patient"}`, "testscript-resource"},
		"expression is":       {`"value": "searchset"`, `"value": "history"`, "testscript-expression"},
		"expression is so":    {`.where($this is Patient).exists()`, `.where($this is Group).exists()`, "testscript-expression"},
		"fixture expression":  {`"Patient.active", "value": "true"`, `"Patient.active", "value": "false"`, "testscript-expression"},
		"less than":           {`"lessThan", "value": "2026-01-01"`, `"lessThan", "value": "1800-01-01"`, "testscript-expression"},
		"not comparable":      {`"lessThan", "value": "2026-01-01"`, `"lessThan", "value": "soon"`, "testscript-expression"},
		"header":              {`"operator": "contains", "value": "W/"`, `"operator": "notContains", "value": "W/"`, "testscript-headerField"},
		"header empty":        {`"operator": "contains", "value": "W/"`, `"operator": "empty"`, "testscript-headerField"},
		"minimum":             {`"active": true`, `"active": false`, "testscript-minimumId"},
		"minimum list":        {`"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000441"}]`, `"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000670"}]`, "testscript-minimumId"},
		"profile":             {`UKCore-Patient`, `UKCore-Observation`, "testscript-validateProfileId"},
		"path":                {`"path": "$.name[0].family", "value": "${family}"`, `"path": "$.name[0].family", "operator": "notEquals", "value": "${family}"`, "testscript-path"},
		"method":              {`"requestMethod": "post"`, `"requestMethod": "get"`, "testscript-requestMethod"},
		"url":                 {`"requestURL": "nowhere", "warningOnly": true`, `"requestURL": "nowhere"`, "testscript-requestURL"},
		"compared":            {`first().birthDate", "expression"`, `first().gender", "expression"`, "testscript-expression"},
		"navigation":          {`{"resource": "Bundle"}`, `{"navigationLinks": true}`, "testscript-navigationLinks"},
		"setup":               {`"value": "4.0.1"`, `"value": "3.0.2"`, "testscript-expression"},
		"an answer of a kind": {`"Patient.birthDate"`, `"Patient.deceased"`, "testscript-expression"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(golden(t), c.old, c.changed, 1)
			if text == golden(t) {
				t.Fatal("nothing was changed")
			}
			report, findings, err := run(t, env, text)
			failed := 0
			for _, f := range findings {
				if f.Rule == c.rule && f.Severity == result.SeverityError && f.Message != "" && strings.HasPrefix(f.Path, "TestScript.") {
					failed++
				}
			}
			if err != nil || failed == 0 || report.Text("result") != "fail" {
				t.Errorf("result %s, findings %+v, error %v", report.Text("result"), findings, err)
			}
			if name == "setup" && (failed != 1 || !strings.Contains(marshal(t, report), `"skip"`)) {
				t.Errorf("the tests were not skipped: %+v", findings)
			}
		})
	}
}

func TestWhatIsNotUnderstoodIsRefusedWithElementAndLine(t *testing.T) {
	for name, c := range map[string]struct{ old, changed, want string }{
		"a person's number":             {`"defaultValue": "9990000441"`, `"defaultValue": "9434765919"`, "TestScript.variable[0].defaultValue: refused to send"},
		"a person's number in a search": {`|${number}`, `|9434765919`, "outside the test range"},
		"a write":                       {`"code": "read"}, "resource"`, `"code": "update"}, "resource"`, "x.json:51:24: TestScript.test[2].action[0].operation.type: the operation update writes"},
		"an unknown operation":          {`"code": "read"}, "resource"`, `"code": "match"}, "resource"`, `the operation "match" is not supported`},
		"autocreate":                    {`"autocreate": false`, `"autocreate": true`, "TestScript.fixture[0].autocreate: Concord does not write"},
		"an unknown element":            {`"status": "draft"`, `"status": "draft", "scope": []`, "TestScript.scope: scope is not supported here"},
		"a modifier":                    {`"status": "draft"`, `"status": "draft", "modifierExtension": [{"url": "x"}]`, "modifierExtension is not supported"},
		"other rules":                   {`"status": "draft"`, `"status": "draft", "implicitRules": "x"`, "TestScript.implicitRules"},
		"an unknown assert":             {`{"response": "okay"}`, `{"response": "okay", "stopTestOnFail": true}`, "TestScript.test[0].action[1].assert.stopTestOnFail"},
		"two asserts":                   {`{"response": "okay"}`, `{"response": "okay", "resource": "Bundle"}`, "an assert looks at one thing"},
		"no assert":                     {`{"response": "okay"}`, `{"warningOnly": true}`, "the assert looks at nothing"},
		"an operator":                   {`"operator": "equals"`, `"operator": "eval"`, `the operator "eval" is not supported`},
		"XPath":                         {`"path": "$.name[0].family"}`, `"path": "fhir:Patient/fhir:name"}`, "the path \"fhir:Patient/fhir:name\" is not supported"},
		"not FHIRPath":                  {`"Bundle.type"`, `"Bundle.("`, "this is not FHIRPath"},
		"a header":                      {`"headerField": "ETag"}`, `"headerField": "Age"}`, `the header "Age" is not kept`},
		"a variable":                    {`"value": "${version}"`, `"value": "${versions}"`, `no variable is called "versions"`},
		"a source":                      {`"sourceId": "least"`, `"sourceId": "most"`, `no fixture and no operation before this place has the id "most"`},
		"a profile":                     {`"validateProfileId": "uk-core"`, `"validateProfileId": "us-core"`, `no profile has the id "us-core"`},
		"a response":                    {`{"response": "okay"}`, `{"response": "fine"}`, `"fine" is not a response code`},
		"a fixture elsewhere":           {`"#least"`, `"https://elsewhere.test/Patient/1"`, "is neither contained nor a file beside"},
		"a fixture above":               {`"#least"`, `"../secret.json"`, "is neither contained nor a file beside"},
		"no test":                       {`"test": [`, `"tests": [`, "TestScript.tests: tests is not supported here"},
		"two systems":                   {`"status": "draft"`, `"status": "draft", "destination": [{"index": 1}, {"index": 2}]`, "one destination is supported"},
		"another resource":              {`"resourceType": "TestScript"`, `"resourceType": "TestReport"`, "this is a \"TestReport\""},
		"not an object":                 {`"setup": {`, `"setup": "none", "x": {`, "this must be an object, and it is text"},
		"a name is missing":             {`"name": "PatientByNumber",`, ``, "the TestScript has no name"},
		"an assert afterwards":          {`{"operation": {"type": {"code": "read"}, "targetId": "read"}}`, `{"assert": {"response": "okay"}}`, "a teardown has operations only"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(golden(t), c.old, c.changed, 1)
			if text == golden(t) {
				t.Fatal("nothing was changed")
			}
			_, err := reader(t).Parse("x.json", []byte(text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
			var problem *testscript.Problem
			if !errors.As(err, &problem) || problem.Line < 1 || problem.Element == "" {
				t.Errorf("no element and line: %v", err)
			}
		})
	}
}

func TestAnAnswerThatDoesNotComeIsNeverAPass(t *testing.T) {
	hangUp := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	report, findings, err := run(t, stage(t, hangUp), golden(t))
	var unanswered *exchange.Error
	if !errors.As(err, &unanswered) || len(findings) > 0 || report.Text("result") != "pending" {
		t.Errorf("result %s, findings %+v, error %v", report.Text("result"), findings, err)
	}
}

func TestAVariableWithoutAValueLeavesTheQuestionOpen(t *testing.T) {
	text := strings.Replace(golden(t), "first().id", "first().id.where(false)", 1)
	report, _, err := run(t, stage(t, nil), text)
	var open *check.Inconclusive
	if !errors.As(err, &open) || open.Reason != result.NoData || report.Text("result") != "pending" {
		t.Errorf("result %s, error %v", report.Text("result"), err)
	}
}

func TestAFolderIsReadWholeOrNotAtAll(t *testing.T) {
	good := golden(t)
	beside := strings.Replace(good, `"#least"`, `"least.json"`, 1)
	folder := fstest.MapFS{
		"a.json": {Data: []byte(strings.Replace(beside, "PatientByNumber", "Another", 1))}, "b.json": {Data: []byte(good)}, "notes.md": {Data: []byte("#")},
		"least.json": {Data: []byte(`{"resourceType": "Patient", "active": true}`)},
	}
	scripts, err := testscript.Load(folder, "mine", reader(t))
	if err != nil || len(scripts) != 2 || scripts[0].ID() != "TST-ANOTHER" {
		t.Fatalf("%d scripts, %v", len(scripts), err)
	}
	catalogue := check.Catalogue{scripts[0].Check(nil, func(string, fhir.Resource) {}), scripts[1].Check(nil, func(string, fhir.Resource) {})}
	if err := catalogue.Validate(); err != nil {
		t.Error(err)
	}
	folder["c.json"], folder["d.json"] = &fstest.MapFile{Data: []byte("{")}, &fstest.MapFile{Data: []byte(good)}
	_, err = testscript.Load(folder, "mine", reader(t))
	for _, want := range []string{"mine/c.json", "mine/d.json: its name gives the id TST-PATIENTBYNUMBER"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(golden(f))
	f.Add(`{"resourceType":"TestScript","name":"x","test":[{"action":[{"assert":{"path":"$.a[9]","operator":"in"}}]}]}`)
	f.Add(`<TestScript xmlns="http://hl7.org/fhir"><name value="x"/></TestScript>`)
	f.Fuzz(func(t *testing.T, text string) {
		script, err := reader(t).Parse("x", []byte(text))
		if (script == nil) == (err == nil) {
			t.Errorf("%v and %v", script, err)
		}
	})
}
