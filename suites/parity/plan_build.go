package parity

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/contract"
)

// longAnswer is how many records an answer over all of a type may hold and still be asked for: more would be asked for
// page by page without showing more.
const longAnswer = 120

// planner makes a plan row by row.
type planner struct {
	contract *contract.Contract
	values   Values
	seed     uint64
	plan     *Plan
	// shares are counted when first needed, by type.
	shares map[string]*shares
	// few are the records about nobody; they are made once while planning.
	few *few
}

// shares are how many records of a type there are, and how many share a value, by parameter and value.
type shares struct {
	records int
	sharing map[string]map[string]int
}

// NewPlan plans the searches for the contract over the values. The seed chooses between records that serve as well.
func NewPlan(c *contract.Contract, values Values, seed uint64) (*Plan, error) {
	p := &planner{contract: c, values: values, seed: seed, plan: &Plan{values: values, few: newFew(values)}, shares: map[string]*shares{}, few: newFew(values)}
	for _, row := range c.Rows {
		if what := aspects(row); len(what) > 0 {
			names := make([]string, 0, len(what))
			for _, a := range what {
				names = append(names, a.name)
			}
			p.plan.Controls = append(p.plan.Controls, Control{row, names})
		}
		if len(row.Parameters) == 0 {
			continue
		}
		queries, why := p.row(row)
		if len(queries) == 0 {
			p.plan.Unplanned = append(p.plan.Unplanned, Unplanned{row, why})
			continue
		}
		for i := range queries {
			queries[i].Rows, queries[i].Resource = []contract.Row{row}, row.Resource
		}
		p.plan.Queries = append(p.plan.Queries, queries...)
	}
	p.plan.Queries = merge(p.plan.Queries)
	err := p.answer(p.plan.Queries)
	p.plan.Queries = slices.DeleteFunc(p.plan.Queries, func(q Query) bool {
		return q.Subject == nil && len(q.Must)+len(q.May) > longAnswer
	})
	for _, row := range c.Rows {
		unplanned := slices.ContainsFunc(p.plan.Unplanned, func(u Unplanned) bool { return u.Row.ID == row.ID })
		if untried := p.plan.untried(row); len(untried) > 0 && !unplanned {
			p.plan.Untried = append(p.plan.Untried, Unplanned{row, "no search with " + strings.Join(untried, ", ") +
				" has a value to ask for, or one that finds little enough to be read"})
		}
	}
	return p.plan, err
}

// untried are the comparators and modifiers of a row that none of its searches has.
func (p *Plan) untried(row contract.Row) []string {
	tries := func(has func(Term) bool) bool {
		return slices.ContainsFunc(p.Queries, func(q Query) bool {
			return slices.ContainsFunc(q.Rows, func(of contract.Row) bool { return of.ID == row.ID }) && slices.ContainsFunc(q.Terms, has)
		})
	}
	var untried []string
	for _, comparator := range row.Comparators {
		if comparator != "eq" && !tries(func(term Term) bool {
			date, ok := strings.CutPrefix(term.Value, comparator)
			return ok && date != "" && date[0] >= '0' && date[0] <= '9'
		}) {
			untried = append(untried, comparator)
		}
	}
	for _, modifier := range row.Modifiers {
		if !tries(func(term Term) bool { return strings.HasSuffix(term.Name, ":"+modifier) }) {
			untried = append(untried, ":"+modifier)
		}
	}
	return untried
}

// holder is a record that holds all parameters of a row, with those it stands among.
type holder struct {
	subject *Thing
	record  fhir.Resource
	among   []fhir.Resource
	score   int
}

// row plans the queries of one row, or says why there are none.
func (p *planner) row(row contract.Row) ([]Query, string) {
	parameters := make([]*search.Parameter, 0, len(row.Parameters))
	for _, code := range row.Parameters {
		parameter, ok := search.Lookup(row.Resource, code)
		if !ok {
			return nil, "FHIR R4 has no parameter " + code
		}
		if code != "patient" {
			parameters = append(parameters, parameter)
		}
	}
	_, personal := search.Lookup(row.Resource, "patient")
	if !personal {
		return p.everywhere(row, parameters)
	}
	best, ok := p.best(row.Resource, parameters)
	if !ok {
		return nil, "nobody has a record of the type that holds " + strings.Join(row.Parameters, " and ")
	}
	if len(parameters) == 0 {
		return p.patientForms(row.Resource, best), ""
	}
	patient := Term{Name: "patient", Code: "patient", Of: best.subject, Form: ByID}
	var queries []Query
	for _, pr := range p.probes(row, parameters, best) {
		terms := pr.terms
		if pr.terms[0].Code != "_id" {
			terms = append([]Term{patient}, terms...)
		}
		queries = append(queries, Query{Terms: terms, Subject: best.subject, Probe: pr.why})
	}
	if len(parameters) == 1 && parameters[0].Kind == search.Date {
		for _, e := range p.dayEdges(row.Resource, parameters[0], func(prefix string) bool { return slices.Contains(row.Comparators, prefix) }) {
			queries = append(queries, Query{Terms: append([]Term{{Name: "patient", Code: "patient", Of: e.subject, Form: ByID}}, e.probe.terms...), Subject: e.subject, Probe: e.probe.why})
		}
	}
	return queries, "no value of " + strings.Join(row.Parameters, " and ") + " can be asked for"
}

// best returns the record that shows most: one of a person whose records differ in the parameters, so that some match
// and some do not, and among dates one near a change of the clocks or of the day.
func (p *planner) best(resourceType string, parameters []*search.Parameter) (holder, bool) {
	var found []holder
	for _, subject := range p.values.Subjects() {
		among := p.values.About(subject, resourceType)
		if len(among) == 0 {
			continue
		}
		distinct := 0
		for _, parameter := range parameters {
			seen := map[string]bool{}
			for _, resource := range among {
				for _, text := range texts(parameter, resource) {
					seen[text] = true
				}
			}
			distinct += min(len(seen), 12)
		}
		var here *holder
		for _, resource := range among {
			score, whole := 0, true
			for _, parameter := range parameters {
				values := texts(parameter, resource)
				whole = whole && len(values) > 0
				if whole && parameter.Kind == search.Date {
					score += worth(values[0])
				}
			}
			if whole && (here == nil || score > here.score) {
				here = &holder{subject: &subject, record: resource, among: among, score: score}
			}
		}
		if here != nil {
			here.score += 4*distinct + min(len(among), 10) - 4*(len(among)/50) - 3*p.values.Cost(subject)
			found = append(found, *here)
		}
	}
	if len(found) == 0 {
		return holder{}, false
	}
	slices.SortStableFunc(found, func(a, b holder) int { return cmp.Compare(b.score, a.score) })
	equal := 1
	for equal < len(found) && found[equal].score == found[0].score {
		equal++
	}
	return found[p.seed%uint64(equal)], true
}

// worth says how much a date shows: most within an hour of midnight in summer, where a day begins at two instants.
func worth(text string) int {
	date, err := fhir.ParseDate(text, nil)
	switch {
	case err != nil || date.Precision < fhir.Second:
		return 0
	case date.Low.UTC().Hour() == 23 && date.Low.Month() > 3 && date.Low.Month() < 10:
		return 3
	case date.Low.Month() > 3 && date.Low.Month() < 10:
		return 2
	default:
		return 1
	}
}

// patientForms asks for one person's records in every form of a reference.
func (p *planner) patientForms(resourceType string, best holder) []Query {
	var queries []Query
	add := func(why string, post bool, terms ...Term) {
		queries = append(queries, Query{Terms: terms, Subject: best.subject, Probe: why, Post: post})
	}
	for _, form := range []Form{ByID, ByType, ByURL} {
		add("the patient by "+string(form), false, Term{Name: "patient", Code: "patient", Of: best.subject, Form: form})
	}
	if strings.Contains(best.subject.Key, "|") {
		add("the patient by identifier", false, Term{Name: "patient.identifier", Code: "patient", Value: best.subject.Key})
	}
	if resourceType == "Observation" || resourceType == "AllergyIntolerance" {
		add("the patient by POST", true, Term{Name: "patient", Code: "patient", Of: best.subject, Form: ByID})
	}
	return queries
}

// probes plans the values of one parameter in every form, and of several together one search that finds the record and
// one for each parameter that must not.
func (p *planner) probes(row contract.Row, parameters []*search.Parameter, best holder) []probe {
	if len(parameters) == 1 {
		return p.single(row, parameters[0], best)
	}
	values := make([]Term, 0, len(parameters))
	for _, parameter := range parameters {
		value, ok := matching(parameter, best.record)
		if !ok {
			return nil
		}
		values = append(values, Term{Name: parameter.Code, Code: parameter.Code, Value: value})
	}
	probes := []probe{{terms: values, why: "values that one record holds"}}
	for i, parameter := range parameters {
		for _, comparator := range row.Comparators {
			if parameter.Kind == search.Date && comparator != "eq" {
				terms := slices.Clone(values)
				terms[i].Value = comparator + terms[i].Value
				probes = append(probes, probe{terms: terms, why: parameter.Code + " with " + comparator})
			}
		}
		own := texts(parameter, best.record)
		for _, other := range best.among {
			value, ok := matching(parameter, other)
			if !ok || slices.Contains(own, value) || value == values[i].Value {
				continue
			}
			terms := slices.Clone(values)
			terms[i].Value = value
			probes = append(probes, probe{terms: terms, why: "another record's " + parameter.Code})
			break
		}
	}
	return probes
}

// single plans the values of one parameter, and of each modifier of it.
func (p *planner) single(row contract.Row, parameter *search.Parameter, best holder) []probe {
	probes := p.unmodified(row, parameter, best)
	for _, modifier := range row.Modifiers {
		probes = append(probes, p.modified(parameter, modifier, best)...)
	}
	return probes
}

func (p *planner) unmodified(row contract.Row, parameter *search.Parameter, best holder) []probe {
	switch {
	case parameter.Code == "_id":
		thing := p.thing(best.record, best.subject)
		if thing.Key == "" {
			return nil
		}
		return []probe{{terms: []Term{{Name: "_id", Code: "_id", Of: &thing, Form: ByID}}, why: "the id of one record"}}
	case parameter.Kind == search.Token:
		own := tokens(parameter, best.record)
		var others []token
		for _, other := range best.among {
			others = append(others, tokens(parameter, other)...)
		}
		return tokenProbes(parameter, own, others)
	case parameter.Kind == search.Date:
		return dateProbes(parameter, dateText(parameter, best.record), row.Comparators, best.subject != nil)
	case parameter.Kind == search.String:
		return stringProbes(parameter, words(parameter, best.record)[0])
	case parameter.Kind == search.Reference:
		return p.referenceProbes(parameter, best)
	default:
		return nil
	}
}

// referenceProbes asks for the record that is referred to, in the forms that are no plain id.
func (p *planner) referenceProbes(parameter *search.Parameter, best holder) []probe {
	for _, text := range texts(parameter, best.record) {
		target, ok := p.values.Store().Resolve(text)
		if !ok {
			continue
		}
		thing := p.thing(target, best.subject)
		if thing.Key == "" {
			continue
		}
		var probes []probe
		for _, form := range []Form{ByType, ByURL} {
			probes = append(probes, probe{
				terms: []Term{{Name: parameter.Code, Code: parameter.Code, Of: &thing, Form: form}}, why: "the reference by " + string(form),
			})
		}
		return probes
	}
	return nil
}

// thing names a record for other systems.
func (p *planner) thing(resource fhir.Resource, subject *Thing) Thing {
	thing := Thing{Type: resource.Type(), Key: p.values.Key(resource)}
	if subject != nil && thing.Type != "Patient" && !directory(thing.Type) {
		thing.Subject = subject.Key
	}
	return thing
}

// directory reports whether records of a type are about nobody.
func directory(resourceType string) bool {
	_, personal := search.Lookup(resourceType, "patient")
	return !personal
}

// everywhere plans a row over all records of a type: the Patients, a directory.
func (p *planner) everywhere(row contract.Row, parameters []*search.Parameter) ([]Query, string) {
	var among []fhir.Resource
	if row.Resource == "Patient" {
		for _, subject := range p.values.Subjects() {
			if patient, ok := p.values.Find(subject); ok {
				among = append(among, patient)
			}
		}
	} else {
		among = slices.Collect(p.few.each(row.Resource))
	}
	among = slices.DeleteFunc(among, func(resource fhir.Resource) bool {
		return slices.ContainsFunc(parameters, func(parameter *search.Parameter) bool { return len(texts(parameter, resource)) == 0 })
	})
	if len(among) == 0 {
		return nil, fmt.Sprintf("no %s holds %s", row.Resource, strings.Join(row.Parameters, " and "))
	}
	best := p.rare(parameters, holder{record: among[p.seed%uint64(len(among))], among: among})
	var queries []Query
	for _, pr := range p.probes(row, parameters, best) {
		queries = append(queries, Query{Terms: p.narrowed(row.Resource, pr.terms, best.record), Probe: pr.why})
	}
	if len(parameters) == 1 && parameters[0].Kind == search.Date {
		for _, pr := range p.edges(row, parameters[0]) {
			queries = append(queries, Query{Terms: pr.terms, Probe: pr.why})
		}
	}
	return queries, "no value of " + strings.Join(row.Parameters, " and ") + " can be asked for"
}

// edges asks before and after days that few dates lie beyond: with nothing to narrow it, any other range would find most
// records of the type.
func (p *planner) edges(row contract.Row, parameter *search.Parameter) []probe {
	counts := p.share(row.Resource).sharing[parameter.Code]
	byDay := map[string]int{}
	for text, n := range counts {
		if len(text) >= len(time.DateOnly) {
			byDay[text[:len(time.DateOnly)]] += n
		}
	}
	days := slices.Sorted(maps.Keys(byDay))
	var probes []probe
	side := func(why string, prefixes ...string) {
		beyond := 0
		for _, day := range days {
			if beyond >= fewBeyond {
				for _, prefix := range prefixes {
					if slices.Contains(row.Comparators, prefix) {
						probes = append(probes, one(parameter, prefix+day, why))
					}
				}
				return
			}
			beyond += byDay[day]
		}
	}
	side("before a day that few lie before", "le", "lt", "eb")
	slices.Reverse(days)
	side("after a day that few lie after", "ge", "gt", "sa")
	return probes
}

// fewBeyond is how many records lie at least beyond a day that is asked for without a patient.
const fewBeyond = 3

// rare keeps the record whose value of a single parameter the fewest others share, but more than itself, so that the
// answer is short and still shows that all of them are found.
func (p *planner) rare(parameters []*search.Parameter, best holder) holder {
	if len(parameters) != 1 || !shareable(parameters[0]) {
		return best
	}
	shares := p.share(best.record.Type())
	if shares.records <= longAnswer {
		return best
	}
	counts := shares.sharing[parameters[0].Code]
	rank := func(resource fhir.Resource) int {
		n := counts[texts(parameters[0], resource)[0]]
		if n < 2 {
			return longAnswer / 2
		}
		return n
	}
	best.record = slices.MinFunc(best.among, func(a, b fhir.Resource) int { return cmp.Compare(rank(a), rank(b)) })
	return best
}

// shareable reports whether records can share values of a parameter and be asked for by them.
func shareable(parameter *search.Parameter) bool {
	return parameter.Kind != search.Reference && parameter.Code != "_id" && parameter.Code != "identifier"
}

// share counts the records of a type, for all parameters that a row of the contract asks for alone.
func (p *planner) share(resourceType string) *shares {
	if counted := p.shares[resourceType]; counted != nil {
		return counted
	}
	counted := &shares{sharing: map[string]map[string]int{}}
	p.shares[resourceType] = counted
	var parameters []*search.Parameter
	for _, row := range p.contract.Rows {
		if row.Resource != resourceType || len(row.Parameters) != 1 {
			continue
		}
		parameter, ok := search.Lookup(resourceType, row.Parameters[0])
		if ok && shareable(parameter) && counted.sharing[parameter.Code] == nil {
			counted.sharing[parameter.Code] = map[string]int{}
			parameters = append(parameters, parameter)
		}
	}
	for resource := range p.few.each(resourceType) {
		counted.records++
		for _, parameter := range parameters {
			for _, text := range texts(parameter, resource) {
				counted.sharing[parameter.Code][text]++
			}
		}
	}
	return counted
}

// narrowed adds the family name to a search that would find a large part of all people.
func (p *planner) narrowed(resourceType string, terms []Term, resource fhir.Resource) []Term {
	if resourceType != "Patient" || len(terms) > 1 {
		return terms
	}
	parameter, ok := search.Lookup("Patient", "family")
	if code := terms[0].Code; !ok || code != "gender" && code != "birthdate" || code == "birthdate" && len(terms[0].Value) > len("2006-01") {
		return terms
	}
	if family, ok := matching(parameter, resource); ok {
		return append(slices.Clone(terms), Term{Name: "family", Code: "family", Value: family})
	}
	return terms
}
