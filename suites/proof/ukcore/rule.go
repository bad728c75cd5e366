package main

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
)

// rule is one thing that a profile or an extension of UK Core asks for, with how an instance that keeps it is made to break it.
type rule struct {
	// canonical is the profile or extension, element the id of the element there.
	canonical, element string
	// what says which rule of the element it is: "required", "too many", "fixed value", "binding", "type", "target", "context", or the
	// key of a constraint.
	what string
	// findings are the rules of findings of which one must be raised.
	findings []string
	// change breaks it: it is given the instance and the steps to the element, and returns the steps to where the finding
	// must be; nil where the instance has nothing to break.
	change func(instance map[string]any, steps []any) []any
	// unbreakable says why no single change breaks it alone.
	unbreakable string
}

func (r rule) String() string { return fmt.Sprintf("%s %s: %s", r.canonical, r.element, r.what) }

// rulesOf are the rules that the differential of a definition adds to its base.
func rulesOf(b *builder, s *definition.Structure) []rule {
	var rules []rule
	tree, base := b.tree(s.URL), b.tree(s.Base)
	if s.Type == "Extension" {
		r := rule{canonical: s.URL, element: "Extension", what: "context", findings: []string{profiles.RuleExtensionContext}, change: misplace}
		if slices.ContainsFunc(s.Contexts, func(c definition.Context) bool { return c.Expression == "Resource" || c.Expression == "Element" }) {
			r.change, r.unbreakable = nil, "it may be in any resource"
		}
		rules = append(rules, r)
	}
	for i := range s.Differential {
		e := s.Differential[i]
		n := nodeOf(tree, e.ID)
		if n == nil {
			continue
		}
		before := nodeOf(base, withoutSlices(e.ID))
		add := func(what string, change func(map[string]any, []any) []any, findings ...string) {
			rules = append(rules, rule{canonical: s.URL, element: e.ID, what: what, findings: findings, change: change})
		}
		never := func(what, why string) {
			rules = append(rules, rule{canonical: s.URL, element: e.ID, what: what, unbreakable: why})
		}
		if e.Min > 0 && e.ID != s.Type && (before == nil || before.Min < e.Min || n.SliceName != "") {
			switch slice := sliceBy(tree, e.ID); {
			case slice == nil:
				add("required", remove, profiles.RuleRequired, profiles.RuleSlicing)
			case slice.Min > 0:
				add("required", unslice(tree, e.ID, remove), profiles.RuleRequired, profiles.RuleSlicing)
			default:
				never("required", "it decides whether an item is one of the slice at all, and none need be")
			}
		}
		if s.Type == "Extension" && e.ID == "Extension" {
			never("cardinality", "how often an extension may be there is decided by the profiles that use it")
			continue
		}
		list := n.BaseMax > 1 || n.Max > 1
		switch {
		case e.Max == definition.Unset || before != nil && n.SliceName == "" && before.Max <= e.Max:
		case e.Max == 0:
			add("too many", appear(b, before), profiles.RuleTooMany, profiles.RuleUnknownElement)
		case e.Max == definition.Unbounded:
		case list:
			add("too many", repeat(e.Max), profiles.RuleTooMany, profiles.RuleSlicing)
		case n.SliceName != "":
			never("too many", "JSON has no place for a second value of what is no list")
		}
		if e.Fixed != nil {
			switch {
			case e.ID == "Extension.url":
				add("fixed value", replaceBy("https://a.example.test/no-such-extension"), profiles.RuleExtension, profiles.RuleSlicing, profiles.RuleUnknownElement)
			case sliceBy(tree, e.ID) == nil:
				add("fixed value", recode(b, n), profiles.RuleFixed)
			case sliceBy(tree, e.ID).Min > 0:
				add("fixed value", unslice(tree, e.ID, recode(b, n)), profiles.RuleRequired, profiles.RuleSlicing)
			default:
				never("fixed value", "it decides whether an item is one of the slice at all, and none need be")
			}
		}
		if e.Pattern != nil {
			add("pattern", replaceBy(other(e.Pattern.JSON)), profiles.RulePattern)
		}
		if e.Binding != nil {
			switch e.Binding.Strength {
			case "required", "extensible":
				if code, _ := b.first(e.Binding.ValueSet, 0); code == "" {
					never("binding", "no code of the value set is held, so that none can be told to be outside it")
					break
				}
				slice := sliceBy(tree, e.ID)
				if strings.HasSuffix(e.ID, ":"+n.SliceName) && n.SliceName != "" && n.Name != "extension" && n.Min == 0 && !decides(n) {
					slice = n // nothing but its binding tells it from others
				}
				switch {
				case slice == nil:
					add("binding", uncoded, profiles.RuleBinding, profiles.RuleCode)
				case slice.Min > 0:
					add("binding", unslice(tree, e.ID, uncoded), profiles.RuleRequired, profiles.RuleSlicing)
				default:
					never("binding", "it decides whether an item is one of the slice at all, and none need be")
				}
			}
		}
		rules = append(rules, typeRules(b, s, e, n, before)...)
		for _, c := range e.Constraints {
			change := broken()[c.Key]
			if change == nil {
				never(c.Key, "nobody has said how it is broken")
				continue
			}
			add(c.Key, change, c.Key)
		}
	}
	return rules
}

// typeRules are those about the types of an element and of what it refers to.
func typeRules(b *builder, s *definition.Structure, e definition.Element, n, before *definition.Node) []rule {
	if len(e.Types) == 0 || before == nil || n.SliceName != "" && n.Name == "extension" {
		return nil
	}
	var rules []rule
	codes := func(types []definition.Type) []string {
		var list []string
		for _, t := range types {
			list = append(list, t.Code)
		}
		return list
	}
	left := codes(n.Types)
	if i := slices.IndexFunc(before.Types, func(t definition.Type) bool { return !slices.Contains(left, t.Code) }); i >= 0 && strings.HasSuffix(n.Name, "[x]") {
		rules = append(rules, rule{canonical: s.URL, element: e.ID, what: "type", findings: []string{profiles.RuleChoice, profiles.RuleUnknownElement, profiles.RuleSlicing}, change: retype(b, n, before.Types[i])})
	}
	if len(n.Types) == 1 && n.Types[0].Code == "Reference" && len(n.Types[0].Targets) > 0 {
		allowed := map[string]bool{}
		for _, canonical := range n.Types[0].Targets {
			canonical, _, _ = strings.Cut(canonical, "|")
			if t, err := b.registry.Structure(canonical); err == nil && t != nil {
				allowed[t.Type] = true
			}
		}
		for _, t := range []string{"Basic", "Binary", "Questionnaire"} {
			if !allowed[t] && !allowed["Resource"] {
				rules = append(rules, rule{canonical: s.URL, element: e.ID, what: "target", findings: []string{profiles.RuleReferenceTarget, profiles.RuleReference}, change: refer(t)})
				break
			}
		}
	}
	return rules
}

// nodeOf finds an element of a tree by its id; nil where there is none.
func nodeOf(tree *definition.Node, id string) *definition.Node {
	if tree == nil {
		return nil
	}
	parts := definition.SplitID(id)
	n := tree
	for _, part := range parts[1:] {
		name, slice, sliced := strings.Cut(part, ":")
		child := n.Child(name)
		if child == nil {
			return nil
		}
		if sliced && child.SliceName != slice {
			if child = child.Slice(slice); child == nil {
				return nil
			}
		}
		n = child
	}
	return n
}

// withoutSlices is an element's id as its base has it.
func withoutSlices(id string) string {
	parts := definition.SplitID(id)
	for i := range parts {
		parts[i], _, _ = strings.Cut(parts[i], ":")
	}
	return strings.Join(parts, ".")
}

// sliceBy is the slice of which an element decides whether an item belongs to it; nil where it decides nothing.
func sliceBy(tree *definition.Node, id string) *definition.Node {
	parts := definition.SplitID(id)
	for i := len(parts) - 1; i > 0; i-- {
		name, slice, sliced := strings.Cut(parts[i], ":")
		if !sliced {
			continue
		}
		holder := nodeOf(tree, strings.Join(parts[:i], "."))
		if holder == nil || holder.Child(name) == nil || holder.Child(name).Slicing == nil {
			return nil
		}
		below := strings.Join(parts[i+1:], ".")
		for _, d := range holder.Child(name).Slicing.Discriminators {
			if d.Type == "value" && (d.Path == below || d.Path == "$this" && below != "" || below != "" && strings.HasPrefix(below, d.Path+".") || strings.HasPrefix(d.Path, below+".") && below != "") ||
				below == "" && d.Path == "$this" {
				return holder.Child(name).Slice(slice)
			}
		}
	}
	return nil
}
