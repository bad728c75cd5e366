package search_test

import (
	"errors"
	"strings"
	"testing"

	"concord.example/concord/internal/search"
)

func TestATokenIsComparedAsTheTypeOfItsElementHasIt(t *testing.T) {
	ix := index(t,
		`{"resourceType":"AuditEvent","id":"a","source":{"site":"Ward 7"},"agent":[{"altId":"ann"}]}`,
		`{"resourceType":"AuditEvent","id":"b","source":{"site":{"text":"Ward 7"}},"agent":[{"altId":7}]}`,
		`{"resourceType":"Patient","id":"p","gender":7,"active":"true","telecom":["0121 496 0000"],"identifier":["1",{"type":{"coding":["NH",{"system":"urn:k","code":"NH"}]},"value":"a|b"}]}`,
		`{"resourceType":"Patient","id":"q","gender":"female","active":true,"identifier":[{"type":{"coding":[{"system":"urn:k","code":"NH"}]},"value":"c"},{"system":"urn:x","value":"d"}],"telecom":[{"system":"phone","value":"1"}]}`)
	for text, want := range map[string]string{
		"AuditEvent?site=ward%207": "a",
		"AuditEvent?site=Ward%208": "",
		"AuditEvent?altid=ann":     "a",
		"AuditEvent?altid=bob":     "",
		"Patient?gender=female":    "q",
		"Patient?gender=male":      "",
		"Patient?gender:not=male":  "p q",
		"Patient?gender=http://hl7.org/fhir/administrative-gender|female": "q",
		"Patient?gender=urn:other|female":                                 "",
		"Patient?phone=1":                                                 "q",
		"Patient?phone=2":                                                 "",
		"Patient?_id=q":                                                   "q",
		"Patient?_id=Q":                                                   "",
		"Patient?identifier=a%5C|b":                                       "p",
		"Patient?identifier=|a%5C|b":                                      "p",
		"Patient?identifier=|d":                                           "",
		"Patient?identifier=urn:x|d":                                      "q",
		"Patient?identifier=urn:x|":                                       "q",
		"Patient?active=true":                                             "q",
		"Patient?active=false":                                            "",
		"Patient?phone=0121%20496%200000":                                 "",
		"Patient?identifier:of-type=urn:k|NH|a%5C|b":                      "p",
		"Patient?identifier:of-type=urn:k|NH|c":                           "q",
		"Patient?identifier:of-type=urn:k|NH|d":                           "",
		"Patient?identifier:of-type=urn:k|MR|c":                           "",
	} {
		if got := ids(find(t, ix, text).Matches); got != want {
			t.Errorf("%s found [%s], want [%s]", text, got, want)
		}
		// A record alone is looked at without the index.
		resourceType, query, _ := strings.Cut(text, "?")
		q, err := search.Parse(resourceType, query, options())
		if err != nil {
			t.Fatal(err)
		}
		var matching []string
		for resource := range ix.All(resourceType) {
			if q.Matcher(ix)(resource) {
				matching = append(matching, resource.ID())
			}
		}
		if got := strings.Join(matching, " "); got != want {
			t.Errorf("%s matches [%s], want [%s]", text, got, want)
		}
	}
}

func TestATypedIdentifierHasAllThreeOfItsParts(t *testing.T) {
	for _, value := range []string{"1", "NH|1", "urn:k||1", "|NH|1", "urn:k|NH|", "urn:k|NH|1|2"} {
		_, err := search.Parse("Patient", "identifier:of-type="+value, options())
		var param *search.ParamError
		if !errors.As(err, &param) {
			t.Errorf("%s: got %v, want a ParamError", value, err)
		}
	}
	if _, err := search.Parse("Patient", "identifier:of-type=urn:k|NH|1", options()); err != nil {
		t.Error(err)
	}
}
