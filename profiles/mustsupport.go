package profiles

import "concord.example/concord/profiles/definition"

// MustSupportElement is an element that a profile marks as mustSupport.
type MustSupportElement struct {
	// ID is the id of the element in the profile, with slice names; Path leaves them out.
	ID, Path string
	// Min is how often the element must be there at least.
	Min int
}

// MustSupport lists the elements that a profile marks as mustSupport, in the order of its snapshot. The error is an
// *UnknownProfileError when the profile is not loaded.
func (r *Registry) MustSupport(canonical string) ([]MustSupportElement, error) {
	s, err := r.shapeOf(canonical)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, &UnknownProfileError{Canonical: canonical, Near: r.near(canonical)}
	}
	var list []MustSupportElement
	for i := range s.definition.Snapshot {
		if e := &s.definition.Snapshot[i]; e.MustSupport == definition.Yes {
			list = append(list, MustSupportElement{ID: e.ID, Path: e.Path, Min: e.Min})
		}
	}
	return list, nil
}
