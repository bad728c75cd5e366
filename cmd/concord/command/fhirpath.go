package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

func newFHIRPath(s streams) *cobra.Command {
	var ndjson, strict bool
	command := &cobra.Command{
		Use:   "fhirpath EXPRESSION FILE|- | --ndjson",
		Short: "Evaluate a FHIRPath expression on a FHIR resource",
		Long: "Evaluate a FHIRPath expression on a FHIR resource in JSON and print each item on a line: type, then value.\n" +
			"With --ndjson, read {\"id\",\"expression\",\"resource\",\"mode\"} lines from standard input and answer each with\n" +
			"{\"id\",\"result\":[{\"type\",\"value\"}]} or {\"id\",\"error\",\"kind\"} before reading the next.",
		Args: func(cmd *cobra.Command, args []string) error {
			if ndjson {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(2)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			registry, err := profiles.Embedded("stu3")
			if err != nil {
				return fmt.Errorf("read the embedded definitions: %w", err)
			}
			engine := newEngine(registry)
			if ndjson {
				return eachLine(cmd.Context(), s, 1, engine.answer)
			}
			data, err := readInput(s.in, args[1])
			if err != nil {
				return err
			}
			resource, err := fhir.DecodeObject([]byte(data))
			if err != nil {
				return fmt.Errorf("%s: %w", args[1], err)
			}
			items, err := engine.evaluate(cmd.Context(), args[0], resource, strict, !strict)
			if err != nil {
				return fmt.Errorf("expression %q: %w", args[0], err)
			}
			for _, item := range items {
				value, err := json.Marshal(item.Value)
				if err != nil {
					return fmt.Errorf("print the result: %w", err)
				}
				if _, err := fmt.Fprintf(s.out, "%s\t%s\n", item.Type, value); err != nil {
					return fmt.Errorf("print the result: %w", err)
				}
			}
			return nil
		},
	}
	command.Flags().BoolVar(&ndjson, "ndjson", false, "read requests from standard input, one a line")
	command.Flags().BoolVar(&strict, "strict", false, "refuse paths that the type does not have")
	return command
}

// maxLine bounds the bytes of one request line.
const maxLine = maxResource

// eachLine answers the lines of standard input in order, each on a line that is written as soon as it is known. Several
// goroutines may answer at once.
func eachLine(ctx context.Context, s streams, workers int, answer func(context.Context, []byte) any) error {
	in := bufio.NewScanner(s.in)
	const usual = 1 << 16
	in.Buffer(make([]byte, usual), maxLine)
	next := func() ([]byte, bool) {
		for in.Scan() {
			if line := bytes.TrimSpace(in.Bytes()); len(line) > 0 {
				return bytes.Clone(line), true
			}
		}
		return nil, false
	}
	out := bufio.NewWriter(s.out)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err := inOrder(ctx, workers, next, func(line []byte) any { return answer(ctx, line) }, func(answer any) error {
		return errors.Join(encoder.Encode(answer), out.Flush())
	})
	if ctx.Err() != nil {
		return undetermined(errors.New("interrupted"))
	}
	if err != nil {
		return undetermined(fmt.Errorf("answer: %w", err))
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return undetermined(fmt.Errorf("read standard input: a line is longer than %d MB", maxLine>>20))
	}
	if err := in.Err(); err != nil {
		return undetermined(fmt.Errorf("read standard input: %w", err))
	}
	return nil
}

// engine evaluates expressions one by one.
type engine struct {
	types     *fhirpath.Types
	evaluator *fhirpath.Evaluator
}

func newEngine(registry *profiles.Registry) *engine {
	types := registry.FHIRPathTypes()
	return &engine{types: types, evaluator: fhirpath.NewEvaluator(&fhirpath.Environment{
		Types: types, Clock: time.Now, Conformance: conformance{registry},
	})}
}

// conformance answers conformsTo() with the validator.
type conformance struct{ registry *profiles.Registry }

// ConformsTo validates an item against a profile.
func (c conformance) ConformsTo(ctx context.Context, item fhirpath.Item, profile string) (fhirpath.Truth, error) {
	findings, err := c.registry.ValidateTree(ctx, item.JSON(), profiles.Options{Profiles: []string{profile}})
	if err != nil {
		return fhirpath.Unknown, fmt.Errorf("judge against %s: %w", profile, err)
	}
	if result.WorstSeverity(findings).Rank() >= result.SeverityError.Rank() {
		return fhirpath.False, nil
	}
	return fhirpath.True, nil
}

// item is one item of a result as it is printed.
type item struct {
	Type  string `json:"type"`
	Value any    `json:"value"`
}

func (e *engine) evaluate(ctx context.Context, expression string, resource map[string]any, strict, lenient bool) ([]item, error) {
	options := []fhirpath.Option{fhirpath.WithTypes(e.types)}
	var input fhirpath.Item
	if resource != nil {
		input = e.types.Resource(resource)
		options = append(options, fhirpath.ForType(input.TypeName()))
	}
	if strict {
		options = append(options, fhirpath.Strict())
	}
	if lenient {
		options = append(options, fhirpath.Lenient())
	}
	compiled, err := fhirpath.Compile(expression, options...)
	if err != nil {
		return nil, err
	}
	collection, err := e.evaluator.Evaluate(ctx, compiled, input)
	if err != nil {
		return nil, err
	}
	items := make([]item, 0, len(collection))
	for _, it := range collection {
		items = append(items, render(it))
	}
	return items, nil
}

// render names an item's type and writes its value: System types in the FHIR spelling, dates with the @ of a literal.
func render(it fhirpath.Item) item {
	name := it.TypeName()
	if it.Kind() != fhirpath.KindElement && it.Kind() != fhirpath.KindQuantity {
		name = strings.ToLower(name[:1]) + name[1:]
	}
	switch it.Kind() {
	case fhirpath.KindDate, fhirpath.KindDateTime:
		return item{name, "@" + it.Text()}
	case fhirpath.KindTime:
		return item{name, "@T" + it.Text()}
	case fhirpath.KindDecimal:
		return item{name, it.Text()}
	default:
		return item{name, it.JSON()}
	}
}

// answer evaluates one request line.
func (e *engine) answer(ctx context.Context, line []byte) any {
	var request struct {
		ID         string          `json:"id"`
		Expression string          `json:"expression"`
		Mode       string          `json:"mode"`
		Resource   json.RawMessage `json:"resource"`
	}
	type failure struct {
		ID    string `json:"id"`
		Error string `json:"error"`
		Kind  string `json:"kind,omitempty"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return failure{Error: fmt.Sprintf("read the request: %v", err)}
	}
	fail := func(err error) any {
		said := failure{ID: request.ID, Error: err.Error()}
		var fault *fhirpath.Error
		if errors.As(err, &fault) {
			said.Kind = fault.Kind.String()
		}
		return said
	}
	var resource map[string]any
	if len(request.Resource) > 0 && string(request.Resource) != "null" {
		var err error
		if resource, err = fhir.DecodeObject(request.Resource); err != nil {
			return fail(fmt.Errorf("read the resource: %w", err))
		}
	}
	items, err := e.evaluate(ctx, request.Expression, resource, request.Mode == "strict", request.Mode != "" && request.Mode != "strict")
	if err != nil {
		return fail(err)
	}
	return struct {
		ID     string `json:"id"`
		Result []item `json:"result"`
	}{request.ID, items}
}
