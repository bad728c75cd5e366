package record

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/suites/check"
)

// ParticipantSystem is the code system of what an agent of a Provenance did.
const ParticipantSystem = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"

// manyAlike is how many statements, or records, must be alike before one that is otherwise is odd; oneIn how many may be odd.
const manyAlike, oneIn = 10, 20

// invented is how the names of the ledger's own providers end.
const invented = " (synthetic)"

// ClocksDiffer is how far the clocks of those who write a statement and of those who keep it may be apart.
const ClocksDiffer = 10 * time.Minute

// Origins says what is wrong with the statements of where records come from (Provenance) that one answer shows beside those records:
// a label or a participant that contradicts the record's label, a participant who is two things at once, a time after that of
// the statement itself, one record that has no statement while all others of its provider have one, a participant who is somebody else
// in all other statements, a form that is not FHIR's or UK Core's. It says so of the first; the caller adds the rule, the question and the
// exchanges. A nil judge leaves the form alone.
func Origins(ctx context.Context, judge check.Judge, records, statements []fhir.Resource) (*result.Finding, error) {
	shown, elsewhere, keepers := map[string]fhir.Resource{}, map[string]bool{}, map[string]int{}
	for _, r := range records {
		shown[r.Reference()] = r
		for _, source := range Sources(r) {
			elsewhere[source] = true
		}
	}
	statements = slices.DeleteFunc(slices.Clone(statements), func(s fhir.Resource) bool { return s.Type() != "Provenance" })
	for _, s := range statements {
		for _, source := range Sources(s) {
			keepers[source]++
		}
	}
	for _, s := range statements {
		for _, target := range s.Objects("target") {
			reference, ok := fhir.ParseReference(fhir.Text(target["reference"]))
			if !ok || shown[reference.Relative()] == nil {
				continue
			}
			// Who keeps the statements may label all of them as its own; another provider has nothing to do with one.
			if wrong := mislabelled(s, shown[reference.Relative()], func(source string) bool {
				return elsewhere[source] || len(statements) > 2 && keepers[source] < len(statements)/2
			}); wrong != nil {
				return wrong, nil
			}
		}
		if wrong := contradictsItself(s); wrong != nil {
			return wrong, nil
		}
	}
	if wrong := oddOneOut(shown, statements); wrong != nil {
		return wrong, nil
	}
	for _, s := range statements {
		if wrong, err := malformed(ctx, judge, s); err != nil || wrong != nil {
			return wrong, err
		}
	}
	return nil, nil
}

func origin(path, message, expected, actual string, cause result.Cause) *result.Finding {
	return &result.Finding{Severity: result.SeverityError, Path: path, Message: message, Expected: expected, Actual: actual, Cause: cause}
}

// mislabelled holds a statement against the label of the record that it is about. another says that a label is one of another provider's.
func mislabelled(statement, about fhir.Resource, another func(source string) bool) *result.Finding {
	its, sources := Sources(statement), Sources(about)
	if len(sources) == 0 {
		return nil
	}
	if slices.ContainsFunc(its, func(source string) bool { return !slices.Contains(sources, source) && another(source) }) {
		return origin("Provenance.meta", fmt.Sprintf("%s is labelled as one of %s, and %s, which it is about, as one of %s", statement.Reference(), its[0], about.Reference(), sources[0]),
			sources[0], its[0], result.LabelLost)
	}
	var who []string
	for _, agent := range statement.Objects("agent") {
		if fhir.Text(fhir.Get(agent, "who", "identifier", "system")) == ODSSystem {
			who = append(who, fhir.Text(fhir.Get(agent, "who", "identifier", "value")))
		}
	}
	if len(who) > 0 && !slices.ContainsFunc(who, func(code string) bool { return slices.Contains(sources, code) }) {
		return origin("Provenance.agent.who", fmt.Sprintf("%s says that %s comes from %s, and its label says %s", statement.Reference(), about.Reference(), who[0], sources[0]),
			sources[0], who[0], result.LabelLost)
	}
	for _, agent := range statement.Objects("agent") {
		is := fhir.Text(fhir.Get(agent, "who", "identifier", "system")) + "|" + fhir.Text(fhir.Get(agent, "who", "identifier", "value"))
		code := fhir.Text(fhir.Get(agent, "who", "identifier", "value"))
		// A real provider may have written a record for another; an invented one exists in the ledger alone, which knows who wrote it.
		if slices.Equal(rolesOf(agent), []string{"author"}) && onlyOurs(is) && !slices.Contains(sources, code) {
			f := origin("Provenance.agent.who", fmt.Sprintf("%s says that %s wrote %s too, and its label says %s", statement.Reference(), code, about.Reference(), sources[0]),
				sources[0], code, result.LabelLost)
			f.Severity = result.SeverityWarning
			return f
		}
		if words := fhir.Text(fhir.Get(agent, "who", "display")); is == "|" && fhir.Get(agent, "who", "reference") == nil && strings.HasSuffix(words, invented) &&
			!labelledAs(about, words) && !labelledAs(statement, words) {
			f := origin("Provenance.agent.who.display", fmt.Sprintf("%s names %s, which has nothing to do with %s by its label", statement.Reference(), words, about.Reference()),
				sources[0], words, result.LabelLost)
			f.Severity = result.SeverityWarning
			return f
		}
	}
	return nil
}

// labelledAs reports whether a provider's label of a resource has some words, or none: then it may be whoever is named.
func labelledAs(resource fhir.Resource, words string) bool {
	return slices.ContainsFunc(resource.Objects("meta", "tag"), func(tag map[string]any) bool {
		return tag["system"] == ODSSystem && (tag["display"] == nil || tag["display"] == words)
	})
}

// contradictsItself says where a statement cannot be true whatever it is about.
func contradictsItself(statement fhir.Resource) *result.Finding {
	for _, agent := range statement.Objects("agent") {
		if roles := rolesOf(agent); len(roles) > 1 {
			f := origin("Provenance.agent.type", fmt.Sprintf("%s says that one participant is %s at once", statement.Reference(), strings.Join(roles, " and ")),
				"one kind of participant", strings.Join(roles, ", "), result.CauseAltered)
			f.Severity = result.SeverityWarning // FHIR forbids no second code
			return f
		}
	}
	written, errWritten := fhir.ParseDate(statement.Text("recorded"), nil)
	kept, errKept := fhir.ParseDate(statement.Text("meta", "lastUpdated"), nil)
	if errWritten == nil && errKept == nil && written.Low.After(kept.High.Add(ClocksDiffer)) {
		return origin("Provenance.recorded", statement.Reference()+" says that it was written after the system last changed it",
			"no later than "+statement.Text("meta", "lastUpdated"), statement.Text("recorded"), result.CauseAltered)
	}
	return nil
}

// rolesOf are the kinds of participant that an agent of a Provenance is said to be. They exclude each other: who wrote a record is not
// who put it together from the records of others.
func rolesOf(agent map[string]any) []string {
	var roles []string
	for _, coding := range fhir.Objects(fhir.Get(agent, "type", "coding")) {
		if code := fhir.Text(coding["code"]); coding["system"] == ParticipantSystem && !slices.Contains(roles, code) {
			roles = append(roles, code)
		}
	}
	slices.Sort(roles)
	return roles
}

// malformed says what is wrong with the form and the words of a statement: nothing else looks at it. A code that stands in another
// code system than the one that has it counts, though the binding lets a system add codes: whoever reads it knows no such participant.
func malformed(ctx context.Context, judge check.Judge, statement fhir.Resource) (*result.Finding, error) {
	if judge == nil {
		return nil, nil
	}
	found, err := judge.Judge(ctx, statement)
	if err != nil {
		return nil, err
	}
	for _, f := range append(found, judge.Rules(ctx, statement)...) {
		if f.Rule == profiles.RuleNotCheckable || f.Waiver != "" || f.Severity.Rank() < result.SeverityError.Rank() && !profiles.OtherSystem(f) {
			continue
		}
		f.Severity, f.Message, f.Cause = result.SeverityError, statement.Reference()+": "+f.Message, result.ProfileDifference
		f.Line, f.Column = 0, 0
		return &f, nil
	}
	return nil, nil
}

// oddOneOut warns of what one record, or one statement, has otherwise than all others of the same provider in the answer.
func oddOneOut(shown map[string]fhir.Resource, statements []fhir.Resource) *result.Finding {
	alike := map[string][]fhir.Resource{}
	stated := map[string]bool{}
	for _, s := range statements {
		for _, target := range s.Objects("target") {
			reference, _ := fhir.ParseReference(fhir.Text(target["reference"]))
			stated[reference.Relative()] = true
			if about := shown[reference.Relative()]; about != nil && len(Sources(about)) > 0 {
				alike[strings.Join(Sources(about), " ")] = append(alike[strings.Join(Sources(about), " ")], s)
				break
			}
		}
	}
	of := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		if len(Sources(shown[name])) == 0 {
			continue // it may be the neighbour's
		}
		provider := shown[name].Type() + " " + strings.Join(Sources(shown[name]), " ")
		of[provider] = append(of[provider], name)
	}
	for _, provider := range slices.Sorted(maps.Keys(of)) {
		all := of[provider]
		bare := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return stated[name] })
		if len(bare) > 0 && isOdd(len(bare), len(all)) {
			f := origin("Provenance.target", fmt.Sprintf("%s comes without a statement of where it comes from, and the other %d of its provider come with one", bare[0], len(all)-len(bare)),
				"a statement about it", "none", result.CauseMissing)
			f.Severity = result.SeverityWarning
			return f
		}
	}
	for _, provider := range slices.Sorted(maps.Keys(alike)) {
		if f := namedOtherwise(alike[provider]); f != nil {
			return f
		}
	}
	return nil
}

// isOdd reports whether so few of all are odd that it is no custom.
func isOdd(odd, all int) bool { return all-odd >= manyAlike && odd*oneIn <= max(all, oneIn) }

// namedOtherwise warns of a participant who is another in one statement than in all others about records of one provider: of the same
// identifier, reference or name, and otherwise with another one of these or in another role. Other participants are lawful.
func namedOtherwise(statements []fhir.Resource) *result.Finding {
	texts, agents := map[string]int{}, map[string]map[string]any{}
	for _, s := range statements {
		for _, agent := range s.Objects("agent") {
			text := exact(agent)
			texts[text]++
			agents[text] = agent
		}
	}
	usual := slices.DeleteFunc(slices.Sorted(maps.Keys(texts)), func(text string) bool { return !isOdd(len(statements)-texts[text], len(statements)) })
	for _, s := range statements {
		for _, agent := range s.Objects("agent") {
			text := exact(agent)
			if texts[text]*oneIn > max(len(statements), oneIn) {
				continue
			}
			for _, as := range usual {
				missing := !slices.ContainsFunc(s.Objects("agent"), func(other map[string]any) bool { return exact(other) == as })
				if missing && text != as && sameParticipant(agent, agents[as]) {
					f := origin("Provenance.agent", fmt.Sprintf("%s has a participant who is another in %d of %d statements about records of the same provider", s.Reference(), texts[as], len(statements)),
						as, text, result.CauseAltered)
					f.Severity = result.SeverityWarning
					return f
				}
			}
		}
	}
	return nil
}

// sameParticipant reports whether two agents have an identifier, a reference or a name in common.
func sameParticipant(a, b map[string]any) bool {
	for _, path := range [][]any{{"who", "identifier", "value"}, {"who", "reference"}, {"who", "display"}} {
		if text := fhir.Text(fhir.Get(a, path...)); text != "" && text == fhir.Text(fhir.Get(b, path...)) {
			return true
		}
	}
	return false
}
