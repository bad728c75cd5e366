package declared

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/strictyaml"
)

// Schema is the form of register files that this program reads.
const Schema = "concord/differences/v1"

// mostBytes bounds a register, which people write by hand.
const mostBytes = 4 << 20

// document is the form of a register file.
type document struct {
	Schema      string       `yaml:"schema"`
	Differences []Difference `yaml:"differences"`
}

// Read reads a register from a YAML file. The error says at which line what is wrong.
func Read(path string) (*Register, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read declared differences %s: %w", path, errors.Unwrap(err))
	}
	if info.Size() > mostBytes {
		return nil, fmt.Errorf("read declared differences %s: it is larger than %d MB", path, mostBytes>>20)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the person who runs Concord names the file
	if err != nil {
		return nil, fmt.Errorf("read declared differences %s: %w", path, errors.Unwrap(err))
	}
	register, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read declared differences %s: %w", path, err)
	}
	return register, nil
}

// Parse reads a register.
func Parse(text []byte) (*Register, error) {
	var d document
	if err := strictyaml.Decode(text, &d); err != nil {
		return nil, err
	}
	if d.Schema != Schema {
		return nil, fmt.Errorf("line %d: schema is %q, want %q", strictyaml.LineOf(text, "$.schema"), d.Schema, Schema)
	}
	seen := map[string]bool{}
	for i := range d.Differences {
		row := &d.Differences[i]
		at := fmt.Sprintf("$.differences[%d]", i)
		row.line = strictyaml.LineOf(text, at)
		key, problem := row.problem()
		if problem == "" && seen[strings.ToUpper(row.ID)] {
			key, problem = "id", "another difference of the file has this id"
		}
		seen[strings.ToUpper(row.ID)] = true
		if problem != "" {
			return nil, fmt.Errorf("line %d: difference %d (%s): %s: %s", max(row.line, strictyaml.LineOf(text, at+"."+key)), i+1, orNoID(row.ID), key, problem)
		}
	}
	return &Register{rows: d.Differences}, nil
}

// problem says which key of a row is wrong and how, or nothing.
func (d Difference) problem() (key, problem string) {
	switch {
	case !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{2,63}$`).MatchString(d.ID):
		return "id", "an id is a letter and up to 63 letters, digits and hyphens"
	case d.Check == "":
		return "check", "a difference names the check that finds it"
	case !d.Cause.Known():
		return "cause", fmt.Sprintf("%q is none of the causes, which are %s", d.Cause, causes())
	case d.Rule == "" && d.Cause == "" && d.Resource == "" && d.Path == "" && d.Expected == "" && d.Actual == "":
		return "check", "a row for everything that a check finds hides everything; name a cause, rule, resource, path or value too"
	case d.Owner == "":
		return "owner", "a difference has somebody who answers for it"
	case d.Reason == "":
		return "reason", "a difference says why it is lawful"
	}
	if _, err := time.Parse(time.DateOnly, d.Expires); err != nil {
		return "expires", fmt.Sprintf("%q is not a day such as 2026-12-31; a declaration ends", d.Expires)
	}
	return "", ""
}

// causes lists the causes for a sentence.
func causes() string {
	all := make([]string, 0, len(result.Causes()))
	for _, cause := range result.Causes() {
		all = append(all, string(cause))
	}
	return strings.Join(all, ", ")
}

// Resolve says which row names a check or a system that is not part of the run's catalogue or configuration.
func (r *Register) Resolve(checks, systems []string) error {
	if r == nil {
		return nil
	}
	for _, row := range r.rows {
		if !slices.Contains(checks, row.Check) {
			return fmt.Errorf("declared differences: line %d: %s: there is no check %q: run \"concord list\" to see the ids", row.line, row.ID, row.Check)
		}
		for _, name := range []string{row.System, row.Peer} {
			if name != "" && !slices.Contains(systems, name) {
				return fmt.Errorf("declared differences: line %d: %s: there is no system %q: the systems are %s", row.line, row.ID, name, strings.Join(systems, ", "))
			}
		}
	}
	return nil
}

func orNoID(id string) string {
	if id == "" {
		return "no id"
	}
	return id
}
