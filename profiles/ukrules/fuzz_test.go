package ukrules_test

import (
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles/ukrules"
)

// FuzzJudge looks for resources that make a rule panic, or point to what is not there.
func FuzzJudge(f *testing.F) {
	for _, row := range rows() {
		f.Add([]byte(row.resource))
	}
	set := ukrules.New(ukrules.Options{Synthetic: true, Terms: []ukrules.Term{{"http://snomed.info/sct", "38341003", "Hypertension"}}})
	f.Fuzz(func(t *testing.T, data []byte) {
		resource, err := fhir.DecodeObject(data)
		if err != nil {
			return
		}
		for _, fault := range set.Judge(resource) {
			if fault.Finding.Rule == "" || fault.Finding.Severity.Rank() == 0 || fault.Finding.Message == "" {
				t.Fatalf("a fault without rule, severity or message: %+v", fault)
			}
			if !leads(resource, fault.Pointer) {
				t.Fatalf("%s points to %s, which is not there", fault.Finding.Rule, fault.Pointer)
			}
		}
	})
}

// leads says whether a JSON pointer leads to something.
func leads(value any, pointer string) bool {
	if pointer == "" {
		return true
	}
	for part := range strings.SplitSeq(pointer[1:], "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch v := value.(type) {
		case map[string]any:
			next, there := v[part]
			if !there {
				return false
			}
			value = next
		case []any:
			at := -1
			for i := range v {
				if part == strconv.Itoa(i) {
					at = i
				}
			}
			if at < 0 {
				return false
			}
			value = v[at]
		default:
			return false
		}
	}
	return true
}
