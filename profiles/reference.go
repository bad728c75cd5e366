package profiles

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// targetSet is what a reference may lead to.
type targetSet struct {
	// types are names of resource types; any says that all are allowed.
	types []string
	any   bool
	// profiles are the targets that are profiles, whose conformance is judged where the target can be seen.
	profiles []*shape
}

// targetsOf returns what a reference of the type may lead to, worked out once per type of an element.
func (j *judge) targetsOf(t *typeRef) *targetSet {
	if set := t.targets.Load(); set != nil {
		return set
	}
	set := &targetSet{}
	known := true
	for _, canonical := range t.Targets {
		s, err := j.lookup(canonical)
		if err != nil || s == nil {
			known = false
			continue
		}
		if s.definition.Type == "Resource" || s.definition.Type == "DomainResource" {
			set.any = true
		}
		if !slices.Contains(set.types, s.definition.Type) {
			set.types = append(set.types, s.definition.Type)
		}
		if s.profile {
			set.profiles = append(set.profiles, s)
		}
	}
	if !known || len(t.Targets) == 0 {
		set.any = true
	}
	t.targets.Store(set)
	return set
}

func (s *targetSet) allows(typ string) bool { return s.any || slices.Contains(s.types, typ) }

// reference judges a Reference: its form, that it leads somewhere where that can be seen, and the type of its target.
func (j *judge) reference(n *node, t *typeRef, obj map[string]any) {
	ref, given := obj["reference"].(string)
	declared, _ := obj["type"].(string)
	if strings.Contains(declared, ":") && !j.failing(result.SeverityError) {
		j.push("type", "type", "")
		j.report(n, note{
			rule: RuleReference, severity: result.SeverityError, code: codeValue, actual: declared,
			message: "the type of a reference is the name of a type of resource; absolute URLs are for logical models only",
		})
		j.pop()
	}
	declared = strings.TrimPrefix(declared, definition.CoreURL)
	if strings.ContainsAny(declared, ": \t\r\n") {
		declared = "" // no URI, which is said at its own place
	}
	typ := declared
	var to target
	if given && ref != "" {
		var found string
		var ok bool
		if to, found, ok = j.resolve(n, ref); !ok {
			return
		}
		if found != "" {
			if declared != "" && declared != found {
				j.report(n, note{
					rule: RuleReferenceTarget, severity: result.SeverityError, code: codeStructure,
					message:  fmt.Sprintf("%s says that it leads to a %s but leads to a %s", n.label(), declared, found),
					expected: declared, actual: found,
				})
			}
			typ = found
		}
	}
	if typ == "" {
		return
	}
	targets := j.targetsOf(t)
	if !targets.allows(typ) {
		if j.failing(result.SeverityError) {
			return
		}
		j.report(n, note{
			rule: RuleReferenceTarget, severity: result.SeverityError, code: codeStructure,
			message:  fmt.Sprintf("%s must not lead to a %s", n.label(), typ),
			expected: strings.Join(targets.types, ", "), actual: typ,
		})
		return
	}
	j.aggregation(n, t, ref, to)
	if to.there() && len(targets.profiles) > 0 {
		j.targetProfiles(n, t, targets, to)
	}
}

// aggregation checks how a reference may reach its target.
func (j *judge) aggregation(n *node, t *typeRef, ref string, to target) {
	if len(t.Aggregation) == 0 || ref == "" {
		return
	}
	how := "referenced"
	switch {
	case strings.HasPrefix(ref, "#"):
		how = "contained"
	case to.there():
		how = "bundled"
	}
	if slices.Contains(t.Aggregation, how) || how == "bundled" && slices.Contains(t.Aggregation, "referenced") {
		return
	}
	j.report(n, note{
		rule: RuleReference, severity: result.SeverityError, code: codeStructure,
		message:  fmt.Sprintf("%s is %s, which its profile does not allow", n.label(), how),
		expected: strings.Join(t.Aggregation, ", "), actual: how,
	})
}

// targetProfiles judges the target of a reference, where it can be seen, against the profiles that it must meet one of.
func (j *judge) targetProfiles(n *node, t *typeRef, targets *targetSet, to target) {
	target := to.resource()
	typ := rootType(target)
	for _, canonical := range t.Targets {
		s, err := j.lookup(canonical)
		if err != nil || s == nil || !s.profile && s.fits(target) {
			return
		}
	}
	const deepestTarget = 3
	if len(j.active) > deepestTarget {
		return
	}
	for _, s := range targets.profiles {
		if s.definition.Type == typ && j.conforms(s, target, to.contained) {
			return
		}
	}
	names := make([]string, 0, len(targets.profiles))
	for _, s := range targets.profiles {
		names = append(names, s.url)
	}
	j.report(n, note{
		rule: RuleReferenceTarget, severity: result.SeverityError, code: codeStructure,
		message: fmt.Sprintf("the target of %s does not meet its profile", n.label()), expected: strings.Join(names, " or "),
	})
}

// conforms asks whether a resource elsewhere in the document, contained in the one that is judged or not, meets a profile.
func (j *judge) conforms(s *shape, target map[string]any, contained bool) bool {
	pair := activePair{s.root, -len(j.resources)}
	for _, p := range j.active {
		if p.node == s.root {
			return true
		}
	}
	j.active = append(j.active, pair)
	ok := j.try(func() {
		j.resources = append(j.resources, resourceFrame{obj: target, contained: contained})
		j.object(s.root, target)
		j.invariants(s.root, target)
		j.resources = j.resources[:len(j.resources)-1]
	})
	j.active = j.active[:len(j.active)-1]
	return ok
}

// container returns the resource that contains the place that is judged and is not itself contained.
func (j *judge) container() *resourceFrame {
	for i := len(j.resources) - 1; i >= 0; i-- {
		if !j.resources[i].contained {
			return &j.resources[i]
		}
	}
	return nil
}

// bundle returns the innermost Bundle around the place that is judged, and the fullUrl of its entry that the place is in;
// nil when there is none.
func (j *judge) bundle() (frame *resourceFrame, own string) {
	for i := len(j.resources) - 1; i >= 0; i-- {
		if j.resources[i].obj["resourceType"] == "Bundle" {
			if i+1 < len(j.resources) {
				own = j.resources[i+1].fullURL
			}
			return &j.resources[i], own
		}
	}
	return nil, ""
}

// inTransaction says whether the place is inside a transaction.
func (j *judge) inTransaction() bool {
	bundle, _ := j.bundle()
	return bundle != nil && bundle.obj["type"] == "transaction"
}

// entryIndex returns the index of the entries of a Bundle, made when it is first needed.
func (j *judge) entryIndex(f *resourceFrame) *bundleIndex {
	switch {
	case f.index != nil:
	case j.entries != nil && sameMap(f.obj, j.root):
		f.index = j.entries.newIndex()
	default:
		entries, _ := f.obj["entry"].([]any)
		f.index = newBundleIndex(entries)
	}
	return f.index
}

// target is the resource that a reference leads to; the zero value is none.
type target struct {
	obj map[string]any
	// index and at are where the resource is, if it is that of an entry of a Bundle, which may have to be read.
	index *bundleIndex
	at    int
	// contained says that it is contained in the resource that is judged.
	contained bool
}

// there says whether the resource is in the document.
func (t target) there() bool { return t.obj != nil || t.index != nil }

// resource returns the resource, or nil.
func (t target) resource() map[string]any {
	if t.obj == nil && t.index != nil {
		return t.index.resource(t.at)
	}
	return t.obj
}

// resolve finds the target of a reference in the document, or at least its type. ok is false when a fault was reported.
func (j *judge) resolve(n *node, ref string) (to target, typ string, ok bool) {
	if id, local := strings.CutPrefix(ref, "#"); local {
		return j.resolveContained(n, id)
	}
	if to = j.inBundle(ref); to.there() {
		return to, to.index.entries[to.at].Type, true
	}
	parsed := parseReference(ref)
	if n != nil && len(j.resources) > 1 {
		j.acrossBases(n, ref)
	}
	if parsed.problem != "" {
		severity := result.SeverityError
		if bundle, _ := j.bundle(); parsed.odd && (bundle == nil || strings.Contains(ref, "/")) {
			severity = result.SeverityWarning
		}
		if !j.failing(severity) {
			j.push("reference", "reference", "")
			j.report(n, note{
				rule: RuleReference, severity: severity, code: codeValue,
				message: fmt.Sprintf("the reference %s", parsed.problem), actual: ref,
			})
			j.pop()
		}
		if parsed.odd && j.resourceType(parsed.typ) != nil {
			return target{}, parsed.typ, true
		}
		return target{}, "", false
	}
	search := parsed.conditional && n != nil && !j.inTransaction()
	if search && !j.failing(result.SeverityError) {
		j.push("reference", "reference", "")
		j.report(n, note{
			rule: RuleReference, severity: result.SeverityError, code: codeValue, actual: ref,
			message: "the reference is a search, which only a server that processes a transaction puts an id in place of",
		})
		j.pop()
	}
	if parsed.typ != "" && j.resourceType(parsed.typ) == nil {
		if parsed.absolute {
			return target{}, "", true
		}
		if !search && !j.failing(result.SeverityError) {
			j.push("reference", "reference", "")
			j.report(n, note{
				rule: RuleReference, severity: result.SeverityError, code: codeValue,
				message: fmt.Sprintf("the reference leads to %q, which is not a type of resource", parsed.typ), actual: ref,
			})
			j.pop()
		}
		return target{}, "", false
	}
	return target{}, parsed.typ, true
}

func (j *judge) resolveContained(n *node, id string) (to target, typ string, ok bool) {
	c := j.container()
	if c == nil {
		return target{}, "", true
	}
	problem := fmt.Sprintf("the reference leads to #%s, but no contained resource has this id", id)
	if id != "" {
		if found := c.containing(id); found != nil {
			return target{obj: found, contained: true}, rootType(found), true
		}
	} else {
		if j.inContained() || n == nil {
			return target{obj: c.obj}, rootType(c.obj), true
		}
		problem = "only a contained resource refers to the one around it by #"
	}
	if n != nil && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RuleReference, severity: result.SeverityError, code: codeNotFound, message: problem, actual: "#" + id,
		})
	}
	return target{}, "", false
}

// containing returns the contained resource with an id, or nil.
func (f *resourceFrame) containing(id string) map[string]any {
	const few = 8
	list, _ := f.obj["contained"].([]any)
	if len(list) <= few {
		return containedIn(f.obj, id)
	}
	if f.contents == nil {
		f.contents = make(map[string]map[string]any, len(list))
		for _, item := range list {
			c, _ := item.(map[string]any)
			if own, ok := c["id"].(string); ok && f.contents[own] == nil {
				f.contents[own] = c
			}
		}
	}
	return f.contents[id]
}

func containedIn(resource map[string]any, id string) map[string]any {
	list, _ := resource["contained"].([]any)
	for _, item := range list {
		if c, ok := item.(map[string]any); ok && c["id"] == id {
			return c
		}
	}
	return nil
}

// inBundle finds the entry of the Bundle around the place that a reference leads to (section "Resolving references in
// Bundles" of the Bundle page).
func (j *judge) inBundle(ref string) target {
	bundle, own := j.bundle()
	if bundle == nil {
		return target{}
	}
	index := j.entryIndex(bundle)
	ref, version, _ := strings.Cut(ref, "/_history/")
	var found iter.Seq[int]
	switch base, restful := aboveResource(own); {
	case strings.Contains(ref, ":"):
		found = index.byURL.all(ref)
	case restful:
		found = index.byURL.all(base + ref)
	default:
		found = index.byID.all(typedIDOf(ref))
	}
	for i := range found {
		if e := index.entries[i]; e.Resource && (version == "" || e.Version == version) {
			return target{index: index, at: i}
		}
	}
	return target{}
}

// aboveResource cuts the last two parts, the type and the id, off a URL over HTTP.
func aboveResource(url string) (base string, ok bool) {
	last := strings.LastIndexByte(url, '/')
	if last < 0 || !strings.HasPrefix(url, "http") {
		return "", false
	}
	before := strings.LastIndexByte(url[:last], '/')
	return url[:before+1], before >= 0
}

func versionOf(r map[string]any) string {
	meta, _ := r["meta"].(map[string]any)
	s, _ := meta["versionId"].(string)
	return s
}

func typeAndID(r map[string]any) string {
	typ, _ := r["resourceType"].(string)
	id, _ := r["id"].(string)
	if id == "" {
		return ""
	}
	return typ + "/" + id
}

// resolveAny finds the target of a Reference or of a canonical, for discriminators.
func (j *judge) resolveAny(v any) (to target, typ string) {
	ref := ""
	switch value := v.(type) {
	case string:
		ref = value
	case map[string]any:
		ref, _ = value["reference"].(string)
		if ref == "" {
			typ, _ = value["type"].(string)
			return target{}, typ
		}
	}
	if ref == "" {
		return target{}, ""
	}
	j.try(func() { to, typ, _ = j.resolve(nil, ref) })
	return to, typ
}

// parsedReference is what the text of a reference says.
type parsedReference struct {
	typ, id, version string
	absolute         bool
	// conditional says that a search stands in place of the id (R4 3.1.0.11.2, Transaction Processing Rules).
	conditional bool
	// problem says what is wrong with the text; odd says that it is no more than unlikely to lead anywhere.
	problem string
	odd     bool
}

// parseReference reads a literal reference: Type/id, Type/id/_history/v, an absolute URL of that form, another URL, or a
// URN (section 2.3.0.1 of the R4 specification).
func parseReference(ref string) parsedReference {
	var p parsedReference
	if strings.ContainsAny(ref, " \t\r\n") {
		p.problem = "holds white space, which no URL does"
		return p
	}
	scheme, rest, absolute := strings.Cut(ref, ":")
	if absolute && !strings.ContainsAny(scheme, "/?") {
		p.absolute = true
		if scheme != "http" && scheme != "https" {
			return p
		}
		path, query, _ := strings.Cut(rest, "?")
		if query != "" {
			return p
		}
		p.readEnd(path)
		return p
	}
	if strings.ContainsAny(ref, "?") {
		var query string
		p.typ, query, _ = strings.Cut(ref, "?")
		p.conditional = true
		if name, _, criterion := strings.Cut(query, "="); !criterion || name == "" {
			p.problem = "is a search without a criterion (Type?parameter=value)"
		}
		return p
	}
	typ, rest, slash := strings.Cut(ref, "/")
	if strings.Contains(rest, "://") {
		p.problem = "has a full URL in place of an id"
		return p
	}
	id, after, more := strings.Cut(rest, "/")
	version, versioned := strings.CutPrefix(after, "_history/")
	if !slash || more && (!versioned || strings.Contains(version, "/")) {
		// A URL that is no server's resource is allowed, too, if hardly meant.
		p.problem, p.odd = "is not of the form Type/id, a full URL, urn:uuid:..., or #id", true
		if slash {
			p.typ = typ
		}
		return p
	}
	p.typ, p.id = typ, id
	if id == "" || checkID(id) != "" {
		p.problem, p.odd = "does not end in a valid id, so no server can have what it leads to", true
	}
	return p
}

// readEnd finds Type/id at the end of the path of an absolute URL.
func (p *parsedReference) readEnd(path string) {
	path, version, _ := strings.Cut(path, "/_history/")
	last := strings.LastIndexByte(path, '/')
	if last < 0 {
		return
	}
	before := strings.LastIndexByte(path[:last], '/')
	if before < 0 {
		return
	}
	typ, id := path[before+1:last], path[last+1:]
	if id == "" || checkID(id) != "" || typ == "" || typ[0] < 'A' || typ[0] > 'Z' {
		return
	}
	p.typ, p.id, p.version = typ, id, version
}

// isResource says whether the name is that of a type of resource that can stand by itself.
func (r *Registry) isResource(name string) bool {
	s, err := r.shapeOf(definition.CoreURL + name)
	return err == nil && s != nil && s.resource && !s.definition.Abstract && !s.profile
}
