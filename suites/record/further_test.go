package record

import (
	"maps"
	"slices"
	"testing"
)

// TestAFurtherAddressIsAnotherOne holds what a copy of a Patient says beside what the ledger does.
func TestAFurtherAddressIsAnotherOne(t *testing.T) {
	want := []any{map[string]any{"use": "text:home", "line": "text:1 High Street", "city": "text:Dudley", "postalCode": "text:DY1 1AA"}}
	address := func(city, line, postcode string) any {
		return map[string]any{"use": "text:home", "line": "text:" + line, "city": "text:" + city, "postalCode": "text:" + postcode}
	}
	more := func(member string, value any) any {
		known := maps.Clone(want[0].(map[string]any))
		known[member] = value
		return known
	}
	for name, c := range map[string]struct {
		got   []any
		wrong bool
	}{
		"as it is":                          {want, false},
		"a further one":                     {append([]any{address("Telford", "9 Mill Lane", "TF1 1AA")}, want...), false},
		"the same street in another town":   {[]any{address("Telford", "1 High Street", "DY1 1AA")}, true},
		"beside the right one":              {append([]any{address("Telford", "1 High Street", "DY1 1AA")}, want...), false},
		"two neighbours in the same street": {append([]any{address("Dudley", "3 High Street", "DY1 1AA")}, want...), false},
		"since when":                        {[]any{more("period", map[string]any{"start": "moment:2001"})}, false},
		"until when":                        {[]any{more("period", map[string]any{"end": "moment:2001"})}, true},
		"a part by another name in use":     {[]any{more("extra", map[string]any{"a": "text:1", "use": "code:usual"})}, false},
		"a part known in more detail":       {[]any{more("extra", map[string]any{"a": "text:1", "period": map[string]any{"start": "moment:2001"}})}, false},
		"a part that is of the past":        {[]any{more("extra", []any{map[string]any{"use": "code:old"}})}, true},
		"the one that is preferred":         {[]any{more("preferred", "code:true")}, true},
		"with a modifier":                   {[]any{more("extra", map[string]any{"a": "text:1", "modifierExtension": []any{map[string]any{"url": "https://supplier.test/x"}}})}, true},
		"with an extension of UK Core":      {[]any{more("extension", []any{map[string]any{"url": "code:https://fhir.hl7.org.uk/x"}})}, true},
		"with an extension of nobody's":     {[]any{more("extension", []any{map[string]any{"url": "code:https://supplier.test/x"}})}, false},
		"in which country":                  {[]any{more("country", "text:GBR")}, false},
	} {
		comparison := comparison{additional: []string{"address"}}
		comparison.compare("address", "address", want, c.got)
		if got := slices.ContainsFunc(comparison.found, func(u unequal) bool { return u.got != "" }); got != c.wrong {
			t.Errorf("%s: %+v", name, comparison.found)
		}
	}
}
