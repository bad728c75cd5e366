package explain

import (
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/result"
)

func TestAnAmountIsExplainedByWhatIsLeftOfIt(t *testing.T) {
	for _, c := range []struct {
		want, got string
		cause     result.Cause
	}{
		{"5.25 mmol/L", "", result.CauseMissing},
		{"5.25 mmol/L", "mmol/L", result.CauseMissing},
		{"5.25 mmol/L", "5.25 mg/dL", result.Unit},
		{"5.25 mmol/L", "5.3 mmol/L", result.Precision},
		{"5.25 mmol/L", "5.2 mmol/L", result.Precision},
		{"5.25 mmol/L", "5 mmol/L", result.Precision},
		{"5.25 mmol/L", "6.25 mmol/L", result.CauseAltered},
		{"5.25 mmol/L", "4 mmol/L", result.CauseAltered},
		{"5 mmol/L", "5.0 mmol/L", result.CauseAltered}, // more digits are no loss
		{"5.25 mmol/L", "much", result.CauseAltered},
		{"much", "5.25 mmol/L", result.CauseAltered},
		{"a = 1 mg", "b = 1 mg", result.CauseAltered},
		{"a = 1 mg\nb = 2 mg", "a = 1 mg", result.CauseMissing},
		{"a = 1 mg\nb = 2 mg", "b = 2 mg", result.CauseMissing},
		{"a = 1 mg\nb = 2 mg", "a = 3 mg", result.CauseAltered},
		{"a = 1 mg", "a = 1 mg\nb = 2 mg", result.CauseAltered},
		{"a = 1 mg\nb = 2 mg", "a = 1 g\nb = 2 g", result.Unit},
		{"a = 1 mg\nb = 2 mg", "a = 1 mg\nb = 2 g", result.Unit},
		{"a = 1 mg\nb = 2.5 mg", "a = 1 g\nb = 3 mg", result.CauseAltered}, // two causes are none
		{"a = 1 mg", "a = 1 mg", result.NoCause},
	} {
		if got := amountCause(c.want, c.got); got != c.cause {
			t.Errorf("%q for %q is %q, want %q", c.got, c.want, got, c.cause)
		}
	}
}

func TestTwoInstantsAreShiftedByWhatZonesDifferBy(t *testing.T) {
	at := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	for by, want := range map[time.Duration]bool{
		0: false, time.Minute: false, 30 * time.Minute: false, time.Hour: true, 90 * time.Minute: false, 2 * time.Hour: true, 150 * time.Minute: false,
		3*time.Hour + 30*time.Minute: true, 5*time.Hour + 45*time.Minute: true, 6*time.Hour + 45*time.Minute: false, 14 * time.Hour: true,
		14*time.Hour + 30*time.Minute: false, 15 * time.Hour: false,
	} {
		if shifted(at, at.Add(by)) != want || shifted(at.Add(by), at) != want {
			t.Errorf("by %s: %v", by, !want)
		}
	}
	for _, c := range []struct {
		text string
		now  time.Time
		want bool
	}{
		{"2025-06-01T12:00:01Z", at, true}, {"2025-06-01T12:00:00Z", at, false}, {"2026", at, true}, {"2025", at, false}, {"2026", time.Time{}, false}, {"soon", at, false},
	} {
		if inFuture(c.text, c.now) != c.want {
			t.Errorf("%s is in the future: %v", c.text, !c.want)
		}
	}
}

// TestADateIsReadAsServersMisreadIt holds each misreading against the values that it reads otherwise, and those that it leaves alone.
func TestADateIsReadAsServersMisreadIt(t *testing.T) {
	for name, c := range map[string]struct {
		read func(string) []string
		want map[string]string
	}{
		"the boundary of ge": {boundary("ge", "gt"), map[string]string{
			"ge2025": "gt2025", "gt2025-06-01": "ge2025-06-01", "le2025": "", "2025": "", "gesoon": "", "ge": "",
		}},
		"the first instant": {date(firstInstant), map[string]string{
			"2025": "2025-01-01T00:00:00Z", "ge2025-06": "ge2025-06-01T00:00:00Z", "lt2025-06-01": "lt2025-06-01T00:00:00Z", "2025-06-01T10:00:00Z": "", "2025,2026": "", "soon": "",
		}},
		"no offset": {date(offsetIgnored), map[string]string{
			"ge2025-06-01T10:00:00+01:00": "ge2025-06-01T10:00:00Z", "2025-06-01T10:00:00-05:00": "2025-06-01T10:00:00Z", "2025-06-01T10:00:00Z": "", "2025-06-01T10:00:00+00:00": "", "2025": "",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for value, want := range c.want {
				if got := strings.Join(c.read(value), " "); got != want {
					t.Errorf("%s is read as %q, want %q", value, got, want)
				}
			}
		})
	}
	for value, want := range map[string][2]string{"ge2025": {"ge", "2025"}, "2025": {"", "2025"}, "ge": {"", "ge"}, "zz5": {"zz", "5"}, "a5": {"", "a5"}, "{x5": {"", "{x5"}} {
		if prefix, text := cutPrefix(value); prefix != want[0] || text != want[1] {
			t.Errorf("%s is cut into %q and %q", value, prefix, text)
		}
	}
}
