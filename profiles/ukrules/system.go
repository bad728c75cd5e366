package ukrules

import (
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// The ids of the rules about identifier systems and code systems.
const (
	IdentifierSystem = "UK-IDENTIFIER-SYSTEM"
	CodeSystem       = "UK-CODE-SYSTEM"
)

// Identifier systems of UK Core and the NHS.
const (
	odsOrganisationSystem = "https://fhir.nhs.uk/Id/ods-organization-code"
	odsSiteSystem         = "https://fhir.nhs.uk/Id/ods-site-code"
	sdsUserSystem         = "https://fhir.nhs.uk/Id/sds-user-id"
	sdsRoleSystem         = "https://fhir.nhs.uk/Id/sds-role-profile-id"
	gmcSystem             = "https://fhir.hl7.org.uk/Id/gmc-number"
	gmpSystem             = "https://fhir.hl7.org.uk/Id/gmp-number"
	gphcSystem            = "https://fhir.hl7.org.uk/Id/gphc-number"
	nmcSystem             = "https://fhir.hl7.org.uk/Id/nmc-number"
	hcpcSystem            = "https://fhir.hl7.org.uk/Id/hcpc-number"
	gdcSystem             = "https://fhir.hl7.org.uk/Id/gdc-number"
)

// Code systems that records in England use.
const (
	dmdSystem           = "https://dmd.nhs.uk"
	ucumSystem          = "http://unitsofmeasure.org"
	loincSystem         = "http://loinc.org"
	readV2System        = "http://read.info/readv2"
	ctv3System          = "http://read.info/ctv3"
	ethnicEnglandSystem = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"
)

func systemRules() []Rule {
	return []Rule{
		{
			ID: IdentifierSystem, Title: "an identifier has exactly the system that UK Core gives for it", Severity: result.SeverityError,
			Code: codeValue, Source: "UK Core STU3, fixed identifier systems; HL7 UK System-Identifiers",
			Looks: "systems of identifiers that differ from a known one by http for https, case, a slash, organisation for organization, or that " +
				"are its older URL, its object identifier (also bare or as urn:id), or a name for the NHS number that converters write",
			Fix: "write the system exactly, or a search by system and value misses the record",
		},
		{
			ID: CodeSystem, Title: "a code has exactly the system that FHIR or UK Core gives for it", Severity: result.SeverityError, Code: codeCode,
			Source: "FHIR R4 4.3, UK Core STU3 guidance on clinical codes; HL7 UK System-Identifiers",
			Looks: "systems of codings and units that differ from SNOMED CT's, LOINC's, UCUM's or the Read codes' by http for https, case, a slash or " +
				"a www or one letter, or that are its object identifier",
			Fix: "write the system exactly, or the code is not recognised",
		},
	}
}

// nearMisses knows the systems that are nearly right. The keys are normal forms and older names.
type nearMisses struct{ identifiers, codes map[string]string }

func newNearMisses() nearMisses {
	m := nearMisses{identifiers: map[string]string{}, codes: map[string]string{}}
	for _, system := range []string{
		fhir.NHSNumberSystem, odsOrganisationSystem, odsSiteSystem, sdsUserSystem, sdsRoleSystem,
		gmcSystem, gmpSystem, gphcSystem, nmcSystem, hcpcSystem, gdcSystem,
	} {
		m.identifiers[normal(system)] = system
		// The systems of the NHS had another host in FHIR STU3.
		if rest, isNHS := strings.CutPrefix(system, "https://fhir.nhs.uk/"); isNHS {
			m.identifiers[normal("https://fhir.nhs.net/"+rest)] = system
		}
	}
	// Names that converters and hand-made messages give to the namespace of NHS numbers.
	for _, name := range []string{"nhs", "nhsnumber", "nhs-number", "nhs_number", "nhsno", "nhs number", "/id/nhs-number", "id/nhs-number"} {
		m.identifiers[name] = fhir.NHSNumberSystem
	}
	// Object identifiers of HL7 version 3 messages in England.
	m.identifiers["urn:oid:2.16.840.1.113883.2.1.4.1"] = fhir.NHSNumberSystem
	m.identifiers["urn:oid:2.16.840.1.113883.2.1.3.2.4.19.1"] = odsOrganisationSystem
	m.identifiers["urn:oid:1.2.826.0.1285.0.2.0.65"] = sdsUserSystem
	m.identifiers["urn:oid:1.2.826.0.1285.0.2.0.67"] = sdsRoleSystem
	for _, system := range []string{fhir.SNOMEDSystem, loincSystem, ucumSystem, dmdSystem, readV2System, ctv3System} {
		m.codes[normal(system)] = system
	}
	m.codes["urn:oid:2.16.840.1.113883.6.96"] = fhir.SNOMEDSystem
	m.codes["urn:oid:2.16.840.1.113883.6.1"] = loincSystem
	m.codes["urn:oid:2.16.840.1.113883.6.8"] = ucumSystem
	return m
}

// normal writes a system as it is when everything is left out that people get wrong about it.
func normal(system string) string {
	system = strings.ToLower(strings.TrimSpace(system))
	system = strings.TrimPrefix(strings.TrimPrefix(system, "https://"), "http://")
	system = strings.TrimPrefix(system, "www.")
	// Converters of HL7 version 2 make urn:id: of whatever stands for the assigning authority.
	system = strings.TrimPrefix(system, "urn:id:")
	if strings.Count(system, ".") > 2 && strings.Trim(system, "0123456789.") == "" {
		system = "urn:oid:" + system
	}
	system = strings.ReplaceAll(system, "organisation", "organization")
	return strings.TrimRight(system, "/")
}

// identifierSystem judges the system of an identifier and says whether it is nearly right.
func (v *visit) identifierSystem(system string) bool {
	meant, known := v.set.systems.identifiers[normal(system)]
	if !known || meant == system {
		return false
	}
	v.report(IdentifierSystem, at{"system"}, "the identifier's system is not the one of UK Core, which it resembles or had before", meant, system)
	return true
}

// experimentalSNOMED are concepts that are in no release (SNOMED CT URI Standard), and no misspelling.
const experimentalSNOMED = "snomed.info/xsct"

// misspelt is the code system whose normal form differs from another by one letter that is changed, left out or too much.
func (m nearMisses) misspelt(form string) (meant string, is bool) {
	if form == experimentalSNOMED || strings.HasPrefix(form, "urn:") {
		return "", false
	}
	for known, system := range m.codes {
		if !strings.HasPrefix(known, "urn:") && oneApart(form, known) {
			return system, true
		}
	}
	return "", false
}

// oneApart reports whether two texts differ by one byte that is changed, left out or too much, and no digit: those tell versions apart.
func oneApart(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	at := 0
	for at < len(a) && a[at] == b[at] {
		at++
	}
	if strings.IndexByte("0123456789", b[at]) >= 0 {
		return false
	}
	return a[at:] == b[at+1:] || len(a) == len(b) && a[at+1:] == b[at+1:]
}

// codeSystem judges the system of a coding or unit and says whether it is nearly right.
func (v *visit) codeSystem(system string) bool {
	meant, known := v.set.systems.codes[normal(system)]
	if !known {
		meant, known = v.set.systems.misspelt(normal(system))
	}
	if !known || meant == system {
		return false
	}
	rule := CodeSystem
	if meant == dmdSystem {
		rule = MedicineSystem
	}
	v.report(rule, at{"system"}, "the code's system is not the one that is known, which it resembles", meant, system)
	return true
}
