package scenario

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// The headers that say who asks, why, and which requests belong together. The first three are the NHS API platform's; there
// is no English standard for the purpose of a request, so a gateway has to take it from the user's token.
const (
	correlationHeader  = "X-Correlation-Id"
	organisationHeader = "Nhsd-End-User-Organisation-Ods"
	userHeader         = "Nhsd-Session-Urid"
	purposeHeader      = "X-Purpose-Of-Use"
	reasonHeader       = "X-Purpose-Reason"
)

// visit is one look at a record by a user whom the audit trail must name afterwards.
type visit struct {
	correlation, organisation, purpose, reason string
	// users are the role profiles in which the record is opened, by the name of the system.
	users map[string]string
}

const (
	// clinician is the role in which the record is opened, where the configuration says how.
	clinician = "clinician"
	// inventedUser is a role profile that nobody has, for a configuration that names none.
	inventedUser = "999000000032"
)

// newVisit makes a visit whose correlation id is the same in every run with the same check and scope.
func newVisit(env *check.Env, purpose, reason, organisation string) visit {
	sum := sha256.Sum256([]byte("correlation " + env.Label))
	x := hex.EncodeToString(sum[:16])
	users := map[string]string{}
	for _, system := range []*check.Endpoint{env.System, env.Peer} {
		// Where a token says who asks, the configuration names the role that goes with it.
		users[system.Name] = cmp.Or(system.Roles[clinician].Get(userHeader), system.Configured(userHeader), inventedUser)
	}
	return visit{
		users:        users,
		correlation:  strings.Join([]string{x[:8], x[8:12], "8" + x[13:16], "8" + x[17:20], x[20:]}, "-"),
		organisation: organisation, purpose: purpose, reason: reason,
	}
}

func (v visit) header(system *check.Endpoint) http.Header {
	header := system.Roles[clinician].Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set(userHeader, v.users[system.Name])
	header.Set(correlationHeader, v.correlation)
	header.Set(organisationHeader, v.organisation)
	header.Set(purposeHeader, v.purpose)
	if v.reason != "" {
		header.Set(reasonHeader, v.reason)
	}
	return header
}

// trail returns the AuditEvents of a system about a person that mention the visit.
func (v visit) trail(ctx context.Context, system *check.Endpoint, nhsNumber string) (events []fhir.Resource, exchanges []string, err error) {
	found, err := record.MustFind(ctx, system, nhsNumber)
	if err != nil {
		return nil, nil, err
	}
	for _, patient := range found.Patients {
		answer, err := trailOf(ctx, system, patient)
		if err != nil {
			return nil, nil, err
		}
		exchanges = append(exchanges, answer.Exchanges...)
		for _, event := range answer.Resources() {
			if event.Type() == "AuditEvent" && says(event, v.correlation) {
				events = append(events, event)
			}
		}
	}
	return events, exchanges, nil
}

// trailOf reads the audit trail about a Patient. The newest come first, where the system can sort: a trail may be long, and
// what is looked for was written just now.
func trailOf(ctx context.Context, system *check.Endpoint, patient fhir.Resource) (*check.Answer, error) {
	answer, err := inOrder(ctx, system, "AuditEvent", patient, "-date")
	if err == nil && answer == nil {
		return system.Search(ctx, "AuditEvent", url.Values{"patient": {patient.ID()}})
	}
	return answer, err
}

// says reports whether a text stands anywhere in a resource.
func says(resource fhir.Resource, text string) bool {
	body, err := json.Marshal(resource)
	return err == nil && text != "" && strings.Contains(string(body), text)
}

// auditJoin opens a person's record from both systems under one correlation id, and reconstructs from the asked system's
// trail who looked: its own user, and the neighbour on behalf of a user there.
func auditJoin(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	a, err := openWith(ctx, env, "P32", "TREAT", "")
	if err != nil {
		return nil, err
	}
	own, across := a.split(a.events, env.Peer)
	findings := a.complete(env, own, across, a.exchanges)
	env.By("Then the trail of %s says who looked, for which organisation, why, at whom, when, and how much was shown, once for its own user and once for the neighbour", env.System.Title)
	return findings, nil
}

// breakGlass opens a record for a user without a relationship to the patient, who gives a reason. The data is shown, the
// purpose is recorded, and an alert is raised on both sides.
func breakGlass(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	const reason = "unconscious in the emergency department"
	a, err := openWith(ctx, env, "P31", "BTG", reason)
	if err != nil {
		return nil, err
	}
	env.By("Then the record is shown, %s has recorded the override with its reason, and raised an alert, once for its own user and once for the neighbour", env.System.Title)
	findings := a.refused
	alerts := slices.DeleteFunc(slices.Clone(a.events), func(event fhir.Resource) bool { return !isAlert(event) })
	fault := func(rule, expected, format string, args ...any) {
		findings = append(findings, result.Finding{
			Rule: rule, Severity: result.SeverityError, Path: "AuditEvent", Message: fmt.Sprintf(format, args...), Expected: expected,
			Actual: fmt.Sprintf("%d accesses recorded, %d alerts", len(a.events), len(alerts)), Exchanges: a.exchanges,
		})
	}
	own, across := a.split(alerts, env.Peer)
	if len(own) == 0 {
		fault("override-alert", "an AuditEvent with subtype 110127 (emergency override started)", "%s raises no alert when its own user overrides", env.System.Name)
	}
	if len(across) == 0 {
		fault("override-alert", "an AuditEvent with subtype 110127 (emergency override started)", "%s raises no alert when a user of %s overrides", env.System.Name, env.Peer.Name)
	}
	for _, event := range alerts {
		if !says(event, a.purpose) || !says(event, reason) {
			fault("override-purpose", "purpose BTG with the user's reason", "%s does not keep why the record was opened", env.System.Name)
			break
		}
	}
	return findings, nil
}

// audited is what a visit left in the asked system's trail.
type audited struct {
	visit
	events    []fhir.Resource
	exchanges []string
	// first are the events that were there when the record had been opened in the asked system alone.
	first []fhir.Resource
	// refused says what was not shown although the user overrode.
	refused []result.Finding
}

// openWith opens a story person's record through both systems with the headers of one visit, and fetches what the asked
// system recorded about it: what was in its trail before, from an earlier run, does not count.
func openWith(ctx context.Context, env *check.Env, story, purpose, reason string) (audited, error) {
	c, err := castOf(env, story)
	if err != nil {
		return audited{}, err
	}
	a := audited{visit: newVisit(env, purpose, reason, c.person.Practice)}
	if reason == "" {
		env.By("Given a person with records in both systems")
	} else {
		env.By("Given a person with records in both systems, and a user without a relationship to the person who overrides with a reason")
	}
	earlier, _, err := a.trail(ctx, env.System.Afresh(env.Label+" earlier trail"), c.person.NHSNumber)
	if err != nil {
		return a, err
	}
	for _, system := range []*check.Endpoint{env.System.Afresh(env.Label), env.Peer.Afresh(env.Label)} {
		if system.Name == env.Peer.Name {
			if a.first, _, err = a.trail(ctx, env.System.Afresh(env.Label+" trail of its own user"), c.person.NHSNumber); err != nil {
				return a, err
			}
		}
		env.By("When a user opens the record in %s", system.Title)
		l, err := lookAt(ctx, record.TruthOf(env), system.With(a.header(system)), c.person, c.facts)
		if err != nil {
			return a, err
		}
		const opened = "when the record is opened"
		findings := append(l.answered(opened), l.shows(c.facts, opened)...)
		switch {
		case len(findings) == 0:
			continue
		case reason == "":
			return a, check.NoData("the scenario cannot be played: %s", findings[0].Message)
		}
		// What an ordinary look does not show either may not be there at all.
		if _, err := c.baseline(ctx, system.Afresh(env.Label+" ordinary look")); err != nil {
			return a, err
		}
		a.refused = append(a.refused, findings...)
	}
	a.events, a.exchanges, err = a.trail(ctx, env.System.Afresh(env.Label+" trail"), c.person.NHSNumber)
	old := func(event fhir.Resource) bool {
		return slices.ContainsFunc(earlier, func(e fhir.Resource) bool { return e.ID() == event.ID() })
	}
	a.events, a.first = slices.DeleteFunc(a.events, old), slices.DeleteFunc(a.first, old)
	return a, err
}

// isAlert reports whether an AuditEvent says that an emergency override was started (DICOM 110127).
func isAlert(event fhir.Resource) bool {
	return slices.ContainsFunc(event.Objects("subtype"), func(subtype map[string]any) bool { return fhir.Text(subtype["code"]) == "110127" })
}

// split parts the events in which the neighbour acts from the others. It acts where an event names it, and where one that was not
// there before the record was opened in the neighbour has an agent that the events before have not: a system may know its neighbour
// by another name than the configuration does.
func (a audited) split(events []fhir.Resource, neighbour *check.Endpoint) (own, across []fhir.Resource) {
	known := map[string]bool{a.organisation: true}
	for _, user := range a.users {
		known[user] = true
	}
	before := map[string]bool{}
	for _, event := range a.first {
		before[event.ID()] = true
		for _, name := range agents(event) {
			known[name] = true
		}
	}
	for _, event := range events {
		names := agents(event)
		named := slices.ContainsFunc(names, func(name string) bool { return nameOf(name, neighbour.Name) || nameOf(name, neighbour.Title) })
		another := slices.ContainsFunc(names, func(name string) bool { return !known[name] })
		if named || len(a.first) > 0 && !before[event.ID()] && another {
			across = append(across, event)
		} else {
			own = append(own, event)
		}
	}
	return own, across
}

// agents are the words by which an AuditEvent names who took part.
func agents(event fhir.Resource) (names []string) {
	for _, agent := range event.Objects("agent") {
		for _, name := range []string{
			fhir.Text(fhir.Get(agent, "who", "display")), fhir.Text(agent["name"]), fhir.Text(fhir.Get(agent, "who", "identifier", "value")),
			fhir.Text(fhir.Get(agent, "who", "reference")),
		} {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// nameOf reports whether a name stands in a text as a word, or as words, of its own, whatever the case.
func nameOf(text, name string) bool {
	words := func(s string) string {
		return " " + strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
	}
	return strings.TrimSpace(name) != "" && strings.Contains(words(text), words(name))
}

// complete says what is missing from a trail, of the asked system's own user and across, of its neighbour's.
func (v visit) complete(env *check.Env, own, across []fhir.Resource, exchanges []string) []result.Finding {
	var findings []result.Finding
	fault := func(severity result.Severity, rule, path, expected, actual, format string, args ...any) {
		findings = append(findings, result.Finding{
			Rule: rule, Severity: severity, Path: path, Message: fmt.Sprintf(format, args...), Expected: expected, Actual: actual, Exchanges: exchanges,
		})
	}
	for _, side := range []struct {
		events      []fhir.Resource
		whose, user string
	}{{own, "its own user", v.users[env.System.Name]}, {across, "the neighbour " + env.Peer.Name, v.users[env.Peer.Name]}} {
		if len(side.events) == 0 {
			fault(result.SeverityError, "access-audited", "AuditEvent", "an AuditEvent with the correlation id "+v.correlation, "none",
				"%s has no record that %s looked at the patient", env.System.Name, side.whose)
			continue
		}
		for _, part := range []struct {
			what, path string
			severity   result.Severity
			has        func(fhir.Resource) bool
		}{
			{"for which organisation", "AuditEvent.agent.who.identifier", result.SeverityError, func(e fhir.Resource) bool { return says(e, v.organisation) }},
			{"why", "AuditEvent.purposeOfEvent", result.SeverityError, func(e fhir.Resource) bool { return says(e, v.purpose) }},
			{"when", "AuditEvent.recorded", result.SeverityError, func(e fhir.Resource) bool { return e.Text("recorded") != "" }},
			{"how much was shown", "AuditEvent.entity.detail", result.SeverityWarning, func(e fhir.Resource) bool {
				return slices.ContainsFunc(e.Objects("entity"), func(entity map[string]any) bool { return entity["detail"] != nil })
			}},
		} {
			if !slices.ContainsFunc(side.events, part.has) {
				fault(part.severity, "audit-complete", part.path, part.what, "not recorded", "the trail of %s for %s does not say %s", env.System.Name, side.whose, part.what)
			}
		}
		// The role itself may be part of a credential, which must not reach a report.
		const expected = "the role profile that was sent as NHSD-Session-URID"
		switch {
		case slices.ContainsFunc(side.events, func(e fhir.Resource) bool {
			return hasAgent(e, func(a map[string]any) bool { return says(a, side.user) })
		}):
		case slices.ContainsFunc(side.events, func(e fhir.Resource) bool { return hasAgent(e, isPerson) }):
			fault(result.SeverityWarning, "audit-complete", "AuditEvent.agent.who", expected, "another user",
				"the trail of %s for %s names a user, but not by the role that was sent, so whether it is the right one cannot be told", env.System.Name, side.whose)
		default:
			fault(result.SeverityError, "audit-complete", "AuditEvent.agent.who", expected, "no user",
				"the trail of %s for %s does not say who looked: it names systems and organisations only", env.System.Name, side.whose)
		}
	}
	return findings
}

func hasAgent(event fhir.Resource, holds func(map[string]any) bool) bool {
	return slices.ContainsFunc(event.Objects("agent"), holds)
}

// isPerson reports whether an agent of an AuditEvent is named as a person, and not as a system or an organisation: by the type
// of what it refers to, or by an identifier of the Spine Directory Service for users.
func isPerson(agent map[string]any) bool {
	who, _ := agent["who"].(map[string]any)
	kind := fhir.Text(who["type"])
	if reference, ok := fhir.ParseReference(fhir.Text(who["reference"])); ok && reference.Type != "" {
		kind = reference.Type
	}
	switch kind {
	case "Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person":
		return true
	}
	switch fhir.Text(fhir.Get(who, "identifier", "system")) {
	case "https://fhir.nhs.uk/Id/sds-user-id", "https://fhir.nhs.uk/Id/sds-role-profile-id":
		return fhir.Text(fhir.Get(who, "identifier", "value")) != ""
	}
	return false
}
