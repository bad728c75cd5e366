package proof

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites"
)

// answers are what the clean systems answered to questions that only ask, taken apart: where a defect can be put.
type answers struct {
	// records are what is shown, by system and then by reference ("Condition/1"); kinds are their references by system and type,
	// sorted.
	records map[string]map[string]*shown
	kinds   map[string]map[string][]string
	// values are the JSON texts of the values that an element of a type has in some record, by the path without indexes, sorted.
	values map[string][]string
	// questions are those that were answered with resources, in the order of their text.
	questions []*question
	// people are the NHS numbers of the Patients, by system and id.
	people map[string]map[string]string
}

// shown is a record as a system shows it: the fullest view of it.
type shown struct {
	system   string
	resource fhir.Resource
	size     int
	// questions are those that it answers.
	questions []*question
}

// question is one that a system is asked, perhaps several times.
type question struct {
	system, text string
	// ids are the exchanges.
	ids []string
	// types are those of the resources in the answer, records their references in their order; next says that a page follows.
	types   []string
	records []string
	next    bool
	total   bool
	// included are the records that were sent along, follows is the text of the question for the page after.
	included []string
	follows  string
}

// textOf is the text of a question: path and query below the base, and the form that is sent.
func textOf(path, query, form string) string {
	_, below, _ := strings.Cut(path, "/fhir/")
	if query != "" {
		below += "?" + query
	}
	if form != "" {
		below += " " + form
	}
	return below
}

// textOfRequest is textOf for a request as a check makes it, relative to the base or absolute.
func textOfRequest(r exchange.Request) string {
	address := r.URL
	if !strings.Contains(address, "://") {
		address = "/fhir/" + strings.TrimPrefix(address, "/")
	}
	path, query, _ := strings.Cut(address, "?")
	return textOf(path, query, r.Body)
}

// newAnswers takes apart what a baseline was answered.
func newAnswers(baseline *suites.Baseline) *answers {
	a := &answers{
		records: map[string]map[string]*shown{}, kinds: map[string]map[string][]string{}, values: map[string][]string{}, people: map[string]map[string]string{},
	}
	questions := map[string]*question{}
	for _, answered := range baseline.Answers() {
		if answered.Status != 200 || strings.HasSuffix(strings.SplitN(answered.Request.URL, "?", 2)[0], "/metadata") {
			continue
		}
		text := textOfRequest(answered.Request)
		key := answered.Request.System + " " + text
		q := questions[key]
		if q == nil {
			object, err := fhir.DecodeObject([]byte(answered.Body))
			if err != nil {
				continue
			}
			q = &question{system: answered.Request.System, text: text}
			questions[key] = q
			a.read(q, fhir.Resource(object))
		}
		q.ids = append(q.ids, answered.ID)
	}
	a.questions = slices.SortedFunc(maps.Values(questions), func(x, y *question) int {
		return cmp.Or(cmp.Compare(x.system, y.system), cmp.Compare(x.text, y.text))
	})
	a.index()
	return a
}

// read takes one answer apart.
func (a *answers) read(q *question, body fhir.Resource) {
	if body.Type() != "Bundle" {
		a.show(q, body)
		return
	}
	q.next, q.total = fhir.Link(body, "next") != "", body["total"] != nil
	if next, err := url.Parse(fhir.Link(body, "next")); err == nil && q.next {
		q.follows = textOf(next.Path, next.RawQuery, "")
	}
	for _, entry := range fhir.Entries(body) {
		if entry.Resource.ID() != "" {
			if entry.Mode == "include" {
				q.included = append(q.included, entry.Resource.Reference())
			}
			a.show(q, entry.Resource)
		}
	}
}

func (a *answers) show(q *question, resource fhir.Resource) {
	if a.records[q.system] == nil {
		a.records[q.system] = map[string]*shown{}
	}
	reference, size := resource.Reference(), 0
	if text, err := json.Marshal(resource); err == nil {
		size = len(text)
	}
	known := a.records[q.system][reference]
	if known == nil {
		known = &shown{system: q.system}
		a.records[q.system][reference] = known
	}
	if size > known.size {
		known.resource, known.size = resource, size
	}
	known.questions = append(known.questions, q)
	q.records = append(q.records, reference)
	if !slices.Contains(q.types, resource.Type()) {
		q.types = append(q.types, resource.Type())
	}
}

// index sorts what was read, so that the same seed draws the same.
func (a *answers) index() {
	values := map[string]map[string]bool{}
	for system, records := range a.records {
		a.kinds[system], a.people[system] = map[string][]string{}, map[string]string{}
		for _, reference := range slices.Sorted(maps.Keys(records)) {
			resource := records[reference].resource
			a.kinds[system][resource.Type()] = append(a.kinds[system][resource.Type()], reference)
			if resource.Type() == "Patient" {
				a.people[system][resource.ID()] = nhsNumber(resource)
			}
			for _, p := range placesOf(resource) {
				text, err := json.Marshal(p.value)
				if err != nil {
					continue
				}
				if values[p.path] == nil {
					values[p.path] = map[string]bool{}
				}
				values[p.path][string(text)] = true
			}
		}
	}
	for path, texts := range values {
		a.values[path] = slices.Sorted(maps.Keys(texts))
	}
}

func nhsNumber(patient fhir.Resource) string {
	for _, identifier := range patient.Objects("identifier") {
		if identifier["system"] == fhir.NHSNumberSystem {
			return fhir.Text(identifier["value"])
		}
	}
	return ""
}

// types are those of which a system shows records, sorted.
func (a *answers) types(system string) []string { return slices.Sorted(maps.Keys(a.kinds[system])) }

// person is the NHS number of the person whom a record is about, "" for nobody that is known.
func (a *answers) person(s *shown) string {
	if s.resource.Type() == "Patient" {
		return nhsNumber(s.resource)
	}
	for _, name := range []string{"subject", "patient", "for"} {
		reference, ok := fhir.ParseReference(s.resource.Text(name, "reference"))
		if ok && reference.Type == "Patient" {
			return a.people[s.system][reference.ID]
		}
	}
	return ""
}

// copies are the other Patients with the NHS number of a Patient, in the order of their references.
func (a *answers) copies(s *shown) []fhir.Resource {
	number := nhsNumber(s.resource)
	if s.resource.Type() != "Patient" || number == "" {
		return nil
	}
	var others []fhir.Resource
	for _, reference := range a.kinds[s.system]["Patient"] {
		other := a.records[s.system][reference].resource
		if other.ID() != s.resource.ID() && nhsNumber(other) == number {
			others = append(others, other)
		}
	}
	return others
}

// place is an element of a record.
type place struct {
	// path has no indexes, "Observation.component.valueQuantity.value"; steps lead there.
	path   string
	steps  []any
	value  any
	parent any
}

// name is the element's own name, that of its list for an item.
func (p place) name() string { return p.path[strings.LastIndexByte(p.path, '.')+1:] }

// item reports whether the place is an item of a list.
func (p place) item() bool { _, is := p.steps[len(p.steps)-1].(int); return is }

// placesOf are all elements of a resource, but what names the resource, in a fixed order.
func placesOf(resource fhir.Resource) []place {
	var places []place
	var visit func(path string, steps []any, value, parent any)
	visit = func(path string, steps []any, value, parent any) {
		if len(steps) > 0 {
			places = append(places, place{path, slices.Clone(steps), value, parent})
		}
		switch value := value.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(value)) {
				if len(steps) == 0 && (name == "resourceType" || name == "id") {
					continue
				}
				visit(path+"."+name, append(steps, name), value[name], value)
			}
		case []any:
			for i, item := range value {
				visit(path, append(steps, i), item, value)
			}
		}
	}
	visit(resource.Type(), nil, map[string]any(resource), nil)
	return places
}
