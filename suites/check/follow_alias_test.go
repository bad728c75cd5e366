package check

import (
	"strings"
	"testing"
)

// A server that is asked by another name than it knows itself by writes links that lead there: what to do about it is said, and of a
// link to anywhere else it is not.
func TestALinkToTheSystemByAnotherAddressIsSaidToBeOne(t *testing.T) {
	const base = "https://gateway.example.test/fhir"
	for link, want := range map[string]bool{
		"http://backend.internal.test:8080/fhir?page=2":            true,
		"http://gateway.example.test/fhir/Observation?page=2":      true,
		"https://gateway.example.test:8443/fhir/Observation?page=": true,
		"https://gateway.example.test/fhir2/Observation?page=2":    false,
		"https://elsewhere.example.test/other":                     false,
		"page=2":                                                   false,
		"https://[::1":                                             false,
	} {
		if got := alias(base, link); (got != "") != want || want && !strings.Contains(got, "baseURL") {
			t.Errorf("%s: %q", link, got)
		}
	}
}
