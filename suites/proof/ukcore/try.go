package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
)

// outcome is what became of a rule.
type outcome struct {
	rule rule
	// problem says why the rule was not seen to be found alone, "" where it was.
	problem string
}

// prove breaks each rule of a release of UK Core alone, in an instance that keeps all.
func prove(ctx context.Context, sequence profiles.Sequence) ([]outcome, error) {
	registry, err := profiles.Embedded(sequence)
	if err != nil {
		return nil, err
	}
	var all []outcome
	for _, p := range registry.Profiles() {
		if !strings.HasPrefix(p.Canonical, "https://fhir.hl7.org.uk/") {
			continue
		}
		s, err := registry.Structure(p.Canonical)
		if err != nil || s == nil {
			return nil, fmt.Errorf("read %s: %w", p.Canonical, err)
		}
		for _, r := range rulesOf(newBuilder(registry), s) {
			problem := r.unbreakable
			if problem == "" {
				problem = try(ctx, registry, s, r)
			}
			all = append(all, outcome{r, problem})
		}
	}
	return all, nil
}

// try makes an instance with the rule's element, breaks the rule, and says what is wrong with what is found.
func try(ctx context.Context, registry *profiles.Registry, s *definition.Structure, r rule) string {
	b := newBuilder(registry)
	// What must not be there is put into what holds it.
	element, holder := r.element, strings.HasPrefix(r.what, "too many") && nodeOf(b.tree(s.URL), r.element).Max == 0
	if holder {
		element = element[:strings.LastIndexByte(element, '.')]
	}
	var (
		instance map[string]any
		steps    []any
		err      error
	)
	canonical := s.URL
	if s.Type == "Extension" {
		instance, steps, err = b.hosted(s, element)
		canonical = ""
	} else {
		element = b.reachable(b.tree(s.URL), element)
		b.want(element)
		instance, err = b.resource(s.URL)
		steps = b.at[element]
	}
	if prepare := prepared()[r.what]; prepare != nil {
		prepare(instance)
	}
	if err != nil {
		return err.Error()
	}
	if steps == nil && element != s.Type {
		return "no instance with the element is made"
	}
	before, err := judge(ctx, registry, instance, canonical)
	if err != nil {
		return err.Error()
	}
	for _, f := range before {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			return fmt.Sprintf("the instance is not valid: %s at %s: %s", f.Rule, f.Path, f.Message)
		}
	}
	changed, _ := clone(instance).(map[string]any)
	place := r.change(changed, steps)
	if place == nil {
		return "the instance has nothing to break"
	}
	after, err := judge(ctx, registry, changed, canonical)
	if err != nil {
		return err.Error()
	}
	return found(r, before, after, expression(changed["resourceType"], place))
}

// reachable is the id by which an element of a profile is made: of a list of which each item is of some slice, in the first slice that
// must be there; of an extension that is defined elsewhere, in that definition.
func (b *builder) reachable(tree *definition.Node, id string) string {
	parts := definition.SplitID(id)
	n, made := tree, parts[0]
	for i, part := range parts[1:] {
		name, slice, sliced := strings.Cut(part, ":")
		child := n.Child(name)
		if child == nil {
			return id
		}
		last := i == len(parts)-2
		if sliced && child.SliceName != slice {
			child = child.Slice(slice)
		} else if j := slices.IndexFunc(child.Slices, func(s *definition.Node) bool { return s.Min > 0 }); !sliced && !last && j >= 0 {
			child = child.Slices[j]
			part = name + ":" + child.SliceName
		}
		if child == nil {
			return id
		}
		made += "." + part
		if !last && name == "extension" && len(child.Types) > 0 && len(child.Types[0].Profiles) > 0 {
			made += ">Extension"
		}
		n = child
	}
	return made
}

func judge(ctx context.Context, registry *profiles.Registry, instance map[string]any, canonical string) ([]result.Finding, error) {
	text, err := json.Marshal(instance)
	if err != nil {
		return nil, err
	}
	var options profiles.Options
	if canonical != "" {
		options.Profiles = []string{canonical}
	}
	return registry.Validate(ctx, text, options)
}

// found says what is wrong with the findings after a change, "" for nothing: one that was not there before, of a rule that is
// meant, at the place or at what holds it, and no other that blames anything.
func found(r rule, before, after []result.Finding, place string) string {
	known := map[string]bool{}
	for _, f := range before {
		known[f.Rule+" "+f.Path+" "+f.Message] = true
	}
	var meant, others []string
	for _, f := range after {
		if known[f.Rule+" "+f.Path+" "+f.Message] || f.Rule == "dom-6" {
			continue
		}
		text := fmt.Sprintf("%s at %s (%s)", f.Rule, f.Path, f.Severity)
		switch {
		case slices.Contains(r.findings, f.Rule) && near(f.Path, place):
			meant = append(meant, text)
		case follows(r, f, place):
		case f.Severity.Rank() >= result.SeverityError.Rank():
			others = append(others, text)
		}
	}
	switch {
	case len(meant) == 0 && len(others) == 0:
		return "nothing is found at " + place
	case len(meant) == 0:
		return "found otherwise, want " + strings.Join(r.findings, " or ") + " at " + place + ": " + strings.Join(others, ", ")
	case len(others) > 0:
		return "found with others: " + strings.Join(others, ", ")
	default:
		return ""
	}
}

// follows reports whether a finding cannot but follow from the change, because two rules say the same of it: an extension without
// its value has neither value nor parts, and one with a value that it may not have has both; a part of an extension under another URL is an unknown
// extension, besides being missed under its own; a unit without its system has a code
// without one; a vital sign's LOINC code is asked for by a slice and by a constraint, and that of a part of blood pressure by a binding and as a
// fixed value; and the extension that ukcore-spec-001 speaks of may not stand where STU3 looks for it.
func follows(r rule, f result.Finding, place string) bool {
	switch f.Rule {
	case "ext-1":
		return (r.what == "required" || r.what == "too many") && near(f.Path, place)
	case profiles.RuleExtensionContext:
		return r.what == "ukcore-spec-001"
	case profiles.RuleFixed:
		return r.what == "binding" && near(f.Path, place)
	case profiles.RuleExtension:
		return r.what == "fixed value" && strings.HasSuffix(r.element, ".url")
	case "qty-3":
		return r.what == "required" && strings.HasSuffix(r.element, ".system")
	case "ukcore-obs-vs-001":
		return strings.Contains(r.element, "coding:loinc")
	case profiles.RuleRequired, profiles.RuleSlicing:
		return r.what == "ukcore-obs-vs-001"
	default:
		return false
	}
}

var typed = regexp.MustCompile(`\.ofType\([A-Za-z]+\)`)

// near reports whether a finding is at a place, at what holds it, or in it.
func near(path, place string) bool {
	path, place = typed.ReplaceAllString(path, ""), typed.ReplaceAllString(place, "")
	if path == place || strings.HasPrefix(path, place+".") || strings.HasPrefix(path, place+"[") {
		return true
	}
	holder := place
	for range 2 {
		if i := strings.LastIndexAny(holder, ".["); i > 0 {
			holder = holder[:i]
		}
		if path == holder {
			return true
		}
		if strings.HasSuffix(place, "]") && holder == place[:strings.LastIndexByte(place, '[')] {
			continue
		}
		break
	}
	return false
}

// expression writes steps as findings do.
func expression(root any, steps []any) string {
	var b strings.Builder
	fmt.Fprint(&b, root)
	for _, step := range steps {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			if name := choice.FindStringSubmatch(step); name != nil {
				step = name[1]
			}
			b.WriteString("." + strings.TrimPrefix(step, "_"))
		}
	}
	return b.String()
}

// choice are the properties of elements with a choice of types, as far as UK Core constrains some.
var choice = regexp.MustCompile(`^(value|onset|abatement|effective|medication|performed|occurrence|deceased|multipleBirth|born|age|dose|rate|asNeeded|product|collected|serviced|allowed|location|diagnosis|procedure|timing|content|item|defaultValue|reported|participant|subject|source|target)[A-Z]\w*$`)
