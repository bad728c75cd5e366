package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/redact"
	"concord.example/concord/profiles"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/scenario"
	"concord.example/concord/suites/scenario/script"
	"concord.example/concord/suites/testscript"
)

func newScenarios(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "scenarios",
		Short: "Check scenario files, list the built-in ones, print their JSON Schema",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no command %q: want check, list or schema (\"%s --help\" shows them)", args[0], cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newScenariosCheck(s), newScenariosList(s), newScenariosSchema(s))
	return command
}

func newScenariosCheck(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Read every scenario of a folder and say what is wrong, with line and column",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			registry, err := profiles.Embedded("stu3")
			if err != nil {
				return fmt.Errorf("read the embedded definitions: %w", err)
			}
			ledger, err := fixtures.New(fixtures.Options{PeoplePerProvider: 1})
			if err != nil {
				return fmt.Errorf("make the golden ledger: %w", err)
			}
			read, err := readScenarios(args[0], ledger, registry, suites.NewUKCore(registry, ledger, nil))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "scenarios: %d, TestScripts: %d; all can be run\n", len(read.scripts), len(read.testScripts))
			return err
		},
	}
}

func newScenariosList(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the built-in scenarios that are written as files: id, story, steps, title",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, one := range scenario.Scripts() {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", one.ID, one.Story, len(one.Sentences()), one.Title)
			}
			return w.Flush()
		},
	}
}

func newScenariosSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a scenario file, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := s.out.Write(script.Schema())
			return err
		},
	}
}

// further is what a folder of scenarios adds to a run, and the TestReports that come of it.
type further struct {
	scripts     []*script.Script
	testScripts []*testscript.Script
	registry    *profiles.Registry

	mu      sync.Mutex
	reports map[string]fhir.Resource
}

// furtherChecks reads the folder that the configuration names, and holds the selection against everything.
func furtherChecks(conf config.Config, ledger *fixtures.Ledger, registry *profiles.Registry, judge *suites.UKCore) (*further, error) {
	if conf.Scenarios == "" {
		return &further{}, nil
	}
	read, err := readScenarios(conf.Scenarios, ledger, registry, judge)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(suites.Catalogue(), read.checks())
	if err := all.Validate(); err != nil {
		return nil, fmt.Errorf("scenarios %s: %w; give it another id", conf.Scenarios, err)
	}
	if _, err := (suites.Selection{Suites: conf.Suites, Checks: conf.Checks}).Select(all); err != nil {
		return nil, err
	}
	return read, nil
}

// readScenarios reads the scenarios and TestScripts of a folder. A folder without any is a mistake: nothing would be asked.
func readScenarios(folder string, ledger *fixtures.Ledger, registry *profiles.Registry, judge *suites.UKCore) (*further, error) {
	info, err := os.Stat(folder)
	if err != nil {
		var failed *fs.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return nil, fmt.Errorf("scenarios %s: %w", folder, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("scenarios %s: it is a file; name the folder that it is in", folder)
	}
	read := &further{registry: registry, reports: map[string]fhir.Resource{}}
	var told, tested error
	read.scripts, told = script.Load(os.DirFS(folder), folder, script.Vocabulary{Ledger: ledger, Compile: judge.Compile})
	read.testScripts, tested = testscript.Load(os.DirFS(folder), folder, testscript.Reader{DecodeXML: registry.DecodeXML, Compile: judge.Compile})
	if err := errors.Join(told, tested); err != nil {
		return nil, err
	}
	if len(read.scripts)+len(read.testScripts) == 0 {
		return nil, fmt.Errorf("scenarios %s: neither a .yaml scenario nor a TestScript is in it", folder)
	}
	return read, nil
}

// checks are the scenarios and TestScripts as checks.
func (f *further) checks() check.Catalogue {
	var catalogue check.Catalogue
	for _, one := range f.scripts {
		catalogue = append(catalogue, one.Check())
	}
	for _, one := range f.testScripts {
		catalogue = append(catalogue, one.Check(f.registry.DecodeXML, func(system string, report fhir.Resource) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.reports[one.ID()+"-"+system+".json"] = report
		}))
	}
	return catalogue
}

// testReportFolder is where a run folder holds its TestReports.
const testReportFolder = "testreports"

// write puts the TestReports into the run folder, one file for each TestScript and system.
func (f *further) write(folder string, secrets *redact.Redactor) error {
	if len(f.reports) == 0 {
		return nil
	}
	folder = filepath.Join(folder, testReportFolder)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("write TestReports: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(f.reports)) {
		var text bytes.Buffer
		body, err := fhir.AppendJSON(nil, map[string]any(f.reports[name]))
		if err == nil {
			err = json.Indent(&text, body, "", "  ")
		}
		if err != nil {
			return fmt.Errorf("write TestReport %s: %w", name, err)
		}
		text.WriteByte('\n')
		if err := os.WriteFile(filepath.Join(folder, name), []byte(secrets.Text(text.String())), 0o600); err != nil {
			return fmt.Errorf("write TestReport: %w", err)
		}
	}
	return nil
}
