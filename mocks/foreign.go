package mocks

import (
	"concord.example/concord/internal/fhir"
)

// odsSystem reports whether an identifier system is that of organisation or site codes.
func odsSystem(system string) bool {
	return system == "https://fhir.nhs.uk/Id/ods-organization-code" || system == "https://fhir.nhs.uk/Id/ods-site-code"
}

// adopter turns the neighbour's resources into this system's: ids in its style, people and organisations replaced by
// its own entries for them, other references to ids that lead back to the neighbour. Source labels, identifiers and
// times stay as they are.
type adopter struct {
	server *Server
	// base is the address the neighbour believes it has.
	base string
	// look finds a neighbour's Patient or directory entry that a reference names without a business identifier.
	look func(resourceType, id string) fhir.Resource
	// found keeps what look found: the local ids by the neighbour's "Type/id".
	found map[string]string
}

// adopt rewrites a resource in place; nobody else may hold it. It reports false for one whose id cannot be carried.
func (a *adopter) adopt(resource fhir.Resource) bool {
	id, ok := a.server.ids.local(resource.ID())
	if !ok {
		return false
	}
	resource["id"] = id
	for key, value := range resource {
		if key != "text" {
			a.rewrite(value)
		}
	}
	return true
}

// rewrite walks decoded JSON and rewrites every literal reference.
func (a *adopter) rewrite(value any) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			a.rewrite(item)
		}
	case map[string]any:
		if text, ok := value["reference"].(string); ok {
			value["reference"] = a.reference(text, value)
		}
		for key, item := range value {
			switch item.(type) {
			case []any, map[string]any:
				if key != "identifier" {
					a.rewrite(item)
				}
			}
		}
	}
}

// reference gives the local form of a reference the neighbour wrote. References to other servers, contained resources
// and urns are left as they are.
func (a *adopter) reference(text string, holder map[string]any) string {
	ref, ok := fhir.ParseReference(text)
	if !ok || ref.Type == "" || (ref.Base != "" && ref.Base != a.base) {
		return text
	}
	id := a.known(ref, holder)
	if id == "" {
		if id, ok = a.server.ids.local(ref.ID); !ok {
			return text
		}
	}
	return a.server.reference(a.server.base, ref.Type, id)
}

// known finds this system's own entry for the person, clinician or organisation that a reference names, or "".
func (a *adopter) known(ref fhir.Reference, holder map[string]any) string {
	if !directory(ref.Type) {
		return ""
	}
	identifier, _ := holder["identifier"].(map[string]any)
	if system, value := fhir.Text(identifier["system"]), fhir.Text(identifier["value"]); system != "" && value != "" {
		return a.server.store.leading(ref.Type + "|" + system + "|" + value)
	}
	if id, ok := a.found[ref.Relative()]; ok || a.look == nil {
		return id
	}
	id := ""
	if resource := a.look(ref.Type, ref.ID); resource != nil {
		id = a.server.store.leading(sharedKeys(resource)...)
	}
	if a.found == nil {
		a.found = map[string]string{}
	}
	a.found[ref.Relative()] = id
	return id
}
