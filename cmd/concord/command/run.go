package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/redact"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/reports"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/declared"
)

func newRun(s streams) *cobra.Command {
	var (
		path        string
		printConfig bool
		force       bool
		selection   bool
		again       bool
		resume      string
		proof       string
		quiet       bool
		dry         bool
		deferring   bool
		shard       suites.Shard
		repeat      int
	)
	flags := config.Default()
	command := &cobra.Command{
		Use:   "run [--failed [RUN]]",
		Short: "Ask the systems everything and write a run folder",
		Long: "Ask the systems every selected check, and write run.json, junit.xml, report.html, summary.md and the recorded\n" +
			"exchanges into a run folder. Without a configuration, Concord starts two mock systems over its golden ledger.",
		Example: `  concord run                                        # two mocks of Concord's own, everything
  concord run --config concord.yaml --out runs/test  # your systems
  concord run --checks 'PAR-DATE-*' --providers RRK  # a part
  concord run --config concord.yaml --dry-run        # what would be asked, and whether the systems can be
  concord run --repeat 5 --out runs/often            # five times, and what did not come out the same each time
  concord run --failed runs/test                     # again what failed there, into another folder
  concord run --resume runs/test                     # on with a run that was killed or stopped (Ctrl-C), or whose disk was full`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && !again {
				return fmt.Errorf("%q is not expected here: run takes flags only, and one RUN after --failed", args[len(args)-1])
			}
			return nil
		},
	}
	f := command.Flags()
	f.BoolVar(&again, "failed", false, "ask again what failed, or could not be told, in RUN (default the run folder that --out names), as it was asked there")
	f.StringVar(&resume, "resume", "", "run folder whose run was killed or stopped: go on with it as it was asked, and ask nothing again that was answered")
	f.IntVar(&repeat, "repeat", 1, "ask so many times, each into a folder of its own below --out, and say what did not come out the same each time")
	f.StringVar(&path, "config", "", "YAML file that names the systems (see --print-config)")
	f.BoolVar(&printConfig, "print-config", false, "print the configuration that would be used, and stop")
	f.BoolVar(&dry, "dry-run", false, "say what would be asked of whom, look at the systems as doctor does, and stop")
	f.BoolVar(&quiet, "quiet", false, "print the verdict and the path of the report alone, and no progress")
	f.BoolVar(&force, "force", false, "write beside what the folder holds that Concord did not write")
	f.StringVar(&proof, "proof", "", "what \"concord selftest --out DIR\" left, for the line about this build in every report")
	f.Var(&shardFlag{&shard, os.Getenv}, "shard", "ask one share of the run, `i/n`, for \"concord merge\"; job/n in a pod of an indexed Job")
	f.BoolVar(&deferring, "defer-verdict", false, "exit 0 once everything was asked, whatever the verdict: for a shard, whose verdict is that of all together")
	f.BoolVar(&selection, "allow-selection", false, "exit 0, and not 4, when everything that was selected passed")
	f.StringVar(&flags.Mocks, "mocks", flags.Mocks, "how the mocks run: embedded or container")
	f.StringSliceVar(&flags.FurtherMocks, "further-mocks", nil, "mocks beside ccr and ohc, each NAME or NAME=PART: a system of that name that holds the part of ccr or of ohc (repeatable)")
	f.StringVar(&flags.MockBinary, "mock-binary", "", "static Linux build of concord for --mocks=container (default this program)")
	f.StringSliceVar(&flags.Defects, "defect", nil, "defect to switch on in the mocks: D12 for all, ccr:D12 for one, ccr:D71:provider=RRK for one provider (repeatable)")
	f.Uint64Var(&flags.Seed, "seed", flags.Seed, "seed of the golden ledger and of every choice")
	f.IntVar(&flags.People, "people", flags.People, "synthetic people per provider")
	f.BoolVar(&flags.Stress, "stress", false, "add 600 pharmacies, reported apart and never counted among the 848 providers")
	f.BoolVar(&flags.Swap, "swap", false, "give each system what the other one holds otherwise, and expect the same verdict")
	f.BoolVar(&flags.Discover, "discover", false, "ask about whatever people the systems hold, where they do not hold the golden ledger")
	f.StringSliceVar(&flags.Subjects, "subjects", nil, "NHS numbers of the people to ask about with --discover (default whom the systems list)")
	f.StringVar(&flags.UKCore, "ukcore", flags.UKCore, "UK Core sequence to judge against: stu3 or stu2")
	f.StringVar(&flags.Contract, "contract", "", "YAML file that adds or overrides rows of the search contract")
	f.StringVar(&flags.Differences, "differences", "", "YAML register of differences that people have declared to be lawful")
	f.StringSliceVar(&flags.Suites, "suites", nil, "suites to run: capability, profile, parity, scenario, security (default all)")
	f.StringSliceVar(&flags.Checks, "checks", nil, "ids of checks to run, or patterns such as 'PAR-DATE-*' (default all)")
	f.StringVar(&flags.Scenarios, "scenarios", "", "folder of further scenarios (YAML, see \"concord scenarios\") and of TestScripts")
	f.StringSliceVar(&flags.Waivers, "waivers", nil, "files of accepted findings on resources, besides those for published defects")
	f.StringSliceVar(&flags.Loaded, "loaded", nil, "stories and ODS codes whose people alone were loaded, as \"concord fixtures load\" was told (default everybody)")
	f.StringSliceVar(&flags.Providers, "providers", nil, "ODS codes that the sweep asks about (default all)")
	f.DurationVar(&flags.Timeout, "timeout", flags.Timeout, "deadline of one request")
	f.IntVar(&flags.Concurrency, "concurrency", flags.Concurrency, "requests under way at one system")
	f.BoolVar(&flags.Cached, "cached", false, "let caches answer: send no question with Cache-Control: no-cache")
	f.Float64Var(&flags.Rate, "rate", 0, "most requests a second to one system (default no limit but what it asks for itself)")
	f.IntVar(&flags.MaxRequests, "max-requests", 0, "requests to one system in all; what is left is not asked (default no limit)")
	f.DurationVar(&flags.MaxTime, "max-time", 0, "how long systems are asked; what is left is not asked (default no limit)")
	f.BoolVar(&flags.Witness, "witness", false, "ask a person at this terminal to do to real systems what only a person can, and record who attests it")
	f.DurationVar(&flags.WitnessTimeout, "witness-timeout", flags.WitnessTimeout, "how long the person may take for one step")
	f.StringVar(&flags.Policy, "policy", "", "YAML file with decisions about data sharing: objection, objectionWithin, lag, masking, deceased, sensitiveCodes; and with owners, by system, who sees to what is found")
	f.StringVar(&flags.Federation, "federation", "", "whether systems show what their neighbours hold: none or full (default what the policy says, full)")
	f.StringVar(&flags.Against, "against", "", "hold one system against \"reference\": a partner that Concord starts for it, its own mock with the other part of the ledger")
	f.StringVar(&flags.Clock, "clock", "", "freeze the clock at an RFC 3339 instant")
	f.StringVar(&flags.Out, "out", flags.Out, "run folder to write")
	command.RunE = func(cmd *cobra.Command, args []string) error {
		collectSeldom()
		if again {
			earlier := flags.Out
			if len(args) == 1 {
				earlier = args[0]
			}
			if err := askFailed(cmd.Flags(), earlier); err != nil {
				return err
			}
		}
		var stopped *askedRun
		if resume != "" {
			earlier, err := askOn(cmd.Flags(), resume)
			if err != nil {
				return err
			}
			stopped = &earlier
		}
		conf := config.Default()
		if path != "" {
			if err := conf.Read(path); err != nil {
				return err
			}
		}
		base := conf
		if err := conf.Environ(os.Environ()); err != nil {
			return err
		}
		if err := keepSecret(s.secrets, conf); err != nil {
			return err
		}
		conf.Overlay(cmd.Flags().Changed, flags)
		if err := conf.Validate(); err != nil {
			if path != "" {
				return fmt.Errorf("configuration %s: %w", path, err)
			}
			return err
		}
		if printConfig {
			_, err := fmt.Fprint(s.out, conf.Print())
			return err
		}
		asked := func(conf config.Config) asking {
			return asking{
				shard: shard, invocation: invocation(conf, base, path), said: askedWith(cmd.Flags()), stopped: stopped, force: force, quiet: quiet, dry: dry, proof: proof,
			}
		}
		var err error
		if repeat == 1 {
			err = run(cmd.Context(), s, conf, asked(conf))
		} else if err = repeatable(cmd.Flags(), repeat); err == nil {
			err = repeatedly(cmd.Context(), s, conf, repeat, asked)
		}
		if deferring {
			err = deferred(err)
		}
		var exit *exitError
		if selection && errors.As(err, &exit) && exit.code == result.ExitSelection {
			return nil
		}
		return err
	}
	return command
}

// keepSecret tells the redactor what of a configuration must reach no output.
func keepSecret(secrets *redact.Redactor, conf config.Config) error {
	for _, secret := range conf.Secrets() {
		if err := secrets.Add(secret.What, secret.Value); err != nil {
			return err
		}
	}
	return nil
}

// run asks the systems and writes the run folder.
func run(ctx context.Context, s streams, conf config.Config, asked asking) error {
	clock, err := conf.Now()
	if err != nil {
		return err
	}
	began := asked.began(clock)
	var (
		proved    *result.Proved
		proofText []byte
	)
	if asked.proof != "" {
		if proved, proofText, err = readProof(asked.proof); err != nil {
			return err
		}
	}
	if conf.Scenarios == "" {
		// Before anything slow; with a folder of scenarios, more can be selected than is known yet.
		if _, err := (suites.Selection{Suites: conf.Suites, Checks: conf.Checks}).Select(suites.Catalogue()); err != nil {
			return err
		}
	}
	register, err := differences(conf.Differences)
	if err != nil {
		return err
	}
	agreed, err := contract.Read(conf.Contract)
	if err != nil {
		return err
	}
	decided, err := readPolicy(conf)
	if err != nil {
		return err
	}
	if err := partnered(conf, decided); err != nil {
		return err
	}
	if len(conf.Systems) == 1 && !conf.Discover && conf.Against == "" && decided.For(conf.Systems[0].Name).Federation != policy.None {
		return errors.New("systems: " + config.OneSystem)
	}
	if err := shardable(conf, asked.shard); err != nil {
		return err
	}
	begin := reserve
	if asked.stopped != nil {
		begin = reopen
	}
	folder, err := begin(conf.Out, asked.force)
	if err != nil {
		return err
	}
	defer folder.discard()
	says := newProgress(s.err, time.Now)
	if asked.quiet {
		says = silent(time.Now)
	}
	says.file = tellProgress(folder, s.secrets, time.Now)
	defer says.file.stop()
	if folder.dropped {
		says.step("what an interrupted run left in %s is removed", folder.final)
	}

	says.step("reading UK Core %s", conf.UKCore)
	registry, err := profiles.Embedded(profiles.Sequence(conf.UKCore))
	if err != nil {
		return fmt.Errorf("read the embedded UK Core definitions: %w", err)
	}
	excused, err := waivers(conf.Waivers)
	if err != nil {
		return err
	}
	says.step("making the golden ledger")
	ledger, err := goldenLedger(conf)
	if err != nil {
		return err
	}
	if _, err := (suites.Selection{Providers: conf.Providers}).FindProviders(ledger); err != nil {
		return err
	}
	judge := suites.NewUKCore(registry, ledger, excused.InForce(registry.Packages(), began))
	further, err := furtherChecks(conf, ledger, registry, judge)
	if err != nil {
		return err
	}
	if asked.dry {
		return dryRun(ctx, s, conf, suites.Config{
			Ledger: ledger, Judge: judge, Further: further.checks(), Contract: agreed, Declared: register, Seed: conf.Seed, Clock: clock, Policy: decided,
			Selection: suites.Selection{Suites: conf.Suites, Checks: conf.Checks, Providers: conf.Providers, Loaded: conf.Loaded}, Discovery: discovery(conf),
		})
	}
	started, err := startSystems(ctx, s, says, conf, ledger)
	if err != nil {
		return err
	}
	defer started.stop()
	systems, checkTimeout := started.systems, time.Duration(0)
	if conf.Witness {
		started.withWitness(s, conf, says.file, time.Now)
		checkTimeout = 20 * conf.WitnessTimeout
	}
	for _, header := range headers(systems) {
		if err := s.secrets.AddHeader("a system", header); err != nil {
			return err
		}
	}
	refusals, err := preflight(ctx, conf, systems, says)
	if err != nil {
		return undetermined(err)
	}
	if len(refusals) > 0 && folder.resumed {
		return undetermined(fmt.Errorf("the run is not gone on with, and can be later: %w", refusals[0].Err))
	}
	keeps, err := asked.keep(folder, began, func(run string) error { return writeInputs(run, conf, started, s.secrets) }, s.secrets)
	if err != nil {
		return err
	}
	recorder := keeps.recorder
	defer keeps.close() // closed, and the error told, below; here only when something else went wrong
	if err := givenTo(&asked.shard, conf, folder.temporary); err != nil {
		return err
	}
	names := make([]string, 0, len(systems))
	for _, system := range systems {
		names = append(names, system.Name)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	questions := suites.Config{
		Systems: systems, Ledger: ledger, Judge: judge, Further: further.checks(), Packages: packages(registry), Contract: agreed, Declared: register,
		Harness: build(), Seed: conf.Seed, Started: began, Clock: clock, Replay: keeps.replay, Timeout: conf.Timeout, Concurrency: conf.Concurrency, Cached: conf.Cached,
		Recorder:  stopping{says.file.counting(recorder), stop},
		Manners:   suites.Manners{Rate: conf.Rate, MaxRequests: conf.MaxRequests, MaxTime: conf.MaxTime},
		Selection: suites.Selection{Suites: conf.Suites, Checks: conf.Checks, Providers: conf.Providers, Loaded: conf.Loaded},
		Progress:  says.update, Ended: says.file.ended, Operators: started.operators, Policy: decided, CheckTimeout: checkTimeout, Discovery: discovery(conf), Shard: asked.shard,
	}
	var outcome result.Run
	if len(refusals) > 0 && questions.GoesOn(refusals) {
		says.step("%s cannot be asked; the others are", refusedNames(refusals))
		questions.Refused, refusals = refusals, nil
	}
	if len(refusals) == 0 {
		if err := asked.sayWhatIsAskedAgain(says, questions); err != nil {
			return err
		}
		says.step("asking %s", result.List(names, nil))
		outcome, err = suites.Run(ctx, questions)
		if err != nil && !hindered(err) {
			return err
		}
		if err != nil {
			refusals = []suites.Refusal{{Err: err}}
		}
	}
	if len(refusals) > 0 {
		if outcome, err = suites.Unasked(questions, refusals); err != nil {
			return err
		}
	}
	outcome.Invocation, outcome.Proof = asked.invocation, proved
	says.step("writing the reports")
	s.secrets.Value(&outcome)
	folder.stopped = ctx.Err() != nil
	written := folder.finish(outcome, recorder.Close, func() error {
		if proofText != nil {
			if err := os.WriteFile(filepath.Join(folder.temporary, proofFile), proofText, 0o600); err != nil {
				return fmt.Errorf("keep a copy of the proof: %w", err)
			}
		}
		return further.write(folder.temporary, s.secrets)
	})
	var pages []string
	if folder.published {
		pages = append(pages, filepath.Join(folder.final, reports.HTMLFile))
	}
	// Whatever became of the folder, what was found is said.
	if err := reports.Terminal(s.out, outcome, screenOf(s.out, asked.quiet), pages...); err != nil {
		return undetermined(errors.Join(written, fmt.Errorf("print the verdict: %w", err)))
	}
	if written != nil {
		return undetermined(written)
	}
	if ctx.Err() != nil {
		return undetermined(fmt.Errorf("the run was interrupted; what was not asked is named in the report, and \"concord run --resume %s\" asks it", folder.final))
	}
	if len(refusals) > 0 {
		causes := make([]error, 0, len(refusals))
		for _, refusal := range refusals {
			causes = append(causes, refusal.Err)
		}
		return undetermined(errors.Join(causes...))
	}
	if code := outcome.Verdict.Outcome.ExitCode(); code != result.ExitConformant {
		return &exitError{code: code, outcome: outcome.Verdict.Outcome}
	}
	return nil
}

// refusedNames names the systems that cannot be asked.
func refusedNames(refusals []suites.Refusal) string {
	names := make([]string, 0, len(refusals))
	for _, refusal := range refusals {
		names = append(names, refusal.System)
	}
	return result.List(names, nil)
}

// stopping stops a run that can no longer keep its evidence.
type stopping struct {
	exchange.Recorder
	stop context.CancelCauseFunc
}

// Record keeps one exchange, or stops the run.
func (s stopping) Record(request exchange.Request, sent http.Header, answer *exchange.Exchange, failure *exchange.Error) error {
	err := s.Recorder.Record(request, sent, answer, failure)
	if err != nil {
		s.stop(err)
	}
	return err
}

// discovery says whom to ask about when it is not the people of the golden ledger.
func discovery(conf config.Config) *suites.Discovery {
	if !conf.Discover {
		return nil
	}
	return &suites.Discovery{Subjects: conf.Subjects}
}

// hindered tells a run that could not begin because of what the systems answered from one that nobody could make.
func hindered(err error) bool {
	var (
		silent *exchange.Error
		wrong  *check.BrokenAnswer
		lacks  *check.Inconclusive
	)
	return errors.As(err, &silent) || errors.As(err, &wrong) || errors.As(err, &lacks)
}

// differences reads the register of declared differences, when there is one.
func differences(path string) (*declared.Register, error) {
	if path == "" {
		return nil, nil
	}
	return declared.Read(path)
}

// readPolicy reads the decisions about data sharing; none are the stated defaults.
func readPolicy(conf config.Config) (policy.Policy, error) {
	var decided policy.Policy
	if conf.Policy != "" {
		names := fixtures.Systems()
		for _, further := range conf.FurtherMocks {
			name, _, _ := strings.Cut(further, "=")
			names = append(names, name)
		}
		if len(conf.Systems) > 0 {
			names = nil
			for _, s := range conf.Systems {
				names = append(names, s.Name)
			}
		}
		var err error
		if decided, err = policy.Read(conf.Policy, names); err != nil {
			return decided, err
		}
	}
	decided.Federate("", conf.Federation)
	for _, s := range conf.Systems {
		decided.Federate(s.Name, s.Federation)
	}
	return decided, nil
}

func packages(registry *profiles.Registry) []result.Artefact {
	var loaded []result.Artefact
	for _, p := range registry.Packages() {
		loaded = append(loaded, result.Artefact{Name: p.Name, Version: p.Version, Hash: p.Hash})
	}
	return loaded
}

// goldenLedger makes the ledger that a configuration asks about.
func goldenLedger(conf config.Config) (*fixtures.Ledger, error) {
	ledger, err := fixtures.New(fixtures.Options{Seed: conf.Seed, PeoplePerProvider: conf.People, Stress: conf.Stress, Swapped: conf.Swap})
	if err != nil {
		return nil, fmt.Errorf("make the golden ledger: %w", err)
	}
	if ledger, err = ledger.Loaded(conf.Loaded); err != nil {
		return nil, fmt.Errorf("loaded: %w", err)
	}
	return ledger, nil
}

// collectSeldom lets the heap grow as a process that runs the suites has to, unless GOGC says otherwise.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(suites.GCPercent)
	}
}
