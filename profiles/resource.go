package profiles

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// nested judges a resource inside another: contained, in an entry of a Bundle, or in a parameter.
func (j *judge) nested(n *node, t *typeRef, obj map[string]any) {
	asked, others := j.oneOf(n, obj, t.Profiles)
	shapes := j.shapesFor(n, obj, asked)
	if shapes == nil {
		return
	}
	if s := t.shapeIn(n.shape.registry); s != nil && !s.definition.Abstract && s.definition.Type != rootType(obj) {
		j.report(n, note{
			rule: RuleResourceType, severity: result.SeverityError, code: codeStructure,
			message:  fmt.Sprintf("%s must be a %s but is a %s", n.label(), s.definition.Type, rootType(obj)),
			expected: s.definition.Type, actual: rootType(obj),
		})
	}
	// What is said of the place that a resource is in is said from the resource around it.
	j.invariants(n, obj)
	inside := resourceFrame{obj: obj, contained: n.name == "contained"}
	if n.name == "resource" && len(j.frames) > 0 {
		inside.fullURL, _ = j.frames[len(j.frames)-1].obj["fullUrl"].(string)
	}
	j.resources = append(j.resources, inside)
	j.frames = append(j.frames, frame{node: n, typ: t, obj: obj})
	if len(others) > 0 {
		shapes = j.meetsOneOf(n, shapes, others, obj)
	}
	j.judgeResource(shapes, obj)
	if n.props != nil {
		j.object(n, obj)
		j.values(n, obj)
	}
	j.frames = j.frames[:len(j.frames)-1]
	j.resources = j.resources[:len(j.resources)-1]
}

// oneOf sorts out the profiles of the type of an element, of which a resource must meet one: asked when only one can be
// meant, others when there is a choice.
func (j *judge) oneOf(n *node, obj map[string]any, profiles []string) (asked []string, others []*shape) {
	if len(profiles) < 2 {
		return profiles, nil
	}
	for _, canonical := range profiles {
		s, err := j.lookup(canonical)
		if s == nil {
			// What is not loaded may be what it meets.
			j.unusable(n, canonical, err)
			return nil, nil
		}
		if s.fits(obj) {
			asked, others = append(asked, canonical), append(others, s)
		}
	}
	if len(others) == 0 {
		return profiles[:1], nil
	}
	if len(others) == 1 {
		return asked, nil
	}
	return nil, others
}

// meetsOneOf adds to the shapes of a resource the first of the others that it meets, and reports it when there is none.
func (j *judge) meetsOneOf(n *node, shapes, others []*shape, obj map[string]any) []*shape {
	for _, s := range others {
		if j.try(func() { j.judgeResource([]*shape{s}, obj) }) {
			return mostSpecific(append(slices.Clone(shapes), s))
		}
	}
	names := make([]string, 0, len(others))
	for _, s := range others {
		names = append(names, s.url)
	}
	j.report(n, note{
		rule: RuleProfile, severity: result.SeverityError, code: codeStructure,
		message:  fmt.Sprintf("%s meets none of the profiles that are allowed for it", n.label()),
		expected: strings.Join(names, " or "),
	})
	return shapes
}

// judgeResource judges a resource against each of the shapes.
func (j *judge) judgeResource(shapes []*shape, obj map[string]any) {
	for _, s := range shapes {
		j.active = append(j.active, activePair{s.root, len(j.path)})
	}
	for _, s := range shapes {
		j.object(s.root, obj)
		j.invariants(s.root, obj)
		j.values(s.root, obj)
	}
	j.active = j.active[:len(j.active)-len(shapes)]
	j.resourceRules(shapes, obj)
}

// shapesFor returns the shapes that a resource is judged against: its type, the profiles that it claims, and those that
// are asked for. A shape that another builds on is left out. It returns nil when the type cannot be told.
func (j *judge) shapesFor(n *node, obj map[string]any, asked []string) []*shape {
	raw, given := obj["resourceType"]
	typ, isText := raw.(string)
	switch {
	case !given:
		j.report(n, note{
			rule: RuleResourceType, severity: result.SeverityError, code: codeStructure,
			message: "this is not a resource: it has no resourceType",
		})
		return nil
	case !isText:
		j.report(n, note{
			rule: RuleResourceType, severity: result.SeverityError, code: codeStructure,
			message: "resourceType must be a string", expected: "a string", actual: kindOf(raw),
		})
		return nil
	case j.resourceType(typ) == nil:
		j.report(n, note{
			rule: RuleResourceType, severity: result.SeverityError, code: codeNotSupported,
			message: fmt.Sprintf("%q is not a type of resource in FHIR R4", typ), actual: typ,
		})
		return nil
	}
	var room [4]*shape
	list := append(room[:0], j.resourceType(typ))
	for _, canonical := range asked {
		s, err := j.lookup(canonical)
		if s == nil {
			j.unusable(n, canonical, err)
			continue
		}
		if !s.fits(obj) {
			j.report(n, note{
				rule: RuleProfile, severity: result.SeverityError, code: codeStructure,
				message:  fmt.Sprintf("the resource is a %s, but profile %s is for %s", typ, s.url, s.definition.Type),
				expected: s.definition.Type, actual: typ,
			})
			continue
		}
		list = append(list, s)
	}
	for _, canonical := range j.registry.global(typ) {
		if s, _ := j.lookup(canonical); s != nil && s.fits(obj) {
			list = append(list, s)
		}
	}
	list = j.claimed(list, obj)
	return mostSpecific(j.imposed(n, list, obj))
}

// imposed adds the profiles that those in the list impose, and that these impose in their turn.
func (j *judge) imposed(n *node, list []*shape, obj map[string]any) []*shape {
	for i := 0; i < len(list) && i < mostImposed; i++ {
		for _, canonical := range list[i].imposed {
			s, err := j.lookup(canonical)
			switch {
			case s == nil:
				j.unusable(n, canonical, err)
			case s.fits(obj) && !slices.Contains(list, s):
				list = append(list, s)
			default:
			}
		}
	}
	return list
}

// mostImposed bounds the profiles that impose each other.
const mostImposed = 100

// claimed adds the profiles that a resource claims in meta.profile.
func (j *judge) claimed(list []*shape, obj map[string]any) []*shape {
	meta, _ := obj["meta"].(map[string]any)
	claims, _ := meta["profile"].([]any)
	for i, item := range claims {
		canonical, ok := item.(string)
		if !ok || canonical == "" {
			continue
		}
		s, err := j.registry.shapeOf(canonical)
		if s != nil && s.fits(obj) {
			list = append(list, s)
			continue
		}
		j.claimProblem(canonical, i, s, err, obj)
		if s == nil && err == nil {
			if s, _ = j.lookup(canonical); s != nil && s.fits(obj) {
				list = append(list, s)
			}
		}
	}
	return list
}

func (j *judge) claimProblem(canonical string, i int, s *shape, err error, obj map[string]any) {
	t := note{
		rule: RuleProfile, severity: result.SeverityWarning, code: codeNotFound, actual: canonical,
		message: fmt.Sprintf("the resource claims profile %s, which is not loaded, so it was not checked", canonical),
	}
	switch {
	case err != nil:
		t.code, t.message = codeNotSupported, fmt.Sprintf("the resource claims profile %s, which cannot be used: %v", canonical, err)
	case s != nil:
		t.severity, t.code = result.SeverityError, codeStructure
		t.message = fmt.Sprintf("the resource claims profile %s, which is for %s, but it is a %s", canonical, s.definition.Type, rootType(obj))
	default:
		if url, version := definition.SplitCanonical(canonical); version != "" {
			if other, _ := j.registry.shapeOf(url); other != nil {
				t.message = fmt.Sprintf("the resource claims version %s of profile %s; it was checked against version %s", version, url, other.definition.Version)
			}
		}
	}
	j.push("meta", "meta", "")
	j.push("profile", "profile", "")
	j.at(i)
	j.report(nil, t)
	j.pop()
	j.pop()
}

// mostSpecific drops the shapes that others in the list build on, and repetitions.
func mostSpecific(list []*shape) []*shape {
	if len(list) == 1 {
		return list[:1:1]
	}
	kept := list[:0] // what is dropped is covered by what is kept, so its place may be taken
	for i, s := range list {
		covered := slices.Contains(list[:i], s)
		for _, other := range list {
			covered = covered || other != s && other.buildsOn(s)
		}
		if !covered {
			kept = append(kept, s)
		}
	}
	return kept
}

// resourceRules checks what holds of every resource besides what definitions say.
func (j *judge) resourceRules(judged []*shape, obj map[string]any) {
	if contained, ok := obj["contained"].([]any); ok {
		j.containedRules(contained)
	}
	// The elements of a StructureDefinition have the same ids in its snapshot and in its differential.
	if j.repeatedIDs && obj["resourceType"] != "StructureDefinition" {
		var root *node
		if len(judged) > 0 {
			root = judged[0].root
		}
		j.elementIDs(root, obj, nil)
	}
	j.canonicalURL(obj)
	j.securityLabels(obj)
	switch obj["resourceType"] {
	case "Bundle":
		j.bundleRules(obj)
	case "Observation":
		j.vitalSign(judged, obj)
	case "QuestionnaireResponse":
		j.questionnaireRules(obj)
	case "MeasureReport":
		j.measureRules(obj)
	case "ConceptMap":
		j.conceptMapRules(obj)
	case "StructureDefinition":
		j.structureRules(obj)
	case "CodeSystem", "ValueSet", "Questionnaire", "SearchParameter", "StructureMap", "OperationDefinition", "CapabilityStatement":
		j.authoringRules(obj)
	}
}

// securityLabels checks that a security label is not given twice: the labels of a resource are a set, in which system
// and code tell them apart (operation $meta-add of R4).
func (j *judge) securityLabels(obj map[string]any) {
	meta, _ := obj["meta"].(map[string]any)
	labels, _ := meta["security"].([]any)
	if len(labels) < 2 {
		return
	}
	seen := map[[2]string]bool{}
	for i, item := range labels {
		label, _ := item.(map[string]any)
		system, _ := label["system"].(string)
		code, _ := label["code"].(string)
		key := [2]string{system, code}
		if seen[key] && code != "" {
			j.under("meta", func() {
				j.inList("security", i, func() {
					j.report(nil, note{
						rule: RuleTooMany, severity: result.SeverityError, code: codeBusinessRule, actual: code,
						message: fmt.Sprintf("the security label %s is given more than once; the labels of a resource are a set", code),
					})
				})
			})
		}
		seen[key] = true
	}
}

// containedRules checks that contained resources have ids of their own.
func (j *judge) containedRules(contained []any) {
	seen := make(map[string]bool, len(contained))
	for i, item := range contained {
		c, ok := item.(map[string]any)
		if !ok || len(c) == 0 {
			continue // which is said of it already
		}
		id, _ := c["id"].(string)
		problem := ""
		switch {
		case id == "":
			problem = "a contained resource must have an id, as nothing can refer to it otherwise"
		case seen[id]:
			problem = fmt.Sprintf("another contained resource has the id %q already", id)
		}
		seen[id] = true
		if problem == "" {
			continue
		}
		j.push("contained", "contained", "")
		j.at(i)
		j.report(nil, note{rule: RuleReference, severity: result.SeverityError, code: codeInvalid, message: problem})
		j.pop()
	}
}

// noteID notes the id of an element, so that only resources in which one comes twice are looked through for it.
func (j *judge) noteID(v any) {
	id, ok := v.(string)
	if !ok || j.repeatedIDs {
		return
	}
	if j.ids == nil {
		j.ids = map[string]struct{}{}
	}
	if _, again := j.ids[id]; again {
		j.repeatedIDs = true
	}
	j.ids[id] = struct{}{}
}

// elementIDs checks that the ids of elements are unique in a resource (section 2.1.28 of R4, Element.id). Resources inside
// it have ids of their own. It returns the ids that were seen. The place is that of the later element, in the order of the definition.
func (j *judge) elementIDs(n *node, obj map[string]any, seen map[string]bool) map[string]bool {
	for _, name := range n.ordered(obj) {
		var owner *node
		path, ofType := strings.TrimPrefix(name, "_"), ""
		if p := n.property(name); p != nil {
			owner, path, ofType = p.node.childrenOf(p.typ), p.path, p.ofType
		}
		switch value := obj[name].(type) {
		case map[string]any:
			if _, isResource := value["resourceType"]; isResource {
				continue
			}
			j.push(name, path, ofType)
			seen = j.elementID(owner, value, seen)
			j.pop()
		case []any:
			for i, item := range value {
				o, ok := item.(map[string]any)
				if !ok {
					continue
				}
				if _, isResource := o["resourceType"]; isResource {
					continue
				}
				j.push(name, path, ofType)
				j.at(i)
				seen = j.elementID(owner, o, seen)
				j.pop()
			}
		}
	}
	return seen
}

// property is that of a name, or that beside which the name stands, or nil.
func (n *node) property(name string) *prop {
	if n == nil {
		return nil
	}
	return n.props.get(strings.TrimPrefix(name, "_"))
}

// ordered lists the names of an object in the order of the elements that they are of, and then those of no element.
func (n *node) ordered(obj map[string]any) []string {
	names := slices.Sorted(maps.Keys(obj))
	place := func(name string) int {
		if p := n.property(name); p != nil {
			return slices.Index(n.children, p.node)
		}
		return math.MaxInt
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return names
}

func (j *judge) elementID(n *node, obj map[string]any, seen map[string]bool) map[string]bool {
	if id, ok := obj["id"].(string); ok {
		if seen[id] {
			j.report(nil, note{
				rule: RuleID, severity: result.SeverityError, code: codeInvalid, actual: id,
				message: fmt.Sprintf("another element of the resource has the id %q too", id),
			})
		}
		if seen == nil {
			seen = map[string]bool{}
		}
		seen[id] = true
	}
	return j.elementIDs(n, obj, seen)
}
