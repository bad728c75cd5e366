package parity

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// hazardKey groups differences that are one sentence for a clinician: what happened to facts of one origin.
func hazardKey(d record.Difference) string { return string(d.Kind) + "\t" + origin(d) }

// origin is the ODS code of the provider that recorded what differs, "" when nothing says so.
func origin(d record.Difference) string {
	switch {
	case d.Fact.ID != "":
		return d.Fact.Source
	case len(d.Want.Sources) > 0:
		return d.Want.Sources[0]
	case len(d.Got.Sources) > 0:
		return d.Got.Sources[0]
	default:
		return ""
	}
}

// hazard words one group of differences: how many of how many, recorded where, not visible where.
func (b *blame) hazard(key string, n, compared int) string {
	kind, ods, _ := strings.Cut(key, "\t")
	verb := map[record.Kind]string{
		record.Missing: "not visible", record.Extra: "shown and should not be", record.Altered: "shown with another content", record.Mislabelled: "shown under another source",
	}[record.Kind(kind)]
	is := "are"
	if n == 1 {
		is = "is"
	}
	return fmt.Sprintf("%d of %d %s%s %s %s in %s.", n, max(n, b.recorded(ods, compared)), noun(b.kind), b.where(ods), is, verb, title(b.env.System))
}

// searchHazard counts, by their keys, what a clinician who searches would not see, or would see wrongly.
func searchHazard(system *check.Endpoint, kind fixtures.Kind, expected, shown []string) string {
	if lacking := less(expected, sortedOnce(slices.Clone(shown))); len(lacking) > 0 {
		return fmt.Sprintf("%d of %d %s that the search asks for are not found in %s.", len(lacking), len(expected), noun(kind), title(system))
	}
	wrong := less(shown, sortedOnce(slices.Clone(expected)))
	return fmt.Sprintf("%d of %d %s that the search finds in %s are not what it asks for.", len(wrong), len(shown), noun(kind), title(system))
}

// recorded counts what the sample holds of the kind from one provider; the whole when the provider is not known.
func (b *blame) recorded(ods string, compared int) int {
	if ods == "" || b.env.Found {
		return compared
	}
	n := 0
	for _, person := range people(b.env, b.kind) {
		for _, fact := range b.truth.About(person).Of(b.kind) {
			if fact.Source == ods {
				n++
			}
		}
	}
	return n
}

// where names the provider and its integrated care system.
func (b *blame) where(ods string) string {
	provider, ok := b.env.Ledger.Provider(ods)
	switch {
	case ok && provider.ICS != "":
		return " recorded at " + provider.Name + " (" + provider.ICS + ")"
	case ok:
		return " recorded at " + provider.Name
	case ods != "":
		return " recorded at " + ods
	default:
		return ""
	}
}

// title is the name by which people know a system.
func title(system *check.Endpoint) string {
	if system.Title != "" {
		return system.Title
	}
	return system.Name
}

// noun is the plural by which a clinician calls facts of a kind.
func noun(kind fixtures.Kind) string {
	if word, ok := nouns()[kind]; ok {
		return word
	}
	if kind == "Patient" {
		return "people"
	}
	return string(kind) + " records"
}

func nouns() map[fixtures.Kind]string {
	return map[fixtures.Kind]string{
		fixtures.AllergyIntolerance: "allergies", fixtures.Appointment: "appointments", fixtures.CarePlan: "care plans",
		fixtures.Composition: "compositions", fixtures.Condition: "conditions", fixtures.Consent: "consents",
		fixtures.DiagnosticReport: "diagnostic reports", fixtures.DocumentReference: "documents", fixtures.Encounter: "encounters",
		fixtures.EpisodeOfCare: "episodes of care", fixtures.Flag: "alerts", fixtures.Immunization: "immunisations",
		fixtures.MedicationAdministration: "administered doses", fixtures.MedicationDispense: "medication supplies", fixtures.MedicationRequest: "medication requests",
		fixtures.MedicationStatement: "medication statements", fixtures.Observation: "observations", fixtures.Procedure: "procedures",
		fixtures.RelatedPerson: "related people", fixtures.ServiceRequest: "referrals", fixtures.Specimen: "specimens", fixtures.Task: "tasks",
	}
}
