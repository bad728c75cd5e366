package profiles

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// sampled checks the points of a SampledData: decimals, or E (error), L (below) and U (above what can be measured), parted by spaces,
// as many for each time as it has dimensions (SampledData.data and SampledData.dimensions of R4).
func (j *judge) sampled(n *node, obj map[string]any) {
	data, ok := obj["data"].(string)
	if !ok || j.failing(result.SeverityError) {
		return
	}
	problem, actual, count := "", "", 0
	for point := range strings.FieldsSeq(data) {
		count++
		if !isPoint(point) {
			problem, actual = "data holds a point that is neither a decimal nor E, L or U", point
			break
		}
	}
	if number, given := obj["dimensions"].(json.Number); given && problem == "" {
		if dimensions, err := strconv.Atoi(number.String()); err == nil && dimensions > 0 && count%dimensions != 0 {
			problem, actual = fmt.Sprintf("data does not hold %d points for each time", dimensions), fmt.Sprint(count)
		}
	}
	if problem == "" {
		return
	}
	j.push("data", "data", "")
	j.report(n, note{rule: RuleFormat, severity: result.SeverityError, code: codeValue, message: problem, actual: actual})
	j.pop()
}

func isPoint(s string) bool {
	switch s {
	case "E", "L", "U":
		return true
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && !strings.ContainsRune("+-.eE", rune(s[i])) {
			return false // what ParseFloat knows beside decimals: Inf, NaN, 0x1p4 and 1_0
		}
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}
