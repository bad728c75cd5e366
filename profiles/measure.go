package profiles

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// measureRules checks a MeasureReport against the Measure that it reports on (the MeasureReport page of R4): what it counts
// are the groups, populations and stratifiers that the Measure defines, each once, and its scores are of the Measure's kind.
// All of them are there when the report is complete: before, there need be no data, and a data-collection has no groups.
func (j *judge) measureRules(report map[string]any) {
	canonical, _ := report["measure"].(string)
	if canonical == "" {
		return
	}
	measure := j.findMeasure(canonical)
	if measure == nil {
		j.report(nil, note{
			rule: RuleNotCheckable, severity: result.Information, code: codeNotFound, actual: canonical,
			message: fmt.Sprintf("measure %s is not loaded, so the report was not checked against it", canonical),
		})
		return
	}
	defined := objectsOf(measure, "group")
	there := reported{parts: make([]bool, len(defined))}
	for i, group := range objectsOf(report, "group") {
		j.push("group", "group", "")
		j.at(i)
		j.measureGroup(report, measure, defined, &there, group, i)
		j.pop()
	}
	if holdsResults(report) {
		j.leftOut("group", defined, there)
	}
}

// reported is what a report has of the parts that its measure defines, and how many parts it has that the measure does not.
type reported struct {
	parts   []bool
	strange int
}

// holdsResults says whether a report has the results of all that the measure defines.
func holdsResults(report map[string]any) bool {
	return report["status"] == "complete" && report["type"] != "data-collection"
}

func (j *judge) findMeasure(canonical string) map[string]any {
	for at := j.registry; at != nil; at = at.parent {
		if found, err := at.set.Resource("Measure", canonical); err == nil && found != nil {
			return found
		}
	}
	return nil
}

// measureGroup judges one group of a report, and marks the one of the measure that it reports on.
func (j *judge) measureGroup(report, measure map[string]any, defined []map[string]any, there *reported, group map[string]any, position int) {
	which := measureGroupOf(defined, group, position)
	if which < 0 {
		there.strange++
		// A measure that names none of its groups does not tell which of them a code stands for.
		named := slices.ContainsFunc(defined, func(d map[string]any) bool { return d["code"] != nil })
		switch {
		case group["code"] == nil:
			j.measureFault("a group needs the code that says which group of the measure it reports on", "", "")
		case named:
			j.notInMeasure("group", group["code"])
		}
		return
	}
	if there.parts[which] {
		j.measureFault("an earlier group reports on the same group of the measure", "one for each", show(group["code"]))
	}
	there.parts[which] = true
	of := defined[which]
	j.measureScore(scoringOf(measure, of), group)
	populations := j.counted("population", of, group)
	stratifiers := j.counted("stratifier", of, group)
	for i, population := range objectsOf(group, "population") {
		j.push("population", "population", "")
		j.at(i)
		j.subjectResults(report, population)
		j.pop()
	}
	if holdsResults(report) {
		j.leftOut("population", objectsOf(of, "population"), populations)
		j.leftOut("stratifier", objectsOf(of, "stratifier"), stratifiers)
	}
}

// measureGroupOf returns the place of the group of a measure that a group of a report is about: the one with its code, or
// where neither has codes the one at its place. Less than 0 says that there is none.
func measureGroupOf(defined []map[string]any, group map[string]any, position int) int {
	if group["code"] == nil {
		if position < len(defined) && (len(defined) == 1 || defined[position]["code"] == nil) {
			return position
		}
		return -1
	}
	for i, d := range defined {
		if sameConcept(d["code"], group["code"]) {
			return i
		}
	}
	if len(defined) == 1 && defined[0]["code"] == nil {
		// A measure of one group need not name it.
		return 0
	}
	return -1
}

// counted judges the populations or stratifiers of a group: each is one that the measure defines, and each of those is
// there once. It says which of the measure's were there.
func (j *judge) counted(what string, of, group map[string]any) reported {
	defined := objectsOf(of, what)
	there := reported{parts: make([]bool, len(defined))}
	for i, one := range objectsOf(group, what) {
		j.push(what, what, "")
		j.at(i)
		j.countedOnce(what, defined, &there, firstCode(one["code"]))
		j.pop()
	}
	return there
}

// countedOnce judges the code of a population or a stratifier of a report.
func (j *judge) countedOnce(what string, defined []map[string]any, there *reported, code any) {
	if code == nil {
		// R4 lets stratifiers be without codes, in a measure as in a report; what a population counts is its code alone.
		if what == "population" && slices.ContainsFunc(defined, func(d map[string]any) bool { return d["code"] != nil }) {
			j.measureFault("a population needs the code that says which population of the measure it counts", "", "")
			there.strange++
		}
		return
	}
	known := false
	for i, d := range defined {
		if !sameConcept(firstCode(d["code"]), code) {
			continue
		}
		known = true
		if !there.parts[i] {
			there.parts[i] = true
			return
		}
	}
	if known {
		j.measureFault(fmt.Sprintf("an earlier %s reports on the same %s of the measure", what, what), "one for each", show(code))
		return
	}
	there.strange++
	j.notInMeasure(what, code)
}

// leftOut reports what the measure defines under a code and the report does not have, in one finding. A part that has the
// code of none of the measure's may be the missing one, and has a finding already.
func (j *judge) leftOut(what string, defined []map[string]any, there reported) {
	var missing []string
	for i, d := range defined {
		switch {
		case there.parts[i]:
		case d["code"] != nil:
			missing = append(missing, show(d["code"]))
		case what == "group":
			missing = append(missing, fmt.Sprintf("the one at place %d, which has no code", i+1))
		}
	}
	if len(missing) > there.strange {
		j.measureFault(fmt.Sprintf("the report leaves out a %s that the measure defines", what), strings.Join(missing, ", "), "")
	}
}

// firstCode is the code of a part of a measure or a report: the code of a stratifier may repeat in a report.
func firstCode(code any) any {
	if list, many := code.([]any); many {
		if len(list) == 0 {
			return nil
		}
		return list[0]
	}
	return code
}

func (j *judge) notInMeasure(what string, code any) {
	j.push("code", "code", "")
	j.measureFault(fmt.Sprintf("the measure defines no %s with this code", what), "", show(code))
	j.pop()
}

func (j *judge) measureFault(message, expected, actual string) {
	if j.failing(result.SeverityError) {
		return
	}
	j.report(nil, note{
		rule: RuleMeasure, severity: result.SeverityError, code: codeInvalid, message: message, expected: expected, actual: actual,
	})
}

// sameConcept says whether two CodeableConcepts share a coding, or where one of them has none, their text.
func sameConcept(a, b any) bool {
	x, _ := a.(map[string]any)
	y, _ := b.(map[string]any)
	if x == nil || y == nil {
		return false
	}
	codings := objectsOf(y, "coding")
	for _, one := range objectsOf(x, "coding") {
		for _, other := range codings {
			// A code means what its system says, so without one it is not the code of any.
			if one["code"] != nil && one["code"] == other["code"] && one["system"] == other["system"] {
				return true
			}
		}
	}
	return (len(codings) == 0 || len(objectsOf(x, "coding")) == 0) && x["text"] != nil && x["text"] == y["text"]
}

// objectsOf lists the objects of a property that repeats.
func objectsOf(obj map[string]any, property string) []map[string]any {
	list, _ := obj[property].([]any)
	objects := make([]map[string]any, 0, len(list))
	for _, item := range list {
		o, _ := item.(map[string]any)
		objects = append(objects, o)
	}
	return objects
}
