package profiles

import (
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/ukrules"
)

// addRules adds the faults that the rules for England found, without those at a place that a profile finds wrong already.
func (r *Registry) addRules(faults []fault, found []ukrules.Fault, root map[string]any) []fault {
	return withRules(faults, r.appendRules(nil, found, root))
}

// appendRules adds faults of the rules for England, with their paths.
func (r *Registry) appendRules(list []fault, found []ukrules.Fault, root map[string]any) []fault {
	for _, f := range found {
		finding := f.Finding
		finding.Path = r.expressionOf(root, f.Pointer)
		finding.Expected, finding.Actual = clip(finding.Expected), clip(finding.Actual)
		list = append(list, fault{f.Pointer, finding})
	}
	return list
}

// withRules adds the faults of the rules for England to those of profiles, without those at a place that a profile finds wrong
// already.
func withRules(faults, found []fault) []fault {
	wrong := map[string]bool{}
	for _, f := range faults {
		if f.finding.Severity.Rank() >= result.SeverityError.Rank() {
			wrong[f.pointer] = true
		}
	}
	var misspelt []string
	for _, f := range found {
		if wrong[f.pointer] || wrong[siblingOf(f.pointer)] {
			continue
		}
		faults = append(faults, f)
		if coding, isSystem := strings.CutSuffix(f.pointer, "/system"); isSystem && f.finding.Rule == ukrules.CodeSystem {
			misspelt = append(misspelt, coding)
		}
	}
	return withoutEchoes(faults, misspelt)
}

// withoutEchoes leaves out what was said of a binding because the system of a coding is misspelt, which is said of the system.
func withoutEchoes(faults []fault, misspelt []string) []fault {
	if len(misspelt) == 0 {
		return faults
	}
	return slices.DeleteFunc(faults, func(f fault) bool {
		return f.finding.Rule == RuleBinding && slices.ContainsFunc(misspelt, func(coding string) bool {
			list, _ := strings.CutPrefix(coding, f.pointer)
			return list == "" || strings.HasPrefix(list, "/coding/")
		})
	})
}

// Rules judges a resource by the rules for England alone. Its findings have no line and column and are in the order of their
// paths.
func (r *Registry) Rules(resource map[string]any, rules *ukrules.Set) []result.Finding {
	faults := r.addRules(nil, rules.Judge(resource), resource)
	if len(faults) == 0 {
		return nil
	}
	findings := make([]result.Finding, len(faults))
	for i, f := range faults {
		findings[i] = f.finding
	}
	slices.SortFunc(findings, result.CompareFindings)
	return findings
}

// siblingOf is the place of the code beside a system, and of the system beside a code: a profile that refuses one of the
// two has judged both.
func siblingOf(pointer string) string {
	if coding, isSystem := strings.CutSuffix(pointer, "/system"); isSystem {
		return coding + "/code"
	}
	if coding, isCode := strings.CutSuffix(pointer, "/code"); isCode {
		return coding + "/system"
	}
	return pointer
}

// expressionOf writes a JSON pointer into a resource as FHIRPath, with the types of choices as the definitions have them.
func (r *Registry) expressionOf(root map[string]any, pointer string) string {
	var b strings.Builder
	b.WriteString(rootType(root))
	n := r.rootNode(root)
	var value any = root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if part == "" {
			continue
		}
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		if list, isList := value.([]any); isList {
			b.WriteString("[" + part + "]")
			value = nil
			if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(list) {
				value = list[i]
			}
		} else {
			object, _ := value.(map[string]any)
			value = object[part]
			n = writeStep(&b, n, part)
		}
		if resource, isObject := value.(map[string]any); isObject && resource["resourceType"] != nil {
			n = r.rootNode(resource)
		}
	}
	return b.String()
}

// writeStep writes one property and returns the node that its children are of, or nil where the definitions do not have it.
func writeStep(b *strings.Builder, n *node, property string) *node {
	property = strings.TrimPrefix(property, "_")
	b.WriteByte('.')
	if n == nil || n.props.get(property) == nil {
		b.WriteString(property)
		return nil
	}
	p := n.props.get(property)
	b.WriteString(p.path)
	if p.ofType != "" {
		b.WriteString(".ofType(" + p.ofType + ")")
	}
	return p.node.childrenOf(p.typ)
}

// rootNode returns the root of the definition of a resource's type, or nil.
func (r *Registry) rootNode(resource map[string]any) *node {
	s, err := r.shapeOf(definition.TypeURL(rootType(resource)))
	if err != nil || s == nil {
		return nil
	}
	return s.root
}
