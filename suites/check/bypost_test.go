package check_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// TestASearchThatIsRefusedForItsURLIsAskedByPost asks by GET what a system refuses in several ways, and answers by POST.
func TestASearchThatIsRefusedForItsURLIsAskedByPost(t *testing.T) {
	for _, c := range []struct {
		name, get, post string
		found           int
		rule, remark    string
	}{
		{"too long", "414|<h1>Request-URI Too Large</h1>", searchset(one, ""), 1, "", "21 characters after the base as too long (status 414"},
		{"too long among the headers", "431|", searchset(one, ""), 1, "", "too long (status 431"},
		{"no search by GET", "405|", searchset(one, ""), 1, "", "refuses searches by GET (status 405)"},
		{"neither", "414|<h1>Request-URI Too Large</h1>", "404|", 0, check.RuleTooLong, ""},
		// What is asked is refused, and not how: by POST a system that reads no form would answer with everybody.
		{"the question", "400|", searchset(one, ""), 0, "answer-not-fhir-json", ""},
		{"not yet made", "501|", searchset(one, ""), 0, "answer-not-fhir-json", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := endpoint(t, map[string]string{"Patient?name=a&name=b": c.get, "Patient?name=a": searchset(two, ""), "Patient/_search": c.post})
			parameters := url.Values{"name": {"a", "b"}}
			answer, err := e.Search(t.Context(), "Patient", parameters)
			if c.found > 0 && (err != nil || len(answer.Matches) != c.found || !strings.Contains(answer.Curl(), "_search")) {
				t.Fatalf("%+v %v", answer, err)
			}
			var broken *check.BrokenAnswer
			if errors.As(err, &broken) && c.rule == check.RuleTooLong && broken.Finding.Rule != c.rule {
				t.Errorf("the refusal is called %s", broken.Finding.Rule)
			}
			if c.found == 0 && err == nil {
				t.Error("it was answered all the same")
			}
			if said := e.AskedByPost(); !strings.Contains(said, c.remark) || (said == "") != (c.found == 0) {
				t.Errorf("the remark is %q", said)
			}
			if _, err := e.ByGet().Search(t.Context(), "Patient", parameters); !errors.As(err, &broken) {
				t.Errorf("a search by GET is not held against its refusal: %v", err)
			}
			if broken.Status == 414 && broken.Finding.Rule != check.RuleTooLong {
				t.Errorf("a URL that is too long is called %s", broken.Finding.Rule)
			}
		})
	}
}

// TestARefusedRepetitionIsNoErrorOfTheSystem refuses a search in which a parameter stands twice, and answers it or not where it stands once.
func TestARefusedRepetitionIsNoErrorOfTheSystem(t *testing.T) {
	for once, want := range map[string]result.Cause{searchset(two, ""): result.RepeatedParameter, "400|": result.CauseError, "500|": result.CauseError} {
		e := endpoint(t, map[string]string{"Patient?birthdate=ge1950&birthdate=le1960": "400|", "Patient?birthdate=ge1950": once})
		_, err := e.Search(t.Context(), "Patient", url.Values{"birthdate": {"ge1950", "le1960"}})
		var broken *check.BrokenAnswer
		if !errors.As(err, &broken) || broken.Finding.Cause != want || (broken.Finding.Rule == check.RuleRepetition) != (want == result.RepeatedParameter) {
			t.Errorf("answered once with %.20s: %+v", once, err)
		}
	}
}

// TestWhoTakesNoPOSTDoesNotOfferIt refuses POST itself, or one search by it.
func TestWhoTakesNoPOSTDoesNotOfferIt(t *testing.T) {
	for answer, want := range map[string]result.Cause{"405|": result.CauseNotOffered, "501|": result.CauseNotOffered, "400|": result.CauseError, "404|": result.CauseError, "500|": result.CauseError} {
		e := endpoint(t, map[string]string{"Patient/_search": answer})
		_, err := e.PostSearch(t.Context(), "Patient", url.Values{"name": {"a"}})
		var broken *check.BrokenAnswer
		if !errors.As(err, &broken) || broken.Finding.Cause != want {
			t.Errorf("answered with %s: %+v", answer, err)
		}
	}
}
