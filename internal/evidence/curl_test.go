package evidence_test

import (
	"net/http"
	"testing"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/redact"
)

func TestACurlLineLeavesSecretsToTheShell(t *testing.T) {
	record := evidence.Record{Request: evidence.Request{
		Method: "POST", URL: "http://ccr.test/fhir/Patient/_search", Body: "name=O'Neil",
		Header: http.Header{"Authorization": {"Bearer " + redact.Mark}, "Accept": {"application/fhir+json"}, "X-Request-Id": {"1"}},
	}}
	want := `curl -sS -H 'Accept: application/fhir+json' -H "Authorization: $AUTHORIZATION" --data-raw 'name=O'\''Neil' 'http://ccr.test/fhir/Patient/_search'`
	if got := record.Curl(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
