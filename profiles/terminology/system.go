package terminology

import (
	"regexp"
	"strings"
	"sync"

	"concord.example/concord/profiles/definition"
)

// System is a code system that is ready to be asked.
type System struct {
	table *definition.CodeSystem
	// outside answers in place of the table.
	outside Outside
	index   func() map[string]int
	set     func() map[string]struct{}
}

// System returns the code system with the URL, or nil if it is not loaded.
func (s *Service) System(url string) *System {
	if system, done := s.systems.Load(url); done {
		return system.(*System) //nolint:forcetypeassert // the map holds nothing else
	}
	if o := s.from(url); o != nil {
		system := newSystem(&definition.CodeSystem{URL: url, Version: o.Name(), Content: "not-present"})
		system.outside = o
		s.systems.Store(url, system)
		return system
	}
	table, err := s.source.CodeSystem(url)
	var system *System
	if err == nil && table != nil && table.Content != "supplement" {
		system = newSystem(table)
	}
	s.systems.Store(url, system)
	return system
}

// Release returns a code system in a version, or, where that is not loaded, as System does.
func (s *Service) Release(url, version string) *System {
	if version == "" || s.from(url) != nil {
		return s.System(url)
	}
	canonical := url + "|" + version
	if system, done := s.systems.Load(canonical); done {
		return system.(*System) //nolint:forcetypeassert // the map holds nothing else
	}
	table, err := s.source.CodeSystem(canonical)
	// What is not loaded is not remembered, as versions come from data.
	if err != nil || table == nil || table.Content == "supplement" || table.Version != version && !strings.HasPrefix(table.Version, version+".") {
		return s.System(url)
	}
	system := newSystem(table)
	s.systems.Store(canonical, system)
	return system
}

func newSystem(table *definition.CodeSystem) *System {
	s := &System{table: table}
	s.index = sync.OnceValue(func() map[string]int {
		index := make(map[string]int, len(table.Concepts))
		for i := range table.Concepts {
			index[s.fold(table.Concepts[i].Code)] = i
		}
		return index
	})
	s.set = sync.OnceValue(func() map[string]struct{} {
		set := make(map[string]struct{}, len(table.Concepts))
		for i := range table.Concepts {
			set[s.fold(table.Concepts[i].Code)] = struct{}{}
		}
		return set
	})
	return s
}

func (s *System) fold(code string) string {
	if s.table.CaseInsensitive {
		return strings.ToLower(code)
	}
	return code
}

func (s *System) codes() map[string]struct{} { return s.set() }

// Complete says that the loaded table holds every code of the system.
func (s *System) Complete() bool { return s != nil && s.table.Content == "complete" }

// Version returns the version of the loaded table.
func (s *System) Version() string { return s.table.Version }

// Outside says whether a source besides the loaded definitions answers for the system.
func (s *System) Outside() bool { return s.outside != nil }

// Status returns the status of the loaded table: draft, active, retired or unknown.
func (s *System) Status() string { return s.table.Status }

// PropertyType is the type of a property as the code system declares it, or "".
func (s *System) PropertyType(code string) string {
	if s == nil {
		return ""
	}
	return s.table.PropertyTypes[code]
}

// Standing returns "retired" or "deprecated" for a code that the system says is so, and nothing for all others.
func (s *System) Standing(code string) string {
	if s.outside != nil {
		return s.outside.Standing(code)
	}
	c := s.Concept(code)
	if c == nil {
		return ""
	}
	for _, p := range c.Properties {
		if p.Code == "status" && (p.Value == "retired" || p.Value == "deprecated") {
			return p.Value
		}
	}
	return ""
}

// inactive lists the codes that the system says are not for use now, by the properties inactive and status that FHIR defines.
func (s *System) inactive() map[string]struct{} {
	codes := map[string]struct{}{}
	for i := range s.table.Concepts {
		c := &s.table.Concepts[i]
		for _, p := range c.Properties {
			if p.Code == "inactive" && p.Value == "true" || p.Code == "status" && (p.Value == "retired" || p.Value == "inactive") {
				codes[s.fold(c.Code)] = struct{}{}
			}
		}
	}
	return codes
}

// Check says whether the system has the code.
func (s *System) Check(code string) Verdict {
	if s == nil {
		return Unknown
	}
	if s.outside != nil {
		return s.outside.Check(code)
	}
	if _, ok := s.index()[s.fold(code)]; ok {
		return In
	}
	if s.Complete() {
		return Out
	}
	return Unknown
}

// CheckCode says whether a system has a code: by its table, or by its grammar where it has one.
func (s *Service) CheckCode(system, code string) Verdict {
	if g := grammarOfSystem(system); g != nil {
		return g.check(code)
	}
	return s.System(system).Check(code)
}

// Concept returns the concept with the code, or nil.
func (s *System) Concept(code string) *definition.Concept {
	if s == nil {
		return nil
	}
	i, ok := s.index()[s.fold(code)]
	if !ok {
		return nil
	}
	return &s.table.Concepts[i]
}

// Best returns the text that a code is best shown with, or "".
func (s *System) Best(code string) string {
	if s.outside != nil {
		_, best := s.outside.Display(code, "")
		return best
	}
	if c := s.Concept(code); c != nil {
		return c.Display
	}
	return ""
}

// Display says whether a text is one that the system gives for the code. Case and runs of spaces do not matter. Without
// texts to compare with, the answer is Unknown.
func (s *System) Display(code, display string) Verdict {
	if s.outside != nil {
		verdict, _ := s.outside.Display(code, display)
		return verdict
	}
	c := s.Concept(code)
	if c == nil || c.Display == "" {
		return Unknown
	}
	if sameText(c.Display, display) {
		return In
	}
	for _, d := range c.Designations {
		if sameText(d, display) {
			return In
		}
	}
	return Out
}

func sameText(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// filter returns the codes that meet all filters, and whether there may be more.
func (s *System) filter(filters []definition.Filter) (codes map[string]struct{}, unknown bool) {
	if s == nil || s.table.Content == "not-present" {
		return nil, true
	}
	codes = map[string]struct{}{}
	for _, f := range filters {
		if !s.supports(f) {
			return nil, true
		}
	}
	for i := range s.table.Concepts {
		meets := true
		for _, f := range filters {
			meets = meets && s.meets(i, f)
		}
		if meets {
			codes[s.fold(s.table.Concepts[i].Code)] = struct{}{}
		}
	}
	return codes, !s.Complete()
}

func (s *System) supports(f definition.Filter) bool {
	switch f.Op {
	case "is-a", "descendent-of", "is-not-a", "generalizes":
		return f.Property == "concept" || f.Property == "code"
	case "=", "in", "not-in", "exists":
		return s.hasProperty(f.Property)
	case "regex":
		_, err := regexp.Compile(f.Value)
		return err == nil && s.hasProperty(f.Property)
	default:
		return false
	}
}

func (s *System) hasProperty(name string) bool {
	switch name {
	case "code", "concept", "display", "parent", "child", "inactive", "notSelectable":
		return true
	}
	for i := range s.table.Concepts {
		for _, p := range s.table.Concepts[i].Properties {
			if p.Code == name {
				return true
			}
		}
	}
	return false
}

func (s *System) meets(i int, f definition.Filter) bool {
	switch f.Op {
	case "is-a":
		return s.under(i, s.fold(f.Value), true, 0)
	case "descendent-of":
		return s.under(i, s.fold(f.Value), false, 0)
	case "is-not-a":
		return !s.under(i, s.fold(f.Value), true, 0)
	case "generalizes":
		from, ok := s.index()[s.fold(f.Value)]
		return ok && s.under(from, s.fold(s.table.Concepts[i].Code), true, 0)
	case "=":
		return s.has(i, f.Property, func(v string) bool { return v == f.Value })
	case "in":
		return s.has(i, f.Property, listed(f.Value))
	case "not-in":
		return !s.has(i, f.Property, listed(f.Value))
	case "exists":
		return s.has(i, f.Property, func(string) bool { return true }) == (f.Value == "true")
	case "regex":
		pattern, err := regexp.Compile("^(?:" + f.Value + ")$")
		return err == nil && s.has(i, f.Property, pattern.MatchString)
	default:
		return false
	}
}

func listed(values string) func(string) bool {
	list := strings.Split(values, ",")
	return func(v string) bool {
		for _, item := range list {
			if strings.TrimSpace(item) == v {
				return true
			}
		}
		return false
	}
}

func (s *System) has(i int, property string, test func(string) bool) bool {
	c := &s.table.Concepts[i]
	switch property {
	case "code", "concept":
		return test(c.Code)
	case "display":
		return test(c.Display)
	case "parent":
		for _, p := range c.Parents {
			if test(s.table.Concepts[p].Code) {
				return true
			}
		}
		return false
	}
	for _, p := range c.Properties {
		if p.Code == property && test(p.Value) {
			return true
		}
	}
	return false
}

const maxHierarchy = 100

// under says whether a concept is below the one with the code, or is it when self counts.
func (s *System) under(i int, code string, self bool, depth int) bool {
	if depth > maxHierarchy {
		return false
	}
	if self && s.fold(s.table.Concepts[i].Code) == code {
		return true
	}
	for _, p := range s.table.Concepts[i].Parents {
		if s.under(p, code, true, depth+1) {
			return true
		}
	}
	return false
}

// Subsumes says whether the broader code is the narrower one or stands above it.
func (s *System) Subsumes(broader, narrower string) bool {
	if s == nil {
		return false
	}
	i, ok := s.index()[s.fold(narrower)]
	return ok && s.under(i, s.fold(broader), true, 0)
}
