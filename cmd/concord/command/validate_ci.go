package command

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"concord.example/concord/internal/result"
)

// githubPrinter writes workflow commands, which GitHub Actions shows beside the lines of a pull request. It shows ten of each kind
// a step; the log has all.
type githubPrinter struct {
	w io.Writer
	p *people
}

func (g githubPrinter) print(file string, findings []result.Finding) error {
	for _, f := range g.p.together(findings) {
		command := "error"
		switch {
		case f.Waiver != "", f.Severity == result.Information:
			command = "notice"
		case f.Severity == result.SeverityWarning:
			command = "warning"
		}
		where := "file=" + githubProperty(inRepository(file))
		if f.Line > 0 {
			where += fmt.Sprintf(",line=%d,col=%d", f.Line, max(f.Column, 1))
		}
		message := pathOf(f) + ": " + g.p.said(f)
		if f.Waiver != "" {
			message = "waived (" + f.Waiver + "): " + message
		}
		if _, err := fmt.Fprintf(g.w, "::%s %s,title=%s::%s\n", command, where, githubProperty(visible(f.Rule)), githubData(message)); err != nil {
			return err
		}
	}
	return nil
}

func (githubPrinter) finish() error { return nil }

// githubData escapes the message of a workflow command, githubProperty the value of one of its properties.
func githubData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func githubProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(text))
}

// gitlabPrinter gathers everything into one report of GitLab Code Quality, which a merge request shows beside the lines.
type gitlabPrinter struct {
	w      io.Writer
	p      *people
	issues []gitlabIssue
	seen   map[string]int
}

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

func (g *gitlabPrinter) print(file string, findings []result.Finding) error {
	for _, f := range g.p.together(findings) {
		severity := map[result.Severity]string{result.Fatal: "blocker", result.SeverityError: "major", result.SeverityWarning: "minor"}[f.Severity]
		description := pathOf(f) + ": " + g.p.said(f)
		if f.Waiver != "" || severity == "" {
			severity = "info"
		}
		if f.Waiver != "" {
			description = "waived (" + f.Waiver + "): " + description
		}
		// The same finding has the same fingerprint where the lines above it move, and each of several its own.
		sum := sha256.New()
		_, _ = fmt.Fprintf(sum, "%q %q %q %q", inRepository(file), f.Rule, f.Path, f.Message) // a hash never fails to write
		fingerprint := hex.EncodeToString(sum.Sum(nil)[:16])
		g.seen[fingerprint]++
		if n := g.seen[fingerprint]; n > 1 {
			fingerprint += fmt.Sprintf("-%d", n)
		}
		g.issues = append(g.issues, gitlabIssue{
			Description: description, CheckName: visible(f.Rule), Fingerprint: fingerprint, Severity: severity,
			Location: gitlabLocation{inRepository(file), gitlabLines{max(f.Line, 1)}},
		})
	}
	return nil
}

func (g *gitlabPrinter) finish() error {
	encoder := json.NewEncoder(g.w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(g.issues)
}

// inRepository names a file as the pages of a repository do: relative to the working folder where it lies in it, with slashes.
func inRepository(file string) string {
	if filepath.IsAbs(file) {
		if here, err := os.Getwd(); err == nil {
			if inside, err := filepath.Rel(here, file); err == nil && filepath.IsLocal(inside) {
				file = inside
			}
		}
	}
	return filepath.ToSlash(filepath.Clean(file))
}
