package suites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// Discovery says that a run asks about people whom the systems show, because they do not hold the golden ledger. Each
// system is then held against itself and against the others; nobody knows what is true.
type Discovery struct {
	// Subjects are the NHS numbers of the people to ask about. None means those whom the systems list.
	Subjects []string
	// AtMost bounds how many people are taken from each system. Default 16.
	AtMost int
}

const (
	// peopleAtMost is how many people are taken from each system when nobody says.
	peopleAtMost = 16
	// listedAtMost is how many records of a list are read to find people.
	listedAtMost = 100
)

// roll returns the ledger of a run without a golden one: who there is. The error wraps an *exchange.Error, a
// *check.BrokenAnswer or a *check.Inconclusive when the systems could not be asked or show nobody to ask about.
func (d Discovery) roll(ctx context.Context, endpoints []*check.Endpoint, now time.Time) (*fixtures.Ledger, error) {
	if len(d.Subjects) > 0 {
		return fixtures.Roll(d.Subjects, now)
	}
	most := d.AtMost
	if most <= 0 {
		most = peopleAtMost
	}
	var numbers, names []string
	for _, endpoint := range endpoints {
		names = append(names, endpoint.Name)
		listed, err := inhabitants(ctx, endpoint, most)
		if err != nil {
			return nil, fmt.Errorf("find people to ask about in %s: %w", endpoint.Name, err)
		}
		for _, number := range listed {
			if !slices.Contains(numbers, number) {
				numbers = append(numbers, number)
			}
		}
	}
	if len(numbers) == 0 {
		return nil, check.NoData("%s list no Patient with an NHS number of the test range (999 000 0000 to 999 999 9999); load some, or name people with subjects",
			result.List(names, nil))
	}
	return fixtures.Roll(numbers, now)
}

// inhabitants returns the NHS numbers of people whom a system shows: for each kind of record somebody with many of them, so
// that there is something to ask about, and then whoever is first on its list of Patients.
func inhabitants(ctx context.Context, endpoint *check.Endpoint, most int) ([]string, error) {
	holders, err := record.Gather(ctx, fixtures.Kinds(), func(ctx context.Context, kind fixtures.Kind) (fhir.Resource, error) {
		return holder(ctx, endpoint, string(kind))
	})
	if err != nil {
		return nil, err
	}
	listed, err := list(ctx, endpoint, "Patient")
	if err != nil {
		return nil, err
	}
	var numbers []string
	for _, patient := range slices.Concat(holders, listed) {
		number, err := testNumber(patient)
		if err != nil {
			return nil, err
		}
		if number != "" && len(numbers) < most && !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
	}
	return numbers, nil
}

// list reads the beginning of the list of all resources of a type. A system need not give one.
func list(ctx context.Context, endpoint *check.Endpoint, resourceType string) ([]fhir.Resource, error) {
	answer, err := endpoint.UpTo(listedAtMost).Search(ctx, resourceType, url.Values{"_count": {strconv.Itoa(listedAtMost)}})
	var (
		refused *check.BrokenAnswer
		unsure  *check.Inconclusive
	)
	if errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 || errors.As(err, &unsure) && answer == nil && resourceType != "Patient" {
		return nil, nil
	}
	if err != nil && answer == nil {
		return nil, err
	}
	// A list that says that it is not complete still names people.
	return answer.Resources(), nil
}

// holder returns the Patient with the most records on the list of a kind, nil when there is no such list.
func holder(ctx context.Context, endpoint *check.Endpoint, resourceType string) (fhir.Resource, error) {
	listed, err := list(ctx, endpoint, resourceType)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, resource := range listed {
		for _, text := range record.Literals(map[string]any(resource)) {
			if reference, ok := fhir.ParseReference(text); ok && reference.Type == "Patient" {
				counts[reference.Relative()]++
			}
		}
	}
	if len(counts) == 0 {
		return nil, nil
	}
	best := slices.MinFunc(slices.Sorted(maps.Keys(counts)), func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	patient, _, err := endpoint.Read(ctx, best)
	var broken *check.BrokenAnswer
	if errors.As(err, &broken) {
		return nil, nil // the checks for references say what is wrong
	}
	return patient, err
}

// testNumber returns the NHS number of a Patient, "" without one. It fails for one that could be a living person's: nothing
// more is asked of a system that shows such people.
func testNumber(patient fhir.Resource) (string, error) {
	for _, identifier := range patient.Objects("identifier") {
		number := fhir.Text(identifier["value"])
		if fhir.Text(identifier["system"]) != fhir.NHSNumberSystem || fhir.CheckNHSNumber(number) != nil {
			continue
		}
		if !fhir.InTestRange(number) {
			return "", check.NoData("%s has an NHS number outside the test range, which could be a living person's: Concord asks about synthetic "+
				"people only, and asked nothing more; name synthetic people with subjects", patient.Reference())
		}
		return number, nil
	}
	return "", nil
}

// answerable leaves out the checks that cannot be asked without a golden ledger, or of one system alone. A check that
// somebody named is never left out silently.
func (c Config) answerable(selected check.Catalogue) (check.Catalogue, error) {
	if c.Discovery == nil {
		return selected, nil
	}
	var kept check.Catalogue
	for _, chosen := range selected {
		why := ""
		switch {
		case !chosen.AnyData:
			why = "it is about what the golden ledger says, and this run is about whatever the systems hold"
		case chosen.Scope == check.PerPair && len(c.Systems) < 2:
			why = "it compares two systems, and there is one"
		}
		if why == "" {
			kept = append(kept, chosen)
		} else if slices.Contains(c.Selection.Checks, chosen.ID) {
			return nil, fmt.Errorf("check %s cannot be asked: %s", chosen.ID, why)
		}
	}
	if len(kept) == 0 {
		return nil, errors.New("nothing can be asked: every selected check needs the golden ledger or a second system")
	}
	return kept, nil
}

// describeFound says what a run without a golden ledger is about, and what its verdict does not say.
func (c Config) describeFound(run *result.Run) {
	if c.Discovery == nil {
		return
	}
	run.Data.Found = true
	run.Data.People = c.Ledger.PeopleCount()
	run.Data.Description = fmt.Sprintf("The %d people asked about were found at the endpoints or named by whoever ran Concord. Their NHS numbers are never issued, so they are taken "+
		"to be synthetic. What is true of them is not known here: each system was held against itself", run.Data.People)
	if len(c.Systems) > 1 {
		run.Data.Description += " and against the others"
	}
	run.Data.Description += "."
}

// tryOut tells each endpoint about whom it can be tried out how a patient's id is taken.
func (c Config) tryOut(endpoints []*check.Endpoint, shares map[string]*fixtures.Ledger) {
	for _, endpoint := range endpoints {
		var numbers []string
		for _, person := range record.Sample(shares[endpoint.Name]) {
			numbers = append(numbers, person.NHSNumber)
		}
		endpoint.TryOut(numbers)
	}
}
