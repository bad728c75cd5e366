package scenario

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
)

// What an outage answers must not pass for a service that says that it is closed.
func TestOnlyAServiceThatSaysSoIsClosed(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		body   string
		closed bool
	}{
		"503 that says why":        {503, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient","diagnostics":"closed until 07:00"}]}`, true},
		"503 of a gateway":         {503, "<html>Service Unavailable</html>", false},
		"503 of something else":    {503, `{"resourceType":"Patient"}`, false},
		"502 with the same words":  {502, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient"}]}`, false},
		"an answer that is not so": {200, `{"resourceType":"Bundle","type":"searchset"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(row.status)
				_, _ = w.Write([]byte(row.body))
			}))
			defer server.Close()
			client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{Patience: time.Nanosecond})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			closed, err := declaredClosed(t.Context(), check.NewEndpoint(client, "ccr", "CCR"), "9990002894")
			if err != nil || closed != row.closed {
				t.Errorf("closed %v, %v; want %v", closed, err, row.closed)
			}
		})
	}
}
