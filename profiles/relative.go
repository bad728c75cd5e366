package profiles

import (
	"encoding/json"
	"time"
)

// fromNow returns the moment that a Duration as the limit of a date stands for: it is counted from now, a maximum into the
// future and a minimum into the past (ElementDefinition.minValue[x] and maxValue[x] of R4). It is not known for a unit that is none of UCUM's
// units of time.
func (j *judge) fromNow(duration map[string]any, future bool) (string, bool) {
	number, _ := duration["value"].(json.Number)
	amount, err := number.Float64()
	code, _ := duration["code"].(string)
	if err != nil || code == "" {
		return "", false
	}
	if !future {
		amount = -amount
	}
	now, whole := j.now().UTC(), int(amount)
	fits := float64(whole) == amount
	switch {
	case code == "a" && fits:
		now = now.AddDate(whole, 0, 0)
	case code == "mo" && fits:
		now = now.AddDate(0, whole, 0)
	default:
		unit, known := secondsOf(code)
		// Beyond some centuries a duration of the machine overflows.
		const most = 250 * 365.25 * 24 * 3600
		seconds := amount * unit
		if !known || seconds > most || seconds < -most {
			return "", false
		}
		now = now.Add(time.Duration(seconds * float64(time.Second)))
	}
	return now.Format("2006-01-02T15:04:05Z"), true
}

// secondsOf returns how many seconds a unit of time of UCUM has.
func secondsOf(code string) (float64, bool) {
	const minute, hour, day = 60, 3600, 86400
	switch code {
	case "s":
		return 1, true
	case "min":
		return minute, true
	case "h":
		return hour, true
	case "d":
		return day, true
	case "wk":
		return 7 * day, true
	case "mo":
		return 365.25 * day / 12, true
	case "a":
		return 365.25 * day, true
	default:
		return 0, false
	}
}
