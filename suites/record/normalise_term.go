package record

import (
	"slices"
	"strings"

	"concord/fixtures"
)

// Terms knows which codes a display belongs to: the codes by "system|words". Displays of one code differ lawfully
// (preferred term, synonym, case); a display that is known for other codes only belongs to another concept.
type Terms map[string][]string

// Learn takes in lines of the form system|code=words.
func (t Terms) Learn(lines []string) {
	for _, line := range lines {
		system, code, display := cutTerm(line)
		if key := system + "|" + display; !slices.Contains(t[key], code) {
			t[key] = append(t[key], code)
		}
	}
}

// Wrong reports whether the display of a line system|code=words belongs to another code, and to which.
func (t Terms) Wrong(line string) (other string, wrong bool) {
	system, code, display := cutTerm(line)
	codes := t[system+"|"+display]
	if len(codes) == 0 || slices.Contains(codes, code) {
		return "", false
	}
	return codes[0], true
}

func cutTerm(line string) (system, code, display string) {
	coding, display, _ := strings.Cut(line, "=")
	at := strings.LastIndex(coding, "|")
	return coding[:at], coding[at+1:], display
}

// wrongTerms lists the statement's displays that belong to another code.
func (t Terms) wrongTerms(s Statement) []Difference {
	var all []Difference
	for _, line := range s.Terms {
		if other, wrong := t.Wrong(line); wrong {
			system, code, display := cutTerm(line)
			all = append(all, Difference{
				Kind: Altered, Want: s, Got: s, Rule: "display", Path: s.Type + ".code.coding.display",
				Expected: "a display of " + system + "|" + code, Actual: display + ", which is a display of " + other,
			})
		}
	}
	return all
}

// Terms compares the displays of facts that both sets show: one that differs from the expected one, and that is known as
// the display of another code, belongs to another concept.
func (s *Set) Terms(shown *Set, terms Terms) []Difference {
	var all []Difference
	for _, expected := range s.statements {
		i, ok := shown.find(expected)
		if !ok {
			continue
		}
		for _, line := range shown.statements[i].Terms {
			system, code, display := cutTerm(line)
			others := slices.DeleteFunc(slices.Clone(terms[system+"|"+display]), func(other string) bool { return other == code })
			if slices.Contains(expected.Terms, line) || len(others) == 0 || !namesCode(expected.Terms, line) {
				continue
			}
			all = append(all, Difference{
				Kind: Altered, Want: expected, Got: shown.statements[i], Rule: "display", Path: expected.Type + ".code.coding.display",
				Expected: "a display of " + system + "|" + code, Actual: display + ", which is a display of " + others[0],
			})
		}
	}
	return all
}

// namesCode reports whether one of the lines has a display for the code of another line.
func namesCode(lines []string, line string) bool {
	coding, _, _ := strings.Cut(line, "=")
	return slices.ContainsFunc(lines, func(other string) bool { return strings.HasPrefix(other, coding+"=") })
}

// factTerms are the displays of a fact's code.
func factTerms(fact fixtures.Fact) []string {
	lines := make([]string, 0, len(fact.Code.Coding))
	for _, coding := range fact.Code.Coding {
		lines = append(lines, coding.System+"|"+coding.Code+"="+words(coding.Display))
	}
	return lines
}
