package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/internal/result"
	"concord/profiles"
)

// validateOptions are the flags of concord validate.
type validateOptions struct {
	profiles []string
	packages []string
	ukcore   string
	format   string
	ndjson   bool
}

func newValidate(s streams) *cobra.Command {
	var options validateOptions
	command := &cobra.Command{
		Use:   "validate FILE|DIR|-...",
		Short: "Judge FHIR resources in JSON against R4 and UK Core",
		Long: "Judge FHIR resources in JSON against their R4 type, the profiles they claim in meta.profile, and --profile.\n" +
			"A folder means every .json file below it, - means standard input. One line per finding goes to standard output:\n" +
			"file:line:column, severity, place as a FHIRPath expression, rule, message.",
		Args: func(cmd *cobra.Command, args []string) error {
			if options.ndjson {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return validate(cmd.Context(), s, options, args) },
	}
	command.Flags().StringSliceVar(&options.profiles, "profile", nil, "canonical URL of a profile that every resource must meet (repeatable)")
	command.Flags().StringSliceVar(&options.packages, "package", nil,
		"further definitions: name#version from ~/.fhir/packages, a folder, a .tgz or a .json file (repeatable)")
	command.Flags().BoolVar(&options.ndjson, "ndjson", false,
		"read {\"id\",\"resource\",\"profiles\",\"definitions\"} lines from standard input and answer each before the next")
	command.Flags().StringVar(&options.ukcore, "ukcore", "stu3", "UK Core sequence to judge against: stu3 or stu2")
	command.Flags().StringVar(&options.format, "format", "text", "text; json for an OperationOutcome, ndjson for the findings of each resource on a line; sarif for one log")
	return command
}

func validate(ctx context.Context, s streams, options validateOptions, args []string) error {
	output, err := newPrinter(options.format, s.out)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"stu3", "stu2"}, options.ukcore) {
		return fmt.Errorf("--ukcore %q is neither stu3 nor stu2", options.ukcore)
	}
	files, err := resourceFiles(args)
	if err != nil {
		return err
	}
	registry, err := loadRegistry(options.ukcore, options.packages)
	if err != nil {
		return err
	}
	if options.ndjson {
		lines := &lineJudge{base: registry}
		return eachLine(ctx, s, lines.answer)
	}
	wrong := 0
	says := newProgress(s.err, time.Now)
	for i, file := range files {
		if ctx.Err() != nil {
			return undetermined(fmt.Errorf("interrupted before %s", file))
		}
		data, err := readInput(s.in, file)
		if err != nil {
			return err
		}
		findings, err := registry.Validate(ctx, data, profiles.Options{Profiles: options.profiles})
		if err != nil {
			return fmt.Errorf("validate %s: %w", file, err)
		}
		if result.WorstSeverity(findings).Rank() >= result.SeverityError.Rank() {
			wrong++
		}
		if err := output.print(file, findings); err != nil {
			return undetermined(fmt.Errorf("print the findings of %s: %w", file, err))
		}
		if isTerminal(s.err) && !isTerminal(s.out) {
			says.update(i+1, len(files))
		}
	}
	if err := output.finish(); err != nil {
		return undetermined(fmt.Errorf("print the findings: %w", err))
	}
	_, _ = fmt.Fprintf(s.err, "%d of %d resources without errors\n", len(files)-wrong, len(files))
	if wrong > 0 {
		return &exitError{code: result.ExitNotConformant}
	}
	return nil
}

// loadRegistry returns the embedded definitions with those of the packages.
func loadRegistry(sequence string, packages []string) (*profiles.Registry, error) {
	registry, err := profiles.Embedded(profiles.Sequence(sequence))
	if err != nil {
		return nil, fmt.Errorf("read the embedded UK Core definitions: %w", err)
	}
	for _, name := range packages {
		if !strings.Contains(name, "#") {
			registry, err = registry.With(name)
		} else {
			var home string
			if home, err = os.UserHomeDir(); err == nil {
				registry, err = registry.WithCached(filepath.Join(home, ".fhir", "packages"), name)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("load package %s: %w", name, err)
		}
	}
	return registry, nil
}

// resourceFiles turns the arguments into a list of files; folders are read to the bottom, in the order of their names.
func resourceFiles(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		if arg == "-" {
			files = append(files, arg)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, reason(err))
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		before := len(files)
		err = filepath.WalkDir(arg, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && strings.EqualFold(filepath.Ext(path), ".json") && entry.Name() != "package.json" {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read folder %s: %w", arg, reason(err))
		}
		if len(files) == before {
			return nil, fmt.Errorf("folder %s holds no .json file, so there is nothing to validate", arg)
		}
	}
	return files, nil
}

// maxResource is the largest text that is read as one resource.
const maxResource = 256 << 20

func readInput(stdin io.Reader, file string) ([]byte, error) {
	reader := stdin
	if file != "-" {
		opened, err := os.Open(file) //nolint:gosec // the person names the file
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, reason(err))
		}
		defer opened.Close() //nolint:errcheck // it was only read
		reader = opened
	}
	data, err := io.ReadAll(io.LimitReader(reader, maxResource+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, reason(err))
	}
	if len(data) > maxResource {
		return nil, fmt.Errorf("%s is larger than %d MB; split it", file, maxResource>>20)
	}
	return data, nil
}

// reason takes the path out of a file error, because the message around it names the path already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
