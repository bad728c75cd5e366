package terminology

import (
	"strings"

	"concord.example/concord/profiles/definition"
)

// Outside is a code system that no loaded definition holds, asked elsewhere: in an imported release. It is safe for
// concurrent use.
type Outside interface {
	// System is the URL of the code system, Name what reports call the source, with its version.
	System() string
	Name() string
	// Check says whether the system has the code, active or not.
	Check(code string) Verdict
	// Display says whether a text is one of the code's terms; the best term comes with it.
	Display(code, text string) (Verdict, string)
	// Standing says what is to be known of a code that is no longer to be used, or "".
	Standing(code string) string
	// Filter returns what says whether the filters of a value set select a code, or an error when they cannot be worked out.
	Filter(filters []definition.Filter) (func(code string) Verdict, error)
	// Implicit is Filter for a value set that a URL stands for, for example http://snomed.info/sct?fhir_vs=refset/1; nil where
	// it stands for none.
	Implicit(canonical string) (func(code string) Verdict, error)
}

// WithOutside makes a service ask the sources about their code systems, in place of what is loaded of them.
func (s *Service) WithOutside(sources ...Outside) *Service {
	s.outside = sources
	return s
}

// from returns the source for a code system, or nil.
func (s *Service) from(system string) Outside {
	for _, o := range s.outside {
		if o.System() == system {
			return o
		}
	}
	return nil
}

// outsideSelection selects codes of a system that a source answers for.
func (s *Service) outsideSelection(set *Set, o Outside, from definition.Selection) func(code string) Verdict {
	if len(from.Filters) == 0 {
		return o.Check
	}
	check, err := o.Filter(from.Filters)
	if err != nil {
		set.fail("value set %s selects codes of %s by a filter that %s cannot work out: %v", set.URL, from.System, o.Name(), err)
		return func(string) Verdict { return Unknown }
	}
	return check
}

// implicit compiles a value set that a URL stands for.
func (s *Service) implicit(set *Set, canonical string) bool {
	system, _, found := strings.Cut(canonical, "?fhir_vs")
	o := s.from(system)
	if !found || o == nil {
		return false
	}
	check, err := o.Implicit(canonical)
	switch {
	case err != nil:
		set.fail("value set %s cannot be worked out by %s: %v", canonical, o.Name(), err)
		check = func(string) Verdict { return Unknown }
	case check == nil:
		return false
	}
	set.include = []selection{{system: system, grammar: check}}
	set.ask(o.Name())
	return true
}

// ask notes a source that a set draws on.
func (s *Set) ask(name string) {
	for _, known := range s.By {
		if known == name {
			return
		}
	}
	s.By = append(s.By, name)
}

// Asked lists the value sets that codes were held against, in no particular order.
func (s *Service) Asked() []*Set {
	var list []*Set
	s.sets.Range(func(_, set any) bool {
		if one := set.(*Set); one.asked.Load() { //nolint:forcetypeassert // the map holds nothing else
			list = append(list, one)
		}
		return true
	})
	return list
}
