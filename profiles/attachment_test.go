package profiles_test

import (
	"slices"
	"testing"
)

func TestTheHashOfAnAttachmentIsThatOfItsData(t *testing.T) {
	const ofABC, hex = "PAG9uybzWLqyfyZ5JKosmgP8/bg=", "3c01bdbb26f358bab27f267924aa2c9a03fcfdb8"
	for hash, want := range map[string][]string{
		ofABC: nil,
		hex:   {"fhir-attachment Patient.photo[0]"},
	} {
		patient := `{"resourceType":"Patient","photo":[{"contentType":"text/plain","data":"QUJD","hash":"` + hash + `"}]}`
		if got := judge(t, registry(t), patient); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", hash, got, want)
		}
	}
}
