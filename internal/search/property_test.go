package search_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// ask answers a query of a comparison's set, or reports false when it is refused.
func (c *comparison) ask(t *testing.T, resourceType string, pairs ...string) ([]string, bool) {
	t.Helper()
	var fields []string
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	q, err := search.Parse(resourceType, strings.Join(fields, "&"), c.options)
	if err != nil {
		return nil, false
	}
	matches, err := c.index.Matches(context.Background(), q)
	if err != nil {
		return nil, false
	}
	return strings.Fields(ids(matches)), true
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

func intersection(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return !slices.Contains(b, id) })
}

// TestLawsOfSearch checks, on random sets and values, the laws that need no oracle and that the parity suite asks of
// every endpoint.
func TestLawsOfSearch(t *testing.T) {
	g := newRandom(6)
	checked := map[string]int{}
	law := func(name string, got, want []string, about ...string) {
		t.Helper()
		checked[name]++
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%s does not hold for %v: %v and %v", name, about, got, want)
		}
	}
	for range 300 {
		c := newComparison(t, g)
		for range 20 {
			resourceType, code := g.anyParam("")
			param := g.params[resourceType+"."+code]
			a, b := g.value(param, ""), g.value(param, "")
			all, _ := c.ask(t, resourceType)
			withA, ok := c.ask(t, resourceType, code, a)
			withB, okB := c.ask(t, resourceType, code, b)
			if !ok || !okB || a == "" || b == "" {
				continue
			}
			either, ok := c.ask(t, resourceType, code, a+","+b)
			if ok {
				law("a,b is the union of a and b", either, union(withA, withB), resourceType, code, a, b)
			}
			both, _ := c.ask(t, resourceType, code, a, code, b)
			law("a and b is their intersection", both, intersection(withA, withB), resourceType, code, a, b)
			swapped, _ := c.ask(t, resourceType, code, b, code, a)
			law("the order of parameters does not matter", swapped, both, resourceType, code, a, b)
			if param.kind == "composite" {
				continue
			}
			present, _ := c.ask(t, resourceType, code+":missing", "false")
			missing, _ := c.ask(t, resourceType, code+":missing", "true")
			law("missing and not missing are all", union(present, missing), union(all, nil), resourceType, code)
			law("missing and not missing share none", intersection(present, missing), nil, resourceType, code)
			law("what matches is not missing", intersection(withA, present), withA, resourceType, code, a)
			switch param.kind {
			case "token":
				without, _ := c.ask(t, resourceType, code+":not", a)
				law(":not is the complement", union(without, withA), union(all, nil), resourceType, code, a)
				law(":not shares none", intersection(without, withA), nil, resourceType, code, a)
				if system, bare, ok := strings.Cut(a, "|"); ok && system != "" && bare != "" && !strings.Contains(a, `\`) {
					wide, _ := c.ask(t, resourceType, code, bare)
					law("system|code is within code", intersection(withA, wide), withA, resourceType, code, a)
					wide, _ = c.ask(t, resourceType, code, system+"|")
					law("system|code is within system|", intersection(withA, wide), withA, resourceType, code, a)
				}
			case "date", "number":
				lawsOfOrder(t, c, g, resourceType, code, param, law)
			case "string":
				exact, _ := c.ask(t, resourceType, code+":exact", a)
				contains, _ := c.ask(t, resourceType, code+":contains", a)
				law("exact is within contains", intersection(exact, contains), exact, resourceType, code, a)
			}
		}
	}
	for name, n := range checked {
		if n < 50 {
			t.Errorf("%q was checked %d times only", name, n)
		}
	}
}

// lawsOfOrder are about the prefixes. What has a value that can be compared at all is what is found by ge or lt.
func lawsOfOrder(t *testing.T, c *comparison, g *random, resourceType, code string, param naiveParam, law func(string, []string, []string, ...string)) {
	value := strings.TrimLeft(g.value(param, ""), "abeglnpqst")
	one := func(prefix string) []string {
		found, _ := c.ask(t, resourceType, code, prefix+value)
		return found
	}
	if _, ok := c.ask(t, resourceType, code, value); !ok || value == "" {
		return
	}
	dated := union(one("ge"), one("lt"))
	law("ge and lt are all that has a value", dated, union(one("gt"), one("le")), resourceType, code, value)
	law("eq and ne are all that has a value", union(one("eq"), one("ne")), dated, resourceType, code, value)
	law("ge and eb are all that has a value", union(one("ge"), one("eb")), dated, resourceType, code, value)
	law("sa is within gt", intersection(one("sa"), one("gt")), one("sa"), resourceType, code, value)
	law("eb is within lt", intersection(one("eb"), one("lt")), one("eb"), resourceType, code, value)
	law("gt is within ge", intersection(one("gt"), one("ge")), one("gt"), resourceType, code, value)
	if param.kind == "date" {
		// Not of numbers: eq 100 reaches down to 99.5, which is not ge 100 (R4 section 3.1.1.4.6).
		law("eq is within ge and le", intersection(one("eq"), intersection(one("ge"), one("le"))), one("eq"), resourceType, code, value)
	}
}

// TestChainIsTwoSteps checks that a chain finds what its two halves find.
func TestChainIsTwoSteps(t *testing.T) {
	g := newRandom(7)
	nonEmpty := 0
	for range 300 {
		c := newComparison(t, g)
		gender := g.pick("male", "female")
		chained, _ := c.ask(t, "Observation", "patient.gender", gender)
		patients, _ := c.ask(t, "Patient", "gender", gender)
		var stepped []string
		for _, id := range patients {
			found, _ := c.ask(t, "Observation", "patient", "Patient/"+id)
			stepped = union(stepped, found)
		}
		slices.Sort(chained)
		if !slices.Equal(chained, stepped) {
			t.Fatalf("patient.gender=%s finds %v, in two steps %v", gender, chained, stepped)
		}
		has, _ := c.ask(t, "Patient", "_has:Observation:patient:_id:missing", "false", "gender", gender)
		for _, id := range has {
			if found, _ := c.ask(t, "Observation", "patient", "Patient/"+id); len(found) == 0 {
				t.Fatalf("_has finds Patient/%s, to whom no Observation refers", id)
			}
		}
		nonEmpty += len(chained)
	}
	if nonEmpty < 100 {
		t.Errorf("only %d Observations were found", nonEmpty)
	}
}

// TestIncludeClosure checks that what is included is referred to, that nothing comes twice, and that matches are not
// included again.
func TestIncludeClosure(t *testing.T) {
	g := newRandom(8)
	for range 200 {
		c := newComparison(t, g)
		q, err := search.Parse("Observation", "_include=*&_include:iterate=*&_revinclude:iterate=Provenance:target", c.options)
		if err != nil {
			t.Fatal(err)
		}
		result, err := c.index.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, r := range slices.Concat(result.Matches, result.Included) {
			if seen[r.Reference()] {
				t.Fatalf("%s comes twice", r.Reference())
			}
			seen[r.Reference()] = true
		}
	}
}

func TestResourcesAreNeverChanged(t *testing.T) {
	g := newRandom(9)
	c := newComparison(t, g)
	before := make([]string, len(c.naive.resources))
	for i, r := range c.naive.resources {
		before[i] = canonical(t, r)
	}
	for range 500 {
		resourceType, query := g.query()
		q, err := search.Parse(resourceType, query+"&_summary="+g.pick("true", "data", "false")+"&_elements=code,subject", c.options)
		if err != nil {
			continue
		}
		result, err := c.index.Search(context.Background(), q)
		if err != nil {
			continue
		}
		for _, r := range result.Matches {
			shaped := q.Shape(r)
			shaped["changed"] = true
			delete(shaped, "changed")
		}
	}
	for i, r := range c.naive.resources {
		if canonical(t, r) != before[i] {
			t.Fatalf("%s was changed", r.Reference())
		}
	}
}

func canonical(t *testing.T, r fhir.Resource) string {
	t.Helper()
	return string(marshal(t, r))
}
