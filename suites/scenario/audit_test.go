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
			findings := v.complete(env, []fhir.Resource{event(row.own, false), event(row.across, true)}, nil)
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
