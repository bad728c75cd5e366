package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// validateOptions are the flags of concord validate.
type validateOptions struct {
	definitions
	profiles []string
	against  []string
	asUKCore bool
	vitals   string
	rules    ruleChoice
	terms    terminologyChoice
	waivers  waiverChoice
	format   string
	ndjson   bool
}

func newValidate(s streams) *cobra.Command {
	var options validateOptions
	command := &cobra.Command{
		Use:   "validate FILE|DIR|-...",
		Short: "Judge FHIR resources in JSON or XML against R4 and UK Core",
		Long: "Judge FHIR resources in JSON or XML against their R4 type, the profiles they claim in meta.profile, and --profile.\n" +
			"A folder means every .json, .ndjson and .xml file below it, - means standard input. A .ndjson file has a resource on each line. One line per finding goes to standard\n" +
			"output: file:line:column, severity, place as a FHIRPath expression, rule, message.\n" +
			"Where UK Core is loaded, the rules for England that profiles cannot say are applied too (UK-..., see concord profiles\n" +
			"rules); --rules none leaves them out. --ndjson, which answers other programs, applies them only with --rules uk.\n" +
			"What a defect of published material causes is marked as waived and is no error (see concord profiles waivers).\n" +
			"With --against, what is printed is what would newly fail and newly pass under other definitions.",
		Example: `  concord validate patient.json exports/
  concord validate exports/ --format github                    # beside the lines of a pull request
  concord validate exports/ --format gitlab > gl-code-quality-report.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if options.ndjson {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return validate(cmd.Context(), s, options, args) },
	}
	options.definitions.flags(command)
	command.Flags().StringSliceVar(&options.profiles, "profile", nil, "canonical URL of a profile that every resource must meet (repeatable)")
	command.Flags().BoolVar(&options.asUKCore, "as-ukcore", false,
		"judge every resource against the UK Core profile of its type, claimed or not")
	command.Flags().StringVar(&options.vitals, "vital-signs", "",
		"what R4's profile for the vital sign that an Observation's code is finds wrong: warning, error or off (default warning, error with --as-ukcore)")
	options.rules.flags(command)
	options.terms.flags(command)
	options.waivers.flags(command)
	command.Flags().StringSliceVar(&options.against, "against", nil,
		"print what changes when these definitions count instead of --package, named in the same ways (repeatable)")
	command.Flags().BoolVar(&options.ndjson, "ndjson", false,
		"read {\"id\",\"resource\",\"profiles\",\"definitions\"} lines from standard input and answer each before the next")
	command.Flags().StringVar(&options.format, "format", "text", "text; json for an OperationOutcome, ndjson for the findings of each file on a line; sarif for one log; github or gitlab for annotations of a change")
	return command
}

func validate(ctx context.Context, s streams, options validateOptions, args []string) error {
	reader := &people{lines: isTerminal(s.out)}
	output, err := newPrinter(options.format, s.out, reader)
	if err != nil {
		return err
	}
	if options.ndjson && len(options.against) > 0 {
		return errors.New("--ndjson and --against do not go together; --against prints lines of JSON with --format ndjson")
	}
	if len(options.terms.sources) > 0 && len(options.against) > 0 {
		return errors.New("--terminology and --against do not go together; compare definitions without it")
	}
	if options.ndjson && options.terms.asksServer() {
		return errors.New("--ndjson answers each line at once, so it takes an index for --terminology and no server")
	}
	if err := options.rules.validate(); err != nil {
		return err
	}
	vitals, err := profiles.ParseVitalSigns(options.vitals)
	if err != nil {
		return fmt.Errorf("--vital-signs: %w", err)
	}
	files, unread, err := resourceFiles(args)
	if err != nil {
		return err
	}
	sayUnread(s, unread)
	if len(options.against) > 0 {
		if at := slices.IndexFunc(files, func(file string) bool { return strings.EqualFold(filepath.Ext(file), ".ndjson") }); at >= 0 {
			return fmt.Errorf("--against judges one resource a file, and %s has one on each line: split it", files[at])
		}
		return compare(ctx, s, options, files)
	}
	registry, err := options.registry(options.definitions)
	if err != nil {
		return err
	}
	registry, closeTerminology, err := options.terms.open(registry)
	if err != nil {
		return err
	}
	defer closeTerminology()
	reader.registry = registry
	besides := profiles.Options{Profiles: options.profiles, Rules: options.rules.choose(registry, options.ndjson), VitalSigns: vitals}
	if besides.Waivers, err = options.waivers.choose(registry, options.ndjson, time.Now()); err != nil {
		return err
	}
	if options.ndjson {
		lines := &lineJudge{base: registry, besides: besides}
		return eachLine(ctx, s, workers(), lines.answer)
	}
	wrong, total, printed, pardoned := 0, 0, 0, excused{}
	baseOnly := map[string]int{}
	says := newProgress(s.err, time.Now)
	err = options.judgeFiles(ctx, s.in, registry, besides, files, func(v verdict) error {
		if v.err != nil {
			return v.err
		}
		for typ, n := range v.baseOnly {
			baseOnly[typ] += n
		}
		total, wrong = total+v.resources, wrong+v.wrong
		pardoned.count(v.findings)
		if err := output.print(v.file, v.findings); err != nil {
			return undetermined(fmt.Errorf("print the findings of %s: %w", v.file, err))
		}
		printed++
		if isTerminal(s.err) && !isTerminal(s.out) {
			says.update(printed, len(files))
		}
		return nil
	})
	if ctx.Err() != nil {
		return undetermined(fmt.Errorf("interrupted after %d of %d files", printed, len(files)))
	}
	if err != nil {
		return err
	}
	if err := output.finish(); err != nil {
		return undetermined(fmt.Errorf("print the findings: %w", err))
	}
	sayBaseOnly(s, baseOnly)
	pardoned.say(s)
	options.terms.sayChecked(s, registry)
	_, _ = fmt.Fprintf(s.err, "%d of %d resources without errors\n", total-wrong, total)
	if wrong > 0 {
		return &exitError{code: result.ExitNotConformant}
	}
	return nil
}

// registry loads definitions and makes them judge as the flags say.
func (o *validateOptions) registry(d definitions) (*profiles.Registry, error) {
	registry, err := d.load()
	if err != nil || !o.asUKCore {
		return registry, err
	}
	if _, loaded := registry.DefaultProfile("Patient"); !loaded {
		return nil, fmt.Errorf("--as-ukcore needs UK Core, which is not in %s", &d)
	}
	return registry.AsUKCore()
}

// judge returns the findings on the text of one file.
func judge(ctx context.Context, registry *profiles.Registry, options profiles.Options, file, text string) ([]result.Finding, error) {
	if findings := notXML(file, text); findings != nil {
		return findings, nil
	}
	findings, err := registry.ValidateText(ctx, text, options)
	if ctx.Err() != nil {
		return nil, undetermined(fmt.Errorf("interrupted in %s", file))
	}
	if err != nil {
		return nil, fmt.Errorf("validate %s: %w", file, err)
	}
	return findings, nil
}

// countBaseOnly counts, by type, the resources that UK Core has no profile for.
func countBaseOnly(counts map[string]int, registry *profiles.Registry, text string) {
	for _, typ := range typesIn(registry, text) {
		if _, has := registry.DefaultProfile(typ); !has {
			counts[typ]++
		}
	}
}

// sayBaseOnly tells which resources --as-ukcore could not be asked of, so that nobody takes them for UK Core.
func sayBaseOnly(s streams, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	list := make([]string, 0, len(counts))
	for typ, n := range counts {
		list = append(list, fmt.Sprintf("%s (%d)", typ, n))
	}
	slices.Sort(list)
	_, _ = fmt.Fprintf(s.err, "not judged as UK Core, which has no profile for them: %s\n", strings.Join(list, ", "))
}
