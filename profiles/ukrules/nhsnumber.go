package ukrules

import (
	"errors"
	"fmt"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

const (
	statusExtension  = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
	reasonExtension  = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberUnavailableReason"
	statusSystem     = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
	oldStatusSystem  = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus"
	verified         = "01"
	nobody           = "9999999999"
	dataDictionary   = "NHS Data Dictionary, NHS NUMBER"
	patientGuidance  = "UK Core STU3 guidance, Patient.identifier"
	sharedRecordRule = "NHS Data Dictionary, NHS NUMBER STATUS INDICATOR CODE; only a number that is present and verified is shared without a warning"
)

// The ids of the rules about NHS numbers.
const (
	NHSNumberForm       = "UK-NHSNUMBER-FORM"
	NHSNumberCheckDigit = "UK-NHSNUMBER-CHECKDIGIT"
	NHSNumberRepeated   = "UK-NHSNUMBER-REPEATED"
	NHSNumberLive       = "UK-NHSNUMBER-LIVE"
	NHSNumberStatus     = "UK-NHSNUMBER-STATUS"
	NHSNumberRetired    = "UK-NHSNUMBER-RETIRED"
	NHSNumberUnverified = "UK-NHSNUMBER-UNVERIFIED"
	NHSNumberAbsent     = "UK-NHSNUMBER-ABSENT"
	NHSNumberReason     = "UK-NHSNUMBER-REASON"
)

func nhsNumberRules() []Rule {
	identifier := "identifiers with system " + fhir.NHSNumberSystem
	return []Rule{
		{
			ID: NHSNumberForm, Title: "an NHS number is ten digits", Severity: result.SeverityError, Code: codeValue,
			Source: dataDictionary, Looks: identifier, Fix: "give ten digits without spaces",
		},
		{
			ID: NHSNumberCheckDigit, Title: "an NHS number has the right check digit", Severity: result.SeverityError, Code: codeValue,
			Source: dataDictionary + ": modulus 11 over weights 10 to 2", Looks: identifier,
			Fix: "check the number against where it was copied from",
		},
		{
			ID: NHSNumberRepeated, Title: "an NHS number is not one digit ten times", Severity: result.SeverityError, Code: codeValue,
			Source: "computed: all ten such numbers pass the modulus 11 sum and none is issued; 9999999999 is agreed in GP Connect's test data " +
				"to stand for nobody",
			Looks: identifier + "; 9999999999 is let pass outside Patient.identifier, where it asks for somebody who does not exist",
			Fix:   "leave the number out where it is not known",
		},
		{
			ID: NHSNumberLive, Title: "made-up data has NHS numbers that are never issued", Severity: result.SeverityError, Code: codeValue,
			Source: "999 000 0000 to 999 999 9999 is never issued", Looks: identifier + ", where the data is said to be synthetic",
			Fix: "use a number from 999 000 0000 to 999 999 9999 with a valid check digit: `concord fixtures stories` lists people with some, and 999 " +
				"with any six digits and the check digit of modulus 11 makes more (generators that draw from all ranges do not)",
		},
		{
			ID: NHSNumberStatus, Title: "a Patient's NHS number says whether it was verified", Severity: result.SeverityWarning, Code: codeBusiness,
			Source: patientGuidance, Looks: "Patient.identifier with an NHS number",
			Fix: "add the extension " + statusExtension + " with a code of " + statusSystem,
		},
		{
			ID: NHSNumberRetired, Title: "the verification status is a code of the current code system", Severity: result.SeverityWarning, Code: codeCode,
			Source: "UK Core STU3, CodeSystem UKCore-NHSNumberVerificationStatus is retired", Looks: "the verification status of an NHS number",
			Fix: "use the codes 01 to 08 of " + statusSystem,
		},
		{
			ID: NHSNumberUnverified, Title: "an NHS number that is not verified is not shared without a warning", Severity: result.SeverityWarning,
			Code: codeBusiness, Source: sharedRecordRule,
			Looks: "the verification status of a Patient's NHS number, unless the Bundle around it carries a warning as an entry with search mode outcome",
			Fix:   "trace the number first, or warn who asks that it may be somebody else's",
		},
		{
			ID: NHSNumberAbsent, Title: "a Patient without an NHS number says why", Severity: result.Information, Code: codeBusiness,
			Source: "UK Core STU3, Extension-UKCore-NHSNumberUnavailableReason", Looks: "Patients that have identifiers, none of them an NHS number",
			Fix: "add the extension " + reasonExtension,
		},
		{
			ID: NHSNumberReason, Title: "a reason why there is no NHS number stands only where there is none", Severity: result.SeverityWarning,
			Code: codeBusiness, Source: "UK Core STU3, Extension-UKCore-NHSNumberUnavailableReason", Looks: "Patient",
			Fix: "remove the reason, or the number",
		},
	}
}

// nhsNumber judges an identifier that is an NHS number.
func (v *visit) nhsNumber(o map[string]any, value string) {
	patient := v.in("Patient", "identifier")
	err := fhir.CheckNHSNumber(value)
	rule := ""
	switch {
	case errors.Is(err, fhir.ErrNHSNumberForm):
		rule = NHSNumberForm
	case errors.Is(err, fhir.ErrNHSNumberCheckDigit):
		rule = NHSNumberCheckDigit
	case errors.Is(err, fhir.ErrNHSNumberRepeated) && (patient || value != nobody):
		rule = NHSNumberRepeated
	}
	if rule != "" {
		v.report(rule, at{"value"}, err.Error(), "an NHS number that can have been issued", value)
	}
	if v.set.synthetic && !fhir.InTestRange(strings.ReplaceAll(value, " ", "")) {
		shown := value
		if err == nil {
			// Enough to find it by, and not whose it is: reports are passed on.
			shown = value[:3] + "…"
		}
		v.report(NHSNumberLive, at{"value"}, "the NHS number may be a living person's", "999 000 0000 to 999 999 9999", shown)
	}
	if patient {
		v.verification(o)
	}
}

// verification judges the verification status of a Patient's NHS number.
func (v *visit) verification(o map[string]any) {
	extensions, _ := o["extension"].([]any)
	stated := false
	for i, item := range extensions {
		extension, _ := item.(map[string]any)
		if extension["url"] != statusExtension {
			continue
		}
		stated = true
		concept, _ := extension["valueCodeableConcept"].(map[string]any)
		codings, _ := concept["coding"].([]any)
		for k, item := range codings {
			coding, _ := item.(map[string]any)
			place := at{"extension", fmt.Sprint(i), "valueCodeableConcept", "coding", fmt.Sprint(k)}
			code, coded := coding["code"].(string)
			switch coding["system"] {
			case oldStatusSystem:
				v.report(NHSNumberRetired, append(place, "system"), "the verification status is of the retired code system", statusSystem, oldStatusSystem)
			case statusSystem:
			default:
				continue
			}
			if code != verified && !unverifiedWarned(v.resources) {
				if coded {
					place = append(place, "code")
				}
				v.report(NHSNumberUnverified, place,
					fmt.Sprintf("the NHS number has verification status %q, not %q (present and verified)", code, verified), verified, code)
			}
		}
	}
	if !stated {
		v.report(NHSNumberStatus, nil, "the NHS number does not say whether it was verified", "a verification status", "none")
	}
}

// unverifiedWarned says whether one of the Bundles around a Patient carries a warning for who asked.
func unverifiedWarned(resources []map[string]any) bool {
	for _, r := range resources {
		if r["resourceType"] != "Bundle" {
			continue
		}
		entries, _ := r["entry"].([]any)
		for _, item := range entries {
			entry, _ := item.(map[string]any)
			search, _ := entry["search"].(map[string]any)
			outcome, _ := entry["resource"].(map[string]any)
			if search["mode"] == "outcome" && Warns(outcome) {
				return true
			}
		}
	}
	return false
}

// Warns says whether an OperationOutcome that came with an answer can be the warning that a number is not verified: it
// warns of something other than what the answer lacks.
func Warns(outcome map[string]any) bool {
	issues, _ := outcome["issue"].([]any)
	for _, item := range issues {
		issue, _ := item.(map[string]any)
		switch issue["code"] {
		case "suppressed", "incomplete", "transient", "timeout", "throttled", "not-found", "no-store":
		default:
			if issue["severity"] == "warning" {
				return true
			}
		}
	}
	return false
}

// patient judges whether a Patient has an NHS number or says why not.
func (v *visit) patient(r map[string]any) {
	numbered, identified, reason := false, false, -1
	identifiers, _ := r["identifier"].([]any)
	for _, item := range identifiers {
		identifier, _ := item.(map[string]any)
		value, _ := identifier["value"].(string)
		identified = identified || value != ""
		numbered = numbered || identifier["system"] == fhir.NHSNumberSystem && value != ""
	}
	extensions, _ := r["extension"].([]any)
	for i, item := range extensions {
		if extension, _ := item.(map[string]any); extension["url"] == reasonExtension {
			reason = i
		}
	}
	switch {
	case numbered && reason >= 0:
		v.report(NHSNumberReason, at{"extension", fmt.Sprint(reason)}, "the Patient has an NHS number and a reason why it has none", "one of them", "both")
	case !numbered && reason < 0 && identified:
		v.report(NHSNumberAbsent, nil, "the Patient has no NHS number and does not say why", "a number or a reason", "neither")
	}
	v.lifespan(r)
	v.narrative(r)
}
