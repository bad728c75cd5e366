package command

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestACommandThatIsGivenNothingSaysHowItIsUsed gives every command no arguments that needs some.
func TestACommandThatIsGivenNothingSaysHowItIsUsed(t *testing.T) {
	needy := 0
	var walk func(*cobra.Command)
	walk = func(command *cobra.Command) {
		for _, below := range command.Commands() {
			walk(below)
		}
		if command.Args == nil || command.Args(command, nil) == nil {
			return
		}
		needy++
		var stdout, stderr bytes.Buffer
		words := strings.Fields(command.CommandPath())[1:]
		if code := Main(context.Background(), words, strings.NewReader(""), &stdout, &stderr); code != 2 {
			t.Errorf("%v ends with %d", words, code)
		}
		if said := stderr.String(); !strings.Contains(said, `use it as "`+command.CommandPath()+" ") {
			t.Errorf("%v says %q", words, said)
		}
	}
	walk(newRoot(streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}}))
	if needy < 15 {
		t.Errorf("%d commands need an argument", needy)
	}
}
