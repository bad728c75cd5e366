package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/internal/result"
	"concord/profiles"
)

// validateOptions are the flags of concord validate.
type validateOptions struct {
	profiles []string
	ukcore   string
	format   string
}

func newValidate(s streams) *cobra.Command {
	var options validateOptions
	command := &cobra.Command{
		Use:   "validate FILE|DIR|-...",
		Short: "Judge FHIR resources in JSON against R4 and UK Core",
		Long: "Judge FHIR resources in JSON against their R4 type, the profiles they claim in meta.profile, and --profile.\n" +
			"A folder means every .json file below it, - means standard input. One line per finding goes to standard output:\n" +
			"file:line:column, severity, place as a FHIRPath expression, rule, message.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return validate(cmd.Context(), s, options, args) },
	}
	command.Flags().StringSliceVar(&options.profiles, "profile", nil, "canonical URL of a profile that every resource must meet (repeatable)")
	command.Flags().StringVar(&options.ukcore, "ukcore", "stu3", "UK Core sequence to judge against: stu3 or stu2")
	command.Flags().StringVar(&options.format, "format", "text", "text, or json for one OperationOutcome per resource and line")
	return command
}

func validate(ctx context.Context, s streams, options validateOptions, args []string) error {
	if !slices.Contains([]string{"text", "json"}, options.format) {
		return fmt.Errorf("--format %q is neither text nor json", options.format)
	}
	if !slices.Contains([]string{"stu3", "stu2"}, options.ukcore) {
		return fmt.Errorf("--ukcore %q is neither stu3 nor stu2", options.ukcore)
	}
	files, err := resourceFiles(args)
	if err != nil {
		return err
	}
	registry, err := profiles.Embedded(profiles.Sequence(options.ukcore))
	if err != nil {
		return fmt.Errorf("read the embedded UK Core definitions: %w", err)
	}
	wrong := 0
	for _, file := range files {
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
		if options.format == "json" {
			err = printOutcome(s.out, file, findings)
		} else {
			err = printFindings(s.out, file, findings)
		}
		if err != nil {
			return undetermined(fmt.Errorf("print the findings of %s: %w", file, err))
		}
	}
	_, _ = fmt.Fprintf(s.err, "%d of %d resources without errors\n", len(files)-wrong, len(files))
	if wrong > 0 {
		return &exitError{code: result.ExitNotConformant}
	}
	return nil
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

func printFindings(w io.Writer, file string, findings []result.Finding) error {
	for _, f := range findings {
		place := file
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", file, f.Line, f.Column)
		}
		path := f.Path
		if path == "" {
			path = "(whole)"
		}
		if _, err := fmt.Fprintf(w, "%s: %s %s %s: %s\n", place, f.Severity, path, f.Rule, strings.ReplaceAll(f.Message, "\n", " ")); err != nil {
			return err
		}
	}
	return nil
}

// printOutcome writes an OperationOutcome on one line. A resource without findings gets an information issue, because
// OperationOutcome.issue must not be empty.
func printOutcome(w io.Writer, file string, findings []result.Finding) error {
	type valueExtension struct {
		URL          string `json:"url"`
		ValueString  string `json:"valueString,omitempty"`
		ValueInteger int    `json:"valueInteger,omitempty"`
	}
	type issue struct {
		Extension   []valueExtension `json:"extension,omitempty"`
		Severity    string           `json:"severity"`
		Code        string           `json:"code"`
		Details     map[string]any   `json:"details,omitempty"`
		Diagnostics string           `json:"diagnostics"`
		Expression  []string         `json:"expression,omitempty"`
	}
	const extensions = "http://hl7.org/fhir/StructureDefinition/"
	issues := make([]issue, 0, len(findings))
	for _, f := range findings {
		one := issue{
			Severity: string(f.Severity), Code: f.Code, Diagnostics: f.Message,
			Details: map[string]any{"coding": []map[string]string{{"system": "https://concord.test/CodeSystem/rule", "code": f.Rule}}},
		}
		if one.Code == "" {
			one.Code = "processing"
		}
		if f.Path != "" {
			one.Expression = []string{f.Path}
		}
		if f.Line > 0 {
			one.Extension = []valueExtension{
				{URL: extensions + "operationoutcome-issue-line", ValueInteger: f.Line},
				{URL: extensions + "operationoutcome-issue-col", ValueInteger: f.Column},
			}
		}
		issues = append(issues, one)
	}
	if len(issues) == 0 {
		issues = append(issues, issue{Severity: "information", Code: "informational", Diagnostics: "no findings"})
	}
	return json.NewEncoder(w).Encode(struct {
		ResourceType string           `json:"resourceType"`
		Extension    []valueExtension `json:"extension"`
		Issue        []issue          `json:"issue"`
	}{"OperationOutcome", []valueExtension{{URL: extensions + "operationoutcome-file", ValueString: file}}, issues})
}
