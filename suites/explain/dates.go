package explain

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
)

// date makes a reading of one that takes a date search value apart. A value that is no date is not read.
func date(read func(prefix, text string) []string) func(string) []string {
	return func(value string) []string {
		prefix, text := cutPrefix(value)
		if _, err := fhir.ParseDate(text, nil); err != nil || strings.Contains(value, ",") {
			return nil
		}
		return read(prefix, text)
	}
}

// cutPrefix takes the comparator off a date search value.
func cutPrefix(value string) (prefix, text string) {
	if len(value) > 2 && value[0] >= 'a' && value[0] <= 'z' {
		return value[:2], value[2:]
	}
	return "", value
}

// prefixed is a value of a date, number or quantity search with its comparator (R4 search, prefixes).
var prefixed = regexp.MustCompile(`^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)([-+]?\d.*)$`)

// unprefixed reads values as if no comparator stood before them.
func unprefixed(value string) []string {
	parts, changed := strings.Split(value, ","), false
	for i, part := range parts {
		if found := prefixed.FindStringSubmatch(part); found != nil && !strings.HasPrefix(part, "eq") {
			parts[i], changed = found[1], true
		}
	}
	if !changed {
		return nil
	}
	return []string{strings.Join(parts, ",")}
}

// boundary reads some comparators as their neighbours, which have the boundary on the other side.
func boundary(prefixes ...string) func(value string) []string {
	return func(value string) []string {
		prefix, text := cutPrefix(value)
		other := map[string]string{"ge": "gt", "gt": "ge", "le": "lt", "lt": "le", "sa": "ge", "eb": "le"}[prefix]
		if _, err := fhir.ParseDate(text, nil); !slices.Contains(prefixes, prefix) || err != nil {
			return nil
		}
		return []string{other + text}
	}
}

// firstInstant reads a year, a month or a day as its first instant.
func firstInstant(prefix, text string) []string {
	switch len(text) {
	case len("2019"):
		text += "-01-01"
	case len("2019-03"):
		text += "-01"
	case len(time.DateOnly):
	default:
		return nil
	}
	return []string{prefix + text + "T00:00:00Z"}
}

// farEnd reads the year or month of ge as its last day, and that of le as its first: what lies inside is left out.
func farEnd(prefix, text string) []string {
	period, err := fhir.ParseDate(text, nil)
	if err != nil || len(text) >= len(time.DateOnly) {
		return nil
	}
	switch prefix {
	case "ge":
		return []string{prefix + period.High.UTC().Add(-time.Nanosecond).Format(time.DateOnly)}
	case "le":
		return []string{prefix + period.Low.UTC().Format(time.DateOnly)}
	default:
		return nil
	}
}

// offsetIgnored reads a clock with an offset as if it were in UTC.
func offsetIgnored(prefix, text string) []string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || strings.HasSuffix(text, "Z") || strings.HasSuffix(text, "+00:00") {
		return nil
	}
	return []string{prefix + at.Format("2006-01-02T15:04:05") + "Z"}
}

// dayOf reads an instant as the day that it is of, where it is written or in a zone.
func dayOf(zone *time.Location) func(prefix, text string) []string {
	return func(prefix, text string) []string {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil
		}
		if zone != nil {
			at = at.In(zone)
		}
		return []string{prefix + at.Format(time.DateOnly)}
	}
}

// instantMoved reads an instant as if it lay an hour earlier or later.
func instantMoved(by time.Duration) func(prefix, text string) []string {
	return func(prefix, text string) []string {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil
		}
		return []string{prefix + at.Add(by).UTC().Format(time.RFC3339)}
	}
}

// overlap reads a year, a month or a day as what has anything to do with it, where it has to lie in it as a whole (eq).
func overlap(prefix, text string) []string {
	if (prefix != "" && prefix != "eq") || len(text) > len(time.DateOnly) {
		return nil
	}
	period, err := fhir.ParseDate(text, nil)
	if err != nil {
		return nil
	}
	return []string{"ge" + period.Low.UTC().Format(time.RFC3339), "lt" + period.High.UTC().Format(time.RFC3339)}
}

// summerDay reads a day as the period that begins and ends an hour before or after it does in UTC.
func summerDay(by time.Duration) func(prefix, text string) []string {
	return func(prefix, text string) []string {
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return nil
		}
		low, high := day.Add(by).Format(time.RFC3339), day.Add(24*time.Hour+by).Format(time.RFC3339)
		switch prefix {
		case "", "eq":
			return []string{"ge" + low, "lt" + high}
		case "ge", "lt":
			return []string{prefix + low}
		case "le":
			return []string{"lt" + high}
		case "gt":
			return []string{"ge" + high}
		default:
			return nil
		}
	}
}
