package capability

import (
	"encoding/json"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

func TestThePagesOfAnAnswerStateOneTotal(t *testing.T) {
	page := func(total string) (*exchange.Exchange, fhir.Resource) {
		bundle := fhir.Resource{"resourceType": "Bundle", "type": "searchset"}
		if total != "" {
			bundle["total"] = json.Number(total)
		}
		text, err := json.Marshal(bundle)
		if err != nil {
			t.Fatal(err)
		}
		return &exchange.Exchange{ID: "x", Body: string(text)}, bundle
	}
	env := &check.Env{System: serving(t, nil)}
	for _, c := range []struct {
		first, second string
		warned        bool
	}{{"4", "4", false}, {"4", "3", true}, {"4", "", false}, {"", "3", false}, {"", "", false}} {
		first, bundle := page(c.first)
		second, _ := page(c.second)
		if found := otherTotal(env, long{resourceType: "Observation", first: first, bundle: bundle}, second); (len(found) > 0) != c.warned {
			t.Errorf("%q and then %q: %+v", c.first, c.second, found)
		}
	}
}
