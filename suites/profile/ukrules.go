package profile

import (
	"context"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/suites/check"
)

// keeps asks whether the sampled resources keep rules for England. A rule that only warns whoever validates a file breaks
// the check all the same: between two shared records there is nobody who would read the warning.
func keeps(sample func(context.Context, *check.Env) ([]sampled, error), rules ...string) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		resources, err := sample(ctx, env)
		if err != nil {
			return nil, err
		}
		var findings []result.Finding
		for _, s := range resources {
			for _, f := range env.Judge.Rules(ctx, s.resource) {
				if !slices.Contains(rules, f.Rule) || f.Rule == ukrules.NHSNumberUnverified && warned(s.outcomes) {
					continue
				}
				f.Severity = result.SeverityError
				f.Message = s.resource.Reference() + ": " + f.Message
				f.Exchanges = s.exchanges
				findings = append(findings, f)
			}
		}
		return findings, nil
	}
}

// warned says whether the answer that held a Patient warned who asked.
func warned(outcomes []fhir.Resource) bool {
	return slices.ContainsFunc(outcomes, func(o fhir.Resource) bool { return ukrules.Warns(o) })
}

// ukChecks are the checks whose rules are those for England.
func ukChecks(patient, observation, all []check.Feature) check.Catalogue {
	must := func(c check.Check, sample func(context.Context, *check.Env) ([]sampled, error), rules ...string) check.Check {
		c.Suite, c.Level, c.Scope = "profile", result.Must, check.PerSystem
		c.Run, c.Traces = keeps(sample, rules...), rules
		return c
	}
	return check.Catalogue{
		must(check.Check{
			ID: "PRO-NHSNUMBER-001", Needs: patient,
			Title: "every NHS number could have been issued, and to nobody living",
			Requirement: []result.Ref{
				{ID: "NHS NUMBER", Source: "NHS Data Dictionary: ten digits with a modulus 11 check digit"},
				{ID: "identifier:nhsNumber", Source: "UKCore-Patient"},
			},
			Hazard: "Two people's records could be joined, or one person's could be split, by a mistyped number.",
			Fix:    "Check the number where it enters the record, and mark it as not verified until it has been traced.",
		}, patients, ukrules.NHSNumberForm, ukrules.NHSNumberCheckDigit, ukrules.NHSNumberRepeated, ukrules.NHSNumberLive),
		must(check.Check{
			ID: "PRO-NUMBERSTATUS-001", Needs: patient,
			Title: "every NHS number says that it was verified, or the answer warns that it was not",
			Requirement: []result.Ref{
				{ID: "NHSNumberVerificationStatus", Source: "UK Core STU3 guidance, Patient.identifier"},
				{ID: "NHS NUMBER STATUS INDICATOR CODE", Source: "NHS Data Dictionary"},
			},
			Hazard: "A number whose trace is still required could open somebody else's record as if it were known to be right.",
			Fix:    "Trace the number before it is shared; until then put an OperationOutcome with a warning into the answer.",
		}, patients, ukrules.NHSNumberStatus, ukrules.NHSNumberRetired, ukrules.NHSNumberUnverified, ukrules.NHSNumberReason),
		must(check.Check{
			ID: "PRO-SYSTEM-001", Cause: result.CodeSystem, Needs: all,
			Title: "every identifier and code has exactly the system that UK Core gives for it, and its form",
			Requirement: []result.Ref{
				{ID: "identifier systems", Source: "UK Core STU3, fixed identifier systems; HL7 UK System-Identifiers"},
			},
			Hazard: "A search by system and value would miss a person, a provider or a code that is there.",
			Fix:    "Write each system exactly as UK Core does: case, https, and organization with z.",
		}, misfiled, ukrules.IdentifierSystem, ukrules.CodeSystem, ukrules.MedicineSystem, ukrules.ODSOrganisation, ukrules.ODSSite, ukrules.GMCNumber, ukrules.GMPNumber, ukrules.GPhCNumber, ukrules.NMCNumber, ukrules.HCPCNumber),
		must(check.Check{
			ID: "PRO-SNOMED-001", Cause: result.CodeSystem, Needs: all,
			Title: "every code given as SNOMED CT or dm+d has the form of one",
			Requirement: []result.Ref{
				{ID: "SCTID", Source: "SNOMED CT Release File Specification: identifier form and Verhoeff check digit"},
			},
			Hazard: "Decision support would not recognise a diagnosis or an allergy, because a local code passes for SNOMED CT.",
			Fix:    "Give local codes under their own system URI, beside the mapped SNOMED CT code.",
		}, everything, ukrules.SNOMEDForm, ukrules.SNOMEDPartition, ukrules.SNOMEDCheckDigit, ukrules.MedicineCode),
		must(check.Check{
			ID: "PRO-EDITION-001", Cause: result.CodeSystem, Needs: all,
			Title: "no SNOMED CT code names a version",
			Requirement: []result.Ref{
				{ID: "Coding.version", Source: "UK Core STU3 guidance, Description of elements: not used"},
			},
			Hazard: "A consumer that checks editions would refuse the code, or look it up in a release that has lost it.",
			Fix:    "Leave Coding.version out.",
		}, everything, ukrules.SNOMEDVersion, ukrules.SNOMEDEdition),
		must(check.Check{
			ID: "PRO-DISPLAY-001", Cause: result.CodeSystem, Needs: all,
			Title: "no code is shown with the words of another",
			Requirement: []result.Ref{
				{ID: "Coding.display", Source: "HL7 FHIR R4 Coding: the representation of the meaning of the code in the system"},
			},
			Hazard: "A clinician could read one disease in the problem list while decision support works with another.",
			Fix:    "Take the display from the terminology by the code, never from another place of the record.",
		}, withDirectory, ukrules.DisplayConcept),
		must(check.Check{
			ID: "PRO-LEGACY-001", Cause: result.CodeSystem, Needs: all,
			Title: "what was coded in Read has its SNOMED CT code too",
			Requirement: []result.Ref{
				{ID: "Clinical terminologies", Source: "GP Connect: the original code, and SNOMED CT where an assured map exists"},
				{ID: "legacy coding", Source: "UK Core STU3 guidance, Rules for populating legacy coding"},
			},
			Hazard: "Decision support would not see a problem that is coded in a retired terminology only.",
			Fix:    "Give the original code in all its five characters, and the SNOMED CT code that it maps to.",
		}, everything, ukrules.LegacyOnly, ukrules.ReadForm),
		must(check.Check{
			ID: "PRO-UNIT-001", Cause: result.Unit, Needs: observation,
			Title: "every measured value has a UCUM unit code, and no other unit's words",
			Requirement: []result.Ref{
				{ID: "UCUM", Source: "UK Pathology Units List and UKCore-Observation: Quantity.system and Quantity.code"},
			},
			Hazard: "A result could be plotted or compared in the wrong unit, or a dose be read in one and given in another.",
			Fix:    "Give system http://unitsofmeasure.org and the UCUM code beside the unit's text.",
		}, allKinds, ukrules.UnitUCUM, ukrules.UnitCoded, ukrules.UnitText),
	}
}
