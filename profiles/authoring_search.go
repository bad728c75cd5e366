package profiles

import (
	"fmt"
	"strings"

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
	bases, _ := obj["base"].([]any)
	if len(bases) != 1 {
		return // each part of the expression may be for another type
	}
	base, _ := bases[0].(string)
	if j.resourceType(base) == nil || strings.Contains(expression, "Resource.") {
		return // the name of an abstract type stands for that of any
	}
	_, err := fhirpath.Compile(expression, fhirpath.Lenient(), fhirpath.Strict(), fhirpath.WithTypes(j.registry.expressions.types), fhirpath.ForType(base))
	if err != nil {
		j.under("expression", func() {
			j.authoring(fmt.Sprintf("the expression leads nowhere in a %s: %v", base, err), expression)
		})
	}
}
