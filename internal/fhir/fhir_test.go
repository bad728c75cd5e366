package fhir_test

import (
	"testing"

	"concord.example/concord/internal/fhir"
)

func TestCheckNHSNumber(t *testing.T) {
	for _, number := range []string{"9990000018", "9990000387", "9990000751", "9990001499", "9990001863", "9990003718"} {
		if err := fhir.CheckNHSNumber(number); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
	for number, why := range map[string]string{
		"":            "empty",
		"999000001":   "nine digits",
		"99900000180": "eleven digits",
		"999000001X":  "a letter",
		"9990000019":  "wrong check digit",
		"9999999999":  "repeated digits pass modulus 11 but are never issued",
		"0000000000":  "repeated digits",
		"999 000 001": "spaces",
	} {
		if err := fhir.CheckNHSNumber(number); err == nil {
			t.Errorf("%q passed: %s", number, why)
		}
	}
}

func TestATenthOfValidNumbersEndsInZero(t *testing.T) {
	// A published national suite refused every number whose check digit is 0; this is the test it did not have.
	zero, all := 0, 0
	for n := range 100_000 {
		if number, ok := fhir.TestNHSNumber(n); ok {
			all++
			if number[9] == '0' {
				zero++
			}
			if !fhir.InTestRange(number) {
				t.Fatalf("%s is outside the test range", number)
			}
		}
	}
	if all < 90_000 || zero < 8_500 || zero > 9_700 {
		t.Errorf("%d of %d numbers end in 0", zero, all)
	}
}

func TestParseReference(t *testing.T) {
	for text, want := range map[string]fhir.Reference{
		"Patient/1":                       {Type: "Patient", ID: "1"},
		"Patient/1/_history/2":            {Type: "Patient", ID: "1", Version: "2"},
		"https://a.test/r4/Patient/x-1.b": {Base: "https://a.test/r4", Type: "Patient", ID: "x-1.b"},
		"#med":                            {Fragment: "med"},
		"urn:uuid:0c1d":                   {URN: "urn:uuid:0c1d"},
	} {
		if got, ok := fhir.ParseReference(text); !ok || got != want {
			t.Errorf("%s: got %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "#", "Patient", "patient/1", "Patient/", "Patient/a b", "a/Patient/1", "Patient/1/_history/"} {
		if got, ok := fhir.ParseReference(text); ok {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestGetTakesTheFirstOfARepeatingElement(t *testing.T) {
	patient := fhir.Resource{"resourceType": "Patient", "name": []any{map[string]any{"family": "Ahmed", "given": []any{"Sana", "Noor"}}}}
	if got := patient.Text("name", "family"); got != "Ahmed" {
		t.Errorf("family is %q", got)
	}
	if got := patient.Text("name", 0, "given", 1); got != "Noor" {
		t.Errorf("second given name is %q", got)
	}
	if got := patient.Text("name", 3, "family"); got != "" {
		t.Errorf("a missing name has family %q", got)
	}
	if got := len(patient.Objects("name")); got != 1 {
		t.Errorf("%d names", got)
	}
}

func TestCheckSCTID(t *testing.T) {
	for _, code := range []string{"716186003", "73211009", "22298006", "196461000000101", "1363501000000100", "138875005"} {
		if err := fhir.CheckSCTID(code); err != nil {
			t.Error(err)
		}
	}
	for code, why := range map[string]string{
		"716186004":           "wrong check digit",
		"761186003":           "two digits swapped",
		"XE0Uc":               "a Read code",
		"12":                  "too short",
		"0716186003":          "leading zero",
		"1234567890123456789": "too long",
		"100022":              "not a concept's partition",
	} {
		if err := fhir.CheckSCTID(code); err == nil {
			t.Errorf("%s passed: %s", code, why)
		}
	}
}
