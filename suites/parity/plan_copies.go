package parity

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

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
	// told are the elements of Patients and of the directory that were complained about: one record is in many answers.
	told map[string]bool
}

// view is a record as an answer shows it.
type view struct {
	resource  fhir.Resource
	query     string
	exchanges []string
}

func newCopies(env *check.Env, a asker) *copies {
	return &copies{a, env, map[string]view{}, map[string]bool{}, map[string]bool{}}
}

// judge holds the records of an answer against how the system shows them otherwise, or the ledger where it says so, and the
// total against the number of matches. An answer that lacks something, or holds too much, is charged with that alone.
func (c *copies) judge(ctx context.Context, q Query, answer reply) []result.Finding {
	_ = c.narrowedByNothing(ctx, q) // where that is not answered, whoever asks for the records of one person says so
	var findings []result.Finding
	for _, resource := range answer.resources {
		findings = append(findings, c.otherwise(q, answer, resource)...)
		if resource.Type() == "Patient" {
			findings = append(findings, c.demographics(answer, resource)...)
		}
		findings = append(findings, c.listed(answer, resource)...)
	}
	if len(answer.miscounted) > 0 && !slices.ContainsFunc(q.Terms, func(term Term) bool { return term.Name == "_summary" || term.Name == "_count" }) {
		findings = append(findings, result.Finding{
			Rule: "search-total", Severity: result.SeverityWarning, Path: "Bundle.total", Cause: result.WrongTotal, Exchanges: answer.exchanges, Query: answer.line(),
			Message:  fmt.Sprintf("the answer to %s (%s) states a total that is not the number of its matches", strings.Join(answer.queries, " and "), q.Probe),
			Expected: "the number of matches, or no total", Actual: strings.Join(answer.miscounted, "; "),
		})
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
	}
	return nil
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
	path, was, is, differs := contradiction(resource.Type(), map[string]any(before.resource), map[string]any(resource))
	if !differs {
		return nil
	}
	cause := result.CauseAltered
	if resource.Text("meta", "versionId") != before.resource.Text("meta", "versionId") {
		cause = result.StaleFeed
	}
	return []result.Finding{{
		Rule: "search-shows-otherwise", Severity: result.SeverityError, Path: path, Cause: cause, Query: answer.line(),
		Message: fmt.Sprintf("the answer to %s (%s) shows %s otherwise than the answer to %s: %s",
			strings.Join(answer.queries, " and "), q.Probe, resource.Reference(), before.query, path),
		Expected: cmp.Or(was, "nothing") + ", as it is shown there", Actual: cmp.Or(is, "nothing"), Exchanges: slices.Concat(answer.exchanges, before.exchanges),
	}}
}

// demographics holds a Patient whom the ledger knows against what it says of the person. What a Patient leaves out, and whom
// and what it refers to, is for PAR-IDENTITY-003, which reads all of a person's Patients.
func (c *copies) demographics(answer reply, patient fhir.Resource) []result.Finding {
	replaced := func(link map[string]any) bool { return link["type"] == "replaced-by" }
	if c.env.Found || partial(patient) || slices.ContainsFunc(patient.Objects("link"), replaced) {
		return nil
	}
	number := ""
	for _, identifier := range record.Identifiers(patient) {
		if of, value, _ := strings.Cut(identifier, "|"); of == fhir.NHSNumberSystem {
			number = value
		}
	}
	person, known := c.env.Ledger.Person(number)
	if !known || number == "" {
		return nil
	}
	var findings []result.Finding
	for _, d := range record.TruthOf(c.env).ComparePatient(person, patient, record.Names{}) {
		if d.Actual == "" || strings.Contains(d.Path, "generalPractitioner") || strings.Contains(d.Path, "managingOrganization") || strings.Contains(d.Path, "link") {
			continue
		}
		d.Cause = explain.Content(d, explain.Evidence{})
		f := d.Finding(answer.exchanges)
		f.Query = answer.line()
		if place := patient.Reference() + " " + d.Path; !c.told[place] {
			c.told[place] = true
			findings = append(findings, f)
		}
	}
	return findings
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
	return result.Finding{
		Rule: "directory-entry", Severity: result.SeverityError, Path: amiss.Path, Cause: result.CauseAltered,
		Message:  fmt.Sprintf("%s is shown with %s", entry.Reference(), amiss),
		Expected: amiss.Expected, Actual: amiss.Actual,
	}
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
	var findings []result.Finding
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

// contradiction returns the first element, in the order of names, in which two views of a record by one system differ. What a
// server may make anew for each answer is left out: its own marks, the narrative, where an attachment can be had.
func contradiction(path string, before, after any) (at, was, is string, differs bool) {
	if reflect.DeepEqual(before, after) {
		return "", "", "", false
	}
	a, oneObject := before.(map[string]any)
	b, otherObject := after.(map[string]any)
	switch {
	case oneObject && otherObject:
		for _, name := range sortedOnce(slices.Concat(keysOf(a), keysOf(b))) {
			if anew(a, name) {
				continue
			}
			if name == "meta" {
				// Of the marks, the labels of confidentiality are no server's own.
				if at, was, is, differs = contradiction(path+".meta.security", fhir.Get(a, "meta", "security"), fhir.Get(b, "meta", "security")); differs {
					return at, was, is, true
				}
				continue
			}
			if name == "reference" {
				if relative(a[name]) != relative(b[name]) {
					return path + ".reference", relative(a[name]), relative(b[name]), true
				}
				continue
			}
			if at, was, is, differs = contradiction(path+"."+name, a[name], b[name]); differs {
				return at, was, is, true
			}
		}
		return "", "", "", false
	case isList(before) && isList(after) && len(fhir.List(before)) == len(fhir.List(after)):
		one, other := fhir.List(before), fhir.List(after)
		for i := range one {
			if at, was, is, differs = contradiction(path, one[i], other[i]); differs {
				if slices.ContainsFunc(other, func(item any) bool { _, _, _, differ := contradiction(path, one[i], item); return !differ }) {
					continue // in another place
				}
				return at, was, is, true
			}
		}
		return "", "", "", false
	default:
		return path, exact(before), exact(after), true
	}
}

// anew reports whether a server may make an element anew for each answer.
func anew(holder map[string]any, name string) bool {
	switch name {
	case "text", "language", "implicitRules", "contained", "resourceType":
		return holder["resourceType"] != nil || name == "resourceType"
	case "url", "data", "hash", "size":
		return holder["contentType"] != nil
	case "id":
		return true
	default:
		return false
	}
}

func isList(value any) bool { _, is := value.([]any); return is }

func keysOf(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	return names
}

// relative is a reference without the base that it may have.
func relative(reference any) string {
	text := fhir.Text(reference)
	if parsed, ok := fhir.ParseReference(text); ok && parsed.Type != "" {
		return parsed.Relative()
	}
	return text
}

// exact is a value as it is written, "" for none.
func exact(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case map[string]any, []any:
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Sprint(value)
		}
		return string(text)
	default:
		return fhir.Text(value)
	}
}
