package main

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/profiles/definition"
)

// hosts say where an extension of a datatype, or of any resource, is put.
func hosts() map[string]string {
	return map[string]string{
		"Address": "Patient.address", "Coding": "Condition.code.coding", "ContactPoint.system": "Patient.telecom.system", "Resource": "Patient",
	}
}

// hosted makes a resource with an extension in a place where it may be, and returns the steps to an element of the extension.
func (b *builder) hosted(s *definition.Structure, element string) (map[string]any, []any, error) {
	if len(s.Contexts) == 0 || s.Contexts[0].Type != "element" {
		return nil, nil, fmt.Errorf("%s says of no element that it may be there", s.URL)
	}
	place := s.Contexts[0].Expression
	if instead, known := hosts()[place]; known {
		place = instead
	}
	kind, path, _ := strings.Cut(place, ".")
	host := newBuilder(b.registry)
	host.want(place)
	instance, err := host.resource(definition.TypeURL(kind))
	if err != nil {
		return nil, nil, err
	}
	delete(instance, "meta")
	var steps []any
	if path != "" {
		if steps = host.at[place]; steps == nil {
			return nil, nil, fmt.Errorf("no %s is made for the extension", place)
		}
	}
	value := at(instance, steps)
	if list, is := value.([]any); is && len(list) > 0 {
		steps = append(slices.Clone(steps), 0)
		value = list[0]
	}
	holder, is := value.(map[string]any)
	if !is {
		// A primitive has its extensions beside it.
		name, _ := steps[len(steps)-1].(string)
		steps = append(slices.Clone(steps[:len(steps)-1]), "_"+name)
		holder = map[string]any{}
		put(instance, steps, holder)
	}
	b.want(element)
	steps = append(slices.Clone(steps), "extension", 0)
	holder["extension"] = []any{b.defined(s.URL, "Extension", steps)}
	return instance, b.at[element], nil
}
