package evidence

import (
	"maps"
	"slices"
	"strings"

	"concord.example/concord/internal/redact"
)

// Curl writes the request of an exchange for a POSIX shell, as it was sent. What was taken out of it as secret is left for
// the shell to fill in: a header Authorization becomes "$AUTHORIZATION".
func (r Record) Curl() string {
	var b strings.Builder
	b.WriteString("curl -sS")
	if m := r.Request.Method; m != "" && m != "GET" && (m != "POST" || r.Request.Body == "") {
		b.WriteString(" -X " + quote(m))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Request.Header)) {
		if name == "User-Agent" || name == "X-Request-Id" {
			continue
		}
		value := strings.Join(r.Request.Header[name], ", ")
		if strings.Contains(value, redact.Mark) {
			b.WriteString(` -H "` + plainName(name) + `: $` + strings.ToUpper(strings.ReplaceAll(plainName(name), "-", "_")) + `"`)
			continue
		}
		b.WriteString(" -H " + quote(name+": "+value))
	}
	if r.Request.Body != "" {
		b.WriteString(" --data-raw " + quote(r.Request.Body))
	}
	b.WriteString(" " + quote(r.Request.URL))
	return b.String()
}

// plainName keeps what may stand in the name of a header and of a variable of a shell.
func plainName(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '_'
	}, name)
}

// quote makes one word of a POSIX shell out of any text.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
