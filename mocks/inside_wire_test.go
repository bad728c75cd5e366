package mocks_test

import (
	"io"
	"net/http"
	"testing"

	"concord.example/concord/mocks"
)

// TestWhatIsWrittenToAConnectionIsReadAsAClientReadsIt has a handler take its connection over.
func TestWhatIsWrittenToAConnectionIsReadAsAClientReadsIt(t *testing.T) {
	for _, c := range []struct{ name, written, want string }{
		{"a whole answer", "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nwhole", "whole"},
		{"less than all that was written", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole and more", "whole"},
		{"a length that is too long", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", ""},
		{"no answer", "220 mail.example\r\n", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var inside mocks.Inside
			inside.Lead(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusEarlyHints)
				connection, out, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = out.WriteString(c.written)
				_ = out.Flush()
				_ = connection.Close()
			}))
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://one.test/fhir", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := inside.RoundTrip(request)
			if c.want == "" {
				if err == nil {
					t.Errorf("status %d, want an error", response.StatusCode)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close() //nolint:errcheck // it is read to its end
			body, err := io.ReadAll(response.Body)
			if string(body) != c.want || err != nil {
				t.Errorf("body %q, %v", body, err)
			}
		})
	}
}

// TestWhatComesBeforeAnAnswerIsPassedOver sends an early hint.
func TestWhatComesBeforeAnAnswerIsPassedOver(t *testing.T) {
	var inside mocks.Inside
	inside.Lead(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusNotFound)
	}))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://one.test/fhir", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := inside.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // there is none
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", response.StatusCode)
	}
}
