package proof

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// serverOperators are what a server does wrong in all that it does of a kind: it passes over a part of the question, or shows a record in
// searches otherwise than where it is read.
func serverOperators() []operator {
	return []operator{
		{name: "parameter passed over", answer: func(d *draw, q *question) *generated {
			return d.passedOver(q, func(name string, _ []string) bool { return narrows(name) }, func(string, []string) []string { return nil })
		}},
		{name: "all but the first of several values passed over", answer: func(d *draw, q *question) *generated {
			return d.passedOver(q, func(name string, values []string) bool { return narrows(name) && strings.Contains(values[0], ",") }, func(_ string, values []string) []string {
				first, _, _ := strings.Cut(values[0], ",")
				return []string{first}
			})
		}},
		{name: "repetition passed over", answer: func(d *draw, q *question) *generated {
			return d.passedOver(q, func(name string, values []string) bool { return narrows(name) && len(values) > 1 }, func(_ string, values []string) []string { return values[:1] })
		}},
		{name: "prefix of a date passed over", answer: func(d *draw, q *question) *generated {
			return d.passedOver(q, func(_ string, values []string) bool { return prefixed(values[0]) }, func(_ string, values []string) []string {
				var bare []string
				for _, value := range values {
					if prefixed(value) {
						value = value[2:]
					}
					bare = append(bare, value)
				}
				return bare
			})
		}},
		{name: "what is to be sent along passed over", answer: func(d *draw, q *question) *generated {
			return d.passedOver(q, func(name string, _ []string) bool { return name == "_include" || name == "_revinclude" }, func(string, []string) []string { return nil })
		}},
		{name: "order passed over", answer: func(d *draw, q *question) *generated {
			return d.passedOver(q, func(name string, _ []string) bool { return name == "_sort" }, func(string, []string) []string { return nil })
		}},
		{name: "order wrong on a page behind the first", answer: func(d *draw, q *question) *generated {
			if !d.sortedBefore(q) {
				return nil
			}
			return single(q, func(a *answer) bool {
				entries := slices.Clone(fhir.List(a.body["entry"]))
				slices.Reverse(entries)
				a.body["entry"] = entries
				return len(entries) > 1
			})
		}},
		{name: "day of a search begins in another zone", answer: func(d *draw, q *question) *generated {
			zone := one(d, []string{"-03:00", "+03:00"})
			return d.passedOver(q, func(name string, values []string) bool {
				return slices.ContainsFunc(values, wholeDay) && d.nearMidnight(q, name, zone[0] == '+')
			}, func(_ string, values []string) []string {
				var instants []string
				for _, value := range values {
					begins, ends := "T00:00:00"+zone, "T23:59:59"+zone
					switch {
					case !wholeDay(value):
						instants = append(instants, value)
					case !prefixed(value):
						instants = append(instants, "ge"+value+begins, "le"+value+ends)
					case value[:2] == "le" || value[:2] == "gt": // these are about the end of the day
						instants = append(instants, value+ends)
					default:
						instants = append(instants, value+begins)
					}
				}
				return instants
			})
		}},
		{name: "element lost in searches alone", record: func(d *draw, s *shown) *generated { return d.lostIn(s, "Bundle") }},
		{name: "element lost in reads alone", record: func(d *draw, s *shown) *generated { return d.lostIn(s, s.resource.Type()) }},
		{name: "earlier state in searches alone", record: func(d *draw, s *shown) *generated { return narrowed(stale(d, s), "Bundle") }},
		{name: "earlier state in reads alone", record: func(d *draw, s *shown) *generated { return narrowed(stale(d, s), s.resource.Type()) }},
		{name: "entry under another's URL in one answer", answer: func(_ *draw, q *question) *generated {
			return single(q, func(a *answer) bool {
				entries := fhir.Objects(a.body["entry"])
				if len(entries) < 2 || entries[0]["fullUrl"] == nil || entries[0]["fullUrl"] == entries[1]["fullUrl"] {
					return false
				}
				entries[0]["fullUrl"], entries[1]["fullUrl"] = entries[1]["fullUrl"], entries[0]["fullUrl"]
				return true
			})
		}},
		{name: "entry of the page before again on a page", answer: func(d *draw, q *question) *generated {
			var before *question
			for _, other := range d.questions {
				if other.system == q.system && other.follows == q.text {
					before = other
				}
			}
			if before == nil || len(before.records) == 0 {
				return nil
			}
			again := d.records[q.system][before.records[len(before.records)-1]].resource
			return single(q, func(a *answer) bool {
				entries := fhir.List(a.body["entry"])
				if len(entries) == 0 {
					return false
				}
				entry, _ := clone(entries[0]).(map[string]any)
				if entry == nil {
					return false
				}
				if address := fhir.Text(entry["fullUrl"]); address != "" {
					entry["fullUrl"] = address[:strings.LastIndexByte(address, '/')+1] + again.ID()
				}
				entry["resource"] = clone(map[string]any(again))
				a.body["entry"] = slices.Insert(slices.Clone(entries), 0, any(entry))
				return true
			})
		}},
		{name: "what was sent along is another's in one answer", answer: func(d *draw, q *question) *generated {
			at := slices.IndexFunc(q.included, func(reference string) bool { return d.stranger(q, reference) != nil })
			if at < 0 {
				return nil
			}
			mine, other := q.included[at], d.stranger(q, q.included[at])
			g := single(q, func(a *answer) bool {
				for _, entry := range fhir.Objects(a.body["entry"]) {
					if resource, _ := entry["resource"].(map[string]any); fhir.Resource(resource).Reference() == mine {
						if address := fhir.Text(entry["fullUrl"]); address != "" {
							entry["fullUrl"] = address[:strings.LastIndexByte(address, '/')+1] + other.ID()
						}
						entry["resource"] = clone(map[string]any(other))
						return true
					}
				}
				return false
			})
			g.mutant.Before, g.mutant.After = mine, other.Reference()
			return g
		}},
	}
}

// narrows reports whether a parameter says which records are wanted.
func narrows(name string) bool {
	return !strings.HasPrefix(name, "_") || name == "_id" || name == "_lastUpdated"
}

// prefixed reports whether a value is a date with a prefix that is not eq.
func prefixed(value string) bool {
	return len(value) > 6 && slices.Contains([]string{"ge", "gt", "le", "lt", "ne", "sa", "eb"}, value[:2]) && value[2] >= '1' && value[2] <= '2'
}

// wholeDay reports whether a value is a day that is searched for, or that a search begins or ends with.
func wholeDay(value string) bool {
	day := value
	if prefixed(value) && slices.Contains([]string{"ge", "gt", "le", "lt"}, value[:2]) {
		day = value[2:]
	}
	_, err := time.Parse(time.DateOnly, day)
	return err == nil
}

// nearMidnight reports whether a system shows a record of the type that is asked for with a time within two hours of midnight, where a
// parameter looks: without one nobody can see when a day begins or ends for it. Before midnight it is an hour further from it, so that it is
// on the same day by the clock of summer.
func (d *draw) nearMidnight(q *question, name string, before bool) bool {
	resourceType, _ := q.asks()
	parameter, known := search.Lookup(resourceType, name)
	end, hours := "end", []int{0, 1}
	if before {
		end, hours = "start", []int{21, 22}
	}
	return known && slices.ContainsFunc(d.kinds[q.system][resourceType], func(reference string) bool {
		return slices.ContainsFunc(parameter.Elements(d.records[q.system][reference].resource), func(element search.Element) bool {
			date, err := fhir.ParseDate(cmp.Or(fhir.Text(element.Value), fhir.Text(fhir.Get(element.Value, end))), nil)
			return err == nil && date.Precision > fhir.Day && slices.Contains(hours, date.Low.UTC().Hour())
		})
	})
}

// sortedBefore reports whether a question is a page behind the first of an answer whose order was asked for.
func (d *draw) sortedBefore(q *question) bool {
	for range 50 { // pages
		i := slices.IndexFunc(d.questions, func(other *question) bool {
			return other.system == q.system && other.follows == q.text && other.follows != ""
		})
		if i < 0 {
			return false
		}
		if q = d.questions[i]; strings.Contains(q.text, "_sort=") {
			return true
		}
	}
	return false
}

// asks are the type and the parameters of a question, however it is put; "" for what is no search of a type.
func (q *question) asks() (resourceType string, parameters url.Values) {
	below, form, _ := strings.Cut(q.text, " ")
	path, text, _ := strings.Cut(below, "?")
	parameters, err := url.ParseQuery(strings.Trim(text+"&"+form, "&"))
	if path = strings.TrimSuffix(path, "/_search"); err != nil || strings.Contains(path, "/") || len(parameters) == 0 {
		return "", nil
	}
	return path, parameters
}

// passedOver has a system pass over a part of one parameter wherever a type is searched by it, as a server does that does not
// implement it: fits says of which parameter of the question, as what is left of its values.
func (d *draw) passedOver(q *question, fits func(name string, values []string) bool, left func(name string, values []string) []string) *generated {
	resourceType, parameters := q.asks()
	var names []string
	for name, values := range parameters {
		if fits(name, values) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	name := one(d, names)
	g := &generated{}
	for _, other := range d.questions {
		if of, asked := other.asks(); other.system == q.system && of == resourceType && asked.Has(name) && fits(name, asked[name]) {
			g.ids = append(g.ids, other.ids...)
		}
	}
	g.ask = func(of string, asked url.Values) bool {
		if of != resourceType || !asked.Has(name) || !fits(name, asked[name]) {
			return false
		}
		if values := left(name, asked[name]); len(values) > 0 {
			asked[name] = values
		} else {
			delete(asked, name)
		}
		return true
	}
	g.mutant.Record, g.mutant.Place = resourceType+"?"+name, resourceType+"?"+name
	return g
}

// narrowed leaves of a defect what it does to answers of one type.
func narrowed(g *generated, of string) *generated {
	if g == nil {
		return nil
	}
	change := g.change
	g.change = func(a *answer) bool { return a.body["resourceType"] == of && change(a) }
	return g
}

// lostIn leaves an element of a record out of the answers of one type.
func (d *draw) lostIn(s *shown, of string) *generated {
	var names []string
	for name := range s.resource {
		if !slices.Contains([]string{"resourceType", "id", "meta", "text", "contained", "implicitRules", "language"}, name) && !strings.HasPrefix(name, "_") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	name := one(d, names)
	g := narrowed(everywhere(s, func(resource map[string]any) bool {
		had := resource[name] != nil
		delete(resource, name)
		return had
	}), of)
	if g != nil {
		g.steps = []any{name}
		g.mutant.Place, g.mutant.Before = s.resource.Type()+"."+name, asText(s.resource[name])
	}
	return g
}

// stranger is a record of the type of one that was sent along, to which nothing in the answer refers and which is not in it.
func (d *draw) stranger(q *question, reference string) fhir.Resource {
	kind, _, _ := strings.Cut(reference, "/")
	for range 8 {
		other := d.records[q.system][one(d, d.kinds[q.system][kind])].resource
		if !slices.Contains(q.records, other.Reference()) && !subsetted(other) && !slices.ContainsFunc(q.records, func(name string) bool {
			return slices.Contains(literals(d.records[q.system][name].resource), other.Reference())
		}) {
			return other
		}
	}
	return nil
}

// literals are the references in a record, as "Type/id".
func literals(resource fhir.Resource) []string {
	var all []string
	for _, p := range placesOf(resource) {
		if reference, ok := fhir.ParseReference(fhir.Text(p.value)); ok && p.name() == "reference" {
			all = append(all, reference.Relative())
		}
	}
	return all
}
