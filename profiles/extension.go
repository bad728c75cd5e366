package profiles

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/profiles/definition"
)

// extension judges what only the definition of an extension can say, and returns that definition, or nil if it is not
// loaded or the extension is a part of another.
func (j *judge) extension(n *node, obj map[string]any) *shape {
	url, ok := obj["url"].(string)
	if !ok || !strings.Contains(url, ":") {
		j.bareExtension(obj)
		j.partOfExtension(n, url)
		if ok && url != "" && !j.inExtension() {
			j.report(n, note{
				rule: RuleExtension, severity: result.SeverityError, code: codeExtension, actual: url,
				message: "the url of an extension must be absolute, unless the extension is part of another",
			})
		}
		return nil
	}
	s, err := j.lookup(url)
	switch {
	case err != nil:
		j.unusable(n, url, err)
		return nil
	case s == nil:
		j.bareExtension(obj)
		if !j.ofAnotherVersion(n, obj, url) {
			j.unknownExtension(n, url)
		}
		return nil
	case s.definition.Type != "Extension":
		j.report(n, note{
			rule: RuleExtension, severity: result.SeverityError, code: codeExtension,
			message: fmt.Sprintf("%s defines a %s, not an extension", url, s.definition.Type), actual: url,
		})
		return nil
	}
	j.bareExtension(obj)
	j.retiredExtension(n, s)
	j.modifierPlace(n, s)
	j.context(n, s)
	j.contextInvariants(n, s)
	return s
}

// retiredExtension notes an extension that is no longer to be used.
func (j *judge) retiredExtension(n *node, s *shape) {
	if s.definition.Status != "retired" || j.failing(result.Information) {
		return
	}
	j.report(n, note{
		rule: RuleRetired, severity: result.Information, code: codeBusinessRule, actual: s.url,
		message: fmt.Sprintf("extension %s is retired", s.url),
	})
}

// inExtension says whether the innermost extension is part of another one.
func (j *judge) inExtension() bool {
	depth := len(j.frames) - 2
	return depth >= 0 && isExtension(j.frames[depth])
}

// partOfExtension checks that a part of an extension is one that the definition of the extension has. Whoever adds a part of
// their own changes what the URL stands for.
func (j *judge) partOfExtension(n *node, url string) {
	depth := len(j.frames) - 1
	whole := j.definitionAt(depth - 1)
	if url == "" || whole == nil {
		return
	}
	if parts := descend(whole, pathStep{name: "extension"}); parts == nil || len(parts.slices) == 0 || partOf(whole, url) != nil {
		return
	}
	of, _ := j.frames[depth-1].obj["url"].(string)
	j.report(n, note{
		rule: RuleExtension, severity: result.SeverityError, code: codeExtension, actual: url,
		message: fmt.Sprintf("extension %s has no part %q", of, url),
	})
}

// definitionAt returns what defines the extension at a depth: the root of its definition, or the part of another one; nil
// where that is not loaded.
func (j *judge) definitionAt(depth int) *node {
	if depth < 0 || !isExtension(j.frames[depth]) {
		return nil
	}
	url, _ := j.frames[depth].obj["url"].(string)
	if strings.Contains(url, ":") {
		if s, err := j.lookup(url); err == nil && s != nil && s.definition.Type == "Extension" {
			return s.root
		}
		return nil
	}
	if whole := j.definitionAt(depth - 1); whole != nil {
		return partOf(whole, url)
	}
	return nil
}

// partOf returns the part of an extension with a URL. An extension whose definition lets any part in has none by name.
func partOf(whole *node, url string) *node {
	parts := descend(whole, pathStep{name: "extension"})
	if parts == nil {
		return nil
	}
	for _, s := range parts.slices {
		if urlOf(s.node) == url {
			return s.node
		}
	}
	return nil
}

// bareExtension checks ext-1: an extension has a value or extensions, not both.
func (j *judge) bareExtension(obj map[string]any) {
	_, nested := obj["extension"]
	valued := false
	for key := range obj {
		if strings.HasPrefix(key, "value") || strings.HasPrefix(key, "_value") {
			valued = true
		}
	}
	if nested != valued || j.failing(result.SeverityError) {
		return
	}
	message := "an extension must have a value or extensions, and this one has neither"
	if nested {
		message = "an extension must have a value or extensions, but not both"
	}
	j.report(nil, note{rule: "ext-1", severity: result.SeverityError, code: codeInvariant, message: message})
}

func (j *judge) unknownExtension(n *node, url string) {
	modifier := n.name == "modifierExtension"
	t := note{
		rule: RuleExtension, severity: result.Information, code: codeExtension, actual: url,
		message: fmt.Sprintf("extension %s is not defined in the loaded packages, so it was not checked", url),
	}
	if modifier {
		t.rule, t.severity = RuleModifierExtension, result.SeverityError
		t.message = fmt.Sprintf("modifier extension %s is not defined in the loaded packages; it may change the meaning of what it is in", url)
	}
	if modifier && isExampleURL(url) {
		t.severity = result.SeverityWarning
	}
	if strings.HasPrefix(url, definition.CoreURL) && !strings.HasPrefix(url, "http://hl7.org/fhir/StructureDefinition/ext-") && !modifier {
		t.severity = result.SeverityWarning
		t.message = fmt.Sprintf("extension %s is in the space of HL7 but is not defined in the loaded packages", url)
	}
	if near := j.mistyped(url); near != "" && !j.failing(result.SeverityError) {
		t.severity, t.expected = result.SeverityError, near
		t.message = fmt.Sprintf("extension %s is not defined, but %s is, which it is likely to stand for", url, near)
	}
	j.report(n, t)
}

// mistyped returns the URL of the extension that an unknown one is likely to stand for: one in the same space whose name
// differs in a letter or two.
func (j *judge) mistyped(url string) string {
	if near, known := j.slips[url]; known {
		return near
	}
	near := ""
	for _, p := range j.registry.extensions() {
		if oneSlip(url, p) {
			near = p
			break
		}
	}
	if len(j.slips) < mostKept {
		j.slips[url] = near
	}
	return near
}

// oneSlip says whether two URLs in the same space differ as by a slip of the keyboard. A number in a name is no slip: what
// another version names is something else.
func oneSlip(url, known string) bool {
	const least, most = 8, 2 // shorter names are alike by chance
	a, b := lastPart(url), lastPart(known)
	if len(a) < least || max(len(a)-len(b), len(b)-len(a)) > most || strings.TrimSuffix(url, a) != strings.TrimSuffix(known, b) {
		return false
	}
	letters := func(s string) string { return strings.Trim(s, "0123456789.-") }
	return letters(a) != letters(b) && suggest.Distance(a, b) <= most
}

// isExampleURL says whether a URL is in a space that is set aside for examples (RFC 2606).
func isExampleURL(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host == "example.org" || host == "example.com" || strings.HasSuffix(host, ".example.org") || strings.HasSuffix(host, ".example.com")
}

// modifierPlace checks that extensions that change the meaning, and only those, are modifier extensions.
func (j *judge) modifierPlace(n *node, s *shape) {
	if n.name != "modifierExtension" && n.name != "extension" {
		return
	}
	modifier := s.root.IsModifier == definition.Yes
	if modifier == (n.name == "modifierExtension") {
		return
	}
	message := fmt.Sprintf("extension %s changes the meaning of what it is in, so it must be a modifierExtension", s.url)
	if !modifier {
		message = fmt.Sprintf("extension %s does not change the meaning of what it is in, so it must not be a modifierExtension", s.url)
	}
	j.report(n, note{rule: RuleModifierExtension, severity: result.SeverityError, code: codeExtension, message: message})
}

func contextNames(contexts []definition.Context) string {
	names := make([]string, 0, len(contexts))
	for _, c := range contexts {
		names = append(names, c.Expression)
	}
	return strings.Join(names, ", ")
}

// context reports an extension on an element that its definition does not let it extend.
func (j *judge) context(n *node, s *shape) {
	if len(s.definition.Contexts) == 0 || j.contextFits(s.definition.Contexts) {
		return
	}
	found := note{
		rule: RuleExtensionContext, severity: result.SeverityError, code: codeExtension,
		message:  fmt.Sprintf("extension %s is not allowed here", s.url),
		expected: contextNames(s.definition.Contexts), actual: j.placeName(),
	}
	// A canonical URL without a version names any version, the later ones too.
	if j.contextFits(s.definition.LaterContexts) {
		if j.failing(result.Information) {
			return
		}
		found.severity = result.Information
		found.message = fmt.Sprintf("extension %s is allowed here by later versions of its definition, not by %s", s.url, s.definition.Version)
	}
	j.report(n, found)
}

// contextFits says whether the element that the innermost extension is on is among the contexts.
func (j *judge) contextFits(contexts []definition.Context) bool {
	// The last frame is the extension itself; the one before it is what it extends.
	depth := len(j.frames) - 2
	for _, c := range contexts {
		switch c.Type {
		case "element":
			if j.elementFits(c.Expression, depth) {
				return true
			}
		case "extension":
			if depth >= 0 && j.extensionAt(depth, c.Expression) {
				return true
			}
		case "fhirpath":
			if j.fhirpathFits(c.Expression, depth) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// extensionAt says whether the element at a depth is the extension with the URL, or its value.
func (j *judge) extensionAt(depth int, url string) bool {
	if f := j.frames[depth]; !isExtension(f) && f.node.name == "value" && depth > 0 {
		depth--
	}
	f := j.frames[depth]
	return isExtension(f) && f.obj["url"] == url
}

func isExtension(f frame) bool { return f.typ != nil && f.typ.Code == "Extension" }

// placeName names the element that the innermost extension is on.
func (j *judge) placeName() string {
	names := j.placesAt(len(j.frames) - 2)
	return strings.Join(names, ", ")
}

// placesAt lists the names under which contexts may speak of the element at a depth: its type, its path in its type, and
// its path from the resource.
func (j *judge) placesAt(depth int) []string {
	var names []string
	if depth < 0 {
		return []string{rootType(j.currentResource())}
	}
	f := j.frames[depth]
	if f.typ != nil {
		names = append(names, f.typ.Code)
		if base := specialised(f.typ.Code); base != "" {
			names = append(names, base)
		}
	}
	names = append(names, f.node.Path)
	if f.node.content != nil {
		names = append(names, f.node.content.Path)
	}
	if f.node.choice && f.typ != nil {
		names = append(names, strings.TrimSuffix(f.node.Path, "[x]")+strings.ToUpper(f.typ.Code[:1])+f.typ.Code[1:])
	}
	suffix := lastName(f.node)
	for at := depth - 1; at >= 0; at-- {
		outer := j.frames[at]
		if outer.typ != nil {
			names = append(names, outer.typ.Code+"."+suffix)
			if base := specialised(outer.typ.Code); base != "" {
				names = append(names, base+"."+suffix)
			}
		}
		if isResourceFrame(j, at) {
			return append(names, rootType(outer.obj)+"."+suffix, "DomainResource."+suffix, "Resource."+suffix)
		}
		suffix = lastName(outer.node) + "." + suffix
	}
	return append(names, rootType(j.root)+"."+suffix, "DomainResource."+suffix, "Resource."+suffix)
}

// specialised returns the datatype, other than Element, that a datatype of R4 specialises or constrains (Datatypes page): what
// may be said of the one may be said of the other.
func specialised(typ string) string {
	switch typ {
	case "code", "id", "markdown":
		return "string"
	case "canonical", "oid", "url", "uuid":
		return "uri"
	case "positiveInt", "unsignedInt":
		return "integer"
	case "Age", "Count", "Distance", "Duration":
		return "Quantity"
	case "Dosage", "ElementDefinition", "Timing":
		return "BackboneElement"
	default:
		return ""
	}
}

func lastName(n *node) string {
	if n.choice {
		return n.name + "[x]"
	}
	return n.name
}

func (j *judge) currentResource() map[string]any {
	if len(j.resources) == 0 {
		return j.root
	}
	return j.resources[len(j.resources)-1].obj
}

// elementFits says whether the element at a depth is the one that a context of type element names.
func (j *judge) elementFits(expression string, depth int) bool {
	if _, element, profiled := strings.Cut(expression, "#"); profiled {
		expression = element
	}
	onResource := depth < 0 || depth < len(j.frames) && isResourceFrame(j, depth)
	switch expression {
	case "Element", "Base", "Any":
		return true
	case "Resource", "DomainResource":
		return onResource
	case "CanonicalResource", "MetadataResource":
		return onResource && j.hasMetadata(rootType(j.currentResource()))
	case "BackboneElement":
		if onResource || j.frames[depth].typ == nil {
			return false
		}
		f := j.frames[depth]
		return f.typ.Code == expression || specialised(f.typ.Code) == expression || f.node.content != nil
	}
	if onResource {
		return expression == rootType(j.currentResource())
	}
	places := j.placesAt(depth)
	// A path may name a choice without the [x] that its id has.
	return slices.Contains(places, expression) || j.frames[depth].node.choice && slices.Contains(places, expression+"[x]")
}

// hasMetadata says whether the resources of a type have the elements that those with metadata share (MetadataResource page of R4).
func (j *judge) hasMetadata(typ string) bool {
	s := j.resourceType(typ)
	return s != nil && s.root.props.get("publisher") != nil && s.root.props.get("useContext") != nil
}

func isResourceFrame(j *judge, depth int) bool {
	f := j.frames[depth]
	return f.typ != nil && isResourceType(j.registry, f.typ)
}

// fhirpathFits says whether the element at a depth is among those that a context of type fhirpath selects from the
// resource. An expression that cannot be evaluated is reported, and any place fits then.
func (j *judge) fhirpathFits(expression string, depth int) bool {
	resource := j.currentResource()
	extended := resource
	if depth >= 0 {
		extended = j.frames[depth].obj
	}
	items, ok := j.selectFrom(nil, expression, resource)
	if !ok {
		return true
	}
	for _, item := range items {
		if found, isObject := item.JSON().(map[string]any); isObject && sameMap(found, extended) {
			return true
		}
		if s := item.Sibling(); s != nil && sameMap(s, extended) {
			return true
		}
		if item.Kind() == fhirpath.KindBoolean && item.JSON() == true {
			return true
		}
	}
	return false
}

// contextInvariants checks the conditions that the definition of an extension puts on what it extends. All must be true; the focus
// is the element that holds the extension, which is %extension (StructureDefinition.contextInvariant of R4).
func (j *judge) contextInvariants(n *node, s *shape) {
	if len(s.definition.ContextInvariants) == 0 {
		return
	}
	depth := len(j.frames) - 2
	var value any = j.currentResource()
	typ, sibling := rootType(j.currentResource()), map[string]any(nil)
	if depth >= 0 {
		f := j.frames[depth]
		value, typ = f.obj, f.node.typeNameOf(f.typ)
		if f.typ != nil && f.typ.primitive != notPrimitive {
			value, sibling = f.value, f.obj
		}
	}
	j.setResource()
	types := j.registry.expressions.types
	j.variables["extension"] = fhirpath.Collection{fhirpath.Element(j.frames[len(j.frames)-1].obj, nil, types.Lookup(extensionName))}
	defer delete(j.variables, "extension")
	for _, expression := range s.definition.ContextInvariants {
		x, err := j.registry.expressions.typed(expression, typ)
		truth := fhirpath.Unknown
		if err == nil {
			truth, err = j.evaluate(x, value, sibling)
		}
		switch {
		case err != nil:
			j.unevaluated(n, anExpression, expression, err)
		case truth != fhirpath.True:
			j.report(n, note{
				rule: RuleExtensionContext, severity: result.SeverityError, code: codeExtension, expected: expression,
				message: fmt.Sprintf("extension %s is not allowed here: its condition %s does not hold", s.url, expression),
			})
		}
	}
}
