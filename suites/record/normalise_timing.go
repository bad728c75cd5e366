package record

import (
	"encoding/json"
	"maps"
	"math/big"
	"strings"

	"concord.example/concord/internal/fhir"
)

// timed writes how often something is done, and for how long, in the largest unit that goes into it: once in 24 hours is once a day,
// once in 7 days once a week (FHIR R4, Timing.repeat; UCUM's fixed units of time, so that months and years stay what they are). What has a
// period and no frequency is done once in it. An object without such an amount is returned as it is.
func timed(object map[string]any) map[string]any {
	var changed map[string]any
	for _, name := range []string{"period", "duration"} {
		value, unit, ok := largest(fhir.Text(object[name]), fhir.Text(object[name+"Unit"]))
		if !ok || object[name+"Max"] != nil {
			continue // of a range both ends would have to be written in one unit
		}
		if changed == nil {
			changed = maps.Clone(object)
		}
		changed[name], changed[name+"Unit"] = json.Number(value), unit
	}
	if object["period"] != nil && object["frequency"] == nil && object["frequencyMax"] == nil {
		if changed == nil {
			changed = maps.Clone(object)
		}
		changed["frequency"] = json.Number("1")
	}
	if changed == nil {
		return object
	}
	return changed
}

// largest is an amount of time in the largest unit of which it is a whole number, and false for what has no fixed length.
func largest(value, unit string) (amount, in string, ok bool) {
	units := []struct {
		code    string
		seconds int64
	}{{"wk", 604_800}, {"d", 86_400}, {"h", 3_600}, {"min", 60}, {"s", 1}}
	if len(value) > 20 || strings.Trim(value, "0123456789.") != "" {
		return "", "", false
	}
	time, read := new(big.Rat).SetString(value)
	if !read {
		return "", "", false
	}
	for _, u := range units {
		if u.code == unit {
			time.Mul(time, big.NewRat(u.seconds, 1))
			ok = true
		}
	}
	if !ok || time.Sign() <= 0 {
		return "", "", false
	}
	for _, u := range units {
		if whole := new(big.Rat).Quo(time, big.NewRat(u.seconds, 1)); whole.IsInt() {
			return whole.Num().String(), u.code, true
		}
	}
	return "", "", false
}
