package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/http/httpguts"

	"concord.example/concord/fixtures"
	"concord.example/concord/fixtures/load"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/redact"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
)

// loadOptions are the flags of concord fixtures load.
type loadOptions struct {
	which                      ledgerOptions
	to, system, mode, ids, out string
	// config is a configuration whose system of that name is loaded into, as it is asked in a run.
	config             string
	headers            []string
	stories, providers []string
	rate               float64
	bundle             int
	timeout            time.Duration
	federated, clean   bool
}

func newLoad(s streams) *cobra.Command {
	var o loadOptions
	command := &cobra.Command{
		Use:   "load --to URL --system ccr|ohc",
		Short: "Load what one system holds of the golden ledger into an endpoint that accepts writes",
		Long: "Load what one system holds of the golden ledger into a test endpoint that accepts writes. What is loaded is noted in\n" +
			"mapping.ndjson in the --out folder: the same command again loads what is still missing, and nothing twice.\n" +
			"--clean deletes what is noted there, where it is still as it was put, and nothing else.\n" +
			"Exit codes: 0 everything is loaded, or nothing is left; 2 usage; 3 not everything could be loaded, or deleted.",
		Example: `  concord fixtures load --to https://ccr.example.test/fhir --system ccr --people 1
  concord fixtures load --to https://ccr.example.test/fhir --system ccr --ids server --stories P02,P03
  concord fixtures load --to https://ccr.example.test/fhir --system ccr --mode post   # where neither Bundles nor chosen ids are taken
  concord fixtures load --config concord.yaml --system ccr   # let in as a run is: tokens, client certificates`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return loadLedger(cmd.Context(), s, o)
		},
	}
	f := command.Flags()
	f.StringVar(&o.to, "to", "", "base URL of the endpoint")
	f.StringVar(&o.config, "config", "", "configuration that names the system: its baseURL, headers, auth and tls are used (instead of --to)")
	f.StringVar(&o.system, "system", "", "system whose part of the ledger is loaded: ccr or ohc")
	f.StringArrayVar(&o.headers, "header", nil, "header of every request, 'Name: value'; ${NAME} is taken from the environment (repeatable)")
	f.StringVar(&o.mode, "mode", string(load.Transaction), "how resources are sent: "+strings.Join(modeNames(), ", "))
	f.StringVar(&o.ids, "ids", "ledger", "who chooses ids: ledger (PUT, can be repeated without harm) or server (POST; always with --mode post)")
	f.StringVar(&o.out, "out", "", "folder for the id mapping and the report (default runs/load-SYSTEM)")
	f.Float64Var(&o.rate, "rate", 10, "most requests a second; one is under way at a time")
	f.IntVar(&o.bundle, "bundle", 250, "resources in one Bundle")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "deadline of one request")
	f.StringSliceVar(&o.stories, "stories", nil, "load the people of these stories alone, and the directory (P02,P03; \"concord fixtures stories\" lists them)")
	f.StringSliceVar(&o.providers, "providers", nil, "load the people of whom these providers hold records alone, and the directory (ODS codes)")
	f.BoolVar(&o.federated, "federated", false, "load what the system shows that shows its neighbour's records too, so that an ordinary server can stand for it")
	f.BoolVar(&o.clean, "clean", false, "delete what the load into --out put there and nobody has changed since, instead of loading")
	o.which.flags(command)
	return command
}

// part says whose records are loaded, nil for everybody's, and names the part for a sentence.
func (o *loadOptions) part(ledger *fixtures.Ledger) (func(fixtures.Person) bool, string, error) {
	if len(o.stories)+len(o.providers) == 0 {
		return nil, "", nil
	}
	wanted := map[string]bool{}
	for _, id := range o.stories {
		story, ok := ledger.Story(id)
		if !ok {
			var known []string
			for _, s := range ledger.Stories() {
				known = append(known, s.ID)
			}
			return nil, "", fmt.Errorf("--stories: there is no story %q%s; \"concord fixtures stories\" lists them", id, suggest.Meant(id, known))
		}
		for _, person := range story.People {
			wanted[person.ID] = true
		}
	}
	if _, err := (suites.Selection{Providers: o.providers}).FindProviders(ledger); err != nil {
		return nil, "", fmt.Errorf("--providers: %w", err)
	}
	for _, ods := range o.providers {
		for _, fact := range ledger.FactsFrom(ods) {
			wanted[fact.Person] = true
		}
	}
	return func(person fixtures.Person) bool { return wanted[person.ID] }, ", the part of " + strings.Join(slices.Concat(o.stories, o.providers), " "), nil
}

func modeNames() []string {
	var names []string
	for _, mode := range load.Modes() {
		names = append(names, string(mode))
	}
	return names
}

// check says what is wrong with the flags before anything is made.
func (o *loadOptions) check() error {
	switch {
	case o.to == "" && o.config == "":
		return errors.New("name the endpoint to load into with --to URL, or with --config FILE where it needs more than headers")
	case o.to != "" && o.config != "", len(o.headers) > 0 && o.config != "":
		return errors.New("--config says where and with which headers to load: leave out --to and --header")
	case o.to != "" && config.CheckAddress(o.to) != nil:
		return fmt.Errorf("--to: %w", config.CheckAddress(o.to))
	case !slices.Contains(load.Modes(), load.Mode(o.mode)):
		return fmt.Errorf("--mode %q is none of %s", o.mode, strings.Join(modeNames(), ", "))
	case o.ids != "ledger" && o.ids != "server":
		return fmt.Errorf("--ids %q is neither ledger nor server", o.ids)
	case !(o.rate > 0 && o.rate <= 10_000):
		return fmt.Errorf("--rate %v is not between 0 and 10000 requests a second", o.rate)
	case o.bundle < 1 || o.bundle > 10_000:
		return fmt.Errorf("--bundle %d is not between 1 and 10000", o.bundle)
	case o.clean && len(o.stories)+len(o.providers) > 0:
		return errors.New("--clean deletes all that the mapping names: leave out --stories and --providers")
	case o.timeout <= 0:
		return fmt.Errorf("--timeout %v is not more than nothing; write for example 60s", o.timeout)
	}
	return checkSystem(o.system)
}

// requestHeader reads 'Name: value' lines. The messages never repeat a value, which may be a credential.
func requestHeader(lines, environ []string, secrets *redact.Redactor) (http.Header, error) {
	values := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			values[name] = value
		}
	}
	header := http.Header{}
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !ok || !httpguts.ValidHeaderFieldName(name) {
			return nil, fmt.Errorf("--header number %d is not of the form 'Name: value'", i+1)
		}
		expanded, fromOutside, err := config.Expand(strings.TrimSpace(value), values)
		if err != nil {
			return nil, fmt.Errorf("--header %s: %w", name, err)
		}
		if redact.IsCredential(name) {
			fromOutside = append(fromOutside, expanded)
		}
		for _, secret := range fromOutside {
			if err := secrets.Add("--header "+name, secret); err != nil {
				return nil, err
			}
		}
		if !httpguts.ValidHeaderFieldValue(expanded) {
			return nil, fmt.Errorf("--header %s: the value holds a character that no header may have, such as a line break", name)
		}
		header.Add(name, expanded)
	}
	return header, nil
}

// target is the endpoint to load into: that of the flags, or the system of the configuration, as a run asks it.
func (o *loadOptions) target(environ []string, secrets *redact.Redactor) (exchange.Target, error) {
	if o.config == "" {
		header, err := requestHeader(o.headers, environ, secrets)
		return exchange.Target{Name: o.system, BaseURL: o.to, Header: header}, err
	}
	conf := config.Default()
	if err := conf.Read(o.config); err != nil {
		return exchange.Target{}, err
	}
	if err := conf.Environ(environ); err != nil {
		return exchange.Target{}, err
	}
	if err := keepSecret(secrets, conf); err != nil {
		return exchange.Target{}, err
	}
	conf.Federation, conf.Against = policy.None, "" // one system is enough to load into
	if err := conf.Validate(); err != nil {
		return exchange.Target{}, fmt.Errorf("configuration %s: %w", o.config, err)
	}
	// The system that is called after the part, or else the first that is said to hold it.
	at := slices.IndexFunc(conf.Systems, func(s config.System) bool { return s.Name == o.system && check.PartOf(s.Name, s.Share) == o.system })
	if at < 0 {
		at = slices.IndexFunc(conf.Systems, func(s config.System) bool { return check.PartOf(s.Name, s.Share) == o.system })
	}
	if at < 0 {
		var names []string
		for _, s := range conf.Systems {
			names = append(names, s.Name)
		}
		return exchange.Target{}, fmt.Errorf("configuration %s: there is no system %q%s to load into, and none with share: %s", o.config, o.system, suggest.Meant(o.system, names), o.system)
	}
	one := conf.Systems[at]
	proof, secure, err := admission(one, secrets)
	return exchange.Target{Name: one.Name, BaseURL: one.BaseURL, ConnectTo: one.ConnectTo, Header: one.Header(), Auth: proof, TLS: secure}, err
}

func loadLedger(ctx context.Context, s streams, o loadOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	target, err := o.target(os.Environ(), s.secrets) //nolint:contextcheck // nobody is asked yet
	if err != nil {
		return err
	}
	ledger, err := o.which.ledger()
	if err != nil {
		return err
	}
	only, part, err := o.part(ledger)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join("runs", "load-"+o.system)
	}
	says := newProgress(s.err, time.Now)
	says.doing, says.what = "loading", "people"
	name := fmt.Sprintf("seed %d, %d people per provider", o.which.seed, o.which.people)
	if o.which.stress {
		name += ", stress profile"
	}
	loader, err := load.New(load.Options{
		Ledger: ledger, LedgerName: name, System: o.system, Mode: load.Mode(o.mode), ServerIDs: o.ids == "server", Dir: o.out,
		Only: only, Secrets: s.secrets, Federated: o.federated, Clean: o.clean,
		Target:    target,
		PerSecond: o.rate, PerBundle: o.bundle, Timeout: o.timeout, Progress: says.update,
	})
	if err != nil {
		return err
	}
	defer func() {
		if closed := loader.Close(); closed != nil && err == nil {
			err = undetermined(fmt.Errorf("note what was loaded: %w", closed))
		}
	}()
	if o.clean {
		says.step("deleting what was loaded from %s into %s", o.out, target.BaseURL)
		cleaned, err := loader.Clean(ctx)
		if err != nil {
			return undetermined(err)
		}
		return sayCleaned(s.out, s.err, o.out, cleaned)
	}
	if o.federated {
		part = ", and what its neighbour holds" + part
	}
	says.step("loading %s of the golden ledger (%s%s) into %s", o.system, name, part, target.BaseURL)
	summary, err := loader.Run(ctx)
	if err != nil {
		return undetermined(err)
	}
	return sayLoaded(s.out, s.err, o.out, summary)
}

// mostShown is how many failures are printed; the report holds all.
const mostShown = 20

// sayLoaded prints how a load went.
func sayLoaded(out, problems io.Writer, dir string, summary load.Summary) error {
	sayFailures(problems, "not loaded", summary.Failures, filepath.Join(dir, load.ReportFile))
	if _, err := fmt.Fprintf(out, "%d loaded, %d loaded before, %d not loaded; %d requests; ids in %s\n",
		summary.Loaded, summary.Before, summary.Missing, summary.Requests, filepath.Join(dir, load.MappingFile)); err != nil {
		return undetermined(fmt.Errorf("print how it went: %w", err))
	}
	switch {
	case summary.Complete():
		return nil
	case summary.Advice != "":
		return undetermined(fmt.Errorf("%s; %s", summary.Stopped, summary.Advice))
	case summary.Stopped != "":
		return undetermined(fmt.Errorf("%s; the same command goes on from here", summary.Stopped))
	default:
		return &exitError{code: result.ExitUndetermined}
	}
}

// sayFailures prints the first failures, and where all of them are.
func sayFailures(problems io.Writer, what string, failures []load.Failure, report string) {
	for _, failure := range failures[:min(mostShown, len(failures))] {
		status := ""
		if failure.Status != 0 {
			status = fmt.Sprintf(" (%d)", failure.Status)
		}
		_, _ = fmt.Fprintf(problems, "%s: %s%s: %s\n", what, failure.What, status, failure.Text)
	}
	if more := len(failures) - mostShown; more > 0 {
		_, _ = fmt.Fprintf(problems, "and %d more failures, in %s\n", more, report)
	}
}

// sayCleaned prints how a cleaning went.
func sayCleaned(out, problems io.Writer, dir string, cleaned load.Cleaned) error {
	sayFailures(problems, "left", cleaned.Failures, filepath.Join(dir, load.CleanFile))
	if _, err := fmt.Fprintf(out, "%d deleted, %d were gone, %d left; %d requests; what is left is in %s\n",
		cleaned.Removed, cleaned.Gone, cleaned.Left, cleaned.Requests, filepath.Join(dir, load.MappingFile)); err != nil {
		return undetermined(fmt.Errorf("print how it went: %w", err))
	}
	switch {
	case cleaned.Complete():
		return nil
	case cleaned.Stopped != "":
		return undetermined(fmt.Errorf("%s; the same command goes on from here", cleaned.Stopped))
	default:
		return &exitError{code: result.ExitUndetermined}
	}
}
