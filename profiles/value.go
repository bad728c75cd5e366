package profiles

import (
	"crypto/sha1" //nolint:gosec // Attachment.hash is SHA-1
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// equalJSON says whether two values are equal as fixed[x] asks: the same properties, the same order of arrays, numbers by
// value and precision.
func equalJSON(want, got any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for key, value := range w {
			other, there := g[key]
			if !there || !equalJSON(value, other) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !equalJSON(w[i], g[i]) {
				return false
			}
		}
		return true
	default:
		return want == got
	}
}

// matchesPattern says whether a value holds at least what pattern[x] gives; every item of a pattern's array must match
// some item of the value's.
func matchesPattern(want, got any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for key, value := range w {
			other, there := g[key]
			if !there || !matchesPattern(value, other) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok {
			return false
		}
		for _, item := range w {
			found := false
			for _, other := range g {
				found = found || matchesPattern(item, other)
			}
			if !found {
				return false
			}
		}
		return true
	default: // exactly the same, as the page of ElementDefinition says, and 1.0 is not 1 (Datatypes page, decimal)
		return want == got
	}
}

// limits checks the length, the regular expression and the range of a primitive value.
func (j *judge) limits(n *node, t *typeRef, v any) {
	if s, ok := v.(string); ok && n.MaxLength > 0 && utf8.RuneCountInString(s) > n.MaxLength && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RuleLength, severity: result.SeverityError, code: codeTooLong,
			message:  fmt.Sprintf("%s is longer than %d characters", n.label(), n.MaxLength),
			expected: fmt.Sprintf("at most %d characters", n.MaxLength), actual: fmt.Sprintf("%d characters", utf8.RuneCountInString(s)),
		})
	}
	if s, ok := v.(string); ok && utf8.RuneCountInString(s) < n.MinLength && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RuleLength, severity: result.SeverityError, code: codeValue,
			message:  fmt.Sprintf("%s is shorter than %d characters", n.label(), n.MinLength),
			expected: fmt.Sprintf("at least %d characters", n.MinLength), actual: fmt.Sprintf("%d characters", utf8.RuneCountInString(s)),
		})
	}
	if s, ok := v.(string); ok && t.primitive == primBase64Binary {
		j.sizeLimit(n, s)
	}
	if number, ok := v.(json.Number); ok && n.MaxDecimals != nil && decimals(number) > *n.MaxDecimals && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RuleRange, severity: result.SeverityError, code: codeValue,
			message:  fmt.Sprintf("%s has more than %d digits after the point", n.label(), *n.MaxDecimals),
			expected: fmt.Sprintf("at most %d digits after the point", *n.MaxDecimals), actual: show(v),
		})
	}
	if n.Regex != "" {
		pattern, err := regexp.Compile("^(?:" + n.Regex + ")$")
		if err == nil && !pattern.MatchString(show(v)) && !j.failing(result.SeverityError) {
			j.report(n, note{
				rule: RuleFormat, severity: result.SeverityError, code: codeValue,
				message: fmt.Sprintf("%s does not match the regular expression of its definition", n.label()), expected: n.Regex, actual: show(v),
			})
		}
	}
	if n.MinValue != nil {
		j.limit(n, t, v, n.MinValue.JSON, "less than the minimum", func(order int) bool { return order < 0 })
	}
	if n.MaxValue != nil {
		j.limit(n, t, v, n.MaxValue.JSON, "more than the maximum", func(order int) bool { return order > 0 })
	}
}

func (j *judge) limit(n *node, t *typeRef, v, bound any, how string, broken func(int) bool) {
	if duration, relative := bound.(map[string]any); relative {
		moment, known := j.fromNow(duration, broken(1))
		if !known {
			return
		}
		bound, how = moment, fmt.Sprintf("%s, which is counted from now", how)
	}
	order, ordered := compareValues(t.primitive, v, bound)
	if !ordered || !broken(order) || j.failing(result.SeverityError) {
		return
	}
	j.report(n, note{
		rule: RuleRange, severity: result.SeverityError, code: codeValue,
		message: fmt.Sprintf("%s is %s", n.label(), how), expected: show(bound), actual: show(v),
	})
}

// compareValues orders two values of a primitive type; dates only as far as both are precise.
func compareValues(p primitive, a, b any) (int, bool) {
	switch p {
	case primDecimal, primInteger, primPositiveInt, primUnsignedInt:
		x, ok1 := a.(json.Number)
		y, ok2 := b.(json.Number)
		if !ok1 || !ok2 {
			return 0, false
		}
		return compareNumbers(x, y)
	case primDate, primDateTime, primInstant, primTime:
		x, ok1 := a.(string)
		y, ok2 := b.(string)
		if !ok1 || !ok2 {
			return 0, false
		}
		return compareDates(x, y)
	default:
		return 0, false
	}
}

// withFraction writes a time of day with nine digits after the point.
func withFraction(s string) string {
	if len(s) == 8 {
		s += "."
	}
	const whole = len("hh:mm:ss.123456789")
	return (s + strings.Repeat("0", max(0, whole-len(s))))[:whole]
}

// clock says whether a value is a time of day: hh:mm:ss, perhaps with a fraction.
func clock(s string) bool { return len(s) >= 8 && s[2] == ':' }

func compareDates(a, b string) (int, bool) {
	if clock(a) && clock(b) {
		// Seconds are as precise with a fraction as without one.
		return strings.Compare(withFraction(a), withFraction(b)), true
	}
	if len(a) > 11 && len(b) > 11 && a[10] == 'T' && b[10] == 'T' {
		x, ok1 := parseInstant(a)
		y, ok2 := parseInstant(b)
		if ok1 && ok2 {
			return x.Compare(y), true
		}
	}
	common := min(len(a), len(b))
	order := strings.Compare(a[:common], b[:common])
	return order, order != 0 || len(a) == len(b)
}

// attachment checks that the stated size and hash of an attachment are those of its data.
func (j *judge) attachment(n *node, obj map[string]any) {
	data, ok1 := obj["data"].(string)
	if !ok1 || checkBase64(data) != "" {
		return
	}
	if hash, stated := obj["hash"].(string); stated {
		j.attachmentHash(n, data, hash)
	}
	j.sizeLimit(n, data)
	size, ok2 := obj["size"].(json.Number)
	if !ok2 {
		return
	}
	if actual := fmt.Sprint(base64Size(data)); actual != size.String() && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RuleAttachment, severity: result.SeverityError, code: codeValue,
			message: fmt.Sprintf("%s states a size that is not that of its data", n.label()), expected: size.String(), actual: actual,
		})
	}
}

// sizeLimit checks how many bytes base64 text stands for.
func (j *judge) sizeLimit(n *node, data string) {
	if n.MaxSize == nil || float64(base64Size(data)) <= *n.MaxSize || j.failing(result.SeverityError) {
		return
	}
	j.report(n, note{
		rule: RuleLength, severity: result.SeverityError, code: codeTooLong, message: fmt.Sprintf("%s is larger than %g bytes", n.label(), *n.MaxSize),
		expected: fmt.Sprintf("at most %g bytes", *n.MaxSize), actual: fmt.Sprintf("%d bytes", base64Size(data)),
	})
}

// attachmentHash checks a hash, which is SHA-1 in base64 (Attachment.hash of R4).
func (j *judge) attachmentHash(n *node, data, hash string) {
	content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if err != nil {
		return
	}
	sum := sha1.Sum(content) //nolint:gosec // FHIR asks for this one, and it guards nothing here
	if actual := base64.StdEncoding.EncodeToString(sum[:]); actual != strings.Join(strings.Fields(hash), "") && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RuleAttachment, severity: result.SeverityError, code: codeValue,
			message: fmt.Sprintf("%s states a hash that is not that of its data", n.label()), expected: actual, actual: hash,
		})
	}
}

// quantityLimits checks the range of a quantity, converting its unit.
func (j *judge) quantityLimits(n *node, obj map[string]any) {
	for _, limit := range []struct {
		value *definition.Value
		how   string
		sign  int
	}{{n.MinValue, "less than the minimum", -1}, {n.MaxValue, "more than the maximum", 1}} {
		if limit.value == nil {
			continue
		}
		bound, ok := limit.value.JSON.(map[string]any)
		if !ok {
			continue
		}
		order, known, ordered := compareQuantities(obj, bound)
		problem := limit.how
		switch {
		case !known:
			continue
		case !ordered:
			problem = "in a unit that cannot be compared with that of its limit"
		case order*limit.sign <= 0:
			continue
		}
		j.report(n, note{
			rule: RuleRange, severity: result.SeverityError, code: codeValue, expected: show(bound), actual: show(obj),
			message: fmt.Sprintf("%s is %s", n.label(), problem),
		})
	}
}
