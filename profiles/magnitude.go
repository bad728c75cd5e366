package profiles

import (
	"encoding/json"
	"fmt"
	"strconv"

	"concord.example/concord/internal/result"
)

// magnitude warns of a decimal that is beyond what 64-bit floating point can hold. R4 does not bound decimals, and a reader
// that keeps them as floating point, as JSON libraries do, would show infinity or nothing.
func (j *judge) magnitude(n *node, v any) {
	number, ok := v.(json.Number)
	// Shorter ones without an exponent are all within the range.
	const short = 300
	if !ok || len(number) < short && !exponential(string(number)) {
		return
	}
	if _, err := strconv.ParseFloat(string(number), 64); err == nil || j.failing(result.SeverityWarning) {
		return
	}
	j.report(n, note{
		rule: RuleRange, severity: result.SeverityWarning, code: codeValue,
		message: fmt.Sprintf("%s is beyond what 64-bit floating point can hold, so most readers cannot keep it", n.label()), actual: string(number),
	})
}

func exponential(number string) bool {
	for i := range len(number) {
		if number[i]|0x20 == 'e' {
			return true
		}
	}
	return false
}
