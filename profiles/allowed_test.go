package profiles

import (
	"slices"
	"testing"
)

func TestTheCodesOfAValueSetAreListedOnlyWhenTheyAreAllKnown(t *testing.T) {
	r, err := Embedded(STU3)
	if err != nil {
		t.Fatal(err)
	}
	codes, whole := r.Codes("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", 10)
	if !whole || !slices.Equal(codes, []string{"male", "female", "other", "unknown"}) {
		t.Errorf("genders: %v, whole %t", codes, whole)
	}
	if codes, whole := r.Codes("http://hl7.org/fhir/ValueSet/administrative-gender", 2); whole || len(codes) != 2 {
		t.Errorf("two genders: %v, whole %t", codes, whole)
	}
	for _, set := range []string{"https://concord.test/ValueSet/none", "http://hl7.org/fhir/ValueSet/condition-code"} {
		if codes, whole := r.Codes(set, 10); whole || len(codes) > 0 {
			t.Errorf("%s: %v, whole %t", set, codes, whole)
		}
	}
}
