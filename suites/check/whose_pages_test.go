package check

import (
	"strings"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
)

// TestOfALinkThatIsTooLongToFollowNothingIsKept notes pages of a search about one patient: whom a page is about must be known of what is
// followed, and links of megabytes must not pile up.
func TestOfALinkThatIsTooLongToFollowNothingIsKept(t *testing.T) {
	const base = "https://one.example.test/fhir/"
	for name, c := range map[string]struct {
		link string
		kept int
	}{
		"none":                         {"", 0},
		"one that is followed":         {base + "Observation?page=2", 1},
		"one that no server takes":     {base + "Observation?page=" + strings.Repeat("x", exchange.LongestURL), 0},
		"the longest that is followed": {base + "Observation?page=" + strings.Repeat("x", exchange.LongestURL-len(base+"Observation?page=")), 1},
	} {
		var w whose
		got := &exchange.Exchange{ID: "1", Request: exchange.Request{URL: base + "Observation?patient=7"}}
		w.note(got, asked{resourceType: "Observation", ids: []string{"7"}}, fhir.Resource{"resourceType": "Bundle"}, c.link)
		if len(w.pages) != c.kept {
			t.Errorf("%s: %d are kept, want %d", name, len(w.pages), c.kept)
		}
	}
}
