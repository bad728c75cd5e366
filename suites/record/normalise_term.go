package record

import (
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// Term is a code with a display that was seen for it, in canonical form.
type Term struct{ System, Code, Display string }

// coding is a display in a code system, without the code.
type coding struct{ system, display string }

// Terms knows which codes a display belongs to. Displays of one code differ lawfully (preferred term, synonym, case); a
// display that is known for other codes only belongs to another concept.
type Terms map[coding][]string

// Learn takes in codes with their displays.
func (t Terms) Learn(terms []Term) {
	for _, term := range terms {
		if key := (coding{term.System, term.Display}); !slices.Contains(t[key], term.Code) {
			t[key] = append(t[key], term.Code)
		}
	}
}

// Wrong reports whether a display belongs to another code, and to which.
func (t Terms) Wrong(term Term) (other string, wrong bool) {
	codes := t[coding{term.System, term.Display}]
	if len(codes) == 0 || slices.Contains(codes, term.Code) {
		return "", false
	}
	return codes[0], true
}

// termsOf lists the displays of codes, in CodeableConcepts and Codings.
func termsOf(concepts []any) []Term {
	var all []Term
	for _, concept := range concepts {
		list := fhir.Objects(fhir.Get(concept, "coding"))
		if object, ok := concept.(map[string]any); ok && object["code"] != nil && len(list) == 0 {
			list = []map[string]any{object}
		}
		for _, c := range list {
			if display := words(fhir.Text(c["display"])); display != "" {
				all = append(all, Term{codeSystem(fhir.Text(c["system"])), fhir.Text(c["code"]), display})
			}
		}
	}
	return all
}

// factTerms are the displays of a fact's code.
func factTerms(fact fixtures.Fact) []Term {
	terms := make([]Term, 0, len(fact.Code.Coding))
	for _, c := range fact.Code.Coding {
		terms = append(terms, Term{c.System, c.Code, words(c.Display)})
	}
	return terms
}

// wrongTerms lists the statement's displays that belong to another code.
func (t Terms) wrongTerms(s Statement) []Difference {
	var all []Difference
	for _, term := range s.Terms {
		if other, wrong := t.Wrong(term); wrong {
			all = append(all, termDifference(s, s, term, other))
		}
	}
	return all
}

// Terms compares the displays of facts that both sets show: one that differs from the expected one, and that is known as
// the display of another code, belongs to another concept.
func (s *Set) Terms(shown *Set, terms Terms) []Difference {
	var all []Difference
	for _, expected := range s.statements {
		i, ok := shown.find(expected, nil)
		if !ok {
			continue
		}
		actual := shown.statements[i]
		for _, term := range actual.Terms {
			others := slices.DeleteFunc(slices.Clone(terms[coding{term.System, term.Display}]), func(other string) bool { return other == term.Code })
			if len(others) > 0 && expected.names(term) && !slices.Contains(expected.Terms, term) {
				all = append(all, termDifference(expected, actual, term, others[0]))
			}
		}
	}
	return all
}

// names reports whether the statement has a display for the code of a term.
func (s Statement) names(term Term) bool {
	return slices.ContainsFunc(s.Terms, func(own Term) bool { return own.System == term.System && own.Code == term.Code })
}

func termDifference(want, got Statement, term Term, other string) Difference {
	return Difference{
		Kind: Altered, Want: want, Got: got, Rule: "display", Path: got.Type + ".code.coding.display",
		Expected: "a display of " + term.System + "|" + term.Code, Actual: term.Display + ", which is a display of " + other,
	}
}
