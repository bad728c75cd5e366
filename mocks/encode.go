package mocks

import "concord/internal/fhir"

// appendJSON appends decoded JSON to dst. A value that decoded JSON cannot hold, which only a bug here could make,
// becomes null.
func appendJSON(dst []byte, value any) []byte {
	appended, err := fhir.AppendJSON(dst, value)
	if err != nil {
		return append(dst, "null"...)
	}
	return appended
}

// clone copies decoded JSON deeply, so that what is served can be changed without touching the store.
func clone(value any) any {
	switch value := value.(type) {
	case fhir.Resource:
		return cloneResource(value)
	case map[string]any:
		return map[string]any(cloneResource(value))
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = clone(item)
		}
		return list
	default:
		return value
	}
}

func cloneResource(resource fhir.Resource) fhir.Resource {
	copied := make(fhir.Resource, len(resource))
	for key, item := range resource {
		copied[key] = clone(item)
	}
	return copied
}
