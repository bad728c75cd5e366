package terminology

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"concord.example/concord/profiles/definition"
)

// Verdict is the answer to a question about a code.
type Verdict int

const (
	// Unknown says that the loaded terminology cannot answer.
	Unknown Verdict = iota
	// In says that the code is in the set.
	In
	// Out says that the code is not in the set.
	Out
)

// Source gives the definitions that a Service draws on. A definition that is not loaded is nil.
type Source interface {
	ValueSet(canonical string) (*definition.ValueSet, error)
	CodeSystem(canonical string) (*definition.CodeSystem, error)
}

// Service answers questions about codes. It is safe for concurrent use and remembers what it has worked out.
type Service struct {
	source  Source
	outside []Outside
	sets    sync.Map // canonical -> *Set
	systems sync.Map // canonical -> *System
}

// NewService returns a service over the definitions of a source.
func NewService(source Source) *Service { return &Service{source: source} }

// Set is a value set that is ready to be asked.
type Set struct {
	// URL is the canonical of the value set.
	URL string
	// Reason says why some questions cannot be answered; it is empty when all can.
	Reason string
	// By names the sources besides the loaded definitions that answer.
	By      []string
	asked   atomic.Bool
	include []selection
	exclude []selection
}

// selection is one include or exclude. codes holds its codes when they are known.
type selection struct {
	system   string
	codes    map[string]struct{}
	ignore   bool // case does not matter
	unknown  bool // codes that are not listed may be in it
	grammar  func(code string) Verdict
	narrower []*Set
}

// Set returns the value set with the canonical. One that is not loaded answers Unknown to everything.
func (s *Service) Set(canonical string) *Set {
	if set, done := s.sets.Load(canonical); done {
		return set.(*Set) //nolint:forcetypeassert // the map holds nothing else
	}
	return s.compile(canonical, nil)
}

const maxSetDepth = 20

func (s *Service) compile(canonical string, path []string) *Set {
	if set, done := s.sets.Load(canonical); done {
		return set.(*Set) //nolint:forcetypeassert // the map holds nothing else
	}
	set := &Set{URL: canonical}
	for _, outer := range path {
		if outer == canonical || len(path) > maxSetDepth {
			set.fail("value set %s includes itself", canonical)
			set.include = []selection{{unknown: true}}
			return set
		}
	}
	path = append(path, canonical)
	if s.implicit(set, canonical) {
		s.sets.Store(canonical, set)
		return set
	}
	if g := grammarOfSet(canonical); g != nil {
		set.include = []selection{{system: g.system, grammar: g.check}}
		s.sets.Store(canonical, set)
		return set
	}
	v, err := s.source.ValueSet(canonical)
	switch {
	case err != nil:
		set.fail("%v", err)
	case v == nil:
		set.fail("value set %s is not loaded", canonical)
	default:
		s.content(set, v, path)
	}
	if len(set.include) == 0 {
		set.include = []selection{{unknown: true}}
	}
	s.sets.Store(canonical, set)
	return set
}

// content compiles what a value set selects.
func (s *Service) content(set *Set, v *definition.ValueSet, path []string) {
	switch {
	case v.HasExpansion:
		set.include = expanded(v)
	case len(v.Include) == 0:
		set.fail("value set %s has no definition of its content", set.URL)
	default:
		for _, sel := range v.Include {
			set.include = append(set.include, s.selection(set, sel, path))
		}
		for _, sel := range v.Exclude {
			set.exclude = append(set.exclude, s.selection(set, sel, path))
		}
		if v.ActiveOnly {
			set.exclude = append(set.exclude, s.inactive(set.include)...)
		}
	}
}

// Of returns a value set that is not loaded under its URL, for one that is contained in a resource. It is not remembered.
func (s *Service) Of(v *definition.ValueSet) *Set {
	set := &Set{URL: v.URL}
	s.content(set, v, nil)
	if len(set.include) == 0 {
		set.include = []selection{{unknown: true}}
	}
	return set
}

func (s *Set) fail(format string, args ...any) {
	if s.Reason == "" {
		s.Reason = fmt.Sprintf(format, args...)
	}
}

func expanded(v *definition.ValueSet) []selection {
	bySystem := map[string]int{}
	var list []selection
	for _, c := range v.Expansion {
		i, known := bySystem[c.System]
		if !known {
			i = len(list)
			bySystem[c.System] = i
			list = append(list, selection{system: c.System, codes: map[string]struct{}{}})
		}
		if !c.Abstract {
			list[i].codes[c.Code] = struct{}{}
		}
	}
	return list
}

// ucumSystem is the URL of the system of UCUM units.
const ucumSystem = "http://unitsofmeasure.org"

func (s *Service) selection(set *Set, from definition.Selection, path []string) selection {
	sel := selection{system: from.System}
	for _, canonical := range from.ValueSets {
		inner := s.compile(canonical, path)
		if inner.Reason != "" {
			set.fail("%s", inner.Reason)
		}
		for _, name := range inner.By {
			set.ask(name)
		}
		sel.narrower = append(sel.narrower, inner)
	}
	if from.System == "" {
		return sel
	}
	if o := s.from(from.System); o != nil && len(from.Codes) == 0 {
		set.ask(o.Name())
		sel.grammar = s.outsideSelection(set, o, from)
		return sel
	}
	system := s.Release(from.System, from.Version)
	if system != nil && system.table != nil {
		sel.ignore = system.table.CaseInsensitive
	}
	switch {
	case len(from.Codes) > 0:
		sel.codes = make(map[string]struct{}, len(from.Codes))
		for _, c := range from.Codes {
			sel.codes[sel.fold(c.Code)] = struct{}{}
		}
	case from.System == ucumSystem && len(from.Filters) == 1 && from.Filters[0].Property == "canonical" && from.Filters[0].Op == "=":
		if g := unitsLike(from.Filters[0].Value); g != nil {
			sel.grammar = g.check
			return sel
		}
		sel.unknown = true
	case len(from.Filters) > 0:
		sel.codes, sel.unknown = system.filter(from.Filters)
		if sel.unknown {
			set.fail("value set %s selects codes of %s by a filter that cannot be worked out here", set.URL, from.System)
		}
	case system == nil || !system.Complete():
		if g := grammarOfSystem(from.System); g != nil {
			sel.grammar = g.check
			return sel
		}
		sel.unknown = true
		set.fail("code system %s is not loaded", from.System)
		if system != nil {
			sel.codes = system.codes()
		}
	default:
		sel.codes = system.codes()
	}
	return sel
}

// inactive selects the codes of the systems of selections that are not for use now, as far as they are loaded.
func (s *Service) inactive(from []selection) []selection {
	var list []selection
	for i := range from {
		system := s.System(from[i].system)
		if system == nil || slices.ContainsFunc(list, func(sel selection) bool { return sel.system == from[i].system }) {
			continue
		}
		if codes := system.inactive(); len(codes) > 0 {
			list = append(list, selection{system: from[i].system, ignore: system.table.CaseInsensitive, codes: codes})
		}
	}
	return list
}

func (s *selection) fold(code string) string {
	if s.ignore {
		return strings.ToLower(code)
	}
	return code
}

// Ask notes that codes are held against the set.
func (s *Set) Ask() { s.asked.Store(true) }

// Check says whether the set holds the code. An empty system asks about the code in any system, as for the type code.
func (s *Set) Check(system, code string) Verdict {
	verdict := anyOf(s.include, system, code)
	if verdict == Out || len(s.exclude) == 0 {
		return verdict
	}
	switch anyOf(s.exclude, system, code) {
	case In:
		return Out
	case Unknown:
		return Unknown
	default:
		return verdict
	}
}

// Infer returns the system that the code has in the set, when there is exactly one, for codes that come without.
func (s *Set) Infer(code string) (string, bool) {
	found, system := 0, ""
	for i := range s.include {
		if s.include[i].check("", code) == In && s.include[i].system != "" {
			found++
			system = s.include[i].system
		}
	}
	return system, found == 1
}

func anyOf(selections []selection, system, code string) Verdict {
	verdict := Out
	for i := range selections {
		switch selections[i].check(system, code) {
		case In:
			return In
		case Unknown:
			verdict = Unknown
		default:
		}
	}
	return verdict
}

func (s *selection) check(system, code string) Verdict {
	verdict := In
	if s.system != "" || s.codes != nil || s.unknown || s.grammar != nil {
		verdict = s.own(system, code)
	}
	for _, inner := range s.narrower {
		if verdict == Out {
			return Out
		}
		switch inner.Check(system, code) {
		case Out:
			return Out
		case Unknown:
			verdict = Unknown
		default:
		}
	}
	return verdict
}

func (s *selection) own(system, code string) Verdict {
	if system != "" && s.system != "" && system != s.system {
		return Out
	}
	if s.grammar != nil {
		return s.grammar(code)
	}
	if _, ok := s.codes[s.fold(code)]; ok {
		return In
	}
	if s.unknown {
		return Unknown
	}
	return Out
}

// Beyond returns the first code, in order, that the set has and another set does not have. It finds none where the codes of the
// set are not all known or are more than most.
func (s *Set) Beyond(other *Set, most int) (string, bool) {
	if s == other || s.Reason != "" {
		return "", false
	}
	var beyond []string
	for i := range s.include {
		sel := &s.include[i]
		if sel.codes == nil || len(sel.codes) > most {
			continue
		}
		for code := range sel.codes {
			if s.Check(sel.system, code) == In && other.Check(sel.system, code) == Out {
				beyond = append(beyond, code)
			}
		}
	}
	if len(beyond) == 0 {
		return "", false
	}
	return slices.Min(beyond), true
}

// Codes lists the codes of the set in order when all of them are known and there are no more than most, else none.
func (s *Set) Codes(most int) []string {
	if s.Reason != "" || len(s.exclude) > 0 {
		return nil
	}
	var list []string
	for i := range s.include {
		sel := &s.include[i]
		if sel.codes == nil || sel.unknown || sel.ignore || sel.grammar != nil || len(sel.narrower) > 0 || len(list)+len(sel.codes) > most {
			return nil
		}
		for code := range sel.codes {
			list = append(list, code)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
