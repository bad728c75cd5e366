package search_test

import (
	"fmt"
	"testing"
)

// The first rows are the examples of FHIR R4 section 3.1.1.4.6, save 1e2: the section's rule of significant figures
// makes that 50 to 150, its example 95 to 105.
func TestNumbersAndQuantities(t *testing.T) {
	point := func(value string) string { return `{"value":` + value + `}` }
	for _, test := range []struct {
		search, target string
		want           bool
	}{
		{"100", point("99.5"), true},
		{"100", point("100.5"), false},
		{"100", point("99.4999999999999999999999"), false},
		{"100.00", point("99.995"), true},
		{"100.00", point("100.005"), false},
		{"1.00e2", point("99.5"), true},
		{"1e2", point("50"), true},
		{"1e2", point("149.9"), true},
		{"1e2", point("150"), false},
		{"ne100", point("100.4"), false},
		{"ne100", point("100.5"), true},
		{"lt100", point("99.99"), true},
		{"lt100", point("100"), false},
		{"le100", point("100.00"), true},
		{"gt100", point("100"), false},
		{"ge100", point("1e2"), true},
		{"sa100", point("100.0001"), true},
		{"eb100", point("100"), false},
		{"ap100", point("90"), true},
		{"ap100", point("110.0"), true},
		{"ap100", point("110.01"), false},
		{"ap-100", point("-110"), true},
		{"ap-100", point("-89"), false},
		{"-5", point("-5.5"), true},
		{"-5", point("-4.5"), false},
		{"0", point("-0.5"), true},
		{"0", point("0.5"), false},
		{"5.40e-3", point("0.005395"), true},
		{"5.40e-3", point("0.005405"), false},
		{"gt1e9999", point("9e9999"), true},
		{"lt0", point("-1e-9999"), true},

		{"5", `{"value":5,"comparator":"<"}`, false},
		{"ne5", `{"value":5,"comparator":"<"}`, true},
		{"lt5", `{"value":5,"comparator":"<"}`, true},
		{"le5", `{"value":5,"comparator":"<"}`, true},
		{"ge5", `{"value":5,"comparator":"<"}`, false},
		{"ge5", `{"value":5,"comparator":"<="}`, true},
		{"gt5", `{"value":5,"comparator":"<="}`, false},
		{"gt4.9", `{"value":5,"comparator":"<"}`, true},
		{"eb5", `{"value":5,"comparator":"<"}`, true},
		{"eb5", `{"value":5,"comparator":"<="}`, false},
		{"sa5", `{"value":5,"comparator":">"}`, true},
		{"sa5", `{"value":5,"comparator":">="}`, false},
		{"le5", `{"value":5,"comparator":">"}`, false},
		{"le5", `{"value":5,"comparator":">="}`, true},
		{"gt1000", `{"value":5,"comparator":">"}`, true},
		{"ap5", `{"value":5.5,"comparator":">"}`, false},
		{"ap5", `{"value":5.5,"comparator":">="}`, true},
		{"ap5", `{"value":4.5,"comparator":"<"}`, false},

		{"5||mg", `{"value":5,"unit":"mg"}`, true},
		{"5||mg", `{"value":5,"code":"mg"}`, true},
		{"5||mg", `{"value":5,"unit":"MG"}`, false},
		{"5|urn:u|mg", `{"value":5,"unit":"mg"}`, false},
		{"5|urn:u|mg", `{"value":5,"system":"urn:u","code":"mg"}`, true},
		{"5|urn:u|", `{"value":5,"system":"urn:u","code":"g"}`, true},
		{"5", `{"unit":"mg"}`, false},
		{"ne5", `{"unit":"mg"}`, false},
	} {
		ix := index(t, fmt.Sprintf(`{"resourceType":"Observation","id":"b","valueQuantity":%s}`, test.target))
		if got := len(find(t, ix, "Observation?value-quantity="+test.search).Matches) == 1; got != test.want {
			t.Errorf("%s on %s is %v", test.search, test.target, got)
		}
	}
}

func TestRangesAndMoney(t *testing.T) {
	ix := index(t,
		`{"resourceType":"Condition","id":"range","onsetRange":{"low":{"value":40,"code":"a"},"high":{"value":50,"code":"a"}}}`,
		`{"resourceType":"Condition","id":"open","onsetRange":{"low":{"value":60,"code":"a"}}}`,
		`{"resourceType":"Condition","id":"age","onsetAge":{"value":45,"code":"a"}}`,
		`{"resourceType":"Invoice","id":"money","totalNet":{"value":12.50,"currency":"GBP"}}`)
	for text, want := range map[string]string{
		"Condition?onset-age=45":                         "age",
		"Condition?onset-age=gt45":                       "range open",
		"Condition?onset-age=ge45||a":                    "range open age",
		"Condition?onset-age=lt45":                       "range",
		"Condition?onset-age=sa55":                       "open",
		"Condition?onset-age=eb55":                       "range age",
		"Condition?onset-age=ap45":                       "range age",
		"Condition?onset-age=ge45||mo":                   "",
		"Invoice?totalnet=12.5":                          "money",
		"Invoice?totalnet=12.5||GBP":                     "money",
		"Invoice?totalnet=12.5||EUR":                     "",
		"Invoice?totalnet=gt12|urn:iso:std:iso:4217|GBP": "money",
	} {
		if got := ids(find(t, ix, text).Matches); got != want {
			t.Errorf("%s found [%s], want [%s]", text, got, want)
		}
	}
}
