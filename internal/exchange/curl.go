package exchange

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Curl writes a request for a shell, so that somebody else can send it: the system's base URL, the media type, and the
// names of the headers that the system is sent, with placeholders for their values, which may be credentials. Only the
// values of headers that never are any are written.
func (c *Client) Curl(request Request) string {
	t, ok := c.targets[request.System]
	if !ok {
		return ""
	}
	absolute, err := t.resolve(request.URL)
	if err != nil {
		return ""
	}
	var b strings.Builder
	accept := cmp.Or(request.Accept, "application/fhir+json")
	b.WriteString("curl -sS")
	if method := cmp.Or(request.Method, http.MethodGet); method != http.MethodGet && method != http.MethodPost {
		b.WriteString(" -X " + quote(method))
	}
	b.WriteString(" -H " + quote("Accept: "+accept))
	header := http.Header{}
	maps.Copy(header, t.Header)
	maps.Copy(header, request.Header)
	if t.Auth != nil {
		header.Set("Authorization", "")
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if slices.Contains([]string{"Prefer", "X-Correlation-Id", "If-None-Match", "If-Modified-Since", "If-Match", "If-None-Exist"}, name) {
			b.WriteString(" -H " + quote(name+": "+strings.Join(header[name], ", ")))
			continue
		}
		// A placeholder that the shell fills in: Authorization becomes "$AUTHORIZATION".
		b.WriteString(` -H "` + name + ": $" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + `"`)
	}
	if request.Body != "" {
		b.WriteString(" -H 'Content-Type: " + request.ContentType + "' -d " + quote(request.Body))
	}
	b.WriteString(" " + quote(absolute.url.String()))
	return b.String()
}

// quote makes one word of a POSIX shell out of any text.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
