package explain

import (
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// momentCause explains why a date or time is not the one that was recorded. Both are in canonical form: instants in UTC.
// now is when the system was asked.
func momentCause(want, got string, now time.Time) result.Cause {
	if got == "" {
		return result.CauseMissing
	}
	wanted, wantErr := time.Parse(time.RFC3339Nano, want)
	shown, gotErr := time.Parse(time.RFC3339Nano, got)
	switch {
	case wantErr == nil && gotErr == nil:
		if midnightOf(wanted, shown) {
			return result.Precision
		}
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
		if wanted.Add(time.Hour).Format(time.DateOnly) == got || wanted.Add(-time.Hour).Format(time.DateOnly) == got {
			return result.TimeZone
		}
	}
	switch {
	case strings.HasPrefix(want, got) || strings.HasPrefix(got, want) || firstOf(want, got):
		return result.Precision
	case inFuture(got, now) && !inFuture(want, now):
		return result.FutureDate
	default:
		return result.CauseAltered
	}
}

// midnightOf reports whether what is shown is the first instant of the day of what was recorded, in winter's or summer's time: the time of day was
// not kept. An hour is what summer time makes of one after midnight.
func midnightOf(wanted, shown time.Time) bool {
	day := wanted.Truncate(24 * time.Hour)
	return wanted.Sub(shown) > time.Hour && (shown.Equal(day) || shown.Equal(day.Add(-time.Hour)))
}

// shifted reports whether two instants differ by an offset that time zones have: a number of hours up to 14, or one of
// those with a half or three quarters of an hour. The clocks of Europe and America differ by hours alone.
func shifted(a, b time.Time) bool {
	d := a.Sub(b).Abs()
	if d == 0 || d > 14*time.Hour {
		return false
	}
	return d%time.Hour == 0 || d >= 3*time.Hour && d%time.Hour == 30*time.Minute || d == 5*time.Hour+45*time.Minute
}

// inFuture reports whether a date or time begins after now; never when now is not known, or the text is no date.
func inFuture(text string, now time.Time) bool {
	date, err := fhir.ParseDate(text, time.UTC)
	return err == nil && !now.IsZero() && date.Low.After(now)
}

// firstOf reports whether got is the first day of the year or month that want lies in, or its first instant: what programs
// make of a date whose rest they do not keep. A day before the one that is wanted may be just that.
func firstOf(want, got string) bool {
	day, clock, _ := strings.Cut(got, "T")
	shown, err := time.Parse(time.DateOnly, day)
	if len(want) < 7 || err != nil || clock != "" && !strings.HasPrefix(clock, "00:00:00") || strings.HasPrefix(want, shown.AddDate(0, 0, 1).Format(time.DateOnly)) {
		return false
	}
	return got[:10] == want[:4]+"-01-01" || got[:10] == want[:7]+"-01"
}
