package explain

import (
	"strings"
	"time"

	"concord/internal/result"
)

// momentCause explains why a date or time is not the one that was recorded. Both are in canonical form: instants in UTC.
func momentCause(want, got string) result.Cause {
	if got == "" {
		return result.CauseMissing
	}
	wanted, wantErr := time.Parse(time.RFC3339Nano, want)
	shown, gotErr := time.Parse(time.RFC3339Nano, got)
	switch {
	case wantErr == nil && gotErr == nil:
		if shifted(wanted, shown) {
			return result.TimeZone
		}
		if wanted.Truncate(time.Minute).Equal(shown) || wanted.Truncate(time.Second).Equal(shown) {
			return result.Precision
		}
	case wantErr == nil && strings.Contains(got, "T"):
		// A clock without an offset: the same clock in UTC, or in an offset that somebody left out.
		local, err := time.Parse("2006-01-02T15:04:05.999999999", got)
		if err == nil && (local.Equal(wanted) || shifted(wanted, local)) {
			return result.TimeZone
		}
	case wantErr == nil && len(got) == len(time.DateOnly) && !strings.HasPrefix(want, got):
		// The day alone, and another one than in UTC: the day in local time is a lawful precision of nothing.
		if day, err := time.Parse(time.DateOnly, got); err == nil && within(wanted, day) {
			return result.TimeZone
		}
	}
	if strings.HasPrefix(want, got) || strings.HasPrefix(got, want) || firstOf(want, got) {
		return result.Precision
	}
	return result.CauseMissing
}

// shifted reports whether two instants differ by an offset that time zones have: quarters of an hour up to 14 hours.
func shifted(a, b time.Time) bool {
	d := a.Sub(b).Abs()
	return d != 0 && d <= 14*time.Hour && d%(15*time.Minute) == 0
}

// within reports whether an instant lies on the day before or after the one given, as a lost offset moves it.
func within(instant, day time.Time) bool {
	return instant.After(day.Add(-14*time.Hour)) && instant.Before(day.Add(38*time.Hour))
}

// firstOf reports whether got is the first day of the year or month that want lies in: what programs make of a date
// whose rest they do not keep.
func firstOf(want, got string) bool {
	if len(want) < 7 || len(got) < len(time.DateOnly) {
		return false
	}
	return got[:10] == want[:4]+"-01-01" || got[:10] == want[:7]+"-01"
}
