package record

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// Statement is what one resource says about a person, in canonical form: two systems that say the same, each in its own
// lawful way, give statements with equal content. It holds no part of the resource.
type Statement struct {
	// Type is the resource type, Reference the resource's own id in its system, for evidence only.
	Type, Reference string
	// Keys are the business identifiers as system|value, as the reader knows them. Follows are those of records that this one says it follows from.
	Keys, Follows []string
	// Computed stands in for a business identifier where there is none: what, when, how much, and by whom.
	Computed string
	// Sources are the ODS codes that its labels name.
	Sources []string
	// Updated is meta.lastUpdated in canonical form.
	Updated string
	// Terms are the displays of its codes.
	Terms []Term
	// Patient is the reference to the Patient that the resource says it is about, "Patient/7"; "" where it names none.
	Patient string

	shape  *shape
	values []string
	// unread is the Medication that says which medicine it is and cannot be read.
	unread *UnreadMedicine
	// parts are the elements that no row covers, each in canonical form after its name, in the order of the names.
	parts []string
}

// Reader turns resources into statements. It is safe for concurrent use.
type Reader struct {
	shapes map[string]*shape
	exempt exemptions
	texts  *texts
	// contents knows the numbers of records that carry none of their source; nil knows nothing.
	contents *contents
	// unknown says that nobody knows what is true, so that records of two systems which have no number in common are the same where they
	// say the same.
	unknown bool
}

// NewReader returns a Reader for the 22 kinds of fact.
func NewReader() *Reader {
	return &Reader{shapes: shapes(), exempt: newExemptions(), texts: newTexts()}
}

// Read returns what a resource says, and false for a resource of a type that is not compared. names resolve references;
// with nil names references are not compared.
func (r *Reader) Read(resource fhir.Resource, names Names) (Statement, bool) {
	shape, ok := r.shapes[resource.Type()]
	if !ok {
		return Statement{}, false
	}
	resource = momentary(withMedicine(resource, names))
	unread := unreadMedicine(resource)
	if unread != nil {
		resource = maps.Clone(resource)
		delete(resource, "medicationCodeableConcept")
	}
	s := Statement{
		Type: resource.Type(), Reference: resource.Reference(), Keys: r.keys(resource, names), Sources: Sources(resource),
		Updated: moment(resource.Text("meta", "lastUpdated")), Patient: patientOf(resource), shape: shape, values: make([]string, len(shape.rows)), unread: unread,
	}
	in := scopeOf(resource, names)
	for i, row := range shape.rows {
		var found []any
		for _, path := range row.paths {
			if found = values(resource, path); len(found) > 0 {
				break
			}
		}
		if len(found) == 0 {
			continue
		}
		s.values[i] = row.rule.read(found, in)
		if row.rule.name == "concept" {
			s.Terms = append(s.Terms, termsOf(found)...)
		}
	}
	s.parts = r.partsOf(resource, shape, in)
	if shape.clinical >= 0 && s.values[shape.status] == "entered-in-error" {
		// FHIR forbids a clinical status on what was entered in error (con-5, ait-2), whatever it was before.
		s.values[shape.clinical] = ""
		s.parts = slices.DeleteFunc(s.parts, func(p string) bool { return strings.HasPrefix(p, shape.rows[shape.clinical].path+":") })
	}
	for _, path := range []string{"basedOn", "derivedFrom"} {
		if value := s.row(path); value != "" && value != unknown {
			s.Follows = append(s.Follows, strings.FieldsFunc(value, func(r rune) bool { return r == '\n' || r == or })...)
		}
	}
	parts := make([]string, 0, len(shape.key)+1)
	for _, i := range shape.key {
		parts = append(parts, s.values[i])
	}
	s.Computed = s.Type + "\t" + strings.Join(parts, "\t") + "\t" + strings.Join(s.Sources, " ")
	return s, true
}

// patientOf is the Patient whom a resource names as the one it is about.
func patientOf(resource fhir.Resource) string {
	for _, element := range []string{"subject", "patient", "for"} {
		if reference, ok := fhir.ParseReference(resource.Text(element, "reference")); ok && reference.Type == "Patient" {
			return reference.Relative()
		}
	}
	return ""
}

// fingerprint is everything that a statement says, and nothing of where it stands: equal for what a system says again.
func (s Statement) fingerprint() string {
	keys := slices.Sorted(slices.Values(s.Keys))
	return strings.Join(slices.Concat([]string{s.Type}, keys, s.Sources, s.values, s.parts), "\x00")
}

// Value returns the canonical content of one row or, where no row has the path, of what lies at it; "" for nothing.
func (s Statement) Value(path string) string {
	if s.shape == nil {
		return ""
	}
	if i := s.shape.index(path); i >= 0 {
		return s.values[i]
	}
	return s.further(path)
}

// row is Value for a path that is a row's, if the type has it.
func (s Statement) row(path string) string {
	if i := s.shape.index(path); i >= 0 {
		return s.values[i]
	}
	return ""
}

// Paths names the rows of the statement's type.
func (s Statement) Paths() []string {
	if s.shape == nil {
		return nil
	}
	paths := make([]string, 0, len(s.shape.rows))
	for _, row := range s.shape.rows {
		paths = append(paths, row.path)
	}
	return paths
}

// Status returns the status, or the verification status where a kind has two.
func (s Statement) Status() string {
	if s.shape == nil || s.shape.status < 0 {
		return ""
	}
	return s.values[s.shape.status]
}

// What and When return the codes and the time of the statement in canonical form.
func (s Statement) What() string { return s.at(func(s *shape) int { return s.what }) }

// When returns the time of the statement in canonical form.
func (s Statement) When() string { return s.at(func(s *shape) int { return s.when }) }

func (s Statement) at(row func(*shape) int) string {
	if s.shape == nil || row(s.shape) < 0 {
		return ""
	}
	return s.values[row(s.shape)]
}

// Describe names the statement on one line, without anything that identifies the person.
func (s Statement) Describe() string {
	name := strings.ReplaceAll(s.What(), "\n", " and ")
	if len(s.Terms) > 0 {
		name = s.Terms[0].Display
	}
	text := s.Type + " " + name
	if value := s.Value("value"); value != "" {
		text += " " + value
	}
	if s.When() == "" {
		return strings.TrimSpace(text)
	}
	return strings.TrimSpace(text) + " of " + s.When()
}

// registered reports whether an identifier is of a register, so that it is the same everywhere.
func registered(identifier string) bool {
	system, _, _ := strings.Cut(identifier, "|")
	return slices.Contains([]string{
		fixtures.RecordSystem, fixtures.PersonSystem, fixtures.PractitionerSystem, fixtures.ODSSystem, fixtures.ODSSiteSystem, fhir.NHSNumberSystem,
	}, system)
}

// Referred lists the resource types that a resource refers to by id, or by a number which is not their source's, alone, so that their
// identity must be looked up.
func (r *Reader) Referred(resource fhir.Resource) []string {
	shape, ok := r.shapes[resource.Type()]
	if !ok {
		return nil
	}
	var types []string
	for _, i := range shape.references {
		for _, path := range shape.rows[i].paths {
			for _, reference := range values(resource, path) {
				named := identifierOf(reference)
				if named != "" && (r.contents == nil || registered(named)) {
					continue
				}
				resourceType, _, _ := strings.Cut(cmp.Or(relative(reference), fhir.Text(fhir.Get(reference, "type"))), "/")
				if named != "" && resourceType == "" {
					return slices.Sorted(maps.Keys(r.shapes)) // it may be any record
				}
				if _, known := r.shapes[resourceType]; known && !slices.Contains(types, resourceType) {
					types = append(types, resourceType)
				}
			}
		}
	}
	return types
}
