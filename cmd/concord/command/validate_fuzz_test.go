package command

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"concord.example/concord/profiles"
)

// FuzzLine looks for a line of concord validate --ndjson that panics, or whose answer is not one line of JSON.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","resource":{"resourceType":"Patient"}}`, `{"id":"2","resourceText":"<Patient xmlns=\"http://hl7.org/fhir\"/>"}`, `{"id":3}`, `[]`, `null`, ``,
		`{"id":"4","resource":null,"profiles":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient","x"]}`, `{"resourceText":"\u0000","profiles":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	registry, err := profiles.Embedded(profiles.Sequence("stu3"))
	if err != nil {
		f.Fatal(err)
	}
	judge := &lineJudge{base: registry}
	f.Fuzz(func(t *testing.T, line []byte) {
		var named struct {
			Definitions []string `json:"definitions"`
		}
		if json.Unmarshal(line, &named) == nil && len(named.Definitions) > 0 {
			t.Skip("it names files, which are not the fuzzer's to read")
		}
		text, err := json.Marshal(judge.answer(context.Background(), line))
		if err != nil || bytes.ContainsAny(text, "\r\n") {
			t.Fatalf("%q: %q, %v", line, text, err)
		}
	})
}
