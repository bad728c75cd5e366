package search_test

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
)

// naive evaluates searches over a set of resources.
type naive struct {
	params    map[string]naiveParam
	resources []fhir.Resource
	base      string
	offset    int64 // seconds east of UTC, of dates without a zone
	now       time.Time
}

var errNaive = errors.New("refused")

// search returns the resources of a type that satisfy every parameter of the query.
func (n *naive) search(resourceType, query string) ([]fhir.Resource, error) {
	var result []fhir.Resource
	for _, resource := range n.resources {
		if resource.Type() == resourceType {
			result = append(result, resource)
		}
	}
	for field := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(field, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		if value == "" {
			continue // an empty parameter is ignored
		}
		if n.ambiguous(resourceType, name, value) {
			return nil, errNaive
		}
		matches, err := n.filter(resourceType, name, value)
		if err != nil {
			return nil, err
		}
		result = slices.DeleteFunc(result, func(r fhir.Resource) bool { return !naiveContains(matches, r) })
	}
	return result, nil
}

// ambiguous reports whether an id alone names resources of several types that the parameter may refer to.
func (n *naive) ambiguous(resourceType, name, value string) bool {
	param := n.params[resourceType+"."+name]
	if param.kind != "reference" || param.targets == "*" {
		return false
	}
	for id := range strings.SplitSeq(value, ",") {
		count := 0
		for _, r := range n.resources {
			if r.ID() == id && slices.Contains(strings.Fields(param.targets), r.Type()) {
				count++
			}
		}
		if count > 1 {
			return true
		}
	}
	return false
}

func naiveContains(list []fhir.Resource, r fhir.Resource) bool {
	return slices.ContainsFunc(list, func(other fhir.Resource) bool {
		return other.Type() == r.Type() && other.ID() == r.ID()
	})
}

// filter returns the resources of a type that satisfy one parameter.
func (n *naive) filter(resourceType, name, value string) ([]fhir.Resource, error) {
	pool := slices.DeleteFunc(slices.Clone(n.resources), func(r fhir.Resource) bool { return r.Type() != resourceType })
	return n.filterOf(pool, resourceType, name, value)
}

// filterOf is filter for a given pool of resources, all of the type; chains evaluate it on contained resources too.
func (n *naive) filterOf(pool []fhir.Resource, resourceType, name, value string) ([]fhir.Resource, error) {
	if rest, ok := strings.CutPrefix(name, "_has:"); ok {
		parts := strings.SplitN(rest, ":", 3)
		referring, err := n.filter(parts[0], parts[2], value)
		if err != nil {
			return nil, err
		}
		return naiveKeep(pool, func(r fhir.Resource) bool {
			return slices.ContainsFunc(referring, func(other fhir.Resource) bool {
				return slices.Contains(n.localReferences(other, n.params[parts[0]+"."+parts[1]]), r.Type()+"/"+r.ID())
			})
		}), nil
	}
	if first, rest, ok := strings.Cut(name, "."); ok {
		return n.chain(pool, resourceType, first, rest, value)
	}
	code, modifier, _ := strings.Cut(name, ":")
	param, ok := n.params[resourceType+"."+code]
	if !ok {
		return nil, errNaive
	}
	if modifier == "missing" {
		if param.kind == "composite" || value != "true" && value != "false" {
			return nil, errNaive
		}
		return naiveKeep(pool, func(r fhir.Resource) bool {
			has := slices.ContainsFunc(naiveElements(r, param.expression, param.typ), func(node naiveNode) bool {
				return node.only == "" || n.mayBe(r, node)
			})
			return has == (value == "false")
		}), nil
	}
	// A backslash before a separator is hidden from the splitting by a rune that occurs nowhere else.
	hidden := strings.NewReplacer(`\\`, "\ue000", `\,`, "\ue001", `\|`, "\ue002", `\$`, "\ue003").Replace(value)
	if strings.Contains(hidden, `\`) {
		return nil, errNaive
	}
	negate := modifier == "not"
	if negate && param.kind != "token" {
		return nil, errNaive
	}
	var union []fhir.Resource
	for alternative := range strings.SplitSeq(hidden, ",") {
		test, err := n.test(param, code, strings.TrimSuffix(modifier, "not"), alternative)
		if err != nil {
			return nil, err
		}
		for _, r := range pool {
			if !naiveContains(union, r) && test(r, r) {
				union = append(union, r)
			}
		}
	}
	return naiveKeep(pool, func(r fhir.Resource) bool { return naiveContains(union, r) != negate }), nil
}

func naiveKeep(pool []fhir.Resource, keep func(fhir.Resource) bool) []fhir.Resource {
	return slices.DeleteFunc(slices.Clone(pool), func(r fhir.Resource) bool { return !keep(r) })
}

func naiveShow(s string) string {
	return strings.NewReplacer("\ue000", `\`, "\ue001", ",", "\ue002", "|", "\ue003", "$").Replace(s)
}

// chain finds the satisfying targets first and then what refers to one of them.
func (n *naive) chain(pool []fhir.Resource, resourceType, first, rest, value string) ([]fhir.Resource, error) {
	code, only, _ := strings.Cut(first, ":")
	param, ok := n.params[resourceType+"."+code]
	if !ok || param.kind != "reference" || param.targets == "*" && only == "" {
		return nil, errNaive
	}
	var kept []fhir.Resource
	var failed error
	worked := false
	for target := range strings.FieldsSeq(param.targets + " " + only) {
		if only != "" && target != only || !slices.Contains(naiveTypes(), target) {
			continue
		}
		satisfying, err := n.filter(target, rest, value)
		if err != nil {
			failed = err
			continue
		}
		worked = true
		for _, r := range pool {
			refers := slices.ContainsFunc(n.localReferences(r, param), func(reference string) bool {
				return slices.ContainsFunc(satisfying, func(s fhir.Resource) bool { return s.Type()+"/"+s.ID() == reference })
			})
			if inside := n.contained(r, param, target); len(inside) > 0 && !refers {
				satisfied, _ := n.filterOf(inside, target, rest, value)
				refers = len(satisfied) > 0
			}
			if refers && !naiveContains(kept, r) {
				kept = append(kept, r)
			}
		}
	}
	if !worked {
		return nil, failed
	}
	return kept, nil
}

// contained returns the contained resources of a type that a parameter's references point at.
func (n *naive) contained(r fhir.Resource, param naiveParam, typ string) []fhir.Resource {
	var inside []fhir.Resource
	for _, node := range naiveElements(r, param.expression, param.typ) {
		reference, _ := node.value.(map[string]any)
		text, _ := reference["reference"].(string)
		list, _ := r["contained"].([]any)
		for _, item := range list {
			contained := fhir.Resource(item.(map[string]any))
			if text == "#"+contained.ID() && contained.Type() == typ && (node.only == "" || node.only == typ) {
				inside = append(inside, contained)
			}
		}
	}
	return inside
}

// localReferences returns "Type/id" for each reference of a parameter to this server, without its version.
func (n *naive) localReferences(r fhir.Resource, param naiveParam) []string {
	var all []string
	for _, node := range naiveElements(r, param.expression, param.typ) {
		reference, _ := node.value.(map[string]any)
		text, _ := reference["reference"].(string)
		if m := naiveLocal.FindStringSubmatch(strings.TrimPrefix(text, n.base+"/")); m != nil && (node.only == "" || node.only == m[1]) {
			all = append(all, m[1]+"/"+m[2])
		}
	}
	return all
}

var (
	naiveLocal = regexp.MustCompile(`^([A-Z][A-Za-z]*)/([A-Za-z0-9.-]{1,64})(?:/_history/(.+))?$`)
	naiveURL   = regexp.MustCompile(`^https?://.*/([A-Z][A-Za-z]*)/[A-Za-z0-9.-]{1,64}(?:/_history/.+)?$`)
)

// mayBe reports whether a reference is not known to be of another type than the where() asks for.
func (n *naive) mayBe(r fhir.Resource, node naiveNode) bool {
	reference, ok := node.value.(map[string]any)
	if !ok {
		return false
	}
	text, _ := reference["reference"].(string)
	if m := naiveLocal.FindStringSubmatch(text); m != nil {
		return m[1] == node.only
	}
	if m := naiveURL.FindStringSubmatch(text); m != nil {
		return m[1] == node.only
	}
	list, _ := r["contained"].([]any)
	for _, item := range list {
		if contained := fhir.Resource(item.(map[string]any)); text == "#"+contained.ID() {
			return contained.Type() == node.only
		}
	}
	typ, _ := reference["type"].(string)
	return typ == "" || typ == node.only
}

// naiveTest reports whether a base (a resource, or an element of it) has a value.
type naiveTest func(resource fhir.Resource, base map[string]any) bool

// test reads one alternative of a parameter's value.
func (n *naive) test(param naiveParam, code, modifier, value string) (naiveTest, error) {
	if value == "" {
		return nil, errNaive
	}
	if param.kind == "composite" {
		return n.testComposite(param, modifier, value)
	}
	var one func(r fhir.Resource, node naiveNode) bool
	var err error
	switch param.kind {
	case "token":
		one, err = n.token(param, code, modifier, value)
	case "string":
		one, err = naiveString(param, modifier, naiveShow(value))
	case "date":
		one, err = n.date(modifier, naiveShow(value))
	case "number", "quantity":
		one, err = naiveQuantity(param, modifier, value)
	case "uri":
		one, err = naiveURI(modifier, naiveShow(value))
	case "reference":
		one, err = n.reference(param, modifier, value)
	}
	if err != nil {
		return nil, err
	}
	return func(r fhir.Resource, base map[string]any) bool {
		return slices.ContainsFunc(naiveElements(base, param.expression, param.typ), func(node naiveNode) bool { return one(r, node) })
	}, nil
}

func (n *naive) testComposite(param naiveParam, modifier, value string) (naiveTest, error) {
	parts := strings.Split(value, "$")
	if modifier != "" || len(parts) != len(param.components) {
		return nil, errNaive
	}
	tests := make([]naiveTest, len(parts))
	for i, part := range parts {
		var err error
		if tests[i], err = n.test(param.components[i], "", "", part); err != nil {
			return nil, err
		}
	}
	return func(r fhir.Resource, _ map[string]any) bool {
		return slices.ContainsFunc(naiveElements(r, param.expression, ""), func(base naiveNode) bool {
			return !slices.ContainsFunc(tests, func(test naiveTest) bool { return !test(r, base.value.(map[string]any)) })
		})
	}, nil
}

func (n *naive) token(param naiveParam, code, modifier, value string) (func(fhir.Resource, naiveNode) bool, error) {
	typ := param.typ
	if typ == "" {
		typ = "CodeableConcept"
	}
	switch modifier {
	case "text":
		if !slices.Contains([]string{"Coding", "CodeableConcept", "Identifier"}, typ) {
			return nil, errNaive
		}
		want := naivePlain(naiveShow(value))
		if want == "" {
			return nil, errNaive
		}
		return func(_ fhir.Resource, node naiveNode) bool {
			return slices.ContainsFunc(naiveTexts(node), func(text string) bool { return strings.HasPrefix(naivePlain(text), want) })
		}, nil
	case "":
	default:
		return nil, errNaive
	}
	parts := strings.Split(value, "|")
	if len(parts) > 2 || value == "|" || len(parts) == 2 && !slices.Contains([]string{"Coding", "CodeableConcept", "Identifier", "code"}, typ) {
		return nil, errNaive
	}
	same := func(a, b string) bool {
		if code == "_id" {
			return a == b
		}
		return strings.EqualFold(a, b)
	}
	return func(_ fhir.Resource, node naiveNode) bool {
		for _, pair := range naivePairs(node, param.system) {
			system, stated := pair[0].(string)
			c, _ := pair[1].(string)
			switch {
			case len(parts) == 1:
				if same(c, naiveShow(parts[0])) {
					return true
				}
			case parts[0] == "":
				if (!stated || system == "" || node.typ == "code") && same(c, naiveShow(parts[1])) {
					return true
				}
			case stated && system == naiveShow(parts[0]) && (parts[1] == "" || same(c, naiveShow(parts[1]))):
				return true
			}
		}
		return false
	}, nil
}

// naivePairs are the systems and codes of a token's element.
func naivePairs(node naiveNode, implied string) [][2]any {
	object, _ := node.value.(map[string]any)
	switch node.typ {
	case "Coding":
		return [][2]any{{object["system"], object["code"]}}
	case "Identifier":
		return [][2]any{{object["system"], object["value"]}}
	case "ContactPoint":
		return [][2]any{{nil, object["value"]}}
	case "CodeableConcept":
		var pairs [][2]any
		list, _ := object["coding"].([]any)
		for _, item := range list {
			if coding, ok := item.(map[string]any); ok {
				pairs = append(pairs, [2]any{coding["system"], coding["code"]})
			}
		}
		return pairs
	case "boolean":
		if b, ok := node.value.(bool); ok {
			return [][2]any{{nil, strconv.FormatBool(b)}}
		}
		return nil
	case "code":
		if implied != "" {
			return [][2]any{{implied, node.value}}
		}
	}
	return [][2]any{{nil, node.value}}
}

func naiveTexts(node naiveNode) []string {
	var found []string
	add := func(value any) {
		if text, ok := value.(string); ok {
			found = append(found, text)
		}
	}
	object, _ := node.value.(map[string]any)
	switch node.typ {
	case "Coding":
		add(object["display"])
	case "Identifier":
		if typ, ok := object["type"].(map[string]any); ok {
			add(typ["text"])
		}
	default:
		add(object["text"])
		list, _ := object["coding"].([]any)
		for _, item := range list {
			if coding, ok := item.(map[string]any); ok {
				add(coding["display"])
			}
		}
	}
	return found
}

func naiveURI(modifier, value string) (func(fhir.Resource, naiveNode) bool, error) {
	if modifier != "" && (modifier != "below" && modifier != "above" || strings.HasPrefix(value, "urn:")) {
		return nil, errNaive
	}
	return func(_ fhir.Resource, node naiveNode) bool {
		text, ok := node.value.(string)
		switch {
		case !ok:
			return false
		case modifier == "below":
			return strings.HasPrefix(text, value)
		case modifier == "above":
			return text != "" && strings.HasPrefix(value, text)
		case node.typ == "canonical" && !strings.Contains(value, "|"):
			return strings.Split(text, "|")[0] == value
		default:
			return text == value
		}
	}, nil
}

func (n *naive) reference(param naiveParam, modifier, value string) (func(fhir.Resource, naiveNode) bool, error) {
	if modifier == "identifier" {
		match, err := n.token(naiveParam{typ: "Identifier"}, "", "", value)
		if err != nil {
			return nil, err
		}
		return func(r fhir.Resource, node naiveNode) bool {
			reference, ok := node.value.(map[string]any)
			identifier, has := reference["identifier"].(map[string]any)
			return ok && has && match(r, naiveNode{value: identifier, typ: "Identifier"}) && (node.only == "" || n.mayBe(r, node))
		}, nil
	}
	if modifier != "" && modifier[0] > 'Z' || modifier != "" && param.targets != "*" && !slices.Contains(strings.Fields(param.targets), modifier) {
		return nil, errNaive
	}
	value = naiveShow(value)
	wanted := strings.TrimPrefix(value, n.base+"/")
	local := naiveLocal.FindStringSubmatch(wanted)
	switch {
	case strings.HasPrefix(value, "urn:"), strings.Contains(wanted, "://"):
		return func(r fhir.Resource, node naiveNode) bool {
			reference, _ := node.value.(map[string]any)
			return reference["reference"] == value && (node.only == "" || n.mayBe(r, node))
		}, nil
	case local == nil && naiveLocal.MatchString("X/"+value) && !strings.Contains(value, "/"):
		local = []string{"", modifier, value, ""}
	case local == nil, modifier != "" && modifier != local[1]:
		return nil, errNaive
	}
	return func(_ fhir.Resource, node naiveNode) bool {
		reference, _ := node.value.(map[string]any)
		text, _ := reference["reference"].(string)
		has := naiveLocal.FindStringSubmatch(strings.TrimPrefix(text, n.base+"/"))
		return has != nil && has[2] == local[2] && (local[1] == "" || local[1] == has[1]) &&
			(local[3] == "" || local[3] == has[3]) && (node.only == "" || node.only == has[1])
	}, nil
}
