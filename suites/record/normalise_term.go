package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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

// byCode are the displays that are known for each code of a system.
func (t Terms) byCode() map[[2]string][]string {
	own := map[[2]string][]string{}
	for c, codes := range t {
		for _, code := range codes {
			own[[2]string{c.system, code}] = append(own[[2]string{c.system, code}], c.display)
		}
	}
	return own
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

// wrongTerms lists the statement's displays that belong to another code, or name another strength than those that are known for it.
func (t Terms) wrongTerms(s Statement) []Difference {
	var all []Difference
	for _, term := range s.Terms {
		if other, wrong := t.Wrong(term); wrong {
			all = append(all, termDifference(s, s, term, "which is a display of "+other))
			continue
		}
		if len(strengths(term.Display)) == 0 {
			continue // most say nothing of how strong something is
		}
		if known := t.byCode()[[2]string{term.System, term.Code}]; otherStrength(known, term.Display) {
			all = append(all, termDifference(s, s, term, "which is another strength than in "+slices.Min(known)))
		}
	}
	return all
}

// namesakes is beside how many codes one display must stand before it is the name of none of them: two concepts may share a synonym.
const namesakes = 3

// Alike lists, by set, what is shown with words that stand beside several codes of one system, each of which is known by a name of its own:
// whatever they are the words of, it is not all of these. Of each code one statement is told.
func (t Terms) Alike(shown []*Set) [][]Difference {
	own := t.byCode()
	type place struct {
		set       int
		statement Statement
		term      Term
	}
	beside, told := map[coding][]place{}, map[Term]bool{}
	for i, set := range shown {
		for _, s := range set.statements {
			for _, term := range s.Terms {
				names := own[[2]string{term.System, term.Code}]
				if key := (coding{term.System, term.Display}); len(names) > 0 && len(t[key]) == 0 && !told[term] {
					told[term] = true
					beside[key] = append(beside[key], place{i, s, term})
				}
			}
		}
	}
	all := make([][]Difference, len(shown))
	for _, places := range beside {
		names := map[string]bool{}
		for _, p := range places {
			names[slices.Min(own[[2]string{p.term.System, p.term.Code}])] = true
		}
		if len(names) < namesakes {
			continue
		}
		for _, p := range places {
			all[p.set] = append(all[p.set], termDifference(p.statement, p.statement, p.term, fmt.Sprintf("as %d other codes are shown", len(places)-1)))
		}
	}
	for _, differences := range all {
		slices.SortFunc(differences, func(a, b Difference) int {
			return cmp.Or(strings.Compare(a.Got.Reference, b.Got.Reference), strings.Compare(a.Actual, b.Actual))
		})
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
				all = append(all, termDifference(expected, actual, term, "which is a display of "+others[0]))
			}
		}
	}
	return all
}

// names reports whether the statement has a display for the code of a term.
func (s Statement) names(term Term) bool {
	return slices.ContainsFunc(s.Terms, func(own Term) bool { return own.System == term.System && own.Code == term.Code })
}

func termDifference(want, got Statement, term Term, wrong string) Difference {
	return Difference{
		Kind: Altered, Want: want, Got: got, Rule: "display", Path: got.Type + ".code.coding.display",
		Expected: "a display of " + term.System + "|" + term.Code, Actual: term.Display + ", " + wrong,
	}
}
