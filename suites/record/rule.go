package record

import "concord.example/concord/internal/fhir"

// rule is one named normalisation rule: what counts as the same in one kind of element, however two systems write it.
// read turns the element's values, found at the paths of a row, into canonical text that is equal for equal content, and
// differ says whether what was expected is not what is shown. Each lies in a file of its own, with its tests.
type rule struct {
	name   string
	read   func(values []any, in scope) string
	differ func(expected, actual string) bool
}

// unlike is the differ of rules under which only equal canonical text is the same.
func unlike(expected, actual string) bool { return expected != actual }

// values finds what lies at a path of object members, in every item of every list on the way.
func values(value any, path []string) []any {
	if len(path) == 0 {
		if list, ok := value.([]any); ok {
			return list
		}
		if value == nil {
			return nil
		}
		return []any{value}
	}
	switch value := value.(type) {
	case []any:
		var all []any
		for _, item := range value {
			all = append(all, values(item, path)...)
		}
		return all
	case map[string]any:
		return values(value[path[0]], path[1:])
	case fhir.Resource:
		return values(value[path[0]], path[1:])
	default:
		return nil
	}
}
