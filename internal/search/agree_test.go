package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// pairs is how many (resource set, query) pairs the two evaluators are compared on: 20,000, or what
// CONCORD_SEARCH_PAIRS says.
func pairs(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CONCORD_SEARCH_PAIRS")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("CONCORD_SEARCH_PAIRS is %q, not a number of pairs", text)
	}
	return n
}

const queriesPerSet = 50

// TestAgreesWithTheNaiveEvaluator compares the index, Match and the naive evaluator on random pairs. Between queries
// resources are replaced, removed and put back, so that the index is also tested on what has changed.
func TestAgreesWithTheNaiveEvaluator(t *testing.T) {
	total := pairs(t)
	seed := uint64(848)
	if text := os.Getenv("CONCORD_SEARCH_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("CONCORD_SEARCH_SEED is %q, not a number", text)
		}
		seed = n
	}
	g := newRandom(seed)
	refused, matched, disagreed := 0, 0, 0
	for done := 0; done < total; {
		c := newComparison(t, g)
		for range queriesPerSet {
			if done == total {
				break
			}
			done++
			if g.chance(10) {
				c.change(t, g)
			}
			resourceType, query := g.query()
			found, failed, ok := c.compare(resourceType, query)
			if !ok {
				if disagreed++; disagreed > 5 {
					t.Fatalf("stopped after %d pairs and 6 disagreements", done)
				}
				t.Errorf("seed %d, pair %d: %s?%s\n%s", seed, done, resourceType, query, c.report)
			}
			if failed {
				refused++
			} else if found > 0 {
				matched++
			}
		}
	}
	t.Logf("%d pairs: %d disagreements; %d queries found something, %d were refused by both", total, disagreed, matched, refused)
	if matched < total/4 || refused > total/10 {
		t.Errorf("the random data is poor: %d of %d queries found something, %d were refused", matched, total, refused)
	}
}

// comparison holds a resource set in both evaluators.
type comparison struct {
	naive   *naive
	index   *search.Index
	options search.Options
	report  string
}

func newComparison(t *testing.T, g *random) *comparison {
	t.Helper()
	c := &comparison{options: options()}
	c.options.Now = []time.Time{
		time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 4, 1, 12, 0, 1, 0, time.UTC), time.Date(2024, 3, 30, 23, 0, 30, 0, time.UTC), time.Date(1990, 2, 28, 0, 0, 0, 0, time.UTC),
	}[g.IntN(4)]
	c.naive = &naive{params: g.params, resources: g.set(), base: "https://a.test/fhir", now: c.options.Now}
	if g.chance(50) {
		c.naive.offset = 3600
		c.options.Zone = time.FixedZone("one hour east", 3600)
	}
	c.index = search.NewIndex(c.options)
	for _, r := range c.naive.resources {
		if err := c.index.Put(r); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// change replaces one resource, or removes it and puts it back changed.
func (c *comparison) change(t *testing.T, g *random) {
	t.Helper()
	at := g.IntN(len(c.naive.resources))
	old := c.naive.resources[at]
	replacement := g.resource(old.Type(), old.ID())
	if g.chance(50) && !c.index.Remove(old.Type(), old.ID()) {
		t.Fatalf("%s was not there to remove", old.Reference())
	}
	if err := c.index.Put(replacement); err != nil {
		t.Fatal(err)
	}
	c.naive.resources[at] = replacement
}

// compare asks both evaluators. It reports how many resources were found, whether both refused, and whether they agree.
func (c *comparison) compare(resourceType, query string) (found int, refused, agree bool) {
	slow, slowErr := c.naive.search(resourceType, query)
	q, err := search.Parse(resourceType, query, c.options)
	var fast []fhir.Resource
	if err == nil {
		fast, err = c.index.Matches(context.Background(), q)
	}
	if err != nil || slowErr != nil {
		c.report = "index: " + errorText(err) + "; naive: " + errorText(slowErr)
		var param *search.ParamError
		return 0, true, err != nil && slowErr != nil && errors.As(err, &param)
	}
	var plain []fhir.Resource
	for _, r := range c.naive.resources {
		if r.Type() == resourceType && q.Match(r, c.index) {
			plain = append(plain, r)
		}
	}
	if ids(fast) == ids(slow) && ids(plain) == ids(slow) {
		return len(fast), false, true
	}
	c.report = "index [" + ids(fast) + "] match [" + ids(plain) + "] naive [" + ids(slow) + "]\n"
	for _, r := range c.naive.resources {
		differs := naiveContains(fast, r) != naiveContains(slow, r) || naiveContains(plain, r) != naiveContains(slow, r)
		if text, err := json.Marshal(r); err == nil && differs {
			c.report += string(text) + "\n"
		}
	}
	return 0, false, false
}

func errorText(err error) string {
	if err == nil {
		return "accepted"
	}
	return err.Error()
}

// TestIncludesAgreeWithTheNaiveEvaluator compares what is included, over the matches of a search without filters.
func TestIncludesAgreeWithTheNaiveEvaluator(t *testing.T) {
	g := newRandom(4)
	found := 0
	for range 400 {
		c := newComparison(t, g)
		var includes []string
		for len(includes) < 3 {
			owner, code := g.anyParam("")
			param := g.params[owner+"."+code]
			if param.kind != "reference" {
				continue
			}
			value := owner + ":" + code
			if target := g.pick("Patient", "Observation", "Group"); g.chance(30) && (param.targets == "*" || slices.Contains(strings.Fields(param.targets), target)) {
				value += ":" + target
			}
			includes = append(includes, g.pick("_include", "_revinclude")+g.pick("", ":iterate")+"="+value)
		}
		resourceType, _, _ := strings.Cut(includes[0][strings.LastIndexByte(includes[0], '=')+1:], ":")
		if strings.HasPrefix(includes[0], "_rev") {
			resourceType = g.pick("Patient", "Observation", "Organization")
		}
		query := "_id=r0,r1&" + strings.Join(includes, "&")
		q, err := search.Parse(resourceType, query, c.options)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		result, err := c.index.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range result.Included {
			got = append(got, r.Reference())
		}
		slices.Sort(got)
		if want := c.naive.include(result.Matches, includes); !slices.Equal(got, want) {
			t.Fatalf("%s?%s includes %v, naive %v", resourceType, query, got, want)
		}
		found += len(got)
	}
	if found < 250 {
		t.Errorf("only %d resources were included: the random data is poor", found)
	}
}

// TestSortAgreesWithTheNaiveEvaluator checks that an order by date never goes back, keeps ties in the order they came
// in, and puts what has no date last.
func TestSortAgreesWithTheNaiveEvaluator(t *testing.T) {
	g := newRandom(5)
	compared := 0
	for range 300 {
		c := newComparison(t, g)
		name := g.pick("Observation.date", "Condition.onset-date", "Patient.birthdate", "Provenance.recorded", "MedicationRequest.date", "Observation.value-date")
		resourceType, code, _ := strings.Cut(name, ".")
		descending := g.chance(50)
		query := "_sort=" + code
		if descending {
			query = "_sort=-" + code
		}
		q, err := search.Parse(resourceType, query, c.options)
		if err != nil {
			t.Fatal(err)
		}
		sorted, err := c.index.Matches(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(sorted); i++ {
			before, had := c.naive.dateKey(sorted[i-1], g.params[name], descending)
			after, has := c.naive.dateKey(sorted[i], g.params[name], descending)
			order := 0
			switch {
			case had && has && descending:
				order = after.Cmp(before)
			case had && has:
				order = before.Cmp(after)
			case !had && has:
				order = 1
			case had && !has:
				order = -1
			}
			compared++
			if order > 0 || !had && !has && sorted[i-1].ID() > sorted[i].ID() {
				t.Fatalf("%s?%s puts %s before %s", resourceType, query, sorted[i-1].ID(), sorted[i].ID())
			}
			if q.Compare(sorted[i-1], sorted[i]) > 0 || q.After(sorted[i-1], sorted[i]) {
				t.Fatalf("%s?%s: Compare or After says %s comes after %s", resourceType, query, sorted[i-1].ID(), sorted[i].ID())
			}
		}
	}
	if compared < 500 {
		t.Errorf("only %d neighbours were compared", compared)
	}
}

// TestTheNaiveEvaluatorKnowsEveryParameterItMeets guards the comparison itself: a chain through a reference to several
// types asks each that has the parameter, so a code known for one type must be known for all.
func TestTheNaiveEvaluatorKnowsEveryParameterItMeets(t *testing.T) {
	params := naiveParams()
	for name, param := range params {
		owner, code, _ := strings.Cut(name, ".")
		definition, ok := search.Lookup(owner, code)
		if !ok || definition.Unsupported != "" || string(definition.Kind) != param.kind {
			t.Errorf("%s of type %s is %+v in the table", name, param.kind, definition)
			continue
		}
		if want := strings.Fields(param.targets); param.kind == "reference" && !sameSet(definition.Targets, want) {
			t.Errorf("%s points at %v in the table, at %v for the naive evaluator", name, definition.Targets, want)
		}
		for _, typ := range naiveTypes() {
			if _, ok := search.Lookup(typ, code); ok && params[typ+"."+code].kind == "" {
				t.Errorf("%s.%s is not known to the naive evaluator", typ, code)
			}
		}
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
