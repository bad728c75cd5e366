package record

import (
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// TestADirectoryIsHeldAgainstTheLedgerWhereItIsTheOnlySource alters entries of the directory: of the invented ones everything counts, of
// real organisations what says that another is meant, or that one is closed.
func TestADirectoryIsHeldAgainstTheLedgerWhereItIsTheOnlySource(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := newDirectory(ledger)
	find := func(kind, identifier string) fhir.Resource {
		resource, ok := d.entries[kind+" "+identifier]
		if !ok {
			t.Fatalf("the ledger has no %s %s", kind, identifier)
		}
		return resource.Clone()
	}
	synthetic := ""
	for _, p := range ledger.Providers() {
		if p.Synthetic && p.Closed == "" {
			synthetic = p.ODS
		}
	}
	for name, style := range map[string]fixtures.Style{"ccr": fixtures.CCRStyle(), "ohc": fixtures.OHCStyle("https://ohc.example.test/fhir")} {
		for resource := range ledger.Renderer(name, style).Directory() {
			if amiss := d.Compare(resource); len(amiss) > 0 {
				t.Fatalf("as it is, %s: %v", resource.Reference(), amiss)
			}
		}
	}
	for _, c := range []struct {
		name, kind, identifier, path string
		change                       func(fhir.Resource)
	}{
		{"a role ends", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "PractitionerRole.active", func(r fhir.Resource) { r["active"] = false }},
		{"a role has another specialty", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "PractitionerRole.specialty", func(r fhir.Resource) {
			fhir.Objects(r.Objects("specialty")[0]["coding"])[0]["code"] = "999"
		}},
		{"a role has a further coding of its own", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "", func(r fhir.Resource) {
			concept := r.Objects("specialty")[0]
			concept["coding"] = append(fhir.List(concept["coding"]), map[string]any{"system": "urn:local", "code": "1"})
		}},
		{"a specialty has no system", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "PractitionerRole.specialty", func(r fhir.Resource) {
			delete(fhir.Objects(r.Objects("specialty")[0]["coding"])[0], "system")
		}},
		{"a specialty stands once more without a system", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "", func(r fhir.Resource) {
			concept := r.Objects("specialty")[0]
			concept["coding"] = append(fhir.List(concept["coding"]), map[string]any{"code": fhir.Objects(concept["coding"])[0]["code"]})
		}},
		{"a specialty has words of its own beside it", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "", func(r fhir.Resource) {
			concept := r.Objects("specialty")[0]
			concept["coding"] = append(fhir.List(concept["coding"]), map[string]any{"display": "Heart clinic"})
		}},
		{"a role is somebody else's", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "PractitionerRole.practitioner", func(r fhir.Resource) {
			reference, _ := r["practitioner"].(map[string]any)
			reference["identifier"] = map[string]any{"system": fixtures.PractitionerSystem, "value": "C-RXW"}
		}},
		{"a clinician has another name", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "Practitioner.name", func(r fhir.Resource) { r.Objects("name")[0]["family"] = "Another" }},
		{"a clinician has no name", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "Practitioner.name", func(r fhir.Resource) { delete(r, "name") }},
		{"a clinician is said nothing of but the number", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "", func(r fhir.Resource) { delete(r, "active") }},
		{"a role is nobody's", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "PractitionerRole.practitioner", func(r fhir.Resource) { delete(r, "practitioner") }},
		{"a trust has no telephone", "Organization", fixtures.ODSSystem + "|RRK", "", func(r fhir.Resource) { delete(r, "telecom") }},
		{"a clinician has another number", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "Practitioner.telecom", func(r fhir.Resource) { r.Objects("telecom")[0]["value"] = "01632 960 999" }},
		{"a number is written without spaces", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "", func(r fhir.Resource) {
			point := r.Objects("telecom")[0]
			point["value"] = withoutSpaces(fhir.Text(point["value"]))
		}},
		{"a trust is said to be closed", "Organization", fixtures.ODSSystem + "|RRK", "Organization.active", func(r fhir.Resource) { r["active"] = false }},
		{"a trust is said to have ended", "Organization", fixtures.ODSSystem + "|RRK", "Organization.period.end", func(r fhir.Resource) { r["extension"] = []any{ended("2025-03-31")} }},
		{"a trust is to end some day", "Organization", fixtures.ODSSystem + "|RRK", "", func(r fhir.Resource) { r["extension"] = []any{ended("2199-03-31")} }},
		{"a role is over", "PractitionerRole", fixtures.PractitionerSystem + "|RC-RRK", "PractitionerRole.period.end", func(r fhir.Resource) {
			r["period"] = map[string]any{"end": "2025-03-31"}
		}},
		{"a clinician has two numbers", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "Practitioner.identifier", func(r fhir.Resource) {
			r["identifier"] = append(r.List("identifier"), map[string]any{"system": fixtures.PractitionerSystem, "value": "C-RXW"})
		}},
		{"a clinician has a number of another register", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "", func(r fhir.Resource) {
			r["identifier"] = append(r.List("identifier"), map[string]any{"system": "https://fhir.hl7.org.uk/Id/gmc-number", "value": "C1234567"})
		}},
		{"a synthetic provider is in no street", "Organization", fixtures.ODSSystem + "|" + synthetic, "Organization.address.line", func(r fhir.Resource) { delete(r.Objects("address")[0], "line") }},
		{"the number of its house has a line of its own", "Organization", fixtures.ODSSystem + "|" + synthetic, "", func(r fhir.Resource) {
			address := r.Objects("address")[0]
			number, street, _ := strings.Cut(fhir.Text(fhir.List(address["line"])[0]), " ")
			address["line"] = []any{number + ",", street}
		}},
		{"it is at another number", "Organization", fixtures.ODSSystem + "|" + synthetic, "Organization.address.line", func(r fhir.Resource) {
			address := r.Objects("address")[0]
			_, street, _ := strings.Cut(fhir.Text(fhir.List(address["line"])[0]), " ")
			address["line"] = []any{"999", street}
		}},
		{"it is in another country", "Organization", fixtures.ODSSystem + "|" + synthetic, "Organization.address.country", func(r fhir.Resource) { r.Objects("address")[0]["country"] = "France" }},
		{"its country is told by its code", "Organization", fixtures.ODSSystem + "|" + synthetic, "", func(r fhir.Resource) { r.Objects("address")[0]["country"] = "GB" }},
		{"its country goes without saying", "Organization", fixtures.ODSSystem + "|" + synthetic, "", func(r fhir.Resource) { delete(r.Objects("address")[0], "country") }},
		{"a clinician has another title", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "Practitioner.name.prefix", func(r fhir.Resource) { r.Objects("name")[0]["prefix"] = []any{"Prince"} }},
		{"a clinician's title is left out", "Practitioner", fixtures.PractitionerSystem + "|C-RRK", "", func(r fhir.Resource) { delete(r.Objects("name")[0], "prefix") }},
		{"a synthetic provider is nothing in particular", "Organization", fixtures.ODSSystem + "|" + synthetic, "Organization.type", func(r fhir.Resource) { delete(r, "type") }},
		{"a trust has another one's name", "Organization", fixtures.ODSSystem + "|RRK", "Organization.name", func(r fhir.Resource) { r["name"] = "Wye Valley NHS Trust" }},
		{"a trust has its full name", "Organization", fixtures.ODSSystem + "|RRK", "", func(r fhir.Resource) { r["name"] = "UNIVERSITY HOSPITALS BIRMINGHAM NHS FOUNDATION TRUST" }},
		{"a trust has its real number and address", "Organization", fixtures.ODSSystem + "|RRK", "", func(r fhir.Resource) {
			r["telecom"], r["address"] = []any{map[string]any{"system": "phone", "value": "0121"}}, []any{map[string]any{"city": "Birmingham"}}
		}},
		{"nobody says whether it is open", "Organization", fixtures.ODSSystem + "|RRK", "", func(r fhir.Resource) { delete(r, "active") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			resource := find(c.kind, c.identifier)
			c.change(resource)
			amiss := d.Compare(resource)
			if (c.path == "") != (len(amiss) == 0) || len(amiss) > 0 && amiss[0].Path != c.path {
				t.Errorf("%v, want %q", amiss, c.path)
			}
		})
	}
}

// ended is an extension that says when an organisation ended.
func ended(day string) map[string]any {
	return map[string]any{"url": organizationPeriod, "valuePeriod": map[string]any{"end": day}}
}

func withoutSpaces(text string) string {
	var left []rune
	for _, r := range text {
		if r != ' ' {
			left = append(left, r)
		}
	}
	return string(left)
}
