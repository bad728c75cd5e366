package reports_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/internal/need"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// hostileRun carries text that is not allowed in XML, HTML, Markdown or on a terminal.
func hostileRun() result.Run {
	const evil = "<script>alert(1)</script> ]]> & \" ' \x00\x07\x1b[31m\ufffe \xff | `x` [l](http://h) @all\n\n  # h"
	run := smallRun()
	run.ID = "run " + evil
	run.Data.Description = evil
	run.Systems[0].Title, run.Systems[0].BaseURL, run.Systems[1].Defects = evil, evil, []string{evil}
	for i := range run.Checks {
		run.Checks[i].Title += evil
		run.Checks[i].Hazard, run.Checks[i].Fix = evil, evil
		run.Checks[i].Requirement = []result.Ref{{ID: "R" + evil, Source: evil}}
	}
	for i := range run.Providers {
		run.Providers[i].Name, run.Providers[i].Type, run.Providers[i].ICS = evil, evil, evil
	}
	for i := range run.Results {
		if run.Results[i].Status == result.Pass {
			continue
		}
		run.Results[i].Message = evil
		run.Results[i].Findings = []result.Finding{{
			Rule: evil, Severity: result.SeverityError, Path: evil, Message: evil, Expected: evil, Actual: evil, Profile: evil,
			Element: evil, Exchanges: []string{evil, "../../etc/passwd", "javascript:alert(1)"},
		}}
	}
	return run
}

func TestJUnitMeetsTheXSD(t *testing.T) {
	xmllint := need.XMLLint(t)
	for name, run := range map[string]result.Run{"small": smallRun(), "full": fullRun(t), "hostile": hostileRun()} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), reports.JUnitFile)
			if err := os.WriteFile(path, written(t, run, reports.Options{})[reports.JUnitFile], 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), xmllint, "--noout", "--nonet", "--schema", "testdata/junit.xsd", path).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// element is any XML element.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// child returns the first child of that name, nil when there is none.
func (e element) child(name string) *element {
	for i := range e.Children {
		if e.Children[i].XMLName.Local == name {
			return &e.Children[i]
		}
	}
	return nil
}

// structure states the same rules as testdata/junit.xsd, for machines without a validator.
func structure(root element) error {
	var errs []error
	seconds, label := regexp.MustCompile(`^[0-9]+\.[0-9]{3}$`), regexp.MustCompile(`^\S+( \S+)*$`)
	number, moment := regexp.MustCompile(`^[0-9]+$`), regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}$`)
	anything := regexp.MustCompile(`(?s).*`)
	type rule struct {
		attrs    map[string]*regexp.Regexp
		children []string // in the order in which they may come
	}
	rules := map[string]rule{
		"testsuites": {map[string]*regexp.Regexp{"name": label, "tests": number, "failures": number, "errors": number, "time": seconds}, []string{"testsuite"}},
		"testsuite": {map[string]*regexp.Regexp{
			"name": label, "tests": number, "failures": number, "errors": number, "skipped": number, "time": seconds, "timestamp": moment,
			"id": number, "package": label,
		}, []string{"properties", "testcase"}},
		"properties": {nil, []string{"property"}},
		"property":   {map[string]*regexp.Regexp{"name": label, "value": anything}, nil},
		"testcase":   {map[string]*regexp.Regexp{"name": label, "classname": label, "time": seconds}, []string{"failure", "skipped", "error", "system-out"}},
		"failure":    {map[string]*regexp.Regexp{"type": label, "message": label}, nil},
		"error":      {map[string]*regexp.Regexp{"type": label, "message": label}, nil},
		"skipped":    {map[string]*regexp.Regexp{"message": label}, nil},
		"system-out": {nil, nil},
	}
	var visit func(element)
	visit = func(e element) {
		r, known := rules[e.XMLName.Local]
		if !known {
			errs = append(errs, fmt.Errorf("unknown element %s", e.XMLName.Local))
			return
		}
		if len(e.Attrs) != len(r.attrs) {
			errs = append(errs, fmt.Errorf("%s has %d attributes, want %d", e.XMLName.Local, len(e.Attrs), len(r.attrs)))
		}
		for name, shape := range r.attrs {
			if v := e.attr(name); !shape.MatchString(v) {
				errs = append(errs, fmt.Errorf("%s has %s=%q", e.XMLName.Local, name, v))
			}
		}
		last := 0
		for _, c := range e.Children {
			at := slices.Index(r.children, c.XMLName.Local)
			if at < last {
				errs = append(errs, fmt.Errorf("%s holds %s where it may not", e.XMLName.Local, c.XMLName.Local))
			}
			last = max(at, last)
			visit(c)
		}
	}
	visit(root)
	return errors.Join(errs...)
}

// parsed reads junit.xml and fails the test unless it is one well-formed document.
func parsed(t *testing.T, text []byte) element {
	t.Helper()
	var root element
	decoder := xml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&root); err != nil {
		t.Fatal(err)
	}
	if _, err := decoder.Token(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("after the document: %v", err)
	}
	return root
}

func TestJUnitStructureAndCounts(t *testing.T) {
	for name, run := range map[string]result.Run{"small": smallRun(), "full": fullRun(t), "hostile": hostileRun()} {
		t.Run(name, func(t *testing.T) {
			root := parsed(t, written(t, run, reports.Options{})[reports.JUnitFile])
			if err := structure(root); err != nil {
				t.Fatal(err)
			}
			total := map[string]int{}
			seen := map[string]bool{}
			for _, suite := range root.Children {
				counts := map[string]int{}
				for _, c := range suite.Children {
					if c.XMLName.Local != "testcase" {
						continue
					}
					id := c.attr("classname") + " " + c.attr("name")
					if seen[id] {
						t.Errorf("two testcases are called %q", id)
					}
					seen[id] = true
					counts["tests"]++
					for name, attr := range map[string]string{"failure": "failures", "error": "errors", "skipped": "skipped"} {
						if c.child(name) != nil {
							counts[attr]++
						}
					}
				}
				for _, attr := range []string{"tests", "failures", "errors", "skipped"} {
					if suite.attr(attr) != strconv.Itoa(counts[attr]) {
						t.Errorf("%s says %s=%s, but holds %d", suite.attr("name"), attr, suite.attr(attr), counts[attr])
					}
					total[attr] += counts[attr]
				}
			}
			for _, attr := range []string{"tests", "failures", "errors"} {
				if root.attr(attr) != strconv.Itoa(total[attr]) {
					t.Errorf("the root says %s=%s, but holds %d", attr, root.attr(attr), total[attr])
				}
			}
			if total["tests"] != len(run.Results) {
				t.Errorf("%d testcases for %d results", total["tests"], len(run.Results))
			}
		})
	}
}

func TestJUnitHasASuitePerSystemPairAndProvider(t *testing.T) {
	root := parsed(t, written(t, fullRun(t), reports.Options{})[reports.JUnitFile])
	kinds := map[string]int{}
	for _, suite := range root.Children {
		kind, _, _ := strings.Cut(suite.attr("name"), " ")
		kinds[kind]++
	}
	if kinds["system"] != 2 || kinds["pair"] != 2 || kinds["provider"] != 848 || len(kinds) != 3 {
		t.Errorf("suites per kind are %v", kinds)
	}
}

func TestJUnitMapsEveryStatus(t *testing.T) {
	for _, c := range []struct {
		status  result.Status
		level   result.Level
		reason  result.Reason
		child   string
		kind    string
		message string
	}{
		{result.Pass, result.Must, "", "", "", ""},
		{result.Warning, result.Should, result.Broken, "system-out", "", ""},
		{result.Waived, result.Must, result.Accepted, "skipped", "", "Waived, accepted: why"},
		{result.Skipped, result.Must, result.Deselected, "skipped", "", "Skipped, deselected: why"},
		{result.NotApplicable, result.Must, result.NotOffered, "skipped", "", "Not applicable, not-offered: why"},
		{result.NotRun, result.Should, result.NoData, "skipped", "", "Not run, no-data: why"},
		{result.NotRun, result.Must, result.NoData, "error", "no-data", "not run, no-data: why"},
		{result.NotRun, result.Must, result.NotAllowed, "error", "not-allowed", "not run, not-allowed: why"},
		{result.Error, result.May, result.Unreachable, "error", "unreachable", "unreachable: why"},
		{result.Fail, result.Must, result.Broken, "failure", "broken", "broken: why"},
	} {
		t.Run(c.status.String()+" "+string(c.level), func(t *testing.T) {
			run := fakeHead()
			run.Checks = []result.Check{{ID: "X-1", Title: "One", Suite: "parity", Level: c.level, Requirement: []result.Ref{{ID: "R-1", Source: "a source"}}, Hazard: "a hazard", Fix: "a fix"}}
			run.Results = []result.Result{{Check: "X-1", Suite: "parity", Level: c.level, Scope: result.Scope{System: "ccr"}, Status: c.status, Reason: c.reason}}
			if c.status != result.Pass {
				run.Results[0].Message = "why"
			}
			run.Verdict = run.Judge()
			suite := parsed(t, written(t, run, reports.Options{})[reports.JUnitFile]).Children[0]
			testcase := suite.child("testcase")
			if c.child == "" {
				if len(testcase.Children) != 0 {
					t.Errorf("a pass holds %v", testcase.Children)
				}
				return
			}
			if len(testcase.Children) != 1 || testcase.Children[0].XMLName.Local != c.child {
				t.Fatalf("holds %v, want one %s", testcase.Children, c.child)
			}
			got := testcase.Children[0]
			if got.attr("type") != c.kind || got.attr("message") != c.message {
				t.Errorf("type %q and message %q, want %q and %q", got.attr("type"), got.attr("message"), c.kind, c.message)
			}
			if c.child != "skipped" {
				for _, want := range []string{"Scope: ccr", "R-1, a source", "Hazard: a hazard", "Fix: a fix", "concord run --seed=848 --checks=X-1 --out=runs/again"} {
					if !strings.Contains(got.Text, want) {
						t.Errorf("the text lacks %q:\n%s", want, got.Text)
					}
				}
			}
		})
	}
}

func TestAFailureSaysWhatAnEngineerNeeds(t *testing.T) {
	text := string(written(t, smallRun(), reports.Options{})[reports.JUnitFile])
	_, text, _ = strings.Cut(text, "<failure")
	text, _, _ = strings.Cut(text, "</failure>")
	for _, want := range []string{
		`type="date-ge-boundary"`, "path: Bundle.entry", "expected: Observation with effectiveDateTime 2025-11-03", "actual: 14 of 15",
		"exchanges: e3b0c442 98fc1c14", "SRCH-DATE-GE", "Fix: Compare the upper bound",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the failure lacks %q:\n%s", want, text)
		}
	}
}

func TestALongListOfFindingsIsCutAndSaysSo(t *testing.T) {
	run := smallRun()
	date := run.Results[slices.IndexFunc(run.Results, func(r result.Result) bool { return r.Status == result.Fail })]
	for i := range run.Results {
		if run.Results[i].Status != result.Fail {
			continue
		}
		run.Results[i].Findings = nil
		for n := range 420 {
			finding := date.Findings[0]
			finding.Message = fmt.Sprintf("Observation %03d is missing.", n)
			run.Results[i].Findings = append(run.Results[i].Findings, finding)
		}
	}
	files := written(t, run, reports.Options{})
	for _, name := range []string{reports.JUnitFile, reports.HTMLFile} {
		text := string(files[name])
		if !strings.Contains(text, "Observation 019 is missing.") || strings.Contains(text, "Observation 020 is missing.") ||
			!strings.Contains(text, "And 400 more findings, see run.json.") {
			t.Errorf("%s does not stop after 20 findings and say so", name)
		}
	}
	if !strings.Contains(string(files[reports.RunFile]), "Observation 419 is missing.") {
		t.Error("run.json lost a finding")
	}
}
