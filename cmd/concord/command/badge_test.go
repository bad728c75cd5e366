package command

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

const smallRun = "../../../reports/testdata/small.run.json"

func printed(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out, err bytes.Buffer
	code := Main(t.Context(), args, strings.NewReader(""), &out, &err)
	return out.String() + err.String(), code
}

func TestTheTestReportOfARunConformsToR4AndSaysNoMoreThanTheRun(t *testing.T) {
	text, code := printed(t, "testreport", smallRun)
	if code != 0 {
		t.Fatal(text)
	}
	registry, err := profiles.Embedded(profiles.BaseOnly)
	if err != nil {
		t.Fatal(err)
	}
	findings, err := registry.Validate(t.Context(), []byte(text), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			t.Errorf("line %d: %s: %s", f.Line, f.Path, f.Message)
		}
	}
	var report struct {
		Result string
		Test   []struct {
			Action []struct {
				Assert struct{ Result, Message string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	if report.Result != "fail" {
		t.Errorf("a run that is not conformant is %q", report.Result)
	}
	said := map[string]bool{}
	for _, one := range report.Test {
		for _, action := range one.Action {
			said[action.Assert.Result] = true
			if message := action.Assert.Message; action.Assert.Result == "pass" && !strings.HasSuffix(message, ": Passed") {
				t.Errorf("%q is told as a pass", message)
			}
		}
	}
	for _, want := range []string{"pass", "fail", "skip", "error", "warning"} {
		if !said[want] {
			t.Errorf("no assert is %s, and the run has one", want)
		}
	}
}

func TestABadgeIsWellFormedAndSaysTheVerdictOfItsSystem(t *testing.T) {
	for want, args := range map[string][]string{
		"not conformant on 2026-03-02": {"badge", smallRun}, "ccr (mock): partial on 2026-03-02": {"badge", smallRun, "ccr"},
	} {
		text, code := printed(t, args...)
		if code != 0 || !strings.Contains(text, want) || strings.Contains(text, "http://127") {
			t.Errorf("%v: %s", args, text)
		}
		decoder := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if text, code := printed(t, "badge", smallRun, "nobody"); code != result.ExitUsage || !strings.Contains(text, "there are ccr, ohc") {
		t.Errorf("exit %d: %s", code, text)
	}
}
