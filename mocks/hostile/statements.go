package hostile

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
)

// statementBehaviours are what servers say of themselves in their CapabilityStatement.
func statementBehaviours() []Behaviour {
	row := func(kind Kind, name, title, check, rule string, change func(x *Exchange)) Behaviour {
		return Behaviour{Name: name, Theme: REST, Kind: kind, Title: title, Check: check, Rule: rule, hooks: answering(func(x *Exchange) {
			if x.metadata() && x.whole() {
				change(x)
			}
		})}
	}
	object := func(change func(statement map[string]any)) func(x *Exchange) {
		return func(x *Exchange) { x.alter(change) }
	}
	version := func(text string) func(x *Exchange) {
		return object(func(statement map[string]any) { statement["fhirVersion"] = text })
	}
	rest := func(change func(rest map[string]any)) func(x *Exchange) {
		return object(func(statement map[string]any) {
			for _, item := range fhir.Objects(statement["rest"]) {
				change(item)
			}
		})
	}
	return []Behaviour{
		row(Fault, "metadata-needs-token", "the CapabilityStatement needs a token", "", "not-allowed", func(x *Exchange) {
			if x.Request.Header.Get("Authorization") == "" {
				x.set(http.StatusUnauthorized, fhirJSON, outcome("login", "a token is required"))
			}
		}),
		row(Legal, "metadata-large", "the CapabilityStatement is half a megabyte large", "", "", object(func(statement map[string]any) {
			statement["text"] = map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml"><p>` + strings.Repeat("all that this server can do ", 16_000) + `</p></div>`}
		})),
		row(Legal, "statement-dated-now", "the CapabilityStatement has the present time in it, and so another ETag each time", "", "", func(x *Exchange) {
			x.Header.Set("ETag", fmt.Sprintf(`W/"%d"`, x.number))
			x.alter(func(statement map[string]any) {
				statement["date"] = time.Date(2026, time.March, 2, 9, 0, x.number, 0, time.UTC).Format(time.RFC3339)
			})
		}),
		row(Legal, "fhir-version-4-0-0", "fhirVersion is 4.0.0, the first publication of R4", "", "", version("4.0.0")),
		row(Fault, "fhir-version-stu3", "fhirVersion is 3.0.2", "CAP-STATEMENT-002", "statement-fhir-version", version("3.0.2")),
		row(Fault, "fhir-version-rubbish", "fhirVersion is no version", "CAP-STATEMENT-002", "statement-fhir-version", version("latest")),
		row(Fault, "statement-stu3-shapes", "the CapabilityStatement has the shapes of STU3: profile as a Reference, acceptUnknown", "CAP-STATEMENT-001", "", object(func(statement map[string]any) {
			statement["acceptUnknown"] = "both"
			for _, item := range fhir.Objects(statement["rest"]) {
				for _, resource := range fhir.Objects(item["resource"]) {
					delete(resource, "supportedProfile")
					resource["profile"] = map[string]any{"reference": "http://hl7.org/fhir/StructureDefinition/" + fhir.Text(resource["type"])}
				}
			}
		})),
		row(Fault, "statement-without-rest", "the CapabilityStatement says nothing of REST", "CAP-STATEMENT-003", "statement-rest", object(func(statement map[string]any) { delete(statement, "rest") })),
		row(Fault, "statement-of-a-kind", "the CapabilityStatement is that of a kind of server (kind requirements)", "CAP-STATEMENT-003", "statement-kind", object(func(statement map[string]any) {
			statement["kind"] = "requirements"
			delete(statement, "implementation")
		})),
		row(Fault, "statement-of-another-server", "the CapabilityStatement names another server's URL", "CAP-STATEMENT-003", "statement-url", object(func(statement map[string]any) {
			statement["implementation"] = map[string]any{"description": "A product", "url": "https://product.example.test/fhir"}
		})),
		row(Fault, "declares-xml", "XML is declared and not served", "CAP-DECLARED-FORMAT", "declared-refused", object(func(statement map[string]any) {
			statement["format"] = []any{"json", "xml"}
		})),
		row(Fault, "declares-history-type", "history of a type is declared and not there", "CAP-DECLARED-001", "declared-refused", rest(func(item map[string]any) {
			for _, resource := range fhir.Objects(item["resource"]) {
				resource["interaction"] = append(fhir.List(resource["interaction"]), map[string]any{"code": "history-type"})
			}
		})),
		row(Legal, "declares-result-parameters", "what shapes an answer is declared among the search parameters (_sort, _include, _has, _pretty)", "", "", rest(func(item map[string]any) {
			for _, resource := range fhir.Objects(item["resource"]) {
				for _, name := range []string{"_sort", "_count", "_include", "_revinclude", "_elements", "_has", "_pretty"} {
					resource["searchParam"] = append(fhir.List(resource["searchParam"]), map[string]any{"name": name, "type": "special"})
				}
			}
		})),
		{
			Name: "few-types", Theme: REST, Kind: Legal,
			Title: "the service of specimens, appointments and flags is another one: they are not declared, refused with status 400, and referred to where they are",
			hooks: fewTypes(rest),
		},
		row(Legal, "declares-little", "fewer interactions are declared than work", "", "", rest(func(item map[string]any) {
			for _, resource := range fhir.Objects(item["resource"]) {
				resource["interaction"] = []any{map[string]any{"code": "read"}, map[string]any{"code": "search-type"}}
				delete(resource, "operation")
				delete(resource, "conditionalRead")
			}
		})),
	}
}

// fewTypes is a server whose specimens, appointments and flags are another server's.
func fewTypes(rest func(change func(item map[string]any)) func(*Exchange)) func() hooks {
	elsewhere := func(resourceType string) bool {
		return slices.Contains([]string{"Specimen", "Appointment", "Flag"}, resourceType)
	}
	// A relative reference, and one below the server's own base, would say that it has them.
	referred := everyObject(func(object map[string]any, _ string) {
		if reference, ok := fhir.ParseReference(fhir.Text(object["reference"])); ok && elsewhere(reference.Type) {
			object["reference"] = "https://elsewhere.example.test/fhir/" + reference.Relative()
		}
	})().answer
	return answering(func(x *Exchange) {
		switch {
		case x.metadata() && x.whole():
			rest(func(item map[string]any) {
				item["resource"] = slices.DeleteFunc(fhir.List(item["resource"]), func(one any) bool { return elsewhere(fhir.Text(fhir.Get(one, "type"))) })
			})(x)
		case len(x.Segments) > 0 && elsewhere(x.Segments[0]):
			x.set(http.StatusBadRequest, fhirJSON, outcome("not-supported", "this type is not supported"))
		case x.whole():
			x.entries(func(entries []any) []any {
				return slices.DeleteFunc(entries, func(entry any) bool { return elsewhere(fhir.Text(fhir.Get(entry, "resource", "resourceType"))) })
			})
			referred(x)
		}
	})
}
