package parity

import (
	"testing"

	"concord.example/concord/internal/fhir"
)

func TestASystemIsAskedForReferencesByTheAddressThatItKnowsItselfBy(t *testing.T) {
	patient := func(id, fullURL string) fhir.Entry {
		return fhir.Entry{FullURL: fullURL, Resource: fhir.Resource{"resourceType": "Patient", "id": id}}
	}
	const asked, own = "https://gateway.example.test/fhir", "http://backend.internal.test:8080/fhir"
	for name, c := range map[string]struct {
		patients []fhir.Entry
		want     string
	}{
		"nobody is shown":       {nil, asked},
		"as it is asked":        {[]fhir.Entry{patient("1", asked+"/Patient/1")}, asked},
		"by another name":       {[]fhir.Entry{patient("1", own+"/Patient/1"), patient("2", own+"/Patient/2")}, own},
		"by several":            {[]fhir.Entry{patient("1", own+"/Patient/1"), patient("2", "https://third.example.test/Patient/2")}, asked},
		"by one of them":        {[]fhir.Entry{patient("1", own+"/Patient/1"), patient("2", asked+"/Patient/2")}, asked},
		"by no address":         {[]fhir.Entry{patient("1", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7")}, asked},
		"without a full URL":    {[]fhir.Entry{patient("1", "")}, asked},
		"the URL of another id": {[]fhir.Entry{patient("1", own+"/Patient/2")}, asked},
	} {
		if got := ownBase(asked, c.patients); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
