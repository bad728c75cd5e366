package command

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// printedCommand is what a text says to type: concord, a command, and what follows to the end of the phrase.
var printedCommand = regexp.MustCompile(`\bconcord ((?:run|report|validate|fhirpath|list|explain|mock|profiles|fixtures|contract|plan|scenarios|verify|show|doctor|init|compare|completion|man|load)\b[^"` + "`" + `,;()<>\n]*)`)

// unknownIn says what the command line does not know of a command that a text prints; "" when it knows everything.
func unknownIn(text string) string {
	root := newRoot(streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpFlag()
	words := strings.Fields(text)
	at, _, err := root.Find(words)
	if err != nil {
		return err.Error()
	}
	if at == root {
		return fmt.Sprintf("there is no command %q", words[0])
	}
	at.InitDefaultHelpFlag()
	for _, word := range words {
		name, isFlag := strings.CutPrefix(strings.TrimRight(word, ".:'"), "--")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && name != "" && at.Flags().Lookup(name) == nil && at.InheritedFlags().Lookup(name) == nil {
			return fmt.Sprintf("%s has no flag --%s", at.CommandPath(), name)
		}
	}
	return ""
}

// sources calls back with every text in the tree that a reader can come to see: string literals of Go files that are no tests,
// templates, and pages.
func sources(t *testing.T, each func(path, text string)) {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "runs" || name == "bin" || name == "findings") {
				return filepath.SkipDir
			}
			return nil
		}
		switch {
		case strings.HasSuffix(path, "_test.go"):
		case strings.HasSuffix(path, ".go"):
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if text, err := strconv.Unquote(literal.Value); err == nil {
						each(path, text)
					}
				}
				return true
			})
		case slices.Contains([]string{".html", ".md", ".yaml", ".yml"}, filepath.Ext(path)):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			each(path, string(text))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryCommandThatAnyTextPrintsIsOneOfTheCommandLine(t *testing.T) {
	found := 0
	sources(t, func(path, text string) {
		for _, match := range printedCommand.FindAllStringSubmatch(text, -1) {
			found++
			if wrong := unknownIn(match[1]); wrong != "" {
				t.Errorf("%s prints %q: %s", path, match[0], wrong)
			}
		}
	})
	if found < 30 {
		t.Errorf("only %d commands were found, so nothing was tried", found)
	}
}

func TestACommandThatDoesNotParseIsFound(t *testing.T) {
	for _, text := range []string{"run --check PAR-DATE-001", "explain --fast X", "profiles list --colour"} {
		if unknownIn(text) == "" {
			t.Errorf("concord %s passes", text)
		}
	}
	for _, text := range []string{"run --checks X", "list", "profiles rules and more", "mock --system ccr"} {
		if wrong := unknownIn(text); wrong != "" {
			t.Errorf("concord %s: %s", text, wrong)
		}
	}
}

// concord runs a command in this process and returns its exit code and what it wrote.
func concord(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(t.Context(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestEveryCommandThatARunPrintsAsksTheSameAgain(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("my config.yaml", []byte("people: 1\nconcurrency: 4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, screen, errs := concord(t, "run", "--config", "my config.yaml", "--seed", "7", "--defect", "D13", "--defect", "ohc:D71:provider=RRK,provider=RQ3",
		"--checks", "par-date-*,SCN-P08-*", "--providers", "RRK", "--out", "runs/one")
	if code != 1 {
		t.Fatalf("exit code %d, want 1: %s", code, errs)
	}
	printed := map[string]string{"terminal": screen}
	for _, name := range []string{"junit.xml", "report.html", "summary.md"} {
		text, err := os.ReadFile(filepath.Join("runs/one", name))
		if err != nil {
			t.Fatal(err)
		}
		printed[name] = html.UnescapeString(string(text))
	}
	line := regexp.MustCompile(`concord run [^\n<]*--out=[^\s<]+`)
	for _, name := range []string{"junit.xml", "report.html"} {
		commands := line.FindAllString(printed[name], -1)
		if len(commands) == 0 {
			t.Errorf("%s prints no command that asks again", name)
		}
		slices.Sort(commands)
		for _, command := range slices.Compact(commands) {
			words := shellWords(command)
			code, config, errs := concord(t, append(words[1:], "--print-config")...)
			if code != 0 {
				t.Errorf("%s: %s: exit code %d: %s", name, command, code, errs)
				continue
			}
			for _, want := range []string{"\nseed: 7 ", "\npeople: 1 ", "\nconcurrency: 4 ", "\ndefects: [D13, ohc:D71:provider=RRK, provider=RQ3]", "\nproviders: [RRK]", "\nout: runs/again "} {
				if !strings.Contains(config, want) {
					t.Errorf("%s: %s: does not set %q", name, command, want)
				}
			}
		}
	}

	code, config, errs := concord(t, "run", "--failed", "runs/one", "--print-config")
	if code != 0 {
		t.Fatalf("run --failed: exit code %d: %s", code, errs)
	}
	for _, want := range []string{"\nseed: 7 ", "\npeople: 1 ", "PAR-DATE-001", "\nout: runs/again "} {
		if !strings.Contains(config, want) {
			t.Errorf("run --failed does not set %q:\n%s", want, config)
		}
	}
	if code, _, errs := concord(t, "run", "--failed", "runs/none"); code != 2 || !strings.Contains(errs, "runs/none") {
		t.Errorf("a run that is not there: exit code %d: %s", code, errs)
	}
}

// shellWords takes a line apart as a POSIX shell does where it is plain words and words in single quotes.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	quoted, started := false, false
	for i, r := range line {
		switch {
		case r == '\'' && !(i > 0 && line[i-1] == '\\'):
			quoted, started = !quoted, true
		case r == ' ' && !quoted:
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	return words
}
