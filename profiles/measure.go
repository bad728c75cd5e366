package profiles

import (
	"fmt"
	"slices"

	"concord.example/concord/internal/result"
)

// measureRules checks a MeasureReport against the Measure that it reports on (the MeasureReport page of R4): what it counts
// are the groups, populations and stratifiers that the Measure defines, all of its stratifiers are there in a summary, and a
// cohort has no score.
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
	for i, group := range objectsOf(report, "group") {
		j.push("group", "group", "")
		j.at(i)
		j.measureGroup(report, measure, defined, group, i)
		j.pop()
	}
}

func (j *judge) findMeasure(canonical string) map[string]any {
	for at := j.registry; at != nil; at = at.parent {
		if found, err := at.set.Resource("Measure", canonical); err == nil && found != nil {
			return found
		}
	}
	return nil
}

// measureGroup judges one group of a report.
func (j *judge) measureGroup(report, measure map[string]any, defined []map[string]any, group map[string]any, position int) {
	of := measureGroupOf(defined, group, position)
	if of == nil {
		// A measure that names none of its groups does not tell which of them a code stands for.
		if group["code"] != nil && slices.ContainsFunc(defined, func(d map[string]any) bool { return d["code"] != nil }) {
			j.notInMeasure("group", "code", group["code"])
		}
		return
	}
	if _, scored := group["measureScore"]; scored && hasCode(scoringOf(measure, of), "cohort") {
		j.push("measureScore", "measureScore", "")
		j.measureFault("a cohort is counted and has no score", "no score", "")
		j.pop()
	}
	j.counted("population", of, group)
	j.counted("stratifier", of, group)
	if report["type"] != "summary" && report["type"] != "subject-list" {
		return
	}
	for _, stratifier := range objectsOf(of, "stratifier") {
		code := stratifier["code"]
		if code != nil && !anyHasCode(objectsOf(group, "stratifier"), code) {
			j.measureFault("the report leaves out a stratifier that the measure defines", show(code), "")
		}
	}
}

// measureGroupOf returns the group of a measure that a group of a report is about: the one with its code, or where neither
// has codes the one at its place. Nil says that there is none.
func measureGroupOf(defined []map[string]any, group map[string]any, position int) map[string]any {
	if group["code"] == nil {
		if position < len(defined) && (len(defined) == 1 || defined[position]["code"] == nil) {
			return defined[position]
		}
		return nil
	}
	for _, d := range defined {
		if sameConcept(d["code"], group["code"]) {
			return d
		}
	}
	if len(defined) == 1 && defined[0]["code"] == nil {
		// A measure of one group need not name it.
		return defined[0]
	}
	return nil
}

// counted judges the populations or stratifiers of a group: each that has a code is one that the measure defines.
func (j *judge) counted(what string, of, group map[string]any) {
	defined := objectsOf(of, what)
	for i, one := range objectsOf(group, what) {
		code := one["code"]
		if list, many := code.([]any); many {
			// The code of a stratifier may repeat in a report.
			code = nil
			if len(list) > 0 {
				code = list[0]
			}
		}
		if code == nil || anyHasCode(defined, code) {
			continue
		}
		j.push(what, what, "")
		j.at(i)
		j.notInMeasure(what, "code", code)
		j.pop()
	}
}

func (j *judge) notInMeasure(what, property string, code any) {
	j.push(property, property, "")
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

// anyHasCode says whether one of the parts of a measure or a report has the code.
func anyHasCode(parts []map[string]any, code any) bool {
	for _, part := range parts {
		own := part["code"]
		if list, many := own.([]any); many {
			for _, one := range list {
				if sameConcept(one, code) {
					return true
				}
			}
			continue
		}
		if sameConcept(own, code) {
			return true
		}
	}
	return false
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
			// A code without a system may be any system's.
			sameSystem := one["system"] == other["system"] || one["system"] == nil || other["system"] == nil
			if one["code"] != nil && one["code"] == other["code"] && sameSystem {
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
