package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/doctor"
	"concord.example/concord/suites/security"
)

// doctorSchema names the form of what doctor prints as JSON.
const doctorSchema = "concord/doctor/v1"

func newDoctor(s streams) *cobra.Command {
	var (
		path   string
		within time.Duration
		out    output
	)
	command := &cobra.Command{
		Use:   "doctor [URL...] [--config FILE]",
		Short: "Look whether systems can be asked: network, certificate, credentials, statement, a search, pages",
		Long: "Look at systems before a run does. Each line is in order (✔), worth knowing (!), in the way of a run (✘, with the cause\n" +
			"and what to do about it) or not asked (-). A handful of reads is sent to each system, and nothing is written.\n" +
			"Exit codes: 0 nothing is in the way of a run, 2 usage or configuration, 3 something is.",
		Example: `  concord doctor --config concord.yaml
  concord doctor https://ccr.example.test/fhir`,
		RunE: func(cmd *cobra.Command, addresses []string) error {
			conf, err := doctorConfig(path, addresses)
			if err != nil {
				return err
			}
			if within <= 0 {
				return fmt.Errorf("--within %v is not more than nothing; write for example 10s", within)
			}
			if err := keepSecret(s.secrets, conf); err != nil {
				return err
			}
			started, err := configured(conf, s.secrets)
			if err != nil {
				return err
			}
			for _, header := range headers(started.systems) {
				if err := s.secrets.AddHeader("a system", header); err != nil {
					return err
				}
			}
			asJSON, err := out.json()
			if err != nil {
				return err
			}
			found, err := examine(cmd.Context(), conf, started.systems, within)
			if err != nil {
				return err
			}
			return sayExamined(s.out, found, asJSON)
		},
	}
	command.Flags().StringVar(&path, "config", "", "YAML file that names the systems, as for run")
	command.Flags().DurationVar(&within, "within", 10*time.Second, "how long a system is looked at, at most")
	out.flags(command)
	return command
}

// doctorConfig reads the configuration, or makes one of addresses.
func doctorConfig(path string, addresses []string) (config.Config, error) {
	conf := config.Default()
	switch {
	case path == "" && len(addresses) == 0:
		return conf, errors.New("name the systems to look at: --config FILE, or their base URLs")
	case path != "" && len(addresses) > 0:
		return conf, errors.New("name the systems in one way: --config FILE, or their base URLs")
	case path != "":
		if err := conf.Read(path); err != nil {
			return conf, err
		}
	}
	if err := conf.Environ(os.Environ()); err != nil {
		return conf, err
	}
	for i, address := range addresses {
		conf.Systems = append(conf.Systems, config.System{Name: fmt.Sprintf("system-%d", i+1), BaseURL: address})
	}
	if len(conf.Systems) == 0 {
		return conf, fmt.Errorf("configuration %s names no systems: a run starts mocks of Concord's own, and there is nothing to look at", path)
	}
	if len(addresses) > 0 || len(conf.Systems) == 1 {
		// One alone can be looked at, also where a run wants two; whom it holds nobody has said.
		conf.Discover, conf.Loaded, conf.Against = true, nil, ""
	}
	if err := conf.Validate(); err != nil {
		if path != "" {
			return conf, fmt.Errorf("configuration %s: %w", path, err)
		}
		return conf, err
	}
	return conf, nil
}

// examine looks at all systems at once.
func examine(ctx context.Context, conf config.Config, systems []suites.System, within time.Duration) ([]doctor.Report, error) {
	options := doctor.Options{Within: within, Timeout: conf.Timeout, UserAgent: userAgent(), Subjects: conf.Subjects}
	if !conf.Discover {
		ledger, err := goldenLedger(conf)
		if err != nil {
			return nil, err
		}
		options.Subjects, options.Ledger = someOf(ledger), true
	}
	found, failed := make([]doctor.Report, len(systems)), make([]error, len(systems))
	var all sync.WaitGroup
	for i, system := range systems {
		options := options
		options.Writes = system.Writes
		if asked := system.Security; asked != nil {
			options.Scope, options.Requests = asked.Scope, security.Requests(asked.Scope)
			options.Missing = security.Missing(asked.Scope, func(door string) bool { _, open := asked.Doors[door]; return open })
		}
		all.Go(func() { found[i], failed[i] = doctor.Examine(ctx, system.Target(), options) })
	}
	all.Wait()
	doctor.TellApart(found, func(i, j int) bool {
		return i < len(conf.Systems) && j < len(conf.Systems) && conf.Systems[i].AskedAs(conf.Systems[j])
	})
	return found, errors.Join(failed...)
}

// someOf are NHS numbers of a few people of the ledger, so that each system holds one of them whatever part of the ledger it
// was filled with: two of its ordinary people and one of the stories' for each system.
func someOf(ledger *fixtures.Ledger) []string {
	var numbers []string
	for _, system := range fixtures.Systems() {
		ordinary, story := 0, 0
		renderer := ledger.Renderer(system, fixtures.CCRStyle())
		for person := range ledger.People() {
			count, wanted := &ordinary, 2
			if strings.HasPrefix(person.ID, "s-") {
				count, wanted = &story, 1
			}
			if person.NHSNumber == "" || person.Restricted || *count >= wanted || slices.Contains(numbers, person.NHSNumber) || len(renderer.Patients(person)) == 0 {
				continue
			}
			*count++
			numbers = append(numbers, person.NHSNumber)
		}
	}
	return numbers
}

// sayExamined prints what was found.
func sayExamined(w io.Writer, found []doctor.Report, asJSON bool) error {
	ready := !slices.ContainsFunc(found, func(r doctor.Report) bool { return !r.Ready })
	err := func() error {
		if asJSON {
			return printJSON(w, struct {
				Schema  string          `json:"schema"`
				Ready   bool            `json:"ready"`
				Systems []doctor.Report `json:"systems"`
			}{doctorSchema, ready, found}, nil)
		}
		return printExamined(w, found)
	}()
	switch {
	case err != nil:
		return undetermined(fmt.Errorf("print what was found: %w", err))
	case !ready:
		return &exitError{code: result.ExitUndetermined}
	}
	return nil
}

func printExamined(w io.Writer, found []doctor.Report) error {
	marks := map[doctor.State]string{doctor.OK: "✔", doctor.Warning: "!", doctor.Failed: "✘", doctor.Skipped: "-"}
	for _, report := range found {
		verdict := "nothing is in the way of a run"
		if !report.Ready {
			verdict = "a run cannot show what it should"
		}
		if _, err := fmt.Fprintf(w, "%s (%s): %s\n", report.System, report.BaseURL, verdict); err != nil {
			return err
		}
		for _, line := range report.Lines {
			if _, err := fmt.Fprintf(w, "  %s %-10s %s\n", marks[line.State], line.Probe, line.Said); err != nil {
				return err
			}
			if line.Do != "" {
				if _, err := fmt.Fprintf(w, "    %-10s → %s\n", "", line.Do); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
