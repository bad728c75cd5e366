package mocks

import (
	"net/http"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// capabilities answers the capabilities interaction (FHIR R4 3.1.0.9): what this system really offers.
func (s *Server) capabilities(c *call) (*reply, error) {
	statement := s.statement()
	for _, defect := range c.defects {
		if defect.capability != nil && !c.fromNeighbour {
			defect.capability(statement)
		}
	}
	return newReply(http.StatusOK, appendJSON(nil, statement)), nil
}

func (s *Server) statement() fhir.Resource {
	var resources []any
	for _, resourceType := range s.store.types() {
		resources = append(resources, s.resourceStatement(resourceType))
	}
	return fhir.Resource{
		"resourceType": "CapabilityStatement",
		"status":       "active",
		"date":         s.instant(s.options.Ledger.Now()),
		"publisher":    s.supplier,
		"kind":         "instance",
		"software":     map[string]any{"name": s.software, "version": s.version},
		"implementation": map[string]any{
			"description": s.title + " (a mock over synthetic data)",
			"url":         s.base,
		},
		"fhirVersion": "4.0.1",
		"format":      []any{"json", fhirJSON},
		"rest": []any{map[string]any{
			"mode":        "server",
			"security":    s.securityStatement(),
			"interaction": codes("transaction", "batch"),
			"resource":    resources,
		}},
	}
}

func (s *Server) resourceStatement(resourceType string) map[string]any {
	var parameters []any
	var includes []string
	for _, parameter := range search.Parameters(resourceType) {
		if parameter.Unsupported != "" {
			continue
		}
		parameters = append(parameters, map[string]any{"name": parameter.Code, "type": string(parameter.Kind)})
		if parameter.Kind == search.Reference {
			includes = append(includes, resourceType+":"+parameter.Code)
		}
	}
	statement := map[string]any{
		"type":              resourceType,
		"interaction":       codes("read", "vread", "update", "delete", "history-instance", "create", "search-type"),
		"versioning":        "versioned",
		"readHistory":       true,
		"conditionalRead":   "not-match",
		"referencePolicy":   []any{"literal"},
		"searchInclude":     texts(includes),
		"searchRevInclude":  []any{provenance + ":target"},
		"searchParam":       parameters,
		"supportedProfile":  texts(s.store.profiles(resourceType)),
		"conditionalCreate": true,
		"conditionalUpdate": true,
		"updateCreate":      true,
	}
	if resourceType == "AuditEvent" {
		statement["interaction"] = codes("read", "search-type")
		delete(statement, "readHistory")
		delete(statement, "updateCreate")
		delete(statement, "conditionalCreate")
		delete(statement, "conditionalUpdate")
	}
	if resourceType == "Patient" {
		statement["operation"] = []any{map[string]any{
			"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
		}}
	}
	for key, value := range statement {
		if list, ok := value.([]any); ok && len(list) == 0 {
			delete(statement, key)
		}
	}
	return statement
}

// securityStatement says how clients prove who they are.
func (s *Server) securityStatement() map[string]any {
	auth := s.options.Auth
	statement := map[string]any{"cors": false, "description": "None: synthetic data on a test network."}
	var services []any
	service := func(code, display string) {
		services = append(services, map[string]any{"coding": []any{map[string]any{
			"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": code, "display": display,
		}}})
	}
	if auth.required() {
		service("OAuth", "OAuth")
	}
	if auth.ClientCertificate {
		service("Certificates", "Certificates")
	}
	if len(services) > 0 {
		statement["service"] = services
		statement["description"] = "Synthetic data on a test network; tokens at " + s.door.tokenURL()
	}
	return statement
}

// codes lists interactions.
func codes(list ...string) []any {
	interactions := make([]any, len(list))
	for i, code := range list {
		interactions[i] = map[string]any{"code": code}
	}
	return interactions
}

func texts(list []string) []any {
	values := make([]any, len(list))
	for i, text := range list {
		values[i] = text
	}
	return values
}
