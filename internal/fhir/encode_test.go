package fhir_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"concord.example/concord/internal/fhir"
)

// standard is what encoding/json writes without escaping HTML.
func standard(t testing.TB, value any) string {
	t.Helper()
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(buffer.Bytes(), []byte("\n")))
}

func TestAppendJSONWritesWhatEncodingJSONWrites(t *testing.T) {
	for _, value := range []any{
		nil, true, false, "", "plain", "<b> & \"quoted\" \\ back", "line\nreturn\rtab\tbell\abs\bff\f\x00\x1f\x7f", "Zoë 😀 \u2028\u2029 \uFFFD",
		"bad \xff\xfe end\xc3", json.Number("1.00"), json.Number("-0"),
		[]any{},
		map[string]any{},
		[]any{"a", nil, []any{json.Number("2")}},
		map[string]any{"b": "2", "a": map[string]any{"z": true, "<": "x"}, "é": []any{}},
	} {
		got, err := fhir.AppendJSON([]byte("!"), value)
		if err != nil || string(got) != "!"+standard(t, value) {
			t.Errorf("%#v: got %s, %v; want %s", value, got, err, standard(t, value))
		}
	}
	resource := fhir.Resource{"resourceType": "Patient", "active": true, "id": "1"}
	if got, err := fhir.AppendJSON(nil, resource); err != nil || string(got) != `{"active":true,"id":"1","resourceType":"Patient"}` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAppendJSONRefusesWhatIsNotDecodedJSON(t *testing.T) {
	for _, value := range []any{1, 1.5, json.Number(""), []string{"a"}, map[string]any{"a": []any{struct{}{}}}} {
		if got, err := fhir.AppendJSON(nil, value); err == nil {
			t.Errorf("%#v was written as %s", value, got)
		}
	}
}

func FuzzAppendJSONString(f *testing.F) {
	for _, seed := range []string{"", "a\"b", "\u2028", "\xed\xa0\x80", "😀\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := fhir.AppendJSON(nil, text)
		if want := standard(t, text); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	})
}
