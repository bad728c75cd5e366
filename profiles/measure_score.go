package profiles

import (
	"encoding/json"
	"fmt"
)

// measureScore judges the score of a group: it is calculated as the measure's kind of scoring says (MeasureReport.group.measureScore).
// A cohort is counted and has none, and a proportion is a part of a whole.
func (j *judge) measureScore(scoring any, group map[string]any) {
	score, scored := group["measureScore"].(map[string]any)
	if !scored {
		return
	}
	j.push("measureScore", "measureScore", "")
	defer j.pop()
	if hasCode(scoring, "cohort") {
		j.measureFault("a cohort is counted and has no score", "no score", "")
		return
	}
	if !hasCode(scoring, "proportion") {
		return
	}
	number, _ := score["value"].(json.Number)
	if number == "" {
		j.measureFault("the score of a proportion needs a value", "a number from 0 to 1", "")
		return
	}
	whole := json.Number("1")
	switch code, unit := score["code"], score["unit"]; {
	case code == "%", code == nil && unit == "%":
		whole = "100"
	case code == "1", code == nil && unit == nil:
	default:
		j.measureFault("a proportion is a part of a whole and has no unit", "no unit, or %", show(score))
		return
	}
	low, ok := compareNumbers(number, "0")
	high, _ := compareNumbers(number, whole)
	if ok && (low < 0 || high > 0) {
		j.measureFault("a proportion is a part of a whole", "from 0 to "+whole.String(), number.String())
	}
}

// subjectResults judges the list of the subjects of a population (MeasureReport.type): only a report of the type subject-list
// names them, and it names as many as it counts where the list is at hand.
func (j *judge) subjectResults(report, population map[string]any) {
	results, listed := population["subjectResults"].(map[string]any)
	if !listed {
		return
	}
	j.push("subjectResults", "subjectResults", "")
	defer j.pop()
	if report["type"] != "subject-list" {
		j.measureFault("only a report of the type subject-list lists its subjects", "no list of subjects", show(report["type"]))
		return
	}
	reference, _ := results["reference"].(string)
	count, _ := population["count"].(json.Number)
	if len(reference) < 2 || reference[0] != '#' || count == "" {
		return
	}
	list := containedIn(report, reference[1:])
	if list == nil || list["resourceType"] != "List" {
		return
	}
	subjects := 0
	for _, entry := range objectsOf(list, "entry") {
		if entry["deleted"] != true {
			subjects++
		}
	}
	if count.String() != fmt.Sprint(subjects) {
		j.measureFault("the list names more or fewer subjects than the population counts", count.String(), fmt.Sprint(subjects))
	}
}

// scoringOf returns how a group of a measure is scored.
func scoringOf(measure, group map[string]any) any {
	if own, given := group["scoring"]; given {
		return own
	}
	return measure["scoring"]
}

func hasCode(concept any, code string) bool {
	obj, _ := concept.(map[string]any)
	for _, coding := range objectsOf(obj, "coding") {
		if coding["code"] == code {
			return true
		}
	}
	return false
}
