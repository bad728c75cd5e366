package reports_test

import (
	"fmt"
	"strconv"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// The rules by which widely used readers of JUnit tell what became of a testcase, as their sources have them: each looks for a
// child in its own order, and takes a case without one for a pass.
func readers() map[string]func(child func(string) bool) string {
	first := func(order ...[2]string) func(func(string) bool) string {
		return func(child func(string) bool) string {
			for _, rule := range order {
				if child(rule[0]) {
					return rule[1]
				}
			}
			return "passed"
		}
	}
	return map[string]func(func(string) bool) string{
		"junitparser":            first([2]string{"skipped", "skipped"}, [2]string{"failure", "failed"}, [2]string{"error", "broken"}),
		"junit-to-ctrf":          first([2]string{"failure", "failed"}, [2]string{"error", "failed"}, [2]string{"skipped", "skipped"}),
		"allure":                 first([2]string{"failure", "failed"}, [2]string{"error", "broken"}, [2]string{"skipped", "skipped"}),
		"xunit-viewer":           first([2]string{"skipped", "skipped"}, [2]string{"error", "broken"}, [2]string{"failure", "failed"}),
		"surefire-report-parser": first([2]string{"failure", "failed"}, [2]string{"error", "broken"}, [2]string{"skipped", "skipped"}, [2]string{"flakyFailure", "passed"}),
	}
}

func TestNoReaderOfJUnitTakesWhatCouldNotBeToldForAPass(t *testing.T) {
	for _, status := range result.Statuses() {
		for _, level := range []result.Level{result.Must, result.Should, result.May} {
			for _, reason := range result.Reasons() {
				run := fakeHead()
				run.Checks = []result.Check{{ID: "X-1", Title: "One", Suite: "parity", Level: level, Requirement: []result.Ref{{ID: "R-1", Source: "a source"}}, Hazard: "a hazard", Fix: "a fix"}}
				one := result.Result{Check: "X-1", Suite: "parity", Level: level, Scope: result.Scope{System: "ccr"}, Status: status, Reason: reason, Message: "why"}
				if status == result.Pass {
					one.Reason, one.Message = "", ""
				}
				run.Results = []result.Result{one}
				run.Verdict = run.Judge()
				root := parsed(t, written(t, run, reports.Options{})[reports.JUnitFile])
				gates := false
				for name, read := range readers() {
					for _, suite := range root.Children {
						for _, testcase := range suite.Children {
							if testcase.XMLName.Local != "testcase" {
								continue
							}
							outcomes := 0
							got := read(func(child string) bool {
								for _, c := range testcase.Children {
									if c.XMLName.Local == child {
										outcomes++
										return true
									}
								}
								return false
							})
							gates = gates || got == "failed" || got == "broken"
							if got == "passed" && testcase.attr("name") == "X-1 One" && status != result.Pass && status != result.Warning {
								t.Errorf("%s takes %s at %s (%s) for a pass", name, status, level, reason)
							}
							if outcomes > 1 {
								t.Errorf("a case of %s has %d outcomes, so that readers differ about it", status, outcomes)
							}
						}
					}
				}
				if must := status == result.Fail || status == result.Error || status == result.NotRun && level == result.Must; must && !gates {
					t.Errorf("nothing in a file with %s at %s (%s) stops a pipeline", status, level, reason)
				}
			}
		}
	}
}

func TestEveryTestcaseOfAClassLiesInOneSuiteAndTheCountsAreThoseOfTheCases(t *testing.T) {
	root := parsed(t, written(t, fullRun(t), reports.Options{})[reports.JUnitFile])
	suiteOf, names := map[string]string{}, map[string]bool{}
	total := map[string]int{}
	for _, suite := range root.Children {
		counts := map[string]int{}
		for _, testcase := range suite.Children {
			if testcase.XMLName.Local != "testcase" {
				continue
			}
			// Surefire's reader, which Maven and several editors use, knows a suite by the class of its cases alone.
			class := testcase.attr("classname")
			if other, known := suiteOf[class]; known && other != suite.attr("name") {
				t.Errorf("class %s lies in the suites %q and %q", class, other, suite.attr("name"))
			}
			suiteOf[class] = suite.attr("name")
			if id := class + " " + testcase.attr("name"); names[id] {
				t.Errorf("%s is there twice", id)
			} else {
				names[id] = true
			}
			counts["tests"]++
			for _, child := range testcase.Children {
				counts[map[string]string{"failure": "failures", "error": "errors", "skipped": "skipped"}[child.XMLName.Local]]++
			}
		}
		for _, attr := range []string{"tests", "failures", "errors", "skipped"} {
			if got := suite.attr(attr); got != strconv.Itoa(counts[attr]) {
				t.Errorf("suite %s says %s=%q, and its cases are %d", suite.attr("name"), attr, got, counts[attr])
			}
			total[attr] += counts[attr]
		}
	}
	// Readers that want the skipped of the whole file add up those of the suites.
	for _, attr := range []string{"tests", "failures", "errors"} {
		if got := root.attr(attr); got != fmt.Sprint(total[attr]) {
			t.Errorf("the file says %s=%q, and its suites have %d", attr, got, total[attr])
		}
	}
}
