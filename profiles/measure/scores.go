package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// score is one figure that a scorer prints: the first number that the pattern captures.
type score struct {
	what, target string
	pattern      string
	unit         string
	met          func(float64) bool
}

func least(n float64) func(float64) bool { return func(v float64) bool { return v >= n } }
func most(n float64) func(float64) bool  { return func(v float64) bool { return v <= n } }

// scoring is a run of a scorer with the scores to read from it. The figures of the three runs are those that the reference
// implementations are compared by.
type scoring struct {
	script []string
	args   []string
	scores []score
}

func (b *bench) scorings() []scoring {
	packages := func(name string) string { return filepath.Join(b.shared, "data", "packages", name) }
	agreement := func(group string) string { return `(?m)^ +` + group + ` +(?:\d+ +){6}([\d.]+)%` }
	return []scoring{
		{[]string{"score-fhirpath.py"}, []string{"fhirpath", "--ndjson"}, []score{
			{"FHIRPath R4 suite, open half", ">= 98 %", `pass \d+ = ([\d.]+)%`, " %", least(98)},
		}},
		{[]string{"score-validator.py", "--set", "ukcore"}, []string{"validate", "--ndjson"}, []score{
			{"UK Core single-fault mutants, open half, located", ">= 99 %", `MACRO .*?: located ([\d.]+)%`, " %", least(99)},
			{"other places reported per mutant", "<= 0.02", `\(noise\): ([\d.]+)`, "", most(0.02)},
		}},
		{[]string{"score-validator.py", "--set", "cases"}, []string{
			"validate", "--ndjson", "--package", packages("hl7.fhir.r4.core-4.0.1.tgz"),
			"--package", packages("hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1.tgz"), "--package", packages("hl7.terminology.r4-7.0.1.tgz"),
		}, []score{
			{"agreement with the Java validator, all areas", ">= 88 %", agreement("all but Java-policy-only"), " %", least(88)},
			{"agreement, area instance", ">= 96 %", agreement("area instance"), " %", least(96)},
			{"agreement, area bundle", ">= 96 %", agreement("area bundle"), " %", least(96)},
			{"agreement, area JSON syntax", ">= 96 %", agreement("area JSON syntax"), " %", least(96)},
			{"places of errors, near, recall", ">= 75 %", `near \(.*?\): recall ([\d.]+)%`, " %", least(75)},
			{"places of errors, near, precision", ">= 80 %", `near \(.*?\): recall [\d.]+% precision ([\d.]+)%`, " %", least(80)},
		}},
	}
}

// scores runs the scorers.
func (b *bench) scores(ctx context.Context) ([]figure, error) {
	folder := filepath.Join(b.shared, "tools", "scoreboard")
	why := ""
	if _, err := os.Stat(folder); err != nil {
		why = "the scoreboard is not at hand"
	} else if _, err := exec.LookPath("python3"); err != nil {
		why = "the scoreboard needs python3"
	}
	var figures []figure
	for _, s := range b.scorings() {
		var out []byte
		if why == "" {
			b.say("scoreboard: %s", s.script)
			command := exec.CommandContext(ctx, "python3", slices.Concat(s.script, []string{"--", b.binary}, s.args)...) //nolint:gosec // a scorer that the person names
			command.Dir = folder
			var err error
			if out, err = command.Output(); err != nil {
				return nil, fmt.Errorf("run %s: %w\n%s", s.script[0], err, out)
			}
		}
		for _, one := range s.scores {
			figures = append(figures, one.read(out, why))
		}
	}
	return figures, nil
}

// read finds the score in what a scorer printed.
func (s score) read(out []byte, why string) figure {
	if why != "" {
		return skipped(s.what, s.target, why)
	}
	found := regexp.MustCompile(s.pattern).FindSubmatch(out)
	if found == nil {
		return skipped(s.what, s.target, "the scorer did not print it")
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		return skipped(s.what, s.target, "the scorer printed "+string(found[1]))
	}
	return measured(s.what, s.target, string(found[1])+s.unit, s.met(value))
}
