package mocks

import (
	"net/http"

	"concord/internal/fhir"
	"concord/internal/search"
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
			"mode":     "server",
			"security": map[string]any{"cors": false, "description": "None: synthetic data on a test network."},
			"resource": resources,
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
		"interaction":       []any{map[string]any{"code": "read"}, map[string]any{"code": "search-type"}},
		"versioning":        "versioned",
		"readHistory":       false,
		"conditionalRead":   "not-match",
		"referencePolicy":   []any{"literal"},
		"searchInclude":     texts(includes),
		"searchParam":       parameters,
		"supportedProfile":  texts(s.store.profiles(resourceType)),
		"conditionalCreate": false,
	}
	for key, value := range statement {
		if list, ok := value.([]any); ok && len(list) == 0 {
			delete(statement, key)
		}
	}
	return statement
}

func texts(list []string) []any {
	values := make([]any, len(list))
	for i, text := range list {
		values[i] = text
	}
	return values
}
