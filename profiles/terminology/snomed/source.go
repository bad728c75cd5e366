package snomed

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// Source answers for SNOMED CT from an index.
type Source struct{ Index *Index }

// System is the URL of SNOMED CT.
func (s Source) System() string { return fhir.SNOMEDSystem }

// Name says which edition and date answers.
func (s Source) Name() string { return "import of " + s.Index.Meta.Version }

// Check says whether the release has the concept, active or not. It cannot say so of an expression, nor of a concept of an
// extension (its identifier names a namespace) that the release need not hold.
func (s Source) Check(code string) terminology.Verdict {
	if s.Index.Has(code) {
		return terminology.In
	}
	if component, err := fhir.ParseSCTID(code); err != nil && !errors.Is(err, fhir.ErrSCTIDCheckDigit) || component != "" && component != fhir.Concept {
		if strings.Trim(code, "0123456789") != "" {
			return terminology.Unknown
		}
		return terminology.Out
	}
	const namespaced = 10 // digits of a long identifier: at least one, the namespace of seven, the partition, the check digit
	if n := len(code); n > namespaced && code[n-3] == '1' {
		namespace := code[n-namespaced : n-3]
		if !strings.Contains(s.Index.Meta.Version, unitedKingdomEdition) || namespace != "1000000" && namespace != "1000001" {
			return terminology.Unknown
		}
	}
	return terminology.Out
}

// Display says whether a text is an active term of the concept. Case and runs of spaces do not matter.
func (s Source) Display(code, text string) (terminology.Verdict, string) {
	terms := s.Index.Terms(code)
	if len(terms) == 0 {
		return terminology.Unknown, ""
	}
	for _, t := range terms {
		if strings.EqualFold(strings.Join(strings.Fields(t.Text), " "), strings.Join(strings.Fields(text), " ")) {
			return terminology.In, text
		}
	}
	return terminology.Out, s.Index.Display(code)
}

// Standing says that a concept is inactive, and what stands in for it.
func (s Source) Standing(code string) string {
	if !s.Index.Has(code) || s.Index.Active(code) {
		return ""
	}
	text := "inactive"
	for i, successor := range s.Index.Successors(code) {
		separator := "; "
		if i == 0 {
			separator = ", "
		}
		text += fmt.Sprintf("%s%s %s |%s|", separator, successor.How, successor.Code, s.Index.Display(successor.Code))
	}
	return text
}

// Filter works out the filters that FHIR R4 (4.3, "Using SNOMED CT with FHIR") gives to SNOMED CT, and "in" with a
// reference set, as UK Core writes it.
func (s Source) Filter(filters []definition.Filter) (func(code string) terminology.Verdict, error) {
	var sets []*Set
	for _, f := range filters {
		expression := ""
		switch f.Property + " " + f.Op {
		case "constraint =", "expression =":
			expression = f.Value
		case "concept =", "code =":
			expression = f.Value
		case "concept is-a", "code is-a":
			expression = "<< (" + f.Value + ")"
		case "concept descendent-of", "code descendent-of":
			expression = "< (" + f.Value + ")"
		case "concept in", "code in":
			expression = "^ " + strings.TrimPrefix(strings.TrimSpace(f.Value), "^")
		default:
			return nil, fmt.Errorf("the filter %s %s is not read for SNOMED CT", f.Property, f.Op)
		}
		set, err := s.Index.Select(expression)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return all(sets), nil
}

func all(sets []*Set) func(code string) terminology.Verdict {
	return func(code string) terminology.Verdict {
		for _, set := range sets {
			if !set.Has(code) {
				return terminology.Out
			}
		}
		return terminology.In
	}
}

// Implicit works out the value sets that URLs of SNOMED CT stand for: all of it, isa/, refset/ and ecl/.
func (s Source) Implicit(canonical string) (func(code string) terminology.Verdict, error) {
	query, ok := strings.CutPrefix(canonical, fhir.SNOMEDSystem+"?fhir_vs")
	if !ok {
		return nil, nil //nolint:nilnil // it stands for no value set of SNOMED CT
	}
	kind, value, _ := strings.Cut(strings.TrimPrefix(query, "="), "/")
	expression := ""
	switch kind {
	case "":
		return s.Check, nil
	case "isa":
		expression = "<< " + value
	case "refset":
		expression = "^ " + value
	case "ecl":
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", canonical, err)
		}
		expression = decoded
	default:
		return nil, fmt.Errorf("the form %q of an implicit value set is not known", kind)
	}
	set, err := s.Index.Select(expression)
	if err != nil {
		return nil, err
	}
	return all([]*Set{set}), nil
}
