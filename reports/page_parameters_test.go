package reports_test

import (
	"strings"
	"testing"

	"concord.example/concord/reports"
)

func TestThePageShowsRecallAndPrecisionByParameterWithoutRounding(t *testing.T) {
	html := string(written(t, smallRun(), reports.Options{})[reports.HTMLFile])
	for _, want := range []string{
		`id="parameters"`, "36 of 40 (0.7695 to 0.9604)", "36 of 37 (0.8618 to 0.9952)", "2 of 12 searches wrong",
		"not asked: the system does not declare it", "Observation SETTING (SHALL; CC-OBSERVATION-SETTING): no record holds it",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	run := smallRun()
	run.Parameters = nil
	if strings.Contains(string(written(t, run, reports.Options{})[reports.HTMLFile]), `id="parameters"`) {
		t.Error("a run that measured nothing has a table of parameters")
	}
}
