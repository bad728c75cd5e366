package record

import (
	"slices"
	"testing"

	"concord.example/concord/internal/fhir"
)

// TestOfRecordsThatSayNearlyTheSameTheOneThatSaysAllOfItIsMeant shows one of two records of one person that differ in a status alone, of
// which one is withheld, under a number of the system's own: what is withheld must not pass for what is not.
func TestOfRecordsThatSayNearlyTheSameTheOneThatSaysAllOfItIsMeant(t *testing.T) {
	plain := NewReader()
	shown := func(status string) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Observation", "status": status, "effectiveDateTime": "2026-01-02T09:00:00Z", "valueQuantity": map[string]any{"value": 5, "code": "kg"},
			"meta": map[string]any{"tag": []any{map[string]any{"system": ODSSystem, "code": "RRK"}}},
		}
	}
	for name, c := range map[string]struct {
		statuses []string // of the withheld record, and of the one to be shown
		shown    string
		want     []string
	}{
		"what is withheld":        {[]string{"final", "amended"}, "final", []string{"withheld"}},
		"what is to be shown":     {[]string{"final", "amended"}, "amended", []string{"visible"}},
		"neither of them":         {[]string{"final", "amended"}, "preliminary", []string{"visible"}},
		"what both say":           {[]string{"final", "final"}, "final", []string{"visible"}},
		"what one alone there is": {[]string{"final"}, "amended", []string{"withheld"}},
	} {
		t.Run(name, func(t *testing.T) {
			known := &contents{plain: plain, records: map[string][]content{}}
			known.once.Do(func() {}) // nothing is gathered
			for i, status := range c.statuses {
				said, _ := plain.Read(shown(status), nil)
				known.records[typeAndTime(said)] = append(known.records[typeAndTime(said)], content{"p", []string{"withheld", "visible"}[i], said, i == 1})
			}
			var got []string
			for _, content := range known.saying(shown(c.shown)) {
				got = append(got, content.token)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
