package reports

// glossary explains the terms of the report, in alphabetical order.
func glossary() []fact {
	return []fact{
		{"Cause", "Why an answer differs from the right one, from a closed list. Where nothing decided between causes, it is missing, extra or altered."},
		{"Check", "One question with a verdict, about one system, one pair of systems or one provider."},
		{"Conformant", "Every requirement that a system must meet was shown to be met, and nothing was left out by choice."},
		{"Exchange", "One recorded request to a system together with its answer."},
		{"FHIR", "Fast Healthcare Interoperability Resources, the standard in which the systems exchange records. Release 4 (R4) is used here."},
		{"Finding", "One thing that is wrong, in one place, for one reason."},
		{"Golden ledger", "The invented people, providers and facts that the systems were filled with, and so the right answer to every question."},
		{"Hazard", "What a clinician would not see, or would see wrongly, if the check failed in real use."},
		{"ICS", "Integrated care system: the NHS bodies, councils and others who plan care for an area. Its NHS board is the integrated care board (ICB)."},
		{"Mock", "A stand-in for a supplier's system that Concord brings along. It shows that the checks work, not that a product does."},
		{"Not claimed", "The parties do not say that their systems do this, so nothing about it was judged."},
		{"ODS code", "The code by which the NHS Organisation Data Service knows an organisation."},
		{"Partial", "Nothing failed, but at least one requirement that must be shown was not."},
		{"Profile", "A narrower version of a FHIR resource, here from UK Core, that says which parts must be present and what they may hold."},
		{"Provider", "An organisation that gives health or social care and whose records a system holds."},
		{"Scope", "What one result is about: a system, a pair written as asked → compared with, or a provider."},
		{"Search contract", "The list of searches that the systems are expected to answer, with the requirement behind each."},
		{"Selection passed", "Everything that was asked was shown, and somebody chose to leave other questions out. It is no verdict about the whole."},
		{"Shared care record", "A system that lets clinicians of many organisations see one person's records together."},
		{"Synthetic data", "Records that were invented. No part of them comes from a real person."},
		{"UK Core", "The FHIR profiles agreed for use across the United Kingdom."},
		{"Waiver", "A named person's decision to accept a failure, with a reason and an expiry date."},
	}
}
