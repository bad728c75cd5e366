//go:build unix

package command_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"concord.example/concord/cmd/concord/command"
)

// onTerminal runs a command whose output is a terminal of so many columns, and returns what the terminal was sent.
func onTerminal(t *testing.T, columns uint16, arguments ...string) string {
	t.Helper()
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Skipf("skipped: this machine gives no terminal: %v", err)
	}
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 40, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	sent := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(screen) // a terminal that is closed ends in an error
		sent <- strings.ReplaceAll(string(text), "\r\n", "\n")
	}()
	command.Main(t.Context(), arguments, strings.NewReader(""), terminal, io.Discard)
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	text := <-sent
	_ = screen.Close()
	return text
}

func TestATerminalIsShownTheLineThePlaceAndColours(t *testing.T) {
	file := filepath.Join(t.TempDir(), "patient.json")
	if err := os.WriteFile(file, []byte("{\"resourceType\":\"Patient\",\n  \"gender\":\"nonsense\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const place = "\n      \"gender\":\"nonsense\"}\n      ^\n"
	for name, c := range map[string]struct {
		noColour, kind string
		coloured       bool
	}{
		"with colours":                {"", "xterm", true},
		"NO_COLOR":                    {"1", "xterm", false},
		"a terminal that has none":    {"", "dumb", false},
		"a terminal of unknown kinds": {"", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NO_COLOR", c.noColour)
			t.Setenv("TERM", c.kind)
			text := onTerminal(t, 80, "validate", file)
			if !strings.Contains(text, place) || strings.Contains(text, "\x1b[1;31merror\x1b[0m Patient.gender") != c.coloured || strings.Contains(text, "\x1b") != c.coloured {
				t.Errorf("the terminal shows %q", text)
			}
		})
	}
}

func TestARunIsPrintedAsWideAsTheTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	folder := t.TempDir()
	small, err := os.ReadFile("../../../reports/testdata/small.run.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "run.json"), small, 0o600); err != nil {
		t.Fatal(err)
	}
	text := onTerminal(t, 60, "report", folder)
	if !strings.HasPrefix(text, "\x1b[1;31m✘ NOT CONFORMANT\x1b[0m\n") {
		t.Errorf("the verdict has no colour: %.80q", text)
	}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len([]rune(line)) > 61 && len(words) > 2 && !strings.HasPrefix(line, "Report: ") && !strings.HasPrefix(line, "Next: ") && words[0] != "curl" {
			t.Errorf("a line is wider than the terminal: %q", line)
		}
	}
}
