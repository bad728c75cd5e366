package profiles

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/result"
)

// What FHIR allows and people hardly mean: each is a warning and never makes a resource invalid.

// The years that dates in records are in. What is outside is a slip of the keyboard more often than a fact.
const (
	firstLikelyYear = "1800"
	lastLikelyYear  = "2100"
)

// unlikely warns of a primitive value that is allowed and probably wrong.
func (j *judge) unlikely(n *node, p primitive, v any) {
	s, ok := v.(string)
	if !ok || s == "" {
		return
	}
	message := ""
	switch p {
	case primString:
		if strings.TrimSpace(s) == "" {
			message = fmt.Sprintf("%s holds nothing but white space, which says nothing and may be trimmed to no value at all", n.label())
		} else if isSpace(s[0]) || isSpace(s[len(s)-1]) {
			message = fmt.Sprintf("%s starts or ends with white space, which searches and comparisons do not see alike", n.label())
		}
	case primDate, primDateTime, primInstant:
		if year := s[:min(len(s), len(firstLikelyYear))]; year < firstLikelyYear || year > lastLikelyYear {
			message = fmt.Sprintf("%s is in the year %s, which is hardly meant", n.label(), year)
		}
	default:
	}
	if message == "" || j.failing(result.SeverityWarning) {
		return
	}
	j.report(n, note{rule: RuleUnlikely, severity: result.SeverityWarning, code: codeValue, message: message, actual: s})
}

// period warns of a Period whose two ends are known to different precision, so that systems disagree on what it covers.
func (j *judge) period(n *node, obj map[string]any) {
	start, _ := obj["start"].(string)
	end, _ := obj["end"].(string)
	if start == "" || end == "" || precision(start) == precision(end) || j.failing(result.SeverityWarning) {
		return
	}
	j.report(n, note{
		rule: RuleUnlikely, severity: result.SeverityWarning, code: codeValue, actual: start + " to " + end,
		message: fmt.Sprintf("the ends of %s are given to different precision (%s and %s)", n.label(), precision(start), precision(end)),
	})
}

// precision names how exact a date and time is.
func precision(s string) string {
	switch {
	case strings.Contains(s, "T"):
		return "a time"
	case len(s) > len("2006-01"):
		return "a day"
	case len(s) > len("2006"):
		return "a month"
	default:
		return "a year"
	}
}
