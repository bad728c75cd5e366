package profiles

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// filterRules checks a filter of a ValueSet: its value is of the type of the property that it selects by, and the codes that
// it names are there (ValueSet.compose.include.filter of R4). What is known of the properties is what the code system
// declares, if it is loaded, and what FHIR defines for all of them.
func (j *judge) filterRules(system string, table *terminology.System, f map[string]any) {
	property, _ := f["property"].(string)
	op, _ := f["op"].(string)
	value, _ := f["value"].(string)
	switch op {
	case "exists":
		if value != "true" && value != "false" {
			j.authoring(fmt.Sprintf("whether property %s exists is true or false", property), value)
		}
	case "regex":
		if !closes(value) {
			j.authoring("the value of the filter must be a regular expression, and this one does not end what it begins", value)
		}
	}
	switch system {
	case snomed:
		j.snomedFilter(property, op, value)
		return
	case loinc:
		if subsumes(op) && partProperty(property) {
			j.authoring(fmt.Sprintf("property %s of LOINC is no hierarchy, which %s follows", property, op), op)
		}
		return
	}
	values := []string{value}
	switch {
	case op == "=" || subsumes(op):
	case op == "in" || op == "not-in":
		values = strings.Split(value, ",")
	default:
		return
	}
	for _, v := range values {
		if problem := j.filterValue(system, table, property, strings.TrimSpace(v)); problem != "" {
			j.authoring(problem, v)
			return
		}
	}
}

// filterValue says what is wrong with a value that a property is held to be equal to, or to stand below, or "".
func (j *judge) filterValue(system string, table *terminology.System, property, value string) string {
	typ := table.PropertyType(property)
	if typ == "" {
		// A code system that does not declare the property may mean another one: HL7 v2 says in which version a code was deprecated.
		if typ = conceptPropertyType(property); typ != "boolean" {
			typ = ""
		}
	}
	switch property {
	case "concept", "code", "parent", "child":
		if table.Check(value) == terminology.Out {
			return fmt.Sprintf("code system %s has no code %q", system, value)
		}
		return ""
	}
	switch typ {
	case "boolean":
		if value != "true" && value != "false" {
			return fmt.Sprintf("property %s is true or false", property)
		}
	case "integer", "decimal", "dateTime":
		if problem := checkWritten(primitiveOf(typ), withoutComparator(value)); problem != "" {
			return fmt.Sprintf("property %s is of type %s, and the value %s", property, typ, problem)
		}
	case "Coding":
		coded, code, given := strings.Cut(value, "#")
		if !given || !isAbsolute(coded) {
			return fmt.Sprintf("property %s is a Coding, and its value is written as system#code", property)
		}
		url, _ := definition.SplitCanonical(coded)
		if other := j.registry.terms.System(url); other != nil && other.Check(code) == terminology.Out {
			return fmt.Sprintf("code system %s has no code %q", url, code)
		}
	}
	return ""
}

// subsumes says whether an operation of a filter follows the hierarchy of a code system.
func subsumes(op string) bool {
	return slices.Contains([]string{"is-a", "descendent-of", "is-not-a", "generalizes"}, op)
}

// The URLs of SNOMED CT and LOINC.
const (
	snomed = "http://snomed.info/sct"
	loinc  = "http://loinc.org"
)

// partProperty says whether a property of LOINC is one of those that name the parts of a term or describe it, which R4's page
// "Using LOINC with FHIR" writes in capitals.
func partProperty(property string) bool {
	return property != "" && strings.ToUpper(property) == property
}

// snomedFilter checks a filter on SNOMED CT (page "Using SNOMED CT with FHIR" of R4).
func (j *judge) snomedFilter(property, op, value string) {
	switch property {
	case "concept":
		switch {
		case op == "=" || op == "not-in" || op == "regex":
			j.authoring(fmt.Sprintf("a filter on concepts of SNOMED CT follows its hierarchy or a reference set, and does not allow %s", op), op)
		case subsumes(op) && !isSCTID(value):
			j.authoring("the value of a filter on concepts of SNOMED CT must be a SNOMED CT identifier", value)
		}
	case "constraint", "expression":
		switch {
		case op != "=":
			j.authoring(fmt.Sprintf("a filter by an expression of SNOMED CT allows = only, and not %s", op), op)
		case !plausibleECL(value):
			j.authoring("the value of the filter is not an expression of SNOMED CT's constraint language", value)
		}
	case "expressions":
		if op == "=" && value != "true" && value != "false" {
			j.authoring("the filter expressions of SNOMED CT is true or false", value)
		}
	default:
		if digits(property) && op != "=" && op != "in" {
			j.authoring(fmt.Sprintf("a filter on attribute %s of SNOMED CT allows = and in only", property), op)
		}
	}
}

// closes says whether a regular expression ends the groups and classes that it begins, in any dialect: R4 does not name one for
// filters.
func closes(expression string) bool {
	_, err := syntax.Parse(expression, syntax.Perl)
	var fault *syntax.Error
	return !errors.As(err, &fault) || !slices.Contains([]syntax.ErrorCode{
		syntax.ErrMissingBracket, syntax.ErrMissingParen, syntax.ErrUnexpectedParen, syntax.ErrTrailingBackslash,
	}, fault.Code)
}

// withoutComparator takes away how a value is compared where it is written as in a search (lt2): R4 does not say that it is not.
func withoutComparator(value string) string {
	for _, prefix := range []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"} {
		if rest, is := strings.CutPrefix(value, prefix); is {
			return rest
		}
	}
	return value
}

// checkWritten says what is wrong with the form of a number or a date that is written as text, or "".
func checkWritten(p primitive, s string) string {
	switch p {
	case primInteger:
		if _, err := strconv.ParseInt(s, 10, 32); err != nil {
			return "is no whole number"
		}
		return ""
	case primDecimal:
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "is no number"
		}
		return ""
	default:
		return checkText(p, s)
	}
}
