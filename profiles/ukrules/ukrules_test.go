package ukrules_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/ukrules"
)

// status is the verification status of an NHS number as Patient.identifier.extension has it.
const status = `"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",` +
	`"valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusSYSTEM","code":"CODE"}]}}]`

func verification(system, code string) string {
	return strings.NewReplacer("SYSTEM", system, "CODE", code).Replace(status)
}

const reason = `"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberUnavailableReason",` +
	`"valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberUnavailableReason","code":"overseas-patient"}]}}]`

func patient(inside string) string { return `{"resourceType":"Patient",` + inside + `}` }

// numbered is a Patient with a verified number.
func numbered(value string) string {
	return patient(`"identifier":[{` + verification("England", "01") + `,"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + value + `"}]`)
}

func practitioner(system, value string) string {
	return `{"resourceType":"Practitioner","identifier":[{"system":"` + system + `","value":"` + value + `"}]}`
}

func condition(codings ...string) string {
	return `{"resourceType":"Condition","code":{"coding":[` + strings.Join(codings, ",") + `]}}`
}

func coding(system, code string) string { return `{"system":"` + system + `","code":"` + code + `"}` }

func sct(code, more string) string {
	return `{"system":"http://snomed.info/sct","code":"` + code + `"` + more + `}`
}

func observed(quantity string) string {
	return `{"resourceType":"Observation","valueQuantity":{` + quantity + `}}`
}

const ucumUnit = `"system":"http://unitsofmeasure.org"`

// judged is what a rule says of a resource: the place, or "" where the rule is kept.
type judged struct{ rule, name, resource, pointer string }

func rows() []judged {
	return slices.Concat(numberRows(), identifierRows(), codeRows(), otherRows())
}

func numberRows() []judged {
	value := "/identifier/0/value"
	return []judged{
		{ukrules.NHSNumberForm, "ten digits", numbered("9990000018"), ""},
		{ukrules.NHSNumberForm, "nine digits", numbered("999000001"), value},
		{ukrules.NHSNumberForm, "spaces", numbered("999 000 0018"), value},
		{ukrules.NHSNumberForm, "nothing", numbered(""), value},
		{ukrules.NHSNumberForm, "digits of another script", numbered("٩٩٩0000018"), value},
		{ukrules.NHSNumberCheckDigit, "right", numbered("9990000387"), ""},
		{ukrules.NHSNumberCheckDigit, "check digit 0", numbered("9990007020"), ""},
		{ukrules.NHSNumberCheckDigit, "wrong", numbered("9990000019"), value},
		{ukrules.NHSNumberCheckDigit, "nine digits that have none", numbered("9990000000"), value},
		{ukrules.NHSNumberCheckDigit, "another identifier", practitioner("https://example.org/Id/local", "9990000019"), ""},
		{ukrules.NHSNumberRepeated, "threes", numbered("3333333333"), value},
		{ukrules.NHSNumberRepeated, "nobody as a Patient", numbered("9999999999"), value},
		{ukrules.NHSNumberRepeated, "nobody asked for", `{"resourceType":"Task","for":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9999999999"}}}`, ""},
		{ukrules.NHSNumberRepeated, "zeros asked for", `{"resourceType":"Task","for":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"0000000000"}}}`, "/for/identifier/value"},
		{ukrules.NHSNumberLive, "test range", numbered("9990000018"), ""},
		{ukrules.NHSNumberLive, "outside the test range", numbered("9912003888"), value},
		{ukrules.NHSNumberStatus, "stated", numbered("9990000018"), ""},
		{ukrules.NHSNumberStatus, "not stated", patient(`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]`), "/identifier/0"},
		{ukrules.NHSNumberStatus, "of a contained Patient", `{"resourceType":"Condition","contained":[` +
			patient(`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]`) + `]}`, "/contained/0/identifier/0"},
		{ukrules.NHSNumberStatus, "a reference need not say", `{"resourceType":"Task","for":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}}`, ""},
		{ukrules.NHSNumberStatus, "nor a reference in a Patient", patient(`"generalPractitioner":[{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}]`), ""},
		{ukrules.NHSNumberRetired, "current", numbered("9990000018"), ""},
		{
			ukrules.NHSNumberRetired, "retired", strings.Replace(numbered("9990000018"), "StatusEngland", "Status", 1),
			"/identifier/0/extension/0/valueCodeableConcept/coding/0/system",
		},
		{
			ukrules.NHSNumberUnverified, "trace required", strings.Replace(numbered("9990000018"), `"01"`, `"03"`, 1),
			"/identifier/0/extension/0/valueCodeableConcept/coding/0/code",
		},
		{
			ukrules.NHSNumberUnverified, "not traced", strings.Replace(numbered("9990000018"), `"01"`, `"02"`, 1),
			"/identifier/0/extension/0/valueCodeableConcept/coding/0/code",
		},
		{ukrules.NHSNumberUnverified, "verified", numbered("9990000018"), ""},
		{
			ukrules.NHSNumberUnverified, "in a Bundle that warns", `{"resourceType":"Bundle","entry":[{"resource":` +
				strings.Replace(numbered("9990000018"), `"01"`, `"03"`, 1) + `},{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"business-rule"}]},"search":{"mode":"outcome"}}]}`, "",
		},
		{
			ukrules.NHSNumberUnverified, "in a Bundle that warns of what it lacks", `{"resourceType":"Bundle","entry":[{"resource":` +
				strings.Replace(numbered("9990000018"), `"01"`, `"03"`, 1) +
				`},{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"suppressed"}]},"search":{"mode":"outcome"}}]}`,
			"/entry/0/resource/identifier/0/extension/0/valueCodeableConcept/coding/0/code",
		},
		{
			ukrules.NHSNumberUnverified, "in a Bundle that does not warn",
			`{"resourceType":"Bundle","entry":[{"resource":` + strings.Replace(numbered("9990000018"), `"01"`, `"03"`, 1) + `}]}`,
			"/entry/0/resource/identifier/0/extension/0/valueCodeableConcept/coding/0/code",
		},
		{ukrules.NHSNumberAbsent, "another number only", patient(`"identifier":[{"system":"https://example.org","value":"1"}]`), ""},
		{ukrules.NHSNumberAbsent, "a reason", patient(reason + `,"identifier":[{"system":"https://example.org","value":"1"}]`), ""},
		{ukrules.NHSNumberAbsent, "no identifiers at all", patient(`"active":true`), ""},
		{ukrules.NHSNumberReason, "a reason beside a number", strings.Replace(numbered("9990000018"), `"identifier"`, reason+`,"identifier"`, 1), "/extension/0"},
		{ukrules.NHSNumberReason, "a reason alone", patient(reason), ""},
	}
}

func identifierRows() []judged {
	const value, system = "/identifier/0/value", "/identifier/0/system"
	hl7uk := func(name, number string) string { return practitioner("https://fhir.hl7.org.uk/Id/"+name, number) }
	nhs := func(name, number string) string { return practitioner("https://fhir.nhs.uk/Id/"+name, number) }
	return []judged{
		{ukrules.IdentifierSystem, "exact", nhs("ods-organization-code", "RRK"), ""},
		{ukrules.IdentifierSystem, "organisation with s", nhs("ods-organisation-code", "RRK"), system},
		{ukrules.IdentifierSystem, "http", practitioner("http://fhir.nhs.uk/Id/nhs-number", "9990000018"), system},
		{ukrules.IdentifierSystem, "case", nhs("NHS-Number", "9990000018"), system},
		{ukrules.IdentifierSystem, "a slash", nhs("nhs-number/", "9990000018"), system},
		{ukrules.IdentifierSystem, "the host of STU3", practitioner("https://fhir.nhs.net/Id/sds-user-id", "123456789012"), system},
		{ukrules.IdentifierSystem, "object identifier", practitioner("urn:oid:2.16.840.1.113883.2.1.4.1", "9990000018"), system},
		{ukrules.IdentifierSystem, "what a converter makes of the authority NHS", practitioner("urn:id:NHS", "9990000018"), system},
		{ukrules.IdentifierSystem, "object identifier as urn:id", practitioner("urn:id:2.16.840.1.113883.2.1.4.1", "9990000018"), system},
		{ukrules.IdentifierSystem, "bare object identifier", practitioner("2.16.840.1.113883.2.1.4.1", "9990000018"), system},
		{ukrules.IdentifierSystem, "another authority", practitioner("urn:id:RRK", "1"), ""},
		{ukrules.IdentifierSystem, "a local one", practitioner("https://example.org/Id/nhs", "1"), ""},
		{ukrules.ODSOrganisation, "trust", nhs("ods-organization-code", "RRK"), ""},
		{ukrules.ODSOrganisation, "made up", nhs("ods-organization-code", "SYNGP0001"), ""},
		{ukrules.ODSOrganisation, "lower case", nhs("ods-organization-code", "rrk"), value},
		{ukrules.ODSOrganisation, "a space", nhs("ods-organization-code", "RRK "), value},
		{ukrules.ODSOrganisation, "two characters", nhs("ods-organization-code", "RR"), value},
		{ukrules.ODSSite, "site", nhs("ods-site-code", "RRK97"), ""},
		{ukrules.ODSSite, "a hyphen", nhs("ods-site-code", "RRK-97"), value},
		{ukrules.GMCNumber, "seven digits", hl7uk("gmc-number", "1234567"), ""},
		{ukrules.GMCNumber, "a letter and six", hl7uk("gmc-number", "C123456"), ""},
		{ukrules.GMCNumber, "a letter and eight", hl7uk("gmc-number", "C12345678"), value},
		{ukrules.GMPNumber, "G and seven", hl7uk("gmp-number", "G1234567"), ""},
		{ukrules.GMPNumber, "no G", hl7uk("gmp-number", "12345678"), value},
		{ukrules.GPhCNumber, "from 2", hl7uk("gphc-number", "2298676"), ""},
		{ukrules.GPhCNumber, "from 1", hl7uk("gphc-number", "1298676"), value},
		{ukrules.NMCNumber, "pin", hl7uk("nmc-number", "12A3456B"), ""},
		{ukrules.NMCNumber, "seven", hl7uk("nmc-number", "5566789"), value},
		{ukrules.HCPCNumber, "physiotherapist", hl7uk("hcpc-number", "PH123456"), ""},
		{ukrules.HCPCNumber, "no letters", hl7uk("hcpc-number", "123456"), value},
		{ukrules.HCPCNumber, "letters only", hl7uk("hcpc-number", "PH"), value},
		{ukrules.GDCNumber, "five", hl7uk("gdc-number", "12345"), ""},
		{ukrules.GDCNumber, "letters", hl7uk("gdc-number", "D1234"), value},
		{ukrules.SDSUser, "twelve", nhs("sds-user-id", "555021935107"), ""},
		{ukrules.SDSUser, "grouped", nhs("sds-user-id", "5550-2193-5107"), ""},
		{ukrules.SDSUser, "a letter", nhs("sds-user-id", "P12345678"), value},
		{ukrules.SDSRole, "twelve", nhs("sds-role-profile-id", "100334993514"), ""},
		{ukrules.SDSRole, "eleven", nhs("sds-role-profile-id", "10033499351"), value},
	}
}

func codeRows() []judged {
	const code, version = "/code/coding/0/code", "/code/coding/0/version"
	return []judged{
		{ukrules.CodeSystem, "exact", condition(sct("38341003", "")), ""},
		{ukrules.CodeSystem, "https", condition(coding("https://snomed.info/sct", "38341003")), "/code/coding/0/system"},
		{ukrules.CodeSystem, "object identifier", condition(coding("urn:oid:2.16.840.1.113883.6.96", "38341003")), "/code/coding/0/system"},
		{ukrules.CodeSystem, "a www", condition(coding("http://www.loinc.org", "8480-6")), "/code/coding/0/system"},
		{ukrules.CodeSystem, "a letter changed", condition(coding("http://snomed.info/xct", "38341003")), "/code/coding/0/system"},
		{ukrules.CodeSystem, "a letter left out", condition(coding("http://loinc.og", "8480-6")), "/code/coding/0/system"},
		{ukrules.CodeSystem, "a letter too much", condition(coding("http://snomeed.info/sct", "38341003")), "/code/coding/0/system"},
		{ukrules.CodeSystem, "concepts of no release", condition(coding("http://snomed.info/xsct", "38341003")), ""},
		{ukrules.CodeSystem, "another version", condition(coding("http://read.info/readv3", "G20..")), ""},
		{ukrules.CodeSystem, "of a unit", observed(`"value":1,"unit":"kg","system":"https://unitsofmeasure.org","code":"kg"`), "/valueQuantity/system"},
		{ukrules.CodeSystem, "a value set speaks about systems", `{"resourceType":"ValueSet","expansion":{"contains":[` + coding("https://snomed.info/sct", "1") + `]}}`, ""},
		{ukrules.SNOMEDForm, "short", condition(sct("12345", "")), code},
		{ukrules.SNOMEDForm, "local", condition(sct("LOC38341003", "")), code},
		{ukrules.SNOMEDForm, "a zero in front", condition(sct("038341003", "")), code},
		{ukrules.SNOMEDForm, "an expression", condition(sct("71388002:363704007=66754008", "")), ""},
		{ukrules.SNOMEDForm, "of the United Kingdom", condition(sct("1000661000000107", "")), ""},
		{ukrules.SNOMEDPartition, "concept", condition(sct("38341003", "")), ""},
		{ukrules.SNOMEDPartition, "description", condition(sct("64178012", "")), code},
		{ukrules.SNOMEDPartition, "relationship", condition(sct("100334022", "")), code},
		{ukrules.SNOMEDPartition, "no such", condition(sct("38341993", "")), code},
		{ukrules.SNOMEDCheckDigit, "right", condition(sct("195967001", "")), ""},
		{ukrules.SNOMEDCheckDigit, "wrong", condition(sct("195967002", "")), code},
		{ukrules.SNOMEDVersion, "none", condition(sct("38341003", "")), ""},
		{ukrules.SNOMEDVersion, "the UK edition", condition(sct("38341003", `,"version":"http://snomed.info/sct/83821000000107/version/20250101"`)), version},
		{ukrules.SNOMEDVersion, "a date", condition(sct("38341003", `,"version":"20250101"`)), version},
		{ukrules.SNOMEDVersion, "of another system", condition(`{"system":"http://loinc.org","code":"8480-6","version":"2.77"}`), ""},
		{ukrules.SNOMEDEdition, "the UK edition", condition(sct("38341003", `,"version":"http://snomed.info/sct/83821000000107"`)), ""},
		{ukrules.SNOMEDEdition, "the UK clinical edition", condition(sct("38341003", `,"version":"http://snomed.info/sct/999000031000000106/version/20250101"`)), ""},
		{ukrules.SNOMEDEdition, "the international edition", condition(sct("38341003", `,"version":"http://snomed.info/sct/900000000000207008/version/20020131"`)), version},
		{ukrules.DisplayConcept, "its own", condition(sct("38341003", `,"display":"Hypertension"`)), ""},
		{ukrules.DisplayConcept, "its own in another case", condition(sct("38341003", `,"display":"hypertension"`)), ""},
		{ukrules.DisplayConcept, "a synonym that nobody listed", condition(sct("38341003", `,"display":"High blood pressure"`)), ""},
		{ukrules.DisplayConcept, "another's", condition(sct("38341003", `,"display":"Asthma"`)), "/code/coding/0/display"},
		{ukrules.MedicineCode, "right", condition(coding("https://dmd.nhs.uk", "39732311000001104")), ""},
		{ukrules.MedicineCode, "letters", condition(coding("https://dmd.nhs.uk", "AMOX500")), code},
		{ukrules.MedicineCode, "wrong check digit", condition(coding("https://dmd.nhs.uk", "39732311000001105")), code},
		{ukrules.MedicineSystem, "a slash", condition(coding("https://dmd.nhs.uk/", "39732311000001104")), "/code/coding/0/system"},
		{ukrules.MedicineSystem, "http", condition(coding("http://dmd.nhs.uk", "39732311000001104")), "/code/coding/0/system"},
		{
			ukrules.MedicineCoded, "SNOMED CT alone", `{"resourceType":"MedicationRequest","medicationCodeableConcept":{"coding":[` + sct("39732311000001104", "") + `]}}`,
			"/medicationCodeableConcept/coding",
		},
		{
			ukrules.MedicineCoded, "both", `{"resourceType":"Medication","code":{"coding":[` + sct("39732311000001104", "") + `,` +
				coding("https://dmd.nhs.uk", "39732311000001104") + `]}}`, "",
		},
		{ukrules.MedicineCoded, "a substance", `{"resourceType":"Medication","code":{"coding":[` + sct("372687004", "") + `]}}`, ""},
		{ukrules.ReadForm, "version 2", condition(coding("http://read.info/readv2", "H33.."), sct("195967001", "")), ""},
		{ukrules.ReadForm, "with term code", condition(coding("http://read.info/readv2", "H33..00"), sct("195967001", "")), ""},
		{ukrules.ReadForm, "version 3", condition(coding("http://read.info/ctv3", "X78Uv"), sct("195967001", "")), ""},
		{ukrules.ReadForm, "no dots", condition(coding("http://read.info/readv2", "H43")), code},
		{ukrules.ReadForm, "joined dots", condition(coding("http://read.info/readv2", "H4…")), code},
		{ukrules.ReadForm, "dots first", condition(coding("http://read.info/ctv3", "..H33")), code},
		{ukrules.ReadForm, "term code in version 3", condition(coding("http://read.info/ctv3", "X78Uv00")), code},
		{ukrules.LegacyOnly, "alone", condition(coding("http://read.info/readv2", "H33..")), "/code"},
		{ukrules.LegacyOnly, "mapped", condition(coding("http://read.info/readv2", "H33.."), sct("195967001", "")), ""},
		{ukrules.LegacyOnly, "SNOMED CT alone", condition(sct("195967001", "")), ""},
		{ukrules.UserSelected, "mapped and marked", condition(`{"system":"http://read.info/readv2","code":"H33..","userSelected":true}`, sct("195967001", `,"userSelected":false`)), ""},
		{ukrules.UserSelected, "mapped and not marked", condition(coding("http://read.info/readv2", "H33.."), sct("195967001", "")), "/code/coding"},
		{ukrules.UserSelected, "two chosen", condition(sct("38341003", `,"userSelected":true`), sct("195967001", `,"userSelected":true`)), "/code/coding"},
		{ukrules.UserSelected, "two codes that are not mapped", condition(coding("http://loinc.org", "8480-6"), sct("271649006", "")), ""},
	}
}

func otherRows() []judged {
	const england = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"
	withText := func(words string) string {
		return strings.Replace(numbered("9990000018"), `"identifier"`, `"text":{"div":"<div>`+words+`</div>"},"identifier"`, 1)
	}
	allergy := func(code, more string) string {
		return `{"resourceType":"AllergyIntolerance","code":{"coding":[` + sct(code, "") + `]}` + more + `}`
	}
	return []judged{
		{ukrules.EthnicCategory, "British", condition(coding(england, "A")), ""},
		{ukrules.EthnicCategory, "not known", condition(coding(england, "99")), ""},
		{ukrules.EthnicCategory, "no such", condition(coding(england, "Q")), "/code/coding/0/code"},
		{ukrules.EthnicCategory, "two letters", condition(coding(england, "AB")), "/code/coding/0/code"},
		{ukrules.UnitUCUM, "right", observed(`"value":1,"unit":"kg",` + ucumUnit + `,"code":"kg"`), ""},
		{ukrules.UnitUCUM, "words", observed(`"value":1,` + ucumUnit + `,"code":"units per litre"`), "/valueQuantity/code"},
		{ukrules.UnitUCUM, "case", observed(`"value":1,` + ucumUnit + `,"code":"MMOL/L"`), "/valueQuantity/code"},
		{ukrules.UnitUCUM, "another system", observed(`"value":1,"system":"http://snomed.info/sct","code":"258773002"`), ""},
		{ukrules.UnitCoded, "coded", observed(`"value":1,"unit":"kg",` + ucumUnit + `,"code":"kg"`), ""},
		{ukrules.UnitCoded, "words only", observed(`"value":1,"unit":"kg"`), "/valueQuantity"},
		{ukrules.UnitCoded, "no unit", observed(`"value":1`), "/valueQuantity"},
		{ukrules.UnitCoded, "in a component", `{"resourceType":"Observation","component":[{"valueQuantity":{"value":1,"unit":"mmHg"}}]}`, "/component/0/valueQuantity"},
		{ukrules.UnitCoded, "no value", observed(`"unit":"kg"`), ""},
		{ukrules.UnitCoded, "a dose", `{"resourceType":"Immunization","doseQuantity":{"value":1,"unit":"dose"}}`, ""},
		{ukrules.UnitText, "the same", observed(`"value":1,"unit":"mmol/L",` + ucumUnit + `,"code":"mmol/L"`), ""},
		{ukrules.UnitText, "words", observed(`"value":1,"unit":"millimoles per litre",` + ucumUnit + `,"code":"mmol/L"`), ""},
		{ukrules.UnitText, "its name", observed(`"value":1,"unit":"Micrograms",` + ucumUnit + `,"code":"ug"`), ""},
		{ukrules.UnitText, "its name in American", observed(`"value":1,"unit":"milliliter(s)",` + ucumUnit + `,"code":"mL"`), ""},
		{ukrules.UnitText, "one unit by two codes", observed(`"value":1,"unit":"microgram",` + ucumUnit + `,"code":"mcg"`), ""},
		{ukrules.UnitText, "the name of a part of a unit", observed(`"value":1,"unit":"millimole",` + ucumUnit + `,"code":"mmol/L"`), "/valueQuantity/unit"},
		{ukrules.UnitText, "a word that is no one unit's", observed(`"value":1,"unit":"unit",` + ucumUnit + `,"code":"[IU]"`), ""},
		{ukrules.UnitText, "micrograms in words for milligrams", observed(`"value":1,"unit":"microgram",` + ucumUnit + `,"code":"mg"`), "/valueQuantity/unit"},
		{ukrules.UnitText, "drops for milligrams", observed(`"value":1,"unit":"drop",` + ucumUnit + `,"code":"mg"`), "/valueQuantity/unit"},
		{ukrules.UnitText, "milligrams for drops", observed(`"value":1,"unit":"milligrams",` + ucumUnit + `,"code":"[drp]"`), "/valueQuantity/unit"},
		{ukrules.UnitText, "a drop", observed(`"value":1,"unit":"drop",` + ucumUnit + `,"code":"[drp]"`), ""},
		{ukrules.UnitText, "mass for amount", observed(`"value":1,"unit":"mg/dL",` + ucumUnit + `,"code":"mmol/L"`), "/valueQuantity/unit"},
		{ukrules.UnitText, "percent for mmol/mol", observed(`"value":1,"unit":"%",` + ucumUnit + `,"code":"mmol/mol"`), "/valueQuantity/unit"},
		{ukrules.UnitText, "micrograms for milligrams", observed(`"value":1,"unit":"ug",` + ucumUnit + `,"code":"mg"`), "/valueQuantity/unit"},
		{ukrules.UnitText, "one unit in two ways", observed(`"value":1,"unit":"mg/L",` + ucumUnit + `,"code":"ug/mL"`), ""},
		{ukrules.UnitText, "enzyme units", observed(`"value":1,"unit":"U/L",` + ucumUnit + `,"code":"[IU]/L"`), ""},
		{ukrules.NarrativeNHSNumber, "its own", withText("NHS number: <b>999 000 0018</b>"), ""},
		{ukrules.NarrativeNHSNumber, "another's", withText("NHS number: <b>999 000 0387</b>"), "/text/div"},
		{ukrules.NarrativeNHSNumber, "a telephone number", withText("Seen at the NHS walk-in centre, telephone 020 7946 0123"), ""},
		{ukrules.NarrativeNHSNumber, "not a number that anybody has", withText("NHS number: 999 000 0388"), ""},
		{ukrules.Offset, "summer", `{"resourceType":"Observation","effectiveDateTime":"2020-07-01T10:00:00+01:00"}`, ""},
		{ukrules.Offset, "winter", `{"resourceType":"Observation","effectiveDateTime":"2020-01-01T10:00:00.123Z"}`, ""},
		{ukrules.Offset, "a converter's own zone", `{"resourceType":"Observation","effectiveDateTime":"2020-01-01T10:00:00+08:00"}`, "/effectiveDateTime"},
		{ukrules.Offset, "an instant", `{"resourceType":"Observation","issued":"2020-01-01T10:00:00.1-05:00"}`, "/issued"},
		{ukrules.Offset, "the clock of the server", `{"resourceType":"Observation","meta":{"lastUpdated":"2020-01-01T10:00:00-05:00"}}`, ""},
		{ukrules.LifespanOrder, "in order", patient(`"birthDate":"1950-03-01","deceasedDateTime":"2020-01-01"`), ""},
		{ukrules.LifespanOrder, "the same year is not decided", patient(`"birthDate":"1950-03-01","deceasedDateTime":"1950"`), ""},
		{ukrules.LifespanOrder, "before", patient(`"birthDate":"1950-03-02","deceasedDateTime":"1950-03-01T10:00:00Z"`), "/deceasedDateTime"},
		{ukrules.NoKnownAllergy, "nothing described", allergy("716186003", ""), ""},
		{ukrules.NoKnownAllergy, "a reaction", allergy("716186003", `,"reaction":[{"severity":"severe"}]`), "/code/coding/0/code"},
		{ukrules.NoKnownAllergy, "high criticality", allergy("409137002", `,"criticality":"high"`), "/code/coding/0/code"},
		{ukrules.NoKnownAllergy, "an allergy", allergy("91936005", `,"reaction":[{"severity":"severe"}]`), ""},
	}
}

func TestEachRuleTellsRightFromWrong(t *testing.T) {
	set := ukrules.New(ukrules.Options{Synthetic: true, Terms: []ukrules.Term{
		{"http://snomed.info/sct", "38341003", "Hypertension"}, {"http://snomed.info/sct", "195967001", "Asthma"},
	}})
	caught := map[string]bool{}
	for _, row := range rows() {
		t.Run(row.rule+" "+row.name, func(t *testing.T) {
			resource, err := fhir.DecodeObject([]byte(row.resource))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range set.Judge(resource) {
				if f.Finding.Rule == row.rule {
					got = append(got, f.Pointer)
				}
			}
			var want []string
			// A rule about the whole resource points to it with the empty pointer.
			if row.pointer != "" || row.rule == ukrules.NHSNumberAbsent && row.name == "another number only" {
				want = []string{row.pointer}
				caught[row.rule] = true
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s at %q, want %q in %s", row.rule, got, want, row.resource)
			}
		})
	}
	for _, r := range ukrules.Rules() {
		if !caught[r.ID] {
			t.Errorf("no row shows that %s can find anything", r.ID)
		}
	}
}

func TestEveryRuleIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range ukrules.Rules() {
		if !strings.HasPrefix(r.ID, "UK-") || seen[r.ID] {
			t.Errorf("id %q is not of the form UK-... or is used twice", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || r.Source == "" || r.Looks == "" || r.Fix == "" || r.Code == "" || r.Severity.Rank() == 0 {
			t.Errorf("%s lacks part of its description: %+v", r.ID, r)
		}
		if r.Unverified && r.Severity.Rank() > result.SeverityWarning.Rank() {
			t.Errorf("%s is an error without a published source", r.ID)
		}
		if found, ok := ukrules.Find(r.ID); !ok || found.ID != r.ID {
			t.Errorf("%s is not found by its id", r.ID)
		}
	}
}

func TestRealDataSaysNothingOfTheTestRange(t *testing.T) {
	resource, err := fhir.DecodeObject([]byte(numbered("9912003888")))
	if err != nil {
		t.Fatal(err)
	}
	if got := ukrules.New(ukrules.Options{}).Judge(resource); len(got) != 0 {
		t.Errorf("got %+v, want nothing", got)
	}
}

func TestTheFaultsOfAHostileDocumentAreBoundedAndTheSame(t *testing.T) {
	list := make([]any, 6000)
	for i := range list {
		list[i] = map[string]any{"system": fhir.SNOMEDSystem, "code": "1"}
	}
	resource := map[string]any{"resourceType": "Basic", "a": list, "b": list}
	set := ukrules.New(ukrules.Options{})
	first := set.Judge(resource)
	const most = 10000
	if len(first) != most {
		t.Fatalf("got %d faults, want %d", len(first), most)
	}
	for range 3 {
		if again := set.Judge(resource); !slices.Equal(pointers(first), pointers(again)) {
			t.Fatal("another walk gives other faults")
		}
	}
}

func pointers(faults []ukrules.Fault) []string {
	list := make([]string, len(faults))
	for i, f := range faults {
		list[i] = f.Pointer
	}
	return list
}
