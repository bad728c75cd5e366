package profiles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"concord.example/concord/profiles/definition"
)

// PortableSchema writes a profile or type as plain JSON Schema (2020-12) that any validator of that dialect understands:
// elements, JSON types, cardinalities, choices, formats of primitives, fixed values, short required value sets, and slices
// that one fixed value tells apart. Invariants, references and terminology are beyond it.
//
// A resource that Validate finds structurally sound is valid against it.
func (r *Registry) PortableSchema(canonical string) ([]byte, error) {
	s, err := r.shapeOf(canonical)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, &UnknownProfileError{Canonical: canonical, Near: r.near(canonical)}
	}
	p := portable{registry: r, defs: map[string]any{}, shape: s}
	root := p.object(s.root, s.resource)
	root["$schema"], root["$id"] = schemaDialect, s.url
	if s.definition.Name != "" {
		root["title"] = s.definition.Name
	}
	root["$defs"] = p.defs
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("write JSON Schema of %s: %w", canonical, err)
	}
	return out.Bytes(), nil
}

// portable gathers the definitions of one schema document.
type portable struct {
	registry *Registry
	shape    *shape
	defs     map[string]any
}

// object writes the schema of the objects whose properties n has.
func (p *portable) object(n *node, resource bool) map[string]any {
	properties := map[string]any{}
	var rules []any
	if resource {
		properties["resourceType"] = map[string]any{"const": n.shape.definition.Type}
	}
	for _, kid := range n.children {
		for _, name := range kid.names {
			base, isSibling := strings.CutPrefix(name, "_")
			prop := n.props.get(base)
			if kid.Max == 0 {
				properties[name] = false
				continue
			}
			if isSibling {
				properties[name] = p.repeated(kid, nullable(p.ref("Element"), kid.array))
				continue
			}
			properties[name] = p.property(kid, prop)
		}
		if rule := presence(kid); rule != nil {
			rules = append(rules, rule)
		}
	}
	schema := map[string]any{
		"type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1,
	}
	if resource {
		schema["required"] = []any{"resourceType"}
	}
	if len(rules) > 0 {
		schema["allOf"] = rules
	}
	return schema
}

// presence writes how many of the forms of an element there must or may be.
func presence(kid *node) map[string]any {
	if kid.Max == 0 {
		return nil
	}
	byProperty := map[string][]any{}
	var order []string
	for _, name := range kid.names {
		base := strings.TrimPrefix(name, "_")
		if byProperty[base] == nil {
			order = append(order, base)
		}
		byProperty[base] = append(byProperty[base], map[string]any{"required": []any{name}})
	}
	var forms []any
	for _, base := range order {
		forms = append(forms, anyForm(byProperty[base]))
	}
	if len(forms) == 0 {
		return nil
	}
	if !kid.choice {
		if kid.Min > 0 {
			return map[string]any{"anyOf": byProperty[order[0]]}
		}
		return nil
	}
	if kid.Min == 0 {
		forms = append(forms, map[string]any{"not": map[string]any{"anyOf": append([]any(nil), forms...)}})
	}
	return map[string]any{"oneOf": forms}
}

func anyForm(list []any) any {
	if len(list) == 1 {
		return list[0]
	}
	return map[string]any{"anyOf": list}
}

func nullable(schema any, array bool) any {
	if !array {
		return schema
	}
	return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
}

// property writes the schema of one property.
func (p *portable) property(kid *node, prop *prop) any {
	if prop == nil {
		return true
	}
	item := p.item(kid, prop.typ)
	if prop.typ != nil && prop.typ.primitive != notPrimitive {
		item = nullable(item, kid.array)
	}
	schema := p.repeated(kid, item)
	if kid.array {
		if list := p.slices(kid); len(list) > 0 {
			if m, ok := schema.(map[string]any); ok {
				m["allOf"] = list
			}
		}
	}
	return schema
}

func (p *portable) repeated(kid *node, item any) any {
	if !kid.array {
		return item
	}
	schema := map[string]any{"type": "array", "items": item, "minItems": max(kid.Min, 1)}
	if kid.Max != definition.Unbounded {
		schema["maxItems"] = kid.Max
	}
	return schema
}

// item writes the schema of one occurrence of an element.
func (p *portable) item(kid *node, t *typeRef) any {
	if kid.Fixed != nil {
		return map[string]any{"const": kid.Fixed.JSON}
	}
	switch {
	case kid.content != nil:
		return p.refNode(kid.content)
	case t == nil:
		return map[string]any{"type": "object"}
	case t.primitive != notPrimitive:
		return p.primitive(kid, t)
	case isResourceType(p.registry, t):
		return map[string]any{"type": "object", "required": []any{"resourceType"}}
	case kid.props != nil:
		if kid.shape == p.shape || kid.shape.root == kid {
			return p.refNode(kid)
		}
		return p.refNode(kid)
	default:
		return p.ref(t.Code)
	}
}

// ref refers to the definition of a type, writing it when it is new.
func (p *portable) ref(code string) any {
	s, err := p.registry.shapeOf(definition.TypeURL(code))
	if err != nil || s == nil {
		return map[string]any{"type": "object"}
	}
	return p.refTo(code, s.root)
}

// refNode refers to an element that has children of its own.
func (p *portable) refNode(n *node) any { return p.refTo(n.ID, n) }

func (p *portable) refTo(name string, n *node) any {
	if _, done := p.defs[name]; !done {
		p.defs[name] = true // a type that holds itself ends here
		if n.shape.definition.Kind == "primitive-type" {
			p.defs[name] = map[string]any{}
		} else {
			p.defs[name] = p.object(n, false)
		}
	}
	return map[string]any{"$ref": "#/$defs/" + pointerEscaper().Replace(name)}
}

func pointerEscaper() *strings.Replacer {
	return strings.NewReplacer("~", "~0", "/", "~1", "[", "%5B", "]", "%5D", " ", "%20")
}

// primitive writes the schema of a primitive value.
func (p *portable) primitive(kid *node, t *typeRef) any {
	schema := map[string]any{"type": "string"}
	switch t.primitive {
	case primBoolean:
		return map[string]any{"type": "boolean"}
	case primDecimal:
		return map[string]any{"type": "number"}
	case primInteger, primUnsignedInt, primPositiveInt:
		schema["type"] = "integer"
		least := map[primitive]int{primInteger: -1 << 31, primPositiveInt: 1}
		schema["minimum"], schema["maximum"] = least[t.primitive], 1<<31-1
	default:
		if pattern := portablePattern(t.primitive); pattern != "" {
			schema["pattern"] = pattern
		}
	}
	if kid.MaxLength > 0 {
		schema["maxLength"] = kid.MaxLength
	}
	if kid.binding != nil && kid.binding.strength == "required" && t.primitive == primCode {
		const mostCodes = 300
		if codes := p.registry.terms.Set(kid.binding.valueSet).Codes(mostCodes); len(codes) > 0 {
			list := make([]any, len(codes))
			for i, c := range codes {
				list[i] = c
			}
			schema["enum"] = list
		}
	}
	return schema
}

// portablePattern returns a regular expression for the form of a primitive, written so that all dialects read it alike.
func portablePattern(p primitive) string {
	const (
		date  = `[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?`
		clock = `([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?`
		zone  = `(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))`
		whole = `[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`
	)
	switch p {
	case primDate:
		return "^" + date + "$"
	case primDateTime:
		return "^(" + date + "|" + whole + "T" + clock + zone + ")$"
	case primInstant:
		return "^" + whole + "T" + clock + zone + "$"
	case primTime:
		return "^" + clock + "$"
	case primID:
		return `^[A-Za-z0-9.-]{1,64}$`
	case primCode:
		return `^[^ \t\n\r]+( [^ \t\n\r]+)*$`
	case primURI, primURL, primCanonical:
		return `^[^ \t\n\r]+$`
	case primOID:
		return `^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$`
	case primUUID:
		return `^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	case primString, primMarkdown:
		return `[^ \t\n\r]`
	default:
		return ""
	}
}

// slices writes the cardinalities of the slices that fixed values of single properties tell apart.
func (p *portable) slices(kid *node) []any {
	kid.prepare()
	var list []any
	for _, s := range kid.slices {
		if s.unclear != "" || s.node.Min == 0 && s.node.Max == definition.Unbounded {
			continue
		}
		properties := map[string]any{}
		var names []any
		for i := range s.conditions {
			c := &s.conditions[i]
			if c.exact == nil || len(c.steps) != 1 || c.steps[0].name == "" || c.steps[0].extension != "" {
				properties = nil
				break
			}
			properties[c.steps[0].name] = map[string]any{"const": c.exact}
			names = append(names, c.steps[0].name)
		}
		if len(properties) == 0 || !p.single(kid, names) {
			continue
		}
		rule := map[string]any{
			"contains":    map[string]any{"properties": properties, "required": names},
			"minContains": s.node.Min,
		}
		if s.node.Max != definition.Unbounded {
			rule["maxContains"] = s.node.Max
		}
		list = append(list, rule)
	}
	return list
}

// single says whether the properties of the occurrences of an element do not repeat, so that "const" speaks of them.
func (p *portable) single(kid *node, names []any) bool {
	for _, item := range names {
		name, _ := item.(string)
		child := descend(kid, pathStep{name: name})
		if child == nil || child.array || child.choice {
			return false
		}
	}
	return true
}
