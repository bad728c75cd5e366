package fhirpath_test

import "testing"

func TestLiterals(t *testing.T) {
	run(t, "", []row{
		{"{}", ""},
		{"{ }", ""},
		{"true", "true"},
		{"false", "false"},
		{"0", "0"},
		{"007", "7"},
		{"2147483647", "2147483647"},
		{"2147483648", "2147483648L"},
		{"-2147483648", "-2147483648"},
		{"5L", "5L"},
		{"99999999999999999999", "!syntax"},
		{"0.10", "0.10d"},
		{"3.14159265358979323846264338", "3.14159265358979323846264338d"},
		{"1.", "!syntax"},
		{"'a\\'b'", "'a'b'"},
		{`'\\\/\"\` + "`" + `'`, "'\\/\"`'"},
		{`'\r\n\t\f'`, "'\r\n\t\f'"},
		{`'\u0041\u00e9'`, "'Aé'"},
		{`'\uD83D\uDD25'.length()`, "1"},
		{`'\p\3'`, "'p3'"},
		{`'\u005'`, "'u005'"},
		{"'open", "!syntax"},
		{"4 days", "4 days"},
		{"1 day", "1 day"},
		{"1 days", "1 day"},
		{"10 'mg'", "10 'mg'"},
		{"10.50 'mg'", "10.50 'mg'"},
		{"%`x`", "!execution"},
		{"%'x'", "!execution"},
		{"1 /* c */ + /* d \n */ 2 // e", "3"},
		{"1 /* c", "!syntax"},
		{"'é' & '漢'", "'é漢'"},
	})
}

func TestDateAndTimeLiterals(t *testing.T) {
	run(t, "", []row{
		{"@2014", "@2014"},
		{"@2014-01", "@2014-01"},
		{"@2014-01-25", "@2014-01-25"},
		{"@2014T", "@2014T"},
		{"@2014-01T", "@2014-01T"},
		{"@2014-01-25T", "@2014-01-25T"},
		{"@2014-01-25T14", "@2014-01-25T14"},
		{"@2014-01-25T14:30", "@2014-01-25T14:30"},
		{"@2014-01-25T14:30:14.559", "@2014-01-25T14:30:14.559"},
		{"@2014-01-25T14:30:14Z", "@2014-01-25T14:30:14Z"},
		{"@2014-01-25T14:30:14+05:30", "@2014-01-25T14:30:14+05:30"},
		{"@2014-01-25T14:30-05:00", "@2014-01-25T14:30-05:00"},
		{"@T14", "@T14"},
		{"@T14:30", "@T14:30"},
		{"@T14:30:14.5", "@T14:30:14.5"},
		{"@2012-02-29", "@2012-02-29"},
		{"@2013-02-29", "!syntax"},
		{"@2014-13", "!syntax"},
		{"@2014-00-01", "!syntax"},
		{"@0000", "!syntax"},
		{"@201", "!syntax"},
		{"@2014-01-25T25", "!syntax"},
		{"@T24:00", "!syntax"},
		{"@T14:30Z", "!syntax"},
		{"@T14:30+01:00", "!syntax"},
		{"@2014-01-25T14:30+15:00", "!syntax"},
		{"@2014-01-25 is Date", "true"},
		{"@2014-01-25T is DateTime", "true"},
		{"@T14 is Time", "true"},
	})
}

func TestSyntaxErrors(t *testing.T) {
	var rows []row
	for _, expression := range []string{
		"", " ", "1 +", "+", "* 2", "(1", "1)", "1 2", "a.", ".a", "a..b", "a[", "a[]", "a[1", "f(", "f(1,", "f(,)", "{1}", "{", "}", "$", "$foo", "%", "% ",
		"#", "a ! b", "1 is", "1 as", "1 is 'x'", "and", "a and", "or b", "1 = = 2", "@", "@x", "`a", "a.1", "a.'b'", "x is A.", "\x00", "1 in", "not a",
		"'a' 'b'", "a b", "true.", "\xff",
	} {
		rows = append(rows, row{expression, "!syntax"})
	}
	run(t, "", rows)
}

func TestUnknownNamesAreSemanticErrors(t *testing.T) {
	run(t, patientJSON, []row{
		{"nothing()", "!semantic"},
		{"name.first(1)", "!semantic"},
		{"name.where()", "!semantic"},
		{"name.where(true, true)", "!semantic"},
		{"name.is(Nothing)", "!semantic"},
		{"name is Nothing", "!semantic"},
		{"name as Nothing", "!semantic"},
		{"name.ofType(Nothing)", "!semantic"},
		{"name is FHIR.Nothing", "!semantic"},
		{"name is Other.HumanName", "!semantic"},
		{"name.is('HumanName')", "!semantic"},
		{"name.is(1)", "!semantic"},
		{"name.matches('(')", "!semantic"},
		{"name.$this", "!semantic"},
	})
}
