package fhir

import (
	"encoding/json"
	"strconv"
)

// Resource is one FHIR resource as decoded JSON.
type Resource map[string]any

// Type returns the resourceType, or "" when there is none.
func (r Resource) Type() string { return r.Text("resourceType") }

// ID returns the logical id, or "" when there is none.
func (r Resource) ID() string { return r.Text("id") }

// Reference returns "Type/id", the relative reference to the resource.
func (r Resource) Reference() string { return r.Type() + "/" + r.ID() }

// Get walks into the resource. A step is a property name (string) or an array index (int); a name applied to an array
// takes its first element, because most questions about repeating elements are about the first. It returns nil when
// there is nothing at that place.
func (r Resource) Get(steps ...any) any { return Get(map[string]any(r), steps...) }

// Text is Get for a string, a number or a boolean, as text; "" when there is none.
func (r Resource) Text(steps ...any) string { return Text(r.Get(steps...)) }

// List is Get for an array; nil when there is none. A single value is returned as a list of one.
func (r Resource) List(steps ...any) []any { return List(r.Get(steps...)) }

// Objects is List with everything that is not a JSON object left out.
func (r Resource) Objects(steps ...any) []map[string]any { return Objects(r.Get(steps...)) }

// Get walks into decoded JSON as Resource.Get does.
func Get(value any, steps ...any) any {
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			if list, ok := value.([]any); ok {
				if len(list) == 0 {
					return nil
				}
				value = list[0]
			}
			switch object := value.(type) {
			case map[string]any:
				value = object[step]
			case Resource:
				value = object[step]
			default:
				return nil
			}
		case int:
			list, ok := value.([]any)
			if !ok || step < 0 || step >= len(list) {
				return nil
			}
			value = list[step]
		default:
			return nil
		}
	}
	return value
}

// Text renders a JSON string, number or boolean as text; anything else is "".
func Text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	default:
		return ""
	}
}

// List returns a JSON array as it is, a single value as a list of one, and nil for nothing.
func List(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

// Objects returns the JSON objects of List(value).
func Objects(value any) []map[string]any {
	list := List(value)
	objects := make([]map[string]any, 0, len(list))
	for _, item := range list {
		switch item := item.(type) {
		case map[string]any:
			objects = append(objects, item)
		case Resource:
			objects = append(objects, item)
		}
	}
	return objects
}

// Clone copies decoded JSON deeply, so that the copy can be changed.
func Clone(value any) any {
	switch value := value.(type) {
	case Resource:
		return value.Clone()
	case map[string]any:
		return map[string]any(Resource(value).Clone())
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = Clone(item)
		}
		return list
	default:
		return value
	}
}

// Clone copies the resource deeply.
func (r Resource) Clone() Resource {
	copied := make(Resource, len(r))
	for name, item := range r {
		copied[name] = Clone(item)
	}
	return copied
}
