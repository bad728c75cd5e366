package hostile

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord.example/concord/internal/fhir"
)

// TestABehaviourMeetsWhatReadingTheAnswerWouldGive has one change leave what a reader would see otherwise than it was written.
func TestABehaviourMeetsWhatReadingTheAnswerWouldGive(t *testing.T) {
	twice := map[string]any{"reference": "Patient/1"}
	for name, change := range map[string]func(map[string]any){
		"nothing":            func(map[string]any) {},
		"one part twice":     func(o map[string]any) { o["subject"], o["performer"] = twice, []any{twice} },
		"a number of Go":     func(o map[string]any) { o["total"] = 3 },
		"a list of texts":    func(o map[string]any) { o["given"] = []string{"Ann"} },
		"a list of nothing":  func(o map[string]any) { var none []any; o["entry"] = none },
		"a number as read":   func(o map[string]any) { o["value"] = json.Number("6.30") },
		"an object of texts": func(o map[string]any) { o["meta"] = map[string]string{"versionId": "1"} },
	} {
		t.Run(name, func(t *testing.T) {
			x := &Exchange{text: []byte(`{"resourceType":"Observation","value":1.50,"note":[{"text":"a"}]}`)}
			x.alter(change)
			want, err := fhir.DecodeObject(x.Body())
			if err != nil {
				t.Fatal(err)
			}
			x.alter(func(o map[string]any) {
				if diff := cmp.Diff(want, o); diff != "" {
					t.Error(diff)
				}
				if subject, ok := o["subject"].(map[string]any); ok {
					subject["reference"] = "Patient/2"
				}
			})
			x.alter(func(o map[string]any) {
				if performers, ok := o["performer"].([]any); ok && performers[0].(map[string]any)["reference"] != "Patient/1" { //nolint:forcetypeassert // as written above
					t.Errorf("a change of one part changed another: %v", performers)
				}
			})
		})
	}
}
