package mocks

import (
	"fmt"
	"net/http"

	"concord.example/concord/internal/fhir"
)

// failure is a request that cannot be served: the HTTP status, the FHIR issue type and a sentence that names what is
// wrong with which part of the request.
type failure struct {
	status int
	// code is a code of http://hl7.org/fhir/issue-type.
	code string
	// text is what the caller reads: the place and the problem.
	text string
	// header is added to the response, for example Allow.
	header http.Header
}

// Error returns the status and the sentence.
func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.code, f.text) }

func fail(status int, code, format string, args ...any) *failure {
	return &failure{status: status, code: code, text: fmt.Sprintf(format, args...)}
}

// with adds a response header to the failure.
func (f *failure) with(name, value string) *failure {
	if f.header == nil {
		f.header = http.Header{}
	}
	f.header.Add(name, value)
	return f
}

// issue is one issue of an OperationOutcome.
type issue struct {
	severity, code, text string
	// missing are the ODS codes or system names a warning is about; they go into diagnostics so that a program can
	// read them.
	missing string
	// expression is the FHIRPath or search parameter the issue is about.
	expression string
}

// operationOutcome builds a UK Core OperationOutcome.
func operationOutcome(issues ...issue) fhir.Resource {
	list := make([]any, 0, len(issues))
	for _, it := range issues {
		object := map[string]any{
			"severity": it.severity,
			"code":     it.code,
			"details":  map[string]any{"text": it.text},
		}
		if it.missing != "" {
			object["diagnostics"] = it.missing
		}
		if it.expression != "" {
			object["expression"] = []any{it.expression}
		}
		list = append(list, object)
	}
	return fhir.Resource{
		"resourceType": "OperationOutcome",
		"meta":         map[string]any{"profile": []any{"https://fhir.hl7.org.uk/StructureDefinition/UKCore-OperationOutcome"}},
		"issue":        list,
	}
}
