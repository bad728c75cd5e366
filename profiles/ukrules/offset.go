package ukrules

import (
	"concord.example/concord/internal/result"
)

// Offset is the id of the rule about time zones.
const Offset = "UK-TIME-OFFSET"

func offsetRules() []Rule {
	return []Rule{{
		ID: Offset, Title: "a time has an offset that clocks in England show", Severity: result.SeverityWarning, Code: codeValue,
		Source: "Greenwich Mean Time and British Summer Time; FHIR R4 dateTime allows every offset",
		Looks:  "dates with times, and instants, whose offset is none of Z, +00:00 and +01:00",
		Fix:    "see whether a converter took a local time for one of its own zone; what happened abroad may stand",
	}}
}

// time judges the offset of a text that is a date with a time.
func (v *visit) time(name, text string) {
	const shortest = len("2006-01-02T15:04:05Z")
	if len(text) < shortest || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return
	}
	switch name {
	case "value", "valueString", "valueMarkdown", "text", "display", "description", "lastUpdated":
		// Words, and the clock of the server.
		return
	}
	offset := text[len(text)-len("+01:00"):]
	if offset[0] != '+' && offset[0] != '-' || offset[3] != ':' || offset == "+00:00" || offset == "+01:00" {
		return
	}
	v.report(Offset, at{name}, "the time is given for a zone that England is not in", "Z, +00:00 or +01:00", offset)
}
