package script

import (
	"slices"
	"time"

	"concord.example/concord/internal/suggest"
	"concord.example/concord/suites/check"
)

// assertion reads a then step.
func (p *reader) assertion(verb string, m *mapping, value node) action {
	switch verb {
	case "see":
		return &see{what: p.selector(value, verb)}
	case "only":
		return &see{what: p.selector(value, verb), only: true}
	case "not-see":
		return &notSee{what: p.factSelector(value, verb)}
	case "count":
		return p.count(value)
	case "value":
		return p.value(value)
	case "absent":
		made := &absent{}
		for _, item := range p.texts(value, verb) {
			p.placeholders(item)
			made.texts = append(made.texts, item.text)
		}
		if len(made.texts) == 0 {
			p.fault(value, "absent names no words")
		}
		return made
	case "outcome":
		return p.outcome(value)
	case "attachment":
		return &attachment{what: p.factSelector(value, verb)}
	case "same":
		return p.same(m, value)
	default:
		return p.within(value)
	}
}

// factSelector reads a selector that must name facts by label or query.
func (p *reader) factSelector(value node, verb string) *selector {
	s := p.selector(value, verb)
	if !s.aboutFacts() && value.kind != nothing {
		p.fault(value, "%s is about facts: name labels, a set, or a query", verb)
	}
	return s
}

// of reads the selector of a mapping.
func (p *reader) of(m *mapping) *selector {
	value, ok := m.need("of")
	if !ok {
		return &selector{node: m.node}
	}
	return p.selector(value, "of")
}

func (p *reader) count(value node) action {
	m, ok := p.object(value, "count")
	if !ok {
		return nil
	}
	made := &count{what: p.of(m), most: unbounded}
	exact, isExact := m.get("is")
	least, hasLeast := m.get("at-least")
	most, hasMost := m.get("at-most")
	switch {
	case isExact && (hasLeast || hasMost), !isExact && !hasLeast && !hasMost:
		p.fault(value, "count needs either is, or at-least or at-most")
	case isExact:
		made.least = p.number(exact, "is")
		made.most = made.least
	}
	if hasLeast {
		made.least = p.number(least, "at-least")
	}
	if hasMost {
		made.most = p.number(most, "at-most")
	}
	m.finish()
	return made
}

func (p *reader) value(n node) action {
	m, ok := p.object(n, "value")
	if !ok {
		return nil
	}
	made := &value{what: p.of(m)}
	p.path(m, made.what, &made.path)
	kinds := 0
	for _, row := range []struct {
		key    string
		target *[]string
	}{{"is", &made.is}, {"in", &made.in}, {"not", &made.not}} {
		expected, ok := m.get(row.key)
		if !ok {
			continue
		}
		kinds++
		for _, item := range p.texts(expected, row.key) {
			p.placeholders(item)
			*row.target = append(*row.target, item.text)
		}
	}
	if has, ok := m.get("has"); ok {
		kinds++
		p.placeholders(has)
		made.has = p.scalar(has, "has")
	}
	if _, ok := m.get("exists"); ok {
		kinds++
		made.exists = p.choice(m, "exists", "", "true", "false")
	}
	if kinds != 1 {
		p.fault(n, "value needs exactly one of is, in, not, has and exists")
	}
	m.finish()
	return made
}

// path reads the FHIRPath that a step looks at.
func (p *reader) path(m *mapping, what *selector, target *string) {
	resourceType := ""
	if len(what.types) == 1 {
		resourceType = what.types[0]
	}
	if _, ok := m.need("path"); ok {
		*target = p.expression(m, "path", resourceType)
	}
}

func (p *reader) outcome(value node) action {
	m, ok := p.object(value, "outcome")
	if !ok {
		return nil
	}
	made := &outcome{code: m.text("code"), naming: m.text("naming")}
	if naming, ok := m.get("naming"); ok {
		p.placeholders(naming)
	}
	if code, ok := m.get("code"); ok && !slices.Contains(issueTypes(), made.code) {
		p.fault(code, "%q is not a FHIR issue type%s", made.code, suggest.Meant(made.code, issueTypes()))
	}
	made.none = p.choice(m, "none", "false", "false", "true") == "true"
	if made.code == "" && made.naming == "" {
		p.fault(value, "outcome needs a code, or whom it must be naming")
	}
	m.finish()
	return made
}

// issueTypes are the codes of http://hl7.org/fhir/ValueSet/issue-type in R4.
func issueTypes() []string {
	return []string{
		"invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden", "suppressed",
		"processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension",
		"too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled",
		"informational",
	}
}

func (p *reader) same(step *mapping, value node) action {
	m, ok := p.object(value, "same")
	if !ok {
		return nil
	}
	made := &agree{what: p.of(m)}
	p.path(m, made.what, &made.path)
	if p.script.Scope != check.PerPair {
		p.fault(step.node, "same compares two systems, so the scenario needs scope: pair and a when step with from: both")
	}
	m.finish()
	return made
}

func (p *reader) within(value node) action {
	text := p.scalar(value, "within")
	limit, err := time.ParseDuration(text)
	if err != nil || limit <= 0 {
		p.fault(value, "within %q is not a duration such as 3s or 800ms", text)
	}
	return &within{limit: limit}
}
