package command

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/suggest"
)

// output is how a command that lists things prints them: for people, or as JSON for programs.
type output struct {
	format string
	asJSON bool
}

func (o *output) flags(command *cobra.Command) {
	command.Flags().StringVar(&o.format, "format", "text", "text or json")
	command.Flags().BoolVar(&o.asJSON, "json", false, "the same as --format json")
}

// json reports whether JSON was asked for.
func (o *output) json() (bool, error) {
	switch {
	case o.format == "json" || o.asJSON:
		return true, nil
	case o.format == "text":
		return false, nil
	default:
		return false, fmt.Errorf("format %q is neither text nor json%s", o.format, suggest.Meant(o.format, []string{"text", "json"}))
	}
}

// printJSON writes a value as indented JSON, unless there was an error before.
func printJSON(w io.Writer, value any, err error) error {
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
