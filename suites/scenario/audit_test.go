package scenario

import (
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// A trail that is complete but for who looked: a user, somebody whose role cannot be told, or only a system.
func TestATrailMustNameTheUserAndNotASystem(t *testing.T) {
	v := visit{correlation: "c-1", organisation: "M85001", purpose: "TREAT", users: map[string]string{"ccr": "999000000001", "ohc": "999000000002"}}
	env := &check.Env{System: check.NewEndpoint(nil, "ccr", "CCR"), Peer: check.NewEndpoint(nil, "ohc", "OHC")}
	role := func(value string) map[string]any {
		return map[string]any{"identifier": map[string]any{"system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": value}}
	}
	event := func(who map[string]any, neighbour bool) fhir.Resource {
		agents := []any{map[string]any{"who": who}, map[string]any{"who": map[string]any{"identifier": map[string]any{"value": v.organisation}}}}
		if neighbour {
			agents = append(agents, map[string]any{"who": map[string]any{"display": "ohc"}})
		}
		return fhir.Resource{
			"resourceType": "AuditEvent", "recorded": "2026-01-01T00:00:00Z", "agent": agents,
			"purposeOfEvent": []any{map[string]any{"text": v.purpose}}, "entity": []any{map[string]any{"detail": []any{}}},
		}
	}
	for name, row := range map[string]struct {
		own, across map[string]any
		want        []result.Severity
	}{
		"the roles that were sent":      {role("999000000001"), role("999000000002"), nil},
		"a referred practitioner":       {map[string]any{"reference": "Practitioner/1"}, role("999000000002"), []result.Severity{result.SeverityWarning}},
		"an unknown person by type":     {role("999000000001"), map[string]any{"type": "PractitionerRole", "display": "somebody"}, []result.Severity{result.SeverityWarning}},
		"another role":                  {role("999000000009"), role("999000000002"), []result.Severity{result.SeverityWarning}},
		"the client by its name":        {map[string]any{"display": "portal"}, role("999000000002"), []result.Severity{result.SeverityError}},
		"a device":                      {map[string]any{"reference": "Device/1"}, role("999000000002"), []result.Severity{result.SeverityError}},
		"the neighbour and nobody else": {role("999000000001"), map[string]any{"display": "gateway"}, []result.Severity{result.SeverityError}},
		"an empty identifier":           {role(""), role("999000000002"), []result.Severity{result.SeverityError}},
	} {
		t.Run(name, func(t *testing.T) {
			own, across := audited{visit: v}.split([]fhir.Resource{event(row.own, false), event(row.across, true)}, env.Peer)
			findings := v.complete(env, own, across, nil)
			if len(findings) != len(row.want) {
				t.Fatalf("got %+v", findings)
			}
			for i, f := range findings {
				if f.Severity != row.want[i] || f.Path != "AuditEvent.agent.who" {
					t.Errorf("got %s at %s: %s", f.Severity, f.Path, f.Message)
				}
				// A role may be part of a credential, which must not reach a report.
				if strings.Contains(f.Message+f.Expected+f.Actual, "999000000001") || strings.Contains(f.Message+f.Expected+f.Actual, "999000000002") {
					t.Errorf("the finding names the role: %+v", f)
				}
			}
		})
	}
}

// A neighbour is known by its name as a word of its own, or by acting where nobody acted before the record was opened there.
func TestANeighbourIsToldFromAUserWhateverTheTrailCallsIt(t *testing.T) {
	event := func(id string, names ...string) fhir.Resource {
		var parts []any
		for _, name := range names {
			parts = append(parts, map[string]any{"who": map[string]any{"display": name}})
		}
		return fhir.Resource{"resourceType": "AuditEvent", "id": id, "agent": parts}
	}
	for name, c := range map[string]struct {
		neighbour *check.Endpoint
		first     []fhir.Resource
		own, its  fhir.Resource
	}{
		"by the name of the configuration": {check.NewEndpoint(nil, "ohc", ""), nil, event("1", "portal"), event("2", "gateway of OHC")},
		"by the title":                     {check.NewEndpoint(nil, "x", "One Health and Care"), nil, event("1", "portal"), event("2", "one health and care, production")},
		"by a name that is part of a word": {check.NewEndpoint(nil, "a", "A"), nil, event("1", "anonymous"), event("2", "A")},
		"by acting for the first time":     {check.NewEndpoint(nil, "x", "X"), []fhir.Resource{event("1", "portal", "U1")}, event("1", "portal", "U1"), event("2", "RXK-gateway", "U1")},
	} {
		v := audited{visit: visit{users: map[string]string{"x": "U1"}}, first: c.first}
		own, across := v.split([]fhir.Resource{c.own, c.its}, c.neighbour)
		if len(own) != 1 || len(across) != 1 || own[0].ID() != "1" {
			t.Errorf("%s: %d are its own and %d the neighbour's", name, len(own), len(across))
		}
	}
	// What comes late of its own user has no agent that was not there before.
	v := audited{first: []fhir.Resource{event("1", "portal")}}
	if own, across := v.split([]fhir.Resource{event("1", "portal"), event("2", "portal")}, check.NewEndpoint(nil, "x", "X")); len(own) != 2 || len(across) != 0 {
		t.Errorf("%d are its own and %d the neighbour's", len(own), len(across))
	}
}
