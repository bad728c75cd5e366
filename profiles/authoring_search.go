package profiles

import (
	"fmt"
	"strings"
	"unicode"

	"concord.example/concord/internal/fhirpath"
)

// searchParameterRules checks that a SearchParameter can be carried out: its expression is FHIRPath on a type that it is for, and a
// composite has the parts that it combines (SearchParameter.expression, SearchParameter.component and the code system
// search-param-type of R4).
func (j *judge) searchParameterRules(obj map[string]any) {
	if components, _ := obj["component"].([]any); obj["type"] == "composite" && len(components) < 2 {
		j.authoring("a composite search parameter combines two components or more", fmt.Sprint(len(components)))
	}
	expression, _ := obj["expression"].(string)
	if expression == "" {
		return
	}
	if _, err := fhirpath.Compile(expression, fhirpath.Lenient()); err != nil {
		j.under("expression", func() { j.authoring(fmt.Sprintf("the expression is not FHIRPath: %v", err), expression) })
		return
	}
	list, _ := obj["base"].([]any)
	var bases []string
	for _, item := range list {
		base, _ := item.(string)
		if j.resourceType(base) == nil {
			return
		}
		bases = append(bases, base)
	}
	if len(bases) == 0 || strings.Contains(expression, "Resource.") {
		return // the name of an abstract type stands for that of any
	}
	for _, part := range unionParts(expression) {
		if problem := j.leadsNowhere(part, bases); problem != "" {
			j.under("expression", func() { j.authoring(problem, expression) })
			return
		}
	}
}

// leadsNowhere says what is wrong with one part of the expression of a search parameter, which must lead somewhere in one of the
// types that the parameter is for, or "". A choice goes by its name without a type (FHIRPath page of R4, polymorphic elements).
func (j *judge) leadsNowhere(part string, bases []string) string {
	named := leadingType(part)
	if named != "" && !j.isType(named) {
		return fmt.Sprintf("FHIR R4 has no type %q for the expression to begin with", named)
	}
	if strings.Contains(part, "|") {
		return "" // in parentheses, each for a type of its own
	}
	problem := ""
	for _, base := range bases {
		_, err := fhirpath.Compile(part, fhirpath.Strict(), fhirpath.WithTypes(j.registry.expressions.types), fhirpath.ForType(base))
		if err == nil {
			return ""
		}
		if problem == "" || base == named {
			problem = fmt.Sprintf("the expression leads nowhere in a %s: %v", base, err)
		}
	}
	return problem
}

// leadingType is the name in capitals that an expression begins with, which is that of a type, or "".
func leadingType(expression string) string {
	rest := strings.TrimLeft(expression, "( ")
	end := strings.IndexFunc(rest, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		end = len(rest)
	}
	if end == 0 || !unicode.IsUpper(rune(rest[0])) || strings.HasPrefix(rest[end:], "(") || rest[:end] == "FHIR" {
		return ""
	}
	return rest[:end]
}

// unionParts parts an expression at the unions that are in no parentheses, literals or quoted names.
func unionParts(expression string) []string {
	var parts []string
	depth, start := 0, 0
	var quote rune
	escaped := false
	for i, r := range expression {
		switch {
		case escaped:
			escaped = false
		case quote != 0 && r == '\\':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '`' || r == '"':
			quote = r
		case r == '(' || r == '[' || r == '{':
			depth++
		case r == ')' || r == ']' || r == '}':
			depth--
		case r == '|' && depth == 0:
			parts, start = append(parts, strings.TrimSpace(expression[start:i])), i+1
		}
	}
	return append(parts, strings.TrimSpace(expression[start:]))
}
