package main

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/profiles/definition"
)

// at is what lies at steps.
func at(root any, steps []any) any {
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			object, _ := root.(map[string]any)
			root = object[step]
		case int:
			list, _ := root.([]any)
			if step >= len(list) {
				return nil
			}
			root = list[step]
		}
	}
	return root
}

// put sets what lies at steps; nil takes it away, and a list or an object that is empty then.
func put(root map[string]any, steps []any, value any) {
	last := steps[len(steps)-1]
	switch holder := at(root, steps[:len(steps)-1]).(type) {
	case map[string]any:
		name, _ := last.(string)
		if value != nil {
			holder[name] = value
			return
		}
		delete(holder, name)
		if len(holder) == 0 && len(steps) > 1 {
			put(root, steps[:len(steps)-1], nil)
		}
	case []any:
		i, _ := last.(int)
		if value != nil {
			holder[i] = value
			return
		}
		var left any
		if rest := slices.Delete(slices.Clone(holder), i, i+1); len(rest) > 0 {
			left = rest
		}
		put(root, steps[:len(steps)-1], left)
	}
}

// remove takes an element away.
func remove(instance map[string]any, steps []any) []any {
	if len(steps) == 0 || at(instance, steps) == nil {
		return nil
	}
	put(instance, steps, nil)
	return steps
}

// repeat writes an item once more than it may be there.
func repeat(most int) func(map[string]any, []any) []any {
	return func(instance map[string]any, steps []any) []any {
		list := steps
		if len(steps) > 0 {
			if _, item := steps[len(steps)-1].(int); item {
				list = steps[:len(steps)-1]
			}
		}
		items, is := at(instance, list).([]any)
		value := at(instance, steps)
		if one, whole := value.([]any); whole && len(one) > 0 {
			value = one[0]
		}
		if !is || value == nil {
			return nil
		}
		for range most {
			items = append(items, clone(value))
		}
		put(instance, list, items)
		return list
	}
}

// appear writes what must not be there.
func appear(b *builder, n *definition.Node) func(map[string]any, []any) []any {
	return func(instance map[string]any, steps []any) []any {
		if n == nil {
			return nil
		}
		holder, is := at(instance, steps).(map[string]any)
		if !is {
			return nil
		}
		before := len(holder)
		if n.Name == "extension" {
			holder["extension"] = []any{map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}}
			return append(slices.Clone(steps), "extension")
		}
		free := *n
		free.Slices = nil
		if len(free.Types) > 1 {
			free.Types = slices.DeleteFunc(slices.Clone(free.Types), func(t definition.Type) bool { return t.Code != "string" })
		}
		b.wanted["what must not be there"] = true
		names := map[string]bool{}
		for name := range holder {
			names[name] = true
		}
		b.element(holder, &free, "what must not be there", steps)
		if len(holder) == before {
			return nil
		}
		for name := range holder {
			if !names[name] {
				return append(slices.Clone(steps), name)
			}
		}
		return nil
	}
}

// replaceBy puts another value in the place of one.
func replaceBy(value any) func(map[string]any, []any) []any {
	return func(instance map[string]any, steps []any) []any {
		if value == nil || len(steps) == 0 || at(instance, steps) == nil {
			return nil
		}
		put(instance, steps, clone(value))
		return steps
	}
}

// recode puts another code of its system, or of its value set, in the place of a fixed one, so that it is a code all the same.
func recode(b *builder, n *definition.Node) func(map[string]any, []any) []any {
	return func(instance map[string]any, steps []any) []any {
		if len(steps) == 0 || at(instance, steps) == nil {
			return nil
		}
		fixed, _ := n.Fixed.JSON.(string)
		holder, _ := at(instance, steps[:len(steps)-1]).(map[string]any)
		system, _ := holder["system"].(string)
		valueSet := ""
		if n.Binding != nil {
			valueSet = n.Binding.ValueSet
		}
		value := other(n.Fixed.JSON)
		if code := b.another(system, valueSet, fixed); code != "" && n.Fixed.Type == "code" {
			value = code
		}
		put(instance, steps, value)
		return steps
	}
}

// unslice is a change by which an item is none of a slice that must be there, which is found where the slice is lacking.
func unslice(tree *definition.Node, id string, change func(map[string]any, []any) []any) func(map[string]any, []any) []any {
	// The lists from the element up to the innermost slice of which it is a part, with that of the slice.
	lists, parts := 0, definition.SplitID(id)
	for i := len(parts); i > 0; i-- {
		n := nodeOf(tree, strings.Join(parts[:i], "."))
		if n != nil && (n.Max > 1 || n.BaseMax > 1) {
			lists++
		}
		if strings.Contains(parts[i-1], ":") {
			break
		}
	}
	return func(instance map[string]any, steps []any) []any {
		place := change(instance, steps)
		for left := lists; left > 0 && len(place) > 0; {
			if _, item := place[len(place)-1].(int); item {
				left--
			}
			place = place[:len(place)-1]
		}
		return place
	}
}

// other is a value that is not the one; nil where none is known.
func other(value any) any {
	switch value := value.(type) {
	case string:
		return value + "-x"
	case bool:
		return !value
	case map[string]any:
		changed, _ := clone(value).(map[string]any)
		for name := range changed {
			changed[name] = other(changed[name])
			return changed
		}
	case []any:
		if len(value) > 0 {
			return []any{other(value[0])}
		}
	}
	return nil
}

// uncoded puts a code that nobody has in the place of one.
func uncoded(instance map[string]any, steps []any) []any {
	switch value := at(instance, steps).(type) {
	case string:
		put(instance, steps, "no-such-code")
		return steps
	case []any:
		if len(value) > 0 {
			return uncoded(instance, append(slices.Clone(steps), 0))
		}
	case map[string]any:
		if list, is := value["coding"].([]any); is && len(list) > 0 {
			if one, _ := list[0].(map[string]any); one["system"] != nil && one["code"] == nil {
				// The system says of which slice it is.
				one["code"] = "no-such-code"
				return steps
			}
			value["coding"] = []any{map[string]any{"system": "https://a.example.test/codes", "code": "no-such-code"}}
			return steps
		}
		if value["code"] != nil {
			if strings.Contains(fmt.Sprint(value["system"]), "loinc.org") {
				// The system says of which slice it is.
				value["code"] = "no-such-code"
				return steps
			}
			value["system"], value["code"] = "https://a.example.test/codes", "no-such-code"
			return steps
		}
	}
	return nil
}

// retype gives a value of a type that is not allowed.
func retype(b *builder, n *definition.Node, typ definition.Type) func(map[string]any, []any) []any {
	return func(instance map[string]any, steps []any) []any {
		if len(steps) == 0 || at(instance, steps) == nil {
			return nil
		}
		holder, is := at(instance, steps[:len(steps)-1]).(map[string]any)
		if !is {
			return nil
		}
		free := *n
		free.Types, free.Slices, free.Children, free.Binding, free.Fixed, free.Pattern, free.Min = []definition.Type{typ}, nil, nil, nil, nil, nil, 1
		name, _ := steps[len(steps)-1].(string)
		delete(holder, name)
		b.element(holder, &free, "of another type", steps[:len(steps)-1])
		return append(slices.Clone(steps[:len(steps)-1]), strings.TrimSuffix(n.Name, "[x]")+strings.ToUpper(typ.Code[:1])+typ.Code[1:])
	}
}

// misplace moves an extension into a resource in which it has no place.
func misplace(instance map[string]any, steps []any) []any {
	extension := at(instance, steps)
	if extension == nil {
		return nil
	}
	clear(instance)
	instance["resourceType"], instance["code"], instance["extension"] = "Basic", map[string]any{"text": "x"}, []any{extension}
	return []any{"extension", 0}
}

// refer leads a reference to a resource of another type.
func refer(kind string) func(map[string]any, []any) []any {
	return func(instance map[string]any, steps []any) []any {
		value := at(instance, steps)
		if list, is := value.([]any); is && len(list) > 0 {
			steps = append(slices.Clone(steps), 0)
			value = list[0]
		}
		reference, is := value.(map[string]any)
		if !is || reference["reference"] == nil {
			return nil
		}
		reference["reference"] = kind + "/example"
		return steps
	}
}
