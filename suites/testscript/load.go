package testscript

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Load reads every TestScript directly in a folder, in the order of their names: .json and .xml files. Files with
// another resource are left alone, because fixtures lie beside the scripts that use them; what cannot be read is an error.
func Load(folder fs.FS, name string, reader Reader) ([]*Script, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("read TestScripts %s: %w", name, err)
	}
	reader.Fixture = func(reference string) ([]byte, error) { return fs.ReadFile(folder, reference) }
	var (
		scripts []*Script
		failed  []error
	)
	ids := map[string]string{}
	for _, entry := range entries {
		extension := path.Ext(entry.Name())
		if entry.IsDir() || extension != ".json" && extension != ".xml" {
			continue
		}
		file := path.Join(name, entry.Name())
		data, err := fs.ReadFile(folder, entry.Name())
		if err != nil {
			failed = append(failed, fmt.Errorf("read TestScript %s: %w", file, err))
			continue
		}
		tree, err := reader.decode(data, extension == ".xml")
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", file, err))
			continue
		}
		if fhir.Resource(tree).Type() != "TestScript" {
			continue
		}
		made, err := reader.Parse(file, data)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if other, taken := ids[made.ID()]; taken {
			failed = append(failed, fmt.Errorf("%s: its name gives the id %s, and that of %s does too: give it another name", file, made.ID(), other))
			continue
		}
		ids[made.ID()] = file
		scripts = append(scripts, made)
	}
	return scripts, errors.Join(failed...)
}

// ID is the id of the check that the script becomes: TST- and its name in capitals.
func (s *Script) ID() string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		default:
			return '-'
		}
	}, s.Name)
	return "TST-" + strings.Trim(id, "-")
}

// Check returns the script as a check that is asked of every system. keep is given each TestReport; it is called from
// several goroutines.
func (s *Script) Check(decodeXML func([]byte) (map[string]any, error), keep func(system string, report fhir.Resource)) check.Check {
	return check.Check{
		ID: s.ID(), Title: s.Title, Suite: "scenario", Level: result.Must, Scope: check.PerSystem, AnyData: true,
		Requirement: []result.Ref{{ID: s.Name, Source: "TestScript " + s.URL}},
		Hazard:      "What the TestScript asks for is not so; its author says what that means.",
		Fix:         "Look at the action that the finding names, in " + s.File + ", and at the recorded exchange.",
		Run: func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
			report, findings, err := s.Run(ctx, env, decodeXML)
			keep(env.System.Name, report)
			return findings, err
		},
	}
}
