package capability

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// searchset reads a search to its end and says what is wrong with its form.
func searchset(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	filled := false
	for _, resourceType := range pagedTypes() {
		if !searchable(offer(statement, resourceType), "patient") {
			continue
		}
		somebody, err := holder(ctx, env, resourceType)
		if err != nil {
			return findings, err
		}
		answer, err := env.System.Search(ctx, resourceType, url.Values{"patient": {somebody.patient.ID()}})
		if err != nil {
			return findings, err
		}
		filled = filled || len(answer.Matches) > 0
		for _, remark := range answer.Remarks {
			if !slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Rule == remark.Rule }) && remark.Severity.Rank() > result.Information.Rank() {
				findings = append(findings, remark)
			}
		}
		for _, f := range shells(ctx, env, answer) {
			if !slices.ContainsFunc(findings, func(known result.Finding) bool { return known.Rule == f.Rule && known.Path == f.Path }) {
				findings = append(findings, f)
			}
		}
	}
	if !filled && len(findings) == 0 {
		return nil, check.NoData("%s shows nobody's record of %s in a search by patient. %s", env.System.Name, strings.Join(pagedTypes(), ", "), env.Remedy())
	}
	return findings, nil
}

// shells holds the pages of an answer against the definition of Bundle.
func shells(ctx context.Context, env *check.Env, answer *check.Answer) []result.Finding {
	var findings []result.Finding
	for _, id := range answer.Exchanges {
		if got, ok := env.System.Answered(ctx, id); ok {
			for _, f := range shell(ctx, env, got, "answers "+answer.Query) {
				if !slices.ContainsFunc(findings, func(known result.Finding) bool { return known.Rule == f.Rule && known.Path == f.Path }) {
					findings = append(findings, f)
				}
			}
		}
	}
	return findings
}

// shell holds an answer against the definition of its type, without what the resources in a Bundle hold, which the checks of profiles
// judge: an error is told once for a place. did says what the system did, after its name.
func shell(ctx context.Context, env *check.Env, got *exchange.Exchange, did string) []result.Finding {
	resource := resourceOf(got)
	for _, entry := range fhir.Objects(resource["entry"]) {
		// A page may be large, and what is in it is judged elsewhere.
		if held, _ := entry["resource"].(map[string]any); held != nil {
			maps.DeleteFunc(held, func(name string, _ any) bool { return name != "resourceType" && name != "id" && name != "meta" })
		}
	}
	judged, err := env.Judge.Judge(ctx, resource)
	if err != nil {
		return nil // it is no resource, and that was said
	}
	var findings []result.Finding
	for _, f := range judged {
		place := repetition.ReplaceAllString(f.Path, "")
		if f.Severity.Rank() < result.SeverityError.Rank() || f.Waiver != "" || strings.HasPrefix(place, "Bundle.entry.resource") ||
			slices.ContainsFunc(findings, func(known result.Finding) bool { return known.Rule == f.Rule && known.Path == place }) {
			continue
		}
		told := wrong(env, got, f.Rule, fmt.Sprintf("%s %s with a resource of type %s that is not as FHIR defines it, at %s: %s", env.System.Name, did, resource.Type(), f.Path, f.Message),
			cmp.Or(f.Expected, "as FHIR defines "+resource.Type()), cmp.Or(f.Actual, "otherwise at "+f.Path))
		told.Path, told.Severity = place, f.Severity
		findings = append(findings, told)
	}
	return findings
}

// repetition is the place of a value among several.
var repetition = regexp.MustCompile(`\[\d+\]`)

// searchMode asks for includes that are declared and looks at how their entries are marked.
func searchMode(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	asked := false
	var ignored []result.Finding
	for _, resourceType := range pagedTypes() {
		resource := offer(statement, resourceType)
		include := ""
		for _, declared := range fhir.List(resource["searchInclude"]) {
			if text := fhir.Text(declared); text == resourceType+":patient" || text == resourceType+":subject" {
				include = text
			}
		}
		if include == "" || !searchable(resource, "patient") {
			continue
		}
		somebody, err := holder(ctx, env, resourceType)
		if err != nil {
			return nil, err
		}
		query := url.Values{"patient": {byPatient(ctx, env, somebody.patient)}, "_include": {include}, "_count": {"5"}}
		got, err := get(ctx, env, resourceType+"?"+query.Encode())
		if err != nil {
			return nil, err
		}
		if err := unavailable(env, got); err != nil {
			return nil, err
		}
		entries := fhir.Objects(resourceOf(got)["entry"])
		refers, sent := patientsReferredTo(env.System, entries, resourceType), patientsAmong(entries)
		amiss := wrong(env, got, "include-passed-over", fmt.Sprintf("%s declares _include=%s and passes over it", env.System.Name, include), "the Patient to whom a match refers", "no Patient")
		switch amiss.Severity, amiss.Cause = result.SeverityWarning, result.IgnoredParameter; {
		case len(sent) == 0 && len(refers) == 0:
			continue // all that there is matched
		case len(sent) == 0:
			asked, ignored = true, append(ignored, amiss)
			continue
		case len(refers) > 0 && !slices.ContainsFunc(sent, func(name string) bool { return slices.Contains(refers, name) }):
			amiss.Rule, amiss.Severity, amiss.Cause = "include-of-another", result.SeverityError, result.CauseExtra
			amiss.Message = fmt.Sprintf("%s sends %s along for _include=%s, to whom no match refers", env.System.Name, sent[0], include)
			amiss.Expected, amiss.Actual = refers[0], sent[0]
			return append(ignored, amiss), nil
		}
		asked = true
		plain, err := env.System.Search(ctx, resourceType, url.Values{"patient": query["patient"]})
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			mode, kind := fhir.Text(fhir.Get(entry, "search", "mode")), fhir.Text(fhir.Get(entry, "resource", "resourceType"))
			switch {
			case mode == "":
				return []result.Finding{wrong(env, got, "search-mode-missing", fmt.Sprintf("%s does not say which entries of a search with _include=%s match and which were sent along", env.System.Name, include),
					"search.mode on every entry", kind+" without one")}, nil
			case mode == "match" && kind != resourceType && kind != "":
				right := "mode include"
				if kind == "OperationOutcome" {
					right = "mode outcome"
				}
				return []result.Finding{wrong(env, got, "search-mode-wrong", fmt.Sprintf("%s marks a %s as a match of a search for %s", env.System.Name, kind, resourceType), right, "mode match")}, nil
			case mode == "match" && !slices.ContainsFunc(plain.Resources(), func(r fhir.Resource) bool { return r.ID() == fhir.Text(fhir.Get(entry, "resource", "id")) }):
				f := wrong(env, got, "search-mode-other", fmt.Sprintf("%s finds a %s with _include=%s that it does not find without", env.System.Name, kind, include),
					"what is found without _include", kind+"/"+fhir.Text(fhir.Get(entry, "resource", "id")))
				f.Cause = result.CauseExtra
				return []result.Finding{f}, nil
			}
		}
	}
	if !asked {
		return nil, notOffered(env, "an _include of the patient that brings anything")
	}
	return ignored, nil
}

// patientsReferredTo are the Patients of a system to whom records of a type among entries refer by an id, as "Patient/1": without one there
// is nothing to send along.
func patientsReferredTo(system *check.Endpoint, entries []map[string]any, resourceType string) []string {
	var names []string
	for _, entry := range entries {
		resource, _ := entry["resource"].(map[string]any)
		for _, element := range []string{"subject", "patient"} {
			text := fhir.Resource(resource).Text(element, "reference")
			if reference, ok := fhir.ParseReference(text); ok && resource["resourceType"] == resourceType && reference.Type == "Patient" && !system.Elsewhere(text) {
				names = append(names, reference.Relative())
			}
		}
	}
	return names
}

// patientsAmong are the Patients among entries, as "Patient/1".
func patientsAmong(entries []map[string]any) []string {
	var names []string
	for _, entry := range entries {
		if resource, _ := entry["resource"].(map[string]any); resource["resourceType"] == "Patient" {
			names = append(names, fhir.Resource(resource).Reference())
		}
	}
	return names
}

// everything compares $everything with searches for the same Patient.
func everything(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	declared := slices.ContainsFunc(fhir.Objects(offer(statement, "Patient")["operation"]), func(operation map[string]any) bool {
		return strings.TrimPrefix(fhir.Text(operation["name"]), "$") == "everything" || strings.Contains(fhir.Text(operation["definition"]), "Patient-everything")
	})
	if !declared {
		return nil, notOffered(env, "$everything of Patient")
	}
	somebody, err := anyHolder(ctx, env, statement)
	if err != nil {
		return nil, err
	}
	patient := somebody.patient
	whole, err := env.System.SearchAs(ctx, patient.Reference()+"/$everything")
	observed := result.CapabilityWorks
	if refusedOrWrong(err) {
		observed = result.CapabilityRefused
	}
	env.Observe(result.Capability{System: env.System.Name, Resource: "Patient", Kind: "operation", Name: "everything", Declared: true, Observed: observed})
	if err != nil {
		return nil, err
	}
	held, all := map[string]fhir.Resource{}, []fhir.Resource{}
	for _, entry := range slices.Concat(whole.Matches, whole.Includes) {
		all = append(all, entry.Resource)
		// What records refer to may come with each page; a record is there once.
		if held[entry.Resource.Reference()] != nil && entry.Resource.ID() != "" && slices.Contains(compartment(), entry.Resource.Type()) {
			return []result.Finding{odd(env, whole, result.Duplicate, entry.Resource.Type(), entry.Resource.Reference()+" more than once", "every record once", "it twice")}, nil
		}
		held[entry.Resource.Reference()] = entry.Resource
	}
	for _, remark := range whole.Remarks {
		if remark.Rule == check.RuleRepeated { // on one page
			remark.Cause = result.Duplicate
			return []result.Finding{remark}, nil
		}
	}
	if held[patient.Reference()] == nil {
		return []result.Finding{lacking(env, whole, patient.Reference(), 1, patient.Reference())}, nil
	}
	// What counts as a match of an operation R4 does not say, but that there are no more of them than the total.
	if records := whole.Resources(); whole.Total >= 0 && whole.Total < len(slices.DeleteFunc(records, func(r fhir.Resource) bool { return !slices.Contains(compartment(), r.Type()) })) {
		f := odd(env, whole, result.WrongTotal, "Bundle.total", "a total that is less than the number of its records", fmt.Sprintf("total %d, or none", len(whole.Matches)), fmt.Sprintf("total %d", whole.Total))
		f.Severity = result.SeverityWarning
		return []result.Finding{f}, nil
	}
	if about := aboutNothing(held, all); about != nil {
		f := odd(env, whole, result.ReferenceBroken, "Provenance.target", about.Reference()+", which is about a record that is not there", "a statement about one of its records", fhir.Text(about.Get("target", "reference")))
		f.Severity = result.SeverityWarning
		return []result.Finding{f}, nil
	}
	// Who keeps the Patient is not where the person's records come from.
	records := slices.DeleteFunc(slices.Clone(all), func(r fhir.Resource) bool { return !slices.Contains(compartment(), r.Type()) })
	wrong, err := record.Origins(ctx, env.Judge, records, all)
	if err == nil && wrong == nil {
		wrong, err = record.Participants(ctx, env.System, all)
	}
	if err != nil {
		return nil, err
	}
	if wrong != nil {
		wrong.Rule, wrong.Query, wrong.Exchanges = cmp.Or(wrong.Rule, "everything-shows"), whole.Curl(), whole.Exchanges
		return []result.Finding{*wrong}, nil
	}
	if others, err := strangers(ctx, env, patient, whole); err != nil || len(others) > 0 {
		return others, err
	}
	for _, resourceType := range compartment() {
		if !searchable(offer(statement, resourceType), "patient") {
			continue
		}
		answer, err := env.System.Search(ctx, resourceType, url.Values{"patient": {patient.ID()}})
		if err != nil {
			return nil, err
		}
		var lacks []string
		for _, resource := range answer.Resources() {
			inside := held[resource.Reference()]
			if inside == nil {
				lacks = append(lacks, resource.Reference())
				continue
			}
			if path, was, is, differs := record.Contradiction(resource, inside); differs && !subsetted(resource) && !subsetted(inside) {
				return []result.Finding{odd(env, whole, result.CauseAltered, path, resource.Reference()+" otherwise than "+answer.Query+": "+path,
					cmp.Or(was, "nothing")+", as it is found", cmp.Or(is, "nothing"))}, nil
			}
		}
		if len(lacks) > 0 {
			return []result.Finding{lacking(env, whole, strings.Join(lacks[:min(3, len(lacks))], ", "), len(lacks), resourceType)}, nil
		}
	}
	return nil, nil
}

// aboutNothing is a statement of origin about records of a patient's compartment none of which is shown.
func aboutNothing(held map[string]fhir.Resource, all []fhir.Resource) fhir.Resource {
	for _, statement := range all {
		targets := statement.Objects("target")
		if statement.Type() == "Provenance" && len(targets) > 0 && !slices.ContainsFunc(targets, func(target map[string]any) bool {
			reference, ok := fhir.ParseReference(fhir.Text(target["reference"]))
			return !ok || held[reference.Relative()] != nil || !slices.Contains(compartment(), reference.Type)
		}) {
			return statement
		}
	}
	return nil
}

// compartment are the types of the records of the ledger's kinds that are in a patient's compartment (R4 CompartmentDefinition patient).
func compartment() []string {
	return []string{
		"AllergyIntolerance", "Appointment", "CarePlan", "Composition", "Condition", "Consent", "DiagnosticReport", "DocumentReference", "Encounter",
		"EpisodeOfCare", "Flag", "Immunization", "MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement",
		"Observation", "Procedure", "RelatedPerson", "ServiceRequest", "Specimen",
	}
}

// strangers says that $everything of one Patient holds a record of another person: one about a Patient with another NHS number. A
// record about a Patient of whom no number is known may be one of the person's own.
func strangers(ctx context.Context, env *check.Env, patient fhir.Resource, whole *check.Answer) ([]result.Finding, error) {
	own, known, referred := check.NHSNumbers(patient), map[string]bool{patient.Reference(): true}, map[string]bool{}
	for _, entry := range whole.Matches {
		for _, text := range record.Literals(map[string]any(entry.Resource)) {
			if reference, ok := fhir.ParseReference(text); ok {
				referred[reference.Relative()] = true
			}
		}
	}
	for _, entry := range whole.Matches {
		if referred[entry.Resource.Reference()] {
			continue // what the record refers to may come with it, whoever it is about
		}
		for _, element := range []string{"subject", "patient"} {
			reference, ok := fhir.ParseReference(entry.Resource.Text(element, "reference"))
			if !ok || reference.Type != "Patient" || known[reference.Relative()] || !slices.Contains(compartment(), entry.Resource.Type()) {
				continue
			}
			known[reference.Relative()] = true
			other, _, err := env.System.Read(ctx, reference.Relative())
			if refusedOrWrong(err) || other == nil && err == nil {
				continue // whether references lead somewhere is for others to say
			}
			if err != nil {
				return nil, err
			}
			if check.Stranger(own, []fhir.Resource{patient}, other) {
				f := odd(env, whole, result.CauseExtra, entry.Resource.Type()+"."+element, fmt.Sprintf("%s, which is about %s, another person", entry.Resource.Reference(), other.Reference()),
					"records of "+patient.Reference(), "a record of "+other.Reference())
				f.Hazard = "S1: one patient's whole record shows the records of others in " + env.System.Title + "."
				return []result.Finding{f}, nil
			}
		}
	}
	return nil, nil
}

// odd says what $everything shows and must not.
func odd(env *check.Env, whole *check.Answer, cause result.Cause, path, what, expected, actual string) result.Finding {
	return result.Finding{
		Rule: "everything-shows", Severity: result.SeverityError, Cause: cause, Path: path, Query: whole.Curl(), Exchanges: whole.Exchanges,
		Message: fmt.Sprintf("%s shows in $everything %s", env.System.Name, what), Expected: expected, Actual: actual,
	}
}

// subsetted reports whether a resource says that a part of it was left out.
func subsetted(resource fhir.Resource) bool {
	return slices.ContainsFunc(resource.Objects("meta", "tag"), func(tag map[string]any) bool { return tag["code"] == "SUBSETTED" })
}

// lacking says what $everything leaves out.
func lacking(env *check.Env, whole *check.Answer, names string, n int, what string) result.Finding {
	return result.Finding{
		Rule: "everything-lacks", Severity: result.SeverityError, Cause: result.CauseMissing, Query: whole.Curl(), Exchanges: whole.Exchanges,
		Message:  fmt.Sprintf("%s leaves %d of %s out of $everything that a search shows", env.System.Name, n, what),
		Expected: names, Actual: fmt.Sprintf("%d entries without them", len(whole.Matches)+len(whole.Includes)),
	}
}
