package waiver

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/strictyaml"
)

// Schema is the form of waiver files that this program reads.
const Schema = "concord/waivers/v1"

//go:embed published.yaml
var published []byte

// Published returns the waivers for the defects of published material that are known.
func Published() (*List, error) {
	l, err := parse(published)
	if err != nil {
		return nil, fmt.Errorf("read the waivers for published defects: %w", err)
	}
	return l, nil
}

// mostBytes bounds a waiver file, which people write by hand.
const mostBytes = 4 << 20

// Read reads a list of waivers from a YAML file. The error says at which line what is wrong.
func Read(path string) (*List, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read waivers %s: %w", path, errors.Unwrap(err))
	}
	if info.Size() > mostBytes {
		return nil, fmt.Errorf("read waivers %s: it is larger than %d MB", path, mostBytes>>20)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the person who runs Concord names the file
	if err != nil {
		return nil, fmt.Errorf("read waivers %s: %w", path, errors.Unwrap(err))
	}
	l, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("read waivers %s: %w", path, err)
	}
	return l, nil
}

// document is the form of a waiver file.
type document struct {
	Schema string `yaml:"schema"`
	// Version tells releases of one list apart.
	Version string   `yaml:"version"`
	Waivers []Waiver `yaml:"waivers"`
}

func parse(text []byte) (*List, error) {
	var d document
	if err := strictyaml.Decode(text, &d); err != nil {
		return nil, err
	}
	if d.Schema != Schema {
		return nil, fmt.Errorf("line %d: schema is %q, want %q", strictyaml.LineOf(text, "$.schema"), d.Schema, Schema)
	}
	if len(d.Waivers) == 0 {
		return nil, fmt.Errorf("line %d: the file has no waivers", strictyaml.LineOf(text, "$.waivers"))
	}
	seen := map[string]bool{}
	for i, w := range d.Waivers {
		key, problem := w.problem()
		if w.When != "" && problem == "" {
			compiled, err := fhirpath.Compile(w.When)
			if err != nil {
				key, problem = "when", fmt.Sprintf("it is not FHIRPath: %v", err)
			}
			d.Waivers[i].when = compiled
		}
		if seen[strings.ToUpper(w.ID)] && problem == "" {
			key, problem = "id", "another waiver of the file has this id"
		}
		seen[strings.ToUpper(w.ID)] = true
		if problem == "" {
			continue
		}
		at := fmt.Sprintf("$.waivers[%d]", i)
		line := strictyaml.LineOf(text, at+"."+key)
		if line == 1 {
			line = strictyaml.LineOf(text, at)
		}
		return nil, fmt.Errorf("line %d: waiver %d (%s): %s: %s", line, i+1, orNoID(w.ID), key, problem)
	}
	return &List{d.Waivers}, nil
}

func orNoID(id string) string {
	if id == "" {
		return "no id"
	}
	return id
}

// problem says which key of a waiver is wrong and how, or nothing.
func (w Waiver) problem() (key, problem string) {
	form := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{2,63}$`)
	switch {
	case !form.MatchString(w.ID):
		return "id", "an id is a letter and up to 63 letters, digits and hyphens"
	case w.Rule == "":
		return "rule", "a waiver names the rule whose findings it excuses"
	case w.Why == "":
		return "why", "a waiver says why"
	case w.Source == "" && w.Approver == "":
		return "source", "a waiver names where the defect can be seen (source) or who accepted the finding (approver)"
	case w.Expires == "" && w.Until == "":
		return "expires", "a waiver ends: give a day (2026-12-31), or in until what will end it"
	case len(w.Profiles) == 0 && w.Element == "" && w.Path == "" && len(w.Resources) == 0 && len(w.Actual) == 0 && w.When == "":
		return "rule", "a waiver for every finding of a rule hides everything; name a profile, element, path, resource, value or condition too"
	case w.Package == "" && len(w.Versions) > 0:
		return "versions", "versions are those of a package, which is not named"
	}
	if w.Expires != "" {
		if _, err := time.Parse(time.DateOnly, w.Expires); err != nil {
			return "expires", fmt.Sprintf("%q is not a day such as 2026-12-31", w.Expires)
		}
	}
	return "", ""
}
