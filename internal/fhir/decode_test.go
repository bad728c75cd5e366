package fhir_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
)

func TestDecodeReadsWhatEncodingJSONReads(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `"x"`, `0`, `-0.50e+10`, `true`, `false`, `null`, ` { "a" : [ 1 , "b" , { } , [ ] , null ] } `,
		`{"text":"a\"\\\/\b\f\n\r\tz","emoji":"\ud83d\ude00","é":"ü"}`, `{"a":{"b":{"c":[[[1.00]]]}}}`,
	} {
		var want any
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := fhir.Decode([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v; want %#v", text, got, err, want)
		}
	}
}

func TestDecodeRefusesWithThePlace(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		message      string
	}{
		{"", 1, 1, "empty"},
		{"{\"a\":1,\n\"b\" 2}", 2, 5, "expected ':'"},
		{"{\"a\":[1,2}", 1, 10, "expected ',' or ']'"},
		{"{\"a\":1", 1, 7, "object that starts at line 1, column 1 is not closed"},
		{"[1,\n2", 2, 2, "array that starts"},
		{"{\"a\":01}", 1, 6, "must not start with a zero"},
		{"{\"a\":1.}", 1, 8, "after the point"},
		{"{\"a\":1e}", 1, 8, "exponent"},
		{"{\"a\":-}", 1, 7, "digits"},
		{"{\"a\":tru}", 1, 6, "expected true"},
		{"{\"a\":\"x\ny\"}", 1, 8, "control character"},
		{"{\"a\":\"\\x\"}", 1, 7, "escape sequence"},
		{"{\"a\":\"\\ud800\"}", 1, 7, "surrogate"},
		{"{\"a\":\"\\ud800\\u0041\"}", 1, 7, "surrogate"},
		{"{\"a\":\"\\u12g4\"}", 1, 7, "hexadecimal"},
		{"{\"a\":\"x", 1, 6, "not closed"},
		{"{\"a\":\"\\n", 1, 9, "not closed"},
		{"{a:1}", 1, 2, "property name in quotes"},
		{"{\"a\":1,}", 1, 8, "property name in quotes"},
		{"[1,]", 1, 4, "cannot start with"},
		{"{} {}", 1, 4, "goes on after its end"},
		{"{\"a\":\"\xff\"}", 1, 7, "not UTF-8"},
		{strings.Repeat("[", 201), 1, 201, "nested more than 200"},
		{strings.Repeat("{\"a\":", 100000), 1, 1001, "nested more than 200"},
	} {
		_, err := fhir.Decode([]byte(c.text))
		var syntax *fhir.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.40q: got %v, want a SyntaxError", c.text, err)
			continue
		}
		if syntax.Line != c.line || syntax.Column != c.column || !strings.Contains(syntax.Message, c.message) {
			t.Errorf("%.40q: got %d:%d %s; want %d:%d ...%s", c.text, syntax.Line, syntax.Column, syntax.Message, c.line, c.column, c.message)
		}
	}
}

func TestDecodeNamesTheValueThatItCouldNotRead(t *testing.T) {
	_, err := fhir.Decode([]byte(`{"name":[{"family":"x"},{"given":["a" "b"]}]}`))
	var syntax *fhir.SyntaxError
	if !errors.As(err, &syntax) || syntax.Pointer != "/name/1/given" {
		t.Errorf("got %+v, want the pointer /name/1/given", err)
	}
}

func TestDecodePassesOverAByteOrderMark(t *testing.T) {
	tree, err := fhir.DecodeObject([]byte("\ufeff{\"a\":1}"))
	if err != nil || len(tree) != 1 {
		t.Errorf("got %v, %v", tree, err)
	}
	if got := fhir.Locate([]byte("\ufeff{\"a\":1}"), []string{"/a"}); got[0].Offset != 4 {
		t.Errorf("got %v, want offset 4", got)
	}
}

func TestDecodeNamesRepeatedProperties(t *testing.T) {
	text := "{\"a\":[{\"b\":1},\n {\"b\":2,\"c\":{},\"b\":3}],\"a\":4}"
	_, err := fhir.Decode([]byte(text))
	var repeated *fhir.DuplicateKeyError
	if !errors.As(err, &repeated) {
		t.Fatalf("got %v, want a DuplicateKeyError", err)
	}
	want := []fhir.DuplicateKey{{Pointer: "/a/1/b", Line: 2, Column: 16}, {Pointer: "/a", Line: 2, Column: 24}}
	if !reflect.DeepEqual(repeated.Keys, want) {
		t.Errorf("got %v, want %v", repeated.Keys, want)
	}
	tree, _, err := fhir.DecodeRepeated([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, kept := tree.(map[string]any)["a"].([]any); !kept {
		t.Errorf("the first value of a repeated property was not kept: %v", tree)
	}
}

func TestReaderKeepsDocumentsApart(t *testing.T) {
	var reader fhir.Reader
	texts := []string{
		`{"a":[1,{"b":"x"},[]],"c":{"d":null,"e":true}}`, `{}`, `[{"a":[{"b":[{}]}]}]`, `{"a":1,"a":2}`, `{"a":[{"b":1},{"b":`,
		`{"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":{"x":[1,2,3]}}`, `{"a":"\u00e9\n","c":"\\"}`,
		"[" + strings.Repeat(`{"a":["x",{}]},`, 10_000) + "null]",
	}
	for round := range 3 {
		for _, text := range texts {
			want, wantRepeated, wantErr := fhir.DecodeRepeated([]byte(text))
			got, repeated, err := reader.Read(text)
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(repeated, wantRepeated) || !reflect.DeepEqual(err, wantErr) {
				t.Errorf("round %d, %.50s: got %v, %v, %v", round, text, got, repeated, err)
			}
			reader.Release()
		}
	}
	first, _, _ := reader.Read(texts[0])
	if _, _, err := reader.Read(texts[2]); err != nil {
		t.Fatal(err)
	}
	if want, err := fhir.Decode([]byte(texts[0])); err != nil || !reflect.DeepEqual(first, want) {
		t.Errorf("a tree did not last until Release: %v", first)
	}
}

func TestDecodeObjectRefusesOtherDocuments(t *testing.T) {
	if _, err := fhir.DecodeObject([]byte(`[]`)); err == nil {
		t.Error("an array was taken for an object")
	}
}

func TestLocateFindsPropertiesAndItems(t *testing.T) {
	text := "{\n  \"name\": [\n    {\"family\": \"A\"},\n    {\"a/b\": 1}\n  ],\n  \"x\": null\n}"
	pointers := []string{"", "/name", "/name/0", "/name/0/family", "/name/1/a~1b", "/x", "/name/7/family", "/nothing/at/all"}
	want := [][2]int{{1, 1}, {2, 3}, {3, 5}, {3, 6}, {4, 6}, {6, 3}, {2, 3}, {1, 1}}
	for i, got := range fhir.Locate([]byte(text), pointers) {
		if got.Line != want[i][0] || got.Column != want[i][1] {
			t.Errorf("%q: got %d:%d, want %v", pointers[i], got.Line, got.Column, want[i])
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"resourceType":"Patient","name":[{"family":"\u00e9"}]}`, `[1,2,{"a":null,"a":1}]`, `"\ud83d\ude00"`, `-1.0E-2`} {
		f.Add([]byte(seed))
	}
	var reader fhir.Reader
	cache := fhir.NewCache(1 << 20)
	f.Fuzz(func(t *testing.T, data []byte) {
		tree, repeated, err := fhir.DecodeRepeated(data)
		for range 2 { // into memory that is new, and into memory that was used
			again, same, readErr := reader.Read(string(data))
			if !reflect.DeepEqual(tree, again) || !reflect.DeepEqual(repeated, same) || !reflect.DeepEqual(err, readErr) {
				t.Fatalf("%q: the Reader gives %v, %v, %v instead of %v, %v, %v", data, again, same, readErr, tree, repeated, err)
			}
			reader.Release()
		}
		inBundle := `{"resourceType":"Bundle","entry":[{"resource":` + string(data) + `},{"resource":` + string(data) + `}]}`
		wanted, wantedErr := fhir.DecodeObject([]byte(inBundle))
		for range 2 { // read for the first time, and taken from the cache
			if got, gotErr := cache.DecodeObject(inBundle); !reflect.DeepEqual(got, wanted) || !reflect.DeepEqual(gotErr, wantedErr) {
				t.Fatalf("%q: the Cache gives %v, %v instead of %v, %v", inBundle, got, gotErr, wanted, wantedErr)
			}
		}
		fhir.Locate(data, []string{"/a", "/0/a", "/a/0"})
		if err != nil {
			return
		}
		if !json.Valid(bytes.TrimPrefix(data, []byte(fhir.ByteOrderMark))) {
			t.Fatalf("accepted what is not JSON: %q", data)
		}
		if len(repeated) > 0 {
			return
		}
		again, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		second, err := fhir.Decode(again)
		if err != nil || !reflect.DeepEqual(tree, second) {
			t.Fatalf("%q does not survive being written and read: %v", data, err)
		}
		if bytes.IndexByte(data, 0) >= 0 {
			t.Fatalf("accepted a NUL byte: %q", data)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := []byte(`{"resourceType":"Patient","id":"p","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"]},` +
		`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"use":"official","family":"Smith","given":["Jo"]}],"birthDate":"1970-01-01"}`)
	b.Run("fhir", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := fhir.Decode(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(text, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestMendPutsOneSlipRight(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":[1,]}`:               `{"a":[1 ]}`,
		`{"a":1,}`:                 `{"a":1 }`,
		`{"a":1 "b":2}`:            `{"a":1,"b":2}`,
		"{\"a\":[1\n2]}":           "{\"a\":[1,2]}",
		`{/* x */"a":1}`:           `{       "a":1}`,
		"{\"a\":1, // x\n\"b\":2}": "{\"a\":1,     \n\"b\":2}",
		`{"a":[1,,2]}`:             `{"a":[1, 2]}`,
		`{"a":x}`:                  "",
		`{"a"`:                     "",
	} {
		_, err := fhir.Decode([]byte(text))
		var fault *fhir.SyntaxError
		if !errors.As(err, &fault) {
			t.Fatalf("%s: got %v", text, err)
		}
		got, ok := fhir.Mend([]byte(text), fault)
		if ok != (want != "") || string(got) != want {
			t.Errorf("%s: got %q, %v; want %q", text, got, ok, want)
		}
	}
}
