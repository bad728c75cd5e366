package explain

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// amountCause explains why an amount, or a list of code = amount lines, is not the one that was recorded.
func amountCause(want, got string) result.Cause {
	if got == "" {
		return result.CauseMissing
	}
	wanted, shown := strings.Split(want, "\n"), strings.Split(got, "\n")
	switch {
	case len(wanted) > len(shown) && within(shown, wanted):
		return result.CauseMissing
	case len(wanted) != len(shown):
		return result.CauseAltered
	}
	cause := result.NoCause
	for i := range wanted {
		if wanted[i] == shown[i] {
			continue
		}
		one := oneAmount(wanted[i], shown[i])
		if cause != result.NoCause && cause != one {
			return result.CauseAltered
		}
		cause = one
	}
	return cause
}

// within reports whether every line of a list is one of another.
func within(lines, all []string) bool {
	return !slices.ContainsFunc(lines, func(line string) bool { return !slices.Contains(all, line) })
}

func oneAmount(want, got string) result.Cause {
	wantCode, want := cutCode(want)
	gotCode, got := cutCode(got)
	wantNumber, wantUnit, _ := strings.Cut(want, " ")
	gotNumber, gotUnit, _ := strings.Cut(got, " ")
	a, errA := strconv.ParseFloat(wantNumber, 64)
	b, errB := strconv.ParseFloat(gotNumber, 64)
	switch {
	case wantCode == gotCode && errA == nil && got == wantUnit:
		return result.CauseMissing // the number is not there, and the unit is
	case wantCode != gotCode || errA != nil || errB != nil:
		return result.CauseAltered
	case a == b && wantUnit != gotUnit:
		return result.Unit
	case wantUnit == gotUnit && rounded(a, b, wantNumber, gotNumber):
		return result.Precision
	case converted(a, b, wantUnit, step(gotNumber)) || converted(b, a, wantUnit, step(wantNumber)):
		return result.Unit
	default:
		return result.CauseAltered
	}
}

// cutCode takes the code off a line "code = amount".
func cutCode(line string) (code, amount string) {
	if code, amount, ok := strings.Cut(line, " = "); ok {
		return code, amount
	}
	return "", line
}

// rounded reports whether the shown number is the wanted one with fewer digits: rounded, or cut off.
func rounded(want, got float64, wantText, gotText string) bool {
	return digits(gotText) < digits(wantText) && math.Abs(want-got) < step(gotText)
}

// digits is the number of digits after the decimal point, and step the value of one of the last of them.
func digits(number string) int {
	_, fraction, _ := strings.Cut(number, ".")
	return len(fraction)
}

func step(number string) float64 { return math.Pow(10, -float64(digits(number))) }

// converted reports whether a number in the unit would be the other after a conversion that laboratories use, within the
// precision to which the other is given.
func converted(from, to float64, unit string, precision float64) bool {
	for _, factor := range factors(unit) {
		if math.Abs(from*factor-to) <= math.Max(precision, math.Abs(to)*0.001) {
			return true
		}
	}
	// HbA1c, IFCC to NGSP (the master equation): percent = 0.0915 x mmol/mol + 2.15.
	return unit == "mmol/mol" && math.Abs(0.0915*from+2.15-to) <= math.Max(precision, 0.1)
}

// factors are the conversions to the unit's usual rival: mmol/L to mg/dL for glucose, cholesterol, triglycerides,
// calcium and urea; umol/L to mg/dL for creatinine and bilirubin; and kilograms to pounds.
func factors(unit string) []float64 {
	switch unit {
	case "mmol/L":
		return []float64{18.016, 38.67, 88.57, 4.008, 6.006}
	case "umol/L":
		return []float64{1 / 88.42, 1 / 17.1}
	case "g/L":
		return []float64{0.1, 1000}
	case "kg":
		return []float64{2.20462, 1000}
	case "cm":
		return []float64{0.01, 1 / 2.54}
	default:
		return nil
	}
}
