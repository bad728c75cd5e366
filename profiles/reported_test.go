package profiles_test

import (
	"os"
	"path/filepath"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/ukrules"
)

// TestWhatUsersOfOtherValidatorsReported holds kinds of false alarms and misses that were reported of other validators, each
// with what is beside it and must come out the other way. The names say who reported it.
func TestWhatUsersOfOtherValidatorsReported(t *testing.T) {
	const (
		clean = iota
		warning
		wrong
	)
	narrative := func(inner string) string {
		return `{"resourceType":"Organization","name":"x","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">` + inner + `</div>"}}`
	}
	profile := func(base, elements string) string {
		return `{"resourceType":"StructureDefinition","url":"https://reported.example.test/StructureDefinition/Own","name":"Own","status":"active",` +
			`"fhirVersion":"4.0.1","kind":"resource","abstract":false,"type":"` + base + `","baseDefinition":"http://hl7.org/fhir/StructureDefinition/` + base +
			`","derivation":"constraint","differential":{"element":[{"id":"` + base + `","path":"` + base + `"` + elements + `]}}`
	}
	// sliced is a profile of a visit whose participants are told apart by their type, as a whole or by its code.
	sliced := func(path string) string {
		return profile("Encounter", `},{"id":"Encounter.participant","path":"Encounter.participant","slicing":{"discriminator":[{"type":"value","path":"`+path+`"}],"rules":"open"}},`+
			`{"id":"Encounter.participant:nurse","path":"Encounter.participant","sliceName":"nurse","min":1,"max":"1"},`+
			`{"id":"Encounter.participant:nurse.type","path":"Encounter.participant.type","patternCodeableConcept":{"coding":[{"system":"https://reported.example.test/types","code":"N"}]}}`)
	}
	visit := func(participants string) string {
		return `{"resourceType":"Encounter","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"participant":[` + participants + `]}`
	}
	typed := func(codes ...string) string {
		list := ""
		for i, code := range codes {
			if i > 0 {
				list += ","
			}
			list += `{"system":"https://reported.example.test/types","code":"` + code + `"}`
		}
		return `{"type":[{"coding":[` + list + `]}]}`
	}
	demanding := func(expression string) string {
		return profile("Location", `,"constraint":[{"key":"rep-1","severity":"error","human":"x","expression":"`+expression+`"}]}`)
	}
	bundle := func(kind, entry string) string {
		return `{"resourceType":"Bundle","type":"` + kind + `","entry":[{"resource":{"resourceType":"Location","id":"a","name":"x"}` + entry + `}]}`
	}
	for name, c := range map[string]struct {
		definition, text string
		want             int
	}{
		"an attribute that opens a window, hapi-fhir 1397":       {"", narrative(`<a href=\"https://a.example.test\" target=\"_blank\">x</a>`), wrong},
		"a deprecated element, hapi-fhir 1397":                   {"", narrative(`<font size=\"2\">x</font>`), wrong},
		"a form, firely-net-sdk 2162":                            {"", narrative(`<form action=\"x\">x</form>`), wrong},
		"attributes that narratives may have":                    {"", narrative(`<p class=\"c\" style=\"color:red\" title=\"t\">x</p>`), clean},
		"an anchor by name":                                      {"", narrative(`<a name=\"here\">x</a>`), clean},
		"null for one value, firely-net-sdk 131":                 {"", `{"resourceType":"Location","name":null}`, wrong},
		"null for one value beside an extension, hapi-fhir 6814": {"", `{"resourceType":"Location","name":null,"_name":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}}`, wrong},
		"null in a list beside an extension":                     {"", `{"resourceType":"Location","alias":[null],"_alias":[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}]}`, clean},
		"a slice by a pattern above, firely-validator-api 336":   {sliced("type.coding.code"), visit(typed("N")), clean},
		"no such slice":                                            {sliced("type.coding.code"), visit(typed("D")), wrong},
		"two of the slice":                                         {sliced("type.coding.code"), visit(typed("N") + "," + typed("N")), wrong},
		"the slice beside another coding":                          {sliced("type.coding.code"), visit(typed("D", "N")), clean},
		"a slice by the pattern itself":                            {sliced("type"), visit(typed("N")), clean},
		"no such slice by the pattern itself":                      {sliced("type"), visit(typed("D")), wrong},
		"a constraint that comes out empty, firely-net-sdk 1929":   {demanding("name.exists() and name.length() = 1"), `{"resourceType":"Location","_name":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}}`, wrong},
		"a constraint that guards against empty":                   {demanding("name.empty() or name.length() < 9"), `{"resourceType":"Location"}`, clean},
		"a searchset without a fullUrl, LinuxForHealth FHIR 2513":  {"", bundle("searchset", ""), wrong},
		"a collection without a fullUrl, hapi-fhir 6896":           {"", bundle("collection", ""), wrong},
		"a transaction without a fullUrl":                          {"", bundle("transaction", `,"request":{"method":"POST","url":"Location"}`), clean},
		"an identifier that is to be a URI, synthea 792":           {"", `{"resourceType":"Location","identifier":[{"system":"urn:ietf:rfc:3986","value":"17"}]}`, wrong},
		"an identifier that is one":                                {"", `{"resourceType":"Location","identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:oid:2.16.1"}]}`, clean},
		"a value set for a code system, gpconnect 1178":            {"", `{"resourceType":"Location","type":[{"coding":[{"system":"http://hl7.org/fhir/ValueSet/marital-status","code":"M"}]}]}`, warning},
		"a code system that nobody here holds":                     {"", `{"resourceType":"Location","type":[{"coding":[{"system":"https://reported.example.test/CodeSystem/places","code":"M"}]}]}`, clean},
		"a code system by its nickname, org.hl7.fhir.core 545":     {"", `{"resourceType":"Location","type":[{"coding":[{"system":"snomed","code":"22232009"}]}]}`, warning},
		"an identifier system without a scheme, inferno 462":       {"", `{"resourceType":"Location","identifier":[{"system":"/Id/ods-site-code","value":"R1A01"}]}`, warning},
		"the NHS number by a converter's own name, LinuxForHealth": {"", `{"resourceType":"Patient","identifier":[{"system":"urn:id:NHS","value":"9990000018"}]}`, warning},
		"a result stamped eight hours east, LinuxForHealth":        {"", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"effectiveDateTime":"2025-03-03T10:00:00+08:00"}`, warning},
		"a result in British summer time":                          {"", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"effectiveDateTime":"2025-07-03T10:00:00+01:00"}`, clean},
	} {
		t.Run(name, func(t *testing.T) {
			judging := registry(t)
			options := profiles.Options{Rules: ukrules.New(ukrules.Options{Synthetic: true})}
			if c.definition != "" {
				file := filepath.Join(t.TempDir(), "profile.json")
				if err := os.WriteFile(file, []byte(c.definition), 0o600); err != nil {
					t.Fatal(err)
				}
				own, err := judging.With(file)
				if err != nil {
					t.Fatal(err)
				}
				judging = own
				options.Profiles = []string{"https://reported.example.test/StructureDefinition/Own"}
			}
			findings, err := judging.Validate(t.Context(), []byte(c.text), options)
			if err != nil {
				t.Fatal(err)
			}
			got, said := clean, ""
			for _, f := range findings {
				// The elements are bound to sets that are extensible, of which the codes here are not.
				if f.Rule == "dom-6" || f.Rule == profiles.RuleBinding && f.Severity == result.SeverityWarning || f.Severity.Rank() < result.SeverityWarning.Rank() {
					continue
				}
				said += "\n" + f.Rule + " at " + f.Path + ": " + f.Message
				if got = max(got, warning); f.Severity.Rank() >= result.SeverityError.Rank() {
					got = wrong
				}
			}
			if got != c.want && (got == clean || c.want != warning) {
				t.Errorf("outcome %d, want %d:%s", got, c.want, said)
			}
		})
	}
}
