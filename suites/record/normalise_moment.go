package record

import (
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
)

// momentRule compares dates and times. An instant is the same in every offset (Z, +00:00, +01:00) and with zeros after
// its seconds; everything less precise is compared as written, because 2026 and 2026-01-01 say different things, and so
// is a time without an offset, because nobody can tell when that is.
func momentRule() rule {
	return rule{name: "moment", differ: unlike, read: func(values []any, _ scope) string {
		moments := make([]string, 0, len(values))
		for _, value := range values {
			moments = append(moments, moment(fhir.Text(value)))
		}
		slices.Sort(moments)
		return strings.Join(moments, "\n")
	}}
}

// moment gives the canonical form of a FHIR date or time: UTC for an instant, what was written for everything else.
func moment(text string) string {
	if !strings.Contains(text, "T") {
		return text
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return at.UTC().Format(time.RFC3339Nano)
}
