package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/config"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/redact"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
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
	g, err := read(conf, asked)
	if err != nil {
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
	if err := g.learn(says); err != nil {
		return err
	}
	if asked.dry {
		return dryRun(ctx, s, conf, g.questions())
	}
	started, err := startSystems(ctx, s, says, conf, g.ledger)
	if err != nil {
		return err
	}
	defer started.stop()
	if conf.Witness {
		started.withWitness(s, conf, says.file, time.Now)
	}
	for _, header := range headers(started.systems) {
		if err := s.secrets.AddHeader("a system", header); err != nil {
			return err
		}
	}
	refusals, err := preflight(ctx, conf, started.systems, says)
	if err != nil {
		return undetermined(err)
	}
	if len(refusals) > 0 && folder.resumed {
		return undetermined(fmt.Errorf("the run is not gone on with, and can be later: %w", refusals[0].Err))
	}
	keeps, err := asked.keep(folder, g.began, func(run string) error { return writeInputs(run, conf, started, s.secrets) }, s.secrets)
	if err != nil {
		return err
	}
	defer keeps.close() // closed, and the error told, when the folder is finished; here only when something else went wrong
	if err := givenTo(&asked.shard, conf, folder.temporary); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	questions := g.questions()
	questions.Systems, questions.Operators, questions.Shard = started.systems, started.operators, asked.shard
	questions.Packages, questions.Harness, questions.Started = packages(g.registry), build(), g.began
	questions.Timeout, questions.Concurrency, questions.Cached = conf.Timeout, conf.Concurrency, conf.Cached
	questions.Manners = suites.Manners{Rate: conf.Rate, MaxRequests: conf.MaxRequests, MaxTime: conf.MaxTime}
	questions.Replay, questions.Recorder = keeps.replay, stopping{says.file.counting(keeps.recorder), stop}
	questions.Progress, questions.Ended = says.update, says.file.ended
	if conf.Witness {
		questions.CheckTimeout = 20 * conf.WitnessTimeout
	}
	outcome, refusals, err := askAll(ctx, says, questions, refusals, asked)
	if err != nil {
		return err
	}
	outcome.Invocation, outcome.Proof = asked.invocation, g.proved
	says.step("writing the reports")
	s.secrets.Value(&outcome)
	folder.stopped = ctx.Err() != nil
	written := folder.finish(outcome, keeps.recorder.Close, func() error {
		if g.proof != nil {
			if err := os.WriteFile(filepath.Join(folder.temporary, proofFile), g.proof, 0o600); err != nil {
				return fmt.Errorf("keep a copy of the proof: %w", err)
			}
		}
		return g.further.write(folder.temporary, s.secrets)
	})
	return tell(ctx, s, outcome, refusals, folder, written, asked.quiet)
}

// askAll asks every system that can be asked, or says of a run in which none can be why. The refusals that it returns are of a run
// that has no verdict.
func askAll(ctx context.Context, says *progress, questions suites.Config, refusals []suites.Refusal, asked asking) (result.Run, []suites.Refusal, error) {
	if len(refusals) > 0 && questions.GoesOn(refusals) {
		says.step("%s cannot be asked; the others are", refusedNames(refusals))
		questions.Refused, refusals = refusals, nil
	}
	if len(refusals) == 0 {
		if err := asked.sayWhatIsAskedAgain(says, questions); err != nil {
			return result.Run{}, nil, err
		}
		names := make([]string, 0, len(questions.Systems))
		for _, system := range questions.Systems {
			names = append(names, system.Name)
		}
		says.step("asking %s", result.List(names, nil))
		outcome, err := suites.Run(ctx, questions)
		if err == nil || !hindered(err) {
			return outcome, nil, err
		}
		refusals = []suites.Refusal{{Err: err}}
	}
	outcome, err := suites.Unasked(questions, refusals)
	return outcome, refusals, err
}

// tell says what was found, whatever became of the folder, and ends as the verdict does. written is what went wrong with the folder.
func tell(ctx context.Context, s streams, outcome result.Run, refusals []suites.Refusal, folder *runFolder, written error, quiet bool) error {
	var pages []string
	if folder.published {
		pages = append(pages, filepath.Join(folder.final, reports.HTMLFile))
	}
	if err := reports.Terminal(s.out, outcome, screenOf(s.out, quiet), pages...); err != nil {
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

// hindered tells a run that could not begin because of what the systems answered from one that nobody could make.
func hindered(err error) bool {
	var (
		silent *exchange.Error
		wrong  *check.BrokenAnswer
		lacks  *check.Inconclusive
	)
	return errors.As(err, &silent) || errors.As(err, &wrong) || errors.As(err, &lacks)
}

// collectSeldom lets the heap grow as a process that runs the suites has to, unless GOGC says otherwise.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(suites.GCPercent)
	}
}
