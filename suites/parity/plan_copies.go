package parity

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// copies are the records that a system shows in answers to planned questions. A server that keeps a copy for its searches, or
// a cache, shows one record in two states: what it shows in one answer must be what it shows in every other.
type copies struct {
	asker
	env *check.Env
	// shown are the views of records by reference that others are held against; whole says for which people and types they are
	// those of a search that is narrowed by nothing.
	shown map[string]view
	whole map[string]bool
	// misplaced says for which of those an answer shows a record under the URL of another.
	misplaced map[string]bool
	// told are the elements of Patients and of the directory that were complained about, and the links that were looked at: one record is in
	// many answers.
	told map[string]bool
	// led are the references of Patients that were followed to who keeps them, linked those to other Patients, further those of who keeps
	// them.
	led, linked, further map[string]bool
	// lacking is what all Patients of a person leave out, by NHS number: of those who were asked for again.
	lacking map[string]map[string]bool
	// stating counts the records that were read because a statement is about them.
	stating int
	// counted says whether totals are wrong whatever is asked, nil as long as nobody has looked.
	counted *bool
}

// view is a record as an answer shows it.
type view struct {
	resource  fhir.Resource
	query     string
	exchanges []string
}

func newCopies(env *check.Env, a asker) *copies {
	return &copies{a, env, map[string]view{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]map[string]bool{}, 0, nil}
}

// judge holds the records of an answer against how the system shows them otherwise, or the ledger where it says so, and the
// total against the number of matches. An answer that lacks something, or holds too much, is charged with that alone.
func (c *copies) judge(ctx context.Context, q Query, answer reply) []result.Finding {
	_ = c.narrowedByNothing(ctx, q) // where that is not answered, whoever asks for the records of one person says so
	var findings []result.Finding
	for _, resource := range answer.resources {
		findings = append(findings, c.otherwise(q, answer, resource)...)
		if resource.Type() == "Patient" {
			findings = append(findings, c.demographics(ctx, answer, resource)...)
			findings = append(findings, c.leadsTo(ctx, answer, resource)...)
		}
		findings = append(findings, c.listed(answer, resource)...)
	}
	for _, s := range c.system.Strangers(ctx, answer.exchanges) {
		findings = append(findings, s.Finding)
	}
	findings = append(findings, c.origins(ctx, answer)...)
	if len(answer.miscounted) > 0 && !c.countsWrong(ctx) && !slices.ContainsFunc(q.Terms, func(term Term) bool { return term.Name == "_summary" || term.Name == "_count" }) {
		findings = append(findings, result.Finding{
			Rule: "search-total", Severity: result.SeverityWarning, Path: "Bundle.total", Cause: result.WrongTotal, Exchanges: answer.exchanges, Query: answer.line(),
			Message:  fmt.Sprintf("the answer to %s (%s) states a total that is not the number of its matches", strings.Join(answer.queries, " and "), q.Probe),
			Expected: "the number of matches, or no total", Actual: strings.Join(answer.miscounted, "; "),
		})
	}
	for _, f := range answer.remarks {
		switch {
		case f.Rule == check.RuleRepeated:
			f.Cause = result.Duplicate
		case c.misplaces(q):
			continue
		}
		findings = append(findings, f)
	}
	for i := range findings {
		findings[i].Requirement, findings[i].Level = q.requirement(), q.Level()
	}
	return findings
}

// narrowedByNothing asks for all records of the type about the person, as the checks that hold them against the ledger do.
func (c *copies) narrowedByNothing(ctx context.Context, q Query) error {
	if q.Subject == nil || c.whole[q.place()] {
		return nil
	}
	c.whole[q.place()] = true
	patients, err := c.entries(ctx, *q.Subject)
	if err != nil {
		return err
	}
	for _, patient := range patients {
		answer, err := c.system.Search(ctx, q.Resource, url.Values{"patient": {patient.Resource.ID()}})
		if err != nil {
			return err
		}
		for _, resource := range answer.Resources() {
			c.keep(view{resource, answer.Query, answer.Exchanges})
		}
		for _, remark := range answer.Remarks {
			c.misplaced[q.place()] = c.misplaced[q.place()] || remark.Rule == check.RuleFullURL
		}
	}
	return nil
}

// misplaces reports whether the system shows records under the URLs of others where nothing narrows the search too. The checks of searchsets
// say so, and the others need not each say it of every answer.
func (c *copies) misplaces(q Query) bool { return q.Subject == nil || c.misplaced[q.place()] }

// countsWrong reports whether the system states a wrong total whatever it is asked: of the search by which the first of the sampled people
// whom it shows is found too. The check of totals says so, and the others need not each say it of every answer.
func (c *copies) countsWrong(ctx context.Context) bool {
	if c.counted == nil {
		wrong := false
		for _, person := range record.Sample(c.env.Ledger) {
			answer, err := c.system.Search(ctx, "Patient", url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}})
			if err == nil && len(answer.Matches) > 0 {
				_, wrong = answer.Miscounted()
				break
			}
		}
		c.counted = &wrong
	}
	return *c.counted
}

func (c *copies) keep(v view) {
	if _, known := c.shown[v.resource.Reference()]; !known && !partial(v.resource) {
		c.shown[v.resource.Reference()] = v
	}
}

// otherwise says where an answer shows a record otherwise than another answer does.
func (c *copies) otherwise(q Query, answer reply, resource fhir.Resource) []result.Finding {
	if resource.ID() == "" || partial(resource) {
		return nil
	}
	before, known := c.shown[resource.Reference()]
	if !known {
		c.keep(view{resource, strings.Join(answer.queries, " and "), answer.exchanges})
		return nil
	}
	path, was, is, differs := record.Contradiction(before.resource, resource)
	if !differs {
		return nil
	}
	f := otherwise(fmt.Sprintf("%s (%s)", strings.Join(answer.queries, " and "), q.Probe), before.query, path, was, is, before.resource, resource,
		answer.line(), slices.Concat(answer.exchanges, before.exchanges))
	return []result.Finding{f}
}

// otherwise words that the answer to one query shows a record otherwise than that to another.
func otherwise(query, other, path, was, is string, before, after fhir.Resource, curl string, exchanges []string) result.Finding {
	cause := result.CauseAltered
	if after.Text("meta", "versionId") != before.Text("meta", "versionId") {
		cause = result.StaleFeed
	}
	return result.Finding{
		Rule: "search-shows-otherwise", Severity: result.SeverityError, Path: path, Cause: cause, Query: curl,
		Message:  fmt.Sprintf("the answer to %s shows %s otherwise than the answer to %s: %s", query, after.Reference(), other, path),
		Expected: cmp.Or(was, "nothing") + ", as it is shown there", Actual: cmp.Or(is, "nothing"), Exchanges: exchanges,
	}
}

// demographics holds a Patient whom the ledger knows against what it says of the person. Whom and what it refers to counts where an
// identifier names it; PAR-IDENTITY-003 follows the rest. What it leaves out may stand in another Patient of the person, so those are asked for then.
func (c *copies) demographics(ctx context.Context, answer reply, patient fhir.Resource) []result.Finding {
	replaced := func(link map[string]any) bool { return link["type"] == "replaced-by" }
	if c.env.Found || partial(patient) || slices.ContainsFunc(patient.Objects("link"), replaced) {
		return nil
	}
	person, known := personOf(c.env.Ledger, patient)
	if !known {
		return nil
	}
	var findings []result.Finding
	add := func(f result.Finding) {
		f.Exchanges, f.Query = answer.exchanges, answer.line()
		if place := patient.Reference() + " " + f.Path; !c.told[place] {
			c.told[place] = true
			findings = append(findings, f)
		}
	}
	for _, d := range record.TruthOf(c.env).ComparePatient(person, patient, record.NamesWithin([]fhir.Resource{patient})) {
		if d.Actual == "" && !d.OfEachCopy() && (refers(d) || !c.lackedByAll(ctx, person, d)) {
			continue
		}
		d.Cause = explain.Content(d, explain.Evidence{})
		add(d.Finding(nil))
	}
	for _, f := range record.WrongDisplays(ctx, c.env.Judge, patient) {
		f.Cause = result.CodeSystem
		add(f)
	}
	return findings
}

// personOf is the person of the ledger whose NHS number a Patient carries, or the local number of somebody who has none.
func personOf(ledger *fixtures.Ledger, patient fhir.Resource) (fixtures.Person, bool) {
	number := ""
	for _, identifier := range record.Identifiers(patient) {
		if of, value, _ := strings.Cut(identifier, "|"); of == fhir.NHSNumberSystem {
			number = value
		}
	}
	if number == "" {
		return numberless(ledger, patient)
	}
	return ledger.Person(number)
}

// numberless is the person of the ledger who has no NHS number and whose local number a Patient has: somebody who was born today.
func numberless(ledger *fixtures.Ledger, patient fhir.Resource) (fixtures.Person, bool) {
	for _, identifier := range record.Identifiers(patient) {
		if id, is := strings.CutPrefix(identifier, fixtures.PersonSystem+"|"); is {
			person, known := ledger.PersonByID(id)
			return person, known && person.NHSNumber == ""
		}
	}
	return fixtures.Person{}, false
}

// refers reports whether a difference is in what a Patient refers to.
func refers(d record.Difference) bool {
	return slices.ContainsFunc([]string{"generalPractitioner", "managingOrganization", "link"}, func(element string) bool { return strings.Contains(d.Path, element) })
}

// lackingAtMost is how many people one check asks for again, because a Patient of theirs leaves something out.
const lackingAtMost = 60

// lackedByAll reports whether every Patient whom the system shows for a person's NHS number, or for the local number of who has none, leaves
// an element out.
func (c *copies) lackedByAll(ctx context.Context, person fixtures.Person, what record.Difference) bool {
	lacking, known := c.lacking[person.ID]
	if !known {
		if len(c.lacking) == lackingAtMost {
			return false
		}
		lacking = map[string]bool{}
		c.lacking[person.ID] = lacking
		found, err := record.FindPerson(ctx, c.system, person)
		patients := found.Patients
		if err != nil || len(patients) == 0 {
			return false // the checks that are about finding people say what is wrong
		}
		count := map[string]int{}
		for _, patient := range patients {
			if partial(patient) {
				return false
			}
			of := map[string]bool{}
			for _, d := range record.TruthOf(c.env).ComparePatient(person, patient, record.NamesWithin(patients)) {
				if what := d.LeftOut(); d.Actual == "" && !of[what] {
					of[what] = true
					count[what]++
				}
			}
		}
		for name, n := range count {
			lacking[name] = n == len(patients)
		}
	}
	return lacking[what.LeftOut()]
}

// listed holds an entry of the directory against the ledger's.
func (c *copies) listed(answer reply, entry fhir.Resource) []result.Finding {
	if c.env.Found || !directory(entry.Type()) || partial(entry) {
		return nil
	}
	var findings []result.Finding
	for _, amiss := range record.DirectoryOf(c.env).Compare(entry) {
		if place := entry.Reference() + " " + amiss.Path; !c.told[place] {
			c.told[place] = true
			f := unlisted(entry, amiss)
			f.Query, f.Exchanges = answer.line(), answer.exchanges
			findings = append(findings, f)
		}
	}
	return findings
}

// unlisted words that an entry of the directory is not what the ledger says.
func unlisted(entry fhir.Resource, amiss record.Amiss) result.Finding {
	f := result.Finding{
		Rule: "directory-entry", Severity: result.SeverityError, Path: amiss.Path, Cause: result.CauseAltered,
		Message:  fmt.Sprintf("%s is shown with %s", entry.Reference(), amiss),
		Expected: amiss.Expected, Actual: amiss.Actual,
	}
	if amiss.Lost {
		// A receiver is not told what is wrong, and whoever reads it sees that something is not there.
		f.Severity, f.Cause = result.SeverityWarning, result.CauseMissing
		f.Message = fmt.Sprintf("%s is shown without %s, and it was given one", entry.Reference(), amiss.Path)
	}
	return f
}

// unreadable says which references to entries of the directory lead to nothing or to an error. What may not be read, or is not
// offered to be read, is no fault.
func unreadable(env *check.Env, unread []record.Unread) []result.Finding {
	var findings []result.Finding
	for _, u := range unread {
		switch {
		case u.Broken == nil:
			findings = append(findings, result.Finding{
				Rule: "reference-resolves", Severity: result.SeverityError, Cause: result.ReferenceBroken, Exchanges: []string{u.Exchange}, Query: env.System.CurlRead(u.Reference),
				Message:  fmt.Sprintf("records refer to %s, and %s has no such resource", u.Reference, env.System.Name),
				Expected: "a resource that can be read", Actual: "none",
			})
		case u.Broken.Status == http.StatusOK: // it was answered, and the answer contradicts itself
			findings = append(findings, u.Broken.Finding)
		case u.Broken.Status >= http.StatusInternalServerError && u.Broken.Status != http.StatusNotImplemented:
			f := u.Broken.Finding
			f.Cause = result.CauseError
			findings = append(findings, f)
		}
	}
	return findings
}

// wholeDirectory holds the entries of the directory that the system shows otherwise than in answers to planned questions against the
// ledger's: those that records refer to, and the beginning of a list.
func wholeDirectory(ctx context.Context, env *check.Env) []result.Finding {
	if env.Found {
		return nil
	}
	values, err := held(ctx, env)
	if err != nil {
		return nil // where nobody is shown, the checks about finding people say so
	}
	findings := unreadable(env, values.unread)
	for _, resourceType := range []string{"Organization", "Location", "Practitioner", "PractitionerRole"} {
		for _, entry := range values.all[resourceType] {
			for _, amiss := range record.DirectoryOf(env).Compare(entry) {
				f := unlisted(entry, amiss)
				f.Query = env.System.Curl(resourceType, url.Values{"_id": {entry.ID()}})
				findings = append(findings, f)
			}
		}
	}
	return findings
}

// partial reports whether a resource says that it is not all there is.
func partial(resource fhir.Resource) bool {
	return slices.ContainsFunc(resource.Objects("meta", "tag"), func(tag map[string]any) bool { return tag["code"] == "SUBSETTED" })
}
