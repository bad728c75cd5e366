package record

import (
	"slices"
	"strings"

	"concord/internal/fhir"
)

// Set is what one system says about some people, to be compared with another set. Statements are matched by business
// identifier, and where one side has none by what, when and how much; never by a server's id.
type Set struct {
	reader     *Reader
	statements []Statement
	// byKey finds a statement by business identifier, byFollowed by that of a record it follows from.
	byKey, byFollowed map[string]int
	// named and bare find one by what, when and how much, among those with and those without identifiers.
	named, bare map[string]int
	shared      map[string]string
}

// NewSet returns an empty set.
func NewSet(reader *Reader) *Set {
	return &Set{
		reader: reader, byKey: map[string]int{}, byFollowed: map[string]int{}, named: map[string]int{}, bare: map[string]int{}, shared: map[string]string{},
	}
}

// Add reads a resource into the set. A resource of a type that is not compared is left out.
func (s *Set) Add(resource fhir.Resource, names Names) {
	statement, ok := s.reader.Read(resource, names)
	if !ok {
		return
	}
	s.share(&statement)
	i := len(s.statements)
	s.statements = append(s.statements, statement)
	first := func(index map[string]int, keys ...string) {
		for _, key := range keys {
			if _, taken := index[key]; !taken {
				index[key] = i
			}
		}
	}
	first(s.byKey, statement.Keys...)
	first(s.byFollowed, statement.Follows...)
	if len(statement.Keys) > 0 {
		first(s.named, statement.Computed)
	} else {
		first(s.bare, statement.Computed)
	}
}

// share lets equal texts share memory: codes, statuses and sources repeat in every record.
func (s *Set) share(statement *Statement) {
	one := func(text string) string {
		if known, ok := s.shared[text]; ok {
			return known
		}
		kept := strings.Clone(text)
		s.shared[kept] = kept
		return kept
	}
	statement.Type = one(statement.Type)
	for _, list := range [][]string{statement.Sources, statement.values} {
		for i := range list {
			list[i] = one(list[i])
		}
	}
	for i, term := range statement.Terms {
		statement.Terms[i] = Term{one(term.System), one(term.Code), one(term.Display)}
	}
}

// Len is the number of statements in the set.
func (s *Set) Len() int { return len(s.statements) }

// Statements returns the statements in the order they were added. Nobody may change them.
func (s *Set) Statements() []Statement { return s.statements }

// Carries returns the statement that carries a business identifier, the first of several.
func (s *Set) Carries(key string) (Statement, bool) {
	i, ok := s.byKey[key]
	if !ok {
		return Statement{}, false
	}
	return s.statements[i], true
}

// find returns the index of the statement of the set that is about the same fact.
func (s *Set) find(wanted Statement) (int, bool) {
	for _, key := range wanted.Keys {
		if i, ok := s.byKey[key]; ok && alike(s.statements[i].Type, wanted.Type) {
			return i, true
		}
	}
	if i, ok := s.bare[wanted.Computed]; ok {
		return i, true
	}
	if i, ok := s.named[wanted.Computed]; ok && len(wanted.Keys) == 0 {
		return i, true
	}
	return s.sameMedicine(wanted)
}

// Against compares what is shown with what the set expects: the ledger's facts, or what the other system shows. The
// differences come in the order of what is expected, then of what is shown.
func (s *Set) Against(shown *Set) []Difference {
	var all []Difference
	matched := make([]bool, len(shown.statements))
	for _, expected := range s.statements {
		i, ok := shown.find(expected)
		if !ok {
			all = append(all, Difference{Kind: Missing, Want: expected, Expected: expected.Describe(), Actual: "not shown"})
			continue
		}
		matched[i] = true
		all = append(all, alterations(expected, shown.statements[i])...)
	}
	for i, actual := range shown.statements {
		if matched[i] {
			continue
		}
		d := Difference{Kind: Extra, Got: actual, Expected: "nothing", Actual: actual.Describe()}
		if j, known := s.find(actual); known {
			// The fact was shown already, so this is it once more.
			d.Want = s.statements[j]
			d.Expected = "shown once"
		}
		all = append(all, d)
	}
	return all
}

// alterations lists the rows in which what is shown is not what is expected.
func alterations(expected, actual Statement) []Difference {
	var all []Difference
	differ := func(path string, r rule, want, got string) {
		if want != got && r.differ(want, got) {
			all = append(all, Difference{
				Kind: Altered, Want: expected, Got: actual, Rule: r.name, Path: actual.Type + "." + path, Expected: shownAs(want), Actual: shownAs(got),
			})
		}
	}
	if expected.Type == actual.Type {
		for i, row := range expected.shape.rows {
			differ(row.path, row.rule, expected.values[i], actual.values[i])
		}
		return all
	}
	for _, row := range expected.shape.rows {
		if slices.Contains(medicineRows(), row.path) {
			differ(row.path, row.rule, expected.Value(row.path), actual.Value(row.path))
		}
	}
	return all
}

// Agrees reports whether the side of an alteration that is shown says what the truth says.
func Agrees(truth Statement, d Difference) bool {
	if d.Rule == "display" {
		return !slices.ContainsFunc(d.Got.Terms, func(term Term) bool {
			return truth.names(term) && !slices.Contains(truth.Terms, term)
		})
	}
	return !slices.ContainsFunc(alterations(truth, d.Got), func(other Difference) bool { return other.Path == d.Path })
}

// shownAs puts canonical content on one line.
func shownAs(text string) string { return strings.ReplaceAll(text, "\n", " and ") }
