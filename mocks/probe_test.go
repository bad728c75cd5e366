package mocks_test

import (
	"cmp"
	"context"
	"hash/crc32"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

func storyOf(id string) fixtures.Story {
	s, _ := ledger().Story(id)
	return s
}

// person is the NHS number of a story's person, or their own id where there is none.
func person(id string) string {
	p := storyOf(id).Person()
	return cmp.Or(p.NHSNumber, p.ID)
}

func numbersOf(p fhir.Resource) []string {
	var numbers []string
	for _, identifier := range p.Objects("identifier") {
		if identifier["system"] == fhir.NHSNumberSystem {
			numbers = append(numbers, fhir.Text(identifier["value"]))
		}
	}
	return numbers
}

// isFact reports whether a resource shows one of a story's facts.
func isFact(story string, r fhir.Resource, labels ...string) bool {
	return slices.ContainsFunc(labels, func(label string) bool {
		fact, ok := storyOf(story).Fact(label)
		return ok && businessIDs([]fhir.Resource{r})[fact.Identifier.Value] != nil
	})
}

// told are the stories with people of their own.
func told() []fixtures.Story {
	return slices.DeleteFunc(slices.Clone(ledger().Stories()), func(s fixtures.Story) bool {
		return len(s.People) == 0 || !strings.HasPrefix(s.People[0].ID, "s-")
	})
}

func other(pair *mocks.Pair, e *mocks.Endpoint) *mocks.Endpoint {
	if e == pair.CCR {
		return pair.OHC
	}
	return pair.CCR
}

// anyPatient asks of the story people's Patients.
func anyPatient(wrong func(fhir.Resource) bool) probe {
	return func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
		for _, s := range told() {
			for _, p := range s.People {
				for _, resource := range matches(t, e, "Patient?identifier="+cmp.Or(p.NHSNumber, p.ID)) {
					if wrong(resource) {
						return true
					}
				}
			}
		}
		return false
	}
}

// anyMatch asks of a search's own matches; {P01} stands for the patients of a story.
func anyMatch(query string, wrong func(fhir.Resource) bool, also ...func(*testing.T, *mocks.Endpoint, fhir.Resource) bool) probe {
	return func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
		q := query
		if before, rest, ok := strings.Cut(query, "{"); ok {
			id, after, _ := strings.Cut(rest, "}")
			q = before + patient(t, e, person(id)) + after
		}
		for _, resource := range matches(t, e, q) {
			if !strings.HasPrefix(resource.Text("meta", "source"), "https://"+e.System) && !strings.Contains(resource.Text("meta", "source"), "aggregator") {
				continue
			}
			if wrong(resource) {
				return true
			}
			for _, look := range also {
				if look(t, e, resource) {
					return true
				}
			}
		}
		return false
	}
}

// anyStory asks of one type's resources of all story people.
func anyStory(resourceType string, wrong func(fhir.Resource) bool) probe {
	return func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
		for _, s := range told() {
			if anyMatch(resourceType+"?{"+s.ID+"}", wrong)(t, pair, e) {
				return true
			}
		}
		return false
	}
}

func dangling(t *testing.T, e *mocks.Endpoint, resource fhir.Resource) bool {
	ref, ok := fhir.ParseReference(resource.Text("encounter", "reference"))
	return ok && get(t, e.URL+"/"+ref.Relative()).status == http.StatusNotFound
}

func countDiffers(story, resourceType string) probe {
	return func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
		want := 0
		for _, fact := range ledger().Visible(storyOf(story).Person()) {
			if string(fact.Kind) == resourceType {
				want++
			}
		}
		return len(matches(t, e, resourceType+"?"+patient(t, e, person(story)))) != want
	}
}

// countDiffersAny reports whether a system shows more or less about a story's person than it may.
func countDiffersAny(t *testing.T, e *mocks.Endpoint, story string) bool {
	t.Helper()
	want := map[fixtures.Kind]int{}
	for _, fact := range ledger().Visible(storyOf(story).Person()) {
		want[fact.Kind]++
	}
	about := patient(t, e, person(story))
	for _, kind := range fixtures.Kinds() {
		if len(matches(t, e, string(kind)+"?"+about)) != want[kind] {
			return true
		}
	}
	return false
}

// slow reports whether one of a hundred addresses takes longer than the others. The request is given up early, so that
// nothing waits for it.
func slow(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
	for n := range 1000 {
		path := "/fhir/metadata?n=" + strconv.Itoa(n)
		if crc32.ChecksumIEEE([]byte(path))%100 != 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.Address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return true
		}
		_ = response.Body.Close()
		return false
	}
	return false
}

// dated are the weights of the story about dates that a search finds, by time without offset.
func dated(t *testing.T, e *mocks.Endpoint, query string) map[string][]fhir.Resource {
	t.Helper()
	found := map[string][]fhir.Resource{}
	for _, r := range matches(t, e, "Observation?"+patient(t, e, person("dates"))+"&"+query) {
		text := r.Text("effectiveDateTime")
		if len(text) > 19 {
			text = text[:19]
		}
		found[text] = append(found[text], r)
	}
	return found
}

// partial asks a system whose neighbour is down.
func partial(wrong func(int, []fhir.Entry) bool) probe {
	return func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
		about := patient(t, e, person("P01"))
		down := other(pair, e)
		down.Server.SetFault(mocks.Drop)
		defer down.Server.SetFault(mocks.NoFault)
		a := get(t, e.URL+"/Observation?"+about)
		return wrong(a.status, fhir.Entries(a.resource))
	}
}

// sample is every twentieth provider and those a defect of one provider can take.
func sample(system string) []fixtures.Provider {
	var kept []fixtures.Provider
	for i, p := range ledger().Providers() {
		if p.System == system && (i%20 == 0 || p.Type == fixtures.Hospice) {
			kept = append(kept, p)
		}
	}
	return kept
}

// invisible are the providers of a system whose seeded fact another system does not show.
func invisible(t *testing.T, e *mocks.Endpoint, system string) []string {
	t.Helper()
	var missing []string
	for _, p := range sample(system) {
		who, fact, ok := ledger().SweepFact(p.ODS)
		if !ok {
			t.Fatalf("%s has no seeded fact", p.ODS)
		}
		if businessIDs(matches(t, e, string(fact.Kind)+"?patient.identifier="+who.NHSNumber))[fact.Identifier.Value] == nil {
			missing = append(missing, p.ODS)
		}
	}
	return missing
}

// unlisted are the providers of either system that the directory does not find.
func unlisted(t *testing.T, e *mocks.Endpoint) []string {
	t.Helper()
	var missing []string
	for _, system := range fixtures.Systems() {
		for _, p := range sample(system) {
			if len(matches(t, e, "Organization?identifier="+url.QueryEscape(fixtures.ODSSystem+"|"+p.ODS))) == 0 {
				missing = append(missing, p.ODS)
			}
		}
	}
	return missing
}
