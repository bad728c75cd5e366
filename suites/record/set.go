package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// Set is what one system says about some people, to be compared with another set. Statements are matched by business
// identifier, and where one side has none by what, when and how much; never by a server's id.
type Set struct {
	reader     *Reader
	statements []Statement
	// byKey finds a statement by business identifier, byFollowed by that of a record it follows from.
	byKey, byFollowed map[string]int
	// sharing are further statements with a business identifier that another one has: it may number an order, or a report.
	sharing map[string][]int
	// saying finds, among those that share an identifier, the ones that say the same: identifier, then what they say.
	saying map[string][]int
	// named and bare find them by what, when and how much: the first of those with identifiers, and all of those without.
	named map[string]int
	bare  map[string][]int
}

// NewSet returns an empty set.
func NewSet(reader *Reader) *Set {
	return &Set{
		reader: reader, byKey: map[string]int{}, byFollowed: map[string]int{}, sharing: map[string][]int{}, saying: map[string][]int{}, named: map[string]int{}, bare: map[string][]int{},
	}
}

// Add reads a resource into the set. A resource of a type that is not compared is left out.
func (s *Set) Add(resource fhir.Resource, names Names) {
	statement, ok := s.reader.Read(resource, names)
	if !ok {
		return
	}
	s.reader.texts.share(&statement)
	i := len(s.statements)
	s.statements = append(s.statements, statement)
	first := func(index map[string]int, keys ...string) {
		for _, key := range keys {
			if _, taken := index[key]; !taken {
				index[key] = i
			}
		}
	}
	for _, key := range statement.Keys {
		if known, taken := s.byKey[key]; taken && known != i {
			if len(s.sharing[key]) == 0 {
				s.say(key, known)
			}
			s.sharing[key] = append(s.sharing[key], i)
			s.say(key, i)
		}
	}
	first(s.byKey, statement.Keys...)
	first(s.byFollowed, statement.Follows...)
	if len(statement.Keys) > 0 {
		first(s.named, statement.Computed)
	} else {
		s.bare[statement.Computed] = append(s.bare[statement.Computed], i)
	}
}

func (s *Set) say(key string, i int) {
	key += "\x00" + s.statements[i].Computed
	s.saying[key] = append(s.saying[key], i)
}

// few is the beginning of a list: a number that everything has identifies nothing, and must not cost time by the square.
func few(list []int) []int { return list[:min(len(list), 64)] }

// Len is the number of statements in the set.
func (s *Set) Len() int { return len(s.statements) }

// Statements returns the statements in the order they were added. Nobody may change them.
func (s *Set) Statements() []Statement { return s.statements }

// Same reports whether two sets say the same, each statement as often as the other: what one system says twice, it says
// again when it is asked again.
func (s *Set) Same(other *Set) bool {
	if len(s.statements) != len(other.statements) {
		return false
	}
	said := map[string]int{}
	for i := range s.statements {
		said[s.statements[i].fingerprint()]++
	}
	for i := range other.statements {
		text := other.statements[i].fingerprint()
		if said[text] == 0 {
			return false
		}
		said[text]--
	}
	return true
}

// Carries returns the statement that carries a business identifier, the first of several.
func (s *Set) Carries(key string) (Statement, bool) {
	i, ok := s.byKey[key]
	if !ok {
		return Statement{}, false
	}
	return s.statements[i], true
}

// find returns the index of the statement of the set that is about the same fact. Of several that share an identifier it is
// the one that says the same, or else one that is not matched yet.
func (s *Set) find(wanted Statement, matched []bool) (int, bool) {
	for _, key := range wanted.Keys {
		i, ok := s.byKey[key]
		if !ok {
			continue
		}
		for _, other := range slices.Concat(few(s.saying[key+"\x00"+wanted.Computed]), few(s.sharing[key])) {
			if better(s.statements[other], other, s.statements[i], i, wanted, matched) {
				i = other
			}
		}
		if alike(s.statements[i].Type, wanted.Type) {
			return i, true
		}
	}
	if same := few(s.bare[wanted.Computed]); len(same) > 0 {
		// Of several that say the same each is one, and none is two.
		if at := slices.IndexFunc(same, func(i int) bool { return matched != nil && !matched[i] }); at >= 0 {
			return same[at], true
		}
		return same[0], true
	}
	if i, ok := s.named[wanted.Computed]; ok && len(wanted.Keys) == 0 {
		return i, true
	}
	return s.sameMedicine(wanted)
}

// shares reports whether several statements of the set have an identifier of this one.
func (s *Set) shares(statement Statement) bool {
	return slices.ContainsFunc(statement.Keys, func(key string) bool { return len(s.sharing[key]) > 0 })
}

// better reports whether a statement is the wanted one rather than the one that was found before: first by type, then by not
// being matched, then by saying the same.
func better(other Statement, at int, known Statement, i int, wanted Statement, matched []bool) bool {
	rank := func(x Statement, at int) (points int) {
		if alike(x.Type, wanted.Type) {
			points += 4
		}
		if matched == nil || !matched[at] {
			points += 2
		}
		if x.Computed == wanted.Computed {
			points++
		}
		return points
	}
	return rank(other, at) > rank(known, i)
}

// Against compares what is shown with what the set expects: the ledger's facts, or what the other system shows. The
// differences come in the order of what is expected, then of what is shown.
func (s *Set) Against(shown *Set) []Difference {
	var all []Difference
	matched := make([]bool, len(shown.statements))
	pairs := make([]int, len(s.statements))
	var unmatched []int
	for n := range pairs {
		pairs[n] = -1
	}
	for n, expected := range s.statements {
		// Among those that share an identifier, who says the same goes first.
		if !s.shares(expected) && !shown.shares(expected) {
			continue
		}
		if i, ok := shown.find(expected, matched); ok && !matched[i] && shown.statements[i].Computed == expected.Computed {
			pairs[n], matched[i] = i, true
		}
	}
	for n, expected := range s.statements {
		if pairs[n] >= 0 {
			continue
		}
		i, ok := shown.find(expected, matched)
		if ok && matched[i] && s.shares(expected) && shown.statements[i].Computed != expected.Computed {
			ok = false // what is shown is another one of those that share the identifier
		}
		if ok && matched[i] && len(shown.statements[i].Keys) == 0 && len(expected.Keys) > 0 && !s.shares(expected) {
			ok = false // it was another record, with an identifier of its own, that says the same
		}
		if ok {
			pairs[n], matched[i] = i, true
		} else {
			unmatched = append(unmatched, n)
		}
	}
	s.introduce(shown, unmatched, pairs, matched)
	for n, expected := range s.statements {
		i := pairs[n]
		if i < 0 {
			all = append(all, Difference{Kind: Missing, Want: expected, Expected: expected.Describe(), Actual: "not shown"})
			continue
		}
		all = append(all, alterations(expected, shown.statements[i])...)
	}
	for i, actual := range shown.statements {
		if matched[i] {
			continue
		}
		d := Difference{Kind: Extra, Got: actual, Expected: "nothing", Actual: actual.Describe()}
		if j, known := s.find(actual, nil); known {
			// The fact was shown already, so this is it once more.
			d.Want = s.statements[j]
			d.Expected = "shown once"
		}
		all = append(all, d)
	}
	return all
}

// introduce pairs what no identifier pairs: statements that say the same what, when and how much from the same source, and
// whose identifiers come from different systems. Those say nothing about each other; two identifiers of one system do.
func (s *Set) introduce(shown *Set, unmatched, pairs []int, matched []bool) {
	if len(unmatched) == 0 {
		return
	}
	strangers := map[string][]int{}
	for i, actual := range shown.statements {
		if !matched[i] {
			strangers[actual.Computed] = append(strangers[actual.Computed], i)
		}
	}
	pair := func(n int, among []int, same func(Statement) bool) {
		expected := s.statements[n]
		for _, i := range among {
			if actual := shown.statements[i]; pairs[n] < 0 && !matched[i] && !sameIssuer(expected.Keys, actual.Keys) && same(actual) {
				pairs[n], matched[i] = i, true
			}
		}
	}
	for _, n := range unmatched {
		pair(n, strangers[s.statements[n].Computed], func(Statement) bool { return true })
	}
	// What says the same in another lawful way is the same too.
	then := map[string][]int{}
	for i, actual := range shown.statements {
		if !matched[i] {
			then[typeAndTime(actual)] = append(then[typeAndTime(actual)], i)
		}
	}
	for _, n := range unmatched {
		pair(n, then[typeAndTime(s.statements[n])], s.statements[n].sameRecord)
	}
	s.resemble(shown, unmatched, pairs, matched)
}

// likeAtMost bounds how many statements are held against how many for what they have in common.
const likeAtMost = 250_000

// resemble pairs what is left with what says the same but for one of what, when and how much, from the same source, where there is one such
// alone on either side: a record without the number of its source that is shown otherwise is that record all the same, and neither gone nor another.
func (s *Set) resemble(shown *Set, unmatched, pairs []int, matched []bool) {
	var wanted, strangers []int
	for _, n := range unmatched {
		if pairs[n] < 0 {
			wanted = append(wanted, n)
		}
	}
	for i := range shown.statements {
		if !matched[i] {
			strangers = append(strangers, i)
		}
	}
	if len(wanted)*len(strangers) > likeAtMost {
		return
	}
	const several = -2
	like, of := map[int]int{}, map[int]int{}
	note := func(in map[int]int, at, other int) {
		if _, known := in[at]; known {
			other = several
		}
		in[at] = other
	}
	for _, n := range wanted {
		for _, i := range strangers {
			if s.statements[n].resembles(shown.statements[i]) {
				note(like, n, i)
				note(of, i, n)
			}
		}
	}
	for _, n := range wanted {
		if i, ok := like[n]; ok && i != several && of[i] == n {
			pairs[n], matched[i] = i, true
		}
	}
}

// resembles reports whether another statement of the type and source, with no identifier of the same system, says the same but for one row of
// what, when and how much.
func (s Statement) resembles(shown Statement) bool {
	if s.Type != shown.Type || sameIssuer(s.Keys, shown.Keys) || !slices.ContainsFunc(shown.Sources, func(source string) bool { return slices.Contains(s.Sources, source) }) {
		return false
	}
	differ := 0
	for _, i := range s.shape.key {
		if s.values[i] != shown.values[i] && s.shape.rows[i].rule.differ(s.values[i], shown.values[i]) {
			differ++
		}
	}
	return differ == 1 && len(s.shape.key) > 1
}

// sameIssuer reports whether two lists of business identifiers have one of the same system.
func sameIssuer(a, b []string) bool {
	return slices.ContainsFunc(a, func(key string) bool {
		system, _, _ := strings.Cut(key, "|")
		return slices.ContainsFunc(b, func(other string) bool { return strings.HasPrefix(other, system+"|") })
	})
}

// alterations lists the rows in which what is shown is not what is expected.
func alterations(expected, actual Statement) []Difference {
	var all []Difference
	differ := func(path string, r rule, want, got string) {
		unread := slices.Contains(medicineRows(), path)
		if unread && expected.unread != nil && expected.unread.Untold == nil {
			return // nobody knows what is expected, and whoever shows it so is charged with that
		}
		if unread && expected.unread != nil {
			all = append(all, Difference{Kind: Altered, Want: expected, Got: actual, Rule: RuleUnreadMedicine, Path: actual.Type + "." + path})
			return
		}
		if unread && actual.unread != nil {
			all = append(all, Difference{
				Kind: Altered, Want: expected, Got: actual, Rule: RuleUnreadMedicine, Path: actual.Type + "." + path, Expected: shownAs(want),
				Actual: fmt.Sprintf("status %d", actual.unread.Status),
			})
			return
		}
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
		known := slices.Clone(all)
		if expected.unread != nil {
			known = append(known, Difference{Path: actual.Type + "." + medicineRows()[0]})
		}
		return append(all, furtherAlterations(expected, actual, known)...)
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
func shownAs(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = cmp.Or(worded(line), line)
	}
	return strings.NewReplacer("\n", " and ", string(or), " or ", moments, "", "\t", " of ").Replace(strings.Join(lines, "\n"))
}
